"""Paper against ledger: every difference is listed, once, and nothing else is."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.documents.compare import WORDS, Difference, compare
from api.documents.inventory import BadRow, Row

CASE = UUID("5e0c1f5e-0000-4000-8000-000000000001")
HERE, THERE = "610924100/2/14", "610924100/2/15"


def digest(number: int) -> str:
    return f"{number:064x}"


def paper(kind: str, number: int, pages: int | None = 2, shelf: str | None = HERE) -> dict[str, Any]:
    return {"kind": kind, "sha256": digest(number), "pages": pages, "shelf": shelf}


def row(kind: str, pages: int | None = 2, shelf: str = HERE, sha256: int | None = None, number: int = 2) -> Row:
    return Row(number, CASE, kind, None if sha256 is None else digest(sha256), pages, shelf)


def told(rows: list[Row], *papers: dict[str, Any]) -> list[Difference]:
    return compare(rows, [], lambda case: {"papers": papers} if case == CASE else None)


def test_what_agrees_is_not_told():
    papers = [paper("application", 1), paper("identity", 2, 4), paper("income", 3, None)]
    rows = [row("identity", 4), row("application", None, sha256=1), row("income", None, sha256=3)]
    assert told(rows, *papers) == []
    assert told([], *papers) == [], "no case is named"


def test_what_is_on_one_side_only():
    assert told([row("identity", number=7)], paper("application", 1)) == [
        Difference("not_on_ledger", str(CASE), "identity", 7, None, "2 页 pages, 610924100/2/14"),
        Difference("not_on_paper", str(CASE), "application", None, digest(1), None, "2 页 pages, 610924100/2/14"),
    ]


@pytest.mark.parametrize(
    ("one", "what", "said", "known"),
    [
        (row("application", 3), "pages", "3", "2"),
        (row("application", shelf=THERE), "shelf", THERE, HERE),
        (row("application", sha256=9), "digest", digest(9), digest(1)),
        (row("identity", sha256=1), "kind", "身份证、户口簿复印件", "申请书"),
    ],
)
def test_what_differs(one: Row, what: str, said: str, known: str):
    assert told([one], paper("application", 1)) == [Difference(what, str(CASE), one.kind, 2, digest(1), said, known)]


def test_several_differences_of_one_paper_are_all_told():
    found = told([row("application", 3, THERE, sha256=9)], paper("application", 1))
    assert [one.what for one in found] == ["digest", "pages", "shelf"]


def test_a_paper_that_nobody_has_filed_is_told_once():
    found = told([row("visit_form")], paper("visit_form", 1, None, None))
    assert [(one.what, one.paper, one.ledger) for one in found] == [("not_filed", "2 页 pages, 610924100/2/14", None)]
    found = told([row("visit_form")], paper("visit_form", 1, 2, None))
    assert [(one.what, one.paper, one.ledger) for one in found] == [("shelf", HERE, None)]


def test_papers_of_one_kind_are_matched_so_that_least_is_told():
    papers = [paper("income", 1, 2, HERE), paper("income", 2, 3, THERE), paper("income", 3, 9, THERE)]
    rows = [row("income", 9, HERE, number=2), row("income", 3, THERE, number=3), row("income", 2, HERE, number=4)]
    assert [(one.what, one.row) for one in told(rows, *papers)] == [("shelf", 2)]


def test_a_digest_decides_before_anything_else():
    papers = [paper("income", 1, 2, HERE), paper("income", 2, 3, THERE)]
    found = told([row("income", 2, HERE, sha256=2)], *papers)
    assert [(one.what, one.sha256) for one in found] == [
        ("pages", digest(2)),
        ("shelf", digest(2)),
        ("not_on_paper", digest(1)),
    ]


def test_one_paper_of_two_kinds_stands_once_in_the_inventory():
    papers = [paper("commitment", 1), paper("authorisation", 1)]
    assert told([row("authorisation")], *papers) == []
    found = told([row("identity")], *papers)
    assert [(one.what, one.kind) for one in found][1] == ("not_on_paper", "commitment+authorisation")


def test_the_same_paper_twice_in_the_inventory_is_told():
    found = told([row("application", sha256=1), row("application", sha256=1, number=3)], paper("application", 1))
    assert [(one.what, one.row) for one in found] == [("not_on_ledger", 3)]


def test_a_case_that_the_ledger_does_not_have_and_rows_that_cannot_be_read():
    other = uuid4()
    found = compare([Row(2, other, "income", None, 1, HERE)], [BadRow(3, "x", "no case")], lambda case: None)
    assert found == [
        Difference("unreadable", "x", row=3, paper="no case"),
        Difference("no_case", str(other), "income", 2),
    ]


some_papers = st.lists(
    st.tuples(
        st.sampled_from(["income", "identity"]), st.integers(1, 6), st.integers(1, 3), st.sampled_from([HERE, THERE])
    ),
    max_size=5,
    unique_by=lambda one: one[1],
)


@given(some_papers, some_papers, st.booleans())
def test_nothing_is_left_over_whatever_there_is(
    listed: list[tuple[str, int, int, str]], known: list[tuple[str, int, int, str]], with_digests: bool
):
    rows = [
        Row(number, CASE, kind, digest(sha) if with_digests else None, pages, shelf)
        for number, (kind, sha, pages, shelf) in enumerate(listed, 2)
    ]
    papers = [paper(kind, sha, pages, shelf) for kind, sha, pages, shelf in known]
    found = compare(rows, [], lambda case: {"papers": papers})
    assert {one.what for one in found} <= set(WORDS)
    if not rows:
        assert found == []
        return
    extra = sum(one.what == "not_on_ledger" for one in found)
    lacking = sum(one.what == "not_on_paper" for one in found)
    assert len(rows) - extra == len(papers) - lacking
    same = sorted((kind, sha if with_digests else 0, pages, shelf) for kind, sha, pages, shelf in listed) == sorted(
        (kind, sha if with_digests else 0, pages, shelf) for kind, sha, pages, shelf in known
    )
    assert (found == []) == same
