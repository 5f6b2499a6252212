"""Every act code there is: `<stage>.<imperative>`, the event it becomes (`<stage>.<past>`), and its strict schema.

Names are stable for ever. A changed meaning is a new version with an upcaster; the old bytes stay.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from domain.data import (
    Count,
    Data,
    Day,
    Fen,
    Investigators,
    Month,
    OfficerId,
    Personal,
    PersonalColumns,
    Sha256,
    StreamId,
    Text,
    Town,
    Unit,
    Village,
    Votes,
)
from domain.vocabulary import Programme

# -- what is common ----------------------------------------------------------------------


class Document(Data):
    """A paper in the file, by the digest of its scan (一户一档)."""

    kind: Literal[
        "application", "commitment", "authorisation", "identity", "income", "illness", "disability", "proxy", "other"
    ]
    sha256: Sha256


class Applicant(Personal):
    """The applicant, as the household names one of its members (57号 Art 4)."""

    name: Text
    id_number: Text
    phone: Text | None = None
    address: Text | None = None
    account: Text | None = None


Documents = Annotated[list[Document], Field(min_length=1, max_length=64)]

# -- apply 申请 ----------------------------------------------------------------------


class Submit(Data):
    """apply.submit 提出申请 (57号 Arts 4, 6, 9)."""

    programme: Annotated[Programme, Field(strict=False)]
    town: Town
    village: Village | None = None
    members: Count
    by: Literal["household", "proxy", "officer"]
    applicant: Applicant
    documents: Documents


class Accept(Data):
    """apply.accept 受理 (57号 Art 10)."""


class Return(Data):
    """apply.return 一次性告知补正 (57号 Art 10)."""

    missing: Annotated[
        list[Literal["application", "commitment", "authorisation", "identity", "income", "illness", "disability"]],
        Field(min_length=1, max_length=16),
    ]


class Supplement(Data):
    """apply.supplement 补正材料."""

    documents: Documents


class Reject(Data):
    """apply.reject 不予受理."""

    reason: Literal["withdrawn", "other_town", "duplicate", "not_supplemented"]


# -- review 审核 ----------------------------------------------------------------------


class Check(Data):
    """review.check 信息核对 (57号 Art 17)."""

    result: Literal["consistent", "inconsistent"]
    report: Sha256


class Visit(Data):
    """review.visit 入户调查, by two at least (57号 Art 16)."""

    investigators: Investigators
    household_present: bool
    form: Sha256


class Appraise(Data):
    """review.appraise 民主评议 (57号 Art 19)."""

    attended: Votes
    in_favour: Votes
    against: Votes
    minutes: Sha256


class Post(Data):
    """review.post 公示, seven days (57号 Art 19)."""

    village: Village
    days: Annotated[int, Field(ge=7, le=60)]
    photograph: Sha256


class Object(Data):
    """review.object 公示异议 (57号 Art 19), or objection to a negative check (Art 18)."""

    against: Literal["posting", "check"]
    paper: Sha256


class Opine(Data):
    """review.opine 初审意见."""

    opinion: Literal["eligible", "ineligible"]
    form: Sha256


class Recheck(Data):
    """review.recheck 定期核查 (57号 Arts 31, 32): with the amount from then on."""

    result: Literal["unchanged", "increase", "decrease"]
    monthly_fen: Fen
    starting: Month
    form: Sha256


# -- confirm 确认 ----------------------------------------------------------------------


class Grant(Data):
    """confirm.grant 予以确认 (57号 Art 21): paid from the month after."""

    monthly_fen: Fen
    members: Count
    starting: Month


class Refuse(Data):
    """confirm.refuse 不予确认, with the reason (57号 Art 21)."""

    reason: Literal["income", "assets", "obligor", "conditions", "non_cooperation"]


class Notify(Data):
    """confirm.notify 送达通知书."""

    notice: Sha256
    delivered: Literal["in_person", "post", "electronic", "left"]


# -- verify 核查 ----------------------------------------------------------------------


class Draw(Data):
    """verify.draw 抽取."""

    cause: Literal["sampled", "kin", "complaint", "ordered"]


class Inspect(Data):
    """verify.visit 县级入户核查 (57号 Art 20)."""

    form: Sha256


class Pass(Data):
    """verify.pass 核查通过."""


class Rectify(Data):
    """verify.rectify 限期整改."""

    fault: Literal["procedure", "papers", "amount", "eligibility"]
    deadline: Day


class Overturn(Data):
    """verify.overturn 纠正错误确认."""

    reason: Literal["income", "assets", "obligor", "conditions", "procedure"]


# -- suspend 停, exit 退出 ----------------------------------------------------------------------


class Suspend(Data):
    """suspend.start 停发 (57号 Art 32)."""

    reason: Literal["recheck_overdue", "non_cooperation", "changed", "investigation"]
    starting: Month


class Lift(Data):
    """suspend.lift 恢复发放."""

    starting: Month


class End(Data):
    """exit.end 退出."""

    reason: Literal["death", "income", "assets", "moved", "voluntary", "overturned", "non_cooperation", "other"]
    starting: Month


# -- officers, delegations, policy, other systems ----------------------------------------------------------------------


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


class Delegate(Data):
    """delegation.grant 权限下放 (57号 Art 2, 43号 Art 28): per town, programmes and period, by an instrument."""

    town: Town
    programmes: Annotated[list[Annotated[Programme, Field(strict=False)]], Field(min_length=1, max_length=4)]
    form: Literal["entrusted", "granted"]
    instrument: Sha256
    starting: Day
    ending: Day | None = None


class Withdraw(Data):
    """delegation.withdraw 收回权限."""

    instrument: Sha256


class Adopt(Data):
    """policy.adopt: the rule pack in force, by its digest."""

    pack: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
    sha256: Sha256
    starting: Day


class GrantSource(Data):
    """source.grant: lets one officer's key attest another system's rows for a while."""

    name: Text
    importer: OfficerId
    ending: Day


class Row(Data):
    """What an older system says of one event, and who and when it says it was."""

    source: StreamId
    case: Text
    row: Text
    digest: Sha256
    activity: Text
    actor: Annotated[str, Field(max_length=500)]
    time: Annotated[str, Field(max_length=64)]
    kept: dict[str, Annotated[str, Field(max_length=4000)]]
    personal: PersonalColumns | None = None


class ImportRow(Row):
    """source.import."""


class CorrectRow(Row):
    """source.correct: the same row says something else in a later export."""

    replaces: Sha256


class MissRow(Data):
    """source.miss: a row is missing from a later export; `seen` is that file's digest."""

    source: StreamId
    case: Text
    row: Text
    digest: Sha256
    seen: Sha256


