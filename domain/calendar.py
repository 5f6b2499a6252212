"""Which days are working days (工作日) in China, and how far that is known.

The State Council announces each year's holidays and make-up working days (调休) in the November before.
`chinesecalendar` carries them; what it does not know yet is counted Monday to Friday, and whatever rests on that is
provisional. A newer year can be added as data, without a new release of anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from chinese_calendar.constants import holidays, workdays

ONE_DAY = timedelta(days=1)


class CalendarError(ValueError):
    """This is no calendar, or not one that can be added."""


@dataclass(frozen=True)
class Calendar:
    """Exceptions from Monday to Friday, announced for every day from `first` to `last`, both included.

    `rest` are days off that fall on a Monday to Friday, `work` make-up working days on a weekend.
    """

    first: date
    last: date
    rest: frozenset[date]
    work: frozenset[date]

    def is_working(self, day: date) -> bool:
        """Whether `day` is a working day; outside the announced years, whether it is a Monday to Friday."""
        return day in self.work or (day.weekday() < 5 and day not in self.rest)

    def is_announced(self, day: date) -> bool:
        """Whether `day` lies in the years that were announced."""
        return self.first <= day <= self.last

    def with_year(self, newer: "Calendar") -> "Calendar":
        """This calendar and a newer one that goes on where it ends; what both cover is the newer's to say.

        Raises `CalendarError` when a gap would be left between them.
        """
        if newer.first > self.last + ONE_DAY or newer.last < self.last:
            raise CalendarError(
                f"the calendar must go on from {self.last} at the latest; it runs {newer.first} to {newer.last}"
            )

        def joined(own: frozenset[date], others: frozenset[date]) -> frozenset[date]:
            return frozenset(day for day in own if day < newer.first) | others

        return Calendar(
            min(self.first, newer.first), newer.last, joined(self.rest, newer.rest), joined(self.work, newer.work)
        )


@lru_cache(maxsize=1)
def announced() -> Calendar:
    """What the installed `chinesecalendar` knows: whole years from 2004 on."""
    years = {day.year for day in holidays}
    return Calendar(
        date(min(years), 1, 1),
        date(max(years), 12, 31),
        frozenset(day for day in holidays if day.weekday() < 5),
        frozenset(workdays),
    )


def read_calendar(content: object) -> Calendar:
    """A calendar from data: `{"first": day, "last": day, "rest": [days], "work": [days]}`, days as YYYY-MM-DD.

    Raises `CalendarError`: unknown members, days out of range, a rest day on a weekend, a make-up day in the week.
    """
    if not isinstance(content, dict) or set(content) != {"first", "last", "rest", "work"}:
        raise CalendarError("a calendar has first, last, rest and work, and nothing else")
    try:
        first, last = date.fromisoformat(content["first"]), date.fromisoformat(content["last"])
        rest, work = (frozenset(date.fromisoformat(day) for day in content[name]) for name in ("rest", "work"))
    except (TypeError, ValueError) as error:
        raise CalendarError(f"days are written YYYY-MM-DD: {error}") from None
    if first > last or not all(first <= day <= last for day in rest | work):
        raise CalendarError(f"every day must lie between {first} and {last}")
    for days, on_weekend, what in ((rest, False, "rest day on a weekend"), (work, True, "make-up day in the week")):
        odd = sorted(day for day in days if (day.weekday() > 4) != on_weekend)
        if odd:
            raise CalendarError(f"{odd[0]} needs no mention: a {what} is what it is anyway")
    return Calendar(first, last, rest, work)


def working_days_from(calendar: Calendar, day: date) -> Iterator[date]:
    """The working days after `day`, without end: the day of an event is day 0 and does not count."""
    while True:
        day += ONE_DAY
        if calendar.is_working(day):
            yield day
