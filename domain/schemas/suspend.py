"""suspend 停, exit 退出 (57号 Arts 32–34, 43号 Arts 24–27)."""

from typing import Annotated, Literal

from pydantic import Field

from domain.act_type import ActType
from domain.data import Data, Month, Sha256
from domain.schemas.listing import Listed


class Suspend(Data):
    """suspend.start 停发 (57号 Art 32)."""

    reason: Literal["recheck_overdue", "non_cooperation", "changed", "investigation", "missing", "account"]
    starting: Month


class Lift(Data):
    """suspend.lift 恢复发放."""

    starting: Month


Reason = Literal[
    "death", "missing", "imprisoned", "income", "assets", "obligor", "labour", "moved", "voluntary", "overturned",
    "non_cooperation", "expired", "adult", "other",
]  # fmt: skip


Age = Annotated[int, Field(ge=0, le=130)]


class Propose(Data):
    """exit.propose 拟终止: what a termination that is posted beforehand begins with (43号 Arts 24–27).

    `age`, `studying`: of whoever was helped as a minor and is so no more (reason `adult`).
    """

    reason: Reason
    form: Sha256
    age: Age | None = None
    studying: bool | None = None


class Defer(Data):
    """exit.defer 渐退: paid up to and including this month, though the household has risen above the line (Art 33)."""

    until: Month
    form: Sha256


class End(Data):
    """exit.end 退出: not paid any more from `starting` on. `age`, `studying`: as in exit.propose."""

    reason: Reason
    starting: Month
    paper: Sha256 | None = None
    age: Age | None = None
    studying: bool | None = None
    listed: Listed | None = None


ACTS = (
    ActType("suspend.start", "suspend.started", Suspend, "停发"),
    ActType("suspend.lift", "suspend.lifted", Lift, "恢复发放"),
    ActType("exit.propose", "exit.proposed", Propose, "拟终止"),
    ActType("exit.defer", "exit.deferred", Defer, "渐退"),
    ActType("exit.end", "exit.ended", End, "退出"),
)
