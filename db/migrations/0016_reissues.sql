ALTER TYPE "public"."outbox_event" ADD VALUE 'reissued' BEFORE 'reminded';--> statement-breakpoint
CREATE TABLE "reissues" (
	"transfer_id" uuid NOT NULL,
	"turn" integer NOT NULL,
	"code_hash" "bytea" NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "reissues_transfer_id_turn_pk" PRIMARY KEY("transfer_id","turn")
);
--> statement-breakpoint
ALTER TABLE "entries" ADD COLUMN "reissues" integer;--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "reissues" integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
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
        count(*) filter (where leaves <> 'open') as ends, max(coalesce(reissues, 0)) filter (where kind = 'collect') as reissues
      from new_entries where kind <> 'fund' group by transfer_id order by transfer_id
    ) e
    where t.id = any (array[e.transfer_id]) and t.state = 'open' and t.claimed + e.claims <= t.shares and e.ends <= 1
      and t.reissues = coalesce(e.reissues, t.reissues)
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
    raise exception 'entries without their account, transfer or asset, of a closed transfer, of more shares than it has, of another amount than was drawn, by a dead code, not in its time, not approved, or of somebody on hold'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
create or replace function reissue_code() returns trigger language plpgsql as $$
begin
  perform from transfers where id = new.transfer_id for no key update;
  update transfers set code_hash = new.code_hash, reissues = new.turn
  where id = new.transfer_id and state = 'open' and clock_timestamp() < expires_at and reissues = new.turn - 1;
  if not found then
    raise exception 'another code for what is over, or not the next one' using errcode = 'integrity_constraint_violation';
  end if;
  delete from short_codes where transfer_id = new.transfer_id;
  return null;
end $$;
--> statement-breakpoint
create trigger reissues_apply after insert on reissues
  for each row execute function reissue_code();
--> statement-breakpoint
create trigger reissues_append_only before update or delete or truncate on reissues
  for each statement execute function refuse_change('reissues are append-only');
