ALTER TYPE "public"."recipient_kind" ADD VALUE 'listed';--> statement-breakpoint
ALTER TABLE "transfers" DROP CONSTRAINT "transfers_recipient";--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "list_name" text;--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "list_people" uuid[];--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "list_handles" text[];--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_recipient" CHECK (("transfers"."recipient" = 'account') = ("transfers"."to_account" is not null) and ("transfers"."recipient" = 'handle') = ("transfers"."to_handle" is not null) and ("transfers"."recipient"::text not in ('members', 'present', 'listed') or "transfers"."group_id" is not null) and num_nonnulls("transfers"."list_name", "transfers"."list_people", "transfers"."list_handles") = case "transfers"."recipient"::text when 'listed' then 3 else 0 end and coalesce(cardinality("transfers"."list_people") + cardinality("transfers"."list_handles"), 1) > 0);--> statement-breakpoint
create or replace function apply_entries() returns trigger language plpgsql
  set enable_hashjoin = on set enable_nestloop = off
as $$
declare
  applied bigint;
  linked boolean;
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
      and case when not t.confirms or e.claims = 0 then true
        else not exists (
          select from new_entries c join accounts a on a.id = any (array[c.account_id])
          where c.transfer_id = t.id and c.kind = 'collect' and not exists (
            select from askers k where k.transfer_id = any (array[t.id]) and k.answer = 'yes'
              and k.person_id in (select kin_of(a.person_id)))) end
      and case when t.settlement is null or e.claims = 0 then true
        else e.claims = (
          select count(*) from new_entries c
          where c.transfer_id = t.id and c.kind = 'collect' and exists (
            select from entrants n join accounts o on o.id = any (array[n.account_id])
            where n.transfer_id = any (array[t.id]) and coalesce(o.merged_into, o.id) = c.account_id)) end
      -- Who has a handle only its messenger knows.
      and case when t.list_people is null or e.claims = 0 or cardinality(t.list_handles) > 0 then true
        else e.claims = (
          select count(*) from new_entries c
          where c.transfer_id = t.id and c.kind = 'collect' and exists (
            select from accounts o join people p on coalesce(p.merged_into, p.id) = o.person_id
            where o.id = any (array[c.account_id]) and p.id = any (t.list_people))) end
      and case when not t.lucky or t.settlement = 'split' or e.claims = 0 then true
        else (select d.rests[t.claimed + e.claims] = t.remaining - e.collected from draws d where d.transfer_id = any (array[t.id])) end
    returning t.id, t.asset, t.from_account,
      (clock_timestamp() < t.expires_at) = (e.leaves <> 'returned' and (t.settlement is null or e.claims = 0)) as timely
  ), funded as (
    select t.asset, e.account_id, e.amount
    from new_entries e join transfers t on t.id = any (array[e.transfer_id])
    where e.kind = 'fund' and e.account_id = any (array[t.from_account]) and e.amount = any (array[-t.amount])
  ), moved as (
    select account_id, asset, sum(amount) as amount, count(*) as entries
    from (
      select e.account_id, paid.asset, e.amount
      from paid join new_entries e on e.transfer_id = paid.id
      where timely and (e.kind = 'collect' or (e.kind = 'return' and (e.account_id = from_account
        or e.account_id = (select s.merged_into from accounts s where s.id = any (array[from_account])))))
      union all
      select account_id, asset, amount from funded
    ) entry
    group by account_id, asset
    order by account_id
  ), balanced as (
    update accounts a
    set balance = a.balance + moved.amount
    from moved
    where a.id = any (array[moved.account_id]) and a.asset is not distinct from moved.asset and a.merged_into is null
      and case when a.hold is null then true else not exists (
        select from new_entries e join transfers t on t.id = any (array[e.transfer_id])
        where e.account_id = any (array[a.id]) and (e.kind = 'collect' and a.hold = 'all' or e.kind = 'fund'
          and not exists (select from accounts i where i.id = any (array[t.to_account]) and i.kind = 'issuer'))
      ) end
    returning moved.entries, a.kin
  )
  select coalesce(sum(entries), 0), coalesce(bool_or(kin is not null), false) into applied, linked from balanced;

  if applied <> (select count(*) from new_entries) then
    raise exception 'entries without their account, transfer or asset, of a closed transfer, of more shares than it has, of another amount than was drawn, by a dead code, not in its time, not approved, not confirmed by its sender, of somebody on hold, of nobody who has entered, or of nobody on its list'
      using errcode = 'integrity_constraint_violation';
  end if;

  -- Looked up once the transfers are locked, and only of those who were ever linked. What was given for a pool goes to who asked, who may
  -- have become one with the giver meanwhile.
  if linked and exists (
    select from new_entries e
    join accounts a on a.id = any (array[e.account_id]) and a.kin is not null
    join transfers t on t.id = any (array[e.transfer_id])
    join accounts s on s.id = any (array[t.from_account])
    where e.kind = 'collect' and t.ask_id is null and (s.merged_into = a.id or (t.shares > 1 and (s.kin is not distinct from a.kin or exists (
      select from accounts k join entries before on before.transfer_id = any (array[t.id]) and before.account_id = any (array[k.id])
        and before.kind = 'collect'
      where k.kin = any (array[a.kin]) and k.id <> a.id))))
  ) then
    raise exception 'a second share of those who were one person, or a share of what one of them has sent'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
