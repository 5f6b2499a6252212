"""What is due in a case, when, how much is left, and whose turn it is: computed from its acts, for any day asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from domain.calendar import ONE_DAY, Calendar
from domain.case import Case, Step
from domain.clock import Counted, Due, Limit, Pause, add_months, due
from domain.flow import RECEIVING
from domain.pack import LimitRule
from domain.rules_in_force import Rules
from domain.vocabulary import Level, Stage

_CLOSED = (Stage.REJECTED, Stage.WITHDRAWN)
_DECIDING = frozenset({"confirm.grant", "confirm.refuse"})


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
    decides: bool = False
    """What is due is a confirmation or refusal."""

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


def deadlines(case: Case, rules: Rules, asked: date, confirms: Level | None = None) -> list[Deadline]:
    """Every limit that has begun by `asked`, the nearest first; those that ended stand with the day they ended on.

    `confirms`: who has the power to confirm on that day. Whose turn a decision is follows the power, wherever it was
    when the case was accepted; None leaves it where the rule has it.
    """
    found = [
        deadline
        for rule in rules.limits(case.programme, case.conditions)
        # A status that names its last month ends then, whatever a period counted from its beginning would make.
        if case.until is None or rule.name != "validity"
        for deadline in _deadlines(case, rule, asked, rules.calendar)
    ]
    if confirms is not None:
        found = [replace(one, turn=confirms) if one.decides and one.done is None else one for one in found]
    found += _named(case, rules, asked)
    return sorted(found, key=lambda one: (one.done is not None, one.due.day or date.max, one.name))


def concerns(rule: LimitRule, stage: Stage) -> bool:
    """Whether a limit can begin while a case stands there: one for deciding does not, where that has been decided."""
    return stage not in RECEIVING or not _DECIDING.issuperset(rule.ends)


def _deadlines(case: Case, rule: LimitRule, asked: date, calendar: Calendar) -> Iterator[Deadline]:
    """What began last; and before it the one that it ended, where the same act does both: re-check after re-check."""
    begin = _latest(case, rule.begins, asked)
    if begin is None:
        return
    names = next(names for names, step in case.trail if step is begin)
    if not names.isdisjoint(rule.ends) and (before := _latest(case, rule.begins, asked, begin.version)) is not None:
        yield _deadline(case, rule, before, begin, asked, calendar)
    ended = _next(case, rule.ends, begin, asked)
    if ended is not None or (_runs(case, begin) and concerns(rule, case.stage)):
        yield _deadline(case, rule, begin, ended, asked, calendar)


def _deadline(
    case: Case, rule: LimitRule, begin: Step, ended: Step | None, asked: date, calendar: Calendar
) -> Deadline:
    (limit, began), done = running(case, rule, begin.on), ended.on if ended else None
    state = due(limit, began, done or asked, calendar, _pauses(case, rule, begin, asked))
    decides = not rule.wait and _DECIDING.issuperset(rule.ends)
    return Deadline(rule.name, rule.cite, limit, rule.turn, began, state, done, rule.wait, decides)


def running(case: Case, rule: LimitRule, begun: date) -> tuple[Limit, date]:
    """What a rule gives this case from an act of that day on, and day 0. A posting hangs for the days that it says,
    and what has to follow one follows its end."""
    post = case.steps.get("review.post")
    ends = case.posting_ends if post is not None and post.on == begun else None
    if ends is None or "review.post" not in rule.begins:
        return rule.limit, begun + timedelta(days=rule.delay)
    if rule.wait:
        return replace(rule.limit, number=(ends - begun).days), begun
    return rule.limit, ends if rule.delay else begun


def _runs(case: Case, begin: Step) -> bool:
    """Nothing runs in a case that is over, but what its end set running."""
    if case.stage in _CLOSED:
        return False
    end = case.steps.get("exit.end")
    return case.stage is not Stage.EXITED or (end is not None and begin.version >= end.version)


def _pauses(case: Case, rule: LimitRule, since: Step, asked: date) -> list[Pause]:
    """Every pause that began with or after what set the limit running, as far as it had come by the day asked."""
    found = []
    for begins, ends in rule.pauses:
        until = since.version
        for names, step in case.trail:
            if begins in names and step.version >= until and step.on <= asked:
                lifted = _next(case, (ends,), step, asked)
                found.append(Pause(step.on, lifted.on if lifted else None))
                if lifted is None:
                    break
                until = lifted.version
    return found


def _named(case: Case, rules: Rules, asked: date) -> Iterator[Deadline]:
    """Days that acts of the case name themselves: of 限期整改, the end of a 渐退期, of a status."""
    own = ".spending" if "spending" in case.conditions else ""
    for name, day, code, key in (
        ("rectification", case.rectify_by, "verify.rectify", ""),
        ("grace", _last_of(case.deferred_until), "exit.defer", "grace.months"),
        ("validity", _last_of(case.until), "confirm.grant", f"validity.months{own}"),
    ):
        said = case.steps.get(code)
        if day is None or said is None or said.on > asked or case.stage is Stage.EXITED:
            continue
        article = rules.article(key, case.programme) if rules.sets(key, case.programme) else None
        limit = Limit((day - said.on).days, Counted.DAYS)
        state = due(limit, said.on, asked, rules.calendar)
        yield Deadline(name, article, limit, Level.TOWN, said.on, state, None)


def _last_of(month: str | None) -> date | None:
    """The last day of a month, YYYY-MM."""
    return add_months(date.fromisoformat(f"{month}-01"), 1) - ONE_DAY if month else None


def _latest(case: Case, codes: Sequence[str], asked: date, before: int | None = None) -> Step | None:
    """The latest of these acts that had taken place by the day asked, and before the version `before`."""
    for names, step in reversed(case.trail):
        if step.on <= asked and (before is None or step.version < before) and not names.isdisjoint(codes):
            return step
    return None


def _next(case: Case, codes: Sequence[str], after: Step, asked: date) -> Step | None:
    """The first of these acts after another one that had taken place by the day asked."""
    for names, step in case.trail:
        if step.version > after.version and step.on <= asked and not names.isdisjoint(codes):
            return step
    return None
