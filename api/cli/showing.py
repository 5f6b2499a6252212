"""What a command prints for a person: labelled lines, and tables that fit what they are printed on."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ledger.act import BEIJING

SIMULATION_BANNER = "!! 模拟账本，内容全是虚构 SIMULATION: everything on this ledger is made up"
PIPED_WIDTH = 160
"""Columns to use where there is no terminal that says how many it has."""


def say_if_simulated(found: Mapping[str, Any]) -> None:
    """What the service says of a made-up ledger is not to be taken for a real one's."""
    if found.get("simulation"):
        typer.echo(SIMULATION_BANNER)


def print_json(value: Any) -> None:
    """For programs: one JSON value, indented."""
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def print_pairs(pairs: Iterable[tuple[str, Any]]) -> None:
    """One label and value a line, the values in one column; None is left out."""
    shown = [(label, str(value)) for label, value in pairs if value is not None]
    width = max((cell_len(label) for label, _ in shown), default=0)
    for label, value in shown:
        typer.echo(label + " " * (width - cell_len(label) + 2) + value)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, wrapping: Sequence[str] = ()) -> None:
    """A table without frames; only the columns named in `wrapping` give way when it gets narrow."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, no_wrap=column not in wrapping, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PIPED_WIDTH)
    console.print(table)


def beijing(at: str | int | datetime) -> str:
    """A time as `2021-07-05 10:11:09` in 北京时间, from RFC 3339 text or seconds since 1970."""
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    elif isinstance(at, int):
        at = datetime.fromtimestamp(at, BEIJING)
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
