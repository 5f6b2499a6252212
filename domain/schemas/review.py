"""review 审核: what the town finds out, posts and thinks (57号 Arts 15–19, 31)."""

from typing import Annotated, Literal

from pydantic import Field

from domain.act_type import ActType
from domain.data import Data, Fen, Investigators, Month, Sha256, Village, Votes


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


ACTS = (
    ActType("review.check", "review.checked", Check, "信息核对"),
    ActType("review.visit", "review.visited", Visit, "入户调查"),
    ActType("review.appraise", "review.appraised", Appraise, "民主评议"),
    ActType("review.post", "review.posted", Post, "公示"),
    ActType("review.object", "review.objected", Object, "提出异议"),
    ActType("review.opine", "review.opined", Opine, "初审意见"),
    ActType("review.recheck", "review.rechecked", Recheck, "定期核查"),
)
