"""Which refusals are kept, how many, and in what form."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.refusal import PER_DAY, PER_HOUR, Attempt, has_room, is_kept, wrong_in

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
OFFICER = "00000000-0000-4000-8000-000000000001"
ATTEMPT = Attempt(
    OFFICER, "A" * 43, "confirm.grant", OFFICER, "officer.place", "民发〔2021〕57号第十九条", "ab" * 32, "2026-11-23", 1
)


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("officer.level", True),
        ("officer.place", True),
        ("officer.not-administrator", True),
        ("case.order", True),
        ("case.missing-step", True),
        ("delegation.none", True),
        ("person.enrolled", True),
        ("policy.no-rule", True),
        ("officer.unknown", False),
        ("case.unknown", False),
        ("act.stale", False),
        ("act.signature", False),
        ("data.schema", False),
        ("key.taken", False),
        ("source.known", False),
    ],
)
def test_what_the_rules_refuse_is_kept_and_slips_are_not(code: str, kept: bool) -> None:
    assert is_kept(code) == kept


def test_a_line_says_who_what_when_and_why_and_is_of_its_own_form():
    said = ATTEMPT.said(3)
    assert wrong_in(said) is None
    assert set(said) == {"officer", "kid", "act", "case", "reason", "article", "digest", "on", "iat", "more"}


def test_an_article_that_is_none_is_left_out():
    for article in (None, "", "a sentence with blanks", "x" * 61, "1\n2"):
        said = Attempt(OFFICER, "A" * 43, "a.b", OFFICER, "case.order", article, "ab" * 32, "2026-11-23", 1).said(0)
        assert "article" not in said
        assert wrong_in(said) is None


@pytest.mark.parametrize(
    "change",
    [
        {"officer": "somebody"},
        {"officer": OFFICER.upper().replace("0", "A")},
        {"kid": "short"},
        {"act": "他办的事"},
        {"act": 7},
        {"case": None},
        {"reason": "because he is dishonest"},
        {"article": "he is dishonest"},
        {"article": None},
        {"digest": "AB" * 32},
        {"on": "2026-11-31"},
        {"iat": True},
        {"iat": -1},
        {"more": 1.5},
        {"note": "free text"},
    ],
)
def test_what_is_of_another_form_is_named(change: dict[str, Any]) -> None:
    assert wrong_in(ATTEMPT.said(0) | change) == next(iter(change))
    missing = {name: value for name, value in ATTEMPT.said(0).items() if name not in change}
    assert wrong_in(missing) == (None if {"article", "note"} & set(change) else next(iter(change)))


def test_of_one_officer_so_many_an_hour_and_so_many_a_day():
    def ago(minutes: float, reason: str = "case.order") -> tuple[datetime, str]:
        return NOW - timedelta(minutes=minutes), reason

    hour = [ago(5)] * PER_HOUR
    assert has_room("case.order", hour[1:], NOW)
    assert not has_room("case.order", hour, NOW)
    assert has_room("case.order", [ago(60)] * PER_HOUR, NOW)
    assert not has_room("case.order", [ago(120)] * PER_DAY, NOW)
    assert has_room("case.order", [ago(24 * 60)] * PER_DAY, NOW)


def test_a_reason_that_is_new_that_day_is_kept_behind_any_heap_of_others():
    heap = [(NOW, "case.order")] * PER_DAY
    assert has_room("officer.kin", heap, NOW)
    assert not has_room("officer.kin", [*heap, (NOW, "officer.kin")], NOW)
