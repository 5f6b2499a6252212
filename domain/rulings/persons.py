"""Who the people in an act are to the ledger: enrolled already, somebody's kin."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from domain.errors import NotAllowed
from domain.person import Person
from domain.proposal import Proposal
from domain.view import View

Exclusive = Callable[[str, str], str | None]
"""(programme applied for, programme held) -> the article under which nobody has both; None: both may be had."""


def household(proposal: Proposal) -> list[UUID]:
    """The applicant and the household, in order. Raises `NotAllowed`: `data.members`, `data.person-twice`."""
    said = proposal.revealed
    named = [said["applicant"], *(member["person"] for member in said.get("household") or ())]
    if len(named) != said["members"]:
        raise NotAllowed(
            "data.members",
            f"{said['members']} members: name the others, beside the applicant, in `household`; {len(named)} are named",
            members=said["members"],
            named=len(named),
        )
    return identified(proposal, named)


def identified(proposal: Proposal, named: Iterable[dict[str, Any]]) -> list[UUID]:
    """The person streams of people named by their ID numbers, in order. Raises `NotAllowed`: `data.person-twice`."""
    people = [proposal.people[one["id_number"]] for one in named]
    if len(set(people)) != len(people):
        raise NotAllowed("data.person-twice", "the same ID number is there twice")
    return people


def kin_of(people: Iterable[UUID], near: Iterable[str], view: View) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """Officers who declared one of these people in a relation that is `near` (57号 Art 11).

    First all of them: theirs, or a committee member's kin. Then those whose own kin, or selves, these people are: they
    may not act in the case.
    """
    found = [
        (officer, how.of)
        for person in _persons(people, view)
        for officer, how in person.kin_of.items()
        if how.relation in ("self", *near)
    ]
    return frozenset(officer for officer, _ in found), frozenset(officer for officer, of in found if of == "officer")


def check_enrolment(programme: str, people: Iterable[UUID], exclusive: Exclusive, view: View, case: UUID) -> None:
    """Nobody is helped twice where the law says so. Raises `NotAllowed`: `person.enrolled`, naming the first case."""
    for person in _persons(people, view):
        for other, held in person.enrolled.items():
            article = exclusive(programme, held) if other != case else None
            if article is not None:
                raise NotAllowed(
                    "person.enrolled",
                    f"somebody of this household is helped already, by {held} in case {other}: first they leave it"
                    " (review.adjust), or that case ends (exit.end)",
                    case=str(other),
                    programme=held,
                    **({"article": article} if article else {}),
                )


def enrolled(programme: str, people: Iterable[UUID], view: View, case: UUID) -> dict[str, Any]:
    """Who is newly helped, for what the decision relied on; nothing where nobody is."""
    new = [str(one) for one in people if (person := view.rare(one)) is None or not _is_enrolled(person, case)]
    return {"enrolled": {"programme": programme, "people": new}} if new else {}


def released(people: Iterable[UUID], view: View, case: UUID) -> dict[str, Any]:
    """Who is not helped any more, likewise."""
    gone = [str(one) for one in people if (person := view.rare(one)) is not None and _is_enrolled(person, case)]
    return {"released": gone} if gone else {}


def not_helped(people: Iterable[UUID], view: View, case: UUID) -> bool:
    """Whether somebody of these, who were of this case once, is not any more. Raises `NotLoaded`."""
    return not all(_is_enrolled(view.get(one), case) for one in people)


def _is_enrolled(person: object, case: UUID) -> bool:
    return isinstance(person, Person) and case in person.enrolled


def _persons(people: Iterable[UUID], view: View) -> list[Person]:
    return [person for one in people if isinstance(person := view.rare(one), Person)]
