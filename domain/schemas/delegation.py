"""delegation 权限下放 (57号 Art 2, 43号 Art 28): given, limited, suspended, resumed, withdrawn, by instrument."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from domain.act_type import ActType
from domain.data import Data, Day, Fen, Sha256, Town
from domain.vocabulary import Programme

STAGES = ("preparing", "running", "evaluating")  # 安排部署, 组织实施, 评估推广


def _distinct(items: list[str]) -> list[str]:
    if len(set(items)) != len(items):
        raise ValueError("each is named once")
    return items


Programmes = Annotated[
    list[Annotated[Programme, Field(strict=False)]], Field(min_length=1, max_length=4), AfterValidator(_distinct)
]
Grounds = Annotated[list[Sha256], Field(min_length=1, max_length=64), AfterValidator(_distinct)]


class Number(Data):
    """文号 of the instrument, as codes: who issued it, year, running number (紫政办发〔2021〕12号)."""

    issuer: Literal["government", "government_office", "civil_affairs"]
    year: Annotated[int, Field(ge=1990, le=2099)]
    number: Annotated[int, Field(ge=1, le=9999)]


class PilotStage(Data):
    """A stage of a pilot: 安排部署 preparing, 组织实施 running, 评估推广 evaluating; both days included."""

    stage: Literal["preparing", "running", "evaluating"]
    starting: Day
    ending: Day


def _in_order(stages: list[PilotStage]) -> list[PilotStage]:
    places = [STAGES.index(one.stage) for one in stages]
    if places != sorted(set(places)):
        raise ValueError("stages come in the order preparing, running, evaluating, each once")
    days = [day for one in stages for day in (one.starting, one.ending)]
    if days != sorted(days) or any(one.ending == other.starting for one, other in pairwise(stages)):
        raise ValueError("stages follow each other, none begins before the one before has ended")
    return stages


class Delegate(Data):
    """delegation.grant 权限下放 (57号 Art 2, 43号 Art 28): per town, programmes and period, by an instrument.

    `ceiling_fen`: above that much a month for a household, the county confirms.
    """

    town: Town
    programmes: Programmes
    form: Literal["entrusted", "granted"]
    instrument: Sha256
    number: Number | None = None
    starting: Day
    ending: Day | None = None
    stages: Annotated[list[PilotStage], Field(min_length=1, max_length=3), AfterValidator(_in_order)] | None = None
    ceiling_fen: Fen | None = None

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.ending is not None and self.ending < self.starting:
            raise ValueError("the last day lies before the first")
        running = next((one for one in self.stages or () if one.stage == "running"), None)
        if running is not None and self.starting < running.starting:
            raise ValueError("the town confirms from the stage running on: starting lies before it")
        return self


class Limit(Data):
    """delegation.limit 限制: fewer programmes, an earlier end, a lower ceiling a household; never more."""

    instrument: Sha256
    number: Number | None = None
    starting: Day | None = None
    programmes: Programmes | None = None
    ending: Day | None = None
    ceiling_fen: Fen | None = None

    @model_validator(mode="after")
    def _check_something(self) -> Self:
        if self.programmes is None and self.ending is None and self.ceiling_fen is None:
            raise ValueError("a limit names programmes, ending or ceiling_fen")
        if self.ending is not None and self.starting is not None and self.ending < self.starting:
            raise ValueError("the last day lies before the first; to end the power, withdraw it")
        return self


class SuspendDelegation(Data):
    """delegation.suspend 暂停, from `starting` (default: the day it is recorded). `grounds`: line hashes of what the
    county found (verify.rectify, verify.overturn …)."""

    instrument: Sha256
    number: Number | None = None
    starting: Day | None = None
    reason: Literal["verification_faults", "not_rectified", "investigation", "staffing", "reorganisation"]
    grounds: Grounds | None = None


class ResumeDelegation(Data):
    """delegation.resume 恢复 what was suspended, as it was."""

    instrument: Sha256
    number: Number | None = None
    starting: Day | None = None


class Withdraw(Data):
    """delegation.withdraw 收回权限, from `starting` on (default: the day it is recorded)."""

    instrument: Sha256
    number: Number | None = None
    starting: Day | None = None
    grounds: Grounds | None = None


ACTS = (
    ActType("delegation.grant", "delegation.granted", Delegate, "下放权限"),
    ActType("delegation.limit", "delegation.limited", Limit, "限制权限"),
    ActType("delegation.suspend", "delegation.suspended", SuspendDelegation, "暂停权限"),
    ActType("delegation.resume", "delegation.resumed", ResumeDelegation, "恢复权限"),
    ActType("delegation.withdraw", "delegation.withdrawn", Withdraw, "收回权限"),
)
