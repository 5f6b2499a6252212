"""What somebody with the database's password could try, one after the other or several at once.

Each mutation is a function (Attack) -> Expected: it changes the tables as superuser and says which faults must be
named.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.act import decode_state, encode_state, idempotency_key, sign_act
from ledger.jws import key_of
from ledger.line import decode_line, encode_line, line_hash
from ledger.tree import Tree, completed_tiles
from tests.torture.rules import TABLES

Connection = psycopg.Connection[Any]


@dataclass
class Expected:
    """Faults of which at least one of `codes` must be found; and where `line` is set, a fault that covers it.

    `hidden` says that only a head kept outside can show it.
    """

    what: str
    codes: frozenset[str]
    line: int | None = None
    hidden: bool = False


@dataclass
class Attack:
    """A ledger under attack: its database as superuser, with no trigger firing."""

    connection: Connection
    random: Random
    size: int
    acts: list[int] = field(default_factory=list)

    @classmethod
    def on(cls, connection: Connection, random: Random) -> "Attack":
        connection.execute("SET session_replication_role = replica")
        rows = connection.execute(q("SELECT index, act IS NOT NULL FROM {lines} ORDER BY index")).fetchall()
        return cls(connection, random, len(rows), [index for index, is_act in rows if is_act])

    def run(self, query: str, *params: Any) -> "psycopg.Cursor[Any]":
        return self.connection.execute(q(query), params)

    def line(self, index: int) -> bytes:
        row = self.run("SELECT line FROM {lines} WHERE index = %s", index).fetchone()
        assert row is not None, index
        return bytes(row[0])

    def write(self, index: int, line: bytes) -> None:
        self.run("UPDATE {lines} SET line = %s WHERE index = %s", line, index)

    def some_line(self) -> int:
        return self.random.randrange(self.size)

    def inner_line(self) -> int:
        """Neither line 0 nor one of the last two."""
        return self.random.randrange(1, self.size - 2)

    def some_act(self) -> int:
        return self.random.choice(self.acts[:-2])

    def one_of(self, query: str) -> Any:
        rows = self.run(query).fetchall()
        return self.random.choice(rows)


def q(query: str) -> Any:
    return TABLES.sql(query)


def rebuild(attack: Attack, start: int, *, chain: bool = True, tree: bool = True) -> None:
    """Recompute everything from line `start` on, as somebody would who knows exactly how it is made."""
    rows = attack.run("SELECT index, line FROM {lines} ORDER BY index").fetchall()
    lines = {index: bytes(line) for index, line in rows}
    prev = line_hash(lines[start - 1]).hex() if start else "0" * 64
    if chain:
        for index in range(start, len(lines)):
            parts = decode_line(lines[index])
            lines[index] = encode_line(
                index, prev, parts.at, parts.stream, parts.version, parts.type, parts.state, plain=parts.plain
            )
            prev = line_hash(lines[index]).hex()
            attack.write(index, lines[index])
    if tree:
        heads = {size for (size,) in attack.run("SELECT size FROM {heads}").fetchall() if size < len(lines)}
        attack.run("DELETE FROM {tiles}")
        attack.run("DELETE FROM {heads}")
        grown = Tree()
        for size in range(1, len(lines) + 1):
            grown.append(line_hash(lines[size - 1]))
            for level, n in completed_tiles(size - 1, size):
                attack.run("INSERT INTO {tiles} VALUES (%s, %s, %s)", level, n, grown.tile(level, n))
            if size in heads or size == len(lines):
                attack.run("INSERT INTO {heads} VALUES (%s, %s)", size, grown.root())


def flip_byte(attack: Attack) -> Expected:
    index = attack.some_line()
    line = bytearray(attack.line(index))
    at = attack.random.randrange(len(line))
    line[at] ^= 1 << attack.random.randrange(8)
    attack.write(index, bytes(line))
    return Expected(f"one bit of line {index}, byte {at}", frozenset(), index)


def replace_span(attack: Attack) -> Expected:
    """Put other characters of the same alphabet into the act, as a careful forger would."""
    index = attack.some_act()
    line = bytearray(attack.line(index))
    start = line.index(b'{"act":"') + 8
    at = attack.random.randrange(start, start + 600)
    line[at] = attack.random.choice([c for c in b"abcXYZ019-_" if c != line[at]])
    attack.write(index, bytes(line))
    return Expected(f"a character of the act on line {index}", frozenset({"line.altered"}), index)


def cut_line(attack: Attack) -> Expected:
    index = attack.inner_line()
    line = attack.line(index)
    attack.write(index, line[: attack.random.randrange(len(line))])
    return Expected(f"line {index} cut short", frozenset({"line.malformed"}), index)


def change_time(attack: Attack) -> Expected:
    index = attack.inner_line()
    parts = decode_line(attack.line(index))
    year = attack.random.choice(["1999", "2031"])
    other = encode_line(index, parts.prev, year + parts.at[4:], parts.stream, parts.version, parts.type, parts.state,
                        plain=parts.plain)  # fmt: skip
    attack.write(index, other)
    return Expected(f"the time of line {index}", frozenset({"line.altered"}), index)


def change_relied(attack: Attack) -> Expected:
    index = attack.some_act()
    line = attack.line(index)
    parts = decode_line(line)
    act = decode_state(parts.state)
    assert act is not None
    stream, version = attack.random.choice(list(act[1]["streams"].items()))
    old, new = f'"{stream}":{version}'.encode(), f'"{stream}":{version + attack.random.choice([1, 2, 7])}'.encode()
    attack.write(index, line.replace(old, new))
    return Expected(f"what line {index} relied on", frozenset({"line.altered"}), index)


def swap_lines(attack: Attack) -> Expected:
    """The bytes of two lines, their index columns staying where they are."""
    first, second = attack.random.sample(range(1, attack.size), 2)
    one, two = attack.line(first), attack.line(second)
    attack.write(first, two)
    attack.write(second, one)
    return Expected(f"the bytes of lines {first} and {second} swapped", frozenset({"line.index"}), first)


def swap_rows(attack: Attack) -> Expected:
    """Two rows whole: the index column of each becomes the other's."""
    first, second = attack.random.sample(range(1, attack.size), 2)
    for old, new in ((first, -1), (second, first), (-1, second)):
        drop_checks(attack)
        attack.run("UPDATE {lines} SET index = %s WHERE index = %s", new, old)
    return Expected(f"rows {first} and {second} swapped", frozenset({"line.index"}), second)