@dataclass(frozen=True)
class ActType:
    """An act code, the event type it becomes, its schema, and the law's word for it."""

    code: str
    event: str
    data: type[Data]
    zh: str


_ALL = (
    ActType("apply.submit", "apply.submitted", Submit, "提出申请"),
    ActType("apply.accept", "apply.accepted", Accept, "受理"),
    ActType("apply.return", "apply.returned", Return, "一次性告知补正"),
    ActType("apply.supplement", "apply.supplemented", Supplement, "补正材料"),
    ActType("apply.reject", "apply.rejected", Reject, "不予受理"),
    ActType("review.check", "review.checked", Check, "信息核对"),
    ActType("review.visit", "review.visited", Visit, "入户调查"),
    ActType("review.appraise", "review.appraised", Appraise, "民主评议"),
    ActType("review.post", "review.posted", Post, "公示"),
    ActType("review.object", "review.objected", Object, "提出异议"),
    ActType("review.opine", "review.opined", Opine, "初审意见"),
    ActType("review.recheck", "review.rechecked", Recheck, "定期核查"),
    ActType("confirm.grant", "confirm.granted", Grant, "予以确认"),
    ActType("confirm.refuse", "confirm.refused", Refuse, "不予确认"),
    ActType("confirm.notify", "confirm.notified", Notify, "送达通知书"),
    ActType("verify.draw", "verify.drawn", Draw, "抽取核查"),
    ActType("verify.visit", "verify.visited", Inspect, "入户核查"),
    ActType("verify.pass", "verify.passed", Pass, "核查通过"),
    ActType("verify.rectify", "verify.rectification_ordered", Rectify, "限期整改"),
    ActType("verify.overturn", "verify.overturned", Overturn, "纠正确认"),
    ActType("suspend.start", "suspend.started", Suspend, "停发"),
    ActType("suspend.lift", "suspend.lifted", Lift, "恢复发放"),
    ActType("exit.end", "exit.ended", End, "退出"),
    ActType("officer.register", "officer.registered", RegisterOfficer, "登记人员"),
    ActType("officer.add_key", "officer.key_added", AddKey, "增加密钥"),
    ActType("officer.revoke_key", "officer.key_revoked", RevokeKey, "注销密钥"),
    ActType("delegation.grant", "delegation.granted", Delegate, "下放权限"),
    ActType("delegation.withdraw", "delegation.withdrawn", Withdraw, "收回权限"),
    ActType("policy.adopt", "policy.adopted", Adopt, "采用规则"),
    ActType("source.grant", "source.granted", GrantSource, "准许外部系统导入"),
    ActType("source.import", "source.imported", ImportRow, "外部系统记录"),
    ActType("source.correct", "source.corrected", CorrectRow, "外部系统更正"),
    ActType("source.miss", "source.vanished", MissRow, "外部系统记录消失"),
)

ACTS = {act.code: act for act in _ALL}
EVENTS = {act.event: act for act in _ALL}
TYPES = {act.code: act.event for act in _ALL}
