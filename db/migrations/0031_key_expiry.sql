ALTER TABLE "outbox" ADD COLUMN "at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
CREATE INDEX "requests_at" ON "requests" USING btree ("at");