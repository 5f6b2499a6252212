"""What is judged: an act on a case, with everything that its rules may ask for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from domain.case import Case
from domain.officer import Officer
from domain.proposal import Proposal
from domain.rules_in_force import Rules
from domain.unfolding import actors_of
from domain.view import View


@dataclass(frozen=True, slots=True)
class Matter:
    """An act of `officer` on `case`, judged by `rules`. `data` and `on` are the act's own."""

    case: Case
    proposal: Proposal
    officer: Officer
    rules: Rules
    view: View
    data: dict[str, Any]
    on: date

    @property
    def actors(self) -> frozenset[UUID]:
        """Everybody whose act it is."""
        return actors_of(self.proposal.claims)

    def value(self, key: str) -> Any:
        """What the rules say for this case's programme."""
        return self.rules.value(key, self.case.programme)

    def article(self, key: str) -> str | None:
        """The article that says it, in Chinese; None where it is the county's own setting."""
        return self.rules.article(key, self.case.programme)


Relied = Mapping[str, Any]
"""What a check adds to what the decision relied on."""
Check = Callable[[Matter], Relied | None]
"""Raises `NotAllowed`, or `NotLoaded`."""
