"""`mingzhang due`: what is due in a case, when, how much is left, and whose turn it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from api.cli.failing import CANNOT_TELL, CommandError, told
from api.cli.read import CaseId, Json
from api.cli.sending import read_uuid
from api.cli.showing import print_json, print_table, say_if_simulated
from api.client import Client, Problem, connect
from domain.pack_words import LEVEL_ZH, LIMIT_ZH
from domain.vocabulary import Level
from ledger.act import BEIJING

COLUMNS = (
    "事项 What",
    "最迟 Due",
    "还剩 Left",
    "轮到 Turn",
    "依据 Article",
    "停计 Paused",
    "暂定 Provisional",
    "办结 Done",
)
_COUNTED = {"working_days": ("个工作日", "working days"), "days": ("天", "days"), "months": ("天", "days")}
"""A limit in months has days left."""


@told
def due(
    case: CaseId,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="截至何时，缺省为今天 As of a day (2026-07-05) or a time (2026-07-05T17:30+08:00); now unless given.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """案件的期限：何事、最迟何日、还剩多少、轮到谁、依据。What is due in a case, when, what is left, whose turn, why.

    还剩多少按该期限自己的算法：工作日、日；按月的算剩余天数。负数即已逾期。法定停计期间不走，列为停计。
    超出已公布的工作日历的，列为暂定：新日历采用后可能变。时间按北京时间算哪一天，缺时区即北京时间。

    What is left is counted as the limit is: in working days or days; of a limit in months, the days that are left. A
    negative number is late. Paused: the law stops the clock. Provisional: it rests on working days that were not
    announced yet, and may move. Times are taken to the day in 北京时间; one without an offset is 北京时间.

    例 Examples: `mingzhang due 5e0c1f5e-…`, `mingzhang due 5e0c1f5e-… --at 2026-07-05`
    """
    id_, on = read_uuid(case, "CASE"), read_at(at) if at is not None else None
    with connect() as client:
        found = _asked(client, id_, on)
    if as_json:
        print_json(found)
    else:
        print_due(found)


def print_due(found: Mapping[str, Any]) -> None:
    """A case's deadlines as a table, the nearest first, and below them what is done."""
    say_if_simulated(found)
    typer.echo(f"截至 As of {found['on']}")
    if not found["deadlines"]:
        typer.echo("没有期限在走，也没有走过。 No limit runs, and none has run by that day.")
        return
    print_table(COLUMNS, map(_row, found["deadlines"]), wrapping=("事项 What", "依据 Article"))


def read_at(text: str) -> date:
    """The day in 北京时间 of a day or a time (RFC 3339, or without offset). Raises `CommandError`."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo is None else moment.astimezone(BEIJING)).date()
    except (ValueError, OverflowError):
        raise CommandError(
            f"--at：{text!r} 不是日期或时间。 A day is written 2026-07-05, a time 2026-07-05T17:30+08:00.", CANNOT_TELL
        ) from None


def _asked(client: Client, case: UUID, on: date | None) -> dict[str, Any]:
    try:
        return client.deadlines(case, on)
    except Problem as problem:
        if problem.code != "not-found":
            raise
        raise CommandError(_why_none(client, case)) from None


def _why_none(client: Client, case: UUID) -> str:
    """An id that is no case of ours may still be something: say what it is, so that it is not looked for in vain."""
    if client.stream(case).version == 0:
        return (
            f"账上没有案件 {case}：请核对案件编号，以及是不是这本账。"
            f" There is no case {case} on this ledger: check the id, and that this is the right ledger.\n  (not-found)"
        )
    try:
        source = client.case(case)["source"]
    except (Problem, KeyError):
        return (
            f"{case} 不是案件，是账上别的案卷。 That is no case but another stream of this ledger.\n"
            f"  看看 See: mingzhang history {case}\n  (not-found)"
        )
    return (
        f"{case} 是从 {source} 导入的旧案，在那里办的，本账不算它的期限。"
        " It was imported from there and decided there: its limits are not computed here.\n"
        f"  看看 See: mingzhang history {case}\n  (not-found)"
    )


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    ordered = one["name"] == "rectification"
    return (
        f"{LIMIT_ZH.get(one['name'], '')} {one['name']}".strip(),
        one["due"] or "—",
        _left(one),
        f"{LEVEL_ZH[Level(one['turn'])]} {one['turn']}",
        one["article"] or ("核查所定 as ordered" if ordered else "县定 county's own"),
        "停计 paused" if one["paused"] else "",
        "暂定 provisional" if one["provisional"] else "",
        _done(one),
    )


def _left(one: dict[str, Any]) -> str:
    """Only of what still runs: for what is done it says nothing any more."""
    if one["done"]:
        return "—"
    zh, en = _COUNTED[one["counted"]]
    if one["late"]:
        return f"逾期 late {-one['left']} {zh} {en}"
    if one["waits"]:
        return "期满 over" if one["left"] < 0 else f"须等 wait {one['left']} {zh} {en}"
    return f"{one['left']} {zh} {en}"


def _done(one: dict[str, Any]) -> str:
    if not one["done"]:
        return ""
    return f"{one['done']} 逾期 late" if one["late"] else str(one["done"])
