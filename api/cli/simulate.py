"""`mingzhang simulate`: a made-up county plays some years, misconduct and look-alikes included."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from api.cli.failing import CommandError, told
from api.cli.showing import print_table
from api.client import connect
from api.simulating.answers import write_answers
from api.simulating.forms import FORMS
from api.simulating.play import Plan, SimulationStopped, play


@told
def simulate(
    households: Annotated[int, typer.Option(help="户数 Households.", min=20, max=50_000)] = 300,
    years: Annotated[int, typer.Option(help="年数，自 2021 年 7 月起 Years, from July 2021 on.", min=1, max=5)] = 2,
    seed: Annotated[str, typer.Option(help="种子：同一种子，同样的行为 The same seed makes the same acts.")] = "1",
    out: Annotated[Path, typer.Option("--out", help="答案文件 What was planted, JSON Lines.")] = Path("answers.jsonl"),
) -> None:
    """模拟一个县数年的办理，含埋设的问题与形似而无过的。A made-up county plays some years, planted misconduct included.

    须先 `DATA=var-simulation mingzhang run --simulation`。人员、身份证号都不可能是真的；中断后再运行即接着来。

    Run a simulated ledger first: `DATA=var-simulation mingzhang run --simulation`. Nobody in it can be anybody. What
    was planted goes into the answer file, never onto the ledger. Stopped anywhere, it goes on when it is run again.

    例 Example: `mingzhang simulate --households 1000 --years 3 --seed 7 --out answers.jsonl`
    """
    if out.exists():
        raise CommandError(f"{out} 已存在，不会覆盖。 It is there already and is never overwritten.")
    plan, began = Plan(seed, households, years), time.monotonic()
    columns = (TextColumn("{task.description}"), TextColumn("{task.fields[acts]} 个行为 acts"), TimeElapsedColumn())
    with connect() as client, Progress(*columns, transient=True) as progress:
        bar = progress.add_task("2021-06", total=None, acts=0)

        def tell(at: datetime, acts: int) -> None:
            progress.update(bar, description=f"{at:%Y-%m-%d}", acts=acts)

        try:
            played = play(client, plan, tell)
        except SimulationStopped as error:
            raise CommandError(f"模拟停下了 The simulation stopped: {error}") from None
    counted = write_answers(out, played.lives)
    rows = [(form.zh, form.name, str(counted[form.name]), form.twin, str(counted[form.twin])) for form in FORMS]
    print_table(["形式 Form", "埋设 Planted", "户 Cases", "形似无过 Look-alike", "户 Cases"], rows)
    seconds = time.monotonic() - began
    typer.echo(
        f"{played.acts} 个行为，{played.refused} 次被拒，{seconds:.0f} 秒 {played.acts} acts, {played.refused} refused,"
        f" {played.acts / seconds:.0f} acts/s\n答案 Answers: {out}    再看 See also: mingzhang verify"
    )
