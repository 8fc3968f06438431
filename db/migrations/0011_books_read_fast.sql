CREATE TYPE "public"."transfer_kind" AS ENUM('transfer', 'contribution', 'payout');--> statement-breakpoint
CREATE TABLE "group_days" (
	"group_id" uuid NOT NULL,
	"day" date NOT NULL,
	"asset" text NOT NULL,
	"kind" "transfer_kind" NOT NULL,
	"state" "transfer_state" NOT NULL,
	"transfers" integer NOT NULL,
	"sent" numeric(38, 0) NOT NULL,
	"collected" numeric(38, 0) NOT NULL,
	"returned" numeric(38, 0) NOT NULL,
	CONSTRAINT "group_days_group_id_day_asset_kind_state_pk" PRIMARY KEY("group_id","day","asset","kind","state")
);
--> statement-breakpoint
CREATE TABLE "group_people" (
	"group_id" uuid NOT NULL,
	"state" "transfer_state" NOT NULL,
	"year" smallint NOT NULL,
	"asset" text NOT NULL,
	"kind" "transfer_kind" NOT NULL,
	"person_id" uuid NOT NULL,
	"days" bit(366) NOT NULL,
	CONSTRAINT "group_people_group_id_state_year_asset_kind_person_id_pk" PRIMARY KEY("group_id","state","year","asset","kind","person_id")
);
--> statement-breakpoint
CREATE TABLE "transfer_people" (
	"group_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"transfer_id" uuid NOT NULL,
	CONSTRAINT "transfer_people_group_id_person_id_at_transfer_id_pk" PRIMARY KEY("group_id","person_id","at","transfer_id")
);
--> statement-breakpoint
CREATE TABLE "transfer_words" (
	"group_id" uuid NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"transfer_id" uuid NOT NULL,
	"words" "tsvector" NOT NULL,
	CONSTRAINT "transfer_words_group_id_at_transfer_id_pk" PRIMARY KEY("group_id","at","transfer_id")
);
--> statement-breakpoint
DROP INDEX "transfers_group";--> statement-breakpoint
CREATE INDEX "transfers_group" ON "transfers" USING btree ("group_id","created_at","id") WHERE "transfers"."group_id" is not null;--> statement-breakpoint
CREATE VIEW "public"."group_transfers" AS (
  select t.id, t.group_id, t.created_at as at,
    (t.created_at at time zone coalesce(root.rules ->> 'timeZone', 'UTC'))::date as day, t.asset,
    case when sender.group_id is not null then 'payout' when recipient.group_id is not null then 'contribution' else 'transfer' end::transfer_kind as kind,
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
--> statement-breakpoint
create function note_words(note text) returns tsvector language sql immutable strict parallel safe as $$
  select array_to_tsvector(array(select words_in(note, false)))
$$;
--> statement-breakpoint
-- All words of a text; of the last one, and of a character that stands alone, the beginning is enough.
create function note_query(typed text) returns tsquery language sql immutable strict parallel safe as $$
  select string_agg('''' || word || '''' || case when turn = words or length(word) = 1 then ':*' else '' end, ' & ')::tsquery
  from (select word, turn, count(*) over () as words from words_in(typed, true) with ordinality as words (word, turn)) all_words
$$;
--> statement-breakpoint
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
    and e.kind = case event when 'created' then 'fund' when 'claimed' then 'collect' else 'return' end::entry_kind
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
-- Who takes part in a transfer by events of the outbox: who sends it and who collects of it, in each state that it comes to; and,
-- without a state, its recipient.
create function people_in(events outbox_event[], transfers uuid[], accounts uuid[])
  returns table (group_id uuid, person_id uuid, at timestamptz, transfer_id uuid, day date, asset text, kind transfer_kind, state transfer_state)
  language sql stable as $$
  select t.group_id, a.person_id, t.at, t.id, t.day, t.asset, t.kind, part.state
  from unnest(events, transfers, accounts) as happened (event, transfer, account)
  join group_transfers t on t.id = any (array[transfer])
  join entries e on e.transfer_id = any (array[t.id]) and e.account_id = any (array[coalesce(account, t.from_account)])
    and e.kind = case event when 'created' then 'fund' when 'claimed' then 'collect' else 'return' end::entry_kind
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
create function day_of_year(day date) returns bit(366) language sql immutable strict parallel safe as $$
  select set_bit(0::bit(366), extract(doy from day)::int - 1, 1)
$$;
--> statement-breakpoint
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
--> statement-breakpoint
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
--> statement-breakpoint
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
--> statement-breakpoint
-- What books are read by.
create trigger outbox_keeps_books after delete on outbox
  referencing old table as dispatched
  for each statement execute function keep_books();
--> statement-breakpoint
create trigger groups_recount_days after update of rules, merged_into on groups
  for each row when (old.rules -> 'timeZone' is distinct from new.rules -> 'timeZone' or old.merged_into is distinct from new.merged_into)
  execute function recount_days();
--> statement-breakpoint
-- The books of old: what is still in the outbox follows when it leaves.
insert into transfer_words
select group_id, created_at, id, note_words(note) from transfers where group_id is not null and note is not null
order by group_id, created_at, id;
--> statement-breakpoint
CREATE INDEX "transfer_words_words" ON "transfer_words" USING gin ("words") WITH (fastupdate=false);
--> statement-breakpoint
insert into transfer_people
select distinct t.group_id, a.person_id, t.at, t.id
from group_transfers t
cross join lateral (
  select account_id from entries where transfer_id = t.id union all select t.to_account where t.to_account is not null
) part
join accounts a on a.id = part.account_id and a.person_id is not null
order by 1, 2, 3, 4;
--> statement-breakpoint
select count_days(array(select id from groups));
