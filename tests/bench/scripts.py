"""The work of the benchmark: signed acts of made-up cases, five a case, built as cheaply as signing allows.

A new case is submitted with five personal fields as disclosures, accepted, checked, visited, and the visit is signed by
the second investigator. A case that existed before goes on after its posting: it is granted (which relies on the
delegation and the applicant too), notified, drawn, visited and passed by the county.
"""

import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.examples.made_up import made_up_number
from ledger.act import TYP, act_digest
from ledger.disclosure import disclose
from ledger.jws import b64url
from tests.county import AGO, DIGEST, TOWN, VILLAGE, Person, day, paid_from, uuid7

FIELDS = {
    "name": "测试甲",
    "phone": "10000000000",
    "address": "无此村 1 号",
    "account": "0000000000000000000",
}
ACTS_A_CASE = 5
NAMES = ("clerk", "assistant", "other", "inspector")


@dataclass(frozen=True)
class Cast:
    """Who signs: a clerk, an assistant and the head of a town, the county's inspector, for the ledger `origin`."""

    origin: str
    clerk: Person
    assistant: Person
    other: Person
    inspector: Person

    def to_json(self) -> dict[str, Any]:
        """What a load process needs to sign in their names."""
        people = {name: getattr(self, name) for name in NAMES}
        return {"origin": self.origin} | {
            name: [person.id, person.private.private_bytes_raw().hex()] for name, person in people.items()
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Cast":
        people = {
            name: Person(id_, Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key)))
            for name, (id_, key) in ((name, content[name]) for name in NAMES)
        }
        return cls(content["origin"], **people)


@dataclass
class Case:
    """A case under way: where its stream stands, and the steps still to come."""

    id: str
    version: int
    prev: str | None
    steps: list[str]
    visit: tuple[int, str] | None = None
    """Version and digest of the visit that waits for signatures."""


def new_case() -> Case:
    """A case nobody has heard of."""
    return Case(
        str(uuid4()), 0, None, ["apply.submit", "apply.accept", "review.check", "review.visit", "review.cosign"]
    )


def preparing_case() -> Case:
    """A new case that is taken as far as a posting: eight acts."""
    case = new_case()
    case.steps += ["review.cosign", "review.opine", "review.post"]
    return case


def existing_case(id_: str, version: int, prev: str) -> Case:
    """A case whose posting has run out, as the ledger has it."""
    return Case(id_, version, prev, ["confirm.grant", "confirm.notify", "verify.draw", "verify.visit", "verify.pass"])


class Pens:
    """Signs the next act of a case. What never changes is prepared once."""

    def __init__(self, cast: Cast) -> None:
        self._origin = cast.origin
        self._people = {name: getattr(cast, name) for name in NAMES}
        self._heads = {
            name: b64url(orjson.dumps({"alg": "Ed25519", "kid": person.kid, "typ": TYP})).encode() + b"."
            for name, person in self._people.items()
        }
        self._days = {code: str(day(ago)) for code, ago in AGO.items()}
        self._data: dict[str, tuple[str, dict[str, Any]]] = {
            "apply.submit": ("clerk", {}),
            "apply.accept": ("clerk", {}),
            "review.check": ("clerk", {"result": "consistent", "report": DIGEST}),
            "review.visit": (
                "clerk",
                {"investigators": [cast.clerk.id, cast.assistant.id], "household_present": True, "form": DIGEST},
            ),
            "review.post": ("clerk", {"village": VILLAGE, "days": 7, "photograph": DIGEST}),
            "review.opine": ("clerk", {"opinion": "eligible", "form": DIGEST}),
            "confirm.grant": ("other", {"monthly_fen": 45_000, "members": 1, "starting": paid_from()}),
            "confirm.notify": ("clerk", {"notice": DIGEST, "delivered": "in_person"}),
            "verify.draw": ("inspector", {"cause": "sampled"}),
            "verify.visit": ("inspector", {"form": DIGEST}),
            "verify.pass": ("inspector", {}),
        }

    def sign(self, case: Case) -> bytes:
        """The case's next act, as a message; `case.prev` becomes the act's digest until the ledger answers."""
        code = case.steps.pop(0)
        who, data = self._cosigning(case) if code == "review.cosign" else self._data[code]
        claims: dict[str, Any] = {
            "iss": self._people[who].id,
            "aud": self._origin,
            "jti": str(uuid7()),
            "iat": int(time.time()),
            "on": self._days[code],
            "case": case.id,
            "version": case.version + 1,
            "act": code,
            "basis": "direct",
            "data": data,
        }
        beside = b""
        if code == "apply.submit":
            disclosures = [disclose(name, value) for name, value in FIELDS.items()]
            disclosures.append(disclose("id_number", made_up_number()))
            claims["data"] = _application([disclosure.digest for disclosure in disclosures])
            claims["_sd_alg"] = "sha-256"
            beside = "~".join(["", *(disclosure.encoded for disclosure in disclosures), ""]).encode()
        if case.prev is not None:
            claims["prev"] = case.prev
        signed = self._heads[who] + b64url(orjson.dumps(claims)).encode()
        jws = signed + b"." + b64url(self._people[who].private.sign(signed)).encode()
        case.version += 1
        case.prev = act_digest(jws.decode())
        if code == "review.visit":
            case.visit = case.version, case.prev
        return jws + beside

    def _cosigning(self, case: Case) -> tuple[str, dict[str, Any]]:
        assert case.visit is not None
        version, act = case.visit
        if case.version == version:
            return "assistant", {"version": version, "act": act, "hand": "investigator"}
        return "clerk", {"version": version, "act": act, "hand": "household", "paper": DIGEST}


def _application(digests: list[str]) -> dict[str, Any]:
    return {
        "programme": "rural_minimum",
        "town": TOWN,
        "village": VILLAGE,
        "members": 1,
        "by": "household",
        "applicant": {"_sd": digests},
        "documents": [{"kind": kind, "sha256": DIGEST} for kind in ("application", "commitment", "authorisation")],
    }
