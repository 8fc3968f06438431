ALTER TABLE "transfers" ADD COLUMN "refund_of" uuid;--> statement-breakpoint
CREATE UNIQUE INDEX "transfers_refund" ON "transfers" USING btree ("refund_of","from_account") WHERE "transfers"."refund_of" is not null;
--> statement-breakpoint
create or replace function sent_since(since timestamptz, in_group uuid, account uuid) returns numeric language sql stable as $$
  select coalesce(sum(t.amount - case when t.state in ('open', 'collected') then 0 when t.claimed = 0 then t.amount
    else (select e.amount from entries e where e.transfer_id = t.id and e.account_id = t.from_account and e.kind = 'return') end), 0)
  from books_of(in_group) as books (part)
  join transfers t on t.group_id = books.part and t.from_account = account and t.created_at >= since and t.refund_of is null
    and t.id >= (lpad(to_hex(floor(extract(epoch from greatest(since - interval '1 day', 'epoch')) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
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
  ) then
    raise exception 'transfers without the entry that funds them, for an account of another asset, of a group that is not there, not of their payout, or not what was collected'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
create or replace function day_changes(events outbox_event[], transfers uuid[], accounts uuid[])
  returns table (group_id uuid, day date, asset text, kind transfer_kind, state transfer_state,
    transfers int, sent numeric, collected numeric, returned numeric)
  language sql stable as $$
  select t.group_id, t.day, t.asset, t.kind, change.*
  from unnest(events, transfers, accounts) as happened (event, transfer, account)
  join group_transfers t on t.id = any (array[transfer])
  join entries e on e.transfer_id = any (array[t.id]) and e.account_id = any (array[coalesce(account, t.from_account)])
    and e.kind = case when event = 'created' then 'fund' when event = 'claimed' then 'collect'
      when event in ('cancelled', 'declined', 'returned') then 'return' end::entry_kind
  cross join lateral (
    select 'open'::transfer_state, 1, t.sent, 0, 0 where e.kind = 'fund'
    union all
    select 'open', 0, 0, e.amount, 0 where e.kind = 'collect' and e.leaves = 'open'
    union all
    select 'open', -1, -t.sent, e.amount - t.sent, 0 where e.leaves <> 'open'
    union all
    select e.leaves, 1, t.sent, t.sent - case e.kind when 'return' then e.amount else 0 end, case e.kind when 'return' then e.amount else 0 end
    where e.leaves <> 'open'
  ) change
$$;
--> statement-breakpoint
create or replace function people_in(events outbox_event[], transfers uuid[], accounts uuid[])
  returns table (group_id uuid, person_id uuid, at timestamptz, transfer_id uuid, day date, asset text, kind transfer_kind, state transfer_state)
  language sql stable as $$
  select t.group_id, a.person_id, t.at, t.id, t.day, t.asset, t.kind, part.state
  from unnest(events, transfers, accounts) as happened (event, transfer, account)
  join group_transfers t on t.id = any (array[transfer])
  join entries e on e.transfer_id = any (array[t.id]) and e.account_id = any (array[coalesce(account, t.from_account)])
    and e.kind = case when event = 'created' then 'fund' when event = 'claimed' then 'collect'
      when event in ('cancelled', 'declined', 'returned') then 'return' end::entry_kind
  cross join lateral (
    select e.account_id, 'open'::transfer_state
    union all
    select t.to_account, null where e.kind = 'fund' and t.to_account is not null
    union all
    select every.account_id, e.leaves from entries every where e.leaves <> 'open' and every.transfer_id = t.id
  ) part (account_id, state)
  join accounts a on a.id = any (array[part.account_id]) and a.person_id is not null
$$;
