"""What protects append-only is looked at whole: every way round it that a role can be given is named, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from ledger.faults import Fault, FaultLog
from ledger.opening import create_tables, open_ledger
from ledger.schema import TABLES as TABLE_NAMES
from ledger.schema import grant_statements
from ledger.verify_protection import check_protection
from tests.conftest import Database
from tests.ledgers import ORIGIN, SIGNER, TABLES

PASSWORD = "made-up"
ROLES = ("owner", "service", "reader", "other")


@dataclass
class Place:
    """A ledger on a server of one's own: roles `<name>_owner`, `_service`, `_reader`, as its page says to make them."""

    name: str
    admin_dsn: str

    def dsn(self, role: str) -> str:
        return psycopg.conninfo.make_conninfo(self.admin_dsn, user=f"{self.name}_{role}", password=PASSWORD)

    def tamper(self, statements: str) -> None:
        """As the server's administrator; `@owner` and the others stand for the roles, `@database` for the database."""
        for role in ROLES:
            statements = statements.replace(f"@{role}", f'"{self.name}_{role}"')
        with psycopg.connect(self.admin_dsn, autocommit=True) as connection:
            connection.execute(statements.replace("@database", f'"{self.name}"').encode())

    def found(self, role: str = "service") -> tuple[list[Fault], list[Fault]]:
        """(faults, notes), as `role` sees them."""
        log, notes = FaultLog(), FaultLog()
        with psycopg.connect(self.dsn(role), autocommit=True) as connection:
            check_protection(connection, TABLES, log, notes)
        return log.faults(), notes.faults()

    def named(self, role: str = "service") -> set[tuple[str, str, str]]:
        """(code, role, what) of everything found, one by one, the roles without their prefix."""
        return {
            (fault.code, str(fault.params.get("role", "")).removeprefix(f"{self.name}_"), what)
            for found in self.found(role)
            for fault in found
            for what in [str(fault.params["what"]), *str(fault.params["what"]).split(", ")]
        }


@pytest.fixture
def place(database: Database) -> Iterator[Place]:
    place = Place(database.name, database.admin_dsn)
    everybody = ", ".join(f"@{role}" for role in ROLES)
    place.tamper("".join(f"CREATE ROLE @{role} LOGIN PASSWORD '{PASSWORD}';" for role in ROLES))
    try:
        place.tamper("ALTER DATABASE @database OWNER TO @owner")
        with psycopg.connect(place.dsn("owner"), autocommit=True) as connection:
            create_tables(connection, TABLES)
            for statement in grant_statements(TABLES, f"{place.name}_service"):
                connection.execute(statement)
            open_ledger(connection, TABLES, ORIGIN, log_keys=[SIGNER.key])
        place.tamper("GRANT USAGE ON SCHEMA ledger TO @reader; GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO @reader")
        yield place
    finally:
        place.tamper(f"ALTER DATABASE @database OWNER TO postgres; REASSIGN OWNED BY {everybody} TO postgres")
        place.tamper(f"DROP OWNED BY {everybody}; DROP ROLE {everybody}")


@pytest.mark.parametrize("role", ["owner", "service", "reader"])
def test_a_ledger_set_up_as_the_page_says_has_nothing_to_tell(place: Place, role: str):
    assert place.found(role) == ([], [])


def test_an_owner_who_makes_roles_and_an_administrator_who_is_one_are_no_fault(place: Place):
    place.tamper("GRANT @service TO @owner; ALTER ROLE @owner CREATEROLE")
    assert place.found() == ([], [])
    place.tamper("REVOKE @service FROM @owner; GRANT @owner TO @other")
    place.tamper("GRANT SELECT, INSERT ON ledger.test_lines TO @owner; CREATE INDEX ON ledger.test_lines (version)")
    place.tamper("CREATE RULE r AS ON INSERT TO ledger.test_lines DO ALSO NOTHING; DROP RULE r ON ledger.test_lines")
    assert place.found() == ([], [])


