CREATE TABLE "link_requests" (
	"id" uuid PRIMARY KEY NOT NULL,
	"hash" "bytea",
	"messenger" text NOT NULL,
	"identity" text NOT NULL,
	"with_messenger" text,
	"with_identity" text,
	"confirmed" boolean DEFAULT false NOT NULL,
	"with_confirmed" boolean DEFAULT false NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "link_requests_hash_unique" UNIQUE("hash"),
	CONSTRAINT "link_requests_code_once" CHECK (("link_requests"."hash" is null) = ("link_requests"."with_identity" is not null) and ("link_requests"."with_messenger" is null) = ("link_requests"."with_identity" is null))
);
--> statement-breakpoint
CREATE TABLE "links" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"person_id" uuid NOT NULL,
	"into_person" uuid NOT NULL,
	"messenger" text NOT NULL,
	"identity" text NOT NULL,
	"with_messenger" text,
	"with_identity" text,
	CONSTRAINT "links_two" CHECK (("links"."kind" = 'link') = ("links"."with_messenger" is not null) and ("links"."kind" = 'link') = ("links"."with_identity" is not null))
);
--> statement-breakpoint
DROP VIEW "public"."group_transfers";--> statement-breakpoint
ALTER TABLE "accounts" DROP CONSTRAINT "accounts_owner";--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "merged_into" uuid;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "former_person_id" uuid;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "kin" uuid;--> statement-breakpoint
ALTER TABLE "people" ADD COLUMN "merged_into" uuid;--> statement-breakpoint
ALTER TABLE "people" ADD COLUMN "kin" uuid;--> statement-breakpoint
CREATE INDEX "links_person" ON "links" USING btree ("person_id");--> statement-breakpoint
CREATE INDEX "links_into_person" ON "links" USING btree ("into_person");--> statement-breakpoint
ALTER TABLE "people" ADD CONSTRAINT "people_merged_into_people_id_fk" FOREIGN KEY ("merged_into") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "accounts_kin" ON "accounts" USING btree ("kin") WHERE "accounts"."kin" is not null;--> statement-breakpoint
CREATE INDEX "people_kin" ON "people" USING btree ("kin") WHERE "people"."kin" is not null;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_owner" UNIQUE NULLS NOT DISTINCT("asset","kind","person_id","group_id","former_person_id");--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_merged_are_empty" CHECK (("accounts"."merged_into" is null) = ("accounts"."former_person_id" is null) and ("accounts"."merged_into" is null or ("accounts"."balance" = 0 and "accounts"."kin" is not null and "accounts"."merged_into" <> "accounts"."id")));--> statement-breakpoint
ALTER TABLE "people" ADD CONSTRAINT "people_merged_have_kin" CHECK ("people"."merged_into" is null or ("people"."merged_into" <> "people"."id" and "people"."kin" is not null));--> statement-breakpoint
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
      else coalesce(
        (select amount from entries where transfer_id = t.id and account_id = t.from_account and kind = 'return'),
        (select amount from entries where transfer_id = t.id and kind = 'return')) end as amount
  ) back
  where t.group_id is not null);
--> statement-breakpoint
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
    raise exception 'entries without their account, transfer or asset, of a closed transfer, of more shares than it has, of another amount than was drawn, by a dead code, not in its time, not approved, or of somebody on hold'
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
--> statement-breakpoint
create or replace function apply_link() returns trigger language plpgsql as $$
declare
  one_kin uuid;
  kins uuid[];
