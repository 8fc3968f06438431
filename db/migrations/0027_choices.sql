CREATE TABLE "choices" (
	"number" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "choices_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"messenger" text NOT NULL,
	"chat" text NOT NULL,
	"action" text NOT NULL,
	"shown_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "choices_action" UNIQUE("messenger","chat","action")
);
--> statement-breakpoint
CREATE INDEX "choices_shown" ON "choices" USING btree ("shown_at");