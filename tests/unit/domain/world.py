"""A small world to decide in: officers, a case, and what has been delegated."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from api.identities import people_in
from domain.calendar import announced
from domain.case import Case, Procedure, ProcedureKind, Step
from domain.decide import decide
from domain.delegation import Delegation, Period, PeriodState, Power
from domain.errors import NotAllowed
from domain.officer import Officer
from domain.pack import Pack
from domain.pack_text import read_pack
from domain.packs import text_of
from domain.policy import Adopted, Policy
from domain.project import project
from domain.proposal import Decision, Proposal
from domain.rules_in_force import Rules, overlay
from domain.streams import delegation_id, policy_id
from domain.view import View
from domain.vocabulary import Level, Programme, Stage

ORIGIN = "ledger.example"
TODAY = date(2026, 11, 23)
DIGEST = "ab" * 32
COUNTY, TOWN, VILLAGE = "610924", "610924100", "610924100201"
OTHER_TOWN, OTHER_VILLAGE = "610924101", "610924100202"
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}
GRANT = {"monthly_fen": 84_000, "members": 3, "starting": "2026-12"}


def shipped(name: str) -> Pack:
    """A pack of this release."""
    return read_pack(text_of(name))


def rules_in_force(law: str = "law-2022-10") -> Rules:
    """A law pack of this release, the county's defaults over it."""
    return overlay(shipped(law), shipped("county-defaults"), announced())


def adopting(*packs: Pack) -> Policy:
    """The county's rules, these packs adopted for the day each begins."""
    two = (uuid4(), uuid4())
    return Policy(policy_id(ORIGIN), len(packs), tuple(Adopted(pack, pack.starting, two, False) for pack in packs))


class Streams(dict[UUID, Any]):
    """Everything is loaded; what is not there is nothing."""

    def __missing__(self, stream: UUID) -> None:
        return None


BEGAN = date(2026, 9, 1)
STEPS = {
    code: Step(version, on, Level.TOWN)
    for code, version, on in (
        ("apply.submit", 1, BEGAN),
        ("apply.accept", 2, BEGAN),
        ("review.check", 3, date(2026, 9, 3)),
        ("review.visit", 4, date(2026, 9, 4)),
        ("review.opine", 5, date(2026, 9, 10)),
        ("review.post", 6, date(2026, 9, 11)),
    )
}
"""A case that has everything behind it but the confirmation."""
_BEFORE = (Stage.SUBMITTED, Stage.RETURNED, Stage.ACCEPTED, Stage.OPINED)


def a_case(stage: Stage, **changes: Any) -> Case:
    """A case in this stage, all steps before a confirmation taken; some fields otherwise."""
    law, county = changes.pop("law", None), changes.pop("county", None)
    values: dict[str, Any] = {
        "since": date(2026, 9, 10),
        "procedure": Procedure(ProcedureKind.APPLICATION, 1, BEGAN, law, county, open=stage in _BEFORE),
        "steps": STEPS,
        "trail": tuple((frozenset({code}), step) for code, step in STEPS.items()),
        "papers": frozenset({"application", "commitment", "authorisation"}),
        "opinion": "eligible",
        "posting_ends": date(2026, 9, 18),
        "check": "consistent",
        "monthly_fen": 84_000,
        "members": 3,
    }
    place = (changes.pop("town", TOWN), changes.pop("village", VILLAGE))
    programme = Programme(changes.pop("programme", Programme.RURAL_MINIMUM))
    return Case(uuid4(), 6, programme, *place, stage, **(values | changes))


