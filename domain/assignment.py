"""Duties (职责): what an officer is charged with from which day to which, beside the level that the unit gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Duty(StrEnum):
    """What an officer may be charged with."""

    HANDLE = "handle"  # 经办
    CONFIRM = "confirm"  # 确认
    SUPERVISE = "supervise"  # 监督：受理举报、移送问题线索
    COMMISSION = "commission"  # 纪检监察机关人员：接收、反馈


DUTY_ZH = {
    Duty.HANDLE: "经办",
    Duty.CONFIRM: "确认",
    Duty.SUPERVISE: "监督",
    Duty.COMMISSION: "纪检监察",
}


@dataclass(frozen=True, slots=True)
class Assignment:
    """The whole of an officer's duties from `starting` on; `ending` is the last day, None where it is open."""

    duties: frozenset[str]
    starting: date
    ending: date | None = None

    def describe(self) -> dict[str, Any]:
        """For a reader."""
        ending = None if self.ending is None else str(self.ending)
        return {"duties": sorted(self.duties), "starting": str(self.starting), "ending": ending}


def assignment_of(data: dict[str, Any]) -> Assignment:
    """The assignment that the data of an `officer.assign` makes."""
    ending = data.get("ending")
    return Assignment(
        frozenset(data["duties"]),
        date.fromisoformat(data["starting"]),
        date.fromisoformat(ending) if ending is not None else None,
    )


def duties_on(assignments: Sequence[Assignment], day: date) -> frozenset[str]:
    """The duties in force on a day: those of the last recorded assignment that has begun by then, unless it has ended.

    An assignment says all of an officer's duties, so a later one takes the place of those before it from its first day.
    """
    for assignment in reversed(assignments):
        if assignment.starting <= day:
            return assignment.duties if assignment.ending is None or day <= assignment.ending else frozenset()
    return frozenset()
