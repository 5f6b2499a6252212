"""What protects the ledger's tables in the database, and whether it is all still there (who could undo it:
`verify_rights`).

None of it proves anything: whoever owns the tables can take it away and put it back. But that it is gone is worth
knowing before anybody uses it.
"""

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from ledger.faults import FaultLog
from ledger.schema import TABLES, Tables, create_statements
from ledger.verify_rights import check_rights

_COLUMNS = {
    "lines": {
        "index": "bigint",
        "version": "bigint",
        "stream": "",
        "act": "uuid nullable",
        "type": "text",
        "line": "bytea",
    },
    "tiles": {"level": "smallint", "n": "bigint", "hashes": "bytea"},
    "heads": {"size": "bigint", "root": "bytea"},
    "vault": {"index": "bigint", "sealed": "bytea[]"},
    "vault_keys": {"stream": "", "kek": "text", "wrapped": "bytea"},
}
_CONSTRAINTS = {
    "lines": {"PRIMARY KEY (index)", "UNIQUE (act)", "UNIQUE (stream, version)", "CHECK ((index >= 0))"},
    "tiles": {"PRIMARY KEY (level, n)", "CHECK ((octet_length(hashes) = 8192))"},
    "heads": {"PRIMARY KEY (size)", "CHECK ((size > 0))", "CHECK ((octet_length(root) = 32))"},
    "vault": {"PRIMARY KEY (index)"},
    "vault_keys": {"PRIMARY KEY (stream)"},
}
_BOUNDS = {
    "lines": {"CHECK ((octet_length(line) <= 65535))", "CHECK ((octet_length(type) <= 1024))"},
    "vault": {"CHECK ((pg_column_size(sealed) <= 2097152))"},
    "vault_keys": {"CHECK ((octet_length(kek) <= 255))", "CHECK ((octet_length(wrapped) <= 1024))"},
}
"""Sizes: what has none is no less append-only."""
_GUARD = 2 | 8 | 16 | 32
"""pg_trigger.tgtype of BEFORE DELETE OR UPDATE OR TRUNCATE, FOR EACH STATEMENT."""


@dataclass(frozen=True)
class Protection:
    """`readable` are the tables that have the columns they need; `unique_acts` says that no act can stand twice."""

    readable: frozenset[str]
    unique_acts: bool


def check_protection(connection: Connection[Any], tables: Tables, log: FaultLog, notes: FaultLog) -> Protection:
    """Columns, constraints, indexes, triggers, rules of every table, and the rights to all of it.

    What undoes append-only, or could, goes to `log`; what is only worth knowing to `notes`. Raises psycopg errors as
    they come.
    """
    readable, unique_acts = set(), False
    body = _guard_body(tables)
    for table in TABLES:
        name = f"{tables.schema}.{tables.name}_{table}"
        row = connection.execute(
            "SELECT c.oid, c.relkind::text, c.relpersistence::text, c.relrowsecurity,"
            " EXISTS (SELECT FROM pg_rewrite r WHERE c.oid = r.ev_class AND c.relkind = 'r'),"
            " EXISTS (SELECT FROM pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent))"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s",
            (tables.schema, f"{tables.name}_{table}"),
        ).fetchone()
        if row is None:
            log.add("protection.table", where="database", kind=table, table=name, what="missing")
            continue
        oid, kind, persistence, row_security, rules, inherits = row
        odd = {"kind " + kind: kind != "r", "persistence " + persistence: persistence != "p", "rules": rules,
               "row security": row_security, "inheritance": inherits}  # fmt: skip
        for what in [what for what, is_so in odd.items() if is_so]:
            log.add("protection.table", where="database", kind=table + what, table=name, what=what)
        if _check_columns(connection, oid, table, name, tables.stream_type, log):
            readable.add(table)
        constraints = _check_constraints(connection, oid, table, name, log, notes)
        unique_acts |= "UNIQUE (act)" in constraints
        _check_extras(connection, oid, table, name, log)
        _check_triggers(connection, oid, name, body, log)
    check_rights(connection, tables, log, notes)
    return Protection(frozenset(readable), unique_acts)


def _guard_body(tables: Tables) -> str:
    """The body of the trigger function, as it was created."""
    statements = [statement.as_string(None) for statement in create_statements(tables)]
    return next(text.split("$$")[1] for text in statements if text.startswith("CREATE FUNCTION"))


