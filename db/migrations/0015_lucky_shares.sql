CREATE TABLE "draws" (
	"transfer_id" uuid PRIMARY KEY NOT NULL,
	"seed" "bytea" NOT NULL,
	"rests" numeric(38, 0)[] NOT NULL
);
--> statement-breakpoint
ALTER TABLE "transfers" DROP CONSTRAINT "transfers_pay_equal_shares";--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "seed_hash" "bytea";--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_pay_equal_shares" CHECK ("transfers"."shares" = 1 or "transfers"."seed_hash" is not null or "transfers"."state" not in ('open', 'collected') or "transfers"."remaining" between ("transfers"."shares" - "transfers"."claimed") * div("transfers"."amount", "transfers"."shares") and ("transfers"."shares" - "transfers"."claimed") * (div("transfers"."amount", "transfers"."shares") + 1));--> statement-breakpoint
-- The functions as db/functions.sql has them.
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
        count(*) filter (where kind = 'collect') as claims, coalesce(sum(amount) filter (where kind = 'collect'), 0) as collected,
        count(*) filter (where leaves <> 'open') as ends
      from new_entries where kind <> 'fund' group by transfer_id order by transfer_id
    ) e
    where t.id = any (array[e.transfer_id]) and t.state = 'open' and t.claimed + e.claims <= t.shares and e.ends <= 1
      and case when t.payout_id is null or e.claims = 0 then true
        else (select p.approved >= p.approvals from payouts p where p.id = any (array[t.payout_id])) end
      and case when t.seed_hash is null or e.claims = 0 then true
        else (select d.rests[t.claimed + e.claims] = t.remaining - e.collected from draws d where d.transfer_id = any (array[t.id])) end
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
    raise exception 'entries without their account, transfer or asset, of a closed transfer, of more shares than it has, of another amount than was drawn, not in its time, not approved, or of somebody on hold'
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
      or (t.refund_of is not null and not exists (
        select from entries e
        join transfers b on b.id = any (array[e.transfer_id]) and b.refund_of is null
          and b.from_account is not distinct from t.to_account
        join accounts a on a.id = any (array[t.to_account]) and a.kind <> 'issuer'
        where e.transfer_id = any (array[t.refund_of]) and e.account_id = any (array[t.from_account]) and e.kind = 'collect'
          and e.amount = t.amount))
      or (t.seed_hash is not null and not exists (
        select from draws d
        where d.transfer_id = any (array[t.id]) and sha256(d.seed) = t.seed_hash and cardinality(d.rests) = t.shares
          and d.rests[t.shares] = 0 and not exists (
            select from (
              select rest, lag(rest, 1, t.amount) over (order by claim) as before
              from unnest(d.rests) with ordinality as after_claim (rest, claim)
            ) paid where before > rest is not true)))
  ) then
    raise exception 'transfers without the entry that funds them, for an account of another asset, of a group that is not there, not of their payout, not what was collected, or without their draw'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger draws_stay before update or delete or truncate on draws
  for each statement execute function refuse_change('draws stay as they were made');
