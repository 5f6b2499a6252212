"""Other systems, and the cases that were led there: shown as what they are, never counted as decisions of ours."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from domain.errors import NotAllowed
from domain.events import Acted

ROWS = frozenset({"source.import", "source.correct", "source.miss"})
"""The acts that attest a row of another system."""


@dataclass(frozen=True, slots=True)
class Source:
    """Another system whose rows `importer` may attest until `ending`."""

    id: UUID
    version: int
    name: str
    importer: UUID
    ending: date


@dataclass(frozen=True, slots=True)
class SourceCase:
    """A case of another system: its rows by their keys, each with the digest of what it said last."""

    id: UUID
    version: int
    source: UUID
    case: str
    rows: dict[str, str | None] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """The case as a reader sees it."""
        return {
            "id": str(self.id),
            "version": self.version,
            "source": str(self.source),
            "source_case": self.case,
            "rows": len(self.rows),
            "vanished": sum(1 for digest in self.rows.values() if digest is None),
        }


def check_row(case: SourceCase | None, code: str, data: dict[str, Any]) -> None:
    """Whether this row is what the act says it is: new, changed, or gone. Raises `NotAllowed`."""
    if case is not None and (str(case.source), case.case) != (data["source"], data["case"]):
        raise NotAllowed("source.case", "the row names another source or case than its stream")
    rows = case.rows if case else {}
    known = data["row"] in rows
    if code == "source.import" and known:
        raise NotAllowed("source.known", "this row was imported already", row=data["row"])
    if code != "source.import" and not known:
        raise NotAllowed("source.unknown", "this row was never imported", row=data["row"])
    if code == "source.correct" and rows[data["row"]] not in (data["replaces"], None):
        raise NotAllowed("source.replaces", "the row has changed since", row=data["row"])
    if code == "source.miss" and rows[data["row"]] != data["digest"]:
        raise NotAllowed("source.replaces", "the row has changed since, or was missing already", row=data["row"])


def evolve_source(source: Source | None, event: Acted) -> Source:
    """The source after one more grant."""
    data = event.data
    return Source(
        event.originator_id,
        event.originator_version,
        data["name"],
        UUID(data["importer"]),
        date.fromisoformat(data["ending"]),
    )


def evolve_case(case: SourceCase | None, event: Acted) -> SourceCase:
    """The other system's case after one more row."""
    data = event.data
    if case is None:
        case = SourceCase(event.originator_id, 0, UUID(data["source"]), data["case"])
    digest = None if event.claims["act"] == "source.miss" else data["digest"]
    return replace(case, version=event.originator_version, rows={**case.rows, data["row"]: digest})