begin
  perform from people where id in (new.person_id, new.into_person) order by id for no key update;
  if exists (select from people where id in (new.person_id, new.into_person) and (merged_into is not null or hold is not null)) then
    raise exception 'a link of somebody who has become one with somebody else, or is on hold' using errcode = 'integrity_constraint_violation';
  end if;
  select coalesce(kin, id) into one_kin from people where id = case new.kind when 'link' then new.into_person else new.person_id end;

  if new.kind = 'unlink' then
    if (select count(*) from identities where person_id = new.person_id) < 2 then
      raise exception 'the last identity of a person' using errcode = 'integrity_constraint_violation';
    end if;
    update people set kin = one_kin where id = new.person_id;
    update accounts set kin = one_kin where person_id = new.person_id;
    insert into people (id, kin, quiet) select new.into_person, one_kin, quiet from people where id = new.person_id;
    update identities set person_id = new.into_person
    where messenger = new.messenger and id = new.identity and person_id = new.person_id;
    if not found then
      raise exception 'not an identity of theirs' using errcode = 'integrity_constraint_violation';
    end if;
    return null;
  end if;

  select array_agg(coalesce(kin, id)) into kins from people where id in (new.person_id, new.into_person);
  update people set kin = one_kin where id in (new.person_id, new.into_person) or kin = any (kins);
  update people set merged_into = new.into_person where id = new.person_id or (kin = one_kin and merged_into = new.person_id);
  update identities set person_id = new.into_person where person_id = new.person_id;
  update accounts a
  set person_id = new.into_person, former_person_id = coalesce(a.former_person_id, a.person_id), kin = one_kin,
    merged_into = (select o.id from accounts o
      where o.person_id = new.into_person and o.kind = 'person' and o.asset = a.asset and o.former_person_id is null)
  where a.person_id = new.person_id;
  update accounts a set kin = one_kin from people p where p.kin = one_kin and a.person_id = p.id and a.kin is distinct from one_kin;
  if exists (
    select from identities i join people p on p.id = i.person_id where p.kin = one_kin group by i.messenger having count(*) > 1
  ) then
    raise exception 'two identities in one messenger' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
create or replace function person_of(person uuid) returns uuid language sql stable as $$
  select coalesce(merged_into, id) from people where id = person
$$;
--> statement-breakpoint
create or replace function kin_of(person uuid) returns setof uuid language sql stable as $$
  select k.id from people p join people k on k.kin = p.kin where p.id = person
  union
  select person
