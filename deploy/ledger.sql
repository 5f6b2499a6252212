-- The ledger ledger.casework: tables, append-only guards, and the rights of the role mingzhang_service.
-- Printed by `mingzhang schema`. Run it once, as the role that shall own the ledger and that the service is
-- not: psql -v ON_ERROR_STOP=1 -1 -f ledger.sql

CREATE SCHEMA "ledger";

CREATE TABLE "ledger"."casework_lines" (
  index   bigint PRIMARY KEY CHECK (index >= 0),
  version bigint NOT NULL,
  stream  uuid NOT NULL,
  act     uuid UNIQUE,
  type    text NOT NULL CHECK (octet_length(type) <= 1024),
  line    bytea NOT NULL CHECK (octet_length(line) <= 65535),
  UNIQUE (stream, version)
) WITH (toast_tuple_target = 4080);

ALTER TABLE "ledger"."casework_lines" ALTER COLUMN line SET STORAGE EXTERNAL;

CREATE INDEX "casework_lines_type" ON "ledger"."casework_lines" (type, index);

CREATE TABLE "ledger"."casework_tiles" (
  level  smallint NOT NULL,
  n      bigint NOT NULL,
  hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
  PRIMARY KEY (level, n)
);

ALTER TABLE "ledger"."casework_tiles" ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE TABLE "ledger"."casework_heads" (
  size bigint PRIMARY KEY CHECK (size > 0),
  root bytea NOT NULL CHECK (octet_length(root) = 32)
);

CREATE TABLE "ledger"."casework_vault" (
  index  bigint PRIMARY KEY,
  sealed bytea[] NOT NULL CHECK (pg_column_size(sealed) <= 2097152)
);

CREATE TABLE "ledger"."casework_vault_keys" (
  stream  uuid PRIMARY KEY,
  kek     text NOT NULL CHECK (octet_length(kek) <= 255),
  wrapped bytea NOT NULL CHECK (octet_length(wrapped) <= 1024)
);

CREATE FUNCTION "ledger"."casework_no_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', HINT = 'Corrections are new acts. See mingzhang act --help.';
END $$;

CREATE TRIGGER append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON "ledger"."casework_lines"
  FOR EACH STATEMENT EXECUTE FUNCTION "ledger"."casework_no_change"();

CREATE TRIGGER append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON "ledger"."casework_tiles"
  FOR EACH STATEMENT EXECUTE FUNCTION "ledger"."casework_no_change"();

CREATE TRIGGER append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON "ledger"."casework_heads"
  FOR EACH STATEMENT EXECUTE FUNCTION "ledger"."casework_no_change"();

CREATE TRIGGER append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON "ledger"."casework_vault"
  FOR EACH STATEMENT EXECUTE FUNCTION "ledger"."casework_no_change"();

CREATE TRIGGER append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON "ledger"."casework_vault_keys"
  FOR EACH STATEMENT EXECUTE FUNCTION "ledger"."casework_no_change"();

GRANT USAGE ON SCHEMA "ledger" TO "mingzhang_service";

REVOKE ALL ON "ledger"."casework_lines" FROM PUBLIC, "mingzhang_service";

GRANT SELECT, INSERT ON "ledger"."casework_lines" TO "mingzhang_service";

REVOKE ALL ON "ledger"."casework_tiles" FROM PUBLIC, "mingzhang_service";

GRANT SELECT, INSERT ON "ledger"."casework_tiles" TO "mingzhang_service";

REVOKE ALL ON "ledger"."casework_heads" FROM PUBLIC, "mingzhang_service";

GRANT SELECT, INSERT ON "ledger"."casework_heads" TO "mingzhang_service";

REVOKE ALL ON "ledger"."casework_vault" FROM PUBLIC, "mingzhang_service";

GRANT SELECT, INSERT ON "ledger"."casework_vault" TO "mingzhang_service";

REVOKE ALL ON "ledger"."casework_vault_keys" FROM PUBLIC, "mingzhang_service";

GRANT SELECT, INSERT ON "ledger"."casework_vault_keys" TO "mingzhang_service";
