"""Deputation 代理: who may do whose acts for a while. It stands on the principal's stream; every act names both."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from domain.events import Acted

STAGES = frozenset({"apply", "review", "confirm", "verify", "suspend", "exit"})
"""What can be done in deputation: casework. Keys, ranks, delegations and rules are nobody's to lend."""
LONGEST = timedelta(days=366)
"""A deputation bridges an absence; who takes a post for good is given the duty itself. A setting of ours."""
MOST = 32
"""Deputations that an officer may have running or to come."""


@dataclass(frozen=True, slots=True)
class Deputation:
    """From `starting` to `ending`, both included, `deputy` may do these acts: stages or codes."""

    deputy: UUID
    starting: date
    ending: date
    acts: frozenset[str]

    def covers(self, deputy: UUID, code: str, day: date) -> bool:
        """Whether this deputy may do this act on that day."""
        return (
            self.deputy == deputy
            and self.starting <= day <= self.ending
            and (code in self.acts or code.partition(".")[0] in self.acts)
        )


def evolve(deputations: tuple[Deputation, ...], event: Acted) -> tuple[Deputation, ...]:
    """The principal's deputations after one more act. Those that ended before the act's own day are forgotten."""
    data, deputy = event.data, UUID(event.data["deputy"])
    if event.claims["act"] == "officer.end_deputation":
        return tuple(one for one in deputations if one.deputy != deputy)
    running = tuple(one for one in deputations if one.ending >= event.on)
    starting, ending = date.fromisoformat(data["starting"]), date.fromisoformat(data["ending"])
    return (*running, Deputation(deputy, starting, ending, frozenset(data["acts"])))


def covered(deputations: Iterable[Deputation], deputy: UUID, code: str, days: Iterable[date]) -> bool:
    """Whether one and the same deputation covers this act of the deputy's on all of these days."""
    days = tuple(days)
    return any(all(one.covers(deputy, code, day) for day in days) for one in deputations)
