CREATE TYPE "public"."hold_kind" AS ENUM('send', 'all');--> statement-breakpoint
CREATE TABLE "feedback" (
	"id" uuid PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"messenger" text NOT NULL,
	"identity" text NOT NULL,
	"group_id" uuid,
	"text" text NOT NULL,
	"done_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "join_codes" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"group_id" uuid NOT NULL,
	"messenger" text NOT NULL,
	"identity" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "memberships" (
	"messenger" text NOT NULL,
	"chat" text NOT NULL,
	"identity" text NOT NULL,
	"is_admin" boolean,
	"is_member" boolean,
	"checked_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "memberships_messenger_chat_identity_pk" PRIMARY KEY("messenger","chat","identity")
);
--> statement-breakpoint
CREATE TABLE "payout_approvals" (
	"payout_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"messenger" text NOT NULL,
	"identity" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "payout_approvals_payout_id_person_id_pk" PRIMARY KEY("payout_id","person_id")
);
--> statement-breakpoint
CREATE TABLE "payout_cards" (
	"id" uuid PRIMARY KEY NOT NULL,
	"payout_id" uuid NOT NULL,
	"messenger" text NOT NULL,
	"chat" text NOT NULL,
	"message" text NOT NULL,
	"language" text NOT NULL,
	CONSTRAINT "payout_cards_message" UNIQUE("messenger","chat","message")
);
--> statement-breakpoint
CREATE TABLE "payout_items" (
	"payout_id" uuid NOT NULL,
	"turn" integer NOT NULL,
	"transfer_id" uuid NOT NULL,
	"person_id" uuid,
	"handle" text,
	"amount" numeric(38, 0) NOT NULL,
	"note" text,
	"outcome" text,
	"refusal" text,
	CONSTRAINT "payout_items_payout_id_turn_pk" PRIMARY KEY("payout_id","turn"),
	CONSTRAINT "payout_items_transfer_id_unique" UNIQUE("transfer_id"),
	CONSTRAINT "payout_items_recipient" CHECK (("payout_items"."person_id" is null) <> ("payout_items"."handle" is null)),
	CONSTRAINT "payout_items_amount" CHECK ("payout_items"."amount" > 0)
);
--> statement-breakpoint
CREATE TABLE "payouts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"group_id" uuid NOT NULL,
	"made_by" uuid NOT NULL,
	"asset" text NOT NULL,
	"total" numeric(38, 0) NOT NULL,
	"note" text,
	"approvals" smallint DEFAULT 0 NOT NULL,
	"approved" smallint DEFAULT 0 NOT NULL,
	"standing_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"made_at" timestamp with time zone,
	CONSTRAINT "payouts_approved" CHECK ("payouts"."approved" between 0 and "payouts"."approvals")
);
--> statement-breakpoint
CREATE TABLE "people_lists" (
	"id" uuid PRIMARY KEY NOT NULL,
	"group_id" uuid NOT NULL,
	"name" text NOT NULL,
	"members" jsonb NOT NULL,
	CONSTRAINT "people_lists_name" UNIQUE("group_id","name")
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"name" text PRIMARY KEY NOT NULL,
	"value" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "standing_payouts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"group_id" uuid NOT NULL,
	"made_by" uuid NOT NULL,
	"list_id" uuid,
	"asset" text NOT NULL,
	"amount" numeric(38, 0) NOT NULL,
	"note" text,
	"every" text NOT NULL,
	"day" smallint NOT NULL,
	"hour" smallint NOT NULL,
	"state" text DEFAULT 'active' NOT NULL,
	"next_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "standing_payouts_list" CHECK ("standing_payouts"."state" = 'ended' or "standing_payouts"."list_id" is not null),
	CONSTRAINT "standing_payouts_amount" CHECK ("standing_payouts"."amount" > 0),
	CONSTRAINT "standing_payouts_day" CHECK ("standing_payouts"."day" between 1 and case "standing_payouts"."every" when 'week' then 7 else 31 end and "standing_payouts"."hour" between 0 and 23)
);
--> statement-breakpoint
CREATE TABLE "standing_runs" (
	"standing_id" uuid NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"ran_at" timestamp with time zone DEFAULT now() NOT NULL,
	"payout_id" uuid,
	"refusal" text,
	"skipped" jsonb DEFAULT '[]'::jsonb NOT NULL,
	CONSTRAINT "standing_runs_standing_id_due_at_pk" PRIMARY KEY("standing_id","due_at")
);
--> statement-breakpoint
CREATE TABLE "trail" (
	"group_id" uuid,
	"turn" integer NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"messenger" text NOT NULL,
	"identity" text NOT NULL,
	"what" text NOT NULL,
	"details" text NOT NULL,
	"previous" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "trail_turn" UNIQUE NULLS NOT DISTINCT("group_id","turn")
);
--> statement-breakpoint
CREATE TABLE "transfer_notes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"transfer_id" uuid NOT NULL,
	"messenger" text NOT NULL,
	"identity" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"text" text NOT NULL,
	CONSTRAINT "transfer_notes_text" CHECK (char_length("transfer_notes"."text") between 1 and 1000)
);
--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "hold" "hold_kind";--> statement-breakpoint
ALTER TABLE "groups" ADD COLUMN "moved_into" uuid;--> statement-breakpoint
ALTER TABLE "groups" ADD COLUMN "rules" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "people" ADD COLUMN "hold" "hold_kind";--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "made_by" uuid;--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "payout_id" uuid;--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "limit_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "limit_most" numeric(38, 0);--> statement-breakpoint
ALTER TABLE "join_codes" ADD CONSTRAINT "join_codes_group_id_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payout_approvals" ADD CONSTRAINT "payout_approvals_payout_id_payouts_id_fk" FOREIGN KEY ("payout_id") REFERENCES "public"."payouts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payout_approvals" ADD CONSTRAINT "payout_approvals_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payout_cards" ADD CONSTRAINT "payout_cards_payout_id_payouts_id_fk" FOREIGN KEY ("payout_id") REFERENCES "public"."payouts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payout_items" ADD CONSTRAINT "payout_items_payout_id_payouts_id_fk" FOREIGN KEY ("payout_id") REFERENCES "public"."payouts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payout_items" ADD CONSTRAINT "payout_items_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payouts" ADD CONSTRAINT "payouts_group_id_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payouts" ADD CONSTRAINT "payouts_made_by_people_id_fk" FOREIGN KEY ("made_by") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payouts" ADD CONSTRAINT "payouts_asset_assets_code_fk" FOREIGN KEY ("asset") REFERENCES "public"."assets"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "people_lists" ADD CONSTRAINT "people_lists_group_id_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "standing_payouts" ADD CONSTRAINT "standing_payouts_group_id_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "standing_payouts" ADD CONSTRAINT "standing_payouts_made_by_people_id_fk" FOREIGN KEY ("made_by") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "standing_payouts" ADD CONSTRAINT "standing_payouts_list_id_people_lists_id_fk" FOREIGN KEY ("list_id") REFERENCES "public"."people_lists"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "standing_payouts" ADD CONSTRAINT "standing_payouts_asset_assets_code_fk" FOREIGN KEY ("asset") REFERENCES "public"."assets"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "standing_runs" ADD CONSTRAINT "standing_runs_standing_id_standing_payouts_id_fk" FOREIGN KEY ("standing_id") REFERENCES "public"."standing_payouts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "standing_runs" ADD CONSTRAINT "standing_runs_payout_id_payouts_id_fk" FOREIGN KEY ("payout_id") REFERENCES "public"."payouts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trail" ADD CONSTRAINT "trail_group_id_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transfer_notes" ADD CONSTRAINT "transfer_notes_transfer_id_transfers_id_fk" FOREIGN KEY ("transfer_id") REFERENCES "public"."transfers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "payout_cards_payout" ON "payout_cards" USING btree ("payout_id");--> statement-breakpoint
CREATE INDEX "payouts_group" ON "payouts" USING btree ("group_id","id");--> statement-breakpoint
CREATE INDEX "payouts_unfinished" ON "payouts" USING btree ("id") WHERE "payouts"."made_at" is null;--> statement-breakpoint
CREATE INDEX "standing_payouts_due" ON "standing_payouts" USING btree ("next_at") WHERE "standing_payouts"."state" = 'active';--> statement-breakpoint
CREATE INDEX "standing_payouts_group" ON "standing_payouts" USING btree ("group_id");--> statement-breakpoint
CREATE INDEX "standing_runs_under_way" ON "standing_runs" USING btree ("ran_at") WHERE "standing_runs"."payout_id" is null and "standing_runs"."refusal" is null;--> statement-breakpoint
CREATE INDEX "transfer_notes_transfer" ON "transfer_notes" USING btree ("transfer_id","id");--> statement-breakpoint
ALTER TABLE "groups" ADD CONSTRAINT "groups_moved_into_groups_id_fk" FOREIGN KEY ("moved_into") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "transfers_group_sender" ON "transfers" USING btree ("group_id","from_account","id") WHERE "transfers"."group_id" is not null;--> statement-breakpoint
CREATE INDEX "transfers_payout" ON "transfers" USING btree ("payout_id") WHERE "transfers"."payout_id" is not null;--> statement-breakpoint
ALTER TABLE "groups" ADD CONSTRAINT "groups_moved_are_merged" CHECK ("groups"."moved_into" is null or ("groups"."moved_into" <> "groups"."id" and "groups"."merged_into" is not null));--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_limit" CHECK (("transfers"."limit_since" is null) = ("transfers"."limit_most" is null));
--> statement-breakpoint
-- Until now groups were merged where a chat had got another id, and not otherwise.
update groups set moved_into = merged_into;
--> statement-breakpoint
-- Chats that were joined may part again: only what has no chat of its own any more stays.
drop trigger groups_stay_merged on groups;
--> statement-breakpoint
create trigger groups_stay_moved before update of moved_into on groups
  for each row when (old.moved_into is not null and new.moved_into is null)
  execute function refuse_change('a group stays part of the one that it became part of');
--> statement-breakpoint
create or replace function check_group_has_chats() returns trigger language plpgsql
as $$
begin
  if exists (
    select from groups g
    where g.id = old.group_id and g.moved_into is null
      and not exists (select from chats c where c.group_id = g.id)
  ) then
    raise exception 'the last chat of a group' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger trail_append_only before update or delete or truncate on trail
  for each statement execute function refuse_change('trails are append-only');
