"""When something is due: a limit that runs from a day on, in working or calendar days or months, with its pauses.

Pure: everything is computed from the days on which things took place, and can be asked for any day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import count

from domain.calendar import ONE_DAY, Calendar


class Counted(StrEnum):
    """What a limit counts."""

    WORKING_DAYS = "working_days"  # 工作日
    DAYS = "days"  # 日, as 公示 7 天
    MONTHS = "months"  # 月


@dataclass(frozen=True)
class Limit:
    """A time limit, and the article that sets it (None: a county's own setting)."""

    number: int
    counted: Counted
    article: str | None = None


@dataclass(frozen=True)
class Pause:
    """The clock stands still on the days after `since`, up to and including `until` (None: it still does)."""

    since: date
    until: date | None = None

    def covers(self, day: date) -> bool:
        """Whether `day` does not count."""
        return self.since < day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Due:
    """`day` is the last day in time; None while the clock stands still. `provisional`: it rests on unannounced days.

    `left` counts what the limit counts, from the day asked on: 0 on the last day, negative once it is late.
    """

    day: date | None
    left: int
    provisional: bool

    @property
    def late(self) -> bool:
        """Whether the limit has passed."""
        return self.left < 0


def due(limit: Limit, began: date, asked: date, calendar: Calendar, pauses: Sequence[Pause] = ()) -> Due:
    """When what began on `began` is due, as seen on `asked`. The day it began is day 0 and does not count.

    A limit in days that ends on a day off ends there all the same; one in months ends on the same day of the month,
    or on its last.
    """
    if any(pause.until is None for pause in pauses):
        used = _counted(limit, began, min(asked, *(p.since for p in pauses if p.until is None)), calendar, pauses)
        return Due(None, limit.number - used, not _announced(calendar, began, asked))
    last = last_day(limit, began, calendar, tuple(pauses))
    if asked <= last:
        left = _counted(limit, asked, last, calendar, pauses)
    else:
        left = -_counted(limit, last, asked, calendar, pauses)
    provisional = limit.counted is Counted.WORKING_DAYS and not _announced(calendar, began, max(last, asked))
    return Due(last, left, provisional)


def _announced(calendar: Calendar, first: date, last: date) -> bool:
    return calendar.is_announced(first) and calendar.is_announced(last)


@lru_cache(maxsize=4096)
def last_day(limit: Limit, began: date, calendar: Calendar, pauses: tuple[Pause, ...] = ()) -> date:
    """The last day in time, all pauses being over. Kept: many cases of a county begin on the same few days."""
    if limit.counted is Counted.MONTHS:
        stood = sum((day - pause.since).days for pause in pauses if (day := pause.until) and pause.since >= began)
        return add_months(began, limit.number) + timedelta(days=stood)
    left, day = limit.number, began
    while left:
        day += ONE_DAY
        left -= _counts(limit, day, calendar, pauses)
    return day


def _counts(limit: Limit, day: date, calendar: Calendar, pauses: Sequence[Pause]) -> bool:
    return (limit.counted is not Counted.WORKING_DAYS or calendar.is_working(day)) and not any(
        pause.covers(day) for pause in pauses
    )


def _counted(limit: Limit, after: date, until: date, calendar: Calendar, pauses: Sequence[Pause]) -> int:
    """How many days in (after, until] count; for limits in months, all days do."""
    days = (after + timedelta(days=number) for number in range(1, (until - after).days + 1))
    return sum(_counts(limit, day, calendar, pauses) for day in days)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in count(day.day, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError
