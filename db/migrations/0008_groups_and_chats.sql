-- A group meets in chats: until now each had the one that it was met in. Its id tells when that was.
CREATE TABLE "chats" (
	"messenger" text NOT NULL,
	"id" text NOT NULL,
	"group_id" uuid NOT NULL,
	"title" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "chats_messenger_id_pk" PRIMARY KEY("messenger","id")
);
--> statement-breakpoint
INSERT INTO "chats" ("messenger", "id", "group_id", "title", "created_at")
	SELECT "messenger", "chat", "id", "title",
		to_timestamp(('x' || left(replace("id"::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
	FROM "groups";
--> statement-breakpoint
ALTER TABLE "chats" ADD CONSTRAINT "chats_group_id_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "chats_group" ON "chats" USING btree ("group_id");--> statement-breakpoint
ALTER TABLE "groups" DROP CONSTRAINT "groups_chat";--> statement-breakpoint
ALTER TABLE "groups" DROP COLUMN "messenger";--> statement-breakpoint
ALTER TABLE "groups" DROP COLUMN "chat";--> statement-breakpoint
ALTER TABLE "groups" DROP COLUMN "title";--> statement-breakpoint
ALTER TABLE "groups" ADD COLUMN "merged_into" uuid;--> statement-breakpoint
ALTER TABLE "groups" ADD CONSTRAINT "groups_merged_into_groups_id_fk" FOREIGN KEY ("merged_into") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "groups" ADD CONSTRAINT "groups_merged_into_another" CHECK ("groups"."merged_into" <> "groups"."id");--> statement-breakpoint
CREATE INDEX "groups_merged_into" ON "groups" USING btree ("merged_into");--> statement-breakpoint
ALTER TABLE "identities" ADD COLUMN "seen_at" timestamp with time zone DEFAULT now() NOT NULL;
--> statement-breakpoint
-- A transfer's group never changes: where two groups become one, the younger one says so, in `merged_into`.
drop trigger transfers_change_to_a_group on transfers;
--> statement-breakpoint
drop function check_group();
--> statement-breakpoint
drop trigger transfers_follow_entries on transfers;
--> statement-breakpoint
create trigger transfers_follow_entries before update on transfers
  for each statement when (pg_trigger_depth() = 0)
  execute function refuse_change('transfers follow entries: insert an entry');
--> statement-breakpoint
-- A group that has lost its last chat would have books that nobody reaches.
create function check_group_has_chats() returns trigger language plpgsql
as $$
begin
  if exists (
    select from groups g
    where g.id = old.group_id and g.merged_into is null
      and not exists (select from chats c where c.group_id = g.id)
  ) then
    raise exception 'the last chat of a group' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger chats_leave_no_group_alone after delete or update of group_id on chats
  for each row execute function check_group_has_chats();
--> statement-breakpoint
create trigger chats_stay before truncate on chats
  for each statement execute function refuse_change('chats are never all deleted');
--> statement-breakpoint
-- A group that became part of another stays so.
create trigger groups_stay_merged before update of merged_into on groups
  for each row when (old.merged_into is not null and new.merged_into is null)
  execute function refuse_change('a group stays part of the one that it became part of');
