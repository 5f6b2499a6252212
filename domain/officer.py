"""Officers: where they belong, and which keys are theirs. The first administrators stand on line 0."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from domain import deputation, handover
from domain.assignment import Assignment, Duty, assignment_of, duties_on
from domain.deputation import Deputation
from domain.events import Acted, claims_of
from domain.handover import Handover
from domain.vocabulary import Level

KEY_EVENTS = ("officer.registered", "officer.key_added", "officer.key_revoked")

POSSESSION_TYP = "key-possession+jwt"
SECOND_TYP = "key-second+jwt"
REVOCATION_TYP = "key-revocation+jwt"
"""A typ of its own: the paper that seconds a further key says the same, and must not end it."""


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer as registered. `unit` is an administrative code; `keys` those not revoked, by thumbprint.

    `reading_keys` are the public keys that papers are sealed to (base64url), `assignments` their duties as recorded.
    """

    id: UUID
    version: int
    unit: str
    administrator: bool
    keys: frozenset[str] = frozenset()
    declared: frozenset[UUID] = frozenset()
    """Person streams of those whom the officer declared: their relatives, and committee members' (57号 Art 11)."""
    reading_keys: frozenset[str] = frozenset()
    assignments: tuple[Assignment, ...] = ()
    deputations: tuple[Deputation, ...] = ()
    handovers: tuple[Handover, ...] = ()
    left: bool = False
    """The last key was ended because its holder left."""

    @property
    def handover(self) -> str:
        """`none`, `open` (handed over and not taken, or left without handing over), or `done`."""
        owed = self.left and "leaving" not in {one.reason for one in self.handovers}
        if owed or not all(one.taken for one in self.handovers):
            return "open"
        return "done" if self.handovers else "none"

    @property
    def level(self) -> Level:
        """Village, town or county."""
        return Level.of(self.unit)

    def covers(self, unit: str | None) -> bool:
        """Whether `unit` (a town, a village) lies within this officer's own."""
        return unit is not None and unit.startswith(self.unit)

    def has_duty(self, duty: Duty, on: date) -> bool:
        """Whether this officer is charged with `duty` on that day."""
        return duty in duties_on(self.assignments, on)


def first_administrator(id_: UUID, county: str, kids: Iterable[str]) -> Officer:
    """An administrator that line 0 names: version 0, nothing recorded yet."""
    return Officer(id_, 0, county, True, frozenset(kids))


def evolve(officer: Officer | None, event: Acted, kid: str | None = None) -> Officer:
    """The officer after one more act; `kid` is the thumbprint of the key the act brings, where it brings one."""
    code, data = event.claims["act"], event.data
    if code == "officer.register":
        return Officer(
            event.originator_id,
            event.originator_version,
            data["unit"],
            data["administrator"],
            frozenset({kid} if kid else ()),
        )
    assert officer is not None
    officer = replace(officer, version=event.originator_version)
    if code == "officer.assign":
        return replace(officer, assignments=(*officer.assignments, assignment_of(data)))
    if code == "officer.add_reading_key":
        return replace(officer, reading_keys=officer.reading_keys | {data["public"]})
    if code == "officer.end_reading_key":
        return replace(officer, reading_keys=officer.reading_keys - {data["public"]})
    if code in ("officer.deputise", "officer.end_deputation"):
        return replace(officer, deputations=deputation.evolve(officer.deputations, event))
    if code in ("officer.hand_over", "officer.take_over"):
        return replace(officer, handovers=handover.evolve(officer.handovers, event))
    keys, left = officer.keys, officer.left
    if code == "officer.add_key" and kid:
        keys, left = keys | {kid}, False
    elif code == "officer.revoke_key":
        keys = keys - {data["kid"]}
        left = not keys and data["reason"] == "left"
    elif code == "officer.declare":
        declared = frozenset(UUID(person) for person, _, _ in event.relied.get("declared", ()))
        return replace(officer, declared=declared)
    return replace(officer, keys=keys, left=left)


def key_statement(origin: str, officer: str, kid: str) -> dict[str, str]:
    """What the new key itself signs (possession), and the second person for a further key of a known officer."""
    return {"aud": origin, "officer": officer, "kid": kid}


def registration_statement(origin: str, officer: str, kid: str, unit: str, administrator: bool) -> dict[str, Any]:
    """What the second person signs when an officer is registered: the whole of what they second, rank included."""
    return {**key_statement(origin, officer, kid), "unit": unit, "administrator": administrator}


def revocation_statement(origin: str, officer: str, kid: str, compromised_since: int | None) -> dict[str, Any]:
    """What the second person signs when a key is revoked: whose, which, and from which line on it is in doubt."""
    since = {} if compromised_since is None else {"compromised_since": compromised_since}
    return {**key_statement(origin, officer, kid), **since}


def brought_key(type_: str, jws: str) -> tuple[str, dict[str, str]] | None:
    """(officer id, JWK) of an event that registers a key."""
    if type_ not in ("officer.registered", "officer.key_added"):
        return None
    claims = claims_of(jws)
    jwk: dict[str, Any] = claims["data"]["jwk"]
    return claims["case"], jwk


def makes_administrator(type_: str, jws: str) -> bool:
    """Whether an event registers an administrator."""
    return type_ == "officer.registered" and claims_of(jws)["data"]["administrator"] is True


def ended_key(type_: str, jws: str) -> tuple[str, int | None] | None:
    """(kid, index from which on it is said to be compromised) of an event that revokes a key."""
    if type_ != "officer.key_revoked":
        return None
    data = claims_of(jws)["data"]
    return data["kid"], data.get("compromised_since")


def describe(officer: Officer) -> dict[str, Any]:
    """An officer as a reader sees them: unit, keys, duties, whom they deputised, what they handed over. No name."""
    return {
        "id": str(officer.id),
        "version": officer.version,
        "unit": officer.unit,
        "level": officer.level,
        "administrator": officer.administrator,
        "keys": sorted(officer.keys),
        "reading_keys": sorted(officer.reading_keys),
        "assignments": [one.describe() for one in officer.assignments],
        "deputations": [
            {
                "deputy": str(one.deputy),
                "starting": str(one.starting),
                "ending": str(one.ending),
                "acts": sorted(one.acts),
            }
            for one in officer.deputations
        ],
        "handover": officer.handover,
        "handovers": [one.describe() for one in officer.handovers],
    }
