CREATE TABLE "phrase_guesses" (
	"subject" text PRIMARY KEY NOT NULL,
	"tried" integer DEFAULT 0 NOT NULL,
	"since" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"until" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "phrase_hash" "bytea";--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "phrase_here" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "transfers_phrase" ON "transfers" USING btree ("phrase_hash") WHERE "transfers"."phrase_hash" is not null;--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_phrase" CHECK (case when "transfers"."phrase_hash" is null then not "transfers"."phrase_here" else "transfers"."to_account" is null and "transfers"."to_handle" is null and ("transfers"."group_id" is not null or not "transfers"."phrase_here") end);--> statement-breakpoint
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
--> statement-breakpoint
create trigger transfers_check_phrase after insert on transfers
  for each row when (new.phrase_hash is not null)
  execute function check_phrase();
