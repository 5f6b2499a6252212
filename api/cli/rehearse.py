"""`mingzhang policy rehearse`: past cases under another rule pack, before anybody adopts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.act import Json
from api.cli.failing import CANNOT_TELL, CommandError, told
from api.cli.policy import PackArgument, load_pack
from api.cli.showing import print_json
from api.client import connect, language
from api.problems import problem
from api.service import brought_kid
from domain.acts import ACTS
from domain.errors import NotAllowed
from domain.pack_words import LIMIT_ZH
from domain.rehearsal import Otherwise, Rehearsed, rehearse
from ledger.line import LineError, decode_line
from projections.standing import opened_by, recorded


@told
def rehearse_(
    pack: PackArgument,
    export: Annotated[
        Path | None, typer.Option(help="账本文件 An exported ledger. [default: 运行中的账本 the running one]")
    ] = None,
    as_json: Json = False,
) -> None:
    """用过去的案件预演：若当时就按这个规则包，哪些会不同。Past cases judged again, as if this pack had been in force.

    逐个行为比较：当时的规则准，新规则不准，或相反；以及期限由按时变为逾期，或相反。什么都不写入账本。
    当时被拒的申请不在账本上，无从预演。

    Act by act: what is taken under the rules it had and refused under these, or the reverse; and limits met in time
    that would have been missed, or the reverse. Nothing is written. What was refused then is on no line, and cannot be
    rehearsed.

    例 Example: `mingzhang policy rehearse ours.toml`, `mingzhang policy rehearse law-2025-01 --export ledger.txt`
    """
    _, read = load_pack(pack)
    counted = Rehearsed()
    with ExitStack() as stack:
        lines = _lines_of(export, stack)
        try:
            origin, administrators = opened_by(next(lines))
            events = (recorded(decode_line(line)) for line in lines)
            found = list(rehearse(events, origin, administrators, read, brought_kid, counted))
        except LineError as error:
            raise CommandError(
                f"这不是账本的行：{error}。先 mingzhang verify。 That is no line of a ledger: run mingzhang verify."
            ) from None
    if as_json:
        print_json({"acts": counted.acts, "cases": len(counted.cases), "otherwise": [_described(one) for one in found]})
        return
    for one in found:
        _print(one)
    cases = len({one.case for one in found})
    typer.echo(
        f"预演 {len(counted.cases)} 个案件、{counted.acts} 个行为：{cases} 个案件、{len(found)} 个行为会不同。"
        f" {counted.acts} acts of {len(counted.cases)} cases judged again, {len(found)} of {cases} otherwise."
    )


def _lines_of(export: Path | None, stack: ExitStack) -> Iterator[bytes]:
    if export is None:
        yield from stack.enter_context(connect()).lines(0)
        return
    try:
        file = stack.enter_context(export.open("rb"))
        for line in file:
            if line.startswith(b"{"):
                yield line.rstrip(b"\n")
    except OSError as error:
        raise CommandError(f"{export} 读不到（{error.strerror}）。 It cannot be read.", CANNOT_TELL) from None


def _told(refused: NotAllowed | None) -> str:
    if refused is None:
        return "准 taken"
    detail = problem(refused, language())[1]["detail"]
    return f"不准 refused: {detail} ({refused.code})"


def _print(one: Otherwise) -> None:
    typer.echo(f"第 {one.index} 行  {one.on}  {one.act} {ACTS[one.act].zh}  案件 Case {one.case}")
    if (one.before and one.before.code) != (one.after and one.after.code):
        typer.echo(f"    - {_told(one.before)}\n    + {_told(one.after)}")
    for name, was, now in one.limits:
        words = [("逾期 late" if late else "按时 in time") for late in (was, now)]
        typer.echo(f"    {LIMIT_ZH.get(name, name)} {name}：{words[0]} → {words[1]}")


def _described(one: Otherwise) -> dict[str, Any]:
    return {
        "index": one.index,
        "case": str(one.case),
        "act": one.act,
        "on": str(one.on),
        "before": one.before.code if one.before else None,
        "after": one.after.code if one.after else None,
        "article": one.after.params.get("article") if one.after else None,
        "limits": [{"name": name, "late_before": was, "late_after": now} for name, was, now in one.limits],
    }
