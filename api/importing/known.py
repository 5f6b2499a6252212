"""What the ledger has of a source already, rebuilt from its lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from ledger.act import decode_state
from ledger.jws import parse_jws
from ledger.line import decode_line, line_hash

TYPES = ("source.granted", "source.imported", "source.corrected", "source.vanished")


@dataclass(frozen=True, slots=True)
class KnownRow:
    """The digest of what a row said last; `gone`: it was missing from a later complete export."""

    digest: str
    gone: bool


@dataclass(slots=True)
class KnownCase:
    """A case's stream: its version, the hash of its latest line (None: nothing there), its rows by key."""

    version: int = 0
    prev: str | None = None
    rows: dict[str, KnownRow] = field(default_factory=dict)


@dataclass(slots=True)
class Known:
    """`cases` by the other system's case id. `personal`: some row has personal columns. `ending` and `importer` are
    of the latest grant."""

    cases: dict[str, KnownCase] = field(default_factory=dict)
    personal: bool = False
    importer: UUID | None = None
    ending: date | None = None

    @property
    def rows(self) -> int:
        """How many rows are known and not gone."""
        return sum(not row.gone for case in self.cases.values() for row in case.rows.values())


def read_known(lines: Iterable[bytes], source: UUID) -> Known:
    """Fold lines of `TYPES`, in the ledger's order; those of other sources are passed over."""
    known = Known()
    for raw in lines:
        line = decode_line(raw)
        state = decode_state(line.state)
        if state is None:
            continue
        claims = orjson.loads(parse_jws(state[0].encode()).payload)
        if line.type == "source.granted":
            if line.stream == str(source):
                known.importer = UUID(claims["data"]["importer"])
                known.ending = date.fromisoformat(claims["data"]["ending"])
        elif claims["data"].get("source") == str(source):
            _fold(known, claims, line_hash(raw).hex())
    return known


def _fold(known: Known, claims: dict[str, Any], prev: str) -> None:
    data = claims["data"]
    case = known.cases.setdefault(data["case"], KnownCase())
    case.version, case.prev = claims["version"], prev
    case.rows[data["row"]] = KnownRow(data["digest"], claims["act"] == "source.miss")
    known.personal = known.personal or "personal" in data