def drop_checks(attack: Attack) -> None:
    attack.run("ALTER TABLE {lines} DROP CONSTRAINT IF EXISTS office_lines_index_check")


def delete_row(attack: Attack) -> Expected:
    index = attack.inner_line()
    attack.run("DELETE FROM {lines} WHERE index = %s", index)
    return Expected(f"line {index} deleted", frozenset({"line.missing"}), index)


def delete_rows(attack: Attack) -> Expected:
    first = attack.inner_line()
    count = attack.random.randint(2, 40)
    attack.run("DELETE FROM {lines} WHERE index BETWEEN %s AND %s", first, first + count)
    return Expected(f"lines {first} to {first + count} deleted", frozenset({"line.missing"}), first)


def delete_last(attack: Attack) -> Expected:
    count = attack.random.randint(1, 9)
    attack.run("DELETE FROM {lines} WHERE index >= %s", attack.size - count)
    return Expected(f"the last {count} line(s) deleted", frozenset({"line.missing"}), attack.size - 1)


def truncate_consistently(attack: Attack) -> Expected:
    """Cut the ledger back to an earlier head, with everything that belongs to what was cut."""
    (size,) = attack.one_of("SELECT size FROM {heads} WHERE size > 1 AND size < (SELECT max(size) FROM {heads})")
    attack.run("DELETE FROM {vault} WHERE index >= %s", size)
    attack.run(
        "DELETE FROM {vault_keys} WHERE stream NOT IN (SELECT l.stream FROM {lines} l JOIN {vault} v USING (index)"
        " WHERE l.index < %s)",
        size,
    )
    attack.run("DELETE FROM {lines} WHERE index >= %s", size)
    attack.run("DELETE FROM {heads} WHERE size > %s", size)
    attack.run("DELETE FROM {tiles} WHERE (n + 1) << (8 * (level + 1)) > %s", size)
    return Expected(f"cut back to {size} lines", frozenset({"since.truncated"}), hidden=True)


