"""What is so after one more event: each kind of stream by its own rules."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain import delegation as delegations
from domain import officer as officers
from domain import person as persons
from domain import place as places
from domain import policy as policies
from domain import sealed, unfolding
from domain import source as sources
from domain.case import Case
from domain.delegation import Delegation
from domain.events import Acted, Claimed, Said
from domain.officer import Officer
from domain.person import PERSON_EVENTS, Person
from domain.place import Places
from domain.policy import Policy
from domain.sealed import SealedStream
from domain.source import Source, SourceCase


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that can be had only once, and has been."""

    id: UUID
    version: int
    by: str


@dataclass(frozen=True, slots=True)
class Notes:
    """A stream of the ledger's own lines: only that it is there, so that no act is put into it."""

    id: UUID
    version: int


Aggregate = Case | Officer | Delegation | Places | Policy | Source | SourceCase | SealedStream | Claim | Person | Notes


def project(aggregate: Aggregate | None, event: Acted | Claimed | Said, brings: Callable[[Acted], str | None]) -> Any:
    """An aggregate after one more event; `brings` tells the thumbprint of the key an act registers."""
    if isinstance(event, Said):
        return Notes(event.originator_id, event.originator_version)
    if isinstance(event, Claimed):
        if event.type in PERSON_EVENTS:
            assert aggregate is None or isinstance(aggregate, Person)
            return persons.evolve(aggregate, event)
        return Claim(event.originator_id, event.originator_version, event.said["by"])
    stage = event.type.partition(".")[0]
    if stage == "officer":
        assert aggregate is None or isinstance(aggregate, Officer)
        return officers.evolve(aggregate, event, brings(event))
    if stage == "delegation":
        return delegations.evolve_delegation(aggregate, event)  # type: ignore[arg-type]
    if stage == "place":
        return places.evolve(aggregate, event)  # type: ignore[arg-type]
    if stage == "policy":
        return policies.evolve(aggregate, event)  # type: ignore[arg-type]
    if event.type == "source.granted":
        return sources.evolve_source(aggregate, event)  # type: ignore[arg-type]
    if stage == "source":
        return sources.evolve_case(aggregate, event)  # type: ignore[arg-type]
    if stage in ("complaint", "referral"):
        return sealed.evolve(aggregate, event)  # type: ignore[arg-type]
    if stage == "archive":
        # Where papers stand decides nothing: `domain.archive` tells it to readers, the case only moves on.
        assert isinstance(aggregate, Case)
        return aggregate.changed({"version": event.originator_version})
    return unfolding.evolve(aggregate, event)  # type: ignore[arg-type]
