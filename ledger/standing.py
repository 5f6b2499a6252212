"""How the ledger stands, in one statement: the recorded head, its last line, and rows that no commit accounts for.

Only commits write: lines, tiles, vault and head of one batch together. A row beyond the recorded head is therefore
somebody else's, and so is a head without its lines. Such a row is in the way of the commit that needs its place; it is
named here before any commit runs into it. What to do about it: deploy/README.md, "Foreign rows".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ledger.errors import ClockStrayed, LedgerFaulty, LedgerMissing, LineAhead
from ledger.line import decode_line, line_hash
from ledger.schema import Tables
from ledger.store import AnyConnection, Head, row_values
from ledger.stored import stored_line

STANDING = (
    "SELECT clock_timestamp(), h.size, h.root, substring(l.line FOR 65536) AS last,"
    " (SELECT max(index) FROM {lines}) AS last_line, (SELECT max(index) FROM {vault}) AS last_sealed,"
    " ARRAY(SELECT (SELECT n FROM {tiles} WHERE level = g ORDER BY n DESC LIMIT 1) FROM generate_series(0, 3) g) AS n"
    " FROM (SELECT 1) one LEFT JOIN (SELECT size, root FROM {heads} ORDER BY size DESC LIMIT 1) h ON true"
    " LEFT JOIN {lines} l ON l.index = h.size - 1"
)
"""Index lookups only. Tiles of level 4 are complete from a million million lines on."""

MAX_DRIFT = timedelta(seconds=5)
"""How far the clock may stray from the database's, or fall behind the last line."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The database's clock, the recorded head, the last line under it with its hash (hex) and time."""

    clock: datetime
    head: Head
    last: bytes
    last_hash: str
    last_at: str


def read_standing(connection: AnyConnection, tables: Tables) -> Standing:
    """How it stands now. Raises `LedgerMissing`, and `LedgerFaulty` as `standing_of` does."""
    return standing_of(connection, tables, connection.execute(tables.sql(STANDING)).fetchall())


def standing_of(connection: AnyConnection, tables: Tables, rows: list[Any]) -> Standing:
    """What the rows of `STANDING` say.

    Raises `LedgerMissing`, and `LedgerFaulty`: `ledger.foreign-row` with the table and index of a row in the way,
    `ledger.line` when the last line is none.
    """
    clock, size, root, last, last_line, last_sealed, tiles = row_values(rows)[0]
    if size is None:
        raise LedgerMissing("there is no ledger here; open one with: mingzhang init")
    if last is None:
        raise _foreign(tables, "heads", size, f"and there is no line {size - 1} that it could be the head of")
    beyond = f"and the ledger ends with line {size - 1}"
    if last_line >= size:
        raise _foreign(tables, "lines", _first(connection, tables, "lines", size), beyond)
    if last_sealed is not None and last_sealed >= size:
        raise _foreign(tables, "vault", _first(connection, tables, "vault", size), beyond)
    for level, n in enumerate(tiles):
        if n is not None and n >= size >> 8 * (level + 1):
            raise _foreign(tables, "tiles", n, beyond, level=level)
    with stored_line(size - 1):
        at = decode_line(bytes(last)).at
        # It is compared and shown as a time.
        datetime.fromisoformat(at)
    return Standing(clock, Head(size, bytes(root)), bytes(last), line_hash(bytes(last)).hex(), at)


def check_clock(standing: Standing, now: datetime) -> None:
    """`now` is this machine's time. Raises `ClockStrayed`, and `LineAhead` when the last line is later than both."""
    if abs(now - standing.clock) > MAX_DRIFT:
        raise ClockStrayed(
            f"this machine's clock says {now.isoformat()}, the database's {standing.clock.isoformat()}: set it right;"
            " nothing is recorded until then",
            now=now.isoformat(),
            other=standing.clock.isoformat(),
        )
    if datetime.fromisoformat(standing.last_at) - now > MAX_DRIFT:
        raise line_ahead(standing.head.size - 1, standing.last_at, now)


def line_ahead(index: int, at: str, now: datetime) -> LineAhead:
    """The error that names line `index`, dated `at`."""
    return LineAhead(
        f"line {index} is dated {at}, later than this machine's clock and the database's ({now.isoformat()}): nothing"
        " is recorded until that moment has passed or, if no clock of yours was ever ahead, until the line is gone. Run"
        " mingzhang verify, and see 'Foreign rows' in deploy/README.md",
        index=index,
        at=at,
        now=now.isoformat(),
    )


def check_promised(head: Head, promised: Head | None) -> None:
    """Raises `LedgerFaulty` (`ledger.shrunk`) when the recorded head contradicts one that callers were told of."""
    if promised is None or head.size > promised.size or head == promised:
        return
    raise LedgerFaulty(
        f"the ledger shrank or was rewritten: it had {promised.size} lines with another head, now {head.size}; nothing"
        " is recorded until this is looked at: mingzhang verify --since, and 'Foreign rows' in deploy/README.md",
        code="ledger.shrunk",
        size=head.size,
        seen=promised.size,
    )


def _first(connection: AnyConnection, tables: Tables, table: str, size: int) -> int:
    row = connection.execute(tables.sql(f"SELECT min(index) FROM {{{table}}} WHERE index >= %s"), (size,)).fetchall()
    return int(row_values(row)[0][0])


def _foreign(tables: Tables, table: str, index: int, why: str, **params: Any) -> LedgerFaulty:
    named = f"{tables.schema}.{tables.name}_{table}"
    number = "size" if table == "heads" else "n" if table == "tiles" else "index"
    return LedgerFaulty(
        f"{named} holds a row ({number} {index}) that no commit wrote, {why}: nothing is recorded while it is there."
        " See 'Foreign rows' in deploy/README.md",
        code="ledger.foreign-row",
        table=named,
        row=f"{number} {index}",
        index=index,
        **params,
    )
