"""The command line `mingzhang`. Each command stands in a module of its own here, and is named below."""

from __future__ import annotations

import typer

from api.cli.run import run

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help=(
        "明账：有权者皆可翻阅、无人能悄悄改动的账本。\n\n"
        "An account book that anybody entitled to may open and nobody can quietly change.\n\n"
        "先试 Try first: `mingzhang run`"
    ),
)


@app.callback()
def mingzhang() -> None:
    """Keeps commands named even while there is only one."""


app.command("run")(run)


def main() -> None:
    """Entry point of the console script. Exit codes: 0 fine, 1 found something wrong, 2 could not tell."""
    app()
