ALTER TYPE "public"."recipient_kind" ADD VALUE 'members';--> statement-breakpoint
ALTER TABLE "transfers" DROP CONSTRAINT "transfers_recipient";--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_recipient" CHECK (("transfers"."recipient" = 'account') = ("transfers"."to_account" is not null) and ("transfers"."recipient" = 'handle') = ("transfers"."to_handle" is not null) and ("transfers"."recipient"::text <> 'members' or "transfers"."group_id" is not null));--> statement-breakpoint
create or replace function check_reminder() returns trigger language plpgsql as $$
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
