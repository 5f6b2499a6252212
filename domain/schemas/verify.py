"""verify 核查: what the county looks at again (57号 Arts 20, 35)."""

from typing import Literal

from domain.act_type import ActType
from domain.data import Data, Day, Sha256


class Draw(Data):
    """verify.draw 抽取: by chance, because the law compels it (近亲属, 投诉举报), or on an order."""

    cause: Literal["sampled", "kin", "complaint", "ordered"]


class Inspect(Data):
    """verify.visit 县级入户核查 (57号 Art 20)."""

    form: Sha256


class Pass(Data):
    """verify.pass 核查通过."""


class Rectify(Data):
    """verify.rectify 限期整改: what is wrong, and the last day to put it right."""

    fault: Literal["procedure", "papers", "amount", "eligibility"]
    deadline: Day


class ReportRectified(Data):
    """verify.report 整改报告: the town says what it did about it."""

    outcome: Literal["done", "partly", "disputed"]
    form: Sha256


class Overturn(Data):
    """verify.overturn 纠正错误确认, or a refusal that was wrong."""

    reason: Literal["income", "assets", "obligor", "conditions", "procedure"]


ACTS = (
    ActType("verify.draw", "verify.drawn", Draw, "抽取核查"),
    ActType("verify.visit", "verify.visited", Inspect, "入户核查"),
    ActType("verify.pass", "verify.passed", Pass, "核查通过"),
    ActType("verify.rectify", "verify.rectification_ordered", Rectify, "限期整改"),
    ActType("verify.report", "verify.rectification_reported", ReportRectified, "整改报告"),
    ActType("verify.overturn", "verify.overturned", Overturn, "纠正确认"),
)
