"""What is asked for: about which streams, for whom, and what of the personal data they may see.

A request is a JWS by the asker's own key, `typ` = `evidence-request+jwt`, with the claims

    {"iss":officer,"aud":origin,"jti":UUIDv7,"iat":seconds,"scope":{…},"recipient":{"kind":…,"name":…},
     "withhold":[member names],"documents":true}

It is fresh for five minutes and good once: whoever overhears it can do nothing with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from domain.data import Day, StreamId
from ledger.errors import Refused
from ledger.jws import PrivateKey, sign_jws
from ledger.line import loads_strict

TYP = "evidence-request+jwt"
FRESH = 300
"""Seconds by which a request's `iat` may lie before or after this machine's clock."""
MAX_REQUEST = 65_536
MAX_CASES = 500

RECIPIENTS = {
    # kind: (who that is, the article by which they may see what the cases say of people)
    "inspection": ("纪检监察机关", "监察法第十八条"),
    "court": ("人民法院", "行政诉讼法第四十条"),
    "party": ("当事人及其代理人", "个人信息保护法第四十五条"),
    "none": ("不看个人信息的收件人", ""),
}

Kind = Literal["inspection", "court", "party", "none"]
Members = Annotated[list[Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]], Field(max_length=40)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Scope(_Strict):
    """What the bundle is about. `cases` of one case, of several, or those that a `referral` names; or an officer's
    acts that were recorded on the days `starting` to `ending` in 北京时间."""

    kind: Literal["case", "cases", "officer", "referral"]
    cases: Annotated[list[StreamId], Field(max_length=MAX_CASES)] = Field(default_factory=list)
    officer: StreamId | None = None
    starting: Day | None = None
    ending: Day | None = None
    referral: StreamId | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Scope":
        if len(set(self.cases)) != len(self.cases):
            raise ValueError("each case is named once")
        named = {name for name in ("officer", "starting", "ending", "referral") if getattr(self, name) is not None}
        wanted = {"officer": {"officer", "starting", "ending"}, "referral": {"referral"}}.get(self.kind, set())
        if named != wanted:
            raise ValueError(f"{self.kind} takes {', '.join(sorted(wanted)) or 'cases'} and nothing else")
        least, most = {"case": (1, 1), "cases": (1, MAX_CASES), "officer": (0, 0)}.get(self.kind, (0, MAX_CASES))
        if not least <= len(self.cases) <= most:
            raise ValueError(f"{self.kind} takes {least} to {most} cases")
        if self.starting is not None and self.ending is not None and self.ending < self.starting:
            raise ValueError("the period ends before it begins")
        return self

    def describe(self) -> dict[str, Any]:
        """As it stands in bundle.json: the members that its kind has."""
        return self.model_dump(exclude_none=True, exclude=None if self.cases else {"cases"})

    @property
    def streams(self) -> list[UUID]:
        """Those whose whole history is wanted."""
        return [UUID(one) for one in (*self.cases, *([self.referral] if self.referral else []))]

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last day of the period."""
        if self.starting is None or self.ending is None:
            return None
        return date.fromisoformat(self.starting), date.fromisoformat(self.ending)


class Recipient(_Strict):
    """Whom the bundle is for. `name` stands in the bundle and in the sealed record of it, and nowhere else."""

    kind: Kind
    name: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class _Claims(_Strict):
    iss: StreamId
    aud: str
    jti: Annotated[
        str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
    ]
    iat: Annotated[int, Field(gt=0, lt=2**37)]
    scope: Scope
    recipient: Recipient
    withhold: Members = Field(default_factory=list)
    documents: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request whose form is good. `withhold` are names of personal members that are left out on the asker's wish."""

    officer: str
    jti: str
    iat: int
    scope: Scope
    recipient: Recipient
    withhold: frozenset[str]
    documents: bool

    def permission(self) -> dict[str, Any]:
        """As it stands in bundle.json: who may see what of the personal data, and by which article."""
        return {
            "recipient": self.recipient.kind,
            "name": self.recipient.name,
            "basis": RECIPIENTS[self.recipient.kind][1],
            "withhold": sorted(self.withhold),
            "documents": self.documents,
        }


def read_wanted(payload: bytes, origin: str) -> Wanted:
    """The claims of a request, strictly of their form. Raises `Refused` (`evidence.request`, `act.aud`)."""
    try:
        claims = _Claims.model_validate(loads_strict(payload))
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"]) or "scope"
        raise Refused(f"{where}: {fault['msg']}", code="evidence.request", where=where, what=fault["msg"]) from None
    except (ValueError, RecursionError):
        raise Refused("the request is not clean JSON", code="evidence.request", where="claims", what="JSON") from None
    if claims.aud != origin:
        raise Refused(f"this was signed for {claims.aud}", code="act.aud", aud=claims.aud, origin=origin)
    return Wanted(
        claims.iss,
        claims.jti,
        claims.iat,
        claims.scope,
        claims.recipient,
        frozenset(claims.withhold),
        claims.documents,
    )


def sign_wanted(private: PrivateKey, claims: Mapping[str, Any]) -> str:
    """Sign a request."""
    return sign_jws(private, TYP, orjson.dumps(claims))
