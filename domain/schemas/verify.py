"""verify 核查: what the county looks at again (57号 Arts 20, 35)."""

from typing import Literal

from domain.act_type import ActType
from domain.data import Data, Day, Sha256


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


ACTS = (
    ActType("verify.draw", "verify.drawn", Draw, "抽取核查"),
    ActType("verify.visit", "verify.visited", Inspect, "入户核查"),
    ActType("verify.pass", "verify.passed", Pass, "核查通过"),
    ActType("verify.rectify", "verify.rectification_ordered", Rectify, "限期整改"),
    ActType("verify.overturn", "verify.overturned", Overturn, "纠正确认"),
)
