"""What may be asked for, how a bag is written, and how a paper is set."""

import io
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import orjson
import pytest

from api.evidence.bag import LARGEST, Content, write_bag
from api.evidence.paper import Heading, Paper, Para, Signatures, Table, html_of, pairs
from api.evidence.pdf import pdf_of
from api.evidence.request import read_wanted
from domain.evidence import SIZE, said_of, wrong_in
from ledger.errors import LedgerError, Refused

CASE = "00000000-0000-4000-8000-000000000003"
OTHER = "00000000-0000-4000-8000-000000000004"


def claims(**changes: Any) -> bytes:
    good: dict[str, Any] = {
        "iss": "00000000-0000-4000-8000-000000000001",
        "aud": "test.example/ledger",
        "jti": "0199c6a0-0000-7000-8000-000000000001",
        "iat": 1_764_000_000,
        "scope": {"kind": "case", "cases": [CASE]},
        "recipient": {"kind": "inspection", "name": ""},
    }
    return orjson.dumps(good | changes)


@pytest.mark.parametrize(
    "scope",
    [
        {"kind": "case", "cases": [CASE]},
        {"kind": "cases", "cases": [CASE, OTHER]},
        {"kind": "officer", "officer": CASE, "starting": "2026-01-01", "ending": "2026-01-01"},
        {"kind": "referral", "referral": CASE},
        {"kind": "referral", "referral": CASE, "cases": [OTHER]},
    ],
)
def test_a_scope_is_described_as_it_was_asked_for(scope: dict[str, Any]) -> None:
    assert read_wanted(claims(scope=scope), "test.example/ledger").scope.describe() == scope


@pytest.mark.parametrize(
    "change",
    [
        {"scope": {"kind": "case", "cases": [CASE, OTHER]}},
        {"scope": {"kind": "cases", "cases": [CASE, CASE]}},
        {"scope": {"kind": "case", "cases": [CASE], "officer": OTHER}},
        {"scope": {"kind": "officer", "officer": CASE, "starting": "2026-01-02", "ending": "2026-01-01"}},
        {"scope": {"kind": "officer", "officer": CASE}},
        {"scope": {"kind": "everything"}},
        {"scope": {"kind": "cases", "cases": ["../../etc"]}},
        {"recipient": {"kind": "inspection", "name": "a\nb"}},
        {"recipient": {"kind": "friend", "name": ""}},
        {"withhold": ["<script>"]},
        {"jti": "1"},
        {"iat": "now"},
        {"more": 1},
    ],
)
def test_anything_else_is_refused_and_where_it_is_wrong_is_said(change: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        read_wanted(claims(**change), "test.example/ledger")
    assert refused.value.code == "evidence.request"
    assert refused.value.params["where"]


def bag(payload: dict[str, Content]) -> bytes:
    file = io.BytesIO()
    write_bag(file, "evidence-0", payload, {"README.txt": b"look"}, [("External-Identifier", "evidence-0")])
    return file.getvalue()


def test_the_order_in_which_files_come_makes_no_difference() -> None:
    files = {name: Content.of(name.encode() * 100) for name in ("b", "a/c", "a-b", "Z")}
    assert bag(files) == bag(dict(reversed(files.items())))


def test_a_file_that_changes_under_our_hands_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "paper"
    path.write_bytes(b"one")
    before = Content(path, sha256(b"one").hexdigest(), 3)
    assert ZipFile(io.BytesIO(bag({"paper": before}))).read("evidence-0/data/paper") == b"one"
    path.write_bytes(b"two")
    with pytest.raises(LedgerError) as error:
        bag({"paper": before})
    assert error.value.code == "evidence.changed"


def test_a_bundle_that_a_plain_zip_cannot_hold_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        bag({"paper": Content(Path("nowhere"), "0" * 64, LARGEST + 1)})
    assert refused.value.code == "evidence.too-large"


def test_a_record_of_a_bundle_has_one_form() -> None:
    good = said_of("1" * 64, "2" * 64)
    assert wrong_in(good) is None
    for change in ({"size": SIZE + 1}, {"content": "x"}, {"for": "inspection"}, {"envelope": None}, {"size": True}):
        assert wrong_in(good | change)


def test_html_escapes_and_a_pdf_holds_rows_longer_than_a_page() -> None:
    hostile = "<script>alert(1)</script>"
    blocks = (
        Heading(hostile),
        Para(hostile),
        pairs([(hostile, hostile), ("", "")]),
        Table((("甲", 0.5), ("乙", 0.5)), ((hostile, "长" * 9000), ("", "\u0378"))),
        Signatures((hostile,)),
    )
    paper = Paper(hostile, hostile, blocks, hostile)
    assert b"<script" not in html_of(paper)
    pdf = pdf_of([paper, paper], datetime(2026, 1, 1, tzinfo=UTC))
    assert pdf.count(b"/Type /Page\n") > 6
