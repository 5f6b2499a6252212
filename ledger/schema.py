"""The ledger's tables, and the triggers and grants that keep them append-only.

Every ledger has a schema and a name; its tables are `<schema>.<name>_lines`, `…_tiles`, `…_heads`, `…_vault` and
`…_vault_keys`. Trusted: nothing here. Whoever owns the tables can drop the triggers; `verify` finds what they change.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from psycopg import sql

TABLES = ("lines", "tiles", "heads", "vault", "vault_keys")


@dataclass(frozen=True)
class Tables:
    """Where one ledger lives. `stream_type` is `uuid` or `text`, as the application's ids are."""

    schema: str
    name: str
    stream_type: str = "uuid"

    def __getitem__(self, table: str) -> sql.Identifier:
        return sql.Identifier(self.schema, f"{self.name}_{table}")

    @property
    def channel(self) -> str:
        """The NOTIFY channel, shortened to PostgreSQL's 63 bytes."""
        channel = f"{self.schema}.{self.name}"
        return channel if len(channel.encode()) < 64 else "ledger." + sha256(channel.encode()).hexdigest()[:48]

    @property
    def lock(self) -> int:
        """The advisory lock that serialises this ledger's commits (a signed 64-bit number)."""
        return int.from_bytes(
            sha256(f"ledger head {self.schema}.{self.name}".encode()).digest()[:8], "big", signed=True
        )

    def sql(self, text: str) -> sql.Composed:
        """`text` with {lines}, {tiles}, … {schema}, {stream_type} filled in."""
        return _filled_in(self, text)


@lru_cache(maxsize=512)
def _filled_in(tables: Tables, text: str) -> sql.Composed:
    """Rendered once: psycopg would quote every name again at each execution."""
    composed = sql.SQL(text).format(
        **{table: tables[table] for table in TABLES},
        schema=sql.Identifier(tables.schema),
        stream_type=sql.SQL(tables.stream_type),
        no_change=sql.Identifier(tables.schema, f"{tables.name}_no_change"),
        type_index=sql.Identifier(f"{tables.name}_lines_type"),
    )
    return sql.Composed([sql.SQL(composed.as_string())])


_CREATE = (
    # `line` is everything; the other columns are an index into it, and `verify` compares them with it. The bounds on
    # sizes are those of a line and of a message, with room: whoever may INSERT shall not fill the disk with one row.
    """CREATE TABLE {lines} (
  index   bigint PRIMARY KEY CHECK (index >= 0),
  version bigint NOT NULL,
  stream  {stream_type} NOT NULL,
  act     uuid UNIQUE,
  type    text NOT NULL CHECK (octet_length(type) <= 1024),
  line    bytea NOT NULL CHECK (octet_length(line) <= 65535),
  UNIQUE (stream, version)
) WITH (toast_tuple_target = 4080)""",
    # A line is mostly base64 and a tile is random: compressing them costs time and gains nothing. Up to half a page it
    # stays beside its columns: measured, lines of 2 to 4 kB are recorded a fifth faster and take 5 % less disk so.
    "ALTER TABLE {lines} ALTER COLUMN line SET STORAGE EXTERNAL",
    # Rare types are found without reading what lies between.
    "CREATE INDEX {type_index} ON {lines} (type, index)",
    """CREATE TABLE {tiles} (
  level  smallint NOT NULL,
  n      bigint NOT NULL,
  hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
  PRIMARY KEY (level, n)
)""",
    "ALTER TABLE {tiles} ALTER COLUMN hashes SET STORAGE EXTERNAL",
    """CREATE TABLE {heads} (
  size bigint PRIMARY KEY CHECK (size > 0),
  root bytea NOT NULL CHECK (octet_length(root) = 32)
)""",
    """CREATE TABLE {vault} (
  index  bigint PRIMARY KEY,
  sealed bytea[] NOT NULL CHECK (pg_column_size(sealed) <= 2097152)
)""",
    """CREATE TABLE {vault_keys} (
  stream  {stream_type} PRIMARY KEY,
  kek     text NOT NULL CHECK (octet_length(kek) <= 255),
  wrapped bytea NOT NULL CHECK (octet_length(wrapped) <= 1024)
)""",
    """CREATE FUNCTION {no_change}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', HINT = 'Corrections are new acts. See mingzhang act --help.';
END $$""",
)

_TRIGGER = """CREATE TRIGGER append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON {%s}
  FOR EACH STATEMENT EXECUTE FUNCTION {no_change}()"""


def create_statements(tables: Tables) -> list[sql.Composed]:
    """What sets up one ledger's tables, triggers and functions, where there are none."""
    statements = [*_CREATE, *(_TRIGGER % table for table in TABLES)]
    return [tables.sql(statement) for statement in statements]


def grant_statements(tables: Tables, role: str) -> list[sql.Composed]:
    """What lets the service's role read and append, and nothing else."""
    grantee = sql.Identifier(role)
    statements = [
        sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(sql.Identifier(tables.schema), grantee),
    ]
    for table in TABLES:
        statements.append(sql.SQL("REVOKE ALL ON {} FROM PUBLIC, {}").format(tables[table], grantee))
        statements.append(sql.SQL("GRANT SELECT, INSERT ON {} TO {}").format(tables[table], grantee))
    return statements


def schema_sql(tables: Tables, role: str) -> str:
    """The whole set-up of one ledger as a script for `psql`, to be run by the tables' owner."""
    create_schema = sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(tables.schema))
    statements = [create_schema, *create_statements(tables), *grant_statements(tables, role)]
    body = ";\n\n".join(statement.as_string() for statement in statements)
    return (
        f"-- The ledger {tables.schema}.{tables.name}: tables, append-only guards, and the rights of the role {role}.\n"
        "-- Printed by `mingzhang schema`. Run it once, as the role that shall own the ledger and that the service is\n"
        "-- not: psql -v ON_ERROR_STOP=1 -1 -f ledger.sql\n\n"
        f"{body};\n"
    )