def test_a_schema_that_somebody_else_made_for_the_owner_is_no_fault(place: Place):
    place.tamper("ALTER SCHEMA ledger OWNER TO postgres; GRANT ALL ON SCHEMA ledger TO @owner")
    assert place.found() == ([], [])


RIGHTS = [
    ("GRANT UPDATE ON ledger.test_lines TO @service", ("protection.right", "service", "UPDATE")),
    ("GRANT DELETE ON ledger.test_heads TO @reader", ("protection.right", "reader", "DELETE")),
    ("GRANT TRUNCATE ON ledger.test_vault TO @other", ("protection.right", "other", "TRUNCATE")),
    ("GRANT TRIGGER ON ledger.test_tiles TO @service", ("protection.right", "service", "TRIGGER")),
    ("GRANT REFERENCES ON ledger.test_lines TO @service", ("protection.right", "service", "REFERENCES")),
    ("GRANT UPDATE (line) ON ledger.test_lines TO @service", ("protection.right", "service", "UPDATE")),
    ("GRANT INSERT ON ledger.test_lines TO PUBLIC", ("protection.right", "PUBLIC", "INSERT")),
    ("GRANT UPDATE ON ledger.test_vault_keys TO PUBLIC", ("protection.right", "PUBLIC", "UPDATE")),
    ("GRANT CREATE ON SCHEMA ledger TO @service", ("protection.right", "service", "CREATE")),
    (
        "GRANT INSERT ON ledger.test_lines TO @service WITH GRANT OPTION",
        ("protection.right", "service", "INSERT WITH GRANT OPTION"),
    ),
    ("GRANT SET ON PARAMETER session_replication_role TO @service", ("protection.right", "service", "SET")),
    ("GRANT @owner TO @service", ("protection.owner", "service", "ledger.test_lines")),
    ("GRANT @owner TO @other; GRANT @other TO @reader", ("protection.owner", "reader", "ledger.test_heads")),
    ("GRANT @owner, @service TO @other", ("protection.owner", "other", "ledger.test_lines")),
    ("ALTER TABLE ledger.test_lines OWNER TO @service", ("protection.owner", "service", "ledger.test_lines")),
    (
        "; ".join(f"ALTER TABLE ledger.test_{table} OWNER TO @service" for table in TABLE_NAMES),
        ("protection.owner", "service", "ledger.test_lines"),
    ),
    ("ALTER TABLE ledger.test_tiles OWNER TO @service", ("protection.owner", "service", "ledger.test_tiles")),
    ("ALTER SCHEMA ledger OWNER TO @service", ("protection.owner", "service", "schema ledger")),
    (
        "ALTER FUNCTION ledger.test_no_change OWNER TO @service",
        ("protection.owner", "service", "function ledger.test_no_change"),
    ),
    ("ALTER ROLE @service SUPERUSER", ("protection.role", "service", "SUPERUSER")),
    ("ALTER ROLE @service CREATEROLE", ("protection.role", "service", "CREATEROLE")),
    ("ALTER ROLE @reader BYPASSRLS", ("protection.role", "reader", "BYPASSRLS")),
    ("ALTER ROLE @service REPLICATION", ("protection.role", "service", "REPLICATION")),
    ("GRANT pg_write_all_data TO @service", ("protection.role", "service", "pg_write_all_data")),
    ("GRANT pg_write_all_data TO @other; GRANT @other TO @reader", ("protection.role", "reader", "pg_write_all_data")),
    ("GRANT pg_execute_server_program TO @service", ("protection.role", "service", "pg_execute_server_program")),
]


@pytest.mark.parametrize(("statements", "expected"), RIGHTS, ids=[statements for statements, _ in RIGHTS])
def test_whatever_lets_a_role_undo_append_only_is_named_by_role_and_right(
    place: Place, statements: str, expected: tuple[str, str, str]
):
    place.tamper(statements)
    assert expected in place.named()
    assert expected in place.named("owner")
    faults, _ = place.found()
    assert any(fault.code == expected[0] for fault in faults)


