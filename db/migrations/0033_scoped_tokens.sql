CREATE TABLE "token_days" (
	"token" text NOT NULL,
	"day" date NOT NULL,
	"asset" text NOT NULL,
	"sent" numeric(38, 0) NOT NULL,
	"most" numeric(38, 0) NOT NULL,
	CONSTRAINT "token_days_token_day_asset_pk" PRIMARY KEY("token","day","asset"),
	CONSTRAINT "token_days_within_limit" CHECK ("token_days"."sent" between 0 and "token_days"."most")
);
--> statement-breakpoint
ALTER TABLE "tokens" ADD COLUMN "may" text[];--> statement-breakpoint
-- Until now every token was as powerful as the operator.
update tokens set may = '{all}';
--> statement-breakpoint
ALTER TABLE "tokens" ALTER COLUMN "may" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "tokens" ADD COLUMN "everybody" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "tokens" ADD COLUMN "asset" text;--> statement-breakpoint
ALTER TABLE "tokens" ADD COLUMN "group_id" uuid;--> statement-breakpoint
ALTER TABLE "tokens" ADD COLUMN "per_transfer" numeric;--> statement-breakpoint
ALTER TABLE "tokens" ADD COLUMN "per_day" numeric;--> statement-breakpoint
ALTER TABLE "tokens" ADD COLUMN "ends_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "token_days" ADD CONSTRAINT "token_days_asset_assets_code_fk" FOREIGN KEY ("asset") REFERENCES "public"."assets"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tokens" ADD CONSTRAINT "tokens_asset_assets_code_fk" FOREIGN KEY ("asset") REFERENCES "public"."assets"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tokens" ADD CONSTRAINT "tokens_group_id_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tokens" ADD CONSTRAINT "tokens_for_one" CHECK (("tokens"."asset" is null or "tokens"."everybody") and not ("tokens"."everybody" and "tokens"."group_id" is not null));--> statement-breakpoint
ALTER TABLE "tokens" ADD CONSTRAINT "tokens_limits_above_zero" CHECK ("tokens"."per_transfer" > 0 and "tokens"."per_day" > 0);