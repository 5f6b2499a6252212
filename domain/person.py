"""A person, as the ledger knows one: a keyed digest of their ID number, which programme helps them, whose kin they are.

Nobody signs a person's stream. What stands there follows from a signed act and is recorded directly after it, so
whoever reads the act knows what must follow (`followers`), and `verify` names what does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from domain.events import Claimed

FOLLOWED = frozenset({"officer.declared", "confirm.granted", "review.adjusted", "exit.ended", "review.corrected"})
"""Events of acts that may enrol, release or declare somebody."""
ENROLLED, RELEASED, DECLARED, UNDECLARED = (
    f"person.{word}" for word in ("enrolled", "released", "declared", "undeclared")
)
PERSON_EVENTS = frozenset({ENROLLED, RELEASED, DECLARED, UNDECLARED})


@dataclass(frozen=True, slots=True)
class Kinship:
    """How somebody is related (`self`: they are the same), and to whom: the officer, or a village committee member."""

    relation: str
    of: str


@dataclass(frozen=True, slots=True)
class Person:
    """`enrolled`: case -> programme; `kin_of`: the officer who declared it -> how."""

    id: UUID
    version: int
    enrolled: Mapping[UUID, str] = field(default_factory=dict)
    kin_of: Mapping[UUID, Kinship] = field(default_factory=dict)


def followers(type_: str, stream: UUID, relied: Mapping[str, Any]) -> tuple[Claimed, ...]:
    """What an act of this event type in `stream` brings to people's streams, from what its decision relied on."""
    if type_ not in FOLLOWED:
        return ()
    enrolled = relied.get("enrolled", {})
    said: list[tuple[str, str, dict[str, Any]]] = [
        (ENROLLED, person, {"programme": enrolled["programme"]}) for person in enrolled.get("people", ())
    ]
    said += [(RELEASED, person, {}) for person in relied.get("released", ())]
    said += [(DECLARED, person, {"relation": how, "of": of}) for person, how, of in relied.get("declared", ())]
    said += [(UNDECLARED, person, {}) for person in relied.get("undeclared", ())]
    versions = relied["streams"]
    return tuple(
        Claimed(UUID(person), versions[person] + 1, type_, {"by": str(stream), **more}) for type_, person, more in said
    )


def evolve(person: Person | None, event: Claimed) -> Person:
    """The person after one more event."""
    person = person or Person(event.originator_id, 0)
    by = UUID(event.said["by"])
    enrolled = {case: programme for case, programme in person.enrolled.items() if case != by}
    kin_of = {officer: how for officer, how in person.kin_of.items() if officer != by}
    if event.type == ENROLLED:
        enrolled[by] = event.said["programme"]
    elif event.type == DECLARED:
        kin_of[by] = Kinship(event.said["relation"], event.said["of"])
    if event.type in (ENROLLED, RELEASED):
        return replace(person, version=event.originator_version, enrolled=enrolled)
    return replace(person, version=event.originator_version, kin_of=kin_of)
