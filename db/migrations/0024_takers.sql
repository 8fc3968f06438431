ALTER TYPE "public"."recipient_kind" ADD VALUE 'present';--> statement-breakpoint
ALTER TABLE "transfers" DROP CONSTRAINT "transfers_recipient";--> statement-breakpoint
ALTER TABLE "memberships" ADD COLUMN "since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_recipient" CHECK (("transfers"."recipient" = 'account') = ("transfers"."to_account" is not null) and ("transfers"."recipient" = 'handle') = ("transfers"."to_handle" is not null) and ("transfers"."recipient"::text not in ('members', 'present') or "transfers"."group_id" is not null));