"""Who could undo append-only: owners, roles, rights and stored settings, as the database has them.

The tables' owner and superusers are trusted here, as the design says: they can undo anything, and put it back before
anybody looks. Looked at is everybody else who was given something on the ledger, the service and its readers, and
whoever logs in as one of these by membership. None of them can hide what they are: it takes the owner's rights.
"""

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from ledger.faults import FaultLog
from ledger.schema import TABLES, Tables

_POWERS = {
    "rolsuper": "SUPERUSER",
    "rolcreaterole": "CREATEROLE",
    "rolreplication": "REPLICATION",
    "rolbypassrls": "BYPASSRLS",
}
_GROUPS = (
    "pg_write_all_data",
    "pg_maintain",
    "pg_execute_server_program",
    "pg_write_server_files",
    "pg_read_server_files",
    "pg_signal_backend",
    "pg_create_subscription",
)
"""Predefined roles whose members can write, lock, read or disturb more than the ledger's own grants say."""
_TELLING = (
    "session_replication_role",
    "search_path",
    "row_security",
    "role",
    "default_transaction_",
    "synchronous_commit",
    "statement_timeout",
    "lock_timeout",
    "transaction_timeout",
    "idle_",
    "standard_conforming_strings",
)
"""How the names of settings begin that matter even where they are stored for a whole database."""


@dataclass(frozen=True)
class _Role:
    oid: int
    name: str
    powers: tuple[str, ...]

    @property
    def superuser(self) -> bool:
        return "SUPERUSER" in self.powers


def check_rights(connection: Connection[Any], tables: Tables, log: FaultLog, notes: FaultLog) -> None:
    """Ownership, powers, memberships, rights, functions, event triggers and stored settings.

    Any role that can connect sees all of these. Raises psycopg errors as they come.
    """
    roles = _roles_with_rights(connection, tables)
    _check_rights(connection, tables, log)
    _check_parameters(connection, roles, log)
    for role in roles:
        for power in role.powers:
            log.add("protection.role", where="database", kind=role.name + power, role=role.name, what=power)
    plain = [role for role in roles if not role.superuser]
    _check_owners(connection, tables, plain, log)
    _check_groups(connection, plain, log)
    _check_writer(connection, tables, log, notes)
    _check_definers(connection, tables, plain, notes)
    _check_event_triggers(connection, notes)
    _check_settings(connection, roles, log, notes)


_GRANTS = """
  SELECT c.relowner AS owner, a.grantee, a.privilege_type AS may, a.is_grantable AS grantable,
    n.nspname || '.' || c.relname AS what, 'table' AS kind
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
  WHERE n.nspname = %(schema)s AND c.relname = ANY(%(tables)s)
UNION ALL
  SELECT c.relowner, a.grantee, a.privilege_type, a.is_grantable,
    n.nspname || '.' || c.relname || ' (' || t.attname || ')', 'table'
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute t ON t.attrelid = c.oid AND NOT t.attisdropped, aclexplode(t.attacl) a
  WHERE n.nspname = %(schema)s AND c.relname = ANY(%(tables)s)
UNION ALL
  SELECT n.nspowner, a.grantee, a.privilege_type, a.is_grantable, n.nspname, 'schema'
  FROM pg_namespace n, aclexplode(n.nspacl) a WHERE n.nspname = %(schema)s
"""
_WITH_OWNERS = f"""WITH granted AS ({_GRANTS}), owners AS (
  -- A table that was made over to whoever may append to another is not in good hands.
  SELECT owner FROM granted WHERE kind = 'table'
  EXCEPT SELECT grantee FROM granted WHERE kind = 'table' AND grantee <> owner AND may = 'INSERT'
)"""
_ROLES = f"""{_WITH_OWNERS}, given AS (
  SELECT grantee FROM granted WHERE grantee <> owner AND grantee <> 0 EXCEPT SELECT owner FROM owners
)
SELECT r.oid, r.rolname::text, r.rolsuper, r.rolcreaterole, r.rolreplication, r.rolbypassrls FROM pg_roles r
WHERE r.oid IN (SELECT grantee FROM given)
  OR NOT r.rolsuper AND r.oid NOT IN (SELECT owner FROM owners) AND EXISTS (
    SELECT FROM given g JOIN pg_roles o ON o.oid = g.grantee WHERE ACTS_AS)
ORDER BY 2"""


