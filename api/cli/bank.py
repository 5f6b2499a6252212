"""`mingzhang bank`: a bank's return file (代发回盘) becomes one signed act a row."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from api.banking.rows import RESULTS, yuan
from api.banking.running import Order, Outcome, run_bank
from api.cli.act import Json, Key, Officer
from api.cli.failing import CANNOT_TELL, WRONG, CommandError, told
from api.cli.import_ import progress_bars
from api.cli.sending import load_signer, read_day
from api.cli.showing import print_json, print_pairs, print_table
from api.client import Problem, connect
from api.importing.stopped import Stopped

_SHOWN = 20
"""Refused rows that are listed on the screen; the file has them all."""


@told
def bank(
    file: Annotated[Path, typer.Argument(help="回盘文件 The bank's return file: CSV or XLSX.")],
    key: Key = None,
    officer: Officer = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查不发送 Check and compare; send nothing.")] = False,
    unit: Annotated[
        Literal["yuan", "fen"] | None,
        typer.Option(help="列名没写单位的金额是元还是分 What an amount is in whose heading does not say."),
    ] = None,
    repeated: Annotated[
        bool, typer.Option("--repeated", help="与账上另一行相同的也记 Record rows that another row said before, too.")
    ] = False,
    on: Annotated[
        str | None, typer.Option(metavar="DAY", help="回盘日期，缺省为今天 Day of the return file; today unless given.")
    ] = None,
    as_json: Json = False,
) -> None:
    """读入银行代发回盘，每行一个签名的 payment.record。A bank's return file: one signed payment.record a row.

    第一行是列名：案号、月份（2026-11）、金额（元）或金额（分）、结果（发放成功、退回、换卡）、原因（退回才写）。
    CSV 为 UTF-8（有无 BOM 均可）或 GB18030，也可用 XLSX。每个行为以文件的 SHA-256 和行号指明出处，请保存好原文件。

    先看整个文件：坏行列明行号、错在哪里、怎么改，写入 FILE.refused.csv；好的行照常入账。
    在那个文件里改好（保留原因列），再读入它即可。已在账上的不重发；中断后再运行同一命令即可。

    The first row has the names: case, month (2026-11), yuan or fen, result (paid, returned, changed), reason (of what
    came back). UTF-8, with or without byte order mark, GB18030, or XLSX. Each act names the file by its SHA-256, and
    the row: keep the file as the bank sent it.

    The whole file is looked at first. Rows that are wrong are listed with number, fault and remedy, and written to
    FILE.refused.csv; the others go in. Correct them there, leave the column of reasons, and read that file in. What is
    on the ledger is not sent again. Stopped half-way? Run the same command again.

    例 Examples:

        mingzhang bank 2026-11.xlsx --dry-run
        mingzhang bank 2026-11.xlsx --key clerk.pem

    退出码 Exit: 0 全部入账 everything is in, 1 有坏行 some rows were refused, 2 未能完成 it could not be done.
    """
    day = read_day(on, "--on") if on is not None else None
    try:
        order = Order(file, dry=dry_run, unit=unit, repeated=repeated, on=day)
        if not dry_run:
            if key is None:
                raise Stopped("请用 --key 给出签名密钥 Give your key: --key FILE (or look first: --dry-run).")
            signer = load_signer(key, officer)
            order = Order(file, signer.officer, signer.private, unit=unit, repeated=repeated, on=day)
        with connect() as client, progress_bars() as watch:
            outcome = run_bank(order, client, watch)
    except Stopped as stopped:
        raise CommandError(str(stopped), CANNOT_TELL) from None
    except Problem as problem:
        raise CommandError(
            f"{problem}\n  ({problem.code})\n"
            "  已入账的不会丢失，也不会重复：改正后再运行同一命令。"
            " What was recorded stays and goes in once: put it right and run the same command again.",
            CANNOT_TELL,
        ) from None
    if as_json:
        _print_json(order, outcome)
    else:
        _print(order, outcome)
    if outcome.bad:
        raise typer.Exit(WRONG)


def _print_json(order: Order, outcome: Outcome) -> None:
    print_json(
        {"file": outcome.file, "dry_run": order.dry, "rows": outcome.rows, "cases": outcome.cases}
        | {"recorded": {code: outcome.recorded[code] for code in RESULTS}}
        | {"fen": {code: outcome.fen[code] for code in RESULTS}}
        | {"unchanged": outcome.known, "refused": len(outcome.bad), "compared": outcome.compared}
        | {"refused_file": str(outcome.refused_file) if outcome.refused_file else None}
        | {"bad": [{"row": bad.number, "case": bad.case, "reasons": list(bad.reasons)} for bad in outcome.bad]}
    )


def _print(order: Order, outcome: Outcome) -> None:
    print_pairs(
        [
            ("文件 File", f"sha256 {outcome.file}"),
            ("文件中 In the file", f"{outcome.rows} 行 rows, {outcome.cases} 案 cases"),
            *((f"{'将记 Would record' if order.dry else '已记 Recorded'} {zh} {code}", _sum(outcome, code))
              for code, zh in RESULTS.items()),
            ("早已在账 On the ledger already", outcome.known),
            ("退回 Refused", len(outcome.bad)),
        ]
    )  # fmt: skip
    if not outcome.compared:
        typer.echo("服务未运行，未与账本比对。The service does not answer: nothing was compared with the ledger.")
    if not outcome.bad:
        return
    print_table(
        ("行 Row", "案号 Case", "原因与改法 Reason and remedy"),
        [(str(bad.number), (bad.case or "")[:8], "; ".join(bad.reasons)) for bad in outcome.bad[:_SHOWN]],
        wrapping=("原因与改法 Reason and remedy",),
    )
    if len(outcome.bad) > _SHOWN:
        typer.echo(f"… 另有 and {len(outcome.bad) - _SHOWN} more")
    typer.echo(f"坏行 The refused rows: {outcome.refused_file}")
    typer.echo("在其中改好后读入此文件 Correct them there, and read that file in: mingzhang bank")


def _sum(outcome: Outcome, code: str) -> str:
    return f"{outcome.recorded[code]} 行 rows, {yuan(outcome.fen[code])} 元 yuan"
