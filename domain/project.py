"""What is so after one more event: each kind of stream by its own rules."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain import case as cases
from domain import delegation as delegations
from domain import officer as officers
from domain import source as sources
from domain.case import Case
from domain.delegation import Delegation, Policy
from domain.events import Acted, Claimed, Said
from domain.officer import Officer
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


Aggregate = Notes | Case | Officer | Delegation | Policy | Source | SourceCase | Claim


def project(aggregate: Aggregate | None, event: Acted | Claimed | Said, brings: Callable[[Acted], str | None]) -> Any:
    """An aggregate after one more event; `brings` tells the thumbprint of the key an act registers."""
    if isinstance(event, Said):
        return Notes(event.originator_id, event.originator_version)
    if isinstance(event, Claimed):
        return Claim(event.originator_id, event.originator_version, event.by)
    stage = event.type.partition(".")[0]
    if stage == "officer":
        assert aggregate is None or isinstance(aggregate, Officer)
        return officers.evolve(aggregate, event, brings(event))
    if stage == "delegation":
        return delegations.evolve_delegation(aggregate, event)  # type: ignore[arg-type]
    if stage == "policy":
        return delegations.evolve_policy(aggregate, event)  # type: ignore[arg-type]
    if event.type == "source.granted":
        return sources.evolve_source(aggregate, event)  # type: ignore[arg-type]
    if stage == "source":
        return sources.evolve_case(aggregate, event)  # type: ignore[arg-type]
    return cases.evolve(aggregate, event)  # type: ignore[arg-type]
