"""A made-up county for tests: its people's keys, and how each of them signs an act."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.examples.made_up import made_up_number
from domain.officer import POSSESSION_TYP, SECOND_TYP, key_statement, registration_statement
from domain.pack_text import read_pack
from domain.packs import text_of
from domain.streams import delegation_id, policy_id
from ledger.act import BEIJING, act_digest, sign_act
from ledger.disclosure import Disclosure, disclose
from ledger.jws import PrivateKey, key_of, sign_jws

TOWN = "610924100"
VILLAGE = "610924100201"
DIGEST = "ab" * 32

AGO = {
    # How many days ago an act took place, unless a test says otherwise: a case takes its time.
    "apply.submit": 60,
    "apply.accept": 60,
    "apply.register": 59,
    "review.check": 58,
    "review.visit": 57,
    "review.cosign": 57,
    "review.opine": 50,
    "review.post": 49,
    "confirm.grant": 40,
    "confirm.refuse": 40,
    "confirm.notify": 39,
    "verify.draw": 38,
    "verify.visit": 37,
    "verify.pass": 37,
    "suspend.start": 30,
    "suspend.lift": 20,
}


def day(ago: int) -> date:
    """The day so many days ago, in 北京时间."""
    return datetime.now(BEIJING).date() - timedelta(days=ago)


def uuid7() -> UUID:
    """A UUID of version 7 (RFC 9562 §5.7)."""
    value = int(time.time() * 1000) << 80 | uuid4().int & ((1 << 80) - 1)
    value = value & ~(0xF << 76) | 7 << 76
    return UUID(int=value & ~(0x3 << 62) | 2 << 62)


NAMING = ("review.cosign", "review.correct")
"""Acts that name another one."""


@dataclass
class Person:
    """Somebody with a key and an officer id."""

    id: str = field(default_factory=lambda: str(uuid4()))
    private: PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def kid(self) -> str:
        return key_of(self.private.public_key()).kid

    @property
    def jwk(self) -> dict[str, str]:
        return key_of(self.private.public_key()).jwk()


@dataclass
class Pen:
    """Signs acts for one ledger, and remembers where each stream stands."""

    origin: str
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    signed: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    """The latest act of a code in a stream: its version, and the digest of its JWS."""

    def claims(self, person: Person, stream: str, code: str, data: dict[str, Any], **others: Any) -> dict[str, Any]:
        version, prev = self.heads.get(stream, (0, None))
        claims: dict[str, Any] = {
            "iss": person.id,
            "aud": self.origin,
            "jti": str(uuid7()),
            "iat": int(time.time()),
            "on": str(day(AGO.get(code, 0))),
            "case": stream,
            "version": version + 1,
            "act": code,
            "basis": "direct",
            "data": data,
        }
        if prev is not None:
            claims["prev"] = prev
        return claims | others

    def sign(
        self,
        person: Person,
        stream: str,
        code: str,
        data: dict[str, Any],
        disclosures: Sequence[Disclosure] = (),
        **others: Any,
    ) -> str:
        """A signed act; the next one for the same stream builds on its digest unless `recorded` says otherwise.

        Data that says `of` a code names that code's latest act of the stream, by version and digest.
        """
        if "of" in data and code in NAMING:
            version, act = self.signed[stream, data["of"]]
            data = {name: value for name, value in data.items() if name != "of"} | {"version": version, "act": act}
        message = sign_act(person.private, self.claims(person, stream, code, data, **others), disclosures)
        version, digest = self.heads.get(stream, (0, ""))[0] + 1, act_digest(message.split("~")[0])
        self.heads[stream] = self.signed[stream, code] = (version, digest)
        return message

    def recorded(self, stream: str, version: int, hash_: str) -> None:
        """The ledger's answer: where the stream stands now."""
        self.heads[stream] = (version, hash_)