def test_maintenance_of_the_tables_is_a_right_too_where_there_is_one(place: Place):
    with psycopg.connect(place.admin_dsn) as connection:
        version = connection.info.server_version
    right = "MAINTAIN" if version >= 170000 else "TRIGGER"
    place.tamper(f"GRANT {right} ON ledger.test_lines TO @service")
    assert place.named() == {("protection.right", "service", right)}


EXTRAS = [
    (
        "ALTER TABLE ledger.test_lines ADD CHECK (index < 9)",
        ("protection.extra", "", "CHECK ((index < 9))"),
    ),
    (
        "CREATE UNIQUE INDEX quiet ON ledger.test_lines (version)",
        ("protection.extra", "", "CREATE UNIQUE INDEX quiet ON ledger.test_lines USING btree (version)"),
    ),
    (
        "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER quiet BEFORE INSERT ON ledger.test_lines FOR EACH ROW EXECUTE FUNCTION t()",
        ("protection.stranger", "", "quiet"),
    ),
    ("CREATE RULE quiet AS ON INSERT TO ledger.test_heads DO INSTEAD NOTHING", ("protection.table", "", "rules")),
    ("ALTER FUNCTION ledger.test_no_change SECURITY DEFINER", ("protection.trigger", "", "changed")),
    ("ALTER FUNCTION ledger.test_no_change SET search_path = public", ("protection.trigger", "", "changed")),
    ("ALTER TABLE ledger.test_heads ENABLE REPLICA TRIGGER append_only", ("protection.trigger", "", "missing")),
]


@pytest.mark.parametrize(("statements", "expected"), EXTRAS, ids=[statements for statements, _ in EXTRAS])
def test_what_was_added_to_or_taken_from_the_tables_is_named(
    place: Place, statements: str, expected: tuple[str, str, str]
):
    place.tamper(statements)
    assert expected in place.named()


NOTES = [
    ("REVOKE INSERT ON ALL TABLES IN SCHEMA ledger FROM @service", "protection.owner-writes", "owner", ""),
    ("ALTER ROLE @service SET work_mem = '1GB'", "protection.stored", "service", "work_mem=1GB"),
    ("ALTER ROLE @service IN DATABASE @database SET jit = on", "protection.stored", "service", "jit=on"),
    ("ALTER ROLE @reader SET made.up = 'x'", "protection.stored", "reader", "made.up"),
    ("ALTER DATABASE @database SET search_path = public", "protection.stored", "*", "search_path=public"),
    (
        "CREATE FUNCTION ledger.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "protection.definer",
        "",
        "ledger.f()",
    ),
    (
        "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
        "CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION e()",
        "protection.event-trigger",
        "",
        "e",
    ),
    (
        "ALTER TABLE ledger.test_vault_keys DROP CONSTRAINT test_vault_keys_kek_check",
        "protection.bound",
        "",
        "CHECK ((octet_length(kek) <= 255))",
    ),
]


@pytest.mark.parametrize(("statements", "code", "role", "what"), NOTES, ids=[note[0] for note in NOTES])
def test_what_is_only_worth_knowing_is_a_note(place: Place, statements: str, code: str, role: str, what: str):
    place.tamper(statements)
    faults, notes = place.found("owner")
    assert faults == []
    (note,) = notes
    assert note.code == code
    assert note.params.get("what", "") == what
    assert str(note.params.get("role", "")).endswith(role)


def test_settings_of_others_and_plain_ones_of_the_database_are_nobodys_business(place: Place):
    place.tamper("ALTER ROLE @other SET search_path = public; ALTER ROLE @owner SET jit = off")
    place.tamper("ALTER DATABASE @database SET work_mem = '8MB'")
    assert place.found() == ([], [])