def insert_copy(attack: Attack) -> Expected:
    """A copy of a line at the end, its index and prev set right, everything recomputed."""
    index = attack.some_act()
    parts = decode_line(attack.line(index))
    last = decode_line(attack.line(attack.size - 1))
    prev = line_hash(attack.line(attack.size - 1)).hex()
    line = encode_line(attack.size, prev, last.at, parts.stream, parts.version, parts.type, parts.state, plain=True)
    attack.run("ALTER TABLE {lines} DROP CONSTRAINT IF EXISTS office_lines_act_key")
    attack.run("ALTER TABLE {lines} DROP CONSTRAINT IF EXISTS office_lines_stream_version_key")
    attack.run(
        "INSERT INTO {lines} SELECT %s, version, stream, act, type, %s FROM {lines} WHERE index = %s",
        attack.size, line, index,
    )  # fmt: skip
    attack.size += 1
    rebuild(attack, attack.size - 1)
    return Expected(f"a copy of line {index} at the end", frozenset({"stream.version"}), attack.size - 1)


def insert_event(attack: Attack) -> Expected:
    """An unsigned line at the end of a case's stream, everything recomputed."""
    index = attack.some_act()
    stream = decode_line(attack.line(index)).stream
    row = attack.run("SELECT max(version) FROM {lines} WHERE stream = %s", UUID(stream)).fetchone()
    assert row is not None
    last = attack.line(attack.size - 1)
    version, type_ = row[0] + 1, attack.random.choice(["case.noted", "case.whatever"])
    line = encode_line(attack.size, line_hash(last).hex(), decode_line(last).at, stream, version, type_, b'{"a":1}')
    attack.run("INSERT INTO {lines} VALUES (%s, %s, %s, NULL, %s, %s)", attack.size, version, stream, type_, line)
    attack.size += 1
    rebuild(attack, attack.size - 1)
    codes = frozenset({"act.missing", "stream.mixed"})
    return Expected(f"an unsigned line in the stream of line {index}", codes, attack.size - 1)


def forge_officer(attack: Attack) -> Expected:
    """A key of the forger's own, registered by an act that it signs itself, everything recomputed."""
    key = Ed25519PrivateKey.from_private_bytes(attack.random.randbytes(32))
    officer = str(UUID(bytes=attack.random.randbytes(16), version=4))
    claims: dict[str, Any] = {
        "iss": officer, "aud": "office.example/torture", "jti": "0197d9f0-aaaa-7bbb-8ccc-0123456789ab",
        "iat": 1_700_000_000, "on": "2023-11-14", "case": officer, "version": 1, "act": "officer.register",
        "basis": "direct", "data": {"jwk": key_of(key.public_key()).jwk()},
    }  # fmt: skip
    state = encode_state(sign_act(key, claims).split("~")[0], {"streams": {officer: 0}})
    last, act = attack.line(attack.size - 1), idempotency_key(officer, claims["jti"])
    line = encode_line(
        attack.size, line_hash(last).hex(), decode_line(last).at, officer, 1, "officer.registered", state, plain=True
    )
    attack.run("INSERT INTO {lines} VALUES (%s, 1, %s, %s, 'officer.registered', %s)", attack.size, officer, act, line)
    attack.size += 1
    rebuild(attack, attack.size - 1)
    return Expected("a forger's own key registered", frozenset({"act.countersignature"}), attack.size - 1)


def hide_row(attack: Attack) -> Expected:
    """A row that stands in the table and in no index."""
    catalog = "UPDATE pg_index SET indisready = %s WHERE indrelid = 'ledger.office_lines'::regclass"
    with attack.connection.transaction():
        attack.run(catalog, False)
    attack.run("INSERT INTO {lines} SELECT 5, version, stream, act, type, line FROM {lines} WHERE index = 5")
    with attack.connection.transaction():
        attack.run(catalog, True)
    return Expected("a row in no index", frozenset({"table.hidden"}))


def repoint(attack: Attack) -> Expected:
    """An index column that says something else than its line."""
    index = attack.inner_line()
    column, value = attack.random.choice(
        [
            ("version", "version + 1000"),
            ("stream", "gen_random_uuid()"),
            ("type", "type || 'x'"),
            ("act", "gen_random_uuid()"),
        ]
    )
    attack.run(f"UPDATE {{lines}} SET {column} = {value} WHERE index = %s", index)
    return Expected(f"column {column} of line {index}", frozenset({"column.differs"}), index)


def forget_act(attack: Attack) -> Expected:
    index = attack.some_act()
    attack.run("UPDATE {lines} SET act = NULL WHERE index = %s", index)
    return Expected(f"column act of line {index} emptied", frozenset({"column.differs"}), index)


