CREATE TYPE "public"."hold_kind" AS ENUM('send', 'all');--> statement-breakpoint
ALTER TYPE "public"."outbox_event" ADD VALUE 'approved';--> statement-breakpoint
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
	"made_in" uuid NOT NULL,
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
ALTER TABLE "sessions" ADD COLUMN "leads_to" text;--> statement-breakpoint
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
ALTER TABLE "payouts" ADD CONSTRAINT "payouts_made_in_groups_id_fk" FOREIGN KEY ("made_in") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
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
CREATE INDEX "memberships_identity" ON "memberships" USING btree ("messenger","identity");--> statement-breakpoint
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
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_links_lead_somewhere" CHECK (("sessions"."kind" = 'link') = ("sessions"."leads_to" is not null));--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_limit" CHECK (case when "transfers"."limit_most" is null then "transfers"."limit_since" is null else "transfers"."limit_since" is not null and "transfers"."group_id" is not null end);
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
--> statement-breakpoint
-- Holds, limits of groups, payouts and their approvals (see functions.sql).
create or replace function apply_entries() returns trigger language plpgsql
  set enable_hashjoin = on set enable_nestloop = off
as $$
declare
  applied bigint;
begin
  with paid as (
    update transfers t
    set remaining = t.remaining - e.amount,
      claimed = t.claimed + e.claims,
      state = e.leaves,
      closed_at = case when e.leaves = 'open' then null else e.at end
    from (
      select transfer_id, sum(amount) as amount, max(leaves) as leaves, max(at) as at,
        count(*) filter (where kind = 'collect') as claims, count(*) filter (where leaves <> 'open') as ends
      from new_entries where kind <> 'fund' group by transfer_id order by transfer_id
    ) e
    where t.id = any (array[e.transfer_id]) and t.state = 'open' and t.claimed + e.claims <= t.shares and e.ends <= 1
      and case when t.payout_id is null or e.claims = 0 then true
        else (select p.approved >= p.approvals from payouts p where p.id = any (array[t.payout_id])) end
    returning t.id, t.asset, t.from_account, (clock_timestamp() < t.expires_at) = (e.leaves <> 'returned') as timely
  ), funded as (
    select t.asset, e.account_id, e.amount
    from new_entries e join transfers t on t.id = any (array[e.transfer_id])
    where e.kind = 'fund' and e.account_id = any (array[t.from_account]) and e.amount = any (array[-t.amount])
  ), moved as (
    select account_id, asset, sum(amount) as amount, count(*) as entries
    from (
      select e.account_id, paid.asset, e.amount
      from paid join new_entries e on e.transfer_id = paid.id
      where timely and (e.kind = 'collect' or (e.kind = 'return' and e.account_id = from_account))
      union all
      select account_id, asset, amount from funded
    ) entry
    group by account_id, asset
    order by account_id
  ), balanced as (
    update accounts a
    set balance = a.balance + moved.amount
    from moved
    where a.id = any (array[moved.account_id]) and a.asset is not distinct from moved.asset
      and case when a.hold is null then true else not exists (
        select from new_entries e join transfers t on t.id = any (array[e.transfer_id])
        where e.account_id = any (array[a.id]) and (e.kind = 'collect' and a.hold = 'all' or e.kind = 'fund'
          and not exists (select from accounts i where i.id = any (array[t.to_account]) and i.kind = 'issuer'))
      ) end
    returning moved.entries
  )
  select coalesce(sum(entries), 0) into applied from balanced;

  if applied <> (select count(*) from new_entries) then
    raise exception 'entries without their account, transfer or asset, of a closed transfer, of more shares than it has, not in its time, not approved, or of somebody on hold'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
create or replace function check_new_transfers() returns trigger language plpgsql
as $$
begin
  if exists (
    select from new_transfers t
    where not exists (select from entries e where e.transfer_id = any (array[t.id]) and e.kind = 'fund')
      or (t.to_account is not null
        and not exists (select from accounts a where a.id = any (array[t.to_account]) and a.asset is not distinct from t.asset))
      or (t.group_id is not null and not exists (select from groups g where g.id = any (array[t.group_id])))
      or (t.payout_id is not null and not exists (
        select from payout_items i
        join payouts p on p.id = any (array[i.payout_id])
        join accounts a on a.id = any (array[t.from_account]) and a.group_id is not distinct from p.group_id
          and a.asset is not distinct from p.asset
        where i.transfer_id = any (array[t.id]) and i.payout_id is not distinct from t.payout_id and i.amount = t.amount))
  ) then
    raise exception 'transfers without the entry that funds them, for an account of another asset, of a group that is not there, or not of their payout'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
