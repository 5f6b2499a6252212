"""officer: who they are, and their keys."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from domain.act_type import ActType
from domain.data import Data, Day, OfficerId, Personal, Sha256, StreamId, Text, Unit, distinct
from domain.handover import MAX_NAMED
from domain.schemas.people import Named, Relation


class Jwk(Data):
    """A public key (RFC 7517, RFC 8037), required members only; the ledger checks the point itself."""

    kty: Literal["OKP", "EC"]
    crv: Literal["Ed25519", "P-256"]
    x: Annotated[str, Field(max_length=64)]
    y: Annotated[str, Field(max_length=64)] | None = None


class Person(Personal):
    """An officer's name and post."""

    name: Text
    post: Text | None = None


class Relative(Data):
    """A near relative, or (`self`) the person themself; of the officer, or of a village committee member."""

    person: Named
    relation: Literal["self"] | Relation
    of: Literal["officer", "committee_member"] = "officer"


class Declare(Data):
    """officer.declare 申报近亲属: all of them; it takes the place of what was declared before (57号 Art 11)."""

    relatives: Annotated[list[Relative], Field(max_length=60)]


Jws = Annotated[str, Field(min_length=16, max_length=2048)]


class RegisterOfficer(Data):
    """officer.register: by one administrator, seconded by another; `possession` is signed by the new key itself."""

    unit: Unit
    administrator: bool
    jwk: Jwk
    possession: Jws
    second: Jws
    person: Person | None = None


class AddKey(Data):
    """officer.add_key: seconded by the officer's older key or by a second administrator."""

    jwk: Jwk
    possession: Jws
    second: Jws


class RevokeKey(Data):
    """officer.revoke_key. `compromised_since`: the index of the first line that is to be marked.

    An administrator's key takes `second`, another administrator's signature over a `revocation_statement`.
    """

    kid: Annotated[str, Field(min_length=43, max_length=43)]
    reason: Literal["lost", "compromised", "left", "replaced"]
    compromised_since: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    second: Jws | None = None


X25519 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")]
"""A public key of X25519 (RFC 7748 §5): 32 bytes, base64url."""


class AddReadingKey(Data):
    """officer.add_reading_key: the officer's own word, by their own signing key, that papers for them are sealed to it.

    Only the public part. Nobody proves that they hold the private one: whoever names another's key only keeps
    themselves from reading.
    """

    kem: Literal["X25519"]
    public: X25519


class EndReadingKey(Data):
    """officer.end_reading_key: nothing is sealed to it from now on; what was sealed before stays readable to it."""

    public: X25519
    reason: Literal["lost", "compromised", "left", "replaced"]


class Assign(Data):
    """officer.assign 指派职责: the whole of the officer's duties from `starting` on; none at all ends those before.

    Whoever serves the commission (纪检监察) does nothing else here: they receive what the others send.
    """

    duties: Annotated[list[Literal["handle", "confirm", "supervise", "commission"]], Field(max_length=4)]
    starting: Day
    ending: Day | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Assign":
        if len(set(self.duties)) != len(self.duties):
            raise ValueError("each duty is named once")
        if "commission" in self.duties and len(self.duties) > 1:
            raise ValueError("who serves the commission has no other duty here")
        if self.ending is not None and self.ending < self.starting:
            raise ValueError("it ends before it starts")
        return self


class Deputise(Data):
    """officer.deputise 委托代理: on the principal's stream, by them or, while they are away, by the county.

    `acts` are stages (`review`) or codes (`confirm.notify`) of casework; nobody deputises for keys and ranks.
    """

    deputy: OfficerId
    starting: Day
    ending: Day
    acts: Annotated[
        list[Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,31}(\.[a-z][a-z_]{1,31})?$")]],
        Field(min_length=1, max_length=64),
        AfterValidator(distinct),
    ]


class EndDeputation(Data):
    """officer.end_deputation 终止代理: whatever this deputy was given on this stream ends here."""

    deputy: OfficerId


class HandOver(Data):
    """officer.hand_over 工作交接: what a leaving officer leaves to `successor`.

    `listed` is the digest of the open cases' ids (`domain.handover.list_digest`), `count` how many they are; `cases`
    names them where they are few. `due` counts their running time limits; `papers` and `minutes` are the digests of the
    list of papers handed over and of the minutes that both sign.
    """

    successor: OfficerId
    reason: Literal["leaving", "transfer", "absence"]
    count: Annotated[int, Field(ge=0, le=100_000)]
    listed: Sha256
    cases: Annotated[list[StreamId], Field(max_length=MAX_NAMED), AfterValidator(distinct)] | None = None
    due: Annotated[int, Field(ge=0, le=100_000)]
    papers: Sha256
    minutes: Sha256


class TakeOver(Data):
    """officer.take_over 接收工作: the successor, on the leaving officer's stream.

    `handover` is the SHA-256 of the hand-over's act, `listed` the digest of the list that the successor looked at.
    """

    handover: Sha256
    listed: Sha256


ACTS = (
    ActType("officer.register", "officer.registered", RegisterOfficer, "登记人员"),
    ActType("officer.add_key", "officer.key_added", AddKey, "增加密钥"),
    ActType("officer.declare", "officer.declared", Declare, "申报近亲属"),
    ActType("officer.revoke_key", "officer.key_revoked", RevokeKey, "注销密钥"),
    ActType("officer.add_reading_key", "officer.reading_key_added", AddReadingKey, "增加阅读公钥"),
    ActType("officer.end_reading_key", "officer.reading_key_ended", EndReadingKey, "停用阅读公钥"),
    ActType("officer.assign", "officer.assigned", Assign, "指派职责"),
    ActType("officer.deputise", "officer.deputised", Deputise, "委托代理"),
    ActType("officer.end_deputation", "officer.deputation_ended", EndDeputation, "终止代理"),
    ActType("officer.hand_over", "officer.handed_over", HandOver, "移交工作"),
    ActType("officer.take_over", "officer.taken_over", TakeOver, "接收工作"),
)
