"""What `mingzhang complaint` and `mingzhang referral` share on the reading side: streams, envelopes, opened papers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import orjson
import typer
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from api.cli.failing import CANNOT_TELL, WRONG, CommandError
from api.cli.files import refuse_existing, write_new
from api.cli.policy import read_policy
from api.cli.reading_keys import load_reading_key
from api.cli.sealing import directory_of, say, today, wrong_lines
from api.cli.sending import read_uuid
from api.cli.showing import beijing, print_json, print_table
from api.client import Client, connect
from api.directory import Directory
from api.sealing import SealingError, check_content, choose_readers, public_bytes
from domain.acts import EVENTS
from domain.clock import Due
from domain.events import claims_of
from domain.rules_in_force import Rules
from domain.sealed import SEALED_ZH, STEPS, SealedStream
from domain.sealed_limits import answer_due, transfer_due
from ledger.act import decode_state
from ledger.envelope import EnvelopeError, Place, open_envelope, read_paper, seal
from ledger.errors import LedgerFaulty
from ledger.line import decode_line, line_hash

ReadingKey = Annotated[Path, typer.Option("--reading-key", help="阅读密钥 Your reading key.")]
Envelopes = Annotated[
    list[Path] | None,
    typer.Option("--envelope", help="密封件，可多次 Envelopes: files, or directories of them. [default: 此处 here]"),
]


@dataclass(frozen=True)
class SealedLine:
    """A line of a complaint or a referral: where it stands, and what it commits to."""

    index: int
    hash: str
    at: str
    stream: str
    version: int
    code: str
    officer: str
    on: str
    data: dict[str, Any]
    holds: str | None
    """What is wrong with the line itself, None where nothing is."""


def sealed_lines(client: Client, directory: Directory, kind: str) -> Iterator[SealedLine]:
    """Every line of this kind of stream, each checked, in order."""
    types = [act.event for act in EVENTS.values() if act.code in STEPS and act.code.startswith(f"{kind}.")]
    for line in client.lines(1, types=types):
        parts = decode_line(line)
        wrong = None
        try:
            directory.check_line(parts.index, line)
        except LedgerFaulty as error:
            wrong = str(error)
        act = decode_state(parts.state)
        if act is None:
            continue
        claims = claims_of(act[0])
        yield SealedLine(
            parts.index,
            line_hash(line).hex(),
            parts.at,
            parts.stream,
            parts.version,
            claims["act"],
            claims["iss"],
            claims["on"],
            claims["data"],
            wrong,
        )


def list_streams(kind: str, as_json: bool) -> None:
    """Every complaint, or every referral, as anybody may see it."""
    streams: dict[str, list[SealedLine]] = {}
    with connect() as client:
        for line in sealed_lines(client, directory_of(client, None), kind):
            streams.setdefault(line.stream, []).append(line)
        rules = read_policy(client).in_force(today()) if kind == "complaint" else None
    due = {stream: _answer_due(lines, rules) for stream, lines in streams.items()}
    if as_json:
        print_json([_described(stream, lines) | _due_json(due[stream]) for stream, lines in streams.items()])
        return
    print_table(
        ["编号 Id", "现状 Stage", "开始 Began", "应答复 Answer due", "最近 Last +08:00", "行 Lines"],
        [
            (
                stream,
                f"{SEALED_ZH[STEPS[lines[-1].code].to]} {STEPS[lines[-1].code].to}",
                lines[0].on,
                due_words(due[stream]),
                beijing(lines[-1].at),
                " ".join(str(line.index) for line in lines),
            )
            for stream, lines in streams.items()
        ],
        wrapping=("行 Lines",),
    )


def _answer_due(lines: Sequence[SealedLine], rules: Rules | None) -> Due | None:
    first, last = lines[0], lines[-1]
    kind, _, _ = first.code.partition(".")
    stream = SealedStream(UUID(first.stream), last.version, kind, STEPS[last.code].to, date.fromisoformat(first.on))
    return answer_due(stream, rules, today())


def _due_json(due: Due | None) -> dict[str, Any]:
    return {"due": str(due.day) if due else None, "late": due.late if due else False}


def due_words(due: Due | None) -> str:
    """The day, and whether it has passed."""
    if due is None:
        return "—"
    return f"{due.day}{' 逾期 late' if due.late else ''}{' 暂定 provisional' if due.provisional else ''}"


def _described(stream: str, lines: Sequence[SealedLine]) -> dict[str, Any]:
    stage = STEPS[lines[-1].code].to
    return {
        "id": stream,
        "stage": stage,
        "stage_zh": SEALED_ZH[stage],
        "began": lines[0].on,
        "last": lines[-1].at,
        "lines": [line.index for line in lines],
    }


def read_stream(
    kind: str,
    stream: str,
    reading_key: Path,
    envelopes: Sequence[Path] | None,
    version: int | None,
    paper: Path | None,
    fingerprint: str | None,
    as_json: bool,
) -> None:
    """Open what one key opens of a stream, and say what holds: line, commitment, every line cited.

    Exit code 1 where something does not hold, 2 where nothing could be opened.
    """
    private, kept = load_reading_key(reading_key), _Kept(envelopes)
    if paper is not None:
        refuse_existing(paper)
    with connect() as client:
        directory = directory_of(client, fingerprint)
        lines = _lines_of(client, directory, kind, stream, version)
        opened = [_open(client, directory, line, private, kept) for line in lines]
        transfer = _transfer_due(client, opened) if kind == "referral" else None
    if paper is not None and len(opened) == 1 and opened[0].paper is not None:
        write_new(paper, opened[0].paper.decode())
    elif paper is not None:
        raise CommandError(
            "--paper 要和 --version 同用，且须能打开。 Give --version N of one you can open.", CANNOT_TELL
        )
    if as_json:
        papers = [one.shown() for one in opened]
        print_json({"stream": stream, "fingerprint": directory.fingerprint, **_due_json(transfer), "papers": papers})
    else:
        typer.echo(f"账本指纹 Fingerprint  {directory.fingerprint}")
        for one in opened:
            one.show()
        if transfer is not None:
            typer.echo(f"\n移送期限 To be sent by  {due_words(transfer)}")
    if any(one.wrong for one in opened):
        raise typer.Exit(WRONG)
    if all(one.content is None for one in opened):
        raise typer.Exit(CANNOT_TELL)


def _transfer_due(client: Client, opened: Sequence[_Opened]) -> Due | None:
    """When the clue is, or was, to be sent: only who can open the paper that says what it comes from can tell."""
    content = next((one.content for one in opened if one.line.code == "referral.open" and one.content), None)
    if content is None:
        return None
    sent = next((date.fromisoformat(one.line.on) for one in opened if one.line.code == "referral.send"), None)
    concluded = date.fromisoformat(content["cause"]["concluded"])
    return transfer_due(concluded, sent, read_policy(client).in_force(today()), today())


def share_paper(
    kind: str,
    stream: str,
    version: int,
    reading_key: Path,
    to: Sequence[str],
    envelopes: Sequence[Path] | None,
    out: Path,
    fingerprint: str | None,
) -> None:
    """Seal a paper that one can open anew, word for word, to further readers; the line's commitment holds for it."""
    private, kept = load_reading_key(reading_key), _Kept(envelopes)
    refuse_existing(out)
    with connect() as client:
        directory = directory_of(client, fingerprint)
        (line,) = _lines_of(client, directory, kind, stream, version)
        opened = _open(client, directory, line, private, kept)
    if opened.paper is None or opened.content is None:
        raise CommandError(opened.why or "打不开。 It does not open.", CANNOT_TELL)
    try:
        named = [read_uuid(one, "--to") for one in to]
        # A paper that is handed on is not sent by it: whoever may read may be handed it.
        readers = choose_readers(directory, named, "", opened.content, today())
        keys = [public_bytes(key) for reader in readers for key in reader.reading_keys]
        envelope = seal(opened.paper, Place(directory.origin, line.stream, line.code), keys)
    except SealingError as error:
        raise CommandError(str(error)) from None
    except EnvelopeError as error:
        raise CommandError(say(error)) from None
    write_new(out, envelope.decode())
    typer.echo(f"密封件 Envelope  {out}（{len(readers)} 人可读 may read it）")


