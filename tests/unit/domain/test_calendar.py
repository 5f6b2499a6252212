"""Working days in China: holidays, make-up days, year ends, and where the announced years end."""

from datetime import date
from itertools import islice

import pytest

from domain.calendar import CalendarError, announced, read_calendar, working_days_from


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "working"),
    [
        ("2021-09-17", True),  # Friday before 中秋
        ("2021-09-18", True),  # Saturday, made up for
        ("2021-09-19", False),
        ("2021-09-20", False),
        ("2021-09-21", False),  # 中秋
        ("2021-09-22", True),
        ("2021-09-26", True),  # Sunday, made up for 国庆
        ("2021-10-09", True),  # Saturday, made up for
        ("2021-12-31", True),
        ("2022-01-03", False),
        ("2022-02-28", True),
        ("2024-02-29", True),
    ],
)
def test_holidays_and_make_up_days_are_as_announced(text: str, working: bool):
    assert announced().is_working(day(text)) is working


@pytest.mark.parametrize(
    ("after", "number", "expected"),
    [
        ("2021-09-19", 1, "2021-09-22"),  # counted from a day off: the first working day after it is day 1
        ("2021-09-17", 1, "2021-09-18"),
        ("2021-09-30", 3, "2021-10-11"),
        ("2022-01-28", 3, "2022-02-07"),  # 春节, with make-up days on 29 and 30 January
        ("2021-12-30", 2, "2022-01-04"),
    ],
)
def test_the_day_of_the_event_does_not_count(after: str, number: int, expected: str):
    assert list(islice(working_days_from(announced(), day(after)), number))[-1] == day(expected)


def test_beyond_the_announced_years_weekdays_count_and_are_marked():
    calendar = announced()
    beyond = date(calendar.last.year + 1, 1, 1)
    assert calendar.is_announced(calendar.last)
    assert not calendar.is_announced(beyond)
    assert calendar.is_working(beyond) == (beyond.weekday() < 5)


def newer(**changes: object) -> dict[str, object]:
    year = announced().last.year + 1
    content: dict[str, object] = {"first": f"{year}-01-01", "last": f"{year}-12-31", "rest": [], "work": []}
    return content | changes


def test_a_newer_year_is_added_as_data():
    year = announced().last.year + 1
    rest = next(d for d in working_days_from(announced(), date(year, 4, 1)))
    work = next(date(year, 5, n) for n in range(1, 8) if date(year, 5, n).weekday() == 5)
    calendar = announced().with_year(read_calendar(newer(rest=[str(rest)], work=[str(work)])))
    assert calendar.is_announced(rest)
    assert not calendar.is_working(rest)
    assert calendar.is_working(work)
    assert not calendar.is_working(day("2021-10-01"))


def test_a_newer_calendar_rules_the_days_that_it_covers():
    corrected = read_calendar({"first": "2026-12-01", "last": "2027-12-31", "rest": ["2026-12-31"], "work": []})
    calendar = announced().with_year(corrected)
    assert not calendar.is_working(day("2026-12-31"))
    assert not calendar.is_working(day("2026-10-01"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([], "and nothing else"),
        ({"first": "2027-01-01"}, "and nothing else"),
        (newer(more=1), "and nothing else"),
        (newer(rest=["1 May"]), "YYYY-MM-DD"),
        (newer(rest=[5]), "YYYY-MM-DD"),
        (newer(rest=["2021-10-01"]), "must lie between"),
        (newer(first="2099-01-01"), "must lie between"),
        ({"first": "2027-01-01", "last": "2027-12-31", "rest": ["2027-01-02"], "work": []}, "rest day on a weekend"),
        ({"first": "2027-01-01", "last": "2027-12-31", "rest": [], "work": ["2027-01-01"]}, "make-up day in the week"),
    ],
)
def test_what_is_no_calendar_is_refused_with_the_reason(content: object, says: str):
    with pytest.raises(CalendarError, match=says):
        read_calendar(content)


def test_a_calendar_that_leaves_a_gap_is_not_added():
    gap = read_calendar({"first": "2028-01-01", "last": "2028-12-31", "rest": [], "work": []})
    with pytest.raises(CalendarError, match="must go on"):
        announced().with_year(gap)