def _names(tables: Tables) -> dict[str, Any]:
    return {"schema": tables.schema, "tables": [f"{tables.name}_{table}" for table in TABLES]}


def _roles_with_rights(connection: Connection[Any], tables: Tables) -> list[_Role]:
    """Who was given anything, and who can act as one of these. From PostgreSQL 16 on, whoever makes a role is a member
    of it, and still cannot act as it."""
    acts_as = "pg_has_role(r.oid, g.grantee, 'MEMBER')"
    if connection.info.server_version >= 160000:
        acts_as = "(pg_has_role(r.oid, g.grantee, 'USAGE') OR pg_has_role(r.oid, g.grantee, 'SET'))"
    query = _ROLES.replace("ACTS_AS", acts_as)
    return [
        _Role(oid, name, tuple(word for word, has in zip(_POWERS.values(), powers, strict=True) if has))
        for oid, name, *powers in connection.execute(query.encode(), _names(tables)).fetchall()
    ]


def _check_rights(connection: Connection[Any], tables: Tables, log: FaultLog) -> None:
    """Beyond SELECT and INSERT on tables, and USAGE of the schema; and nobody may hand rights on."""
    query = (
        f"{_WITH_OWNERS} SELECT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee)::text END,"
        " may || CASE WHEN grantable THEN ' WITH GRANT OPTION' ELSE '' END, what FROM granted"
        " WHERE grantee <> owner AND grantee NOT IN (SELECT owner FROM owners)"
        " AND (grantable OR kind = 'schema' AND may <> 'USAGE'"
        " OR kind = 'table' AND may <> 'SELECT' AND (may <> 'INSERT' OR grantee = 0)) ORDER BY 3, 1, 2"
    )
    rows = connection.execute(query.encode(), _names(tables)).fetchall()
    for role, right, what in rows:
        log.add("protection.right", where="database", kind=f"{what}{role}{right}", table=what, role=role, what=right)


def _check_parameters(connection: Connection[Any], roles: list[_Role], log: FaultLog) -> None:
    """With session_replication_role granted, a role needs no owner to keep the triggers from firing."""
    rows = connection.execute(
        "SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END, a.privilege_type,"
        " p.parname FROM pg_parameter_acl p, aclexplode(p.paracl) a WHERE a.grantee = 0 OR a.grantee = ANY(%s)",
        ([role.oid for role in roles],),
    ).fetchall()
    for role, right, parameter in rows:
        log.add("protection.right", where="database", kind=f"{parameter}{role}{right}", table=parameter, role=role,
                what=right)  # fmt: skip


def _check_owners(connection: Connection[Any], tables: Tables, roles: list[_Role], log: FaultLog) -> None:
    rows = connection.execute(
        "SELECT r.rolname::text, string_agg(o.what, ', ' ORDER BY o.what), pg_get_userbyid(o.owner)::text FROM ("
        " SELECT n.nspname || '.' || c.relname AS what, c.relowner AS owner FROM pg_class c"
        "  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %(schema)s AND c.relname = ANY(%(tables)s)"
        " UNION ALL SELECT 'schema ' || nspname, nspowner FROM pg_namespace WHERE nspname = %(schema)s"
        " UNION ALL SELECT 'function ' || n.nspname || '.' || p.proname, p.proowner FROM pg_proc p"
        "  JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = %(schema)s"
        " UNION ALL SELECT 'database ' || datname, datdba FROM pg_database WHERE datname = current_database()"
        ") o JOIN pg_roles r ON r.oid = ANY(%(roles)s) AND pg_has_role(r.oid, o.owner, 'MEMBER')"
        " GROUP BY r.rolname, o.owner ORDER BY 1, 3",
        _names(tables) | {"roles": [role.oid for role in roles]},
    ).fetchall()
    for role, what, owner in rows:
        log.add("protection.owner", where="database", kind=role + owner, role=role, what=what, owner=owner)


def _check_groups(connection: Connection[Any], roles: list[_Role], log: FaultLog) -> None:
    rows = connection.execute(
        "SELECT r.rolname::text, g.rolname::text FROM pg_roles r JOIN pg_roles g ON g.rolname = ANY(%s)"
        " WHERE r.oid = ANY(%s) AND pg_has_role(r.oid, g.oid, 'MEMBER') ORDER BY 1, 2",
        (list(_GROUPS), [role.oid for role in roles]),
    ).fetchall()
    for role, group in rows:
        log.add("protection.role", where="database", kind=role + group, role=role, what=group)


