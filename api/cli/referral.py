"""`mingzhang referral`: clues 问题线索 handed to the commission, sealed; the ledger shows its steps, nothing else."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli.failing import CANNOT_TELL, CommandError, told
from api.cli.files import refuse_existing
from api.cli.sealed_commands import add_reading, add_step
from api.cli.sealing import Fingerprint, directory_of
from api.cli.sending import read_uuid
from api.client import connect
from api.drafting import draft_referral, to_toml
from api.private_files import write_private

referrals = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help=(
        "移交：起草、建立、移送、签收、反馈、办结、撤回、阅读。Referrals to the commission 纪检监察.\n\n"
        "写事实和缺口，不下结论。内容密封给指明的人，账上只有承诺。\n\n"
        "They state facts and gaps, never guilt. What they say is sealed to named readers; the ledger has commitments"
        " only.\n\n"
        "步骤 Steps: `draft`, `open`, `send`, `receive`, `answer`, `close`"
    ),
)


class From(StrEnum):
    """What a referral comes from."""

    VERIFICATION = "verification"
    COMPLAINT = "complaint"
    INDICATOR = "indicator"
    AUDIT = "audit"
    OTHER = "other"


@referrals.command("draft")
@told
def draft(
    case: Annotated[list[str], typer.Option("--case", help="案件，可多次 The cases; several times.")],
    out: Annotated[Path, typer.Option("--out", help="草稿存于（TOML） Write the draft here (TOML).")],
    lines: Annotated[
        str | None, typer.Option("--lines", help="所依据的行号 Indexes relied on, e.g. 41,52. [default: 全部 all]")
    ] = None,
    cause: Annotated[From, typer.Option("--from", help="来源 What it comes from.")] = From.VERIFICATION,
    fingerprint: Fingerprint = None,
) -> None:
    """起草：从案件各行填好行号、哈希、人员、日期，其余由人补全。Draft a paper from lines of case histories.

    Indexes, hashes, acts, officers and days are filled in; a person completes the rest in the file, and then
    `mingzhang referral open --content FILE`. Every case whose lines are read is read openly: the service sees who asks
    for which history.

    例 Example: `mingzhang referral draft --case 5e0c1f5e-… --lines 41,52 --out referral.toml`
    """
    refuse_existing(out)
    try:
        indexes = [int(index) for index in lines.split(",")] if lines else []
    except ValueError:
        raise CommandError(f"--lines：{lines!r} 应形如 41,52。 It looks like 41,52.", CANNOT_TELL) from None
    with connect() as client:
        directory = directory_of(client, fingerprint)
        ids = [str(read_uuid(one, "--case")) for one in dict.fromkeys(case)]
        histories = {id_: client.history(read_uuid(id_, "--case"))["entries"] for id_ in ids}
    try:
        content = draft_referral(histories, indexes, directory, cause.value)
    except ValueError as error:
        raise CommandError(f"--lines：{error} 不是这些案件的行。 They are no lines of these cases.") from None
    write_private(out, to_toml(content).encode())
    typer.echo(f"草稿 Draft  {out}\n补全后 Once it is complete: mingzhang referral open --content {out} --key … --to …")


add_step(referrals, "referral.open", "建立移交。Open a referral.")
add_step(referrals, "referral.send", "移送：至少封给一名纪检监察人员。Send it; sealed to the commission.")
add_step(referrals, "referral.receive", "签收（纪检监察）。The commission's receipt.")
add_step(referrals, "referral.answer", "反馈（纪检监察）。What became of it, by the commission.")
add_step(referrals, "referral.close", "办结。Close it, once it has been answered.")
add_step(referrals, "referral.withdraw", "撤回；签收之后不能撤回。Withdraw it, before it was received.")
add_reading(referrals, "referral")
