"""Dynamic management 动态管理 between confirmation and exit (57号 Arts 31–34): acts of `review`."""

from typing import Annotated, Literal

from pydantic import Field

from domain.act_type import ActType
from domain.data import Count, Data, Day, Fen, Month, Places, Sha256, Town, Village
from domain.schemas.apply import Member
from domain.schemas.confirm import Grant
from domain.schemas.listing import Listed
from domain.schemas.review import Appraise, Assess, Check, Opine, Post, Visit


class Open(Data):
    """review.open 启动定期核查: a re-check begins, yearly or half-yearly by class (57号 Art 31)."""

    listed: Listed | None = None


class Report(Data):
    """review.report 变化报告: what changed, on which day (57号 Art 30). `members`: how many it concerns."""

    kind: Literal[
        "death", "missing", "imprisoned", "income", "assets", "members", "employment", "health", "obligor", "moved",
        "account", "other",
    ]  # fmt: skip
    day: Day
    members: Count | None = None
    paper: Sha256 | None = None


class Recheck(Data):
    """review.recheck 定期核查 concluded (57号 Arts 31, 32): with the amount from then on."""

    result: Literal["unchanged", "increase", "decrease", "ineligible"]
    monthly_fen: Fen
    starting: Month
    form: Sha256
    listed: Listed | None = None


class Adjust(Data):
    """review.adjust 调整: another amount, or other members, for a cause (57号 Arts 23, 32, 34).

    `refused`: how many jobs were refused without a reason (cause `job_refusals`, Art 34). `leaving`: who is covered no
    more, by their places (0 is the applicant); `joining` come after the last place, or have the one again that they had
    before.
    """

    cause: Literal["standard", "tier", "members", "income", "job_refusals", "rectification", "decision"]
    monthly_fen: Fen
    members: Count
    starting: Month
    form: Sha256
    refused: Count | None = None
    leaving: Places | None = None
    joining: Annotated[list[Member], Field(min_length=1, max_length=30)] | None = None
    listed: Listed | None = None


class Move(Data):
    """review.move 迁移: the household now lives in another town or village of the county."""

    town: Town
    village: Village | None = None
    paper: Sha256


class Correct(Data):
    """review.correct 更正: an earlier act of this case said something wrong; one of the last members says it right.

    `version` and `act` (digest of its JWS) name that act. It stays on the ledger as it is; what it says here counts.
    """

    version: Annotated[int, Field(ge=1, lt=2**31)]
    act: Sha256
    reason: Literal["clerical", "calculation", "evidence", "law"]
    authority: Literal["own", "county", "reconsideration", "court"]
    paper: Sha256
    check: Check | None = None
    visit: Visit | None = None
    appraise: Appraise | None = None
    assess: Assess | None = None
    opine: Opine | None = None
    post: Post | None = None
    grant: Grant | None = None
    recheck: Recheck | None = None
    adjust: Adjust | None = None
    report: Report | None = None


ACTS = (
    ActType("review.open", "review.opened", Open, "启动定期核查"),
    ActType("review.report", "review.reported", Report, "变化报告"),
    ActType("review.recheck", "review.rechecked", Recheck, "定期核查"),
    ActType("review.adjust", "review.adjusted", Adjust, "调整"),
    ActType("review.move", "review.moved", Move, "迁移"),
    ActType("review.correct", "review.corrected", Correct, "更正"),
)
