"""PLACEHOLDER until persons arrive."""
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID
from domain.proposal import Proposal
from domain.view import View
Exclusive = Callable[[str, str], str | None]
def household(proposal: Proposal) -> list[UUID]: return []
def kin_of(people: Iterable[UUID], view: View) -> frozenset[UUID]: return frozenset()
def own_kin_of(people: Iterable[UUID], view: View) -> frozenset[UUID]: return frozenset()
def check_enrolment(programme: str, people: Iterable[UUID], exclusive: Exclusive, view: View, case: UUID) -> None: ...
def enrolled(programme: str, people: Iterable[UUID], view: View, case: UUID) -> dict[str, Any]: return {}
def released(people: Iterable[UUID], view: View, case: UUID) -> dict[str, Any]: return {}
