"""A bank return file, CSV or XLSX, to rows or to what is wrong with them. Nothing is repaired or guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import file_digest
from pathlib import Path
from typing import Literal
from uuid import UUID

from api.banking.rows import REASONS, RESULTS, Row
from api.importing.reading import REASON, Cell, Table, peek_table, text_of
from api.importing.rows import Bad
from api.importing.stopped import Stopped
from domain.clock import add_months
from domain.data import FIRST_DAY

Unit = Literal["yuan", "fen"]
HEADINGS = {
    "case": ("案号", "案件编号", "案卷编号", "case"),
    "month": ("月份", "发放月份", "month"),
    "yuan": ("金额（元）", "金额(元)", "yuan"),
    "fen": ("金额（分）", "金额(分)", "fen"),
    "amount": ("金额", "发放金额", "amount"),
    "result": ("结果", "发放结果", "result"),
    "reason": ("原因", "退回原因", "reason"),
}
RESULT_OF = {zh: code for code, zh in RESULTS.items()} | {code: code for code in RESULTS}
RESULT_OF["changed"] = "account_changed"
REASON_OF = {zh: code for code, zh in REASONS.items()} | {code: code for code in REASONS}
NO_REASON = ("", "无", "-", "—", "/", "成功", "交易成功", "发放成功")
"""What banks write where there is no reason to give."""

_NUMBER = r"\d{1,3}(?:,\d{3})+|\d{1,12}"
_YUAN = re.compile(rf"({_NUMBER})(?:\.(\d{{1,2}}))?", re.ASCII)
_FEN = re.compile(_NUMBER, re.ASCII)
_MONTH = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])", re.ASCII)
_MOST_FEN = 10_000_000_00
"""What an act takes: ten million yuan."""
_AHEAD = 12
"""Months. Aid is paid ahead now and then, never a year: beyond it, somebody mistook the year. A bound of our own."""
_CARRIED = re.compile(r"\[~([0-9a-f]{64})\.([1-9]\d{0,9})\]\s*$", re.ASCII)


@dataclass
class BankFile:
    """`rows` are the good ones, `bad` the others by their numbers, each in the order of the file."""

    table: Table
    rows: list[Row] = field(default_factory=list)
    bad: dict[int, Bad] = field(default_factory=dict)

    def refuse(self, row: Row, reason: str) -> None:
        """A row that turned out not to go in. Its list carries which row of which file it was."""
        self.bad[row.number] = Bad(row.number, (reason,), str(row.case), _origin(row.file, row.row))


def read_bank_file(path: Path, unit: Unit | None, today: date) -> BankFile:
    """`unit` is of an amount whose heading does not say it. Raises `Stopped` where this is no return file."""
    table = peek_table(path)
    last_month = str(add_months(today.replace(day=1), _AHEAD))[:7]
    reader = _Reader(table, _columns(path, table.columns, unit), last_month)
    found = BankFile(table)
    origins: dict[tuple[str, int], int] = {}
    said: dict[tuple[UUID, str, int, str], int] = {}
    for number, cells in table.rows():
        row = reader.read(number, cells)
        if isinstance(row, Bad):
            found.bad[number] = row
        elif (first := origins.setdefault((row.file, row.row), number)) != number:
            found.refuse(
                row,
                f"原文件第 {row.row} 行在此有两次（另见第 {first} 行），请删去一行"
                f" the bank's row {row.row} stands here twice (see row {first}): delete one of them",
            )
        elif (first := said.setdefault(row.words, number)) != number:
            found.refuse(
                row,
                f"与第 {first} 行重复，请删去；银行确实付了两笔的，留在退回清单里，加 --repeated 读入那份清单"
                f" the same as row {first}: delete it; if the bank really paid twice, leave it in the list of refused"
                " rows and read that list in with --repeated",
            )
        else:
            found.rows.append(row)
    _check_unchanged(path, table)
    return found


def _check_unchanged(path: Path, table: Table) -> None:
    """The acts name the file by its digest: what was read must be what has it."""
    with path.open("rb") as file:
        if file_digest(file, "sha256").hexdigest() != table.digest:
            raise Stopped(f"{path.name} 读的时候变了，请再试 changed while it was read: run the command again.")


def _columns(path: Path, names: Sequence[str], unit: Unit | None) -> dict[str, int]:
    """Where each column is; the amount under `yuan` or `fen`. Raises `Stopped`."""
    at: dict[str, int] = {}
    for column, headings in HEADINGS.items():
        places = [place for place, name in enumerate(names) if name.strip().lower() in headings]
        if len(places) > 1:
            raise Stopped(f"{path.name} 列名重复 has two columns for {headings[0]} ({column}): keep one of them.")
        if places:
            at[column] = places[0]
    if "amount" in at:
        if unit is None:
            raise Stopped(
                f"{path.name} 的金额是元还是分？请加 --unit yuan 或 --unit fen，或把列名写成 金额（元）、金额（分）。"
                " Is the amount in yuan or in fen? Add --unit yuan or --unit fen."
            )
        at.setdefault(unit, at.pop("amount"))
    if ("yuan" in at) == ("fen" in at):
        if "yuan" in at:
            raise Stopped(f"{path.name} 有元又有分 has the amount in yuan and in fen: keep one of the columns.")
        raise _missing(path, names, "金额（元） (yuan)")
    for column in ("case", "month", "result"):
        if column not in at:
            raise _missing(path, names, f"{HEADINGS[column][0]} ({column})")
    return at


def _missing(path: Path, names: Sequence[str], column: str) -> Stopped:
    return Stopped(
        f"{path.name} 缺少列 has no column {column}. 现有 It has: {', '.join(filter(None, names)) or 'none'}."
        " 列名须在第一行 The names stand in the first row:"
        " 案号、月份、金额（元）、结果、原因 / case, month, yuan, result, reason."
    )


@dataclass
class _Reader:
    table: Table
    at: dict[str, int]
    last_month: str

    def read(self, number: int, cells: Sequence[Cell]) -> Row | Bad:
        file, row = self._identity(number, cells)
        width = len(self.table.columns)
        if any(text_of(cell) for cell in cells[width:]) or len(cells) <= max(self.at.values()):
            reason = (
                f"有 {len(cells)} 格，表头有 {width} 格，请查多余或缺少的分隔符"
                f" {len(cells)} cells under {width} column names: look for a stray delimiter or quotation mark"
            )
            return Bad(number, (reason,), None, _origin(file, row))
        reasons: list[str] = []
        case = self._case(cells, reasons)
        month = self._month(cells, reasons)
        result = self._result(cells, reasons)
        fen = self._fen(cells, result, reasons)
        why = self._why(cells, result, reasons)
        if case is None or month is None or result is None or fen is None or reasons:
            return Bad(number, tuple(reasons), str(case) if case else None, _origin(file, row))
        return Row(number, file, row, case, month, fen, result, why)

    def _identity(self, number: int, cells: Sequence[Cell]) -> tuple[str, int]:
        """A corrected row is still the bank's own: it comes with the file and row it was refused from."""
        if REASON in self.table.columns:
            place = self.table.columns.index(REASON)
            carried = _CARRIED.search(text_of(cells[place])) if place < len(cells) else None
            if carried:
                return carried[1], int(carried[2])
        return self.table.digest, number

    def _text(self, cells: Sequence[Cell], column: str) -> str:
        return text_of(cells[self.at[column]]) if column in self.at else ""

    def _case(self, cells: Sequence[Cell], reasons: list[str]) -> UUID | None:
        text = self._text(cells, "case")
        try:
            return UUID(text)
        except ValueError:
            reasons.append(
                f"案号 {text!r} 不是案件编号，请照 mingzhang case 所示填写 no case's id: copy it from the case"
            )
            return None

    def _month(self, cells: Sequence[Cell], reasons: list[str]) -> str | None:
        cell = cells[self.at["month"]]
        if isinstance(cell, datetime) and cell.time() == time():
            cell = cell.date()
        # A spreadsheet makes a date of 2026-11: the first of that month, and nothing else, is that month.
        text = f"{cell:%Y-%m}" if isinstance(cell, date) and cell.day == 1 else text_of(cell)
        if not _MONTH.fullmatch(text):
            reasons.append(f"月份 {text!r} 应写作 2026-11 a month is written 2026-11")
            return None
        if not str(FIRST_DAY)[:7] <= text <= self.last_month:
            reasons.append(
                f"月份 {text} 不在 {str(FIRST_DAY)[:7]} 至 {self.last_month} 之间，请核对年份"
                " lies outside these months: look at the year again"
            )
            return None
        return text

    def _result(self, cells: Sequence[Cell], reasons: list[str]) -> str | None:
        text = self._text(cells, "result")
        if text not in RESULT_OF:
            reasons.append(
                f"结果 {text!r} 不认识，应为 {'、'.join(RESULTS.values())} a result is paid, returned or changed"
            )
        return RESULT_OF.get(text)

    def _fen(self, cells: Sequence[Cell], result: str | None, reasons: list[str]) -> int | None:
        column = "yuan" if "yuan" in self.at else "fen"
        text = self._text(cells, column)
        whole = (_YUAN if column == "yuan" else _FEN).fullmatch(text)
        if whole is None:
            expected = (
                "元，至多两位小数，如 450.00 in yuan, two decimals at most: 450.00"
                if column == "yuan"
                else "分，整数，如 45000 in fen, a whole number: 45000"
            )
            reasons.append(f"金额 {text!r} 不对，应为{expected}")
            return None
        number = Decimal(text.replace(",", ""))
        fen = int(number.scaleb(2) if column == "yuan" else number)
        if fen > _MOST_FEN:
            reasons.append(f"金额 {text} 超过一千万元，请核对单位 more than ten million yuan: look at the unit again")
            return None
        if fen == 0 and result in ("paid", "returned"):
            reasons.append("金额为 0，只有换卡可以 an amount of 0 is for a changed account only")
            return None
        return fen

    def _why(self, cells: Sequence[Cell], result: str | None, reasons: list[str]) -> str | None:
        text = self._text(cells, "reason")
        known = f"{'、'.join(REASONS.values())} ({', '.join(REASONS)})"
        if text in NO_REASON:
            if result == "returned":
                reasons.append(f"退回须写明原因 what came back says why: {known}")
            return None
        if result is not None and result != "returned":
            reasons.append(f"{RESULTS[result]} 不写原因，请清空 only what came back says why: clear {text!r}")
        elif text not in REASON_OF:
            reasons.append(f"原因 {text!r} 不认识，请改为 no known reason; write one of: {known}")
        return REASON_OF.get(text)


def _origin(file: str, row: int) -> str:
    """What the list of refused rows carries of a row."""
    return f"~{file}.{row}"