def move_act(attack: Attack) -> Expected:
    """An act put into another case, line and columns alike, everything recomputed."""
    index, other = attack.some_act(), attack.some_act()
    while decode_line(attack.line(index)).stream == decode_line(attack.line(other)).stream:
        other = attack.some_act()
    parts, target = decode_line(attack.line(index)), decode_line(attack.line(other)).stream
    line = encode_line(index, parts.prev, parts.at, target, parts.version + 500, parts.type, parts.state, plain=True)
    attack.write(index, line)
    attack.run("UPDATE {lines} SET stream = %s, version = %s WHERE index = %s", target, parts.version + 500, index)
    rebuild(attack, index + 1)
    return Expected(f"the act on line {index} moved to another case", frozenset({"act.case"}), index)


def replace_act(attack: Attack) -> Expected:
    """One act's state put in the place of another's, both validly signed; everything recomputed."""
    index, other = attack.random.sample(attack.acts[:-2], 2)
    parts, source = decode_line(attack.line(index)), decode_line(attack.line(other))
    line = encode_line(index, parts.prev, parts.at, parts.stream, parts.version, parts.type, source.state, plain=True)
    attack.write(index, line)
    rebuild(attack, index + 1)
    codes = frozenset({"act.case", "act.version", "act.type", "stream.version", "column.differs"})
    return Expected(f"the act of line {other} put on line {index}", codes, index)


def swap_acts(attack: Attack) -> Expected:
    """Two acts of one case exchanged with their versions, everything recomputed: the officers' own chain shows it."""
    stream, first, second = attack.one_of(
        "SELECT a.stream, a.index, b.index FROM {lines} a JOIN {lines} b ON b.stream = a.stream AND b.version ="
        " a.version + 1 WHERE a.act IS NOT NULL AND a.version > 1"
    )
    one, two = decode_line(attack.line(first)), decode_line(attack.line(second))
    for index, here, taken in ((first, one, two), (second, two, one)):
        line = encode_line(index, here.prev, here.at, str(stream), taken.version, taken.type, taken.state, plain=True)
        attack.write(index, line)
    attack.run("ALTER TABLE {lines} DROP CONSTRAINT IF EXISTS office_lines_stream_version_key")
    attack.run("ALTER TABLE {lines} DROP CONSTRAINT IF EXISTS office_lines_act_key")
    attack.run(
        "UPDATE {lines} l SET version = o.version, act = o.act, type = o.type FROM {lines} o"
        " WHERE (l.index, o.index) IN ((%s, %s), (%s, %s))",
        first, second, second, first,
    )  # fmt: skip
    rebuild(attack, first)
    return Expected(f"the acts on lines {first} and {second} exchanged", frozenset({"stream.version"}), first)


def drop_from_stream(attack: Attack) -> Expected:
    """An act in the middle of a case taken out, the later lines moved up, everything recomputed."""
    (index,) = attack.one_of(
        "SELECT a.index FROM {lines} a WHERE a.act IS NOT NULL AND EXISTS (SELECT FROM {lines} b"
        " WHERE b.stream = a.stream AND b.version = a.version + 1)"
    )
    attack.run("DELETE FROM {lines} WHERE index = %s", index)
    drop_checks(attack)
    attack.run("UPDATE {lines} SET index = -index WHERE index > %s", index)
    attack.run("UPDATE {lines} SET index = -index - 1 WHERE index < 0")
    attack.run("DELETE FROM {vault} WHERE index = %s", index)
    attack.run("UPDATE {vault} SET index = -index WHERE index > %s", index)
    attack.run("UPDATE {vault} SET index = -index - 1 WHERE index < 0")
    attack.size -= 1
    rebuild(attack, index)
    return Expected(f"line {index} taken out of its case", frozenset({"stream.version", "act.prev"}))


def rewrite_tail(attack: Attack) -> Expected:
    """The time of an act that nothing refers to, everything recomputed: consistent in itself."""
    index = attack.size - 1
    parts = decode_line(attack.line(index))
    at = parts.at[:-2] + ("1Z" if parts.at[-2] != "1" else "2Z")
    at = max(at, decode_line(attack.line(index - 1)).at)
    line = encode_line(index, parts.prev, at, parts.stream, parts.version, parts.type, parts.state, plain=parts.plain)
    if line == attack.line(index):
        return change_relied(attack)
    attack.write(index, line)
    rebuild(attack, index)
    return Expected("the last line rewritten consistently", frozenset({"since.root"}), hidden=True)


