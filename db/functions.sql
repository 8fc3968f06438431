-- All triggers and their functions, as the migrations leave them; a test compares the two, so that a change here needs a
-- migration that does the same. Money moves only by inserting entries.

-- Applies the entries of a statement, and checks them in the same pass: an entry that the updates below can't apply is
-- missing in the count at the end, and the statement fails. A transfer is updated once for all its entries in the
-- statement. Nobody collects what waits for approvals; nothing leaves the account of a person who is held, and nothing is
-- collected by one who is held from all. Rows are locked in the order of their ids, transfers first, so that statements don't deadlock. The clock is
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
      and case when t.payout_id is null or e.claims = 0 then true
        else (select p.approved >= p.approvals from payouts p where p.id = any (array[t.payout_id])) end
    returning t.id, t.asset, t.from_account, (clock_timestamp() < t.expires_at) = (e.leaves <> 'returned') as timely
  ), funded as (
    select t.asset, e.account_id, e.kind, e.amount
    from new_entries e join transfers t on t.id = any (array[e.transfer_id])
    where e.kind = 'fund' and e.account_id = any (array[t.from_account]) and e.amount = any (array[-t.amount])
  ), moved as (
    select account_id, asset, sum(amount) as amount, count(*) as entries,
      bool_or(kind = 'fund') as sends, bool_or(kind = 'collect') as collects
    from (
      select e.account_id, paid.asset, e.kind, e.amount
      from paid join new_entries e on e.transfer_id = paid.id
      where timely and (e.kind = 'collect' or (e.kind = 'return' and e.account_id = from_account))
      union all
      select account_id, asset, kind, amount from funded
    ) entry
    group by account_id, asset
    order by account_id
  ), balanced as (
    update accounts a
    set balance = a.balance + moved.amount
    from moved
    where a.id = any (array[moved.account_id]) and a.asset is not distinct from moved.asset
      and case a.hold when 'send' then not sends when 'all' then not (sends or collects) else true end
    returning moved.entries
  )
  select coalesce(sum(entries), 0) into applied from balanced;

  if applied <> (select count(*) from new_entries) then
    raise exception 'entries without their account, transfer or asset, of a closed transfer, of more shares than it has, not in its time, not approved, or of somebody on hold'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;

-- The groups whose books are kept as one: a group, or the one that it was merged into, and all that were merged into that.
create function books_of(in_group uuid) returns setof uuid language sql stable as $$
  select part.id
  from groups g join groups part on part.id = coalesce(g.merged_into, g.id) or part.merged_into = coalesce(g.merged_into, g.id)
  where g.id = in_group
$$;

-- What an account has sent in the books of a group since a moment, and has not got back. The ids of transfers grow with the time of
-- the process that made them, which may be another than the database's: so the index is entered a day earlier.
create function sent_since(since timestamptz, in_group uuid, account uuid) returns numeric language sql stable as $$
  select coalesce(sum(t.amount - case when t.state in ('open', 'collected') then 0 when t.claimed = 0 then t.amount
    else (select e.amount from entries e where e.transfer_id = t.id and e.account_id = t.from_account and e.kind = 'return') end), 0)
  from books_of(in_group) as books (part)
  join transfers t on t.group_id = books.part and t.from_account = account and t.created_at >= since
    and t.id >= (lpad(to_hex(floor(extract(epoch from greatest(since - interval '1 day', 'epoch')) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- A limit of a group. It is checked at the commit, when the sender's account is locked by the entry that funds the transfer: so
-- of two who send at the same moment the second one sees what the first one has sent.
create function check_limit() returns trigger language plpgsql as $$
begin
  if sent_since(new.limit_since, new.group_id, new.from_account) > new.limit_most then
    raise exception 'more than the limit of the group' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;

-- What a person is held from stands at their accounts, too, where an entry meets it. The person's row is locked, so that an account
-- which is opened while a hold is set gets it.
create function hold_new_account() returns trigger language plpgsql as $$
begin
  select hold into new.hold from people where id = new.person_id for share;
  return new;
end $$;

create function hold_accounts() returns trigger language plpgsql as $$
begin
  -- Locked in the order in which entries lock them.
  perform from accounts where person_id = new.id order by id for no key update;
  update accounts set hold = new.hold where person_id = new.id;
  return null;
end $$;

-- A payout counts its approvals, of which none is by who asked for it. A check of the table refuses more than are needed. What is
-- shown of its transfers changes with each, and with the last one they can be collected: so the outbox has an event for each.
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

-- A transfer comes with the entry that funds it, in the same statement; its recipient's account has its asset; its group exists;
-- one that is a part of a payout is what stands there, and from the account of the payout's group.
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
      or (t.payout_id is not null and not exists (
        select from payouts p
        join payout_items i on i.payout_id = any (array[p.id]) and i.transfer_id = any (array[t.id]) and i.amount = t.amount
        join accounts a on a.id = any (array[t.from_account]) and a.group_id = p.group_id and a.asset = p.asset
        where p.id = any (array[t.payout_id])))
  ) then
    raise exception 'transfers without the entry that funds them, for an account of another asset, of a group that is not there, or not of their payout'
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

create trigger accounts_start_with_hold before insert on accounts
  for each row execute function hold_new_account();

create trigger people_hold_accounts after update of hold on people
  for each row when (old.hold is distinct from new.hold)
  execute function hold_accounts();

-- Transfers: made open, full and funded, never deleted; only entries change them.
create trigger transfers_start_full before insert on transfers
  for each row when (new.remaining <> new.amount or new.state <> 'open' or new.claimed <> 0)
  execute function refuse_change('a new transfer is open and full');

create trigger transfers_come_funded after insert on transfers
  referencing new table as new_transfers
  for each statement execute function check_new_transfers();

create constraint trigger transfers_within_limit after insert on transfers deferrable initially deferred
  for each row when (new.limit_most is not null)
  execute function check_limit();

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

-- Payouts: their terms stay; only approvals change how many they have.
create trigger payouts_start_unapproved before insert on payouts
  for each row when (new.approved <> 0)
  execute function refuse_change('a new payout has no approval');

create trigger payouts_keep_their_terms
  before update of id, group_id, made_in, made_by, asset, total, note, approvals, standing_id, created_at on payouts
  for each statement execute function refuse_change('the terms of a payout stay');

create trigger payouts_follow_approvals before update of approved on payouts
  for each statement when (pg_trigger_depth() = 0)
  execute function refuse_change('a payout counts its approvals: insert one');

create trigger payouts_stay before delete or truncate on payouts
  for each statement execute function refuse_change('payouts are never deleted');

create trigger payout_items_keep_their_terms
  before update of payout_id, turn, transfer_id, person_id, handle, amount, note on payout_items
  for each statement execute function refuse_change('the terms of a payout stay');

create trigger payout_items_stay before delete or truncate on payout_items
  for each statement execute function refuse_change('payouts are never deleted');

create trigger payout_approvals_count after insert on payout_approvals
  for each row execute function count_approval();

create trigger payout_approvals_append_only before update or delete or truncate on payout_approvals
  for each statement execute function refuse_change('approvals are append-only');

-- What admins have written about transfers.
create trigger transfer_notes_append_only before update or delete or truncate on transfer_notes
  for each statement execute function refuse_change('notes are append-only');
