CREATE TABLE "ask_cards" (
	"id" uuid PRIMARY KEY NOT NULL,
	"ask_id" uuid NOT NULL,
	"messenger" text NOT NULL,
	"chat" text NOT NULL,
	"message" text NOT NULL,
	"language" text NOT NULL,
	CONSTRAINT "ask_cards_message" UNIQUE("messenger","chat","message")
);
--> statement-breakpoint
CREATE TABLE "ask_parts" (
	"ask_id" uuid NOT NULL,
	"turn" integer NOT NULL,
	"transfer_id" uuid NOT NULL,
	"person_id" uuid,
	"handle" text,
	"amount" numeric(38, 0) NOT NULL,
	CONSTRAINT "ask_parts_ask_id_turn_pk" PRIMARY KEY("ask_id","turn"),
	CONSTRAINT "ask_parts_transfer_id_unique" UNIQUE("transfer_id"),
	CONSTRAINT "ask_parts_asked" CHECK ("ask_parts"."person_id" is null or "ask_parts"."handle" is null),
	CONSTRAINT "ask_parts_amount" CHECK ("ask_parts"."amount" > 0)
);
--> statement-breakpoint
CREATE TABLE "asks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"group_id" uuid,
	"made_by" uuid NOT NULL,
	"asset" text NOT NULL,
	"total" numeric(38, 0) NOT NULL,
	"paid" numeric(38, 0) DEFAULT 0 NOT NULL,
	"own" numeric(38, 0),
	"note" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"reminded_at" timestamp with time zone,
	CONSTRAINT "asks_total" CHECK ("asks"."total" > 0 and "asks"."own" > 0),
	CONSTRAINT "asks_paid" CHECK ("asks"."paid" between 0 and "asks"."total"),
	CONSTRAINT "asks_expire_later" CHECK ("asks"."expires_at" > "asks"."created_at"),
	CONSTRAINT "asks_note" CHECK (char_length("asks"."note") <= 200)
);
--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "ask_id" uuid;--> statement-breakpoint
ALTER TABLE "ask_cards" ADD CONSTRAINT "ask_cards_ask_id_asks_id_fk" FOREIGN KEY ("ask_id") REFERENCES "public"."asks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ask_parts" ADD CONSTRAINT "ask_parts_ask_id_asks_id_fk" FOREIGN KEY ("ask_id") REFERENCES "public"."asks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ask_parts" ADD CONSTRAINT "ask_parts_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "asks" ADD CONSTRAINT "asks_group_id_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "asks" ADD CONSTRAINT "asks_made_by_people_id_fk" FOREIGN KEY ("made_by") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "asks" ADD CONSTRAINT "asks_asset_assets_code_fk" FOREIGN KEY ("asset") REFERENCES "public"."assets"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "ask_cards_ask" ON "ask_cards" USING btree ("ask_id");--> statement-breakpoint
CREATE INDEX "transfers_ask" ON "transfers" USING btree ("ask_id") WHERE "transfers"."ask_id" is not null;--> statement-breakpoint
-- What answers an ask goes at once to who asked, from somebody else, for a part that is theirs to pay; of each part the id of its
-- transfer is fixed, so it is paid once. It is checked at the commit, and the ask's row is locked, as it may be ended at the same moment.
create function count_payment() returns trigger language plpgsql as $$
begin
  update asks a
  set paid = a.paid + new.amount
  from ask_parts part, accounts payer, accounts payee, transfers t
  where a.id = new.ask_id and a.ended_at is null and clock_timestamp() < a.expires_at
    and part.transfer_id = new.id and part.ask_id = a.id and part.amount = new.amount
    and payer.id = new.from_account and payer.person_id <> a.made_by and (part.person_id is null or part.person_id = payer.person_id)
    and payee.id = new.to_account and payee.person_id = a.made_by and payee.asset = a.asset
    and t.id = new.id and t.state = 'collected';
  if not found then
    raise exception 'not what was asked for, not to who asked, or after the end of the ask' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
create constraint trigger transfers_answer_asks after insert on transfers deferrable initially deferred
  for each row when (new.ask_id is not null)
  execute function count_payment();
--> statement-breakpoint
-- Asks: their terms stay, and what was ended stays so; only transfers change what was paid.
create trigger asks_start_unpaid before insert on asks
  for each row when (new.paid <> 0)
  execute function refuse_change('nothing of a new ask is paid');
--> statement-breakpoint
create trigger asks_keep_their_terms before update of id, group_id, made_by, asset, total, own, note, created_at, expires_at on asks
  for each statement execute function refuse_change('the terms of an ask stay');
--> statement-breakpoint
create trigger asks_stay_ended before update of ended_at on asks
  for each row when (old.ended_at is not null)
  execute function refuse_change('an ask that was ended stays so');
--> statement-breakpoint
create trigger asks_follow_transfers before update of paid on asks
  for each statement when (pg_trigger_depth() = 0)
  execute function refuse_change('an ask counts the transfers that answer it: insert one');
--> statement-breakpoint
create trigger asks_stay before delete or truncate on asks
  for each statement execute function refuse_change('asks are never deleted');
--> statement-breakpoint
create trigger ask_parts_stay before update or delete or truncate on ask_parts
  for each statement execute function refuse_change('the terms of an ask stay');