def _lines_of(client: Client, directory: Directory, kind: str, stream: str, version: int | None) -> list[SealedLine]:
    id_ = str(read_uuid(stream, "STREAM"))
    found = [
        line for line in sealed_lines(client, directory, kind) if line.stream == id_ and version in (None, line.version)
    ]
    if not found:
        raise CommandError(
            f"没有这样的行：{stream}。`mingzhang {kind} list` 列出全部。 There is no such line.", CANNOT_TELL
        )
    return found


class _Kept:
    """The envelopes at hand, by their digests: those of files, and of directories' files that end in .envelope."""

    def __init__(self, places: Sequence[Path] | None) -> None:
        self.files: dict[str, bytes] = {}
        for place in places or [Path()]:
            for file in sorted(place.glob("*.envelope")) if place.is_dir() else [place]:
                content = file.read_bytes()
                self.files[sha256(content).hexdigest()] = content

    def candidates(self, digest: str) -> list[bytes]:
        """The envelope that the line names, else all: a paper may have been sealed anew, and the commitment tells."""
        named = self.files.get(digest)
        return [named] if named is not None else list(self.files.values())


@dataclass(frozen=True)
class _Opened:
    """A line with what its envelope holds, as far as it opened."""

    line: SealedLine
    paper: bytes | None
    content: dict[str, Any] | None
    wrong: tuple[str, ...]
    why: str | None

    def shown(self) -> dict[str, Any]:
        """For programs."""
        return {
            "index": self.line.index,
            "version": self.line.version,
            "hash": self.line.hash,
            "act": self.line.code,
            "on": self.line.on,
            "officer": self.line.officer,
            "opened": self.content is not None,
            "wrong": list(self.wrong),
            "why": self.why,
            "content": self.content,
        }

    def show(self) -> None:
        """For a person."""
        line, verdict = self.line, "未打开 not opened" if self.content is None else "相符 holds"
        verdict = "不符 does not hold" if self.wrong else verdict
        typer.echo(f"\n{line.version}  {line.code}  {line.on}  {line.officer}  行 line {line.index}  {verdict}")
        for wrong in self.wrong:
            typer.echo(f"  ✗ {wrong}")
        if self.why is not None:
            typer.echo(f"  {self.why}")
        if self.content is not None:
            typer.echo(orjson.dumps(self.content, option=orjson.OPT_INDENT_2).decode())


def _open(client: Client, directory: Directory, line: SealedLine, private: X25519PrivateKey, kept: _Kept) -> _Opened:
    place = Place(directory.origin, line.stream, line.code)
    wrong = [line.holds] if line.holds else []
    paper, why = None, "密封件不在手边：用 --envelope 指明。 The envelope is not at hand: name it with --envelope."
    for envelope in kept.candidates(line.data["envelope"]):
        try:
            paper = open_envelope(envelope, private, place, line.data["content"])
            break
        except EnvelopeError as error:
            why = say(error)
            if error.code in ("envelope.altered", "envelope.commitment"):
                wrong.append(why)
                break
    if paper is None:
        return _Opened(line, None, None, tuple(wrong), why)
    try:
        content = read_paper(paper, place)
    except EnvelopeError as error:
        return _Opened(line, paper, None, (*wrong, say(error)), None)
    if len(paper) != line.data["size"]:
        wrong.append("长度与行上所记不符。 Its size is not the one on the line.")
    try:
        check_content(line.code, content)
        wrong += [f"第 {index} 行 line {index}: {what}" for index, what in wrong_lines(client, content)]
    except SealingError as error:
        wrong.append(str(error))
    return _Opened(line, paper, content, tuple(wrong), None)
