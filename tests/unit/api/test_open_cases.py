"""Whose work a case is, and the list of it as spreadsheets leave it."""

from typing import Any
from uuid import uuid4

import pytest

from api.open_cases import TYPES, LastAct, ListError, is_open, last_acts, next_due, read_list, row_of, write_list
from ledger.act import encode_state
from ledger.line import encode_line
from tests.county import Pen, Person

CASE = {
    "id": "0b0f6e2e-3f53-4a9e-8b39-0b9d7d9b2c11",
    "programme": "rural_minimum",
    "town": "610924100",
    "village": None,
    "stage": "accepted",
}


def line(index: int, person: Person, case: str, act: str, **others: Any) -> bytes:
    jws = Pen("x").sign(person, case, act, {}, **others).split("~")[0]
    return encode_line(index, "ab" * 32, "2026-11-23T00:00:00.000000Z", case, 1, "t.t", encode_state(jws, {}))


def test_a_case_is_the_work_of_whoever_acted_last():
    one, other, case = Person(), Person(), str(uuid4())
    lines = [line(1, one, case, "apply.accept"), line(2, other, case, "review.check", on="2026-11-20")]
    assert last_acts(lines) == {case: LastAct(other.id, "review.check", "2026-11-20", 2)}


def test_the_list_says_by_when_something_is_due_next():
    running = {"done": None, "waits": False}
    said = [
        running | {"due": "2026-12-21"},
        running | {"due": "2026-12-07"},
        running | {"due": None},
        running | {"due": "2026-11-30", "waits": True},
        running | {"due": "2026-11-24", "done": "2026-11-23"},
    ]
    assert next_due({"deadlines": said}) == "2026-12-07"
    assert next_due({"deadlines": said[2:]}) == ""


def test_what_was_done_in_deputation_stays_the_principals_work():
    principal, deputy, case = Person(), Person(), str(uuid4())
    assert last_acts([line(1, deputy, case, "review.check", behalf=principal.id)])[case].officer == principal.id


def test_lines_that_nobody_signed_are_nobodys_work():
    unsigned = encode_line(1, "ab" * 32, "2026-11-23T00:00:00.000000Z", str(uuid4()), 1, "t.t", b'{"by":"x"}')
    assert last_acts([unsigned]) == {}
    assert "officer.registered" not in TYPES
    assert "apply.submitted" in TYPES


@pytest.mark.parametrize(
    ("stage", "act", "expected"),
    [
        ("submitted", "apply.submit", True),
        ("granted", "confirm.notify", True),
        ("suspended", "suspend.start", True),
        ("refused", "confirm.refuse", True),
        ("refused", "confirm.notify", False),
        ("rejected", "apply.reject", False),
        ("withdrawn", "apply.withdraw", False),
        ("exited", "exit.end", False),
    ],
)
def test_a_case_is_open_while_there_is_work_left(stage, act, expected):
    assert is_open(CASE | {"stage": stage}, act) == expected


def test_a_list_is_read_back_as_spreadsheets_save_it():
    rows = [row_of(CASE, LastAct("x", "apply.accept", "2026-11-23", 7), "2026-12-21")]
    text = write_list(rows)
    assert text.startswith("\ufeffcase,programme,")
    assert read_list(text) == rows
    assert read_list(text.replace("\r\n", "\n").removeprefix("\ufeff")) == rows
    reordered = "due,case\r\n2026-12-01, " + CASE["id"].upper() + " \r\n"  # type: ignore[union-attr]
    (row,) = read_list(reordered)
    assert (row["case"], row["due"], row["town"]) == (CASE["id"], "2026-12-01", "")
    assert read_list("case\r\n") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column case"),
        ("案件\n1\n", "no column case"),
        ("case\n1\n", "Line 2"),
        (f"case\n{CASE['id']}\n{CASE['id']}\n", "Line 3"),
        ("case\n\n,\n", "Line"),
    ],
)
def test_what_is_no_list_is_named_by_its_row(text, said):
    with pytest.raises(ListError, match=said):
        read_list(text)
