"""The list as a CSV file: made, looked at in a spreadsheet program, read back strictly."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.bulk import CODES, Kind, Row
from domain.vocabulary import STAGE_ZH

COLUMNS = {
    "act": "行为",
    "case": "案件编号",
    "town": "镇",
    "village": "村",
    "programme": "类别",
    "stage": "状态",
    "why": "依据",
    "paid_fen": "现每月（分）",
    "monthly_fen": "改为每月（分）",
    "members": "人数",
    "starting": "起始月",
    "until": "截止月",
    "paper": "材料摘要",
    "of_version": "签署第几号行为",
    "of_act": "其摘要",
    "hand": "签署身份",
    "version": "案件版本",
    "prev": "前一行",
    "position": "账本行数",
    "aside": "剔除原因",
}
"""English name, and the Chinese one that stands beside it in the heading: `act 行为`."""
_NUMBERS = ("monthly_fen", "members")
_KINDS = {code: kind for kind, code in CODES.items()}
_PAPER = {Kind.STANDARD: "form", Kind.RECHECK: "form", Kind.MEETING: "minutes"}
"""The member of the data that the column `paper` is."""


class ListError(ValueError):
    """This file is no list that can be signed; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Item:
    """A row of a list as it is read: its number, what the act will say, and on what it builds."""

    number: int
    case: UUID
    data: dict[str, Any]
    version: int
    prev: str
    aside: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that can be signed; `position`: how many lines the ledger had when it was made."""

    kind: Kind
    position: int
    items: tuple[Item, ...]

    @property
    def signed(self) -> list[Item]:
        """The rows that are to be signed."""
        return [item for item in self.items if not item.aside]


def write_listing(kind: Kind, rows: Iterable[tuple[Row, str, str]], position: int) -> str:
    """The list: each row with the hash of its case's latest line, and why it is pulled out ("" where it is not).

    Begins with the mark that spreadsheet programs look for.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([f"{name} {zh}" for name, zh in COLUMNS.items()])
    for row, prev, aside in rows:
        case, data = row.case, row.data
        cells: dict[str, object] = {
            "act": CODES[kind],
            "case": case.id,
            "town": case.town,
            "village": case.village,
            "programme": case.programme,
            "stage": f"{case.stage} {STAGE_ZH[case.stage]}",
            "why": row.why,
            "paid_fen": case.monthly_fen,
            **{name: data.get(name) for name in ("monthly_fen", "members", "starting", "until", "hand")},
            "of_version": data.get("version"),
            "of_act": data.get("act"),
            "version": case.version,
            "prev": prev,
            "position": position,
            "aside": aside,
        }
        writer.writerow(["" if cells.get(name) is None else str(cells[name]) for name in COLUMNS])
    return "\ufeff" + out.getvalue()


def read_listing(text: str, shared: dict[str, Any]) -> Listing:
    """A list as it was looked at. `shared`: members that the data of every act gets, where the row has none.

    Whoever looked may have pulled out more (a word in `aside`), and filled in amounts and papers. Raises `ListError`.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    reader.fieldnames = [name.partition(" ")[0] for name in reader.fieldnames or ()]
    if missing := [name for name in COLUMNS if name not in reader.fieldnames]:
        raise ListError(
            f"清单缺少列 {', '.join(missing)}，请用 `mingzhang bulk list` 生成。"
            " These columns are missing: make the list with `mingzhang bulk list`."
        )
    items, kinds, positions, seen = [], set[Kind](), set[str](), set[tuple[UUID, str]]()
    for number, cells in enumerate(reader, 1):
        row = {name: (cells.get(name) or "").strip() for name in COLUMNS}
        kinds.add(_kind(row, number))
        positions.add(row["position"])
        item = _item(row, number, shared)
        if (item.case, row["of_version"]) in seen:
            raise _fault(number, "case", f"{item.case} 出现两次 stands twice")
        seen.add((item.case, row["of_version"]))
        items.append(item)
    if len(kinds) != 1 or len(positions) != 1:
        raise ListError(
            "清单是空的，或由几份拼成：每份单独签。 It is empty, or put together from several: sign each by itself."
        )
    return Listing(kinds.pop(), _number(positions.pop(), 1, "position"), tuple(items))


def _kind(row: dict[str, str], number: int) -> Kind:
    if row["act"] not in _KINDS:
        raise _fault(number, "act", f"{row['act']!r} 不是成批办理的行为 is no act of a list")
    return _KINDS[row["act"]]


def _item(row: dict[str, str], number: int, shared: dict[str, Any]) -> Item:
    try:
        case = UUID(row["case"])
    except ValueError:
        raise _fault(number, "case", f"{row['case']!r} 不是案件编号 is no case's id") from None
    data: dict[str, Any] = dict(shared)
    for name in ("monthly_fen", "members", "starting", "until", "hand"):
        if row[name]:
            data[name] = _number(row[name], number, name) if name in _NUMBERS else row[name]
    kind = _KINDS[row["act"]]
    if kind is Kind.STANDARD:
        data["cause"] = "standard"
    elif kind is Kind.RECHECK:
        data["result"] = _result(row, number)
    elif kind is Kind.EXPIRE:
        data["reason"] = "expired"
    elif kind is Kind.COSIGN:
        data |= {"version": _number(row["of_version"], number, "of_version"), "act": row["of_act"]}
    if row["paper"] and kind in _PAPER:
        data[_PAPER[kind]] = row["paper"]
    return Item(number, case, data, _number(row["version"], number, "version"), row["prev"], row["aside"])


def _result(row: dict[str, str], number: int) -> str:
    """The word of a re-check, from the two amounts."""
    paid, then = (_number(row[name] or "0", number, name) for name in ("paid_fen", "monthly_fen"))
    return "increase" if then > paid else "decrease" if then < paid else "unchanged"


def _number(text: str, number: int, column: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise _fault(number, column, f"{text!r} 应为整数 must be a whole number, as the list had it")
    return int(text)


def _fault(number: int, column: str, what: str) -> ListError:
    return ListError(f"第 {number} 行 row {number}, {column} {COLUMNS[column]}: {what}")


def paper_member(kind: Kind) -> str | None:
    """The member of the data that holds the paper behind every act of a list; None where there is none."""
    return _PAPER.get(kind)
