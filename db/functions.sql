-- All triggers and their functions, as the migrations leave them; a test compares the two, so that a change here needs a
-- migration that does the same. Money moves only by inserting entries.

-- Applies the entries of a statement, and checks them in the same pass: an entry that the updates below can't apply is
-- missing in the count at the end, and the statement fails. A transfer is updated once for all its entries in the
-- statement. Nobody collects what waits for approvals, or what has got another code since that was looked up; who is on hold sends nothing, except where an operator withdraws it,
-- and collects nothing where the hold is from all. What its sender confirms is collected by whom they have said yes to. An account that has come into another moves nothing any more: what it sent returns to that one. Where shares were drawn, what is left after the claims is what the draw says. A transfer with a settlement pays none but those who have entered it, once its time is over; one for a list of people none but them. Rows are locked in the order of their ids, transfers first, so that statements don't deadlock. The clock is read
-- after the row is locked, as the transfer may have expired while the statement waited. `= any (array[…])` makes the planner
-- go from the entries to the rows by their primary keys, and no other condition may lead it to an index: a plan that was made
-- while the tables were small must not stay slow when they have grown. Only the statement's own rows are joined by a hash:
-- compared one by one, a batch would cost its square.
create function apply_entries() returns trigger language plpgsql
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

-- Two persons become one, or an identity of a person becomes a person of its own. Whoever is on hold stays who they are. Links are made one
-- after the other; their accounts were locked before the people are. Persons who were ever one have one identity in each messenger, which is
-- how they are named there, whatever they are elsewhere.
create function apply_link() returns trigger language plpgsql as $$
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

-- The person whom somebody is now: themselves, or whom they have become one with.
create function person_of(person uuid) returns uuid language sql stable as $$
  select coalesce(merged_into, id) from people where id = person
$$;

-- A person with all those who were ever one with them.
create function kin_of(person uuid) returns setof uuid language sql stable as $$
  select k.id from people p join people k on k.kin = p.kin where p.id = person
  union
  select person
$$;

-- The end of a transfer is the only one of its terms that changes: once, as the key of the table says, to a later time, while it is open
-- by the clock, which is read after its row is locked.
create function extend_transfer() returns trigger language plpgsql as $$
begin
  perform from transfers where id = new.transfer_id for no key update;
  update transfers set expires_at = new.expires_at
  where id = new.transfer_id and state = 'open' and clock_timestamp() < expires_at and expires_at < new.expires_at;
  if not found then
    raise exception 'more time for what is over, or not more' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;

-- An open transfer gets another code: the one before opens nothing from then on, nor does a short one.
create function reissue_code() returns trigger language plpgsql as $$
begin
  perform from transfers where id = new.transfer_id for no key update;
  update transfers set code_hash = new.code_hash, reissues = new.turn
  where id = new.transfer_id and state = 'open' and clock_timestamp() < expires_at and reissues = new.turn - 1;
  if not found then
    raise exception 'another code for what is over, or not the next one' using errcode = 'integrity_constraint_violation';
  end if;
  delete from short_codes where transfer_id = new.transfer_id;
  return null;
end $$;

-- Whoever an open transfer is for is reminded twice at most, and not within an hour of the last time.
create function check_reminder() returns trigger language plpgsql as $$
begin
  perform from transfers
  where id = new.transfer_id and state = 'open' and clock_timestamp() < expires_at
    and (to_account is not null or to_handle is not null) for no key update;
  if not found or new.turn <> (select count(*) + 1 from reminders where transfer_id = new.transfer_id)
    or exists (select from reminders where transfer_id = new.transfer_id and at > clock_timestamp() - interval '1 hour')
  then
    raise exception 'a reminder of what is over or for anyone, too soon, or too many' using errcode = 'integrity_constraint_violation';
  end if;
  insert into outbox (events, transfers, accounts) values (array['reminded'::outbox_event], array[new.transfer_id], '{}');
  return new;
end $$;

