"""What the ledger has of the cases of a file: where each stands, and which payments it has recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import UUID

from api.banking.rows import RESULTS, Row, yuan
from api.client import Client, Problem
from domain.flow import ALLOWED
from domain.vocabulary import STAGE_ZH, Stage

_ASKING = 4
"""Cases that are asked for at a time."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A payment that stands on the ledger, and on which line."""

    index: int
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """A case at one version; `hash` is its latest line's. `payments` of it in the order of the ledger, as far as they
    could matter for the rows asked about. `fault`: why nothing is paid in it."""

    version: int = 0
    hash: str | None = None
    payments: Sequence[Recorded] = field(default=())
    fault: str | None = None


class Verdict(Enum):
    """What is to become of a row; anything else is said in words."""

    NEW = "new"
    KNOWN = "known"


def look_at_all(client: Client, rows: dict[UUID, list[Row]], progress: Callable[[int], None]) -> dict[UUID, Standing]:
    """How each case stands. Raises `Unreachable`, `Problem`."""
    found: dict[UUID, Standing] = {}
    with ThreadPoolExecutor(_ASKING) as pool:
        for case, standing in zip(rows, pool.map(lambda case: look_at(client, case, rows[case]), rows), strict=True):
            found[case] = standing
            progress(1)
    return found


def look_at(client: Client, case: UUID, rows: Sequence[Row]) -> Standing:
    """How a case stands for these rows of its own.

    Version first, payments after: a row is new when it is not among payments that reach at least to the version which
    its act names as the one before it, so no other act can have brought it in between.
    """
    try:
        found = client.case(case)
    except Problem as problem:
        if problem.code != "not-found":
            raise
        return Standing(fault="账上没有此案，请核对案号 there is no such case on this ledger: look at the id again")
    fault = _fault(found)
    if fault is not None:
        return Standing(found["version"], found["hash"], fault=fault)
    # A month later than all that was paid for has no row yet: no need to read the case's lines.
    paid_until = found["payments"]["paid_until"] or ""
    payments = _payments(client, case) if any(row.month <= paid_until for row in rows) else []
    return Standing(found["version"], found["hash"], payments)


def _fault(found: dict[str, Any]) -> str | None:
    if "stage" not in found:
        return (
            f"此案是从 {found['source']} 导入的旧案，发放记在那里"
            " the case was imported from another system, and its payments are that system's"
        )
    stages, _ = ALLOWED["payment.record"]
    if found["stage"] not in stages:
        words = "、".join(STAGE_ZH[stage] for stage in stages)
        return (
            f"此案现为{STAGE_ZH[Stage(found['stage'])]}，{words}的案件才有发放，请核对案号"
            f" nothing is paid in a case that is {found['stage']}: look at the id again"
        )
    return None


def _payments(client: Client, case: UUID) -> list[Recorded]:
    entries = client.history(case)["entries"]
    return [Recorded(entry["index"], entry["data"]) for entry in entries if entry["type"] == "payment.recorded"]


def judge(row: Row, standing: Standing, repeated: bool) -> Verdict | str:
    """Whether the row is to go in. `repeated`: also where the same was recorded before from another row."""
    if standing.fault is not None:
        return standing.fault
    for one in standing.payments:
        if (one.data["file"], one.data["row"]) == (row.file, row.row):
            # In the bank's own file it says what it said; in a corrected list it may have been written over.
            return Verdict.KNOWN if _without_none(one.data) == row.data else _other_words(one)
    same = [one for one in standing.payments if (one.data["month"], one.data["fen"]) == (row.month, row.fen)]
    if same and same[-1].data["result"] == row.result and not repeated:
        return (
            f"第 {same[-1].index} 行账已记同样一笔，来自另一文件或另一行；确是另一笔的，加 --repeated"
            f" line {same[-1].index} of the ledger says the same from another file or row: leave it out, or, if it is"
            " another payment, add --repeated"
        )
    return Verdict.NEW


def _without_none(data: dict[str, Any]) -> dict[str, Any]:
    """As `Row.data` says it: an act signed by hand may name no reason as null."""
    return {name: value for name, value in data.items() if value is not None}


def _other_words(one: Recorded) -> str:
    said = f"{one.data['month']} {yuan(one.data['fen'])} 元 {RESULTS[one.data['result']]}"
    return (
        f"银行文件的这一行已入账（账本第 {one.index} 行：{said}），与此处不同；原行不能改，请删去"
        f" this row of the bank's file stands on line {one.index} of the ledger in other words: delete it here"
    )
