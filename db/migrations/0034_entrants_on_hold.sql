-- Who is on hold enters no transfer.
create or replace function check_entrants() returns trigger language plpgsql as $$
begin
  perform from transfers where id in (select transfer_id from new_entrants) order by id for no key update;
  if exists (
    select from new_entrants n
    left join transfers t on t.id = any (array[n.transfer_id]) and t.state = 'open' and t.settlement is not null and clock_timestamp() < t.expires_at
    left join accounts s on s.id = any (array[t.from_account])
    left join accounts a on a.id = any (array[n.account_id]) and a.asset is not distinct from t.asset and a.merged_into is null
    where t.id is null or a.id is null or a.hold = 'all' or a.id = coalesce(s.merged_into, s.id) or s.kin = a.kin
      or (n.turn > 1 and not exists (select from entrants e where e.transfer_id = n.transfer_id and e.turn = n.turn - 1))
      or (a.kin is not null and exists (
        select from accounts k join entrants e on e.transfer_id = any (array[n.transfer_id]) and e.account_id = any (array[k.id])
        where k.kin = a.kin and k.id <> a.id))
  ) then
    raise exception 'who enters what is over or pays at once, or enters twice, or their own, or is on hold' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
