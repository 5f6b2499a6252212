"""Limits of the law as due days: 工作日, 日 and 月, with pauses, for any day one asks on."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import announced
from domain.clock import Counted, Limit, Pause, add_months, due

CALENDAR = announced()
VISIT = Limit(3, Counted.WORKING_DAYS, "57号 Art 15")
DELEGATED = Limit(20, Counted.WORKING_DAYS, "民发〔2022〕83号")
POSTING = Limit(7, Counted.DAYS, "57号 Art 19")
DEATH = Limit(3, Counted.MONTHS, "民发〔2022〕83号")


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("limit", "began", "last"),
    [
        (VISIT, "2021-09-19", "2021-09-24"),  # accepted on a day off, in the 中秋 holiday
        (VISIT, "2021-09-30", "2021-10-11"),
        (VISIT, "2022-07-01", "2022-07-06"),
        (DELEGATED, "2022-12-20", "2023-01-18"),
        (POSTING, "2021-09-28", "2021-10-05"),  # days of posting are calendar days
        (DEATH, "2021-11-30", "2022-02-28"),
        (DEATH, "2023-11-30", "2024-02-29"),
        (DEATH, "2021-01-15", "2021-04-15"),
    ],
)
def test_what_is_due_and_when(limit: Limit, began: str, last: str):
    found = due(limit, day(began), day(began), CALENDAR)
    assert found.day == day(last)
    assert not found.provisional
    assert not found.late


@pytest.mark.parametrize(
    ("asked", "left", "late"),
    [
        ("2021-09-30", 3, False),
        ("2021-10-07", 3, False),
        ("2021-10-08", 2, False),
        ("2021-10-11", 0, False),
        ("2021-10-12", -1, True),
    ],
)
def test_how_much_is_left_on_a_day(asked: str, left: int, late: bool):
    found = due(VISIT, day("2021-09-30"), day(asked), CALENDAR)
    assert (found.left, found.late) == (left, late)


def test_the_clock_stands_still_in_a_pause_and_goes_on_after_it():
    began, pause = day("2022-07-01"), Pause(day("2022-07-04"), day("2022-07-08"))
    assert due(VISIT, began, began, CALENDAR, [pause]).day == day("2022-07-12")
    standing = due(VISIT, began, day("2022-08-01"), CALENDAR, [Pause(day("2022-07-04"))])
    assert (standing.day, standing.left) == (None, 2)
    assert due(DEATH, began, began, CALENDAR, [pause]).day == day("2022-10-05")


def test_beyond_the_announced_years_a_due_day_is_provisional():
    began = CALENDAR.last - timedelta(days=1)
    assert due(DELEGATED, began, began, CALENDAR).provisional
    assert not due(POSTING, began, began, CALENDAR).provisional


def test_months_end_on_their_last_day():
    assert add_months(day("2021-08-31"), 6) == day("2022-02-28")
    assert add_months(day("2021-12-15"), 1) == day("2022-01-15")


DAYS = st.dates(date(2010, 1, 1), date(2025, 12, 31))


@given(DAYS, st.integers(1, 45), st.integers(0, 120))
def test_on_the_due_day_nothing_is_left_and_the_day_after_it_is_late(began: date, number: int, later: int):
    limit = Limit(number, Counted.WORKING_DAYS)
    last = due(limit, began, began, CALENDAR).day
    assert last is not None
    assert CALENDAR.is_working(last)
    assert due(limit, began, last, CALENDAR).left == 0
    asked = last + timedelta(days=later)
    assert due(limit, began, asked, CALENDAR).left <= 0


@given(DAYS, st.integers(1, 45), st.integers(0, 30), st.integers(0, 30))
def test_a_pause_never_brings_a_due_day_forward(began: date, number: int, after: int, length: int):
    limit = Limit(number, Counted.WORKING_DAYS)
    pause = Pause(began + timedelta(days=after), began + timedelta(days=after + length))
    plain, paused = due(limit, began, began, CALENDAR).day, due(limit, began, began, CALENDAR, [pause]).day
    assert plain is not None
    assert paused is not None
    assert paused >= plain
