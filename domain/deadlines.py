"""What is due in a case, when, how much is left, and whose turn it is: computed from its acts, for any day asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from domain.calendar import Calendar
from domain.case import Case, Step
from domain.clock import Counted, Due, Limit, Pause, due
from domain.pack import LimitRule
from domain.rules_in_force import Rules
from domain.vocabulary import Level, Stage

_CLOSED = (Stage.REJECTED, Stage.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A limit of the rules in this case. `done`: the day on which it was met or missed; None while it runs."""

    name: str
    article: str | None
    limit: Limit
    turn: Level
    began: date
    due: Due
    done: date | None
    waits: bool = False
    """What comes next comes after the day, not before it: a posting hangs."""

    def describe(self) -> dict[str, Any]:
        """As a reader sees it: days as YYYY-MM-DD, `left` in what the limit counts, negative once late."""
        return {
            "name": self.name,
            "article": self.article,
            "number": self.limit.number,
            "counted": self.limit.counted,
            "turn": self.turn,
            "began": str(self.began),
            "due": str(self.due.day) if self.due.day else None,
            "left": self.due.left,
            "late": self.due.late and not self.waits,
            "paused": self.due.day is None,
            "waits": self.waits,
            "provisional": self.due.provisional,
            "done": str(self.done) if self.done else None,
        }


def deadlines(case: Case, rules: Rules, asked: date) -> list[Deadline]:
    """Every limit that has begun by `asked`, the nearest first; those that ended stand with the day they ended on."""
    found = [
        deadline
        for rule in rules.limits(case.programme, case.conditions)
        if (deadline := _deadline(case, rule, asked, rules.calendar)) is not None
    ]
    if case.rectify_by is not None and (ordered := case.steps.get("verify.rectify")) is not None:
        found.append(_rectification(case.rectify_by, ordered, asked, rules.calendar))
    return sorted(found, key=lambda one: (one.done is not None, one.due.day or date.max, one.name))


def _deadline(case: Case, rule: LimitRule, asked: date, calendar: Calendar) -> Deadline | None:
    begin, end = _latest(case, rule.begins), _latest(case, rule.ends)
    if begin is None or begin.on > asked:
        return None
    ended = end if end is not None and end.version > begin.version and end.on <= asked else None
    if ended is None and not _runs(case, begin):
        return None
    pauses = [pause for one in rule.pauses if (pause := _pause(case, *one, begin)) is not None]
    began, done = begin.on + timedelta(days=rule.delay), ended.on if ended else None
    state = due(rule.limit, began, done or asked, calendar, pauses)
    return Deadline(rule.name, rule.cite, rule.limit, rule.turn, began, state, done, rule.wait)


def _runs(case: Case, begin: Step) -> bool:
    """Nothing runs in a case that is over, but what its end set running."""
    if case.stage in _CLOSED:
        return False
    end = case.steps.get("exit.end")
    return case.stage is not Stage.EXITED or (end is not None and begin.version >= end.version)


def _pause(case: Case, begins: str, ends: str, since: Step) -> Pause | None:
    begun, ended = case.steps.get(begins), case.steps.get(ends)
    if begun is None or begun.version < since.version:
        return None
    return Pause(begun.on, ended.on if ended is not None and ended.version > begun.version else None)


def _rectification(day: date, ordered: Step, asked: date, calendar: Calendar) -> Deadline:
    limit = Limit((day - ordered.on).days, Counted.DAYS)
    return Deadline("rectification", None, limit, Level.TOWN, ordered.on, due(limit, ordered.on, asked, calendar), None)


def _latest(case: Case, codes: Sequence[str] | frozenset[str]) -> Step | None:
    steps = [case.steps[code] for code in codes if code in case.steps]
    return max(steps, key=lambda step: step.version, default=None)