def replace_opening(attack: Attack) -> Expected:
    """Another line 0, everything recomputed: no head that was signed before is of this ledger."""
    line = attack.line(0).replace(b'"simulation":false', b'"simulation":true')
    attack.write(0, line)
    rebuild(attack, 1)
    return Expected("line 0 replaced", frozenset({"since.root", "act.prev"}), hidden=True)


def change_tile(attack: Attack) -> Expected:
    (level, n) = attack.one_of("SELECT level, n FROM {tiles}")
    at = attack.random.randrange(8192)
    changed = "set_byte(hashes, %s, 255 - get_byte(hashes, %s))"
    attack.run(f"UPDATE {{tiles}} SET hashes = {changed} WHERE (level, n) = (%s, %s)", at, at, level, n)
    return Expected(f"tile {level}/{n}", frozenset({"tile.wrong"}))


def delete_tile(attack: Attack) -> Expected:
    (level, n) = attack.one_of("SELECT level, n FROM {tiles}")
    attack.run("DELETE FROM {tiles} WHERE (level, n) = (%s, %s)", level, n)
    return Expected(f"tile {level}/{n} deleted", frozenset({"tile.missing"}))


def insert_tile(attack: Attack) -> Expected:
    attack.run("INSERT INTO {tiles} SELECT level, n + 7000, hashes FROM {tiles} LIMIT 1")
    return Expected("a tile too many", frozenset({"tile.stray"}))


def change_head(attack: Attack) -> Expected:
    (size,) = attack.one_of("SELECT size FROM {heads}")
    attack.run("UPDATE {heads} SET root = sha256(root) WHERE size = %s", size)
    return Expected(f"head {size}", frozenset({"head.wrong"}), size - 1)


def move_head(attack: Attack) -> Expected:
    (size,) = attack.one_of(
        "SELECT size FROM {heads} h WHERE NOT EXISTS (SELECT FROM {heads} o WHERE o.size = h.size + 1)"
    )
    attack.run("UPDATE {heads} SET size = size + 1 WHERE size = %s", size)
    return Expected(f"head {size} moved", frozenset({"head.wrong", "head.beyond", "head.missing"}))


def delete_head(attack: Attack) -> Expected:
    (size,) = attack.one_of("SELECT size FROM {heads}")
    attack.run("DELETE FROM {heads} WHERE size = %s", size)
    return Expected(f"head {size} deleted", frozenset({"head.missing"}), size - 1)


def delete_vault(attack: Attack) -> Expected:
    (index,) = attack.one_of("SELECT index FROM {vault}")
    attack.run("DELETE FROM {vault} WHERE index = %s", index)
    return Expected(f"vault entry of line {index} deleted", frozenset({"vault.missing"}), index)


def move_vault(attack: Attack) -> Expected:
    (index,) = attack.one_of("SELECT index FROM {vault}")
    free = next(
        i for i in range(attack.size + 1) if not attack.run("SELECT 1 FROM {vault} WHERE index = %s", i).fetchone()
    )
    attack.run("UPDATE {vault} SET index = %s WHERE index = %s", free, index)
    return Expected(f"vault entry of line {index} moved to {free}", frozenset({"vault.missing"}), index)


def swap_vault(attack: Attack) -> Expected:
    """Two ciphertexts exchanged."""
    rows = attack.run("SELECT index FROM {vault}").fetchall()
    (first,), (second,) = attack.random.sample(rows, 2)
    attack.run(
        "UPDATE {vault} v SET sealed = o.sealed FROM {vault} o WHERE (v.index, o.index) IN ((%s, %s), (%s, %s))",
        first, second, second, first,
    )  # fmt: skip
    return Expected(f"vault entries {first} and {second} exchanged", frozenset({"vault.broken", "vault.count"}), first)


def flip_vault(attack: Attack) -> Expected:
    (index,) = attack.one_of("SELECT index FROM {vault}")
    at = attack.random.randrange(28)
    attack.run("UPDATE {vault} SET sealed[1] = set_byte(sealed[1], %s, 255 - get_byte(sealed[1], %s)) WHERE index = %s",
               at, at, index)  # fmt: skip
    return Expected(f"a byte in the vault entry of line {index}", frozenset({"vault.broken"}), index)


def shorten_vault(attack: Attack) -> Expected:
    (index,) = attack.one_of("SELECT index FROM {vault}")
    attack.run("UPDATE {vault} SET sealed = sealed || sealed WHERE index = %s", index)
    return Expected(f"vault entry of line {index} doubled", frozenset({"vault.count"}), index)


