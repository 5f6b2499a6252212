"""An act that wants to be recorded, and the decision that it may."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from domain.events import Acted, Claimed
from domain.officer import Officer
from domain.streams import uuid_of
from domain.view import View


@dataclass(frozen=True)
class Proposal:
    """An admitted act, as the rules see it. `revealed` has personal members in place.

    `brings` is the thumbprint of the key it registers; `seconded` the officer whose registered key, `second_kid`,
    countersigned; `people` are the person streams of the ID numbers in `revealed`.
    """

    jws: str
    kid: str
    code: str
    claims: dict[str, Any]
    revealed: dict[str, Any]
    brings: str | None = None
    seconded: UUID | None = None
    second_kid: str | None = None
    people: Mapping[str, UUID] = field(default_factory=dict)

    @property
    def data(self) -> dict[str, Any]:
        """As signed."""
        data: dict[str, Any] = self.claims["data"]
        return data

    @cached_property
    def stream(self) -> UUID:
        """The stream the act belongs to."""
        return uuid_of(self.claims["case"])

    @cached_property
    def signer(self) -> UUID:
        """Who signed."""
        return uuid_of(self.claims["iss"])

    @property
    def on(self) -> date:
        """The day it took place."""
        return date.fromisoformat(self.claims["on"])

    @property
    def behalf(self) -> UUID | None:
        """Whom the signer acts for, in deputation."""
        return uuid_of(self.claims["behalf"]) if "behalf" in self.claims else None


@dataclass(frozen=True, slots=True)
class Decision:
    """The act as it will stand on the ledger, what else it takes, and the versions that were read."""

    event: Acted
    claimed: tuple[Claimed, ...]
    read: dict[UUID, int]


Ruling = tuple[dict[str, Any], tuple[Claimed, ...]]
"""What a rule adds to what the decision relied on, and what else the act takes."""
Rules = Mapping[str, Callable[[Proposal, Officer, View], Ruling]]
"""By act code or stage: what judges it. Each raises `NotAllowed`, or `NotLoaded`."""
