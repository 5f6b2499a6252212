"""The command line `mingzhang`. Each command stands in a module of its own here, and is named below."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from api.cli.failing import CANNOT_TELL

COMMANDS = {
    "run": "run:run",
    "init": "init:init",
    "schema": "init:schema",
    "try": "trying:try_",
    "simulate": "simulate:simulate",
    "act": "act:act",
    "send": "act:send_kept",
    "case": "read:case",
    "history": "read:history",
    "course": "course:course",
    "due": "due:due",
    "refusals": "refusals:refusals",
    "head": "read:head",
    "lines": "read:lines",
    "seal": "seal:seal",
    "receipt": "receipt:receipt",
    "check-receipt": "receipt:check_receipt",
    "evidence": "evidence:evidence",
    "evidence-log": "evidence:evidence_log",
    "check": "checking:check",
    "card": "card:card",
    "verify": "verify:verify",
    "export": "verify:export",
    "witness": "witness:witnesses",
    "monitor": "monitor:monitor",
    "rotate-log-keys": "rotate:rotate",
    "key": "keys:keys",
    "officer": "officer:officers",
    "officer show": "handover:show",
    "officer deputise": "handover:deputise",
    "officer end-deputation": "handover:end_deputation",
    "officer handover": "handover:hand_over",
    "officer takeover": "handover:take_over",
    "officer assign": "assignment:assign",
    "officer add-reading-key": "assignment:add_reading_key",
    "officer end-reading-key": "assignment:end_reading_key",
    "delegation": "delegation:delegations",
    "place": "place:places",
    "complaint": "complaint:complaints",
    "referral": "referral:referrals",
    "policy": "policy:policies",
    "policy rehearse": "rehearse:rehearse_",
    "source": "county:sources",
    "document": "documents:documents",
    "archive": "archive:archives",
    "bulk": "bulk:bulk",
    "import": "import_:import_",
    "bank": "bank:bank",
}
"""Command -> where it is defined, module:name; one of two words belongs to the group of the first."""
TAKES_A_KEY = frozenset({"officer end-reading-key"})
"""A public key may begin with a hyphen, and is no option for all that."""


class Loaded(dict[str, Any]):
    """Commands by name, each loaded when it is asked for: no command starts by importing what all of them need."""

    def get(self, name: str, default: Any = None) -> Any:
        if name in self and self[name] is None:
            self[name] = _load(name)
        return super().get(name, default)


class Commands(TyperGroup):
    """The commands of the table above, in its order."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = Loaded((name, None) for name in COMMANDS if " " not in name)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,  # they may be personal data
    help=(
        "明账：有权者皆可翻阅、无人能悄悄改动的账本。\n\n"
        "An account book that anybody entitled to may open and nobody can quietly change.\n\n"
        "先试 Try first: `mingzhang run`, then `mingzhang try`"
    ),
)


@app.callback()
def mingzhang() -> None:
    """Makes it a group, whatever it holds."""


def _load(name: str) -> Any:
    target = _defined(name)
    if not isinstance(target, typer.Typer):
        alone = typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_show_locals=False)
        alone.command(name)(target)
        return typer.main.get_command(alone)
    for longer in COMMANDS:
        group, _, own = longer.partition(" ")
        if own and group == name:
            target.command(own, context_settings={"ignore_unknown_options": longer in TAKES_A_KEY})(_defined(longer))
    return typer.main.get_group(target)


def _defined(name: str) -> Any:
    module, _, attribute = COMMANDS[name].partition(":")
    return getattr(import_module(f"api.cli.{module}"), attribute)


def main() -> None:
    """Entry point of the console script. Exit codes: 0 fine, 1 found something wrong, 2 could not tell.

    A fault of the program itself is 2 as well: it has told nothing about the ledger.
    """
    try:
        app()
    except Exception:
        sys.excepthook(*sys.exc_info())
        raise SystemExit(CANNOT_TELL) from None