def _check_columns(
    connection: Connection[Any], oid: int, table: str, name: str, stream_type: str, log: FaultLog
) -> bool:
    wanted = {column: kind or stream_type for column, kind in _COLUMNS[table].items()}
    rows = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod) || CASE WHEN attgenerated <> '' THEN ' generated' ELSE '' END"
        " || CASE WHEN attnotnull THEN '' ELSE ' nullable' END"
        " || CASE WHEN attidentity <> '' THEN ' identity' ELSE '' END"
        " || CASE WHEN atthasdef AND attgenerated = '' THEN ' with a default' ELSE '' END"
        " FROM pg_attribute WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped",
        (oid,),
    ).fetchall()
    there = {str(column): str(kind) for column, kind in rows}
    for column in sorted(wanted.keys() | there.keys()):
        if wanted.get(column) != there.get(column):
            log.add("protection.column", where="database", kind=f"{table}.{column}", table=name, column=column,
                    wanted=wanted.get(column), there=there.get(column))  # fmt: skip
    return all(column in there for column in wanted)


def _check_constraints(
    connection: Connection[Any], oid: int, table: str, name: str, log: FaultLog, notes: FaultLog
) -> set[str]:
    rows = connection.execute(
        "SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c LEFT JOIN pg_index i ON i.indexrelid = c.conindid"
        " WHERE c.conrelid = %s AND c.contype IN ('p', 'u', 'c') AND c.convalidated AND NOT c.condeferrable"
        " AND (c.contype = 'c' OR i.indisvalid AND i.indisready AND i.indislive AND i.indisunique)",
        (oid,),
    ).fetchall()
    there = {str(definition) for (definition,) in rows}
    for definition in sorted(_CONSTRAINTS[table] - there):
        log.add("protection.constraint", where="database", kind=table + definition, table=name, what=definition)
    for definition in sorted(_BOUNDS.get(table, set()) - there):
        # A row that is too long is a fault of its own; tables of an earlier version have no bounds.
        notes.add("protection.bound", where="database", kind=table + definition, table=name, what=definition)
    broken = connection.execute(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = %s AND NOT (indisvalid AND indisready"
        " AND indislive)",
        (oid,),
    ).fetchall()
    for (index,) in broken:
        log.add("protection.index", where="database", kind=str(index), table=name, what=str(index))
    return there


def _check_extras(connection: Connection[Any], oid: int, table: str, name: str, log: FaultLog) -> None:
    """Constraints and indexes that are not ours: they can refuse lines, or run what somebody else wrote for each."""
    rows = connection.execute(
        # From PostgreSQL 18 on, NOT NULL is a constraint, too.
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype <> 'n' AND (conrelid = %(table)s"
        " AND pg_get_constraintdef(oid) <> ALL(%(ours)s) OR confrelid = %(table)s)"
        " UNION SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE i.indrelid = %(table)s"
        " AND (i.indisunique OR i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)"
        " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))"
        " ORDER BY 1",
        {"table": oid, "ours": sorted(_CONSTRAINTS[table] | _BOUNDS.get(table, set()))},
    ).fetchall()
    for (what,) in rows:
        log.add("protection.extra", where="database", kind=f"{table}{what}", table=name, what=what)


def _check_triggers(connection: Connection[Any], oid: int, name: str, body: str, log: FaultLog) -> None:
    rows = connection.execute(
        "SELECT t.tgname, t.tgenabled::text, t.tgtype, t.tgqual IS NULL AND t.tgattr = ''"
        " AND NOT p.prosecdef AND p.proconfig IS NULL AND p.prokind = 'f' AND l.lanname = 'plpgsql', p.prosrc"
        " FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang"
        " WHERE t.tgrelid = %s AND NOT t.tgisinternal",
        (oid,),
    ).fetchall()
    guarded = False
    for trigger, enabled, type_, always, source in rows:
        if (type_, always, source) == (_GUARD, True, body):
            guarded |= enabled in ("O", "A")
        elif trigger == "append_only":
            log.add("protection.trigger", where="database", kind=name + "changed", table=name, what="changed")
        else:
            log.add("protection.stranger", where="database", kind=name + str(trigger), table=name, what=str(trigger))
    if not guarded:
        log.add("protection.trigger", where="database", kind=name, table=name, what="missing")
