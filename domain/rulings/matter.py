"""What is judged: an act on a case, with everything that its rules may ask for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from domain.case import Case
from domain.officer import Officer
from domain.pack import CONDITIONS
from domain.place import Home
from domain.proposal import Proposal
from domain.rules_in_force import Rules
from domain.unfolding import actors_of
from domain.view import View


@dataclass(frozen=True, slots=True)
class Matter:
    """An act of `officer` on `case`, judged by `rules`.

    `data` and `on` are the act's own; `home` is where the household lives by today's codes.
    """

    case: Case
    proposal: Proposal
    officer: Officer
    rules: Rules
    view: View
    data: dict[str, Any]
    on: date
    home: Home

    @property
    def actors(self) -> frozenset[UUID]:
        """Everybody whose act it is."""
        return actors_of(self.proposal.claims)

    def value(self, key: str) -> Any:
        """What the rules say for this case's programme."""
        return self.rules.value(self.named(key), self.case.programme)

    def sets(self, key: str) -> bool:
        """Whether the rules say anything of it."""
        return self.rules.sets(self.named(key), self.case.programme)

    def article(self, key: str) -> str | None:
        """The article that says it, in Chinese; None where it is the county's own setting."""
        return self.rules.article(self.named(key), self.case.programme)

    def step_article(self, before: str, needs: str) -> str | None:
        """The article under which `needs` comes before `before`, whatever it depends on; None where no rule says it."""
        rules = self.rules.steps(before, self.case.programme, CONDITIONS)
        return next((rule.cite for rule in rules if needs in rule.needs), None)

    def named(self, key: str) -> str:
        """刚性支出困难家庭 have settings of their own beside those of 低保边缘家庭, where a pack has them."""
        own = f"{key}.spending"
        return own if "spending" in self.case.conditions and self.rules.sets(own, self.case.programme) else key


Relied = Mapping[str, Any]
"""What a check adds to what the decision relied on."""
Check = Callable[[Matter], Relied | None]
"""Raises `NotAllowed`, or `NotLoaded`."""
