ALTER TABLE "transfers" DROP CONSTRAINT "transfers_group_id_groups_id_fk";
--> statement-breakpoint
-- In its place, for a whole statement at once: a foreign key looks at each row by itself, also where it names no group.
create or replace function check_new_transfers() returns trigger language plpgsql
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
--> statement-breakpoint
create function check_group() returns trigger language plpgsql
as $$
begin
  if not exists (select from groups g where g.id = new.group_id) then
    raise exception 'a transfer of a group that is not there' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger transfers_change_to_a_group before update of group_id on transfers
  for each row when (new.group_id is not null)
  execute function check_group();
--> statement-breakpoint
create trigger groups_stay before delete or truncate on groups
  for each statement execute function refuse_change('groups are never deleted');
--> statement-breakpoint
create trigger groups_keep_their_ids before update of id on groups
  for each statement execute function refuse_change('groups keep their ids');