-- Whoever wants to collect an open transfer that its sender confirms asks once, with all who were ever one with them; and no more than twenty
-- wait for an answer.
create function check_asker() returns trigger language plpgsql as $$
begin
  perform from transfers
  where id = new.transfer_id and state = 'open' and clock_timestamp() < expires_at and confirms for no key update;
  if not found or new.answer is not null or exists (
    select from askers where transfer_id = new.transfer_id and person_id in (select kin_of(new.person_id))
  ) or (select count(*) from askers where transfer_id = new.transfer_id and answer is null) >= 20 then
    raise exception 'somebody who asks for what is over or needs no yes, has asked before, or is one of too many' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;

-- The groups whose books are kept as one: a group, or the one that it was merged into, and all that were merged into that.
create function books_of(in_group uuid) returns setof uuid language sql stable as $$
  select part.id
  from groups g join groups part on part.id = coalesce(g.merged_into, g.id) or part.merged_into = coalesce(g.merged_into, g.id)
  where g.id = in_group
$$;

-- What an account, with those of all who were ever one with its person, has sent in the books of a group since a moment, and has not got back; refunds are no sending. The ids of transfers grow with the time of
-- the process that made them, which may be another than the database's: so the index is entered a day earlier.
create function sent_since(since timestamptz, in_group uuid, account uuid) returns numeric language sql stable as $$
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

-- A limit of a group. It is checked at the commit, when the sender's account is locked by the entry that funds the transfer: so
-- of two who send at the same moment the second one sees what the first one has sent. Those who were one person wait for each other, too.
create function check_limit() returns trigger language plpgsql as $$
begin
  perform from people where id = (select kin from accounts where id = new.from_account) for no key update;
  if sent_since(new.limit_since, new.group_id, new.from_account) > new.limit_most then
    raise exception 'more than the limit of the group' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;

-- What a person is held from stands at their accounts, too, where an entry meets it. The person's row is locked, so that an account
-- which is opened while a hold is set, or a link is made, gets it. So does its kin.
create function hold_new_account() returns trigger language plpgsql as $$
begin
  if new.person_id is null then return new; end if;
  select hold, kin into new.hold, new.kin from people where id = new.person_id and merged_into is null for share;
  if not found then
    raise exception 'an account of somebody who has become one with somebody else' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;

create function hold_accounts() returns trigger language plpgsql as $$
begin
  -- Of whom somebody has become one with meanwhile.
  update people set hold = new.hold where id = new.merged_into;
  -- Locked in the order in which entries lock them.
  perform from accounts where person_id = new.id order by id for no key update;
  update accounts set hold = new.hold where person_id = new.id;
  return null;
end $$;

-- A payout counts its approvals, of which none is by who asked for it, and no two by those who were ever one person. A check of the table refuses more than are needed. What is
-- shown of its transfers changes with each, and with the last one they can be collected: so the outbox has an event for each.
create function count_approval() returns trigger language plpgsql as $$
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

-- A transfer comes with the entry that funds it, in the same statement; its recipient's account has its asset; its group exists;
-- one that is a part of a payout is what stands there, and from the account of the payout's group; a refund is all that its
-- sender has collected of a transfer, also before they were linked, for whoever had sent that: neither the issuer nor somebody who gave a refund; one whose shares
-- are drawn comes with its draw: of the seed whose hash it shows, with a minor unit or more for each share, and nothing left after the
-- last.
-- Checked once for a whole statement, where foreign keys would check each row by itself. `is not distinct from` leads to no index:
-- rows are looked up by their ids, never by what many of them share.
create function check_new_transfers() returns trigger language plpgsql
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
        where d.transfer_id = any (array[t.id]) and sha256(d.seed) = t.seed_hash and case
          when t.lucky and t.settlement is distinct from 'split' then cardinality(d.rests) = t.shares and d.rests[t.shares] = 0 and not exists (
            select from (
              select rest, lag(rest, 1, t.amount) over (order by claim) as before
              from unnest(d.rests) with ordinality as after_claim (rest, claim)
            ) paid where before > rest is not true)
          else cardinality(d.rests) = 0 end))
  ) then
    raise exception 'transfers without the entry that funds them, for an account of another asset, of a group that is not there, not of their payout, not what was collected, or without their draw'
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;

