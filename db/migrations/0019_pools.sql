ALTER TABLE "asks" ADD COLUMN "kind" text DEFAULT 'request' NOT NULL;--> statement-breakpoint
-- What answers an ask goes to who asked, from somebody else, before its end. A part is paid by whom it asks, at once; the id of its
-- transfer is fixed, so it is paid once. What is given for a pool waits for the goal, as long as the pool lasts: with what reaches it
-- all of it is collected, in one statement. It is checked at the commit, and the ask's row is locked, as it may be ended, or others may
-- give, at the same moment.
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
    and payer.id = new.from_account and payer.person_id <> a.made_by
    and payee.id = new.to_account and payee.person_id = a.made_by and payee.asset = a.asset
    and case a.kind when 'pool' then new.expires_at = a.expires_at else exists (
      select from ask_parts part
      where part.transfer_id = new.id and part.ask_id = a.id and part.amount = new.amount
        and (part.person_id is null or part.person_id = payer.person_id)) end
  returning a.* into counted;
  if counted.id is null or (not (counted.kind = 'pool' and counted.paid < counted.total)
    and exists (select from transfers t where t.ask_id = counted.id and t.state = 'open')) then
    raise exception 'not what was asked for, not to who asked, after the end of the ask, or left open' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
drop trigger transfers_answer_asks on transfers;
--> statement-breakpoint
create constraint trigger transfers_answer_asks after insert or update on transfers deferrable initially deferred
  for each row when (new.ask_id is not null)
  execute function count_payment();
--> statement-breakpoint
drop trigger asks_keep_their_terms on asks;
--> statement-breakpoint
create trigger asks_keep_their_terms before update of id, kind, group_id, made_by, asset, total, own, note, created_at, expires_at on asks
  for each statement execute function refuse_change('the terms of an ask stay');