$$;
--> statement-breakpoint
create or replace function sent_since(since timestamptz, in_group uuid, account uuid) returns numeric language sql stable as $$
  select coalesce(sum(t.amount - case when t.state in ('open', 'collected') then 0 when t.claimed = 0 then t.amount
    else coalesce(
      (select e.amount from entries e where e.transfer_id = t.id and e.account_id = t.from_account and e.kind = 'return'),
      (select e.amount from entries e where e.transfer_id = t.id and e.kind = 'return')) end), 0)
  from books_of(in_group) as books (part)
  cross join (
    select account as id
    union
    select k.id from accounts a join accounts k on k.kin = a.kin and k.asset = a.asset where a.id = account
  ) own
  join transfers t on t.group_id = books.part and t.from_account = own.id and t.created_at >= since and t.refund_of is null
    and t.id >= (lpad(to_hex(floor(extract(epoch from greatest(since - interval '1 day', 'epoch')) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
--> statement-breakpoint
create or replace function check_limit() returns trigger language plpgsql as $$
begin
  perform from people where id = (select kin from accounts where id = new.from_account) for no key update;
  if sent_since(new.limit_since, new.group_id, new.from_account) > new.limit_most then
    raise exception 'more than the limit of the group' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
create or replace function hold_new_account() returns trigger language plpgsql as $$
begin
  if new.person_id is null then return new; end if;
  select hold, kin into new.hold, new.kin from people where id = new.person_id and merged_into is null for share;
  if not found then
    raise exception 'an account of somebody who has become one with somebody else' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
--> statement-breakpoint
create or replace function hold_accounts() returns trigger language plpgsql as $$
begin
  -- Of whom somebody has become one with meanwhile.
  update people set hold = new.hold where id = new.merged_into;
  -- Locked in the order in which entries lock them.
  perform from accounts where person_id = new.id order by id for no key update;
  update accounts set hold = new.hold where person_id = new.id;
  return null;
end $$;
--> statement-breakpoint
create or replace function count_approval() returns trigger language plpgsql as $$
begin
  update payouts set approved = approved + 1
  where id = new.payout_id and made_by not in (select kin_of(new.person_id)) and not exists (
    select from payout_approvals a
    where a.payout_id = new.payout_id and a.person_id <> new.person_id and a.person_id in (select kin_of(new.person_id)));
  if not found then
    raise exception 'an approval by who asked for the payout, or a second one of theirs' using errcode = 'integrity_constraint_violation';
  end if;
  insert into outbox (events, transfers, accounts)
  select array_agg('approved'::outbox_event), array_agg(id), '{}'
  from (select id, (row_number() over (order by id) - 1) / 128 as part from transfers where payout_id = new.payout_id and state = 'open') t
  group by part order by part;
  return null;
end $$;
--> statement-breakpoint
create or replace function check_new_transfers() returns trigger language plpgsql
as $$
begin
  if exists (
    select from new_transfers t
    where not exists (select from entries e where e.transfer_id = any (array[t.id]) and e.kind = 'fund')
      or (t.to_account is not null
        and not exists (select from accounts a where a.id = any (array[t.to_account]) and a.asset is not distinct from t.asset
          and a.merged_into is null))
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
        join accounts s on s.id = any (array[b.from_account]) and coalesce(s.merged_into, s.id) is not distinct from t.to_account
        join accounts c on c.id = any (array[e.account_id]) and coalesce(c.merged_into, c.id) is not distinct from t.from_account
        join accounts a on a.id = any (array[t.to_account]) and a.kind <> 'issuer'
        where e.transfer_id = any (array[t.refund_of]) and e.kind = 'collect' and e.amount = t.amount))
      or (t.refund_of is not null and exists (
        select from transfers r join accounts m on m.id = any (array[r.from_account]) and m.merged_into = any (array[t.from_account])
        where r.refund_of = any (array[t.refund_of]) and r.id <> t.id))
      or (t.seed_hash is not null and not exists (
        select from draws d
        where d.transfer_id = any (array[t.id]) and sha256(d.seed) = t.seed_hash and cardinality(d.rests) = t.shares
          and d.rests[t.shares] = 0 and not exists (
            select from (
              select rest, lag(rest, 1, t.amount) over (order by claim) as before
              from unnest(d.rests) with ordinality as after_claim (rest, claim)
            ) paid where before > rest is not true)))
  ) then
    raise exception 'transfers without the entry that funds them, for an account of another asset, of a group that is not there, not of their payout, not what was collected, or without their draw'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
create or replace function count_payment() returns trigger language plpgsql as $$
declare
  counted asks;
begin
  if tg_op = 'UPDATE' then
    update asks set paid = paid - new.amount where id = new.ask_id and new.state in ('cancelled', 'declined', 'returned');
    if exists (select from asks where id = new.ask_id and kind = 'pool'
      and (new.state = 'collected' and paid < total or new.expires_at <> expires_at)) then
      raise exception 'a pool that has not reached its goal, or more time than it lasts' using errcode = 'integrity_constraint_violation';
    end if;
    return null;
  end if;
  update asks a
  set paid = a.paid + new.amount
  from accounts payer, accounts payee
  where a.id = new.ask_id and a.ended_at is null and clock_timestamp() < a.expires_at
    and payer.id = new.from_account and payer.person_id <> person_of(a.made_by)
    and payee.id = new.to_account and payee.person_id = person_of(a.made_by) and payee.asset = a.asset
    and case a.kind when 'pool' then new.expires_at = a.expires_at else exists (
      select from ask_parts part
      where part.transfer_id = new.id and part.ask_id = a.id and part.amount = new.amount
        and (part.person_id is null or person_of(part.person_id) = payer.person_id)) end
  returning a.* into counted;
  if counted.id is null or (not (counted.kind = 'pool' and counted.paid < counted.total)
    and exists (select from transfers t where t.ask_id = counted.id and t.state = 'open')) then
    raise exception 'not what was asked for, not to who asked, after the end of the ask, or left open' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger people_change_by_links before update of merged_into, kin on people
  for each statement when (pg_trigger_depth() = 0)
  execute function refuse_change('people become one by a link');
--> statement-breakpoint
create trigger identities_change_by_links before update of person_id on identities
  for each statement when (pg_trigger_depth() = 0)
  execute function refuse_change('identities pass to another person by a link');
--> statement-breakpoint
create trigger links_apply after insert on links
  for each row execute function apply_link();
--> statement-breakpoint
create trigger links_append_only before update or delete or truncate on links
  for each statement execute function refuse_change('links are append-only');
