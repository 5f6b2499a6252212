"""The command line `mingzhang`. Each command stands in a module of its own here, and is named below."""

from __future__ import annotations

import sys

import typer

from api.cli.act import act, send_kept
from api.cli.archive import archives
from api.cli.assignment import add_reading_key, assign, end_reading_key
from api.cli.bank import bank
from api.cli.bulk import bulk
from api.cli.complaint import complaints
from api.cli.county import sources
from api.cli.course import course
from api.cli.delegation import delegations
from api.cli.documents import documents
from api.cli.due import due
from api.cli.failing import CANNOT_TELL
from api.cli.handover import deputise, end_deputation, hand_over, show, take_over
from api.cli.import_ import import_
from api.cli.init import init, schema
from api.cli.keys import keys
from api.cli.officer import A_KID_MAY_BEGIN_WITH_A_HYPHEN, officers
from api.cli.place import places
from api.cli.policy import policies
from api.cli.read import case, head, history, lines
from api.cli.receipt import check_receipt, receipt
from api.cli.referral import referrals
from api.cli.refusals import refusals
from api.cli.rehearse import rehearse_
from api.cli.run import run
from api.cli.simulate import simulate
from api.cli.trying import try_
from api.cli.verify import export, verify

app = typer.Typer(
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
    """Keeps commands named even while there is only one."""


app.command("run")(run)
app.command("init")(init)
app.command("schema")(schema)
app.command("try")(try_)
app.command("simulate")(simulate)
app.command("act")(act)
app.command("send")(send_kept)
app.command("case")(case)
app.command("history")(history)
app.command("course")(course)
app.command("due")(due)
app.command("refusals")(refusals)
app.command("head")(head)
app.command("lines")(lines)
app.command("receipt")(receipt)
app.command("check-receipt")(check_receipt)
app.command("verify")(verify)
app.command("export")(export)
app.add_typer(keys, name="key")
officers.command("show")(show)
officers.command("deputise")(deputise)
officers.command("end-deputation")(end_deputation)
officers.command("handover")(hand_over)
officers.command("takeover")(take_over)
officers.command("assign")(assign)
officers.command("add-reading-key")(add_reading_key)
officers.command("end-reading-key", context_settings=A_KID_MAY_BEGIN_WITH_A_HYPHEN)(end_reading_key)
app.add_typer(officers, name="officer")
app.add_typer(delegations, name="delegation")
app.add_typer(places, name="place")
app.add_typer(complaints, name="complaint")
app.add_typer(referrals, name="referral")
policies.command("rehearse")(rehearse_)
app.add_typer(policies, name="policy")
app.add_typer(sources, name="source")
app.add_typer(documents, name="document")
app.add_typer(archives, name="archive")
app.add_typer(bulk, name="bulk")
app.command("import")(import_)
app.command("bank")(bank)


def main() -> None:
    """Entry point of the console script. Exit codes: 0 fine, 1 found something wrong, 2 could not tell.

    A fault of the program itself is 2 as well: it has told nothing about the ledger.
    """
    try:
        app()
    except Exception:
        sys.excepthook(*sys.exc_info())
        raise SystemExit(CANNOT_TELL) from None
