"""`mingzhang import`: the case history of an older system."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api.cli.act import Json, Key, Officer
from api.cli.failing import CANNOT_TELL, WRONG, CommandError, told
from api.cli.sending import load_signer
from api.cli.showing import print_json, print_pairs, print_table
from api.client import Problem, connect
from api.importing.guessing import guess_mapping
from api.importing.running import Order, Outcome, Watch, run_import
from api.importing.sampling import write_sample
from api.importing.stopped import Stopped

_SHOWN = 20
"""Bad rows that are listed on the screen; the file has them all."""
_QUIET = 2.0
"""Seconds before a progress bar appears."""


@told
def import_(
    file: Annotated[Path | None, typer.Argument(help="导出文件 The export: CSV, XLSX or XLS.")] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="映射文件 Which column is what (TOML). --guess FILE drafts one.")
    ] = None,
    key: Key = None,
    officer: Officer = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查不发送 Check and compare; send nothing.")] = False,
    many_changes: Annotated[
        bool, typer.Option("--many-changes", help="确有大量变更 Record changes even where they look like a mistake.")
    ] = False,
    guess: Annotated[
        Path | None, typer.Option(metavar="FILE", help="起草映射 Print a first mapping for this export.")
    ] = None,
    sample: Annotated[
        Path | None, typer.Option(metavar="DIR", help="样例 Write a made-up export and its mapping to DIR.")
    ] = None,
    as_json: Json = False,
) -> None:
    """导入旧系统的办理记录。Bring in the case history of an older system.

    每一行由导入人的密钥作证（source.imported），原经办人和时间记在其中；它们如实显示为外部记录，绝不算作本账本的决定。
    可反复运行：已在账上的不重发；以后更长的导出只补新的，变了的和不见了的行另记。中断后再运行同一命令即可。

    坏行列明行号和原因，写入 FILE.rejected.csv；改好后用同一映射再导入（保留原因列），其余的行照常入账。
    身份证号若被表格软件四舍五入，一律退回，绝不猜测。

    Each row is attested by the importer's key (source.imported), with its own actor and time inside; it is shown as
    what it is and never counts as a decision of ours. Run it as often as you like: what is on the ledger is not sent
    again; a later, longer export adds what is new, and records rows that changed or, where the mapping says that
    every export is complete, vanished. Stopped half-way? Run the same command again.

    Bad rows are listed with their reasons and written to FILE.rejected.csv: correct them there, leave the column of
    reasons, and import that file with the same mapping. The good rows go in all the same. An ID number that a
    spreadsheet has rounded is rejected, never guessed.

    Where columns are personal, MAPPING.secret is made beside the mapping: keep it, the next import needs it.

    先由管理员准许 An administrator first grants the import: `mingzhang source grant`

    例 Examples:

        mingzhang import --sample try
        mingzhang import try/export.csv --mapping try/mapping.toml --dry-run
        mingzhang import --guess cases.xlsx > cases.toml
        mingzhang import cases.xlsx --mapping cases.toml --key importer.pem

    退出码 Exit: 0 全部入账 everything is in, 1 有坏行 some rows were rejected, 2 未能完成 it could not be done.
    """
    try:
        if sample is not None:
            _show_sample(write_sample(sample))
        elif guess is not None:
            typer.echo(guess_mapping(guess), nl=False)
        elif file is None or mapping is None:
            raise Stopped("请给出导出文件和映射 Give FILE and --mapping MAP; `--guess FILE` drafts a mapping.")
        else:
            _import(_order(file, mapping, key, officer, dry_run, many_changes), as_json)
    except Stopped as stopped:
        raise CommandError(str(stopped), CANNOT_TELL) from None
    except Problem as problem:
        raise CommandError(f"{problem}\n  ({problem.code})", CANNOT_TELL) from None


def _order(
    file: Path, mapping: Path, key: Path | None, officer: str | None, dry_run: bool, many_changes: bool
) -> Order:
    if dry_run:
        return Order(file, mapping, dry=True, many=many_changes)
    if key is None:
        raise Stopped("请用 --key 给出导入人的密钥 Give the importer's key: --key FILE (or look first: --dry-run).")
    signer = load_signer(key, officer)
    return Order(file, mapping, signer.officer, signer.private, many=many_changes)


def _import(order: Order, as_json: bool) -> None:
    with connect() as client, progress_bars() as watch:
        outcome = run_import(order, client, watch)
    if as_json:
        _print_json(order, outcome)
    else:
        _print(order, outcome)
    if outcome.bad:
        raise typer.Exit(WRONG)


def _print_json(order: Order, outcome: Outcome) -> None:
    counts = {name: getattr(outcome, name) for name in _COUNTS}
    print_json(
        {"source": outcome.source, "dry_run": order.dry, **counts, "rejected": len(outcome.bad)}
        | {"compared": outcome.compared, "vanished_told": not outcome.blind}
        | {"rejected_file": str(outcome.rejected_file) if outcome.rejected_file else None}
        | {"bad": [{"row": bad.number, "reasons": list(bad.reasons)} for bad in outcome.bad]}
    )


_COUNTS = ("rows", "cases", "imported", "corrected", "vanished", "unchanged", "repeated")


def _print(order: Order, outcome: Outcome) -> None:
    print_pairs(
        [
            ("来源 Source", outcome.source),
            ("文件中 In the file", f"{outcome.rows} 行 rows, {outcome.cases} 案 cases"),
            ("将新增 Would be added" if order.dry else "新增 Added", outcome.imported),
            ("将记变更 Would be changed" if order.dry else "变更 Changed", outcome.corrected),
            ("将记消失 Would be vanished" if order.dry else "消失 Vanished", outcome.vanished),
            ("早已在账 On the ledger already", outcome.unchanged),
            ("重复 Repeated in the file", outcome.repeated or None),
            ("退回 Rejected", len(outcome.bad)),
        ]
    )
    if not outcome.compared:
        typer.echo("服务未运行，未与账本比对。The service does not answer: nothing was compared with the ledger.")
    if outcome.blind:
        typer.echo(
            "有的坏行认不出是哪一行，因此没有记录任何消失。"
            "No row was recorded as vanished: a bad row that cannot be told may be any of those missing."
        )
    if outcome.bad:
        _print_bad(outcome)


def _print_bad(outcome: Outcome) -> None:
    print_table(
        ("行 Row", "原因 Reason"),
        [(str(bad.number), "; ".join(bad.reasons)) for bad in outcome.bad[:_SHOWN]],
        wrapping=("原因 Reason",),
    )
    if len(outcome.bad) > _SHOWN:
        typer.echo(f"… 另有 and {len(outcome.bad) - _SHOWN} more")
    typer.echo(f"坏行 The bad rows: {outcome.rejected_file}")
    typer.echo("改好后用同一映射导入此文件 Correct them there and import that file with the same mapping.")


def _show_sample(written: tuple[Path, Path]) -> None:
    export, mapping = written
    typer.echo(f"{export}\n{mapping}")
    typer.echo(f"下一步 Next: mingzhang import {export} --mapping {mapping} --dry-run")


@contextmanager
def progress_bars() -> Iterator[Watch]:
    """A progress bar on standard error, once the work has taken two seconds."""
    began = time.monotonic()
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    shown = False

    def watch(what: str, total: int | None) -> Callable[[int], None]:
        task = bars.add_task(what, total=total)

        def progress(amount: int) -> None:
            nonlocal shown
            bars.update(task, advance=amount)
            if not shown and time.monotonic() - began > _QUIET:
                shown = True
                bars.start()

        return progress

    try:
        yield watch
    finally:
        if shown:
            bars.stop()
