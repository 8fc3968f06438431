-- All triggers and their functions, as the migrations leave them; a test compares the two, so that a change here needs a
-- migration that does the same. Money moves only by inserting entries.

-- Applies the entries of a statement, and checks them in the same pass: an entry that the updates below can't apply is
-- missing in the count at the end, and the statement fails. A transfer is updated once for all its entries in the
-- statement. Rows are locked in the order of their ids, transfers first, so that statements don't deadlock. The clock is
-- read after the row is locked, as the transfer may have expired while the statement waited. `= any (array[…])` makes the
-- planner go from the entries to the rows by their primary keys, and no other condition may lead it to an index: a plan
-- that was made while the tables were small must not stay slow when they have grown. Only the statement's own rows are
-- joined by a hash: compared one by one, a batch would cost its square.
create function apply_entries() returns trigger language plpgsql
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
    returning moved.entries
  )
  select coalesce(sum(entries), 0) into applied from balanced;

  if applied <> (select count(*) from new_entries) then
    raise exception 'entries without their account, transfer or asset, of a closed transfer, of more shares than it has, or not in its time'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;

-- A transfer comes with the entry that funds it, in the same statement; its recipient's account has its asset; its group exists.
-- Checked once for a whole statement, where foreign keys would check each row by itself.
create function check_new_transfers() returns trigger language plpgsql
as $$
begin
  if exists (
    select from new_transfers t
    where not exists (select from entries e where e.transfer_id = any (array[t.id]) and e.kind = 'fund')
      or (t.to_account is not null
        and not exists (select from accounts a where a.id = any (array[t.to_account]) and a.asset = t.asset))
      or (t.group_id is not null and not exists (select from groups g where g.id = any (array[t.group_id])))
  ) then
    raise exception 'transfers without the entry that funds them, for an account of another asset, or of a group that is not there'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;

-- Nobody could reach the books of a group without a chat.
create function check_group_has_chats() returns trigger language plpgsql
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

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '%', tg_argv[0] using errcode = 'integrity_constraint_violation';
end $$;

-- Entries: append-only, and applied.
create trigger entries_apply after insert on entries
  referencing new table as new_entries
  for each statement execute function apply_entries();

create trigger entries_append_only before update or delete or truncate on entries
  for each statement execute function refuse_change('entries are append-only');

-- Accounts: opened empty, never deleted; only entries change their balances.
create trigger accounts_start_empty before insert on accounts
  for each row when (new.balance <> 0)
  execute function refuse_change('a new account is empty: insert an entry');

create trigger accounts_follow_entries before update on accounts
  for each statement when (pg_trigger_depth() = 0)
  execute function refuse_change('balances follow entries: insert an entry');

create trigger accounts_stay before delete or truncate on accounts
  for each statement execute function refuse_change('accounts are never deleted');

-- Transfers: made open, full and funded, never deleted; only entries change them.
create trigger transfers_start_full before insert on transfers
  for each row when (new.remaining <> new.amount or new.state <> 'open' or new.claimed <> 0)
  execute function refuse_change('a new transfer is open and full');

create trigger transfers_come_funded after insert on transfers
  referencing new table as new_transfers
  for each statement execute function check_new_transfers();

create trigger transfers_follow_entries before update on transfers
  for each statement when (pg_trigger_depth() = 0)
  execute function refuse_change('transfers follow entries: insert an entry');

create trigger transfers_stay before delete or truncate on transfers
  for each statement execute function refuse_change('transfers are never deleted');

-- Groups: never deleted, with fixed ids and at least one chat; a group whose chat has become another one's stays part of that.
create trigger groups_stay before delete or truncate on groups
  for each statement execute function refuse_change('groups are never deleted');

create trigger groups_keep_their_ids before update of id on groups
  for each statement execute function refuse_change('groups keep their ids');

create trigger groups_stay_moved before update of moved_into on groups
  for each row when (old.moved_into is not null and new.moved_into is null)
  execute function refuse_change('a group stays part of the one that it became part of');

create trigger chats_leave_no_group_alone after delete or update of group_id on chats
  for each row execute function check_group_has_chats();

create trigger chats_stay before truncate on chats
  for each statement execute function refuse_change('chats are never all deleted');

-- Trails: append-only.
create trigger trail_append_only before update or delete or truncate on trail
  for each statement execute function refuse_change('trails are append-only');
