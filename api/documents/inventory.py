"""An inventory of papers (纸质档案清单): CSV or XLSX, one row a paper, with headings in Chinese or English."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from api.importing.reading import peek_table, text_of
from api.importing.stopped import Stopped
from domain.papers import KINDS

HEADINGS = {
    "case": ("case", "案件编号", "案卷编号"),
    "kind": ("kind", "材料种类", "材料名称"),
    "sha256": ("sha256", "摘要"),
    "pages": ("pages", "页数"),
    "shelf": ("shelf", "存放处", "存放位置"),
}
_KIND_OF = {kind.zh: code for code, kind in KINDS.items()} | {code: code for code in KINDS}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SHELF = re.compile(r"[1-9][0-9]{5}([0-9]{3}([0-9]{3})?)?(/[1-9][0-9]{0,3}){1,3}")


@dataclass(frozen=True, slots=True)
class Row:
    """One paper, as the inventory has it. `number` as a spreadsheet counts rows."""

    number: int
    case: UUID
    kind: str
    sha256: str | None
    pages: int | None
    shelf: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be compared, and why."""

    number: int
    case: str
    reason: str


def read_inventory(path: Path) -> tuple[list[Row], list[BadRow]]:
    """The rows of the first sheet, good and bad. Raises `Stopped` where this is no inventory."""
    table = peek_table(path)
    at = {name: _column(path, table.columns, name) for name in HEADINGS}
    needed = [name for name in ("case", "kind", "shelf") if at[name] is None]
    if at["sha256"] is None and at["pages"] is None:
        needed.append("pages")
    if needed:
        raise Stopped(
            f"{path.name} 缺少列 has no column {', '.join(f'{HEADINGS[name][1]} ({name})' for name in needed)}."
            f" 现有 It has: {', '.join(name for name in table.columns if name) or 'none'}."
        )
    rows: list[Row] = []
    bad: list[BadRow] = []
    for number, cells in table.rows():
        texts = [text_of(cell) for cell in cells]
        said = {name: texts[i] if i is not None and i < len(texts) else "" for name, i in at.items()}
        try:
            rows.append(_row(number, said))
        except ValueError as error:
            bad.append(BadRow(number, said["case"], str(error)))
    return rows, bad


def _column(path: Path, columns: tuple[str, ...], name: str) -> int | None:
    found = [i for i, heading in enumerate(columns) if heading.strip().lower() in HEADINGS[name]]
    if len(found) > 1:
        raise Stopped(f"{path.name} 列名重复 has two columns for {HEADINGS[name][1]} ({name}): keep one of them.")
    return found[0] if found else None


def _row(number: int, said: dict[str, str]) -> Row:
    try:
        case = UUID(said["case"])
    except ValueError:
        raise ValueError(f"案件编号不对 no case's id: {said['case']!r}") from None
    kind = _KIND_OF.get(said["kind"]) or _KIND_OF.get(said["kind"].lower())
    if kind is None:
        raise ValueError(f"没有这种材料 no kind of paper: {said['kind']!r}; 有 there are {'、'.join(_KIND_OF)}")
    digest = said["sha256"].lower() or None
    if digest is not None and not _DIGEST.fullmatch(digest):
        raise ValueError(f"摘要应为 64 位十六进制 no SHA-256: {said['sha256']!r}")
    pages = said["pages"].removesuffix("页").strip()
    if pages and not (pages.isascii() and pages.isdigit() and 0 < int(pages) < 10_000):
        raise ValueError(f"页数不对 no number of pages: {said['pages']!r}")
    if digest is None and not pages:
        raise ValueError("摘要和页数至少要有一项 neither a digest nor a number of pages")
    if not _SHELF.fullmatch(said["shelf"]):
        raise ValueError(f"存放处应形如 610924100/2/14 no shelf: {said['shelf']!r}")
    return Row(number, case, kind, digest, int(pages) if pages else None, said["shelf"])
