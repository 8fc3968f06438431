CREATE TABLE "first_bots" (
	"messenger" text PRIMARY KEY NOT NULL,
	"bot" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "short_codes" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"transfer_id" uuid NOT NULL
);
--> statement-breakpoint
ALTER TABLE "short_codes" ADD CONSTRAINT "short_codes_transfer_id_transfers_id_fk" FOREIGN KEY ("transfer_id") REFERENCES "public"."transfers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
-- Which of the transfers that are there were made with a code of 22 characters, nothing tells. With such a code the others
-- open, too: it is all of their secret.
INSERT INTO "short_codes" SELECT substring("code_hash" from 7), "id" FROM "transfers";
