ALTER TABLE "asks" ADD COLUMN "reference" text;--> statement-breakpoint
ALTER TABLE "asks" ADD COLUMN "return_url" text;--> statement-breakpoint
ALTER TABLE "tokens" ADD COLUMN "counter" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "asks" ADD CONSTRAINT "asks_reference" CHECK (char_length("asks"."reference") <= 100);--> statement-breakpoint
ALTER TABLE "asks" ADD CONSTRAINT "asks_return_url" CHECK (char_length("asks"."return_url") <= 2000);--> statement-breakpoint
drop trigger asks_keep_their_terms on asks;
--> statement-breakpoint
create trigger asks_keep_their_terms before update of id, kind, group_id, made_by, asset, total, own, note, reference, return_url, created_at, expires_at on asks
  for each statement execute function refuse_change('the terms of an ask stay');
