-- Whom a transfer is for is one of a closed list; it may pay in several shares; and accounts belong to groups, too.
ALTER TYPE "public"."account_kind" ADD VALUE 'group';--> statement-breakpoint
CREATE TYPE "public"."recipient_kind" AS ENUM('anyone', 'account', 'handle');--> statement-breakpoint
ALTER TABLE "accounts" DROP CONSTRAINT "accounts_owner";--> statement-breakpoint
ALTER TABLE "accounts" DROP CONSTRAINT "accounts_person_owns";--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "group_id" uuid;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_group_id_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_owner" UNIQUE NULLS NOT DISTINCT("asset","kind","person_id","group_id");--> statement-breakpoint
-- By the kind's name: a value that was added to a type can't be used in the transaction that adds it.
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_one_owner" CHECK (("accounts"."kind"::text = 'person') = ("accounts"."person_id" is not null) and ("accounts"."kind"::text = 'group') = ("accounts"."group_id" is not null));--> statement-breakpoint
ALTER TABLE "transfers" DROP CONSTRAINT "transfers_closed_are_empty";--> statement-breakpoint
ALTER TABLE "transfers" DROP CONSTRAINT "transfers_one_recipient";--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "recipient" "recipient_kind" DEFAULT 'anyone' NOT NULL;--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "shares" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "claimed" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
alter table transfers disable trigger transfers_follow_entries;
--> statement-breakpoint
update transfers
set recipient = case when to_account is not null then 'account' when to_handle is not null then 'handle' else 'anyone' end::recipient_kind,
  claimed = case state when 'collected' then 1 else 0 end
where to_account is not null or to_handle is not null or state = 'collected';
--> statement-breakpoint
alter table transfers enable trigger transfers_follow_entries;
--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_open_hold_money" CHECK (("transfers"."state" = 'open') = ("transfers"."remaining" > 0));--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_each_share_holds_money" CHECK ("transfers"."shares" between 1 and "transfers"."amount");--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_pay_each_share_once" CHECK ("transfers"."claimed" between 0 and "transfers"."shares");--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_pay_equal_shares" CHECK ("transfers"."state" not in ('open', 'collected') or "transfers"."remaining" between ("transfers"."shares" - "transfers"."claimed") * div("transfers"."amount", "transfers"."shares") and ("transfers"."shares" - "transfers"."claimed") * (div("transfers"."amount", "transfers"."shares") + 1));--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_collected_by_all" CHECK (("transfers"."state" = 'collected') = ("transfers"."claimed" = "transfers"."shares"));--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_recipient" CHECK (("transfers"."recipient" = 'account') = ("transfers"."to_account" is not null) and ("transfers"."recipient" = 'handle') = ("transfers"."to_handle" is not null));--> statement-breakpoint
ALTER TABLE "entries" DROP CONSTRAINT "entries_leave";--> statement-breakpoint
ALTER TABLE "entries" ADD CONSTRAINT "entries_leave" CHECK (case "entries"."kind" when 'fund' then "entries"."leaves" = 'open' when 'collect' then "entries"."leaves" in ('open', 'collected') else "entries"."leaves" in ('cancelled', 'declined', 'returned') end);--> statement-breakpoint
-- Applies a statement's entries and checks them in the same pass: what an update doesn't find as it must be is missing in
-- the counts at the end. A transfer is updated once for all its entries in the statement. Rows are taken in the order of
-- their ids, transfers first, so that statements never wait for each other in a ring. Time is looked at when the row is
-- ours: after a wait, it may be too late. `= any (array[…])` leaves the planner one way to go, from the entries to the rows
-- by their keys: what it believes of the tables' sizes when a plan is made must not decide how fast money moves for as long
-- as the plan is kept.
create or replace function apply_entries() returns trigger language plpgsql
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
        count(*) filter (where kind = 'collect') as claims, count(*) filter (where leaves <> 'open') as ends,
        array_agg(account_id) as accounts, array_agg(amount) as amounts, array_agg(kind) as kinds
      from new_entries where kind <> 'fund' group by transfer_id order by transfer_id
    ) e
    where t.id = any (array[e.transfer_id]) and t.state = 'open' and t.claimed + e.claims <= t.shares and e.ends <= 1
    returning t.asset, t.from_account, e.accounts, e.amounts, e.kinds,
      (clock_timestamp() < t.expires_at) = (e.leaves <> 'returned') as timely
  ), funded as (
    select t.asset, e.account_id, e.amount
    from new_entries e join transfers t on t.id = any (array[e.transfer_id])
    where e.kind = 'fund' and e.account_id = t.from_account and e.amount = -t.amount
  ), moved as (
    select account_id, asset, sum(amount) as amount, count(*) as entries
    from (
      select e.account_id, paid.asset, e.amount
      from paid, unnest(accounts, amounts, kinds) as e (account_id, amount, kind)
      where timely and (e.kind = 'collect' or e.account_id = from_account)
      union all
      select account_id, asset, amount from funded
    ) entry
    group by account_id, asset
    order by account_id
  ), balanced as (
    update accounts a
    set balance = a.balance + moved.amount
    from moved
    where a.id = any (array[moved.account_id]) and a.asset = moved.asset
    returning moved.entries
  )
  select coalesce(sum(entries), 0) into applied from balanced;

  if applied <> (select count(*) from new_entries) then
    raise exception 'entries without their account, transfer or asset, of a closed transfer, of more shares than it has, or not in its time'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
drop trigger transfers_start_full on transfers;
--> statement-breakpoint
create trigger transfers_start_full before insert on transfers
  for each row when (new.remaining <> new.amount or new.state <> 'open' or new.claimed <> 0)
  execute function refuse_change('a new transfer is open and full');
