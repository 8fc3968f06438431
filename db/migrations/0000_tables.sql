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