"""`mingzhang refusals`: the acts that the rules refused."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.failing import told
from api.cli.sending import read_uuid
from api.cli.showing import beijing, print_json, print_table
from api.client import connect
from domain.acts import ACTS


@told
def refusals(
    officer: Annotated[str | None, typer.Option("--officer", help="仅此人 Only this officer's (an id).")] = None,
    limit: Annotated[int, typer.Option(help="最多几条 At most so many.", min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON Print JSON.")] = False,
) -> None:
    """被拒的行为：谁、何时、想办什么、因何被拒；不含行为内容。Acts that the rules refused; nothing of what they said.

    由账本密钥封签，按人限量；超出的只计数（另有 More）。格式不对、版本过时的不记。

    Sealed by the ledger's own key, and bounded an officer: beyond that they are only counted (More). What was merely
    malformed or out of date is not kept. A refusal shows that somebody signed this and was refused, not why they did.

    例 Example: `mingzhang refusals --officer 1f2e…`
    """
    with connect() as client:
        found = client.refusals(read_uuid(officer, "--officer") if officer else None, limit)
    if as_json:
        print_json(found)
        return
    columns = [
        "行 Index",
        "入账 Recorded +08:00",
        "何人 Who",
        "行为 Act",
        "发生 On",
        "案卷 Stream",
        "缘由 Reason",
        "依据 Article",
        "另有 More",
    ]
    print_table(columns, [_row(one) for one in found], wrapping=("行为 Act", "缘由 Reason", "依据 Article"))


def _row(one: dict[str, Any]) -> list[str]:
    recorded = [str(one["index"]), beijing(one["recorded"])]
    if not one["sealed"]:
        return [*recorded, "", "", "", "", "✗ 不是账本所记 not the ledger's: mingzhang verify", "", ""]
    kind = ACTS.get(one["act"])
    return [
        *recorded,
        one["officer"][:8],
        f"{kind.zh} {kind.code}" if kind else one["act"],
        one["on"],
        one["case"][:8],
        one["reason"],
        one.get("article", ""),
        str(one["more"] or ""),
    ]
