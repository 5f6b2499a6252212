"""The commands that complaints and referrals have in common: a step of theirs, and reading, sharing, listing them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.act import Json, Officer, Quiet
from api.cli.failing import told
from api.cli.opening_papers import Envelopes, ReadingKey, list_streams, read_stream, share_paper
from api.cli.sealing import Content, Fingerprint, Out, Sent, SigningKey, Stream, To, seal_and_send
from api.cli.sending import print_recorded
from api.cli.showing import print_json
from api.examples.papers import PAPERS
from domain.sealed import STEPS

Version = Annotated[int | None, typer.Option("--version", help="只读这一版 This line of the stream only.", min=1)]
OneVersion = Annotated[int, typer.Option("--version", help="哪一版 Which line of the stream.", min=1)]
Paper = Annotated[
    Path | None, typer.Option("--paper", help="原文存于 Keep the opened paper: its SHA-256 stands on the line.")
]
Step = Annotated[str, typer.Argument(help="哪一步 Which step.")]
Further = Annotated[list[str], typer.Option("--to", help="再封给谁 Officer ids of further readers.")]
NewEnvelope = Annotated[Path, typer.Option("--out", help="密封件存于 Write the new envelope to this file.")]
HERE = Path()


def add_step(app: typer.Typer, code: str, says: str) -> None:
    """The command that signs `code`: with the stream's id, unless the step begins a stream. `says` begins its help."""
    kind, _, name = code.partition(".")

    @told
    def begin(
        content: Content,
        key: SigningKey,
        to: To = None,
        out: Out = HERE,
        officer: Officer = None,
        fingerprint: Fingerprint = None,
        as_json: Json = False,
        quiet: Quiet = False,
    ) -> None:
        show(seal_and_send(code, content, key, officer, to, out, fingerprint), as_json, quiet)

    @told
    def go_on(
        stream: Stream,
        content: Content,
        key: SigningKey,
        to: To = None,
        out: Out = HERE,
        officer: Officer = None,
        fingerprint: Fingerprint = None,
        as_json: Json = False,
        quiet: Quiet = False,
    ) -> None:
        show(seal_and_send(code, content, key, officer, to, out, fingerprint, stream=stream), as_json, quiet)

    def show(sent: Sent, as_json: bool, quiet: bool) -> None:
        if quiet:
            typer.echo(sent.recorded["stream"])
            return
        print_recorded(sent.recorded, as_json=as_json, code=code)
        if not as_json:
            typer.echo(f"密封件 Envelope  {sent.envelope}（{sent.readers} 人可读 may read it）")

    id_ = " ID" if STEPS[code].after else ""
    example = f"例 Example: `mingzhang {kind} {name}{id_} --content {name}.json --to 1f2e… --key supervisor.pem`"
    sample = f"内容样例 A sample: `mingzhang {kind} example {name}`"
    app.command(name, help=f"{says}\n\n{sample}\n\n{example}")(go_on if STEPS[code].after else begin)


def add_reading(app: typer.Typer, kind: str) -> None:
    """`example`, `read`, `share` and `list` of one kind of stream."""

    @app.command("example", help="给出内容样例（JSON）。Print a sample of what a step's paper says.")
    @told
    def example(step: Step) -> None:
        if f"{kind}.{step}" not in PAPERS:
            steps = ", ".join(code.partition(".")[2] for code in PAPERS if code.startswith(f"{kind}."))
            raise typer.BadParameter(f"{step}：只有 there are only {steps}")
        print_json(PAPERS[f"{kind}.{step}"])

    @app.command(
        "read",
        help="打开封给您的内容，并与账本核对。Open what is sealed to you, and check it against the ledger.\n\n"
        "核对：行的签名、承诺、所引各行的哈希。 What is checked: the line's signature, its commitment, and that every"
        " line relied on is on the ledger with that hash.\n\n"
        f"例 Example: `mingzhang {kind} read ID --reading-key reading.pem --envelope envelopes`",
    )
    @told
    def read(
        stream: Stream,
        reading_key: ReadingKey,
        envelope: Envelopes = None,
        version: Version = None,
        paper: Paper = None,
        fingerprint: Fingerprint = None,
        as_json: Json = False,
    ) -> None:
        read_stream(kind, stream, reading_key, envelope, version, paper, fingerprint, as_json)

    @app.command(
        "share",
        help="把您能打开的原文再封给别人，一字不改。Seal a paper that you can open to others, word for word.\n\n"
        f"例 Example: `mingzhang {kind} share ID --version 1 --reading-key reading.pem --to 1f2e… --out new.envelope`",
    )
    @told
    def share(
        stream: Stream,
        version: OneVersion,
        reading_key: ReadingKey,
        to: Further,
        out: NewEnvelope,
        envelope: Envelopes = None,
        fingerprint: Fingerprint = None,
    ) -> None:
        share_paper(kind, stream, version, reading_key, to, envelope, out, fingerprint)

    @app.command("list", help="列出编号和现状：账上只有这些。List ids and stages, which is all that the ledger has.")
    @told
    def list_(as_json: Json = False) -> None:
        list_streams(kind, as_json)
