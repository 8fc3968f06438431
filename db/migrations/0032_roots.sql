CREATE TABLE "root_nodes" (
	"asset" text NOT NULL,
	"level" smallint NOT NULL,
	"place" integer NOT NULL,
	"sum" numeric(38, 0) NOT NULL,
	"hash" "bytea" NOT NULL,
	"account_id" uuid,
	"owner" text,
	"balance" numeric(38, 0),
	"open" numeric(38, 0),
	CONSTRAINT "root_nodes_asset_level_place_pk" PRIMARY KEY("asset","level","place"),
	CONSTRAINT "root_nodes_account_id_unique" UNIQUE("account_id"),
	CONSTRAINT "root_nodes_leaves" CHECK (num_nonnulls("root_nodes"."account_id", "root_nodes"."owner", "root_nodes"."balance", "root_nodes"."open") = case "root_nodes"."level" when 0 then 4 else 0 end)
);
--> statement-breakpoint
CREATE TABLE "roots" (
	"number" integer PRIMARY KEY NOT NULL,
	"asset" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"leaves" integer NOT NULL,
	"total" numeric(38, 0) NOT NULL,
	"tree" "bytea" NOT NULL,
	"previous" "bytea" NOT NULL,
	"root" "bytea" NOT NULL,
	"secret" "bytea" NOT NULL
);
--> statement-breakpoint
ALTER TABLE "roots" ADD CONSTRAINT "roots_asset_assets_code_fk" FOREIGN KEY ("asset") REFERENCES "public"."assets"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "roots_day" ON "roots" USING btree ("asset",(("at" at time zone 'UTC')::date));--> statement-breakpoint

-- Roots: append-only.
create trigger roots_append_only before update or delete or truncate on roots
  for each statement execute function refuse_change('roots are append-only');
