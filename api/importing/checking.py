"""Cells to rows, or to the reasons why not. Nothing is repaired and nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from api.importing.mapping import Mapping
from api.importing.reading import REASON, Cell, Table, text_of
from api.importing.rows import Bad, Row, kind_of
from api.importing.times import BadTime, read_time
from domain import id_number

_SCIENTIFIC = re.compile(r"[+-]?\d(\.\d+)?E\+\d{2,}", re.ASCII)
_UNROUNDED = re.compile(r"\d{18}(?<!000)", re.ASCII)
_CARRIED = re.compile(r"\[(~[0-9a-f]{24}\.\d+)\]\s*$")
_SHORT, _LONG = 500, 4000
"""Characters: what the ledger takes of a key or an activity, and of a kept column."""
_PERSONAL = 3000
_MOST_KEPT = 28_000
"""Bytes of JSON: with the rest of an act they stay within `ledger.act.MAX_ACT`."""

_ROUNDED = "表格软件把数字四舍五入了 a spreadsheet rounded this number: format the column as text and export again"


def check_table(table: Table, mapping: Mapping, now: datetime) -> Iterator[Row | Bad]:
    """Each row of the table, in order, good or bad. `now` (aware) is what no time may be later than."""
    checker = _Checker(mapping, {name: at for at, name in enumerate(table.columns)}, len(table.columns), now)
    if mapping.id_number:
        checker.find_unrounded(table)
    for number, cells in table.rows():
        yield checker.check(number, cells)


@dataclass
class _Checker:
    mapping: Mapping
    at: dict[str, int]
    width: int
    now: datetime
    unrounded: set[str] = field(default_factory=set)
    """ID-number columns with a number that no spreadsheet has touched, so that those ending in 000 are real."""

    def find_unrounded(self, table: Table) -> None:
        for _, cells in table.rows():
            for name in self.mapping.id_number:
                cell = self._cell(cells, name)
                if isinstance(cell, str) and _UNROUNDED.fullmatch(cell.strip()):
                    self.unrounded.add(name)

    def _cell(self, cells: Sequence[Cell], name: str) -> Cell:
        return cells[self.at[name]] if self.at[name] < len(cells) else ""

    def check(self, number: int, cells: Sequence[Cell]) -> Row | Bad:
        spare = any(text_of(cell) for cell in cells[self.width :])
        if spare or len(cells) <= max(self.at[name] for name in self.mapping.columns):
            found = f"{len(cells)} cells under {self.width} column names: a stray delimiter or quotation mark?"
            return Bad(number, (f"有 {len(cells)} 格，表头有 {self.width} 格 {found}",))
        reasons: list[str] = []
        case = self._open(cells, self.mapping.case, reasons, needed=True)
        activity = self._open(cells, self.mapping.activity, reasons, needed=True)
        actor = self._open(cells, self.mapping.actor, reasons) if self.mapping.actor else ""
        moment = self._moment(cells, reasons)
        key = self._key(cells, reasons)
        kept = self._kept(cells, reasons)
        personal = self._personal(cells, reasons)
        if reasons or case is None or activity is None or moment is None:
            kind = kind_of(activity, moment) if activity and moment else None
            return Bad(number, tuple(dict.fromkeys(reasons)), case, key, kind)
        return Row(number, case, key, activity, actor or "", moment.isoformat(), moment, kept, personal)

    def _open(
        self, cells: Sequence[Cell], name: str, reasons: list[str], *, needed: bool = False, most: int = _SHORT
    ) -> str | None:
        """A text that will stand on the ledger in the clear; None, with the reason, where it may not."""
        cell = self._cell(cells, name)
        text = text_of(cell)
        fault = _lossy(text)
        if needed and not text:
            fault = "为空 is empty"
        elif len(text) > most:
            fault = f"超过 {most} 字 is longer than {most} characters"
        elif id_number.stands_in(text):
            fault = "含身份证号，不得明文入账 holds an ID number, which must not stand in the clear: make it `personal`"
        if fault:
            reasons.append(f"{name}: {fault}")
        return None if fault else text

    def _moment(self, cells: Sequence[Cell], reasons: list[str]) -> datetime | None:
        cell = self._cell(cells, self.mapping.time)
        try:
            if text_of(cell) == "":
                raise BadTime("为空 is empty")
            moment = read_time(cell.strip() if isinstance(cell, str) else cell, self.mapping.formats, self.mapping.zone)
            if moment > self.now:
                raise BadTime("时间在将来 the time is in the future")
        except BadTime as bad:
            reasons.append(f"{self.mapping.time}: {bad}")
            return None
        return moment

    def _key(self, cells: Sequence[Cell], reasons: list[str]) -> str | None:
        """From the mapping's columns; of a corrected row whose key was derived, the one it was given when rejected."""
        if not self.mapping.row:
            carried = _CARRIED.search(text_of(self._cell(cells, REASON))) if REASON in self.at else None
            return carried[1] if carried else None
        parts = [self._open(cells, name, reasons, needed=True) for name in self.mapping.row]
        if any(part is None for part in parts):
            return None
        key = str(parts[0]) if len(parts) == 1 else orjson.dumps(parts).decode()
        if key.startswith("~") or len(key) > _SHORT:
            reasons.append(
                f"行键不能以 ~ 开头，至多 {_SHORT} 字 a row key begins with no ~ and has at most {_SHORT} characters"
            )
            return None
        return key

    def _kept(self, cells: Sequence[Cell], reasons: list[str]) -> dict[str, str]:
        names = [name for name in self.mapping.keep if name not in self.mapping.personal]
        found = {name: self._open(cells, name, reasons, most=_LONG) for name in names}
        kept = {name: text for name, text in found.items() if text}
        if len(orjson.dumps(kept)) > _MOST_KEPT:
            reasons.append(f"保留的列合计超过 {_MOST_KEPT} 字节 the kept columns pass {_MOST_KEPT} bytes: keep fewer")
        return kept

    def _personal(self, cells: Sequence[Cell], reasons: list[str]) -> dict[str, str]:
        found = {}
        for name in self.mapping.personal:
            cell = self._cell(cells, name)
            text = text_of(cell)
            if name in self.mapping.id_number:
                text, fault = self._id_number(name, cell, text)
            else:
                fault = _lossy(text)
                if len(text) > _PERSONAL:
                    fault = f"超过 {_PERSONAL} 字 is longer than {_PERSONAL} characters"
            if fault:
                reasons.append(f"{name}: {fault}")
            elif text:
                found[name] = text
        return found

    def _id_number(self, name: str, cell: Cell, text: str) -> tuple[str, str | None]:
        if not text:
            return "", None
        if not isinstance(cell, str):
            return text, "身份证号存成了数字 is stored as a number: format the column as text and export again"
        if _SCIENTIFIC.fullmatch(text):
            return text, _ROUNDED
        sure = text.startswith("'")
        text = text.removeprefix("'").upper()
        fault = id_number.fault(text)
        if not fault and id_number.maybe_rounded(text) and not sure and name not in self.unrounded:
            fault = (
                "末三位为 000，可能被四舍五入 ends in 000, perhaps because a spreadsheet rounded it; if the number is "
                "really so, put one more apostrophe before it (')"
            )
        return text, fault


def _lossy(text: str) -> str | None:
    """Why the cell may have lost digits on its way through a spreadsheet."""
    return _ROUNDED if _SCIENTIFIC.fullmatch(text) else None
