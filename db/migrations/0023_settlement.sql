CREATE TYPE "public"."settlement" AS ENUM('draw', 'split');--> statement-breakpoint
ALTER TYPE "public"."outbox_event" ADD VALUE 'entered';--> statement-breakpoint
CREATE TABLE "entrants" (
	"transfer_id" uuid NOT NULL,
	"account_id" uuid NOT NULL,
	"turn" integer NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "entrants_transfer_id_account_id_pk" PRIMARY KEY("transfer_id","account_id"),
	CONSTRAINT "entrants_turn" UNIQUE("transfer_id","turn")
);
--> statement-breakpoint
ALTER TABLE "transfers" DROP CONSTRAINT "transfers_pay_equal_shares";--> statement-breakpoint
ALTER TABLE "transfers" DROP CONSTRAINT "transfers_pay_each_share_once";--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "lucky" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "settlement" "settlement";--> statement-breakpoint
-- Until now who had a seed had drawn shares.
alter table transfers disable trigger transfers_follow_entries;
--> statement-breakpoint
update transfers set lucky = true where seed_hash is not null;
--> statement-breakpoint
alter table transfers enable trigger transfers_follow_entries;
--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_seed" CHECK (("transfers"."seed_hash" is not null) = ("transfers"."lucky" or "transfers"."settlement" is not null));--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_settlement" CHECK ("transfers"."settlement" is null or ("transfers"."to_account" is null and "transfers"."to_handle" is null and "transfers"."payout_id" is null and "transfers"."ask_id" is null));--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_pay_equal_shares" CHECK ("transfers"."shares" = 1 or "transfers"."lucky" or "transfers"."settlement" is not distinct from 'split' or "transfers"."state" not in ('open', 'collected') or "transfers"."remaining" between ("transfers"."shares" - "transfers"."claimed") * div("transfers"."amount", "transfers"."shares") and ("transfers"."shares" - "transfers"."claimed") * (div("transfers"."amount", "transfers"."shares") + 1));--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_pay_each_share_once" CHECK (case "transfers"."state" when 'collected' then "transfers"."claimed" = "transfers"."shares" or ("transfers"."settlement" is not distinct from 'split' and "transfers"."claimed" between 1 and "transfers"."shares") else "transfers"."claimed" >= 0 and "transfers"."claimed" < "transfers"."shares" end);--> statement-breakpoint
-- Applies the entries of a statement, and checks them in the same pass: an entry that the updates below can't apply is
-- missing in the count at the end, and the statement fails. A transfer is updated once for all its entries in the
-- statement. Nobody collects what waits for approvals, or what has got another code since that was looked up; who is on hold sends nothing, except where an operator withdraws it,
-- and collects nothing where the hold is from all. An account that has come into another moves nothing any more: what it sent returns to that one. Where shares were drawn, what is left after the claims is what the draw says. A transfer with a settlement pays none but those who have entered it, once its time is over. Rows are locked in the order of their ids, transfers first, so that statements don't deadlock. The clock is read
-- after the row is locked, as the transfer may have expired while the statement waited. `= any (array[…])` makes the planner
-- go from the entries to the rows by their primary keys, and no other condition may lead it to an index: a plan that was made
-- while the tables were small must not stay slow when they have grown. Only the statement's own rows are joined by a hash:
-- compared one by one, a batch would cost its square.
create or replace function apply_entries() returns trigger language plpgsql
  set enable_hashjoin = on set enable_nestloop = off
as $$
declare
  applied bigint;
  linked boolean;