-- Who enters a transfer does so while it is open by the clock, which is read after its row is locked; once of all who were ever one person,
-- and none of them has sent it, or is on hold. Turns have no gaps: each is the next one.
create function check_entrants() returns trigger language plpgsql as $$
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

-- No two open transfers are opened by the same words in the same place. Who comes second waits for the first one's commit, and then sees it.
create function check_phrase() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(encode(new.phrase_hash, 'hex'), 0));
  if exists (
    select from transfers
    where phrase_hash = new.phrase_hash and id <> new.id and state = 'open' and clock_timestamp() < expires_at
  ) then
    raise exception 'words that open another transfer' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;

-- What answers an ask goes to who asked, from somebody else, before its end. A part is paid by whom it asks, at once; the id of its
-- transfer is fixed, so it is paid once. What is given for a pool waits for the goal, as long as the pool lasts: with what reaches it
-- all of it is collected, in one statement. It is checked at the commit, and the ask's row is locked, as it may be ended, or others may
-- give, at the same moment.
create function count_payment() returns trigger language plpgsql as $$
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

-- The words of a text in lower case. Scripts that are written without blanks, and pictures, make a word of each character with the one
-- after it, so that a run of them is found by its pairs; in words that are asked for, the last character makes one only where it is
-- alone.
create function words_in(written text, asked boolean) returns setof text language sql immutable strict parallel safe as $$
  select coalesce(found[2], substr(found[1], turn, 2))
  from regexp_matches(
    regexp_replace(lower(normalize(written, nfkc)),
      '[\x01-\x2f\x3a-\x60\x7b-\xa9\u2000-\u20cf\u3000-\u3004\u3008-\u3020\ufe00-\ufe0f]+', ' ', 'g'),
    '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2190-\ua4cf\uf900-\ufaff\U0001f000-\U0003ffff]+)|([^ \u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2190-\ua4cf\uf900-\ufaff\U0001f000-\U0003ffff]+)',
    'g') found,
    generate_series(1, case when found[1] is null then 1 else greatest(1, length(found[1]) - asked::int) end) turn
$$;

create function note_words(note text) returns tsvector language sql immutable strict parallel safe as $$
  select array_to_tsvector(array(select words_in(note, false)))
$$;

