"""suspend 停, exit 退出 (57号 Art 32)."""

from typing import Literal

from domain.act_type import ActType
from domain.data import Data, Month


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


ACTS = (
    ActType("suspend.start", "suspend.started", Suspend, "停发"),
    ActType("suspend.lift", "suspend.lifted", Lift, "恢复发放"),
    ActType("exit.end", "exit.ended", End, "退出"),
)