begin
  with paid as (
    update transfers t
    set remaining = t.remaining - e.amount,
      claimed = t.claimed + e.claims,
      state = e.leaves,
      closed_at = case when e.leaves = 'open' then null else e.at end
    from (
      select transfer_id, sum(amount) as amount, max(leaves) as leaves, max(at) as at,
        count(*) filter (where kind = 'collect') as claims, coalesce(sum(amount) filter (where kind = 'collect'), 0) as collected,
        count(*) filter (where leaves <> 'open') as ends, max(coalesce(reissues, 0)) filter (where kind = 'collect') as reissues
      from new_entries where kind <> 'fund' group by transfer_id order by transfer_id
    ) e
    where t.id = any (array[e.transfer_id]) and t.state = 'open' and t.claimed + e.claims <= t.shares and e.ends <= 1
      and t.reissues = coalesce(e.reissues, t.reissues)
      and case when t.payout_id is null or e.claims = 0 then true
        else (select p.approved >= p.approvals from payouts p where p.id = any (array[t.payout_id])) end
      and case when t.settlement is null or e.claims = 0 then true
        else e.claims = (
          select count(*) from new_entries c
          where c.transfer_id = t.id and c.kind = 'collect' and exists (
            select from entrants n join accounts o on o.id = any (array[n.account_id])
            where n.transfer_id = any (array[t.id]) and coalesce(o.merged_into, o.id) = c.account_id)) end
      and case when not t.lucky or t.settlement = 'split' or e.claims = 0 then true
        else (select d.rests[t.claimed + e.claims] = t.remaining - e.collected from draws d where d.transfer_id = any (array[t.id])) end
    returning t.id, t.asset, t.from_account,
      (clock_timestamp() < t.expires_at) = (e.leaves <> 'returned' and (t.settlement is null or e.claims = 0)) as timely
  ), funded as (
    select t.asset, e.account_id, e.amount
    from new_entries e join transfers t on t.id = any (array[e.transfer_id])
    where e.kind = 'fund' and e.account_id = any (array[t.from_account]) and e.amount = any (array[-t.amount])
  ), moved as (
    select account_id, asset, sum(amount) as amount, count(*) as entries
    from (
      select e.account_id, paid.asset, e.amount
      from paid join new_entries e on e.transfer_id = paid.id
      where timely and (e.kind = 'collect' or (e.kind = 'return' and (e.account_id = from_account
        or e.account_id = (select s.merged_into from accounts s where s.id = any (array[from_account])))))
      union all
      select account_id, asset, amount from funded
    ) entry
    group by account_id, asset
    order by account_id
  ), balanced as (
    update accounts a
    set balance = a.balance + moved.amount
    from moved
    where a.id = any (array[moved.account_id]) and a.asset is not distinct from moved.asset and a.merged_into is null
      and case when a.hold is null then true else not exists (
        select from new_entries e join transfers t on t.id = any (array[e.transfer_id])
        where e.account_id = any (array[a.id]) and (e.kind = 'collect' and a.hold = 'all' or e.kind = 'fund'
          and not exists (select from accounts i where i.id = any (array[t.to_account]) and i.kind = 'issuer'))
      ) end
    returning moved.entries, a.kin
  )
  select coalesce(sum(entries), 0), coalesce(bool_or(kin is not null), false) into applied, linked from balanced;

  if applied <> (select count(*) from new_entries) then
    raise exception 'entries without their account, transfer or asset, of a closed transfer, of more shares than it has, of another amount than was drawn, by a dead code, not in its time, not approved, of somebody on hold, or of nobody who has entered'
      using errcode = 'integrity_constraint_violation';
  end if;

  -- Looked up once the transfers are locked, and only of those who were ever linked. What was given for a pool goes to who asked, who may
  -- have become one with the giver meanwhile.
  if linked and exists (
    select from new_entries e
    join accounts a on a.id = any (array[e.account_id]) and a.kin is not null
    join transfers t on t.id = any (array[e.transfer_id])
    join accounts s on s.id = any (array[t.from_account])
    where e.kind = 'collect' and t.ask_id is null and (s.merged_into = a.id or (t.shares > 1 and (s.kin is not distinct from a.kin or exists (
      select from accounts k join entries before on before.transfer_id = any (array[t.id]) and before.account_id = any (array[k.id])
        and before.kind = 'collect'
      where k.kin = any (array[a.kin]) and k.id <> a.id))))
  ) then
    raise exception 'a second share of those who were one person, or a share of what one of them has sent'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
