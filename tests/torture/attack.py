"""A ledger under attack by somebody with the database's password, and what verification is expected to name.

A mutation is a function (Attack) -> Expected: it changes the tables as superuser and says which faults must be named.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any

import psycopg

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
        assert row[0] is not None, index
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