def _check_writer(connection: Connection[Any], tables: Tables, log: FaultLog, notes: FaultLog) -> None:
    """Where nobody but the owner may append, the service can only be the owner. An application may be set up so; but an
    owner who cannot make a table there did not make these: they were made over to it."""
    query = (
        "SELECT pg_get_userbyid(c.relowner)::text, has_schema_privilege(c.relowner, n.oid, 'CREATE'),"
        f" EXISTS (SELECT FROM ({_GRANTS}) g WHERE kind = 'table' AND grantee <> owner AND may = 'INSERT')"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %(schema)s AND c.relname = %(lines)s"
    )
    for owner, may_create, others in connection.execute(
        query.encode(), _names(tables) | {"lines": f"{tables.name}_lines"}
    ).fetchall():
        if not others and may_create:
            notes.add("protection.owner-writes", where="database", role=owner)
        elif not others:
            what = f"{tables.schema}.{tables.name}_lines"
            log.add("protection.owner", where="database", kind=owner, role=owner, what=what, owner=owner)


def _check_definers(connection: Connection[Any], tables: Tables, roles: list[_Role], notes: FaultLog) -> None:
    """Functions that do with the rights of the tables' owner, or of a superuser, what a role calls them for."""
    rows = connection.execute(
        "SELECT p.oid::regprocedure::text, string_agg(r.rolname, ', ' ORDER BY r.rolname) FROM pg_proc p"
        " JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_roles o ON o.oid = p.proowner"
        " JOIN pg_roles r ON r.oid = ANY(%(roles)s) AND has_function_privilege(r.oid, p.oid, 'EXECUTE')"
        "  AND has_schema_privilege(r.oid, n.oid, 'USAGE')"
        " WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND (o.rolsuper OR p.proowner IN"
        "  (SELECT relowner FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace"
        "   WHERE s.nspname = %(schema)s AND c.relname = ANY(%(tables)s))) GROUP BY p.oid ORDER BY 1",
        _names(tables) | {"roles": [role.oid for role in roles]},
    ).fetchall()
    for function, names in rows:
        notes.add("protection.definer", where="database", kind=function, what=function, role=names)


def _check_event_triggers(connection: Connection[Any], notes: FaultLog) -> None:
    rows = connection.execute(
        "SELECT t.evtname::text, t.evtevent::text FROM pg_event_trigger t WHERE t.evtenabled <> 'D' ORDER BY 1"
    ).fetchall()
    for name, event in rows:
        notes.add("protection.event-trigger", where="database", kind=name, what=name, event=event)


def _check_settings(connection: Connection[Any], roles: list[_Role], log: FaultLog, notes: FaultLog) -> None:
    """What is stored for roles and databases and comes back with every session. Triggers do not fire where sessions
    replicate; nobody's session should, by default. Everything else is overridden by us, and told all the same."""
    rows = connection.execute(
        "SELECT coalesce(d.datname, '*'), coalesce(r.rolname, '*'), s.setrole, split_part(c, '=', 1),"
        " substring(c FROM position('=' IN c) + 1)"
        " FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) c LEFT JOIN pg_database d ON d.oid = s.setdatabase"
        " LEFT JOIN pg_roles r ON r.oid = s.setrole WHERE s.setdatabase = 0 OR d.datname = current_database()"
        " ORDER BY 1, 2, 4"
    ).fetchall()
    given, replicating = {role.oid for role in roles}, False
    for database, role, oid, name, value in rows:
        what = f"{name} ({database}, {role})"
        if name == "session_replication_role" and value != "origin":
            replicating = True
            log.add("protection.setting", where="database", kind=what, what=what)
        elif oid in given or (oid == 0 and name.startswith(_TELLING)):
            # An application's own settings (with a dot) may hold what is nobody's business.
            shown = name if "." in name else f"{name}={value}"
            notes.add("protection.stored", where="database", kind=what, role=role, database=database, what=shown)
    row = connection.execute("SELECT current_setting('session_replication_role')").fetchone()
    if row is not None and row[0] != "origin" and not replicating:
        log.add("protection.setting", where="database", what=f"session_replication_role = {row[0]}")
