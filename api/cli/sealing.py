"""What `mingzhang complaint` and `mingzhang referral` share on the writing side: a paper, its readers, its envelope."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer

from api.cli.failing import CANNOT_TELL, CommandError
from api.cli.files import write_new
from api.cli.sending import load_signer, read_object, read_uuid, sign_and_send
from api.client import Client, Problem, connect
from api.directory import Directory, read_directory
from api.sealing import SealingError, check_content, choose_readers, cited_lines, concerned_by, seal_content
from api.wording.sealed import ENVELOPES
from domain.contents.neutral import warn
from ledger.act import BEIJING
from ledger.envelope import EnvelopeError, Place
from ledger.line import line_hash

Stream = Annotated[str, typer.Argument(help="举报或移交的编号 The complaint's or referral's id.")]
Content = Annotated[
    str,
    typer.Option("--content", help="内容 What the paper says: JSON, a TOML or JSON file, or - for standard input."),
]
SigningKey = Annotated[Path, typer.Option("--key", help="签名密钥 Your signing key.")]
To = Annotated[
    list[str] | None,
    typer.Option("--to", help="封给谁，可多次 Officer ids who may read it; several times. 本人自动在内 You may, too."),
]
Out = Annotated[
    Path,
    typer.Option("--out", help="密封件存于 A file for the envelope, or a directory: named by SHA-256."),
]
Fingerprint = Annotated[
    str | None, typer.Option("--fingerprint", help="账本指纹 The ledger's fingerprint, as you keep it: compared.")
]


@dataclass(frozen=True)
class Sent:
    """A sealed act on the ledger: the service's answer, where its envelope is, how many may read it."""

    recorded: dict[str, Any]
    envelope: Path
    readers: int


def seal_and_send(
    code: str,
    content: str,
    key: Path,
    officer: str | None,
    to: Sequence[str] | None,
    out: Path,
    fingerprint: str | None,
    *,
    stream: str | None = None,
) -> Sent:
    """One sealed act: check the paper, seal it, keep the envelope, then sign and send the act.

    The envelope is on disk before the act is sent: a crash between the two, or a refusal, leaves an envelope that no
    line names, and never a line whose envelope is lost.
    """
    signer, said = load_signer(key, officer), read_content(content)
    named = [read_uuid(one, "--to") for one in to or []]
    with connect() as client:
        directory = directory_of(client, fingerprint)
        try:
            check_content(code, said)
            if str(signer.officer) in concerned_by(said):
                raise SealingError("内容涉及您本人，不能由您办理。 The paper is about you: somebody else takes it.")
            readers = choose_readers(directory, _with_signer(named, signer.officer, directory), code, said, today())
            check_cited(client, said)
            place = Place(directory.origin, str(read_uuid(stream, "STREAM") if stream else uuid4()), code)
            paper = seal_content(place, said, readers)
        except SealingError as error:
            raise CommandError(str(error)) from None
        except EnvelopeError as error:
            raise CommandError(say(error)) from None
        for word in warn(code, said):
            typer.echo(
                f"提示：{word.where} 有“{word.word}”。移交只写事实和缺口，不下结论。"
                f" Note: {word.where} says {word.word!r}; a referral states facts and gaps, never guilt.",
                err=True,
            )
        kept = _keep(out, paper.envelope, paper.data["envelope"])
        recorded = sign_and_send(client, signer, code, paper.data, stream=UUID(place.stream))
    return Sent(recorded, kept, len(readers))


def directory_of(client: Client, fingerprint: str | None) -> Directory:
    """Who is who, checked line by line; on the ledger of that fingerprint, where one is given."""
    directory = read_directory(client)
    if fingerprint is not None and fingerprint.lower() != directory.fingerprint:
        raise CommandError(
            f"账本指纹不符：这里是 {directory.fingerprint}。不要封给这里登记的人。"
            " This is another ledger than the one you know: seal nothing to anybody on it."
        )
    return directory


def _with_signer(named: Sequence[UUID], signer: UUID, directory: Directory) -> list[UUID]:
    """The readers named, and the signer where a reading key lets them be one."""
    own = directory.officers.get(signer)
    if own is not None and own.reading_keys:
        return [*named, signer]
    if not named:
        raise SealingError(
            "没有读者：请用 --to 指明，或先登记自己的阅读公钥。"
            " Nobody could read it: name readers with --to, or register a reading key of your own first."
        )
    typer.echo(
        "提示：您没有登记阅读公钥，封好后自己打不开。 Note: you have no reading key; you will not be able to open it.",
        err=True,
    )
    return list(named)


def check_cited(client: Client, content: dict[str, Any]) -> None:
    """Raises `SealingError` naming every line that a paper relies on and that is not on the ledger with that hash."""
    if wrong := wrong_lines(client, content):
        listed = "\n".join(f"  {index}: {why}" for index, why in wrong)
        raise SealingError(f"所引的行与账本不符 Lines relied on are not on the ledger as the paper says:\n{listed}")


def wrong_lines(client: Client, content: dict[str, Any]) -> list[tuple[int, str]]:
    """(index, what is wrong) of every cited line that is not there, or has another hash."""
    wrong = []
    for index, cited in cited_lines(content):
        try:
            found = line_hash(client.line(index)).hex()
        except Problem as problem:
            if problem.code != "not-found":
                raise
            wrong.append((index, "没有这一行 no such line"))
            continue
        if found != cited:
            wrong.append((index, f"账本上是 on the ledger: {found}"))
    return wrong


def read_content(option: str) -> dict[str, Any]:
    """A paper's content from TOML or JSON. Days may stand unquoted in TOML."""
    if option == "-" or not option.endswith(".toml"):
        return read_object(option, "--content")
    try:
        content: dict[str, Any] = tomllib.loads(Path(option).read_text("utf-8-sig"))
    except OSError as error:
        raise CommandError(
            f"--content：{option} 读不到（{error.strerror}）。 It cannot be read.", CANNOT_TELL
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise CommandError(f"--content：{option} 不是 TOML（{error}）。 That is no TOML.", CANNOT_TELL) from None
    plain: dict[str, Any] = _plain(content)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, date) else value


def _keep(out: Path, envelope: bytes, digest: str) -> Path:
    path = out / f"{digest}.envelope" if out.is_dir() else out
    write_new(path, envelope.decode())
    return path


def today() -> date:
    """The day it is in 北京时间."""
    return datetime.now(BEIJING).date()


def say(error: EnvelopeError) -> str:
    """What is wrong with an envelope, in both languages."""
    zh, en = ENVELOPES.get(error.code, ("", str(error)))
    return f"{zh.format(**error.params)} {en.format(**error.params)}\n  ({error.code})"
