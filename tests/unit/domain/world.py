"""A small world to decide in: officers, a case, and what has been delegated."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from domain.case import Case
from domain.decide import decide
from domain.delegation import Delegation
from domain.errors import NotAllowed
from domain.officer import Officer
from domain.project import project
from domain.proposal import Decision, Proposal
from domain.streams import delegation_id
from domain.view import View
from domain.vocabulary import Programme, Stage

ORIGIN = "ledger.example"
TODAY = date(2026, 11, 23)
DIGEST = "ab" * 32
COUNTY, TOWN, VILLAGE = "610924", "610924100", "610924100201"
OTHER_TOWN, OTHER_VILLAGE = "610924101", "610924100202"
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}
GRANT = {"monthly_fen": 84_000, "members": 3, "starting": "2026-12"}


class Streams(dict[UUID, Any]):
    """Everything is loaded; what is not there is nothing."""

    def __missing__(self, stream: UUID) -> None:
        return None


class World:
    """Officers, a case, and what has been delegated."""

    def __init__(self) -> None:
        self.streams = Streams()

    def officer(self, unit: str, administrator: bool = False) -> Officer:
        officer = Officer(uuid4(), 1, unit, administrator, frozenset({"key"}))
        self.streams[officer.id] = officer
        return officer

    def case(self, stage: Stage = Stage.OPINED, **changes: Any) -> Case:
        case = Case(
            uuid4(), 6, Programme.RURAL_MINIMUM, TOWN, VILLAGE, stage,
            done=frozenset({"review.check", "review.visit", "review.post"}), opinion="eligible", monthly_fen=84_000,
            **changes,
        )  # fmt: skip
        self.streams[case.id] = case
        return case

    def delegate(self, **changes: Any) -> Delegation:
        values: dict[str, Any] = {
            "town": TOWN,
            "programmes": frozenset({"rural_minimum"}),
            "form": "entrusted",
            "starting": date(2021, 7, 1),
            "ending": None,
        }
        values |= changes
        delegation = Delegation(delegation_id(ORIGIN, values["town"]), 1, **values)
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
        jws = changes.pop("jws", "x.y.z")
        proposal = Proposal(jws, changes.pop("kid", "key"), code, claims, revealed or data, **changes)
        return decide(proposal, View(ORIGIN, TODAY, self.streams))

    def record(self, *arguments: Any, **changes: Any) -> Any:
        decision = self.decide(*arguments, **changes)
        stream = decision.event.originator_id
        self.streams[stream] = project(self.streams[stream], decision.event, lambda event: changes.get("brings"))
        for claimed in decision.claimed:
            self.streams[claimed.originator_id] = project(None, claimed, lambda event: None)
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
    "documents": [{"kind": "application", "sha256": DIGEST}],
}
SIGNED = SUBMIT | {"applicant": {"_sd": ["A" * 43]}}
SHOWN = SUBMIT | {"applicant": {"name": "示例甲", "id_number": "000000190001010000"}}
