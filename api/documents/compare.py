"""The paper inventory against the ledger (纸质与电子档案一致), case by case: every difference, and nothing left over.

A row with a digest is the paper with that digest. Rows without one, and those whose digest the ledger does not have,
are matched by kind: with what stands on the same shelf and has as many pages first, so that a difference is told of
the fewest papers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.documents.inventory import BadRow, Row
from domain.papers import KINDS

WORDS = {
    "unreadable": "清单此行读不懂 the row cannot be read",
    "no_case": "账上没有此案 the ledger has no such case",
    "not_on_paper": "账上有，清单上无 on the ledger, not in the inventory",
    "not_on_ledger": "清单上有，账上无 in the inventory, not on the ledger",
    "not_filed": "账上尚未归档 on the ledger, and not filed there yet",
    "kind": "种类不同 another kind",
    "digest": "摘要不同 another digest",
    "pages": "页数不同 another number of pages",
    "shelf": "存放处不同 another shelf",
}
"""Every kind of difference."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` is a key of `WORDS`; what paper and ledger say of it, None where that side says nothing."""

    what: str
    case: str
    kind: str | None = None
    row: int | None = None
    sha256: str | None = None
    paper: str | None = None
    ledger: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper as the ledger has it: of one kind, or of several."""

    sha256: str
    kinds: tuple[str, ...]
    pages: int | None
    shelf: str | None


def compare(
    rows: Sequence[Row], bad: Iterable[BadRow], file_of: Callable[[UUID], Mapping[str, Any] | None]
) -> list[Difference]:
    """Every difference, case by case as the inventory has them, after the rows that cannot be read.

    `file_of` gives a case's file as `GET /cases/{id}/file` does, None where there is no such case.
    """
    found = [Difference("unreadable", one.case, row=one.number, paper=one.reason) for one in bad]
    for case in dict.fromkeys(row.case for row in rows):
        listed = [row for row in rows if row.case == case]
        file = file_of(case)
        if file is None:
            found += [Difference("no_case", str(case), row.kind, row.number) for row in listed]
        else:
            found += _compare_case(str(case), listed, _sheets(file["papers"]))
    return found


def _sheets(papers: Iterable[Mapping[str, Any]]) -> list[Sheet]:
    sheets: dict[str, Sheet] = {}
    for paper in papers:
        known = sheets.get(paper["sha256"])
        kinds = (*(known.kinds if known else ()), paper["kind"])
        sheets[paper["sha256"]] = Sheet(paper["sha256"], kinds, paper["pages"], paper["shelf"])
    return list(sheets.values())


def _compare_case(case: str, rows: list[Row], sheets: list[Sheet]) -> list[Difference]:
    pairs: list[tuple[Row, Sheet]] = []
    for fits in (_same_digest, _same_place_and_pages, _same_place, _same_pages, _same_kind):
        for row in list(rows):
            sheet = next((one for one in sheets if fits(row, one)), None)
            if sheet is not None:
                rows.remove(row)
                sheets.remove(sheet)
                pairs.append((row, sheet))
    found = [one for row, sheet in sorted(pairs, key=lambda pair: pair[0].number) for one in _of_pair(case, row, sheet)]
    found += [
        Difference("not_on_ledger", case, row.kind, row.number, row.sha256, paper=_shown(row.pages, row.shelf))
        for row in rows
    ]
    found += [
        Difference("not_on_paper", case, "+".join(one.kinds), sha256=one.sha256, ledger=_shown(one.pages, one.shelf))
        for one in sheets
    ]
    return found


def _same_digest(row: Row, sheet: Sheet) -> bool:
    return row.sha256 == sheet.sha256


def _same_kind(row: Row, sheet: Sheet) -> bool:
    return row.kind in sheet.kinds


def _same_place(row: Row, sheet: Sheet) -> bool:
    return _same_kind(row, sheet) and row.shelf == sheet.shelf


def _same_pages(row: Row, sheet: Sheet) -> bool:
    return _same_kind(row, sheet) and row.pages is not None and row.pages == sheet.pages


def _same_place_and_pages(row: Row, sheet: Sheet) -> bool:
    return _same_place(row, sheet) and _same_pages(row, sheet)


def _of_pair(case: str, row: Row, sheet: Sheet) -> Iterable[Difference]:
    def differs(what: str, paper: Any, ledger: Any) -> Difference:
        return Difference(what, case, row.kind, row.number, sheet.sha256, _text(paper), _text(ledger))

    if row.kind not in sheet.kinds:
        yield differs("kind", KINDS[row.kind].zh, "、".join(KINDS[kind].zh for kind in sheet.kinds))
    if row.sha256 not in (None, sheet.sha256):
        yield differs("digest", row.sha256, sheet.sha256)
    if sheet.pages is None and sheet.shelf is None:
        yield differs("not_filed", _shown(row.pages, row.shelf), None)
        return
    if row.pages is not None and row.pages != sheet.pages:
        yield differs("pages", row.pages, sheet.pages)
    if row.shelf != sheet.shelf:
        yield differs("shelf", row.shelf, sheet.shelf)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _shown(pages: int | None, shelf: str | None) -> str | None:
    return ", ".join(([f"{pages} 页 pages"] if pages else []) + ([shelf] if shelf else [])) or None
