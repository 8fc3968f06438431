-- The kinds are a new type: a value that is added to one can't be used before the commit.
DROP VIEW "public"."group_transfers";--> statement-breakpoint
drop function day_changes(outbox_event[], uuid[], uuid[]);--> statement-breakpoint
drop function people_in(outbox_event[], uuid[], uuid[]);--> statement-breakpoint
ALTER TYPE "public"."transfer_kind" RENAME TO "former_transfer_kind";--> statement-breakpoint
CREATE TYPE "public"."transfer_kind" AS ENUM('transfer', 'packet', 'payment', 'refund', 'contribution', 'payout');--> statement-breakpoint
ALTER TABLE "group_days" ALTER COLUMN "kind" SET DATA TYPE "public"."transfer_kind" USING "kind"::text::"public"."transfer_kind";--> statement-breakpoint
ALTER TABLE "group_people" ALTER COLUMN "kind" SET DATA TYPE "public"."transfer_kind" USING "kind"::text::"public"."transfer_kind";--> statement-breakpoint
DROP TYPE "public"."former_transfer_kind";--> statement-breakpoint
CREATE VIEW "public"."group_transfers" AS (
  select t.id, t.group_id, t.created_at as at,
    (t.created_at at time zone coalesce(root.rules ->> 'timeZone', 'UTC'))::date as day, t.asset,
    case when sender.group_id is not null then 'payout' when recipient.group_id is not null then 'contribution'
      when t.refund_of is not null then 'refund' when t.ask_id is not null then 'payment'
      when t.shares > 1 or t.seed_hash is not null then 'packet' else 'transfer' end::transfer_kind as kind,
    t.state, t.amount as sent,
    t.amount - t.remaining - back.amount as collected, back.amount as returned, t.from_account, t.to_account, t.note
  from transfers t
  left join groups g on g.id = t.group_id
  left join groups root on root.id = coalesce(g.merged_into, g.id)
  left join accounts sender on sender.id = t.from_account
  left join accounts recipient on recipient.id = t.to_account
  cross join lateral (
    select case when t.state in ('open', 'collected') then 0 when t.claimed = 0 then t.amount
      else (select amount from entries where transfer_id = t.id and account_id = t.from_account and kind = 'return') end as amount
  ) back
  where t.group_id is not null);--> statement-breakpoint
create function day_changes(events outbox_event[], transfers uuid[], accounts uuid[])
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
create function people_in(events outbox_event[], transfers uuid[], accounts uuid[])
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
--> statement-breakpoint
-- What is of another kind now is counted as such.
select count_days(array(
  select distinct group_id from transfers
  where group_id is not null and (shares > 1 or seed_hash is not null or refund_of is not null or ask_id is not null)
));
