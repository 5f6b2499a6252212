"""Handing over 交接: what a leaving officer leaves, and that the successor has taken it.

Kept on the leaving officer's stream. Until the successor signs for it, a hand-over is open.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from domain.events import Acted

MAX_NAMED = 500
"""Cases that the act itself can name; of more it has their number and digest."""


@dataclass(frozen=True, slots=True)
class Handover:
    """`act` is the SHA-256 of the act that handed over, hex; `listed` the digest of the cases' ids."""

    act: str
    successor: UUID
    count: int
    listed: str
    due: int
    reason: str
    taken: bool = False

    def describe(self) -> dict[str, Any]:
        """As a reader sees it."""
        return {
            "handover": self.act,
            "successor": str(self.successor),
            "count": self.count,
            "listed": self.listed,
            "due": self.due,
            "reason": self.reason,
            "taken": self.taken,
        }


def list_digest(cases: Iterable[UUID]) -> str:
    """What both sign for: SHA-256, hex, over the ids in order of their text, each followed by LF.

    Not of a file: whatever programs do to a spreadsheet, the cases are the same.
    """
    return sha256("".join(f"{case}\n" for case in sorted({str(case) for case in cases})).encode()).hexdigest()


def evolve(handovers: tuple[Handover, ...], event: Acted) -> tuple[Handover, ...]:
    """The leaving officer's hand-overs after one more act; a new one replaces an open one to the same successor."""
    data = event.data
    if event.claims["act"] == "officer.take_over":
        return tuple(replace(one, taken=one.taken or one.act == data["handover"]) for one in handovers)
    successor = UUID(data["successor"])
    act = sha256(event.jws.encode()).hexdigest()
    others = tuple(one for one in handovers if one.taken or one.successor != successor)
    return (*others, Handover(act, successor, data["count"], data["listed"], data["due"], data["reason"]))
