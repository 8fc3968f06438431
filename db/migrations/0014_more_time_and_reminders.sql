ALTER TYPE "public"."outbox_event" ADD VALUE 'extended';--> statement-breakpoint
ALTER TYPE "public"."outbox_event" ADD VALUE 'reminded';--> statement-breakpoint
CREATE TABLE "extensions" (
	"transfer_id" uuid PRIMARY KEY NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reminders" (
	"transfer_id" uuid NOT NULL,
	"turn" smallint NOT NULL,
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "reminders_transfer_id_turn_pk" PRIMARY KEY("transfer_id","turn"),
	CONSTRAINT "reminders_twice" CHECK ("reminders"."turn" in (1, 2))
);
--> statement-breakpoint
create or replace function extend_transfer() returns trigger language plpgsql as $$
begin
  perform from transfers where id = new.transfer_id for no key update;
  update transfers set expires_at = new.expires_at
  where id = new.transfer_id and state = 'open' and clock_timestamp() < expires_at and expires_at < new.expires_at;
  if not found then
    raise exception 'more time for what is over, or not more' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
create or replace function check_reminder() returns trigger language plpgsql as $$
begin
  perform from transfers
  where id = new.transfer_id and state = 'open' and clock_timestamp() < expires_at and recipient <> 'anyone' for no key update;
  if not found or new.turn <> (select count(*) + 1 from reminders where transfer_id = new.transfer_id)
    or exists (select from reminders where transfer_id = new.transfer_id and at > clock_timestamp() - interval '1 hour')
  then
    raise exception 'a reminder of what is over or for anyone, too soon, or too many' using errcode = 'integrity_constraint_violation';
  end if;
  insert into outbox (events, transfers, accounts) values (array['reminded'::outbox_event], array[new.transfer_id], '{}');
  return new;
end $$;
--> statement-breakpoint
create trigger extensions_apply after insert on extensions
  for each row execute function extend_transfer();
--> statement-breakpoint
create trigger extensions_append_only before update or delete or truncate on extensions
  for each statement execute function refuse_change('extensions are append-only');
--> statement-breakpoint
create trigger reminders_check before insert on reminders
  for each row execute function check_reminder();
