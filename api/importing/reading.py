"""An export as a table: CSV with any delimiter, or a spreadsheet (.xlsx, .xls) with its typed cells."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import file_digest
from itertools import islice
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from api.importing.encoding import find_encoding
from api.importing.mapping import Mapping
from api.importing.stopped import Stopped

Cell = str | int | float | bool | datetime | date | time | timedelta
Rows = Callable[[], Iterator[tuple[int, list[Cell]]]]

REASON = "mingzhang:reason 原因"
"""The column that a file of rejected rows has over the file it came from."""

EXACT = 10**15
"""From here on a spreadsheet's number has lost digits: it keeps fifteen."""

_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_DELIMITERS = (",", ";", "\t", "|", "，")


@dataclass(frozen=True)
class Table:
    """`rows()` gives (row number as a spreadsheet counts, cells) without empty rows, as often as it is called.

    `digest` is the file's SHA-256. `refed`: the file is a corrected list of rejected rows, so not a whole export.
    """

    columns: tuple[str, ...]
    rows: Rows
    digest: str
    refed: bool


def open_table(path: Path, mapping: Mapping) -> Table:
    """Find out what kind of file this is, and that it has the mapping's columns. Raises `Stopped`."""
    table = _open(path, mapping)
    _check_columns(path, table.columns, mapping)
    return table


def peek_table(path: Path) -> Table:
    """The same without a mapping: the first sheet, the names in the first row. Raises `Stopped`."""
    return _open(path, Mapping("", "", "", ""))


def _open(path: Path, mapping: Mapping) -> Table:
    try:
        with path.open("rb") as file:
            start = file.read(256)
            file.seek(0)
            digest = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Stopped(f"文件打不开 {path} cannot be read: {error.strerror}.") from None
    if start.startswith(_SPREADSHEETS):
        header, rows = _open_spreadsheet(path, mapping)
    elif start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raise Stopped(
            f"{path.name} 其实是网页 is a web page or XML under another name, as some systems export it: open it in a "
            "spreadsheet program and save it as XLSX or CSV."
        )
    else:
        header, rows = _open_csv(path, mapping)
    columns = tuple(text_of(cell) for cell in header)
    refed = REASON in columns
    return Table(columns, _unquoted(rows) if refed else rows, digest, refed)


def text_of(cell: Cell) -> str:
    """A cell as text, without the blanks around it; a whole number has no decimal point.

    A number that has lost digits is written with an exponent, so that it is known for what it is wherever it goes.
    """
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        if abs(cell) >= EXACT:
            return f"{cell:.14E}"
        return str(int(cell)) if float(cell).is_integer() else repr(cell)
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def _check_columns(path: Path, columns: Sequence[str], mapping: Mapping) -> None:
    missing = [name for name in mapping.columns if name not in columns]
    if missing:
        raise Stopped(
            f"{path.name} 缺少列 has no column {', '.join(map(repr, missing))}. 现有 It has: "
            f"{', '.join(repr(name) for name in columns if name) or 'none'}. If the names stand in a later row, say "
            "`header = N` under [file]."
        )
    twice = [name for name in mapping.columns if columns.count(name) > 1]
    if twice:
        raise Stopped(f"{path.name} 列名重复 has two columns called {twice[0]!r}: rename one of them.")


def _unquoted(rows: Rows) -> Rows:
    """Without the apostrophe that `rejects` puts before what a spreadsheet would otherwise change."""

    def unquoted() -> Iterator[tuple[int, list[Cell]]]:
        for number, cells in rows():
            yield number, [cell.removeprefix("'") if isinstance(cell, str) else cell for cell in cells]

    return unquoted


# -- CSV ---------------------------------------------------------------------------------------------------------------


def _open_csv(path: Path, mapping: Mapping) -> tuple[list[Cell], Rows]:
    encoding = find_encoding(path, mapping.encoding)
    delimiter = _delimiter(path, encoding, mapping)

    def rows() -> Iterator[tuple[int, list[Cell]]]:
        for number, cells in enumerate(_records(path, encoding, delimiter), 1):
            if number > mapping.header and any(cell.strip() for cell in cells):
                yield number, list(cells)

    header = next(islice(_records(path, encoding, delimiter), mapping.header - 1, None), [])
    return list(header), rows


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            yield from reader
        except csv.Error as error:
            raise Stopped(
                f"{path.name}: 第 {reader.line_num} 行读不下去 line {reader.line_num} cannot be read as CSV ({error}); "
                "look for a quotation mark that is never closed."
            ) from None


def _delimiter(path: Path, encoding: str, mapping: Mapping) -> str:
    """The delimiter with which the header has most of the mapping's columns, and most columns at all."""
    if mapping.delimiter != "auto":
        return mapping.delimiter

    def found(delimiter: str) -> tuple[int, int]:
        try:
            names = next(islice(_records(path, encoding, delimiter), mapping.header - 1, None), [])
        except Stopped:
            return 0, 0
        return len({name.strip() for name in names}.intersection(mapping.columns)), len(names)

    return max(_DELIMITERS, key=found)


# -- spreadsheets ------------------------------------------------------------------------------------------------------


def _open_spreadsheet(path: Path, mapping: Mapping) -> tuple[list[Cell], Rows]:
    try:
        book = CalamineWorkbook.from_path(path)
        sheet = _sheet(path, book, mapping)
        grid: list[list[Cell]] = sheet.to_python(skip_empty_area=False)
    except CalamineError as error:
        raise Stopped(
            f"{path.name}: 表格读不了 the spreadsheet cannot be read ({error}). If it has a password, save it without."
        ) from None

    def rows() -> Iterator[tuple[int, list[Cell]]]:
        for number, cells in enumerate(grid[mapping.header :], mapping.header + 1):
            if any(text_of(cell) for cell in cells):
                yield number, cells

    return (grid[mapping.header - 1] if len(grid) >= mapping.header else []), rows


def _sheet(path: Path, book: CalamineWorkbook, mapping: Mapping) -> CalamineSheet:
    """The sheet that the mapping names, else the only visible one that has the mapping's columns."""
    if mapping.sheet is not None:
        if mapping.sheet not in book.sheet_names:
            raise Stopped(
                f"{path.name} 没有工作表 has no sheet {mapping.sheet!r}. 现有 It has: {', '.join(book.sheet_names)}."
            )
        return book.get_sheet_by_name(mapping.sheet)
    visible = [meta.name for meta in book.sheets_metadata if meta.visible == SheetVisibleEnum.Visible]
    sheets = [book.get_sheet_by_name(name) for name in visible]
    fitting = [sheet for sheet in sheets if _fits(sheet, mapping)]
    if len(fitting) > 1 and mapping.case:
        names = ", ".join(sheet.name for sheet in fitting)
        raise Stopped(f"{path.name} 有几个表都合适 has several sheets that fit ({names}): name one under [file] sheet.")
    if not sheets:
        raise Stopped(f"{path.name} 没有可见的工作表 has no visible sheet.")
    return fitting[0] if fitting else sheets[0]


def _fits(sheet: CalamineSheet, mapping: Mapping) -> bool:
    top = sheet.to_python(skip_empty_area=False, nrows=mapping.header)
    names = {text_of(cell) for cell in top[mapping.header - 1]} if len(top) >= mapping.header else set()
    return names.issuperset(mapping.columns)