create function books_of(in_group uuid) returns setof uuid language sql stable as $$
  select part.id
  from groups g join groups part on part.id = coalesce(g.merged_into, g.id) or part.merged_into = coalesce(g.merged_into, g.id)
  where g.id = in_group
$$;
--> statement-breakpoint
create function sent_since(since timestamptz, in_group uuid, account uuid) returns numeric language sql stable as $$
  select coalesce(sum(t.amount - case when t.state in ('open', 'collected') then 0 when t.claimed = 0 then t.amount
    else (select e.amount from entries e where e.transfer_id = t.id and e.account_id = t.from_account and e.kind = 'return') end), 0)
  from books_of(in_group) as books (part)
  join transfers t on t.group_id = books.part and t.from_account = account and t.created_at >= since
    and t.id >= (lpad(to_hex(floor(extract(epoch from greatest(since - interval '1 day', 'epoch')) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
--> statement-breakpoint
create function check_limit() returns trigger language plpgsql as $$
begin
  if sent_since(new.limit_since, new.group_id, new.from_account) > new.limit_most then
    raise exception 'more than the limit of the group' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
create function hold_new_account() returns trigger language plpgsql as $$
begin
  select hold into new.hold from people where id = new.person_id for share;
  return new;
end $$;
--> statement-breakpoint
create function hold_accounts() returns trigger language plpgsql as $$
begin
  -- Locked in the order in which entries lock them.
  perform from accounts where person_id = new.id order by id for no key update;
  update accounts set hold = new.hold where person_id = new.id;
  return null;
end $$;
--> statement-breakpoint
create function count_approval() returns trigger language plpgsql as $$
begin
  update payouts set approved = approved + 1 where id = new.payout_id and made_by <> new.person_id;
  if not found then
    raise exception 'an approval by who asked for the payout' using errcode = 'integrity_constraint_violation';
  end if;
  insert into outbox (events, transfers, accounts)
  select array_agg('approved'::outbox_event), array_agg(id), '{}'
  from (select id, (row_number() over (order by id) - 1) / 128 as part from transfers where payout_id = new.payout_id and state = 'open') t
  group by part order by part;
  return null;
end $$;
--> statement-breakpoint
create trigger accounts_start_with_hold before insert on accounts
  for each row execute function hold_new_account();
--> statement-breakpoint
create trigger people_hold_accounts after update of hold on people
  for each row when (old.hold is distinct from new.hold)
  execute function hold_accounts();
--> statement-breakpoint
create constraint trigger transfers_within_limit after insert on transfers deferrable initially deferred
  for each row when (new.limit_most is not null)
  execute function check_limit();
--> statement-breakpoint
create trigger payouts_start_unapproved before insert on payouts
  for each row when (new.approved <> 0)
  execute function refuse_change('a new payout has no approval');
--> statement-breakpoint
create trigger payouts_keep_their_terms
  before update of id, group_id, made_in, made_by, asset, total, note, approvals, standing_id, created_at on payouts
  for each statement execute function refuse_change('the terms of a payout stay');
--> statement-breakpoint
create trigger payouts_follow_approvals before update of approved on payouts
  for each statement when (pg_trigger_depth() = 0)
  execute function refuse_change('a payout counts its approvals: insert one');
--> statement-breakpoint
create trigger payouts_stay before delete or truncate on payouts
  for each statement execute function refuse_change('payouts are never deleted');
--> statement-breakpoint
create trigger payout_items_keep_their_terms
  before update of payout_id, turn, transfer_id, person_id, handle, amount, note on payout_items
  for each statement execute function refuse_change('the terms of a payout stay');
--> statement-breakpoint
create trigger payout_items_stay before delete or truncate on payout_items
  for each statement execute function refuse_change('payouts are never deleted');
--> statement-breakpoint
create trigger payout_approvals_count after insert on payout_approvals
  for each row execute function count_approval();
--> statement-breakpoint
create trigger payout_approvals_append_only before update or delete or truncate on payout_approvals
  for each statement execute function refuse_change('approvals are append-only');
--> statement-breakpoint
create trigger transfer_notes_append_only before update or delete or truncate on transfer_notes
  for each statement execute function refuse_change('notes are append-only');
