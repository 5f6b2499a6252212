"""The papers of a referral 移交 (监察法 Art 37; 移送问题线索工作办法): facts and gaps, never guilt.

What was observed is one of a list of codes, each of which a reader can check against the lines and papers cited. What
it means for anybody is for the commission to say.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from domain.contents.articles import Article
from domain.contents.common import CitedLines, Confidentiality, EvidenceList, Narrative, Streams, Words
from domain.data import Data, Day, OfficerId, Sha256, StreamId

Observed = Literal[
    "kin_not_registered",  # 近亲属未备案
    "kin_not_visited",  # 备案对象县级未入户
    "investigators_too_few",  # 调查人员不足两人
    "same_hand",  # 调查、确认同一人
    "visit_impossible",  # 同日入户数量不可能
    "survey_repeated",  # 调查表雷同
    "check_not_followed",  # 核对不一致未复查
    "objection_not_followed",  # 有异议未再调查
    "posting_short",  # 公示不足期限
    "posting_not_shown",  # 无公示凭证
    "limit_exceeded",  # 超过办理期限
    "asked_again",  # 反复要求补正
    "conditions_not_met",  # 不符合条件而确认
    "application_not_taken",  # 应受理未受理
    "entitled_not_granted",  # 应保未保
    "amount_differs",  # 金额与核定不符
    "paid_after_death",  # 死亡后仍发放
    "paid_elsewhere",  # 资金进入他人账户
    "account_shared",  # 多户同一账户、电话
    "recheck_overdue",  # 超期未核查
    "stopped_without_notice",  # 停发未书面告知
    "recorded_late",  # 事后集中补录
    "paper_differs",  # 纸质与电子不一致
    "data_disclosed",  # 个人信息外泄
    "order_not_followed",  # 整改未落实
    "other",
]

Rule = Annotated[str, StringConstraints(pattern=r"第.{1,12}条", max_length=120)]
"""The rule that the fact is measured by, down to its article: 民发〔2021〕57号第十一条."""
Amount = Annotated[int, Field(ge=0, le=10_000_000_000_00)]
"""Fen (分)."""


class Cause(Data):
    """What the referral comes from; `stream` the complaint's or case's, where there is one."""

    kind: Literal["verification", "complaint", "indicator", "audit", "other"]
    concluded: Day
    stream: StreamId | None = None
    text: Narrative | None = None


class Person(Data):
    """Somebody whose acts are referred. `subject`: as what they are subject to supervision (监察法 Art 15)."""

    officer: OfficerId | None = None
    name: Words
    unit: Words
    post: Words
    party: Literal["member", "probationary", "none", "unknown"]
    subject: Literal["civil_servant", "entrusted", "village_manager", "other_public", "not_subject", "unknown"]


class Fact(Data):
    """One thing that was observed: when, where, how much, measured by which rule, seen on which lines."""

    observed: Observed
    first: Day
    last: Day
    place: Words
    amount_fen: Amount | None = None
    rule: Rule
    lines: Annotated[list[Annotated[int, Field(ge=0, lt=2**53)]], Field(max_length=400)]
    text: Narrative

    @model_validator(mode="after")
    def _in_order(self) -> "Fact":
        if self.last < self.first:
            raise ValueError("the fact ends before it begins")
        return self


class Handling(Data):
    """What the county has done about it so far."""

    corrected: Literal["yes", "partly", "no", "not_possible", "not_needed"]
    recovered_fen: Amount
    outstanding_fen: Amount
    text: Narrative


class Contact(Data):
    """Whom the commission may ask."""

    name: Words
    unit: Words
    phone: Words


class Open(Data):
    """referral.open. `gaps` says what is not known or not checked; an empty list claims that there is none."""

    cause: Cause
    cases: Streams
    lines: CitedLines
    basis: Annotated[list[Article], Field(min_length=1, max_length=20)]
    receiving: Words
    persons: Annotated[list[Person], Field(max_length=100)]
    facts: Annotated[list[Fact], Field(min_length=1, max_length=200)]
    handling: Handling
    gaps: Annotated[list[Narrative], Field(max_length=100)]
    evidence: EvidenceList
    contact: Contact
    confidentiality: Confidentiality

    @model_validator(mode="after")
    def _cites(self) -> "Open":
        cited = {line.index for line in self.lines}
        for number, fact in enumerate(self.facts):
            if missing := sorted(set(fact.lines) - cited):
                raise ValueError(f"facts.{number} rests on lines {missing}, which are not among the lines cited")
        return self


class Send(Data):
    """referral.send: the letter (移送函) and how it went."""

    on: Day
    receiving: Words
    letter: Sha256
    number: Words | None = None
    by: Literal["in_person", "courier", "system"]
    evidence: EvidenceList
    text: Narrative | None = None


class Receive(Data):
    """referral.receive: the commission's receipt (签收)."""

    on: Day
    by: Words
    number: Words | None = None
    text: Narrative | None = None


class Answer(Data):
    """referral.answer: what became of it (反馈)."""

    on: Day
    outcome: Literal["under_review", "filed", "not_filed", "more_needed", "passed_on", "measures_taken"]
    to: Words | None = None
    text: Narrative | None = None


class Close(Data):
    """referral.close."""

    reason: Literal["answered", "measures_taken", "passed_on"]
    text: Narrative | None = None


class Withdraw(Data):
    """referral.withdraw, before it was received."""

    reason: Literal["error", "duplicate", "superseded", "other_organ"]
    by: StreamId | None = None
    text: Narrative | None = None


CONTENTS: dict[str, type[Data]] = {
    "referral.open": Open,
    "referral.send": Send,
    "referral.receive": Receive,
    "referral.answer": Answer,
    "referral.close": Close,
    "referral.withdraw": Withdraw,
}
