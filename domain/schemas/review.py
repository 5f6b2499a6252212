"""review 审核: what is found out, posted and thought before a confirmation (57号 Arts 15–19, 43号 13–16, 20–23)."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from domain.act_type import ActType
from domain.data import Data, Investigators, Sha256, Village, Votes, distinct
from domain.schemas.listing import Listed


class RequestCheck(Data):
    """review.request_check 提请核对: the town asks the county for the information check (57号 Art 17)."""


class BeginCheck(Data):
    """review.begin_check 启动核对: the county begins it, within three working days of the request (57号 Art 17)."""


class Check(Data):
    """review.check 信息核对: what it found (57号 Art 17)."""

    result: Literal["consistent", "inconsistent"]
    report: Sha256


class Inform(Data):
    """review.inform 告知核对结果: of a result that does not fit what was declared (57号 Art 18)."""

    notice: Sha256


class Visit(Data):
    """review.visit 入户调查, by two at least (57号 Art 16). The others and the household sign by `review.cosign`.

    By phone or video only in a major emergency, whose declaration `emergency` names.
    """

    investigators: Investigators
    household_present: bool
    form: Sha256
    manner: Literal["home", "neighbours", "letter", "phone", "video"] = "home"
    emergency: Sha256 | None = None


class Cosign(Data):
    """review.cosign 共同签署 of an act that takes several hands, by its version in the case and the digest of its JWS.

    `hand`: as whom. Who has no key signs on paper: an officer by the frame's `basis` paper, anybody else by `paper`,
    the scan's digest, and the signer of this act is the transcriber.
    """

    version: Annotated[int, Field(ge=1, lt=2**31)]
    act: Sha256
    hand: Literal["investigator", "household", "attendee"]
    paper: Sha256 | None = None
    listed: Listed | None = None


class Appraise(Data):
    """review.appraise 民主评议 (57号 Art 19, 43号 Art 14)."""

    attended: Votes
    in_favour: Votes
    against: Votes
    minutes: Sha256


Ability = Literal["eat", "dress", "bed", "toilet", "walk", "bathe"]


class Assess(Data):
    """review.assess 生活自理能力评估: which of six abilities are lost, and the grade (43号 Arts 20–23)."""

    failed: Annotated[list[Ability], Field(max_length=6), AfterValidator(distinct)]
    grade: Literal["full", "partial", "none"]
    by: Literal["county", "third_party"]
    form: Sha256


class Opine(Data):
    """review.opine 初审意见 (57号 Art 19)."""

    opinion: Literal["eligible", "ineligible"]
    form: Sha256


class Post(Data):
    """review.post 公示 from the day it took place, for `days` days (57号 Art 19)."""

    village: Village
    days: Annotated[int, Field(ge=1, le=60)]
    photograph: Sha256


class Object(Data):
    """review.object 提出异议: to a posting (57号 Art 19), or to a check (Art 18)."""

    against: Literal["posting", "check"]
    paper: Sha256


class Extend(Data):
    """review.extend 延长办理: why the longer limit holds (57号 Art 22, 民发〔2022〕83号)."""

    cause: Literal["household_elsewhere", "applied_elsewhere", "hard_investigation", "objection", "other"]
    notice: Sha256


ACTS = (
    ActType("review.request_check", "review.check_requested", RequestCheck, "提请核对"),
    ActType("review.begin_check", "review.check_begun", BeginCheck, "启动核对"),
    ActType("review.check", "review.checked", Check, "信息核对"),
    ActType("review.inform", "review.informed", Inform, "告知核对结果"),
    ActType("review.visit", "review.visited", Visit, "入户调查"),
    ActType("review.cosign", "review.cosigned", Cosign, "共同签署"),
    ActType("review.appraise", "review.appraised", Appraise, "民主评议"),
    ActType("review.assess", "review.assessed", Assess, "自理能力评估"),
    ActType("review.opine", "review.opined", Opine, "初审意见"),
    ActType("review.post", "review.posted", Post, "公示"),
    ActType("review.object", "review.objected", Object, "提出异议"),
    ActType("review.extend", "review.extended", Extend, "延长办理"),
)
