CREATE TABLE "secret_keys" (
	"id" integer PRIMARY KEY NOT NULL,
	"hash" "bytea" NOT NULL
);
