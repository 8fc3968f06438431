CREATE TABLE "changes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "changes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"transfers" uuid[] NOT NULL
);
--> statement-breakpoint
ALTER TABLE "transfers" ALTER COLUMN "remaining" DROP DEFAULT;--> statement-breakpoint
-- What the delivery queue held for the worker is kept in `changes` from now on.
do $$
begin
  if to_regclass('pgboss.job') is not null then
    insert into changes (transfers)
    select array(select jsonb_array_elements_text(data -> 'transfers')::uuid)
    from pgboss.job where name = 'changes' and state < 'completed';
  end if;
end $$;
--> statement-breakpoint
-- Room for the next version of a row on its own page: an update that stays there touches no index.
alter table transfers set (fillfactor = 50);
--> statement-breakpoint
alter table accounts set (fillfactor = 50);
--> statement-breakpoint
-- Applies a statement's entries and checks them in the same pass: what an update does not find as it must be is missing
-- in the count at the end. Rows are taken in the order of their ids, transfers first, so that statements never wait for
-- each other in a ring. Time is looked at when the row is ours: after a wait, it may be too late. `= any (array[…])`
-- leaves the planner one way to go, from the entries to the rows by their keys: what it believes of the tables' sizes
-- when a plan is made must not decide how fast money moves for as long as the plan is kept.
create or replace function apply_entries() returns trigger language plpgsql
as $$
declare
  applied bigint;
begin
  with closed as (
    update transfers t
    set remaining = t.remaining - e.amount, state = e.leaves, closed_at = e.at
    from (select * from new_entries where kind <> 'fund' order by transfer_id) e
    where t.id = any (array[e.transfer_id]) and t.state = 'open' and (e.kind = 'collect' or e.account_id = t.from_account)
    returning t.asset, e.account_id, e.amount, (clock_timestamp() < t.expires_at) = (e.leaves <> 'returned') as timely
  ), funded as (
    select t.asset, e.account_id, e.amount
    from new_entries e join transfers t on t.id = any (array[e.transfer_id])
    where e.kind = 'fund' and e.account_id = t.from_account and e.amount = -t.amount
  ), moved as (
    select account_id, asset, sum(amount) as amount, count(*) as entries
    from (
      select account_id, asset, amount from closed where timely
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
    raise exception 'entries without their account, transfer or asset, of a closed transfer, or not in its time'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
-- A transfer comes with the money that it holds: its entry is in the same statement. Whom it is for can hold its asset.
create function check_new_transfers() returns trigger language plpgsql
as $$
begin
  if exists (
    select from new_transfers t
    where not exists (select from entries e where e.transfer_id = any (array[t.id]) and e.kind = 'fund')
      or (t.to_account is not null
        and not exists (select from accounts a where a.id = any (array[t.to_account]) and a.asset = t.asset))
  ) then
    raise exception 'transfers without the entry that funds them, or for an account of another asset'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger transfers_come_funded after insert on transfers
  referencing new table as new_transfers
  for each statement execute function check_new_transfers();
--> statement-breakpoint
drop trigger transfers_start_empty on transfers;
--> statement-breakpoint
create trigger transfers_start_full before insert on transfers
  for each row when (new.remaining <> new.amount or new.state <> 'open')
  execute function refuse_change('a new transfer is open and full');
--> statement-breakpoint
-- A code begins with the time in its transfer's id from now on. The hash of the rest is what it was.
alter table transfers disable trigger transfers_follow_entries;
--> statement-breakpoint
update transfers set code_hash = substring(uuid_send(id) for 6) || code_hash;
--> statement-breakpoint
alter table transfers enable trigger transfers_follow_entries;