-- A transfer comes with the entry that funds it, in the same statement; its recipient's account has its asset; its group exists;
-- one that is a part of a payout is what stands there, and from the account of the payout's group; a refund is all that its
-- sender has collected of a transfer, also before they were linked, for whoever had sent that: neither the issuer nor somebody who gave a refund; one whose shares
-- are drawn comes with its draw: of the seed whose hash it shows, with a minor unit or more for each share, and nothing left after the
-- last.
-- Checked once for a whole statement, where foreign keys would check each row by itself. `is not distinct from` leads to no index:
-- rows are looked up by their ids, never by what many of them share.
create or replace function check_new_transfers() returns trigger language plpgsql
as $$
begin
  if exists (
    select from new_transfers t
    where not exists (select from entries e where e.transfer_id = any (array[t.id]) and e.kind = 'fund')
      or (t.to_account is not null
        and not exists (select from accounts a where a.id = any (array[t.to_account]) and a.asset is not distinct from t.asset
          and a.merged_into is null))
      or (t.group_id is not null and not exists (select from groups g where g.id = any (array[t.group_id])))
      or (t.payout_id is not null and not exists (
        select from payout_items i
        join payouts p on p.id = any (array[i.payout_id])
        join accounts a on a.id = any (array[t.from_account]) and a.group_id is not distinct from p.group_id
          and a.asset is not distinct from p.asset
        where i.transfer_id = any (array[t.id]) and i.payout_id is not distinct from t.payout_id and i.amount = t.amount))
      or (t.refund_of is not null and not exists (
        select from entries e
        join transfers b on b.id = any (array[e.transfer_id]) and b.refund_of is null
        join accounts s on s.id = any (array[b.from_account]) and coalesce(s.merged_into, s.id) is not distinct from t.to_account
        join accounts c on c.id = any (array[e.account_id]) and coalesce(c.merged_into, c.id) is not distinct from t.from_account
        join accounts a on a.id = any (array[t.to_account]) and a.kind <> 'issuer'
        where e.transfer_id = any (array[t.refund_of]) and e.kind = 'collect' and e.amount = t.amount))
      or (t.refund_of is not null and exists (
        select from transfers r join accounts m on m.id = any (array[r.from_account]) and m.merged_into = any (array[t.from_account])
        where r.refund_of = any (array[t.refund_of]) and r.id <> t.id))
      or (t.seed_hash is not null and not exists (
        select from draws d
        where d.transfer_id = any (array[t.id]) and sha256(d.seed) = t.seed_hash and case
          when t.lucky and t.settlement is distinct from 'split' then cardinality(d.rests) = t.shares and d.rests[t.shares] = 0 and not exists (
            select from (
              select rest, lag(rest, 1, t.amount) over (order by claim) as before
              from unnest(d.rests) with ordinality as after_claim (rest, claim)
            ) paid where before > rest is not true)
          else cardinality(d.rests) = 0 end))
  ) then
    raise exception 'transfers without the entry that funds them, for an account of another asset, of a group that is not there, not of their payout, not what was collected, or without their draw'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
-- Who enters a transfer does so while it is open by the clock, which is read after its row is locked; once of all who were ever one person,
-- and none of them has sent it. Turns have no gaps: each is the next one.
create function check_entrants() returns trigger language plpgsql as $$
begin
  perform from transfers where id in (select transfer_id from new_entrants) order by id for no key update;
  if exists (
    select from new_entrants n
    left join transfers t on t.id = any (array[n.transfer_id]) and t.state = 'open' and t.settlement is not null and clock_timestamp() < t.expires_at
    left join accounts s on s.id = any (array[t.from_account])
    left join accounts a on a.id = any (array[n.account_id]) and a.asset is not distinct from t.asset and a.merged_into is null
    where t.id is null or a.id is null or a.id = coalesce(s.merged_into, s.id) or s.kin = a.kin
      or (n.turn > 1 and not exists (select from entrants e where e.transfer_id = n.transfer_id and e.turn = n.turn - 1))
      or (a.kin is not null and exists (
        select from accounts k join entrants e on e.transfer_id = any (array[n.transfer_id]) and e.account_id = any (array[k.id])
        where k.kin = a.kin and k.id <> a.id))
  ) then
    raise exception 'who enters what is over or pays at once, or enters twice, or their own' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger entrants_check after insert on entrants
  referencing new table as new_entrants
  for each statement execute function check_entrants();
--> statement-breakpoint
create trigger entrants_append_only before update or delete or truncate on entrants
  for each statement execute function refuse_change('entrants are append-only');
