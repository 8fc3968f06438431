-- Made by make.ts beside it; not to be written by hand.
CREATE TYPE "public"."account_kind" AS ENUM('person', 'issuer');--> statement-breakpoint
CREATE TYPE "public"."entry_kind" AS ENUM('fund', 'collect', 'return');--> statement-breakpoint
CREATE TYPE "public"."transfer_state" AS ENUM('open', 'collected', 'cancelled', 'declined', 'returned');--> statement-breakpoint
CREATE TABLE "accounts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" "account_kind" NOT NULL,
	"person_id" uuid,
	"asset" text NOT NULL,
	"balance" numeric(38, 0) DEFAULT 0 NOT NULL,
	CONSTRAINT "accounts_owner" UNIQUE NULLS NOT DISTINCT("asset","kind","person_id"),
	CONSTRAINT "accounts_person_owns" CHECK (("accounts"."kind" = 'person') = ("accounts"."person_id" is not null)),
	CONSTRAINT "accounts_only_issuer_below_zero" CHECK ("accounts"."balance" >= 0 or "accounts"."kind" = 'issuer')
);
--> statement-breakpoint
CREATE TABLE "assets" (
	"code" text PRIMARY KEY NOT NULL,
	"scale" smallint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "cards" (
	"id" uuid PRIMARY KEY NOT NULL,
	"transfer_id" uuid NOT NULL,
	"messenger" text NOT NULL,
	"chat" text NOT NULL,
	"message" text NOT NULL,
	"language" text NOT NULL,
	CONSTRAINT "cards_message" UNIQUE("messenger","chat","message")
);
--> statement-breakpoint
CREATE TABLE "entries" (
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "entries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"transfer_id" uuid NOT NULL,
	"account_id" uuid NOT NULL,
	"kind" "entry_kind" NOT NULL,
	"amount" numeric(38, 0) NOT NULL,
	"leaves" "transfer_state" NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "entries_transfer_id_account_id_kind_pk" PRIMARY KEY("transfer_id","account_id","kind"),
	CONSTRAINT "entries_sign" CHECK (case when "entries"."kind" = 'fund' then "entries"."amount" < 0 else "entries"."amount" > 0 end),
	CONSTRAINT "entries_leave" CHECK (case "entries"."kind" when 'fund' then "entries"."leaves" = 'open' when 'collect' then "entries"."leaves" = 'collected' else "entries"."leaves" in ('cancelled', 'declined', 'returned') end)
);
--> statement-breakpoint
CREATE TABLE "groups" (
	"id" uuid PRIMARY KEY NOT NULL,
	"messenger" text NOT NULL,
	"chat" text NOT NULL,
	"title" text,
	CONSTRAINT "groups_chat" UNIQUE("messenger","chat")
);
--> statement-breakpoint
CREATE TABLE "identities" (
	"messenger" text NOT NULL,
	"id" text NOT NULL,
	"person_id" uuid NOT NULL,
	"handle" text,
	"name" text,
	"language" text,
	CONSTRAINT "identities_messenger_id_pk" PRIMARY KEY("messenger","id")
);
--> statement-breakpoint
CREATE TABLE "people" (
	"id" uuid PRIMARY KEY NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "requests" (
	"client" text NOT NULL,
	"key" text NOT NULL,
	"fingerprint" "bytea" NOT NULL,
	"answer" jsonb NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "requests_client_key_pk" PRIMARY KEY("client","key")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"messenger" text NOT NULL,
	"identity" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sweeps" (
	"id" integer PRIMARY KEY NOT NULL,
	"swept_until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tokens" (
	"name" text PRIMARY KEY NOT NULL,
	"hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tokens_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "transfers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"asset" text NOT NULL,
	"amount" numeric(38, 0) NOT NULL,
	"remaining" numeric(38, 0) DEFAULT 0 NOT NULL,
	"state" "transfer_state" DEFAULT 'open' NOT NULL,
	"from_account" uuid NOT NULL,
	"to_account" uuid,
	"to_handle" text,
	"group_id" uuid,
	"note" text,
	"code_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"closed_at" timestamp with time zone,
	CONSTRAINT "transfers_code_hash_unique" UNIQUE("code_hash"),
	CONSTRAINT "transfers_amount" CHECK ("transfers"."amount" > 0),
	CONSTRAINT "transfers_never_pay_more" CHECK ("transfers"."remaining" between 0 and "transfers"."amount"),
	CONSTRAINT "transfers_closed_are_empty" CHECK ("transfers"."state" = 'open' or "transfers"."remaining" = 0),
	CONSTRAINT "transfers_closed_at" CHECK (("transfers"."state" = 'open') = ("transfers"."closed_at" is null)),
	CONSTRAINT "transfers_one_recipient" CHECK ("transfers"."to_account" is null or "transfers"."to_handle" is null),
	CONSTRAINT "transfers_expire_later" CHECK ("transfers"."expires_at" > "transfers"."created_at"),
	CONSTRAINT "transfers_note" CHECK (char_length("transfers"."note") <= 200)
);
--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_asset_assets_code_fk" FOREIGN KEY ("asset") REFERENCES "public"."assets"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cards" ADD CONSTRAINT "cards_transfer_id_transfers_id_fk" FOREIGN KEY ("transfer_id") REFERENCES "public"."transfers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identities" ADD CONSTRAINT "identities_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_messenger_identity_identities_messenger_id_fk" FOREIGN KEY ("messenger","identity") REFERENCES "public"."identities"("messenger","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_group_id_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "accounts_person" ON "accounts" USING btree ("person_id");--> statement-breakpoint
CREATE INDEX "cards_transfer" ON "cards" USING btree ("transfer_id");--> statement-breakpoint
CREATE INDEX "entries_account" ON "entries" USING btree ("account_id","id");--> statement-breakpoint
CREATE INDEX "identities_person" ON "identities" USING btree ("person_id");--> statement-breakpoint
CREATE INDEX "identities_handle" ON "identities" USING btree ("messenger",lower("handle"));--> statement-breakpoint
CREATE INDEX "sessions_expiry" ON "sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "transfers_expiry" ON "transfers" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "transfers_group" ON "transfers" USING btree ("group_id","id") WHERE "transfers"."group_id" is not null;
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

create schema drizzle;
create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint);

    BEGIN;
    SET LOCAL lock_timeout = 30000;
    SET LOCAL idle_in_transaction_session_timeout = 30000;
    SELECT pg_advisory_xact_lock(('x' || encode(sha224((current_database() || '.pgboss.pgboss')::bytea), 'hex'))::bit(64)::bigint);
CREATE SCHEMA IF NOT EXISTS pgboss;

    CREATE TYPE pgboss.job_state AS ENUM (
      'created',
      'retry',
      'active',
      'completed',
      'cancelled',
      'failed'
    )
  ;

    CREATE FUNCTION pgboss.job_now()
    RETURNS timestamp with time zone AS
    $$
      SELECT pg_catalog.now();
    $$
    LANGUAGE sql STABLE;
  ;

    CREATE TABLE pgboss.version (
      version int primary key,
      cron_on timestamp with time zone,
      bam_on timestamp with time zone,
      flow_on timestamp with time zone,
      reindex_on timestamp with time zone,
      monitor_backoff_on timestamp with time zone
    )
  ;

    CREATE TABLE pgboss.queue (
      name text NOT NULL,
      policy text NOT NULL,
      retry_limit int NOT NULL,
      retry_delay int NOT NULL,
      retry_backoff bool NOT NULL,
      retry_delay_max int,
      expire_seconds int NOT NULL,
      retention_seconds int NOT NULL,
      deletion_seconds int NOT NULL,
      dead_letter text REFERENCES pgboss.queue (name) CHECK (dead_letter IS DISTINCT FROM name),
      partition bool NOT NULL,
      table_name text NOT NULL,
      deferred_count int NOT NULL default 0,
      blocked_count int NOT NULL default 0,
      queued_count int NOT NULL default 0,
      ready_count int NOT NULL default 0,
      warning_queued int NOT NULL default 0,
      active_count int NOT NULL default 0,
      failed_count int NOT NULL default 0,
      total_count int NOT NULL default 0,
      retained_count int,
      retained_on timestamp with time zone,
      created_delta int NOT NULL default 0,
      completed_delta int NOT NULL default 0,
      failed_delta int NOT NULL default 0,
      delta_on timestamp with time zone,
      delta_seconds int,
      wait_bins int[],
      run_bins int[],
      ready_oldest_seconds int,
      ready_history int[] NOT NULL default '{}',
      heartbeat_seconds int,
      notify bool NOT NULL DEFAULT false,
      singletons_active text[],
      monitor_claim_on timestamp with time zone,
      monitor_on timestamp with time zone,
      maintain_on timestamp with time zone,
      created_on timestamp with time zone not null default now(),
      updated_on timestamp with time zone not null default now(),
      PRIMARY KEY (name)
    )
  ;

    CREATE TABLE pgboss.schedule (
      name text REFERENCES pgboss.queue ON DELETE CASCADE,
      key text not null DEFAULT '',
      kind text not null DEFAULT 'cron' CHECK (kind IN ('cron', 'rrule')),
      cron text not null,
      timezone text DEFAULT 'UTC',
      data jsonb,
      options jsonb,
      created_on timestamp with time zone not null default now(),
      updated_on timestamp with time zone not null default now(),
      last_job_id uuid,
      PRIMARY KEY (name, key)
    )
  ;

    CREATE TABLE pgboss.subscription (
      event text not null,
      name text not null REFERENCES pgboss.queue ON DELETE CASCADE,
      created_on timestamp with time zone not null default now(),
      updated_on timestamp with time zone not null default now(),
      PRIMARY KEY(event, name)
    )
  ;

    CREATE TABLE pgboss.bam (
      id uuid PRIMARY KEY default gen_random_uuid(),
      name text NOT NULL,
      version int NOT NULL,
      status text NOT NULL DEFAULT 'pending',
      queue text,
      table_name text NOT NULL,
      command text NOT NULL,
      error text,
      created_on timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
      started_on timestamp with time zone,
      completed_on timestamp with time zone
    )
  ;

    CREATE FUNCTION pgboss.job_table_format(command text, table_name text)
    RETURNS text AS
    $$
      SELECT format(
        regexp_replace(
          regexp_replace(command, '\.job\y', '.%1$I', 'g'),
          '\yjob_i(\d+)', '%1$s_i\1', 'g'
        ),
        table_name
      );
    $$
    LANGUAGE sql IMMUTABLE;
  ;

    CREATE FUNCTION pgboss.job_table_run(command text, tbl_name text DEFAULT NULL, queue_name text DEFAULT NULL)
    RETURNS VOID AS
    $$
    DECLARE
      tbl RECORD;
    BEGIN
      IF queue_name IS NOT NULL THEN
        SELECT table_name INTO tbl_name FROM pgboss.queue WHERE name = queue_name;
      END IF;

      IF tbl_name IS NOT NULL THEN
        EXECUTE pgboss.job_table_format(command, tbl_name);
        RETURN;
      END IF;

      EXECUTE pgboss.job_table_format(command, 'job_common');

      FOR tbl IN SELECT table_name FROM pgboss.queue WHERE partition = true
      LOOP
        EXECUTE pgboss.job_table_format(command, tbl.table_name);
      END LOOP;
    END;
    $$
    LANGUAGE plpgsql;
  ;

    CREATE FUNCTION pgboss.job_table_run_async(command_name text, version int, command text, tbl_name text DEFAULT NULL, queue_name text DEFAULT NULL)
    RETURNS VOID AS
    $$
    BEGIN
      IF queue_name IS NOT NULL THEN
        SELECT table_name INTO tbl_name FROM pgboss.queue WHERE name = queue_name;
      END IF;

      IF tbl_name IS NOT NULL THEN
        INSERT INTO pgboss.bam (name, version, status, queue, table_name, command)
        VALUES (
          command_name,
          version,
          'pending',
          queue_name,
          tbl_name,
          pgboss.job_table_format(command, tbl_name)
        );
        RETURN;
      END IF;

      INSERT INTO pgboss.bam (name, version, status, queue, table_name, command)
      SELECT
        command_name,
        version,
        'pending',
        NULL,
        'job_common',
        pgboss.job_table_format(command, 'job_common')
      UNION ALL
      SELECT
        command_name,
        version,
        'pending',
        queue.name,
        queue.table_name,
        pgboss.job_table_format(command, queue.table_name)
      FROM pgboss.queue
      WHERE partition = true;
    END;
    $$
    LANGUAGE plpgsql;
  ;

    CREATE TABLE pgboss.job (
      id uuid not null default gen_random_uuid(),
      name text not null,
      priority integer not null default(0),
      data jsonb,
      state pgboss.job_state not null default 'created',
      retry_limit integer not null default 2,
      retry_count integer not null default 0,
      retry_delay integer not null default 0,
      retry_backoff boolean not null default false,
      retry_delay_max integer,
      expire_seconds int not null default 900,
      deletion_seconds int not null default 604800,
      singleton_key text,
      singleton_on timestamp without time zone,
      group_id text,
      group_tier text,
      start_after timestamp with time zone not null default now(),
      created_on timestamp with time zone not null default now(),
      started_on timestamp with time zone,
      completed_on timestamp with time zone,
      keep_until timestamp with time zone NOT NULL default now() + interval '1209600',
      output jsonb,
      dead_letter text,
      policy text,
      heartbeat_on timestamp with time zone,
      heartbeat_seconds int,
      blocked boolean not null default false,
      blocking boolean not null default false,
      pending_dependencies int not null default 0,
      source_name text,
      source_id uuid,
      source_created_on timestamp with time zone,
      source_retry_count int,
      source_output jsonb,
      source_root_id uuid,
      trace_context jsonb,
      upsert_by_key bool
    ) PARTITION BY LIST (name)
  ;
ALTER TABLE pgboss.job ADD PRIMARY KEY (name, id);

    CREATE TABLE pgboss.job_common (LIKE pgboss.job INCLUDING GENERATED INCLUDING DEFAULTS);

    SELECT pgboss.job_table_run($cmd$ALTER TABLE pgboss.job ADD PRIMARY KEY (name, id)$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$ALTER TABLE pgboss.job ADD CONSTRAINT q_fkey FOREIGN KEY (name) REFERENCES pgboss.queue (name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$ALTER TABLE pgboss.job ADD CONSTRAINT dlq_fkey FOREIGN KEY (dead_letter) REFERENCES pgboss.queue (name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$CREATE UNIQUE INDEX job_i1 ON pgboss.job (name, COALESCE(singleton_key, '')) WHERE state = 'created' AND policy = 'short'$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$CREATE UNIQUE INDEX job_i2 ON pgboss.job (name, COALESCE(singleton_key, '')) WHERE state = 'active' AND policy = 'singleton'$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$CREATE UNIQUE INDEX job_i3 ON pgboss.job (name, state, COALESCE(singleton_key, '')) WHERE state <= 'active' AND policy = 'stately'$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$CREATE UNIQUE INDEX job_i6 ON pgboss.job (name, COALESCE(singleton_key, '')) WHERE state <= 'active' AND policy = 'exclusive'$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$CREATE UNIQUE INDEX job_i8 ON pgboss.job (name, singleton_key) WHERE state IN ('active', 'retry', 'failed') AND policy = 'key_strict_fifo'$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$CREATE INDEX job_i10 ON pgboss.job (name, singleton_key, state DESC, created_on, id) INCLUDE (start_after) WHERE state < 'active' AND NOT blocked AND policy = 'key_strict_fifo'$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$ALTER TABLE pgboss.job ADD CONSTRAINT job_key_strict_fifo_singleton_key_check CHECK (NOT (policy = 'key_strict_fifo' AND singleton_key IS NULL))$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$CREATE UNIQUE INDEX job_i4 ON pgboss.job (name, singleton_on, COALESCE(singleton_key, '')) WHERE state <> 'cancelled' AND singleton_on IS NOT NULL$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$CREATE INDEX job_i11 ON pgboss.job (name, priority DESC, created_on, start_after) WHERE state < 'active' AND NOT blocked$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$CREATE INDEX job_i7 ON pgboss.job (name, group_id) WHERE state = 'active' AND group_id IS NOT NULL$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$CREATE INDEX job_i9 ON pgboss.job (name, id) WHERE blocking AND state = 'completed'$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$CREATE INDEX job_i12 ON pgboss.job (source_root_id) WHERE source_root_id IS NOT NULL$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$CREATE UNIQUE INDEX job_i13 ON pgboss.job (name, singleton_key) WHERE state = 'created' AND upsert_by_key$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$CREATE INDEX job_i14 ON pgboss.job (name, state, blocked, start_after) WHERE state IN ('created', 'retry', 'active', 'failed')$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$CREATE INDEX job_i15 ON pgboss.job (name, created_on)$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$CREATE INDEX job_i16 ON pgboss.job (name, completed_on) WHERE completed_on IS NOT NULL$cmd$, 'job_common');
    SELECT pgboss.job_table_run($cmd$CREATE INDEX job_i17 ON pgboss.job (name, singleton_key, created_on) WHERE state < 'active' AND singleton_key IS NOT NULL$cmd$, 'job_common');

    ALTER TABLE pgboss.job ATTACH PARTITION pgboss.job_common DEFAULT;
  ;

    CREATE TABLE pgboss.warning (
      id uuid PRIMARY KEY default gen_random_uuid(),
      type text NOT NULL,
      message text NOT NULL,
      data jsonb,
      created_on timestamp with time zone NOT NULL DEFAULT now()
    )
  ;
CREATE INDEX warning_i1 ON pgboss.warning (created_on DESC);

    CREATE TABLE pgboss.queue_stats (
      id uuid NOT NULL DEFAULT gen_random_uuid(),
      name text NOT NULL,
      deferred_count int NOT NULL DEFAULT 0,
      queued_count   int NOT NULL DEFAULT 0,
      ready_count    int NOT NULL DEFAULT 0,
      active_count   int NOT NULL DEFAULT 0,
      failed_count   int NOT NULL DEFAULT 0,
      total_count    int NOT NULL DEFAULT 0,
      created_delta   int,
      completed_delta int,
      failed_delta    int,
      delta_seconds   int,
      delta_on        timestamptz,
      wait_bins       int[],
      run_bins        int[],
      ready_oldest_seconds int,
      captured_on timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (id, captured_on)
    ) PARTITION BY RANGE (captured_on)
  ;
CREATE INDEX queue_stats_i1 ON pgboss.queue_stats (name, captured_on DESC) INCLUDE (deferred_count, queued_count, ready_count, active_count, failed_count, total_count);
;

    DO $$
    DECLARE
      d date;
      i int;
      part_name text;
    BEGIN
      FOR i IN 0..1 LOOP
        d := (pgboss.job_now() AT TIME ZONE 'UTC')::date + i;
        part_name := 'queue_stats_' || to_char(d, 'YYYYMMDD');
        IF NOT EXISTS (
          SELECT 1 FROM pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = 'pgboss' AND c.relname = part_name
        ) THEN
          EXECUTE format(
            'CREATE TABLE pgboss.%I PARTITION OF pgboss.queue_stats FOR VALUES FROM (%L) TO (%L)',
            part_name,
            to_char(d, 'YYYY-MM-DD') || ' 00:00:00+00',
            to_char(d + 1, 'YYYY-MM-DD') || ' 00:00:00+00'
          );
        END IF;
      END LOOP;
    END;
    $$
  ;

    CREATE TABLE pgboss.job_dependency (
      child_name text NOT NULL,
      child_id uuid NOT NULL,
      parent_name text NOT NULL,
      parent_id uuid NOT NULL,
      PRIMARY KEY (child_name, child_id, parent_name, parent_id)
    )
  ;
CREATE INDEX IF NOT EXISTS job_dep_parent_idx ON pgboss.job_dependency (parent_name, parent_id);

    CREATE TABLE pgboss.instance (
      id uuid PRIMARY KEY,
      name text,
      host text NOT NULL,
      pid int NOT NULL,
      version text NOT NULL,
      node_version text NOT NULL,
      application_name text,
      heartbeat_seconds int NOT NULL,
      supervise bool NOT NULL,
      schedule bool NOT NULL,
      migrate bool NOT NULL,
      persist_queue_stats bool NOT NULL,
      persist_warnings bool NOT NULL,
      pool_max int,
      pool_total int,
      pool_idle int,
      pool_waiting int,
      workers jsonb NOT NULL DEFAULT '[]'::jsonb,
      metrics jsonb,
      config jsonb NOT NULL DEFAULT '{}'::jsonb,
      crash_restarts int NOT NULL DEFAULT 0,
      crash_restarts_since timestamptz,
      started_on timestamptz NOT NULL DEFAULT now(),
      heartbeat_on timestamptz NOT NULL DEFAULT now(),
      stopped_on timestamptz
    )
  ;

    CREATE FUNCTION pgboss.create_queue(queue_name text, options jsonb)
    RETURNS VOID AS
    $$
    DECLARE
      tablename varchar := CASE WHEN options->>'partition' = 'true'
                            THEN 'j' || encode(sha224(queue_name::bytea), 'hex')
                            ELSE 'job_common'
                            END;
      queue_created_on timestamptz;
    BEGIN

      WITH q as (
        INSERT INTO pgboss.queue (
          name,
          policy,
          retry_limit,
          retry_delay,
          retry_backoff,
          retry_delay_max,
          expire_seconds,
          retention_seconds,
          deletion_seconds,
          warning_queued,
          dead_letter,
          partition,
          table_name,
          heartbeat_seconds,
          notify,
          created_on,
          updated_on
        )
        VALUES (
          queue_name,
          options->>'policy',
          COALESCE((options->>'retryLimit')::int, 2),
          COALESCE((options->>'retryDelay')::int, 0),
          COALESCE((options->>'retryBackoff')::bool, false),
          (options->>'retryDelayMax')::int,
          COALESCE((options->>'expireInSeconds')::int, 900),
          COALESCE((options->>'retentionSeconds')::int, 1209600),
          COALESCE((options->>'deleteAfterSeconds')::int, 604800),
          COALESCE((options->>'warningQueueSize')::int, 0),
          options->>'deadLetter',
          COALESCE((options->>'partition')::bool, false),
          tablename,
          (options->>'heartbeatSeconds')::int,
          COALESCE((options->>'notify')::bool, false),
          pgboss.job_now(),
          pgboss.job_now()
        )
        ON CONFLICT DO NOTHING
        RETURNING created_on
      )
      SELECT created_on into queue_created_on from q;

      IF queue_created_on IS NULL OR options->>'partition' IS DISTINCT FROM 'true' THEN
        RETURN;
      END IF;

      EXECUTE format('CREATE TABLE pgboss.%I (LIKE pgboss.job INCLUDING DEFAULTS)', tablename);

      EXECUTE pgboss.job_table_format($cmd$ALTER TABLE pgboss.job ADD PRIMARY KEY (name, id)$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$ALTER TABLE pgboss.job ADD CONSTRAINT q_fkey FOREIGN KEY (name) REFERENCES pgboss.queue (name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$ALTER TABLE pgboss.job ADD CONSTRAINT dlq_fkey FOREIGN KEY (dead_letter) REFERENCES pgboss.queue (name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED$cmd$, tablename);

      EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i11 ON pgboss.job (name, priority DESC, created_on, start_after) WHERE state < 'active' AND NOT blocked$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE UNIQUE INDEX job_i4 ON pgboss.job (name, singleton_on, COALESCE(singleton_key, '')) WHERE state <> 'cancelled' AND singleton_on IS NOT NULL$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i7 ON pgboss.job (name, group_id) WHERE state = 'active' AND group_id IS NOT NULL$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i9 ON pgboss.job (name, id) WHERE blocking AND state = 'completed'$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i12 ON pgboss.job (source_root_id) WHERE source_root_id IS NOT NULL$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE UNIQUE INDEX job_i13 ON pgboss.job (name, singleton_key) WHERE state = 'created' AND upsert_by_key$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i14 ON pgboss.job (name, state, blocked, start_after) WHERE state IN ('created', 'retry', 'active', 'failed')$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i15 ON pgboss.job (name, created_on)$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i16 ON pgboss.job (name, completed_on) WHERE completed_on IS NOT NULL$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i17 ON pgboss.job (name, singleton_key, created_on) WHERE state < 'active' AND singleton_key IS NOT NULL$cmd$, tablename);

      IF options->>'policy' = 'short' THEN
        EXECUTE pgboss.job_table_format($cmd$CREATE UNIQUE INDEX job_i1 ON pgboss.job (name, COALESCE(singleton_key, '')) WHERE state = 'created' AND policy = 'short'$cmd$, tablename);
      ELSIF options->>'policy' = 'singleton' THEN
        EXECUTE pgboss.job_table_format($cmd$CREATE UNIQUE INDEX job_i2 ON pgboss.job (name, COALESCE(singleton_key, '')) WHERE state = 'active' AND policy = 'singleton'$cmd$, tablename);
      ELSIF options->>'policy' = 'stately' THEN
        EXECUTE pgboss.job_table_format($cmd$CREATE UNIQUE INDEX job_i3 ON pgboss.job (name, state, COALESCE(singleton_key, '')) WHERE state <= 'active' AND policy = 'stately'$cmd$, tablename);
      ELSIF options->>'policy' = 'exclusive' THEN
        EXECUTE pgboss.job_table_format($cmd$CREATE UNIQUE INDEX job_i6 ON pgboss.job (name, COALESCE(singleton_key, '')) WHERE state <= 'active' AND policy = 'exclusive'$cmd$, tablename);
      ELSIF options->>'policy' = 'key_strict_fifo' THEN
        EXECUTE pgboss.job_table_format($cmd$CREATE UNIQUE INDEX job_i8 ON pgboss.job (name, singleton_key) WHERE state IN ('active', 'retry', 'failed') AND policy = 'key_strict_fifo'$cmd$, tablename);
        EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i10 ON pgboss.job (name, singleton_key, state DESC, created_on, id) INCLUDE (start_after) WHERE state < 'active' AND NOT blocked AND policy = 'key_strict_fifo'$cmd$, tablename);
        EXECUTE pgboss.job_table_format($cmd$ALTER TABLE pgboss.job ADD CONSTRAINT job_key_strict_fifo_singleton_key_check CHECK (NOT (policy = 'key_strict_fifo' AND singleton_key IS NULL))$cmd$, tablename);
      END IF;

      EXECUTE format('ALTER TABLE pgboss.%I ADD CONSTRAINT cjc CHECK (name=%L)', tablename, queue_name);
      EXECUTE format('ALTER TABLE pgboss.job ATTACH PARTITION pgboss.%I FOR VALUES IN (%L)', tablename, queue_name);
    END;
    $$
    LANGUAGE plpgsql;
  ;

    CREATE FUNCTION pgboss.delete_queue(queue_name text)
    RETURNS VOID AS
    $$
    DECLARE
      v_table varchar;
      v_partition bool;
    BEGIN
      
      SELECT table_name, partition
      FROM pgboss.queue
      WHERE name = queue_name
      INTO v_table, v_partition;

      IF v_partition THEN
        EXECUTE format('DROP TABLE IF EXISTS pgboss.%I', v_table);
      ELSE
        EXECUTE format('DELETE FROM pgboss.%I WHERE name = %L', v_table, queue_name);
      END IF;
    
      DELETE FROM pgboss.queue WHERE name = queue_name;
    END;
    $$
    LANGUAGE plpgsql;
  ;
INSERT INTO pgboss.version(version) VALUES ('46');
    COMMIT;
  
alter table public.assets disable trigger user;
alter table public.people disable trigger user;
alter table public.identities disable trigger user;
alter table public.groups disable trigger user;
alter table public.accounts disable trigger user;
alter table public.transfers disable trigger user;
alter table public.entries disable trigger user;
alter table public.requests disable trigger user;
alter table public.changes disable trigger user;
alter table public.cards disable trigger user;
alter table public.tokens disable trigger user;
alter table public.sessions disable trigger user;
alter table public.sweeps disable trigger user;
insert into drizzle.__drizzle_migrations overriding system value select * from jsonb_populate_record(null::drizzle.__drizzle_migrations, '{"id": 1, "hash": "9e3b4e3324133556e005f1fbbed73826ea6a6d5673411fab0f773085b964d344", "created_at": 1795382073229}');
insert into drizzle.__drizzle_migrations overriding system value select * from jsonb_populate_record(null::drizzle.__drizzle_migrations, '{"id": 2, "hash": "4c60f05872c3309e524c833c11b5adab5e93f110dff507fef465a7eab67e5d01", "created_at": 1795382073858}');
insert into drizzle.__drizzle_migrations overriding system value select * from jsonb_populate_record(null::drizzle.__drizzle_migrations, '{"id": 3, "hash": "0d17f59481a9637b8fe3644dcd5bdc440870b7c9a61954c86e757615a30ab7de", "created_at": 1795571986063}');
insert into drizzle.__drizzle_migrations overriding system value select * from jsonb_populate_record(null::drizzle.__drizzle_migrations, '{"id": 4, "hash": "d4f318c6d64242c7a2cb93e9bfbfddf526e8029c1578634ba6b0033e6cdfa2e3", "created_at": 1795657065894}');
insert into public.assets overriding system value select * from jsonb_populate_record(null::public.assets, '{"code": "CREDIT", "scale": 2}');
insert into public.assets overriding system value select * from jsonb_populate_record(null::public.assets, '{"code": "FLASH", "scale": 2}');
insert into public.assets overriding system value select * from jsonb_populate_record(null::public.assets, '{"code": "PLAY", "scale": 2}');
insert into public.people overriding system value select * from jsonb_populate_record(null::public.people, '{"id": "01a219e1-52d7-742e-9505-fae4cadfc0ea", "created_at": "2026-11-26T22:02:06.935789+00:00"}');
insert into public.people overriding system value select * from jsonb_populate_record(null::public.people, '{"id": "01a219e1-5353-77ce-b834-b7dda060ff12", "created_at": "2026-11-26T22:02:07.059438+00:00"}');
insert into public.people overriding system value select * from jsonb_populate_record(null::public.people, '{"id": "01a219e1-5395-72a5-b49f-c794a59b1189", "created_at": "2026-11-26T22:02:07.125695+00:00"}');
insert into public.people overriding system value select * from jsonb_populate_record(null::public.people, '{"id": "01a219e1-53c4-7053-9e82-d0ec9cf38831", "created_at": "2026-11-26T22:02:07.172863+00:00"}');
insert into public.people overriding system value select * from jsonb_populate_record(null::public.people, '{"id": "01a219e1-544b-705e-bac0-b3b6cd7aacbe", "created_at": "2026-11-26T22:02:07.308078+00:00"}');
insert into public.identities overriding system value select * from jsonb_populate_record(null::public.identities, '{"id": "1", "name": "Ada Lovelace", "handle": "ada", "language": "en", "messenger": "telegram", "person_id": "01a219e1-52d7-742e-9505-fae4cadfc0ea"}');
insert into public.identities overriding system value select * from jsonb_populate_record(null::public.identities, '{"id": "2", "name": "Ben", "handle": "Ben", "language": null, "messenger": "telegram", "person_id": "01a219e1-5353-77ce-b834-b7dda060ff12"}');
insert into public.identities overriding system value select * from jsonb_populate_record(null::public.identities, '{"id": "80351110224678912", "name": "Dora", "handle": "dora", "language": null, "messenger": "discord", "person_id": "01a219e1-5395-72a5-b49f-c794a59b1189"}');
insert into public.identities overriding system value select * from jsonb_populate_record(null::public.identities, '{"id": "9", "name": "Late", "handle": null, "language": null, "messenger": "telegram", "person_id": "01a219e1-544b-705e-bac0-b3b6cd7aacbe"}');
insert into public.identities overriding system value select * from jsonb_populate_record(null::public.identities, '{"id": "ann", "name": "Ann", "handle": null, "language": null, "messenger": "signal", "person_id": "01a219e1-53c4-7053-9e82-d0ec9cf38831"}');
insert into public.groups overriding system value select * from jsonb_populate_record(null::public.groups, '{"id": "01a219e1-5508-76ea-abd5-d0544f86f978", "chat": "-100", "title": "Lunch club", "messenger": "telegram"}');
insert into public.groups overriding system value select * from jsonb_populate_record(null::public.groups, '{"id": "01a219e1-56c8-7727-a777-349823a8d41e", "chat": "-1200", "title": "Movers", "messenger": "telegram"}');
insert into public.groups overriding system value select * from jsonb_populate_record(null::public.groups, '{"id": "01a219e1-5794-7178-9928-944e3cd2724e", "chat": "-300", "title": "Late movers", "messenger": "telegram"}');
insert into public.groups overriding system value select * from jsonb_populate_record(null::public.groups, '{"id": "01a219e1-57ed-7710-a4fa-e5087ed570c0", "chat": "-1300", "title": "Late movers", "messenger": "telegram"}');
insert into public.accounts overriding system value select * from jsonb_populate_record(null::public.accounts, '{"id": "684ee867-b711-5675-9eef-84b704dff1a3", "kind": "person", "asset": "CREDIT", "balance": 164450, "person_id": "01a219e1-5353-77ce-b834-b7dda060ff12"}');
insert into public.accounts overriding system value select * from jsonb_populate_record(null::public.accounts, '{"id": "89d8bb75-3745-5d0a-b22e-3d87ade6b6f2", "kind": "issuer", "asset": "CREDIT", "balance": -602550, "person_id": null}');
insert into public.accounts overriding system value select * from jsonb_populate_record(null::public.accounts, '{"id": "90226ba1-ccee-5989-9275-1fc379e7b94e", "kind": "person", "asset": "CREDIT", "balance": 154000, "person_id": "01a219e1-5395-72a5-b49f-c794a59b1189"}');
insert into public.accounts overriding system value select * from jsonb_populate_record(null::public.accounts, '{"id": "aac88547-c21e-5a78-bb59-15706e78d70a", "kind": "person", "asset": "FLASH", "balance": 1900, "person_id": "01a219e1-544b-705e-bac0-b3b6cd7aacbe"}');
insert into public.accounts overriding system value select * from jsonb_populate_record(null::public.accounts, '{"id": "bb232b41-55ff-5d56-987c-05fb681c2369", "kind": "person", "asset": "CREDIT", "balance": 152100, "person_id": "01a219e1-53c4-7053-9e82-d0ec9cf38831"}');
insert into public.accounts overriding system value select * from jsonb_populate_record(null::public.accounts, '{"id": "c2d0d49e-c858-59f2-abe1-74e3a45149ab", "kind": "issuer", "asset": "FLASH", "balance": -4000, "person_id": null}');
insert into public.accounts overriding system value select * from jsonb_populate_record(null::public.accounts, '{"id": "db1a4193-e131-553d-a5ad-4f04a0eb2e26", "kind": "person", "asset": "FLASH", "balance": 2000, "person_id": "01a219e1-52d7-742e-9505-fae4cadfc0ea"}');
insert into public.accounts overriding system value select * from jsonb_populate_record(null::public.accounts, '{"id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "kind": "person", "asset": "CREDIT", "balance": 102700, "person_id": "01a219e1-52d7-742e-9505-fae4cadfc0ea"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-52f3-7146-8c32-d817b0da7e15", "note": "welcome", "asset": "CREDIT", "state": "collected", "amount": 150000, "group_id": null, "closed_at": "2026-11-26T22:02:06.998+00:00", "code_hash": "\\x01a219e152f35b33dccb5708f25d8007b0c75f4f93d98e375ded00851c52276460d0ae111054", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:06.998+00:00", "expires_at": "2026-11-27T22:02:06.998+00:00", "to_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "from_account": "89d8bb75-3745-5d0a-b22e-3d87ade6b6f2"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-5364-7690-a974-428b0c3ca62d", "note": "welcome", "asset": "CREDIT", "state": "collected", "amount": 150000, "group_id": null, "closed_at": "2026-11-26T22:02:07.081+00:00", "code_hash": "\\x01a219e153647da7a85ccc4514a58447d36e2f1ebc4db93224708630ccd746f6183c5ef26e9a", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:07.081+00:00", "expires_at": "2026-11-27T22:02:07.081+00:00", "to_account": "684ee867-b711-5675-9eef-84b704dff1a3", "from_account": "89d8bb75-3745-5d0a-b22e-3d87ade6b6f2"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-539c-71bb-8e31-2cabfaa38938", "note": "welcome", "asset": "CREDIT", "state": "collected", "amount": 150000, "group_id": null, "closed_at": "2026-11-26T22:02:07.133+00:00", "code_hash": "\\x01a219e1539c97cd8deb968fc3f7c2f56f59d7c9ee612d6a877943abe79486c1b6a8cc04d75b", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:07.133+00:00", "expires_at": "2026-11-27T22:02:07.133+00:00", "to_account": "90226ba1-ccee-5989-9275-1fc379e7b94e", "from_account": "89d8bb75-3745-5d0a-b22e-3d87ade6b6f2"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-53de-771e-9f73-4ced35ee5b98", "note": "welcome", "asset": "CREDIT", "state": "collected", "amount": 150000, "group_id": null, "closed_at": "2026-11-26T22:02:07.199+00:00", "code_hash": "\\x01a219e153ded0b97c24e8b288a9381f25fdd654604d01a845de670736024d643adeb988c5d2", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:07.199+00:00", "expires_at": "2026-11-27T22:02:07.199+00:00", "to_account": "bb232b41-55ff-5d56-987c-05fb681c2369", "from_account": "89d8bb75-3745-5d0a-b22e-3d87ade6b6f2"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-540d-73f2-b8a2-b3d586314fd0", "note": null, "asset": "FLASH", "state": "collected", "amount": 2000, "group_id": null, "closed_at": "2026-11-26T22:02:07.246+00:00", "code_hash": "\\x01a219e1540d9056925988fbaa4ce620eded92775e0e5cb1304cc04c8b83ecac04fe04768464", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:07.246+00:00", "expires_at": "2026-11-26T22:02:08.246+00:00", "to_account": "db1a4193-e131-553d-a5ad-4f04a0eb2e26", "from_account": "c2d0d49e-c858-59f2-abe1-74e3a45149ab"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-545c-76e0-8873-d8ced1f299f8", "note": null, "asset": "FLASH", "state": "collected", "amount": 2000, "group_id": null, "closed_at": "2026-11-26T22:02:07.325+00:00", "code_hash": "\\x01a219e1545cbd3ec774d29dcdda6afaa606d510e4df1cca53499c33e84365480a73c391588d", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:07.325+00:00", "expires_at": "2026-11-26T22:02:08.325+00:00", "to_account": "aac88547-c21e-5a78-bb59-15706e78d70a", "from_account": "c2d0d49e-c858-59f2-abe1-74e3a45149ab"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-5485-7786-b525-001dae751385", "note": "taken back", "asset": "CREDIT", "state": "collected", "amount": 2000, "group_id": null, "closed_at": "2026-11-26T22:02:07.366+00:00", "code_hash": "\\x01a219e154858d5b1000e1f4453c2e52ed022153110f15dec72adce3acc73ab040b0689bb41d", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:07.366+00:00", "expires_at": "2026-11-27T22:02:07.366+00:00", "to_account": "89d8bb75-3745-5d0a-b22e-3d87ade6b6f2", "from_account": "90226ba1-ccee-5989-9275-1fc379e7b94e"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-54a1-7673-aefd-c428daac76fd", "note": null, "asset": "FLASH", "state": "returned", "amount": 100, "group_id": null, "closed_at": "2026-11-26T22:02:09.211+00:00", "code_hash": "\\x01a219e154a1561dcc2a9ea740fee9087c64939d28e11f206926dbeea7bf831942787d4b1201", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:07.393+00:00", "expires_at": "2026-11-26T22:02:08.393+00:00", "to_account": null, "from_account": "db1a4193-e131-553d-a5ad-4f04a0eb2e26"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-54b9-7006-8dac-4c048c4fe2f7", "note": "for whoever", "asset": "CREDIT", "state": "open", "amount": 1000, "group_id": null, "closed_at": null, "code_hash": "\\x01a219e154b984dc846223898e609f632ead91b6cb53357c0a649cacf6328667195b423d2419", "remaining": 1000, "to_handle": null, "created_at": "2026-11-26T22:02:07.418+00:00", "expires_at": "2026-11-27T22:02:07.418+00:00", "to_account": null, "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-54cb-74de-bda4-1b424525819c", "note": null, "asset": "CREDIT", "state": "open", "amount": 1100, "group_id": null, "closed_at": null, "code_hash": "\\x01a219e154cbcc455a3c5bb7369709725f5f122ff22f07d106de944f70c0567d848720fa6632", "remaining": 1100, "to_handle": null, "created_at": "2026-11-26T22:02:07.436+00:00", "expires_at": "2026-11-27T22:02:07.436+00:00", "to_account": "684ee867-b711-5675-9eef-84b704dff1a3", "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-54db-7733-994c-1960c1f07103", "note": null, "asset": "CREDIT", "state": "open", "amount": 1200, "group_id": null, "closed_at": null, "code_hash": "\\x01a219e154db307963a246347ba5a77fad2bcae4f6d6b76b90a80a3028d212d783a81207a9a8", "remaining": 1200, "to_handle": "telegram:cleo", "created_at": "2026-11-26T22:02:07.451+00:00", "expires_at": "2026-11-27T22:02:07.451+00:00", "to_account": null, "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-54f9-713b-a87d-f9bffdc6b675", "note": null, "asset": "CREDIT", "state": "open", "amount": 1300, "group_id": "01a219e1-5508-76ea-abd5-d0544f86f978", "closed_at": null, "code_hash": "\\x01a219e154f9fae6611c6b296ace0ae0baa0eed4552eae8f9677f3a787ae2ad53dcff47c7e5f", "remaining": 1300, "to_handle": null, "created_at": "2026-11-26T22:02:07.506+00:00", "expires_at": "2026-11-27T22:02:07.506+00:00", "to_account": null, "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-5536-7030-97b2-e3119a80b899", "note": null, "asset": "CREDIT", "state": "open", "amount": 1400, "group_id": null, "closed_at": null, "code_hash": "\\x01a219e155363e694db740580f117a06b79c18ba31270a8ad3b828f1724771212c81dc8d12bb", "remaining": 1400, "to_handle": null, "created_at": "2026-11-26T22:02:07.542+00:00", "expires_at": "2026-11-27T22:02:07.542+00:00", "to_account": "bb232b41-55ff-5d56-987c-05fb681c2369", "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-5543-7121-8a55-0dbbef49b576", "note": null, "asset": "CREDIT", "state": "collected", "amount": 1500, "group_id": null, "closed_at": "2026-11-26T22:02:18.503+00:00", "code_hash": "\\x01a219e15543094e8c8103fae8ae470ed6e1b3b8ff4a357274da0e21bebb3308d53a3a7f7a67", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:07.556+00:00", "expires_at": "2026-11-27T22:02:07.556+00:00", "to_account": null, "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-555d-747b-98e9-874d9785aab0", "note": null, "asset": "CREDIT", "state": "open", "amount": 1600, "group_id": null, "closed_at": null, "code_hash": "\\x01a219e1555d5fd7eb30bfe0cab9050abbb2669a2a99121c11f0fc61640a79a34d347e13c579", "remaining": 1600, "to_handle": null, "created_at": "2026-11-26T22:02:07.582+00:00", "expires_at": "2026-11-27T22:02:07.582+00:00", "to_account": "90226ba1-ccee-5989-9275-1fc379e7b94e", "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-5629-72e5-bf54-3a569491052e", "note": null, "asset": "CREDIT", "state": "collected", "amount": 2100, "group_id": null, "closed_at": "2026-11-26T22:02:07.819+00:00", "code_hash": "\\x01a219e156293565e923db3efe6e76bb2273f11dae5bdac90d2423b659f55e6172ea9a7080ae", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:07.785+00:00", "expires_at": "2026-11-27T22:02:07.785+00:00", "to_account": "bb232b41-55ff-5d56-987c-05fb681c2369", "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-5655-7287-b0a0-d33547a58bc3", "note": null, "asset": "CREDIT", "state": "cancelled", "amount": 2200, "group_id": "01a219e1-5508-76ea-abd5-d0544f86f978", "closed_at": "2026-11-26T22:02:07.874+00:00", "code_hash": "\\x01a219e156557f3986f90146d15632dd8d0f60477406e2b774ab9da11b4088b22b55c6bf3c85", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:07.829+00:00", "expires_at": "2026-11-27T22:02:07.829+00:00", "to_account": null, "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-5696-7056-a0b2-2da27e432947", "note": null, "asset": "CREDIT", "state": "declined", "amount": 2300, "group_id": null, "closed_at": "2026-11-26T22:02:07.91+00:00", "code_hash": "\\x01a219e1569661a0982316aab4582f28814a6fdd099083ef1bf169540d5b87ab9549607634b2", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:07.894+00:00", "expires_at": "2026-11-27T22:02:07.894+00:00", "to_account": "684ee867-b711-5675-9eef-84b704dff1a3", "from_account": "bb232b41-55ff-5d56-987c-05fb681c2369"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-56b0-7336-83b9-400d4c0a8d1e", "note": null, "asset": "CREDIT", "state": "collected", "amount": 2400, "group_id": null, "closed_at": "2026-11-26T22:02:07.927+00:00", "code_hash": "\\x01a219e156b0193835a73bc675adcad8d4e1f133574a776910a17f8c710f344227e3d6e808d5", "remaining": 0, "to_handle": "telegram:ben", "created_at": "2026-11-26T22:02:07.915+00:00", "expires_at": "2026-11-27T22:02:07.915+00:00", "to_account": null, "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-56c6-740d-8994-2b4ace8a833d", "note": null, "asset": "CREDIT", "state": "open", "amount": 3100, "group_id": "01a219e1-56c8-7727-a777-349823a8d41e", "closed_at": null, "code_hash": "\\x01a219e156c63201653ed31b7f53a17e25354181adf1fcb3a272203df7c65f764e5de9fb2664", "remaining": 3100, "to_handle": null, "created_at": "2026-11-26T22:02:08.008+00:00", "expires_at": "2026-11-27T22:02:08.008+00:00", "to_account": null, "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-5724-7572-abdf-8d01815bdaa6", "note": null, "asset": "CREDIT", "state": "collected", "amount": 3200, "group_id": "01a219e1-56c8-7727-a777-349823a8d41e", "closed_at": "2026-11-26T22:02:08.059+00:00", "code_hash": "\\x01a219e15724a1d5c10b5e2eb64b7489fb475f9a40a1491ccc74eb3ae47ec20f7a5f502160e8", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:08.031+00:00", "expires_at": "2026-11-27T22:02:08.031+00:00", "to_account": null, "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-5778-7743-bb8b-3adb76656ba2", "note": null, "asset": "CREDIT", "state": "open", "amount": 3300, "group_id": "01a219e1-56c8-7727-a777-349823a8d41e", "closed_at": null, "code_hash": "\\x01a219e1577815e117fff62a8c774e724b2a174bc009036ea859f45140bc278a7e837fe10f30", "remaining": 3300, "to_handle": null, "created_at": "2026-11-26T22:02:08.127+00:00", "expires_at": "2026-11-27T22:02:08.127+00:00", "to_account": null, "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-578f-7564-9af5-ee1406592b0a", "note": null, "asset": "CREDIT", "state": "open", "amount": 3400, "group_id": "01a219e1-57ed-7710-a4fa-e5087ed570c0", "closed_at": null, "code_hash": "\\x01a219e1578fc5af251edca617cda54817fdb83e06ab482d7fc0fcaadc66586ad76c0a2a5034", "remaining": 3400, "to_handle": null, "created_at": "2026-11-26T22:02:08.147+00:00", "expires_at": "2026-11-27T22:02:08.147+00:00", "to_account": null, "from_account": "90226ba1-ccee-5989-9275-1fc379e7b94e"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-57c2-7229-8055-c458a3ea51e5", "note": null, "asset": "CREDIT", "state": "collected", "amount": 3500, "group_id": "01a219e1-57ed-7710-a4fa-e5087ed570c0", "closed_at": "2026-11-26T22:02:08.201+00:00", "code_hash": "\\x01a219e157c2e1dcc0c39d5e38db7020ea2e2c8b0c79565af067a7bcd9ce5ab1df3b480990b4", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:08.19+00:00", "expires_at": "2026-11-27T22:02:08.19+00:00", "to_account": null, "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-57ec-763f-b132-9dec914364ed", "note": null, "asset": "CREDIT", "state": "open", "amount": 3600, "group_id": "01a219e1-57ed-7710-a4fa-e5087ed570c0", "closed_at": null, "code_hash": "\\x01a219e157eca14c45f81ef19438ca7fceac44b5089b9f643bc23ce095b8adaefcd8e78c01f0", "remaining": 3600, "to_handle": null, "created_at": "2026-11-26T22:02:08.242+00:00", "expires_at": "2026-11-27T22:02:08.242+00:00", "to_account": null, "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-582e-765f-bab6-4dea7db6e890", "note": null, "asset": "CREDIT", "state": "open", "amount": 4100, "group_id": "01a219e1-5508-76ea-abd5-d0544f86f978", "closed_at": null, "code_hash": "\\x01a219e1582eb490590cfc95fda798adf689e77470184bdbe2001fc843cb6c43617642f8111f", "remaining": 4100, "to_handle": null, "created_at": "2026-11-26T22:02:08.297+00:00", "expires_at": "2026-11-27T22:02:08.297+00:00", "to_account": "684ee867-b711-5675-9eef-84b704dff1a3", "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-584f-724b-849f-74b2050dd65a", "note": null, "asset": "CREDIT", "state": "open", "amount": 4200, "group_id": null, "closed_at": null, "code_hash": "\\x01a219e1584f1c9b2d04dac2cb240725386477fb0acd6916f1e3d687e3f3ad409ec576c102bf", "remaining": 4200, "to_handle": "telegram:gus", "created_at": "2026-11-26T22:02:08.334+00:00", "expires_at": "2026-11-27T22:02:08.334+00:00", "to_account": null, "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-5860-7145-9f95-dd4613a50c6b", "note": null, "asset": "CREDIT", "state": "collected", "amount": 4300, "group_id": null, "closed_at": "2026-11-26T22:02:08.37+00:00", "code_hash": "\\x01a219e1586016a6b3db9f37033a14cdf05ba091b3e100f81f81735dddfaaaddaa76e9240591", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:08.352+00:00", "expires_at": "2026-11-27T22:02:08.352+00:00", "to_account": null, "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-5881-733e-91b7-1d5fe6382359", "note": null, "asset": "CREDIT", "state": "collected", "amount": 4400, "group_id": null, "closed_at": "2026-11-26T22:02:08.394+00:00", "code_hash": "\\x01a219e15881e1d4b5860d7d64cd2729bea8bbca3b8a2192b4fb5445b7d80e5d3185894ee1c2", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:08.384+00:00", "expires_at": "2026-11-27T22:02:08.384+00:00", "to_account": "90226ba1-ccee-5989-9275-1fc379e7b94e", "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-589f-75f9-ab7d-7472a5b5871b", "note": null, "asset": "CREDIT", "state": "cancelled", "amount": 4500, "group_id": null, "closed_at": "2026-11-26T22:02:08.43+00:00", "code_hash": "\\x01a219e1589f6d8d6cfd3fa1f601659613907a0a7452e0d5f924bb785c4e890c4df6fb180bd8", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:08.414+00:00", "expires_at": "2026-11-27T22:02:08.414+00:00", "to_account": null, "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-58bb-7390-9907-76f945389d90", "note": null, "asset": "CREDIT", "state": "declined", "amount": 4600, "group_id": null, "closed_at": "2026-11-26T22:02:08.462+00:00", "code_hash": "\\x01a219e158bb5ddbd1ca7513d31a153adc35ea9ee12e42dc8c36f4f22537a564323c11ebc788", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:08.442+00:00", "expires_at": "2026-11-27T22:02:08.442+00:00", "to_account": "684ee867-b711-5675-9eef-84b704dff1a3", "from_account": "e8b6d76d-5e7c-5049-98df-6c2921f531a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-58dd-7744-979c-119910ef8648", "note": "once", "asset": "CREDIT", "state": "collected", "amount": 4700, "group_id": null, "closed_at": "2026-11-26T22:02:08.477+00:00", "code_hash": "\\x01a219e158dd65de77b93941207ee280d93f9bee994034f0a2c0efa50652fa9c9635e96ebda8", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:08.477+00:00", "expires_at": "2026-11-27T22:02:08.477+00:00", "to_account": "684ee867-b711-5675-9eef-84b704dff1a3", "from_account": "89d8bb75-3745-5d0a-b22e-3d87ade6b6f2"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-58f3-74ec-8a0a-3e70f1430ed5", "note": null, "asset": "CREDIT", "state": "collected", "amount": 150, "group_id": null, "closed_at": "2026-11-26T22:02:08.499+00:00", "code_hash": "\\x01a219e158f3da35625ec4f860802cf6c08a332042aa7136bf6c4d7c86fea002488712e94007", "remaining": 0, "to_handle": null, "created_at": "2026-11-26T22:02:08.499+00:00", "expires_at": "2026-11-27T22:02:08.499+00:00", "to_account": "89d8bb75-3745-5d0a-b22e-3d87ade6b6f2", "from_account": "684ee867-b711-5675-9eef-84b704dff1a3"}');
insert into public.transfers overriding system value select * from jsonb_populate_record(null::public.transfers, '{"id": "01a219e1-80d5-7427-97c5-1da1c8f3da7a", "note": null, "asset": "FLASH", "state": "open", "amount": 100, "group_id": null, "closed_at": null, "code_hash": "\\x01a219e180d52912d0c2c950f84af459f447ba65fe8660dcfb59a79f1121635f495142ec6968", "remaining": 100, "to_handle": null, "created_at": "2026-11-26T22:02:18.711+00:00", "expires_at": "2026-11-26T22:02:19.711+00:00", "to_account": null, "from_account": "aac88547-c21e-5a78-bb59-15706e78d70a"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:06.998+00:00", "id": 1, "kind": "fund", "amount": -150000, "leaves": "open", "account_id": "89d8bb75-3745-5d0a-b22e-3d87ade6b6f2", "transfer_id": "01a219e1-52f3-7146-8c32-d817b0da7e15"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:06.998+00:00", "id": 2, "kind": "collect", "amount": 150000, "leaves": "collected", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-52f3-7146-8c32-d817b0da7e15"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.081+00:00", "id": 3, "kind": "fund", "amount": -150000, "leaves": "open", "account_id": "89d8bb75-3745-5d0a-b22e-3d87ade6b6f2", "transfer_id": "01a219e1-5364-7690-a974-428b0c3ca62d"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.081+00:00", "id": 4, "kind": "collect", "amount": 150000, "leaves": "collected", "account_id": "684ee867-b711-5675-9eef-84b704dff1a3", "transfer_id": "01a219e1-5364-7690-a974-428b0c3ca62d"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.133+00:00", "id": 5, "kind": "fund", "amount": -150000, "leaves": "open", "account_id": "89d8bb75-3745-5d0a-b22e-3d87ade6b6f2", "transfer_id": "01a219e1-539c-71bb-8e31-2cabfaa38938"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.133+00:00", "id": 6, "kind": "collect", "amount": 150000, "leaves": "collected", "account_id": "90226ba1-ccee-5989-9275-1fc379e7b94e", "transfer_id": "01a219e1-539c-71bb-8e31-2cabfaa38938"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.199+00:00", "id": 7, "kind": "fund", "amount": -150000, "leaves": "open", "account_id": "89d8bb75-3745-5d0a-b22e-3d87ade6b6f2", "transfer_id": "01a219e1-53de-771e-9f73-4ced35ee5b98"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.199+00:00", "id": 8, "kind": "collect", "amount": 150000, "leaves": "collected", "account_id": "bb232b41-55ff-5d56-987c-05fb681c2369", "transfer_id": "01a219e1-53de-771e-9f73-4ced35ee5b98"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.246+00:00", "id": 10, "kind": "collect", "amount": 2000, "leaves": "collected", "account_id": "db1a4193-e131-553d-a5ad-4f04a0eb2e26", "transfer_id": "01a219e1-540d-73f2-b8a2-b3d586314fd0"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.246+00:00", "id": 9, "kind": "fund", "amount": -2000, "leaves": "open", "account_id": "c2d0d49e-c858-59f2-abe1-74e3a45149ab", "transfer_id": "01a219e1-540d-73f2-b8a2-b3d586314fd0"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.325+00:00", "id": 11, "kind": "fund", "amount": -2000, "leaves": "open", "account_id": "c2d0d49e-c858-59f2-abe1-74e3a45149ab", "transfer_id": "01a219e1-545c-76e0-8873-d8ced1f299f8"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.325+00:00", "id": 12, "kind": "collect", "amount": 2000, "leaves": "collected", "account_id": "aac88547-c21e-5a78-bb59-15706e78d70a", "transfer_id": "01a219e1-545c-76e0-8873-d8ced1f299f8"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.366+00:00", "id": 13, "kind": "fund", "amount": -2000, "leaves": "open", "account_id": "90226ba1-ccee-5989-9275-1fc379e7b94e", "transfer_id": "01a219e1-5485-7786-b525-001dae751385"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.366+00:00", "id": 14, "kind": "collect", "amount": 2000, "leaves": "collected", "account_id": "89d8bb75-3745-5d0a-b22e-3d87ade6b6f2", "transfer_id": "01a219e1-5485-7786-b525-001dae751385"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.393+00:00", "id": 15, "kind": "fund", "amount": -100, "leaves": "open", "account_id": "db1a4193-e131-553d-a5ad-4f04a0eb2e26", "transfer_id": "01a219e1-54a1-7673-aefd-c428daac76fd"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.418+00:00", "id": 16, "kind": "fund", "amount": -1000, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-54b9-7006-8dac-4c048c4fe2f7"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.436+00:00", "id": 17, "kind": "fund", "amount": -1100, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-54cb-74de-bda4-1b424525819c"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.451+00:00", "id": 18, "kind": "fund", "amount": -1200, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-54db-7733-994c-1960c1f07103"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.506+00:00", "id": 19, "kind": "fund", "amount": -1300, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-54f9-713b-a87d-f9bffdc6b675"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.542+00:00", "id": 20, "kind": "fund", "amount": -1400, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-5536-7030-97b2-e3119a80b899"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.556+00:00", "id": 21, "kind": "fund", "amount": -1500, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-5543-7121-8a55-0dbbef49b576"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.582+00:00", "id": 22, "kind": "fund", "amount": -1600, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-555d-747b-98e9-874d9785aab0"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.785+00:00", "id": 23, "kind": "fund", "amount": -2100, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-5629-72e5-bf54-3a569491052e"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.819+00:00", "id": 24, "kind": "collect", "amount": 2100, "leaves": "collected", "account_id": "bb232b41-55ff-5d56-987c-05fb681c2369", "transfer_id": "01a219e1-5629-72e5-bf54-3a569491052e"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.829+00:00", "id": 25, "kind": "fund", "amount": -2200, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-5655-7287-b0a0-d33547a58bc3"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.874+00:00", "id": 26, "kind": "return", "amount": 2200, "leaves": "cancelled", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-5655-7287-b0a0-d33547a58bc3"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.894+00:00", "id": 27, "kind": "fund", "amount": -2300, "leaves": "open", "account_id": "bb232b41-55ff-5d56-987c-05fb681c2369", "transfer_id": "01a219e1-5696-7056-a0b2-2da27e432947"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.91+00:00", "id": 28, "kind": "return", "amount": 2300, "leaves": "declined", "account_id": "bb232b41-55ff-5d56-987c-05fb681c2369", "transfer_id": "01a219e1-5696-7056-a0b2-2da27e432947"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.915+00:00", "id": 29, "kind": "fund", "amount": -2400, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-56b0-7336-83b9-400d4c0a8d1e"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:07.927+00:00", "id": 30, "kind": "collect", "amount": 2400, "leaves": "collected", "account_id": "684ee867-b711-5675-9eef-84b704dff1a3", "transfer_id": "01a219e1-56b0-7336-83b9-400d4c0a8d1e"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.008+00:00", "id": 31, "kind": "fund", "amount": -3100, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-56c6-740d-8994-2b4ace8a833d"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.031+00:00", "id": 32, "kind": "fund", "amount": -3200, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-5724-7572-abdf-8d01815bdaa6"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.059+00:00", "id": 33, "kind": "collect", "amount": 3200, "leaves": "collected", "account_id": "684ee867-b711-5675-9eef-84b704dff1a3", "transfer_id": "01a219e1-5724-7572-abdf-8d01815bdaa6"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.127+00:00", "id": 34, "kind": "fund", "amount": -3300, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-5778-7743-bb8b-3adb76656ba2"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.147+00:00", "id": 35, "kind": "fund", "amount": -3400, "leaves": "open", "account_id": "90226ba1-ccee-5989-9275-1fc379e7b94e", "transfer_id": "01a219e1-578f-7564-9af5-ee1406592b0a"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.19+00:00", "id": 36, "kind": "fund", "amount": -3500, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-57c2-7229-8055-c458a3ea51e5"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.201+00:00", "id": 37, "kind": "collect", "amount": 3500, "leaves": "collected", "account_id": "90226ba1-ccee-5989-9275-1fc379e7b94e", "transfer_id": "01a219e1-57c2-7229-8055-c458a3ea51e5"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.242+00:00", "id": 38, "kind": "fund", "amount": -3600, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-57ec-763f-b132-9dec914364ed"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.297+00:00", "id": 39, "kind": "fund", "amount": -4100, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-582e-765f-bab6-4dea7db6e890"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.334+00:00", "id": 40, "kind": "fund", "amount": -4200, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-584f-724b-849f-74b2050dd65a"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.352+00:00", "id": 41, "kind": "fund", "amount": -4300, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-5860-7145-9f95-dd4613a50c6b"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.37+00:00", "id": 42, "kind": "collect", "amount": 4300, "leaves": "collected", "account_id": "684ee867-b711-5675-9eef-84b704dff1a3", "transfer_id": "01a219e1-5860-7145-9f95-dd4613a50c6b"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.384+00:00", "id": 43, "kind": "fund", "amount": -4400, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-5881-733e-91b7-1d5fe6382359"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.394+00:00", "id": 44, "kind": "collect", "amount": 4400, "leaves": "collected", "account_id": "90226ba1-ccee-5989-9275-1fc379e7b94e", "transfer_id": "01a219e1-5881-733e-91b7-1d5fe6382359"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.414+00:00", "id": 45, "kind": "fund", "amount": -4500, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-589f-75f9-ab7d-7472a5b5871b"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.43+00:00", "id": 46, "kind": "return", "amount": 4500, "leaves": "cancelled", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-589f-75f9-ab7d-7472a5b5871b"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.442+00:00", "id": 47, "kind": "fund", "amount": -4600, "leaves": "open", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-58bb-7390-9907-76f945389d90"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.462+00:00", "id": 48, "kind": "return", "amount": 4600, "leaves": "declined", "account_id": "e8b6d76d-5e7c-5049-98df-6c2921f531a3", "transfer_id": "01a219e1-58bb-7390-9907-76f945389d90"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.477+00:00", "id": 49, "kind": "fund", "amount": -4700, "leaves": "open", "account_id": "89d8bb75-3745-5d0a-b22e-3d87ade6b6f2", "transfer_id": "01a219e1-58dd-7744-979c-119910ef8648"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.477+00:00", "id": 50, "kind": "collect", "amount": 4700, "leaves": "collected", "account_id": "684ee867-b711-5675-9eef-84b704dff1a3", "transfer_id": "01a219e1-58dd-7744-979c-119910ef8648"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.499+00:00", "id": 51, "kind": "fund", "amount": -150, "leaves": "open", "account_id": "684ee867-b711-5675-9eef-84b704dff1a3", "transfer_id": "01a219e1-58f3-74ec-8a0a-3e70f1430ed5"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:08.499+00:00", "id": 52, "kind": "collect", "amount": 150, "leaves": "collected", "account_id": "89d8bb75-3745-5d0a-b22e-3d87ade6b6f2", "transfer_id": "01a219e1-58f3-74ec-8a0a-3e70f1430ed5"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:09.211+00:00", "id": 53, "kind": "return", "amount": 100, "leaves": "returned", "account_id": "db1a4193-e131-553d-a5ad-4f04a0eb2e26", "transfer_id": "01a219e1-54a1-7673-aefd-c428daac76fd"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:18.503+00:00", "id": 54, "kind": "collect", "amount": 1500, "leaves": "collected", "account_id": "90226ba1-ccee-5989-9275-1fc379e7b94e", "transfer_id": "01a219e1-5543-7121-8a55-0dbbef49b576"}');
insert into public.entries overriding system value select * from jsonb_populate_record(null::public.entries, '{"at": "2026-11-26T22:02:18.711+00:00", "id": 55, "kind": "fund", "amount": -100, "leaves": "open", "account_id": "aac88547-c21e-5a78-bb59-15706e78d70a", "transfer_id": "01a219e1-80d5-7427-97c5-1da1c8f3da7a"}');
insert into public.requests overriding system value select * from jsonb_populate_record(null::public.requests, '{"at": "2026-11-26T22:02:08.302904+00:00", "key": "create-1", "answer": {"transfer": "01a219e1-582e-765f-bab6-4dea7db6e890"}, "client": "shop", "fingerprint": "\\xf14d6515f335dcf6c009a46129c8528c0db698851c58adfce4015cb62c7b7928"}');
insert into public.requests overriding system value select * from jsonb_populate_record(null::public.requests, '{"at": "2026-11-26T22:02:08.337386+00:00", "key": "create-2", "answer": {"transfer": "01a219e1-584f-724b-849f-74b2050dd65a"}, "client": "shop", "fingerprint": "\\x8a4108d50d8f6165ee5d927230765d25d64b82f8e83af7fd4d838d0f86a2d5e1"}');
insert into public.requests overriding system value select * from jsonb_populate_record(null::public.requests, '{"at": "2026-11-26T22:02:08.371376+00:00", "key": "claim-1", "answer": {"transfer": "01a219e1-5860-7145-9f95-dd4613a50c6b"}, "client": "shop", "fingerprint": "\\xa441a204b345a188ca29102232b551a48f4bdd16bc65cbad0a7555c5e2416ee9"}');
insert into public.requests overriding system value select * from jsonb_populate_record(null::public.requests, '{"at": "2026-11-26T22:02:08.396894+00:00", "key": "claim-2", "answer": {"transfer": "01a219e1-5881-733e-91b7-1d5fe6382359"}, "client": "shop", "fingerprint": "\\x8ecc96eed189af4f950e1ddf845ee7ad6443771814506c8e024045a50aa9d2be"}');
insert into public.requests overriding system value select * from jsonb_populate_record(null::public.requests, '{"at": "2026-11-26T22:02:08.432571+00:00", "key": "cancel-1", "answer": {"transfer": "01a219e1-589f-75f9-ab7d-7472a5b5871b"}, "client": "shop", "fingerprint": "\\x2471c9184c1fb67bb9a2db7203d0a698dcd119dbe59f320de9bd346adae367f5"}');
insert into public.requests overriding system value select * from jsonb_populate_record(null::public.requests, '{"at": "2026-11-26T22:02:08.462945+00:00", "key": "decline-1", "answer": {"transfer": "01a219e1-58bb-7390-9907-76f945389d90"}, "client": "shop", "fingerprint": "\\xfefeae784014cdbe87e52679afb03e25bcfe9dd927e0094499dd9d6d706c7959"}');
insert into public.requests overriding system value select * from jsonb_populate_record(null::public.requests, '{"at": "2026-11-26T22:02:08.478201+00:00", "key": "issue-1", "answer": {"transfer": "01a219e1-58dd-7744-979c-119910ef8648"}, "client": "shop", "fingerprint": "\\xd690b2b4f20c8272bed7f0c625bebb02222611a1e986a3278210e593de0c4086"}');
insert into public.requests overriding system value select * from jsonb_populate_record(null::public.requests, '{"at": "2026-11-26T22:02:08.500253+00:00", "key": "issue-2", "answer": {"transfer": "01a219e1-58f3-74ec-8a0a-3e70f1430ed5"}, "client": "shop", "fingerprint": "\\xbf566182e20d781e527367194ddce31a1b08eb50cf19964215fca0e37cf6f960"}');
insert into public.requests overriding system value select * from jsonb_populate_record(null::public.requests, '{"at": "2026-11-26T22:02:08.519513+00:00", "key": "refused-1", "answer": {"details": {"asset": "CREDIT", "amount": "1999.00", "balance": "1644.50"}, "refusal": "insufficient_funds"}, "client": "shop", "fingerprint": "\\x1f825b7f302e80bf367ec7c5075f142784aaeac72b5c7b4fa20a78652f7923e1"}');
insert into public.requests overriding system value select * from jsonb_populate_record(null::public.requests, '{"at": "2026-11-26T22:02:08.534986+00:00", "key": "refused-2", "answer": {"details": {}, "refusal": "already_collected"}, "client": "shop", "fingerprint": "\\xbb6c6be5ed131238fb02cbce572a14a532dc4246e971e586ba6aadc329b9c6e0"}');
insert into public.changes overriding system value select * from jsonb_populate_record(null::public.changes, '{"id": 21, "transfers": ["01a219e1-5543-7121-8a55-0dbbef49b576"]}');
insert into public.cards overriding system value select * from jsonb_populate_record(null::public.cards, '{"id": "01a219e1-55bb-7737-b686-a70d653ad5ef", "chat": "room", "message": "1", "language": "en", "messenger": "signal", "transfer_id": "01a219e1-5536-7030-97b2-e3119a80b899"}');
insert into public.cards overriding system value select * from jsonb_populate_record(null::public.cards, '{"id": "01a219e1-55fc-758c-922e-a33bef261091", "chat": "room", "message": "2", "language": "en", "messenger": "signal", "transfer_id": "01a219e1-5536-7030-97b2-e3119a80b899"}');
insert into public.cards overriding system value select * from jsonb_populate_record(null::public.cards, '{"id": "01a219e1-5613-71c0-a89d-9eed9804767d", "chat": "room", "message": "3", "language": "en", "messenger": "telegram", "transfer_id": "01a219e1-5536-7030-97b2-e3119a80b899"}');
insert into public.cards overriding system value select * from jsonb_populate_record(null::public.cards, '{"id": "01a219e1-563b-7323-a1a7-99b61eed95ec", "chat": "room", "message": "11", "language": "en", "messenger": "signal", "transfer_id": "01a219e1-5629-72e5-bf54-3a569491052e"}');
insert into public.cards overriding system value select * from jsonb_populate_record(null::public.cards, '{"id": "01a219e1-5674-76a0-9ccb-5f47c27a3f34", "chat": "room", "message": "12", "language": "en", "messenger": "signal", "transfer_id": "01a219e1-5655-7287-b0a0-d33547a58bc3"}');
insert into public.cards overriding system value select * from jsonb_populate_record(null::public.cards, '{"id": "01a219e1-8070-72d5-8986-c0dc89e57336", "chat": "room", "message": "21", "language": "zh-Hans", "messenger": "signal", "transfer_id": "01a219e1-5543-7121-8a55-0dbbef49b576"}');
insert into public.tokens overriding system value select * from jsonb_populate_record(null::public.tokens, '{"hash": "\\x3f09dda081327626937f360f4d8c404aff7e6d18709ec2f3f8696c8e9a78f63f", "name": "shop", "created_at": "2026-11-26T22:02:06.705+00:00"}');
insert into public.sessions overriding system value select * from jsonb_populate_record(null::public.sessions, '{"hash": "\\x40098496524f1ec498f923caca55927592735915c6ac5926e5c8c2b1522d8c13", "kind": "session", "identity": "2", "messenger": "telegram", "expires_at": "2026-11-27T10:02:08.611374+00:00"}');
insert into public.sweeps overriding system value select * from jsonb_populate_record(null::public.sweeps, '{"id": 1, "swept_until": "2026-11-26T22:01:09.203187+00:00"}');
insert into pgboss.queue overriding system value select * from jsonb_populate_record(null::pgboss.queue, '{"name": "deliveries-discord", "notify": false, "policy": "stately", "delta_on": null, "run_bins": null, "partition": false, "wait_bins": null, "created_on": "2026-11-26T22:02:07.576493+00:00", "monitor_on": null, "table_name": "job_common", "updated_on": "2026-11-26T22:02:07.576493+00:00", "dead_letter": null, "maintain_on": null, "ready_count": 0, "retained_on": null, "retry_delay": 2, "retry_limit": 10, "total_count": 0, "active_count": 0, "failed_count": 0, "failed_delta": 0, "queued_count": 0, "blocked_count": 0, "created_delta": 0, "delta_seconds": null, "ready_history": [], "retry_backoff": true, "deferred_count": 0, "expire_seconds": 60, "retained_count": null, "warning_queued": 0, "completed_delta": 0, "retry_delay_max": 900, "deletion_seconds": 3600, "monitor_claim_on": null, "heartbeat_seconds": null, "retention_seconds": 1209600, "singletons_active": null, "ready_oldest_seconds": null}');
insert into pgboss.queue overriding system value select * from jsonb_populate_record(null::pgboss.queue, '{"name": "deliveries-signal", "notify": false, "policy": "stately", "delta_on": null, "run_bins": null, "partition": false, "wait_bins": null, "created_on": "2026-11-26T22:02:07.607027+00:00", "monitor_on": null, "table_name": "job_common", "updated_on": "2026-11-26T22:02:07.607027+00:00", "dead_letter": null, "maintain_on": null, "ready_count": 0, "retained_on": null, "retry_delay": 2, "retry_limit": 10, "total_count": 0, "active_count": 0, "failed_count": 0, "failed_delta": 0, "queued_count": 0, "blocked_count": 0, "created_delta": 0, "delta_seconds": null, "ready_history": [], "retry_backoff": true, "deferred_count": 0, "expire_seconds": 60, "retained_count": null, "warning_queued": 0, "completed_delta": 0, "retry_delay_max": 900, "deletion_seconds": 3600, "monitor_claim_on": null, "heartbeat_seconds": null, "retention_seconds": 1209600, "singletons_active": null, "ready_oldest_seconds": null}');
insert into pgboss.queue overriding system value select * from jsonb_populate_record(null::pgboss.queue, '{"name": "deliveries-telegram", "notify": false, "policy": "stately", "delta_on": null, "run_bins": null, "partition": false, "wait_bins": null, "created_on": "2026-11-26T22:02:07.550437+00:00", "monitor_on": null, "table_name": "job_common", "updated_on": "2026-11-26T22:02:07.550437+00:00", "dead_letter": null, "maintain_on": null, "ready_count": 0, "retained_on": null, "retry_delay": 2, "retry_limit": 10, "total_count": 0, "active_count": 0, "failed_count": 0, "failed_delta": 0, "queued_count": 0, "blocked_count": 0, "created_delta": 0, "delta_seconds": null, "ready_history": [], "retry_backoff": true, "deferred_count": 0, "expire_seconds": 60, "retained_count": null, "warning_queued": 0, "completed_delta": 0, "retry_delay_max": 900, "deletion_seconds": 3600, "monitor_claim_on": null, "heartbeat_seconds": null, "retention_seconds": 1209600, "singletons_active": null, "ready_oldest_seconds": null}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "09b4ee9f-3e3a-4948-bcf0-f15c4f66dce0", "data": {"to": {"id": "2", "name": "Ben", "handle": "Ben", "language": null, "messenger": "telegram"}, "kind": "notice", "notice": "received", "transfer": "01a219e1-5364-7690-a974-428b0c3ca62d"}, "name": "deliveries-telegram", "state": "completed", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:07.461278+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:07.461278+00:00", "started_on": "2026-11-26T22:02:09.501799+00:00", "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:07.461278+00:00", "completed_on": "2026-11-26T22:02:09.642245+00:00", "heartbeat_on": "2026-11-26T22:02:09.501799+00:00", "singleton_on": null, "retry_backoff": true, "singleton_key": "received:01a219e1-5364-7690-a974-428b0c3ca62d", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "112f9baf-dfab-4815-91ce-b7531ea4d7b0", "data": {"to": {"id": "9", "name": "Late", "handle": null, "language": null, "messenger": "telegram"}, "kind": "notice", "notice": "received", "transfer": "01a219e1-545c-76e0-8873-d8ced1f299f8"}, "name": "deliveries-telegram", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:07.461278+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:07.461278+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:07.461278+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "received:01a219e1-545c-76e0-8873-d8ced1f299f8", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "20d69922-0370-4947-81c3-a522ad2054f4", "data": {"to": {"id": "2", "name": "Ben", "handle": "Ben", "language": null, "messenger": "telegram"}, "kind": "notice", "notice": "received", "transfer": "01a219e1-56b0-7336-83b9-400d4c0a8d1e"}, "name": "deliveries-telegram", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.146642+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.146642+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.146642+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "received:01a219e1-56b0-7336-83b9-400d4c0a8d1e", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "23fcf921-a83f-47b4-97db-220c73e1e6dd", "data": {"to": {"id": "80351110224678912", "name": "Dora", "handle": "dora", "language": null, "messenger": "discord"}, "kind": "notice", "notice": "collected", "transfer": "01a219e1-5485-7786-b525-001dae751385"}, "name": "deliveries-discord", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:07.461278+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:07.461278+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:07.461278+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "collected:01a219e1-5485-7786-b525-001dae751385", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "341bfcb5-c0f8-431a-bf51-0ecefe05eb23", "data": {"to": {"id": "1", "name": "Ada Lovelace", "handle": "ada", "language": "en", "messenger": "telegram"}, "kind": "notice", "notice": "received", "transfer": "01a219e1-540d-73f2-b8a2-b3d586314fd0"}, "name": "deliveries-telegram", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:07.461278+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:07.461278+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:07.461278+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "received:01a219e1-540d-73f2-b8a2-b3d586314fd0", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "41693b91-9e7d-4234-bc9d-700f403c59e3", "data": {"to": {"id": "ann", "name": "Ann", "handle": null, "language": null, "messenger": "signal"}, "kind": "notice", "notice": "received", "transfer": "01a219e1-5629-72e5-bf54-3a569491052e"}, "name": "deliveries-signal", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.146642+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.146642+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.146642+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "received:01a219e1-5629-72e5-bf54-3a569491052e", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "43810f3c-4848-42ef-8ec2-066d09e0feda", "data": {"to": {"id": "ann", "name": "Ann", "handle": null, "language": null, "messenger": "signal"}, "kind": "notice", "notice": "received", "transfer": "01a219e1-53de-771e-9f73-4ced35ee5b98"}, "name": "deliveries-signal", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:07.461278+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:07.461278+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:07.461278+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "received:01a219e1-53de-771e-9f73-4ced35ee5b98", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "4a9a0e67-7d48-428d-8439-de9066a086e6", "data": {"card": "01a219e1-8070-72d5-8986-c0dc89e57336", "kind": "redraw", "transfer": "01a219e1-5543-7121-8a55-0dbbef49b576"}, "name": "deliveries-signal", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:18.654328+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:18.654328+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:18.654328+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "card:01a219e1-8070-72d5-8986-c0dc89e57336", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "5299ee58-ccc4-40a5-b68f-7ec6b5568088", "data": {"card": "01a219e1-5674-76a0-9ccb-5f47c27a3f34", "kind": "redraw", "transfer": "01a219e1-5655-7287-b0a0-d33547a58bc3"}, "name": "deliveries-signal", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.146642+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.146642+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.146642+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "card:01a219e1-5674-76a0-9ccb-5f47c27a3f34", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "5d211778-b7bf-45b8-a92e-647198f06d86", "data": {"to": {"id": "80351110224678912", "name": "Dora", "handle": "dora", "language": null, "messenger": "discord"}, "kind": "notice", "notice": "received", "transfer": "01a219e1-57c2-7229-8055-c458a3ea51e5"}, "name": "deliveries-discord", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.712545+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.712545+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.712545+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "received:01a219e1-57c2-7229-8055-c458a3ea51e5", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "5df640ea-4d49-43be-b464-e370d9a21473", "data": {"to": {"id": "1", "name": "Ada Lovelace", "handle": "ada", "language": "en", "messenger": "telegram"}, "kind": "notice", "notice": "collected", "transfer": "01a219e1-56b0-7336-83b9-400d4c0a8d1e"}, "name": "deliveries-telegram", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.146642+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.146642+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.146642+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "collected:01a219e1-56b0-7336-83b9-400d4c0a8d1e", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "7acb7a05-fa25-4114-9a07-f975001aba99", "data": {"to": {"id": "1", "name": "Ada Lovelace", "handle": "ada", "language": "en", "messenger": "telegram"}, "kind": "notice", "notice": "collected", "transfer": "01a219e1-5629-72e5-bf54-3a569491052e"}, "name": "deliveries-telegram", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.146642+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.146642+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.146642+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "collected:01a219e1-5629-72e5-bf54-3a569491052e", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "860d8f2c-66d6-4b60-9695-183b1ee650b1", "data": {"to": {"id": "80351110224678912", "name": "Dora", "handle": "dora", "language": null, "messenger": "discord"}, "kind": "notice", "notice": "received", "transfer": "01a219e1-5881-733e-91b7-1d5fe6382359"}, "name": "deliveries-discord", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.712545+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.712545+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.712545+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "received:01a219e1-5881-733e-91b7-1d5fe6382359", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "8fe1db9e-de55-4979-8dd5-8501abf8366c", "data": {"to": {"id": "2", "name": "Ben", "handle": "Ben", "language": null, "messenger": "telegram"}, "kind": "notice", "notice": "collected", "transfer": "01a219e1-58f3-74ec-8a0a-3e70f1430ed5"}, "name": "deliveries-telegram", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.712545+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.712545+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.712545+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "collected:01a219e1-58f3-74ec-8a0a-3e70f1430ed5", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "9ab4a8a7-6fbe-430b-b4f6-4751280fd57f", "data": {"to": {"id": "1", "name": "Ada Lovelace", "handle": "ada", "language": "en", "messenger": "telegram"}, "kind": "notice", "notice": "collected", "transfer": "01a219e1-5724-7572-abdf-8d01815bdaa6"}, "name": "deliveries-telegram", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.146642+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.146642+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.146642+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "collected:01a219e1-5724-7572-abdf-8d01815bdaa6", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "9e42456a-2442-4573-ac05-307a0caf156c", "data": {"to": {"id": "1", "name": "Ada Lovelace", "handle": "ada", "language": "en", "messenger": "telegram"}, "kind": "notice", "notice": "declined", "transfer": "01a219e1-58bb-7390-9907-76f945389d90"}, "name": "deliveries-telegram", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.712545+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.712545+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.712545+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "declined:01a219e1-58bb-7390-9907-76f945389d90", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "a2c167d9-ac24-4ecc-bbf3-72c8b6b4d1dc", "data": {"to": {"id": "1", "name": "Ada Lovelace", "handle": "ada", "language": "en", "messenger": "telegram"}, "kind": "notice", "notice": "collected", "transfer": "01a219e1-5881-733e-91b7-1d5fe6382359"}, "name": "deliveries-telegram", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.712545+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.712545+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.712545+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "collected:01a219e1-5881-733e-91b7-1d5fe6382359", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "a4685f97-3f3d-42dd-9ba5-10101eebb3b8", "data": {"to": {"id": "2", "name": "Ben", "handle": "Ben", "language": null, "messenger": "telegram"}, "kind": "notice", "notice": "received", "transfer": "01a219e1-5860-7145-9f95-dd4613a50c6b"}, "name": "deliveries-telegram", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.712545+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.712545+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.712545+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "received:01a219e1-5860-7145-9f95-dd4613a50c6b", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "a4a3ac6d-4589-4cc6-b0ba-af49b1a41e86", "data": {"to": {"id": "2", "name": "Ben", "handle": "Ben", "language": null, "messenger": "telegram"}, "kind": "notice", "notice": "received", "transfer": "01a219e1-58dd-7744-979c-119910ef8648"}, "name": "deliveries-telegram", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.712545+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.712545+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.712545+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "received:01a219e1-58dd-7744-979c-119910ef8648", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "bcb83af7-5226-4cd2-8953-6cede44714ce", "data": {"to": {"id": "80351110224678912", "name": "Dora", "handle": "dora", "language": null, "messenger": "discord"}, "kind": "notice", "notice": "received", "transfer": "01a219e1-539c-71bb-8e31-2cabfaa38938"}, "name": "deliveries-discord", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:07.461278+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:07.461278+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:07.461278+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "received:01a219e1-539c-71bb-8e31-2cabfaa38938", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "c372abc3-9de1-4fbf-a238-15401741b98a", "data": {"to": {"id": "1", "name": "Ada Lovelace", "handle": "ada", "language": "en", "messenger": "telegram"}, "kind": "notice", "notice": "collected", "transfer": "01a219e1-5860-7145-9f95-dd4613a50c6b"}, "name": "deliveries-telegram", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.712545+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.712545+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.712545+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "collected:01a219e1-5860-7145-9f95-dd4613a50c6b", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "c9139807-50c8-48c2-9da4-302e6d92cb8a", "data": {"to": {"id": "1", "name": "Ada Lovelace", "handle": "ada", "language": "en", "messenger": "telegram"}, "kind": "notice", "notice": "collected", "transfer": "01a219e1-57c2-7229-8055-c458a3ea51e5"}, "name": "deliveries-telegram", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.712545+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.712545+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.712545+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "collected:01a219e1-57c2-7229-8055-c458a3ea51e5", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "ca46aae8-e843-4ede-a10b-887c9b443a6b", "data": {"to": {"id": "1", "name": "Ada Lovelace", "handle": "ada", "language": "en", "messenger": "telegram"}, "kind": "notice", "notice": "received", "transfer": "01a219e1-52f3-7146-8c32-d817b0da7e15"}, "name": "deliveries-telegram", "state": "retry", "output": {"reason": "the connection broke"}, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:07.461278+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:07.461278+00:00", "started_on": "2026-11-26T22:02:09.501799+00:00", "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:12.76609+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "received:01a219e1-52f3-7146-8c32-d817b0da7e15", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "d2a85f3a-11f9-495c-8a62-587469b2631c", "data": {"to": {"id": "1", "name": "Ada Lovelace", "handle": "ada", "language": "en", "messenger": "telegram"}, "kind": "notice", "notice": "returned", "transfer": "01a219e1-54a1-7673-aefd-c428daac76fd"}, "name": "deliveries-telegram", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:09.240709+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:09.240709+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:09.240709+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "returned:01a219e1-54a1-7673-aefd-c428daac76fd", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "e32b4607-0d47-4a34-bc74-7e6ae0af2eb3", "data": {"card": "01a219e1-563b-7323-a1a7-99b61eed95ec", "kind": "redraw", "transfer": "01a219e1-5629-72e5-bf54-3a569491052e"}, "name": "deliveries-signal", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.146642+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.146642+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.146642+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "card:01a219e1-563b-7323-a1a7-99b61eed95ec", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "e90fce79-5fff-4277-a569-624fe38c3ac1", "data": {"to": {"id": "ann", "name": "Ann", "handle": null, "language": null, "messenger": "signal"}, "kind": "notice", "notice": "declined", "transfer": "01a219e1-5696-7056-a0b2-2da27e432947"}, "name": "deliveries-signal", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.146642+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.146642+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.146642+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "declined:01a219e1-5696-7056-a0b2-2da27e432947", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
insert into pgboss.job_common overriding system value select * from jsonb_populate_record(null::pgboss.job_common, '{"id": "ff4233e0-6a35-4bc2-a05d-7ccefb565827", "data": {"to": {"id": "2", "name": "Ben", "handle": "Ben", "language": null, "messenger": "telegram"}, "kind": "notice", "notice": "received", "transfer": "01a219e1-5724-7572-abdf-8d01815bdaa6"}, "name": "deliveries-telegram", "state": "created", "output": null, "policy": "stately", "blocked": false, "blocking": false, "group_id": null, "priority": 0, "source_id": null, "created_on": "2026-11-26T22:02:08.146642+00:00", "group_tier": null, "keep_until": "2026-12-10T22:02:08.146642+00:00", "started_on": null, "dead_letter": null, "retry_count": 0, "retry_delay": 2, "retry_limit": 10, "source_name": null, "start_after": "2026-11-26T22:02:08.146642+00:00", "completed_on": null, "heartbeat_on": null, "singleton_on": null, "retry_backoff": true, "singleton_key": "received:01a219e1-5724-7572-abdf-8d01815bdaa6", "source_output": null, "trace_context": null, "upsert_by_key": null, "expire_seconds": 60, "source_root_id": null, "retry_delay_max": 900, "deletion_seconds": 3600, "heartbeat_seconds": null, "source_created_on": null, "source_retry_count": null, "pending_dependencies": 0}');
select setval('drizzle.__drizzle_migrations_id_seq', (select coalesce(max(id), 0) + 1 from drizzle.__drizzle_migrations), false);
update public.people set created_at = created_at + (now() - '2026-11-26 22:02:20.214701+00');
update public.transfers set created_at = created_at + (now() - '2026-11-26 22:02:20.214701+00'), expires_at = expires_at + (now() - '2026-11-26 22:02:20.214701+00'), closed_at = closed_at + (now() - '2026-11-26 22:02:20.214701+00');
update public.entries set at = at + (now() - '2026-11-26 22:02:20.214701+00');
select setval('public.entries_id_seq', (select coalesce(max(id), 0) + 1 from public.entries), false);
update public.requests set at = at + (now() - '2026-11-26 22:02:20.214701+00');
select setval('public.changes_id_seq', (select coalesce(max(id), 0) + 1 from public.changes), false);
update public.tokens set created_at = created_at + (now() - '2026-11-26 22:02:20.214701+00');
update public.sessions set expires_at = expires_at + (now() - '2026-11-26 22:02:20.214701+00');
update public.sweeps set swept_until = swept_until + (now() - '2026-11-26 22:02:20.214701+00');
update pgboss.queue set retained_on = retained_on + (now() - '2026-11-26 22:02:20.214701+00'), delta_on = delta_on + (now() - '2026-11-26 22:02:20.214701+00'), monitor_claim_on = monitor_claim_on + (now() - '2026-11-26 22:02:20.214701+00'), monitor_on = monitor_on + (now() - '2026-11-26 22:02:20.214701+00'), maintain_on = maintain_on + (now() - '2026-11-26 22:02:20.214701+00'), created_on = created_on + (now() - '2026-11-26 22:02:20.214701+00'), updated_on = updated_on + (now() - '2026-11-26 22:02:20.214701+00');
update pgboss.job_common set start_after = start_after + (now() - '2026-11-26 22:02:20.214701+00'), created_on = created_on + (now() - '2026-11-26 22:02:20.214701+00'), started_on = started_on + (now() - '2026-11-26 22:02:20.214701+00'), completed_on = completed_on + (now() - '2026-11-26 22:02:20.214701+00'), keep_until = keep_until + (now() - '2026-11-26 22:02:20.214701+00'), heartbeat_on = heartbeat_on + (now() - '2026-11-26 22:02:20.214701+00'), source_created_on = source_created_on + (now() - '2026-11-26 22:02:20.214701+00');
alter table public.assets enable trigger user;
alter table public.people enable trigger user;
alter table public.identities enable trigger user;
alter table public.groups enable trigger user;
alter table public.accounts enable trigger user;
alter table public.transfers enable trigger user;
alter table public.entries enable trigger user;
alter table public.requests enable trigger user;
alter table public.changes enable trigger user;
alter table public.cards enable trigger user;
alter table public.tokens enable trigger user;
alter table public.sessions enable trigger user;
alter table public.sweeps enable trigger user;
