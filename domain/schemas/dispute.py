"""dispute 争议: 信访, 行政复议, 行政诉讼 about an act of a case (57号 Art 38)."""

from typing import Annotated, Literal

from pydantic import Field

from domain.act_type import ActType
from domain.data import Data, Sha256

Version = Annotated[int, Field(ge=1, lt=2**31)]
"""Of an act in the case."""


class File(Data):
    """dispute.file 提起: against which act of the case."""

    kind: Literal["petition", "reconsideration", "litigation"]
    against: Version
    paper: Sha256


class Decide(Data):
    """dispute.decide 作出处理: the dispute that the act of version `filed` began."""

    filed: Version
    result: Literal["upheld", "changed", "revoked", "dismissed", "withdrawn", "settled"]
    paper: Sha256


class Execute(Data):
    """dispute.execute 执行: what was decided has been done."""

    filed: Version
    paper: Sha256


ACTS = (
    ActType("dispute.file", "dispute.filed", File, "提起争议"),
    ActType("dispute.decide", "dispute.decided", Decide, "争议处理"),
    ActType("dispute.execute", "dispute.executed", Execute, "执行处理结果"),
)