-- All words of a text; of the last one, and of a character that stands alone, the beginning is enough.
create function note_query(typed text) returns tsquery language sql immutable strict parallel safe as $$
  select string_agg('''' || word || '''' || case when turn = words or length(word) = 1 then ':*' else '' end, ' & ')::tsquery
  from (select word, turn, count(*) over () as words from words_in(typed, true) with ordinality as words (word, turn)) all_words
$$;

-- By how much the sums of `group_days` change with events of the outbox. It follows from each event alone, in whatever order they come:
-- a transfer is added as open; what ends it takes it away there, with all that it had paid by then, and adds it to its last state.
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

-- Who takes part in a transfer by events of the outbox: who sends it and who collects of it, in each state that it comes to; and,
-- without a state, its recipient.
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

create function day_of_year(day date) returns bit(366) language sql immutable strict parallel safe as $$
  select set_bit(0::bit(366), extract(doy from day)::int - 1, 1)
$$;

-- What leaves the outbox is added to the tables that books are read by, whoever takes it: so that these tables and the outbox together
-- always tell what the entries tell. The groups are locked against a change of their time zone; rows are written in a fixed order, so
-- that processes which empty the outbox at the same time don't deadlock.
create function keep_books() returns trigger language plpgsql as $$
begin
  perform from groups
  where id in (
    select unnest(array[g.id, g.merged_into])
    from dispatched, unnest(dispatched.transfers) as transfer
    join transfers t on t.id = any (array[transfer]) join groups g on g.id = any (array[t.group_id])
  )
  order by id for key share;
  if not found then return null; end if;

  insert into group_days as kept
  select c.group_id, c.day, c.asset, c.kind, c.state, sum(c.transfers), sum(c.sent), sum(c.collected), sum(c.returned)
  from dispatched d, day_changes(d.events, d.transfers, d.accounts) c
  group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
  on conflict (group_id, day, asset, kind, state) do update set
    transfers = kept.transfers + excluded.transfers, sent = kept.sent + excluded.sent,
    collected = kept.collected + excluded.collected, returned = kept.returned + excluded.returned;

  with part as materialized (
    select p.* from dispatched d, people_in(d.events, d.transfers, d.accounts) p
  ), days as (
    insert into group_people as kept
    select group_id, state, extract(year from day), asset, kind, person_id, bit_or(day_of_year(day))
    from part where state is not null
    group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6
    on conflict (group_id, state, year, asset, kind, person_id) do update set days = kept.days | excluded.days
    where kept.days | excluded.days <> kept.days
  )
  insert into transfer_people
  select distinct group_id, person_id, at, transfer_id from part order by 1, 2, 3, 4
  on conflict do nothing;

  insert into transfer_words
  select t.group_id, t.created_at, t.id, note_words(t.note)
  from dispatched d, unnest(d.events, d.transfers) as happened (event, transfer)
  join transfers t on t.id = any (array[transfer])
  where event = 'created' and t.group_id is not null and t.note is not null
  order by 1, 2, 3
  on conflict do nothing;
  return null;
end $$;

-- Counts the days of groups anew, from all their transfers. What is still in the outbox is left out, as it is added when it leaves.
create function count_days(of_groups uuid[]) returns void language plpgsql as $$
begin
  perform from groups
  where id = any (of_groups) or id in (select merged_into from groups where id = any (of_groups))
  order by id for update;

  delete from group_days where group_id = any (of_groups);
  insert into group_days
  select group_id, day, asset, kind, state, sum(transfers), sum(sent), sum(collected), sum(returned)
  from (
    select group_id, day, asset, kind, state, 1 as transfers, sent, collected, returned from group_transfers
    union all
    select c.group_id, c.day, c.asset, c.kind, c.state, -c.transfers, -c.sent, -c.collected, -c.returned
    from outbox o, day_changes(o.events, o.transfers, o.accounts) c
  ) counted
  where group_id = any (of_groups)
  group by 1, 2, 3, 4, 5;

  delete from group_people where group_id = any (of_groups);
  insert into group_people
  select t.group_id, came_to.state, extract(year from t.day), t.asset, t.kind, a.person_id, bit_or(day_of_year(t.day))
  from group_transfers t
  join entries e on e.transfer_id = t.id
  join accounts a on a.id = e.account_id and a.person_id is not null
  cross join lateral unnest(array['open', t.state]) as came_to (state)
  where t.group_id = any (of_groups)
  group by 1, 2, 3, 4, 5, 6;
end $$;

-- The days of a group begin by the time zone of the group whose books it is a part of.
create function recount_days() returns trigger language plpgsql as $$
declare
  before text;
  after text;
begin
  -- A time zone that is changed at the same moment is waited for.
  perform from groups where id in (old.merged_into, new.merged_into) order by id for update;
  before := coalesce((select rules from groups where id = old.merged_into), old.rules) ->> 'timeZone';
  after := coalesce((select rules from groups where id = new.merged_into), new.rules) ->> 'timeZone';
  if before is distinct from after then
    perform count_days(array(select id from groups where id = new.id or merged_into = new.id));
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

create trigger people_change_by_links before update of merged_into, kin on people
  for each statement when (pg_trigger_depth() = 0)
  execute function refuse_change('people become one by a link');

create trigger identities_change_by_links before update of person_id on identities
  for each statement when (pg_trigger_depth() = 0)
  execute function refuse_change('identities pass to another person by a link');

create trigger links_apply after insert on links
  for each row execute function apply_link();

create trigger links_append_only before update or delete or truncate on links
  for each statement execute function refuse_change('links are append-only');

create trigger people_hold_accounts after update of hold on people
  for each row when (old.hold is distinct from new.hold)
  execute function hold_accounts();

-- Transfers: made open, full and funded, never deleted; only entries change them, an extension their end, and a reissue their code.
create trigger transfers_start_full before insert on transfers
  for each row when (new.remaining <> new.amount or new.state <> 'open' or new.claimed <> 0)
  execute function refuse_change('a new transfer is open and full');

create trigger transfers_come_funded after insert on transfers
  referencing new table as new_transfers
  for each statement execute function check_new_transfers();

create constraint trigger transfers_within_limit after insert on transfers deferrable initially deferred
  for each row when (new.limit_most is not null)
  execute function check_limit();

create constraint trigger transfers_answer_asks after insert or update on transfers deferrable initially deferred
  for each row when (new.ask_id is not null)
  execute function count_payment();

create trigger transfers_follow_entries before update on transfers
  for each statement when (pg_trigger_depth() = 0)
  execute function refuse_change('transfers follow entries: insert an entry');

create trigger transfers_check_phrase after insert on transfers
  for each row when (new.phrase_hash is not null)
  execute function check_phrase();

create trigger transfers_stay before delete or truncate on transfers
  for each statement execute function refuse_change('transfers are never deleted');

create trigger extensions_apply after insert on extensions
  for each row execute function extend_transfer();

create trigger extensions_append_only before update or delete or truncate on extensions
  for each statement execute function refuse_change('extensions are append-only');

create trigger reissues_apply after insert on reissues
  for each row execute function reissue_code();

create trigger reissues_append_only before update or delete or truncate on reissues
  for each statement execute function refuse_change('reissues are append-only');

create trigger reminders_check before insert on reminders
  for each row execute function check_reminder();

create trigger askers_check before insert on askers
  for each row execute function check_asker();

create trigger askers_stay_who_they_are before update of transfer_id, turn, person_id, messenger, identity, asked_at on askers
  for each statement execute function refuse_change('who has asked for a transfer stays');

create trigger askers_are_answered_once before update on askers
  for each row when (old.answer is not null)
  execute function refuse_change('an answer to who has asked for a transfer stays');

create trigger askers_stay before delete or truncate on askers
  for each statement execute function refuse_change('who has asked for a transfer stays');

-- Draws are made with their transfer.
create trigger draws_stay before update or delete or truncate on draws
  for each statement execute function refuse_change('draws stay as they were made');

create trigger entrants_check after insert on entrants
  referencing new table as new_entrants
  for each statement execute function check_entrants();

create trigger entrants_append_only before update or delete or truncate on entrants
  for each statement execute function refuse_change('entrants are append-only');

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

-- Roots: append-only.
create trigger roots_append_only before update or delete or truncate on roots
  for each statement execute function refuse_change('roots are append-only');

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

-- Asks: their terms stay, and what was ended stays so; only transfers change what was paid.
create trigger asks_start_unpaid before insert on asks
  for each row when (new.paid <> 0)
  execute function refuse_change('nothing of a new ask is paid');

create trigger asks_keep_their_terms before update of id, kind, group_id, made_by, asset, total, own, note, reference, return_url, created_at, expires_at on asks
  for each statement execute function refuse_change('the terms of an ask stay');

create trigger asks_stay_ended before update of ended_at on asks
  for each row when (old.ended_at is not null)
  execute function refuse_change('an ask that was ended stays so');

create trigger asks_follow_transfers before update of paid on asks
  for each statement when (pg_trigger_depth() = 0)
  execute function refuse_change('an ask counts the transfers that answer it: insert one');

create trigger asks_stay before delete or truncate on asks
  for each statement execute function refuse_change('asks are never deleted');

create trigger ask_parts_stay before update or delete or truncate on ask_parts
  for each statement execute function refuse_change('the terms of an ask stay');

-- What admins have written about transfers.
create trigger transfer_notes_append_only before update or delete or truncate on transfer_notes
  for each statement execute function refuse_change('notes are append-only');

-- What books are read by.
create trigger outbox_keeps_books after delete on outbox
  referencing old table as dispatched
  for each statement execute function keep_books();

create trigger groups_recount_days after update of rules, merged_into on groups
  for each row when (old.rules -> 'timeZone' is distinct from new.rules -> 'timeZone' or old.merged_into is distinct from new.merged_into)
  execute function recount_days();