class World:
    """Officers, a case, what has been delegated, and the rules in force: those shipped for October 2022."""

    def __init__(self, law: str = "law-2022-10") -> None:
        self.streams = Streams()
        self.law, self.county = shipped(law), shipped("county-defaults")
        self.streams[policy_id(ORIGIN)] = adopting(self.law, self.county)

    @property
    def rules(self) -> Rules:
        """The rules that the world began with."""
        return overlay(self.law, self.county, announced())

    def shipped_law(self, name: str) -> Pack:
        """A law pack of this release."""
        return shipped(name)

    def put_in_force(self, name: str) -> None:
        """Another pack comes into force on the day it says."""
        packs = [adopted.pack for adopted in self.streams[policy_id(ORIGIN)].adopted]
        self.streams[policy_id(ORIGIN)] = adopting(*packs, shipped(name))

    def withdraw(self, town: str) -> None:
        """The town has no power to confirm any more."""
        del self.streams[delegation_id(ORIGIN, town)]

    def officer(self, unit: str, administrator: bool = False) -> Officer:
        officer = Officer(uuid4(), 1, unit, administrator, frozenset({"key"}))
        self.streams[officer.id] = officer
        return officer

    def case(self, stage: Stage = Stage.OPINED, **changes: Any) -> Case:
        case = a_case(stage, **({"law": self.law.sha256, "county": self.county.sha256} | changes))
        self.streams[case.id] = case
        return case

    def delegate(self, **changes: Any) -> Delegation:
        values: dict[str, Any] = {
            "town": TOWN,
            "programmes": frozenset({"rural_minimum"}),
            "form": "entrusted",
            "starting": date(2021, 7, 1),
            "ending": None,
            "withdrawn": False,
            "ceiling_fen": None,
        }
        values |= changes
        power = Power(1, values["form"], DIGEST)
        state = PeriodState.WITHDRAWN if values["withdrawn"] else PeriodState.VALID
        periods = tuple(
            Period(programme, values["starting"], values["ending"], state, power, 1, values["ceiling_fen"])
            for programme in sorted(values["programmes"])
        )
        delegation = Delegation(delegation_id(ORIGIN, values["town"]), 1, values["town"], periods)
        self.streams[delegation.id] = delegation
        return delegation

    def decide(
        self, officer: Officer, stream: UUID, code: str, data: dict[str, Any], revealed: Any = None, **changes: Any
    ) -> Decision:
        found = self.streams[stream]
        claims = {
            "iss": str(officer.id),
            "case": str(stream),
            "act": code,
            "version": (found.version if found else 0) + 1,
            "on": "2026-11-23",
            "basis": "direct",
            "data": data,
        }
        claims |= {name: changes.pop(name) for name in ("basis", "on", "behalf") if name in changes}
        today = changes.pop("today", TODAY)
        people = people_in(revealed or data, bytes(32), ORIGIN)
        proposal = Proposal(
            changes.pop("jws", "x.y.z"),
            changes.pop("kid", "key"),
            code,
            claims,
            revealed or data,
            people=people,
            **changes,
        )
        return decide(proposal, View(ORIGIN, today, self.streams))

    def record(self, *arguments: Any, **changes: Any) -> Any:
        decision = self.decide(*arguments, **changes)
        stream = decision.event.originator_id
        self.streams[stream] = project(self.streams[stream], decision.event, lambda event: changes.get("brings"))
        for claimed in decision.claimed:
            before = self.streams[claimed.originator_id]
            self.streams[claimed.originator_id] = project(before, claimed, lambda event: None)
        return self.streams[stream]


def refusal(world: World, *arguments: Any, **changes: Any) -> str | None:
    try:
        world.decide(*arguments, **changes)
    except NotAllowed as refused:
        return refused.code
    return None


def registration(**changes: Any) -> dict[str, Any]:
    data = {"unit": TOWN, "administrator": False, "jwk": JWK, "possession": "p" * 20, "second": "s" * 20}
    return data | changes


SUBMIT: dict[str, Any] = {
    "programme": "rural_minimum",
    "town": TOWN,
    "village": VILLAGE,
    "members": 3,
    "by": "household",
    "documents": [{"kind": kind, "sha256": DIGEST} for kind in ("application", "commitment", "authorisation")],
}
HIDDEN = {"_sd": ["A" * 43]}
SIGNED = SUBMIT | {
    "applicant": HIDDEN,
    "household": [{"person": HIDDEN, "relation": relation} for relation in ("spouse", "child")],
}
SHOWN = SUBMIT | {
    "applicant": {"name": "示例甲", "id_number": "000000195001010001"},
    "household": [
        {"person": {"name": "示例乙", "id_number": "000000195201010006"}, "relation": "spouse"},
        {"person": {"name": "示例丙", "id_number": "00000020100101000X"}, "relation": "child"},
    ],
}