def delete_vault_key(attack: Attack) -> Expected:
    (stream,) = attack.one_of("SELECT stream FROM {vault_keys}")
    attack.run("DELETE FROM {vault_keys} WHERE stream = %s", stream)
    return Expected(f"data key of {stream} deleted", frozenset({"vault.key-missing"}))


def insert_vault_key(attack: Attack) -> Expected:
    attack.run("INSERT INTO {vault_keys} SELECT gen_random_uuid(), kek, wrapped FROM {vault_keys} LIMIT 1")
    return Expected("a data key of nothing", frozenset({"vault.key-stray"}))


def swap_vault_keys(attack: Attack) -> Expected:
    rows = attack.run("SELECT stream FROM {vault_keys}").fetchall()
    (first,), (second,) = attack.random.sample(rows, 2)
    attack.run(
        "UPDATE {vault_keys} v SET wrapped = o.wrapped FROM {vault_keys} o"
        " WHERE (v.stream, o.stream) IN ((%s, %s), (%s, %s))",
        first, second, second, first,
    )  # fmt: skip
    return Expected("two data keys exchanged", frozenset({"vault.key-broken"}))


def rename_kek(attack: Attack) -> Expected:
    (stream,) = attack.one_of("SELECT stream FROM {vault_keys}")
    attack.run("UPDATE {vault_keys} SET kek = 'another' WHERE stream = %s", stream)
    return Expected(f"the vault key's name at {stream}", frozenset({"vault.key-name"}))


def drop_trigger(attack: Attack) -> Expected:
    table = attack.random.choice(["lines", "tiles", "heads", "vault", "vault_keys"])
    how = attack.random.choice(["DROP TRIGGER append_only ON {%s}", "ALTER TABLE {%s} DISABLE TRIGGER append_only"])
    attack.run(how % table)
    return Expected(f"the trigger of {table}", frozenset({"protection.trigger"}))


def blunt_trigger(attack: Attack) -> Expected:
    attack.run("CREATE OR REPLACE FUNCTION {no_change}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    return Expected("the trigger's function", frozenset({"protection.trigger"}))


def drop_constraint(attack: Attack) -> Expected:
    table, constraint = attack.random.choice(
        [("lines", "lines_pkey"), ("lines", "lines_act_key"), ("lines", "lines_stream_version_key"),
         ("tiles", "tiles_pkey"), ("heads", "heads_pkey"), ("vault", "vault_pkey"), ("vault_keys", "vault_keys_pkey")]
    )  # fmt: skip
    attack.run(f"ALTER TABLE {{{table}}} DROP CONSTRAINT office_{constraint}")
    return Expected(f"constraint {constraint}", frozenset({"protection.constraint"}))


def double_row(attack: Attack) -> Expected:
    """Every constraint gone and a row there twice."""
    table = attack.random.choice(["lines", "tiles", "heads", "vault"])
    for name in ("pkey", "act_key", "stream_version_key"):
        attack.run(f"ALTER TABLE {{{table}}} DROP CONSTRAINT IF EXISTS office_{table}_{name}")
    attack.run(f"INSERT INTO {{{table}}} SELECT * FROM {{{table}}} OFFSET 1 LIMIT 1")
    codes = {"lines": "line.extra", "tiles": "protection.constraint", "heads": "head.twice", "vault": "vault.twice"}
    return Expected(f"a row of {table} twice", frozenset({codes[table]}))


def grant_rights(attack: Attack) -> Expected:
    attack.run("GRANT UPDATE ON {lines} TO PUBLIC")
    return Expected("everybody may update", frozenset({"protection.right"}))


MUTATIONS: tuple[Callable[[Attack], Expected], ...] = (
    flip_byte, flip_byte, flip_byte, replace_span, replace_span, cut_line, change_time, change_relied, swap_lines,
    swap_rows, forge_officer, hide_row, delete_row, delete_rows, delete_last, truncate_consistently, insert_copy,
    insert_event, repoint, repoint, forget_act, move_act, replace_act, swap_acts, drop_from_stream, rewrite_tail,
    replace_opening, change_tile, delete_tile, insert_tile, change_head, move_head, delete_head, delete_vault,
    move_vault, swap_vault, flip_vault, shorten_vault, delete_vault_key, insert_vault_key, swap_vault_keys, rename_kek,
    drop_trigger, blunt_trigger, drop_constraint, double_row, grant_rights,
)  # fmt: skip
