"""Whose work a case is: who acted on it last, told from the ledger's own lines. And the list that is handed over."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.client import Client
from domain.acts import EVENTS
from domain.deputation import STAGES
from domain.events import claims_of
from ledger.act import decode_state
from ledger.line import decode_line

TYPES = tuple(event for event in EVENTS if event.partition(".")[0] in STAGES)
"""Events of cases."""
COLUMNS = ("case", "programme", "town", "village", "stage", "act", "on", "index", "due")
"""Of the list. `due` is the nearest day by which something is due in the case; whoever hands over may write another."""


class ListError(ValueError):
    """This file is no list of cases; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class LastAct:
    """The latest act of a case: whose work it was (the principal's, where done in deputation)."""

    officer: str
    act: str
    on: str
    index: int


def last_acts(lines: Iterable[bytes]) -> dict[str, LastAct]:
    """By case, from the lines of `TYPES` in the order of the ledger."""
    found: dict[str, LastAct] = {}
    for line in lines:
        parts = decode_line(line)
        act = decode_state(parts.state)
        if act is not None:
            claims = claims_of(act[0])
            whose = claims.get("behalf", claims["iss"])
            found[parts.stream] = LastAct(whose, claims["act"], claims["on"], parts.index)
    return found


def is_open(case: Mapping[str, Any], act: str) -> bool:
    """Whether there is work left in a case: not once it has ended, or its refusal was served."""
    stage = case["stage"]
    return stage not in ("rejected", "withdrawn", "exited") and not (stage == "refused" and act == "confirm.notify")


def open_cases(client: Client, officer: UUID) -> list[dict[str, str]]:
    """The open cases in which this officer was the last to act, one row of `COLUMNS` each.

    Reads all lines of cases, about a minute for a county of some years, and each case as it stands now.
    """
    rows = []
    for case, last in last_acts(client.lines(0, None, TYPES)).items():
        if last.officer == str(officer):
            found = client.case(UUID(case))
            if is_open(found, last.act):
                rows.append(row_of(found, last, next_due(client.deadlines(UUID(case)))))
    return rows


def next_due(said: Mapping[str, Any]) -> str:
    """The nearest day, YYYY-MM-DD, by which something is due; "" where no limit runs."""
    running = [one["due"] for one in said["deadlines"] if one["due"] and not one["done"] and not one["waits"]]
    return min(running, default="")


def row_of(case: Mapping[str, Any], last: LastAct, due: str) -> dict[str, str]:
    """One row of the list."""
    shown = {name: str(case.get(name) or "") for name in ("programme", "town", "village", "stage")}
    return {"case": case["id"], **shown, "act": last.act, "on": last.on, "index": str(last.index), "due": due}


def write_list(rows: Iterable[Mapping[str, str]]) -> str:
    """The list as CSV, with the mark that spreadsheet programs look for."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return "\ufeff" + out.getvalue()


def read_list(text: str) -> list[dict[str, str]]:
    """The rows of a list, as a spreadsheet program may have saved it. Raises `ListError`, naming the row."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    if "case" not in (reader.fieldnames or ()):
        raise ListError(
            "清单没有 case 一列。 The list has no column case: make one with `officer handover --list FILE`."
        )
    rows, seen = [], set[str]()
    for row in reader:
        case = (row.get("case") or "").strip()
        try:
            known = str(UUID(case))
        except ValueError:
            raise ListError(
                f"第 {reader.line_num} 行的案件编号不对：{case!r}。 Line {reader.line_num}: that is no case's id."
            ) from None
        if known in seen:
            raise ListError(f"第 {reader.line_num} 行重复：{known}。 Line {reader.line_num}: this case stands twice.")
        seen.add(known)
        rows.append({name: (row.get(name) or "").strip() for name in COLUMNS} | {"case": known})
    return rows