def register(pen: Pen, first: Person, second: Person, new: Person, unit: str, administrator: bool = False) -> str:
    """The act that registers `new`, signed by two administrators and the new key."""
    statement = orjson.dumps(key_statement(pen.origin, new.id, new.kid))
    seconded = registration_statement(pen.origin, new.id, new.kid, unit, administrator)
    data = {
        "unit": unit,
        "administrator": administrator,
        "jwk": new.jwk,
        "possession": sign_jws(new.private, POSSESSION_TYP, statement),
        "second": sign_jws(second.private, SECOND_TYP, orjson.dumps(seconded)),
    }
    return pen.sign(first, new.id, "officer.register", data)


def submit_data(members: int = 2) -> tuple[dict[str, Any], list[Disclosure]]:
    """An application by nobody real."""
    fields = {"name": "测试甲", "id_number": made_up_number(), "phone": "10000000000", "address": "无此村 1 号"}
    disclosures = [disclose(name, value) for name, value in fields.items()]
    others = [[disclose("name", "测试乙"), disclose("id_number", made_up_number())] for _ in range(members - 1)]
    household = [{"person": {"_sd": [disclosure.digest for disclosure in one]}, "relation": "other"} for one in others]
    data = {
        "programme": "rural_minimum",
        "town": TOWN,
        "village": VILLAGE,
        "members": members,
        "by": "household",
        "applicant": {"_sd": [disclosure.digest for disclosure in disclosures]},
        "household": household,
        "documents": [{"kind": kind, "sha256": DIGEST} for kind in ("application", "commitment", "authorisation")],
    }
    return data, disclosures + [disclosure for one in others for disclosure in one]


def month_after(start: date, months: int = 1) -> str:
    """The month `months` after that of `start`."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return f"{year}-{month + 1:02d}"


def six_stages(
    town: Person, assistant: Person, other: Person, county: Person
) -> list[tuple[Person, str, dict[str, Any]]]:
    """Who signs what, from acceptance to exit."""
    visitors = [town.id, assistant.id]
    return [
        (town, "apply.accept", {}),
        (town, "review.check", {"result": "consistent", "report": DIGEST}),
        (town, "review.visit", {"investigators": visitors, "household_present": True, "form": DIGEST}),
        (assistant, "review.cosign", {"of": "review.visit", "hand": "investigator"}),
        (town, "review.cosign", {"of": "review.visit", "hand": "household", "paper": DIGEST}),
        (town, "review.opine", {"opinion": "eligible", "form": DIGEST}),
        (town, "review.post", {"village": VILLAGE, "days": 7, "photograph": DIGEST}),
        (other, "confirm.grant", {"monthly_fen": 45_000, "members": 2, "starting": paid_from()}),
        (town, "confirm.notify", {"notice": DIGEST, "delivered": "in_person"}),
        (county, "verify.draw", {"cause": "sampled"}),
        (county, "verify.visit", {"form": DIGEST}),
        (county, "verify.pass", {}),
        (town, "suspend.start", {"reason": "recheck_overdue", "starting": month_after(day(30))}),
        (town, "suspend.lift", {"starting": month_after(day(20))}),
        (town, "exit.end", {"reason": "income", "starting": month_after(day(0))}),
    ]


def paid_from() -> str:
    """The first month that a confirmation of `AGO` is paid for."""
    return month_after(day(AGO["confirm.grant"]))


def delegate(pen: Pen, county: Person, town: str = TOWN) -> str:
    """The county delegates the power to confirm to a town."""
    data = {
        "town": town,
        "programmes": ["rural_minimum", "urban_minimum"],
        "form": "entrusted",
        "instrument": DIGEST,
        "starting": "2021-07-01",
    }
    return pen.sign(county, str(delegation_id(pen.origin, town)), "delegation.grant", data)


def adopt(pen: Pen, one: Person, other: Person, pack: str = "law-2021-07", starting: str | None = None) -> list[str]:
    """The county adopts a rule pack: `one` proposes it, `other` adopts it."""
    text, stream = text_of(pack), str(policy_id(pen.origin))
    read = read_pack(text)
    data = {"sha256": read.sha256, "starting": starting or str(read.starting)}
    return [
        pen.sign(one, stream, "policy.propose", {"kind": read.kind, "name": pack, "text": text, **data}),
        pen.sign(other, stream, "policy.adopt", {"pack": pack, **data}),
    ]
