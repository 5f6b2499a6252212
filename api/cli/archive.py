"""`mingzhang archive`: a household's file, and whether paper and ledger agree (一户一档)."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import orjson
import typer

from api.cli.act import Json
from api.cli.failing import CANNOT_TELL, WRONG, CommandError, told
from api.cli.files import refuse_unwritable, write_new
from api.cli.sending import read_uuid
from api.cli.showing import print_json, print_pairs, print_table
from api.client import Client, Problem, connect
from api.documents.compare import WORDS, Difference, compare
from api.documents.inventory import read_inventory
from api.importing.stopped import Stopped
from domain.papers import KINDS

archives = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="档案：一户一档，纸质与账上一致。A household's file, and whether paper and ledger agree.",
)


@archives.command("show")
@told
def show(
    case: Annotated[str, typer.Argument(help="案件编号 The case's id.")],
    as_json: Json = False,
) -> None:
    """一户的档案：有哪些材料，在哪里，还缺什么。What a household's file holds, where, and what it still misses.

    例 Example: `mingzhang archive show 5e0c1f5e-…`
    """
    with connect() as client:
        file = client.file(read_uuid(case, "CASE"))
    if as_json:
        print_json(file)
        return
    print_table(
        ("材料 Paper", "页数 Pages", "存放处 Shelf", "扫描件 Scan", "摘要 SHA-256", "自 Since"),
        [_paper(paper) for paper in file["papers"]],
        wrapping=("材料 Paper",),
    )
    closed = file["closed"]
    print_pairs(
        [
            *(("尚缺 Missing", f"{one['kind_zh']} {one['kind']}（{one['article']}）") for one in file["missing"]),
            *(("移过而从未入档 Moved, never filed", digest) for digest in file["astray"]),
            ("结案归档 Closed", closed and f"{closed['on']}, {closed['shelf']}"),
            ("保管至 Kept until", closed and closed["keep_until"]),
        ]
    )


def _paper(paper: dict[str, Any]) -> tuple[str, ...]:
    return (
        f"{paper['kind_zh']} {paper['kind']}",
        str(paper["pages"] or "–"),
        paper["shelf"] or "–",
        "✓" if paper["stored"] else "–",
        paper["sha256"][:16] + "…",
        f"{paper['since']} {paper['by']}",
    )


@archives.command("compare")
@told
def compare_(
    inventory: Annotated[Path, typer.Argument(help="纸质档案清单 The inventory of papers: CSV or XLSX.")],
    out: Annotated[Path | None, typer.Option(help="差异写入 Write the differences: FILE.csv or FILE.json.")] = None,
    as_json: Json = False,
) -> None:
    """核对纸质档案清单与账本，列出每一处差异。Compare an inventory of papers with the ledger: every difference.

    列名：案件编号、材料种类、页数或摘要、存放处（或 case, kind, pages or sha256, shelf）。种类用中文名或代码。
    只核对清单所列的案件；账上有而清单没有的材料也会列出。

    One row a paper; the headings as above. For the cases that the inventory names, papers that either side lacks are
    listed, and where pages, shelf, digest or kind differ.

    例 Example: `mingzhang archive compare inventory.xlsx --out differences.csv`

    退出码 Exit: 0 一致 all agrees, 1 有差异 there are differences, 2 清单读不了 no inventory.
    """
    if out is not None:
        if out.suffix.lower() not in (".csv", ".json"):
            raise CommandError("--out 的文件名以 .csv 或 .json 结尾。 It must end in .csv or .json.", CANNOT_TELL)
        refuse_unwritable(out)
    try:
        rows, bad = read_inventory(inventory)
    except Stopped as stopped:
        raise CommandError(str(stopped), CANNOT_TELL) from None
    with connect() as client:
        found = compare(rows, bad, lambda case: _file_of(client, case))
    if out is not None:
        write_new(out, _as_json(found) if out.suffix.lower() == ".json" else _as_csv(found))
    if as_json:
        print_json({"rows": len(rows) + len(bad), "differences": [asdict(one) for one in found]})
    else:
        _print(len(rows) + len(bad), len({row.case for row in rows}), found, out)
    if found:
        raise typer.Exit(WRONG)


def _file_of(client: Client, case: UUID) -> dict[str, Any] | None:
    try:
        return client.file(case)
    except Problem as problem:
        if problem.code == "not-found":
            return None
        raise


def _print(rows: int, cases: int, found: list[Difference], out: Path | None) -> None:
    print_pairs(
        [
            ("清单 Inventory", f"{rows} 行 rows, {cases} 案 cases"),
            ("差异 Differences", len(found)),
            ("已写入 Written", out),
        ]
    )
    if found:
        print_table(
            ("行 Row", "案件 Case", "材料 Paper", "差异 Difference", "清单 Inventory", "账本 Ledger"),
            [_shown(one) for one in found],
            wrapping=("材料 Paper", "差异 Difference", "清单 Inventory", "账本 Ledger"),
        )


def _shown(one: Difference) -> tuple[str, ...]:
    kinds = "、".join(KINDS[kind].zh for kind in one.kind.split("+")) if one.kind else ""
    return (str(one.row or ""), one.case, kinds, WORDS[one.what], one.paper or "–", one.ledger or "–")


def _as_json(found: list[Difference]) -> str:
    return orjson.dumps([asdict(one) for one in found], option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _as_csv(found: list[Difference]) -> str:
    """For spreadsheets: with a byte order mark, or they take it for another encoding."""
    text = io.StringIO("\ufeff", newline="")
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text)
    writer.writerow(("row", "case", "kind", "difference", "sha256", "inventory", "ledger"))
    for one in found:
        cells = (one.row, one.case, one.kind, one.what, one.sha256, one.paper, one.ledger)
        writer.writerow("" if cell is None else _inert(str(cell)) for cell in cells)
    return text.getvalue()


def _inert(cell: str) -> str:
    """No spreadsheet is to take what stood in somebody's file for a formula."""
    return "'" + cell if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
