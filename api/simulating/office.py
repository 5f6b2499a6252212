"""The offices of the simulated county: who works where, with which key, and how an act of theirs is signed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.simulating.people import Somebody
from api.simulating.places import COUNTY, TOWNS
from api.simulating.seed import Seed
from domain.officer import POSSESSION_TYP, SECOND_TYP, key_statement, registration_statement
from ledger.act import BEIJING, act_digest, sign_act
from ledger.disclosure import Disclosure
from ledger.jws import key_of, sign_jws

ADMINISTRATORS = Seed("administrators")
"""Line 0 names the same ones in every simulation (`api.opening`), whatever its own seed is."""


@dataclass(frozen=True)
class Habit:
    """How somebody works: what a reader may take for misconduct, and is only their way."""

    pace: float
    """How long they take where the law leaves them time: 1 is usual, 2 is twice as long."""
    mornings: float
    """How much of their work they do before noon."""
    strict: float
    """How many of those who apply they find ineligible."""
    rounds_to: int
    """The amounts that they confirm are multiples of so many fen."""


@dataclass(frozen=True)
class Officer:
    """Somebody who signs. `unit` is an administrative code."""

    name: str
    unit: str
    id: UUID
    private: Ed25519PrivateKey
    habit: Habit

    @property
    def kid(self) -> str:
        """The thumbprint of their key."""
        return key_of(self.private.public_key()).kid


@dataclass(frozen=True)
class Signed:
    """An act as it will be sent: where it stands in its stream, and the digest that later acts name it by."""

    message: str
    version: int
    digest: str


@dataclass
class Office:
    """Everybody who works in the county, and the pen they share: it knows where every stream stands."""

    seed: Seed
    origin: str
    officers: dict[str, Officer] = field(default_factory=dict)
    heads: dict[UUID, tuple[int, str]] = field(default_factory=dict)
    signed: int = 0
    declared: dict[str, list[Somebody]] = field(default_factory=dict)
    """Whom each officer has declared kin so far."""

    def hire(self, name: str, unit: str) -> Officer:
        """An officer, by name: the same seed gives the same person and key."""
        officer = Officer(name, unit, self.seed.id(f"officer/{name}"), self.seed.key(name), _habit(self.seed, name))
        self.officers[name] = officer
        return officer

    def sign(
        self,
        officer: Officer,
        stream: UUID,
        code: str,
        data: dict[str, Any],
        at: datetime,
        *,
        on: date | None = None,
        disclosures: Sequence[Disclosure] = (),
        kept: bool = True,
        **frame: Any,
    ) -> Signed:
        """An act signed `at` (with a time zone), of the day `on`. Not `kept`: one that the rules will refuse."""
        version, prev = self.heads.get(stream, (0, None))
        self.signed += 1
        claims: dict[str, Any] = {
            "iss": str(officer.id),
            "aud": self.origin,
            "jti": str(self.seed.jti(str(self.signed), at)),
            "iat": int(at.timestamp()),
            "on": str(on or at.astimezone(BEIJING).date()),
            "case": str(stream),
            "version": version + 1,
            "act": code,
            "basis": "direct",
            "data": data,
        }
        if prev is not None:
            claims["prev"] = prev
        message = sign_act(officer.private, claims | frame, disclosures)
        digest = act_digest(message.partition("~")[0])
        if kept:
            self.heads[stream] = (version + 1, digest)
        return Signed(message, version + 1, digest)

    def register(self, officer: Officer, at: datetime) -> Signed:
        """The registration of an officer by the two first administrators."""
        first, second = (administrator(number) for number in ("1", "2"))
        key = key_of(officer.private.public_key())
        statement = orjson.dumps(key_statement(self.origin, str(officer.id), key.kid))
        seconded = orjson.dumps(registration_statement(self.origin, str(officer.id), key.kid, officer.unit, False))
        data = {
            "unit": officer.unit,
            "administrator": False,
            "jwk": key.jwk(),
            "possession": sign_jws(officer.private, POSSESSION_TYP, statement),
            "second": sign_jws(second.private, SECOND_TYP, seconded),
        }
        return self.sign(first, officer.id, "officer.register", data, at)


def administrator(number: str) -> Officer:
    """One of the first administrators."""
    habit = _habit(ADMINISTRATORS, number)
    return Officer(number, COUNTY, ADMINISTRATORS.id(number), ADMINISTRATORS.key(number), habit)


def _habit(seed: Seed, name: str) -> Habit:
    dice = seed.random(f"habit/{name}")
    rounds_to = dice.choice((100, 500, 1_000))
    return Habit(dice.uniform(0.5, 1.8), dice.uniform(0.15, 0.85), dice.uniform(0.02, 0.16), rounds_to)


def staff(office: Office) -> None:
    """Hire everybody: four in each town, six at the county, and one of the commission (纪检监察)."""
    for town in TOWNS:
        for post in ("clerk", "clerk2", "assistant", "head"):
            office.hire(f"{town}/{post}", town)
    for post in ("inspector1", "inspector2", "inspector3", "supervisor1", "supervisor2", "assessor"):
        office.hire(f"county/{post}", COUNTY)
    office.hire("county/commission", COUNTY)
