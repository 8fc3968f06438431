CREATE TABLE "messengers" (
	"name" text PRIMARY KEY NOT NULL,
	"title" text NOT NULL,
	"link" text NOT NULL,
	"alive_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "offers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"messenger" text NOT NULL,
	"identity" text NOT NULL,
	"content" jsonb NOT NULL,
	"chat" text,
	"message" text,
	"transfer_id" uuid,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "cards" ADD COLUMN "drawn" "transfer_state" DEFAULT 'open' NOT NULL;--> statement-breakpoint
ALTER TABLE "people" ADD COLUMN "quiet" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "offers" ADD CONSTRAINT "offers_transfer_id_transfers_id_fk" FOREIGN KEY ("transfer_id") REFERENCES "public"."transfers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "offers" ADD CONSTRAINT "offers_messenger_identity_identities_messenger_id_fk" FOREIGN KEY ("messenger","identity") REFERENCES "public"."identities"("messenger","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "offers_sender" ON "offers" USING btree ("messenger","identity");--> statement-breakpoint
CREATE INDEX "offers_expiry" ON "offers" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "identities_first_name" ON "identities" USING btree ("messenger",lower(split_part("name", ' ', 1)));--> statement-breakpoint
-- The cards that are there were drawn anew whenever their transfers changed.
UPDATE "cards" c SET "drawn" = t."state" FROM "transfers" t WHERE t."id" = c."transfer_id";
