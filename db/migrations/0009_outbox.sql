CREATE TYPE "public"."outbox_event" AS ENUM('created', 'claimed', 'cancelled', 'declined', 'returned');--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"events" "outbox_event"[] NOT NULL,
	"transfers" uuid[] NOT NULL,
	"accounts" uuid[] NOT NULL
);
--> statement-breakpoint
-- A row is written and deleted once: as long as it fits on a page, it is not worth compressing, or keeping elsewhere.
alter table outbox set (toast_tuple_target = 8160);
--> statement-breakpoint
-- What nobody was told of yet: of each transfer the last thing that happened to it, as `changes` says no more.
insert into outbox (events, transfers, accounts)
select array[case e.kind when 'fund' then 'created' when 'collect' then 'claimed' else e.leaves::text end::outbox_event],
  array[e.transfer_id], array[e.account_id]
from (
  select transfer, max(changes.id) as turn from changes, unnest(changes.transfers) as transfer group by transfer
) untold
cross join lateral (
  select * from entries where transfer_id = untold.transfer order by id desc limit 1
) e
order by untold.turn, e.id;
--> statement-breakpoint
DROP TABLE "changes";
