-- Money moves by inserting entries, and by nothing else: balances, what remains in a transfer and its state follow from them here.
create function apply_entries() returns trigger language plpgsql
as $$
begin
  if exists (
    select from new_entries e
    left join transfers t on t.id = e.transfer_id
    left join accounts a on a.id = e.account_id
    where t.id is null or a.id is null or a.asset <> t.asset
      or (e.kind in ('fund', 'return') and e.account_id <> t.from_account)
      or (e.kind = 'fund' and -e.amount <> t.amount)
      or (e.kind = 'fund' and t.to_account is not null
        and not exists (select from accounts r where r.id = t.to_account and r.asset = t.asset))
      or t.state <> 'open'
  ) then
    raise exception 'entries without their account, transfer or asset, or of a closed transfer' using errcode = 'integrity_constraint_violation';
  end if;

  update transfers t
  set remaining = t.remaining - moved.amount,
      state = moved.leaves,
      closed_at = case when moved.leaves = 'open' then null else moved.at end
  from (
    select transfer_id, sum(amount) as amount, max(leaves) as leaves, max(at) as at
    from new_entries group by transfer_id
  ) moved
  where t.id = moved.transfer_id;

  update accounts a
  set balance = a.balance + moved.amount
  from (select account_id, sum(amount) as amount from new_entries group by account_id) moved
  where a.id = moved.account_id;

  return null;
end $$;
--> statement-breakpoint
create trigger entries_apply after insert on entries
  referencing new table as new_entries
  for each statement execute function apply_entries();
--> statement-breakpoint
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '%', tg_argv[0] using errcode = 'integrity_constraint_violation';
end $$;
--> statement-breakpoint
create trigger entries_append_only before update or delete or truncate on entries
  for each statement execute function refuse_change('entries are append-only');
--> statement-breakpoint
create trigger accounts_stay before delete or truncate on accounts
  for each statement execute function refuse_change('accounts are never deleted');
--> statement-breakpoint
create trigger transfers_stay before delete or truncate on transfers
  for each statement execute function refuse_change('transfers are never deleted');
--> statement-breakpoint
create trigger accounts_follow_entries before update on accounts
  for each statement when (pg_trigger_depth() = 0)
  execute function refuse_change('balances follow entries: insert an entry');
--> statement-breakpoint
-- All but the group: two become one when a messenger gives a group an id that it was met under already.
create trigger transfers_follow_entries before update of
  id, asset, amount, remaining, state, from_account, to_account, to_handle, note, code_hash, created_at, expires_at, closed_at
  on transfers for each statement when (pg_trigger_depth() = 0)
  execute function refuse_change('transfers follow entries: insert an entry');
--> statement-breakpoint
-- New rows start empty; only entries put money in.
create trigger accounts_start_empty before insert on accounts
  for each row when (new.balance <> 0)
  execute function refuse_change('a new account is empty: insert an entry');
--> statement-breakpoint
create trigger transfers_start_empty before insert on transfers
  for each row when (new.remaining <> 0 or new.state <> 'open')
  execute function refuse_change('a new transfer is empty and open: insert an entry');
