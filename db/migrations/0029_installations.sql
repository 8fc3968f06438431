CREATE TABLE "installations" (
	"messenger" text NOT NULL,
	"workspace" text NOT NULL,
	"sealed" text NOT NULL,
	"installed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "installations_messenger_workspace_pk" PRIMARY KEY("messenger","workspace")
);
