"""Signing an act and sending it, so that nothing is lost whatever breaks on the way."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from uuid import UUID

import orjson
import typer

from api.cli.failing import CANNOT_TELL, CommandError
from api.cli.keys import load_private_key
from api.cli.showing import beijing, print_json, print_pairs
from api.client import Client, NotRecorded, Problem, Unanswered
from api.compose import ComposeError, Draft, compose, stream_of
from api.private_files import write_private
from domain.acts import ACTS
from ledger.act import act_digest, read_claims, sign_act
from ledger.jws import PrivateKey, parse_jws
from ledger.line import loads_strict


@dataclass(frozen=True)
class Signer:
    """Who signs, and with what."""

    officer: UUID
    private: PrivateKey


def load_signer(key: Path, officer: str | None) -> Signer:
    """The key of a file, and whose it is: `officer`, else what the file beside it with the ending `.id` says."""
    private = load_private_key(key)
    beside = key.with_suffix(".id")
    if officer is None:
        try:
            officer = beside.read_text("utf-8-sig").strip()
        except OSError:
            raise CommandError(
                f"谁在签？请用 --officer 给出人员编号，或写进 {beside}。"
                f" Who signs? Give --officer ID, or write the id to {beside}."
            ) from None
    return Signer(read_uuid(officer, "--officer"), private)


def read_uuid(text: str, option: str) -> UUID:
    """A UUID from the command line."""
    try:
        return UUID(text)
    except ValueError:
        raise CommandError(f"{option}：{text!r} 不是 UUID。 That is not a UUID.", CANNOT_TELL) from None


def read_day(text: str, option: str) -> date:
    """A day from the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{option}：{text!r} 不是日期。 A day is written 2021-07-05.", CANNOT_TELL) from None


def read_digest(text: str, option: str) -> str:
    """A document's SHA-256 in hex: as given, or of the file that is named. The file itself stays where it is."""
    if len(text) == 64 and set(text) <= set("0123456789abcdef"):
        return text
    try:
        return sha256(Path(text).read_bytes()).hexdigest()
    except OSError as error:
        raise CommandError(
            f"{option}：{text!r} 既不是摘要，也读不到这个文件（{error.strerror}）。"
            " It is neither a SHA-256 in hex nor a file that can be read.",
            CANNOT_TELL,
        ) from None


def read_object(text: str, option: str) -> dict[str, Any]:
    """A JSON object: the text itself, the file it names, or standard input for `-`."""
    try:
        if text.lstrip().startswith("{"):
            raw = text.encode()
        else:
            raw = typer.get_binary_stream("stdin").read() if text == "-" else Path(text).read_bytes()
        if not text.lstrip().startswith("{"):
            raw.decode()
        value = loads_strict(raw.removeprefix(BOM_UTF8))
    except UnicodeDecodeError:
        raise CommandError(
            f"{option}：{text} 不是 UTF-8 文本，请另存为 UTF-8。 It is not UTF-8 text; save it as UTF-8.", CANNOT_TELL
        ) from None
    except OSError as error:
        raise CommandError(
            f"{option}：{text!r} 读不到（{error.strerror}）。 Give a JSON object, a file of one, or - for stdin.",
            CANNOT_TELL,
        ) from None
    except ValueError as error:
        raise CommandError(f"{option}：不是 JSON（{error}）。 That is not clean JSON.", CANNOT_TELL) from None
    if not isinstance(value, dict):
        raise CommandError(f"{option}：应为 JSON 对象。 It must be a JSON object: {{…}}.", CANNOT_TELL)
    return value


def draft_act(
    client: Client,
    officer: UUID,
    code: str,
    data: Mapping[str, Any],
    *,
    stream: UUID | None = None,
    on: date | None = None,
    basis: str = "direct",
    paper: Mapping[str, str] | None = None,
    behalf: UUID | None = None,
) -> Draft:
    """The act on what the ledger shows now: its origin, and the stream's version and hash."""
    origin = client.head()["origin"]
    stream = stream or stream_of(code, origin, data)
    if stream is None:
        raise CommandError(f"{code} 属于哪个案件？请用 --case 给出。 Which case? Give --case ID.", CANNOT_TELL)
    seen = client.stream(stream)
    try:
        return compose(
            code,
            data,
            officer=officer,
            origin=origin,
            stream=stream,
            version=seen.version,
            prev=seen.hash,
            on=on,
            basis=basis,
            paper=paper,
            behalf=behalf,
        )
    except ComposeError as error:
        raise CommandError(str(error)) from None


def sign_and_send(
    client: Client,
    signer: Signer,
    code: str,
    data: Mapping[str, Any],
    *,
    stream: UUID | None = None,
    on: date | None = None,
) -> dict[str, Any]:
    """Sign one act, of today unless `on` says otherwise, and send it: the service's answer, and the JWS's digest."""
    draft = draft_act(client, signer.officer, code, data, stream=stream, on=on)
    message = sign_act(signer.private, draft.claims, draft.disclosures)
    return send(client, message) | {"digest": act_digest(message.partition("~")[0])}


def keep(path: Path, message: str) -> None:
    """Write a signed act to a file only its owner can read: it carries personal data. Never overwrites."""
    try:
        write_private(path, message.encode() + b"\n")
    except FileExistsError:
        raise CommandError(f"{path} 已存在，不会覆盖。 It is there already and is never overwritten.") from None


def _keep_somewhere(message: str) -> Path:
    """Keep an act whose fate is not known: here, or where temporary files go if this place cannot be written to."""
    name = f"{claims_of(message)['jti']}.act"
    for directory in (Path(), Path(gettempdir())):
        with suppress(OSError):
            keep(directory / name, message)
            return directory / name
    raise CommandError(
        f"没有回应，行为也无处可存，原文如下。 Nobody answers, and no file can keep the act. It is:\n{message}",
        CANNOT_TELL,
    )


def send(client: Client, message: str, kept: Path | None = None) -> dict[str, Any]:
    """Send a signed act. When nobody answers, it is kept in a file, so that it can be sent again.

    Raises `CommandError`, and `Problem` when the service refuses it.
    """
    try:
        return client.send(message)
    except Unanswered as error:
        kept = kept or _keep_somewhere(message)
        if isinstance(error, NotRecorded):
            raise CommandError(
                f"{error}\n"
                f"  行为已签名，存于 {kept}；这次没有入账。稍后再发：mingzhang send {kept}\n"
                f"  The act is signed and kept there. Nothing was recorded this time: send it again in a while.",
                CANNOT_TELL,
            ) from None
        raise CommandError(
            f"{error}\n"
            f"  行为已签名，存于 {kept}；是否入账尚不知道。再发一次即可：mingzhang send {kept}\n"
            f"  The act is signed and kept there; whether it was recorded is not known. Sending it again is safe.",
            CANNOT_TELL,
        ) from None
    except Problem as problem:
        if problem.code == "act.stale":
            raise CommandError(_stale(client, message, problem)) from None
        raise


def claims_of(message: str) -> dict[str, Any]:
    """The claims of a signed act. Raises `Refused`."""
    return read_claims(parse_jws(message.partition("~")[0].strip().encode()).payload)


def _stale(client: Client, message: str, problem: Problem) -> str:
    """What has happened on the stream since the officer looked."""
    claims = claims_of(message)
    try:
        entries = client.history(UUID(claims["case"]))["entries"]
    except Problem:
        entries = []
    since = [
        f"  {entry['version']:>4}  {beijing(entry['recorded'])}  {entry.get('act', entry['type'])}"
        f" {entry.get('act_zh') or ''}  {entry.get('officer', '')}"
        for entry in entries
        if entry["version"] >= claims["version"]
    ]
    return "\n".join(
        [
            f"{problem}\n  ({problem.code})",
            *(["您看过之后又发生了（北京时间） What has happened since you looked (+08:00):", *since] if since else []),
            "请看过之后重新签名。 Look at it, then sign again with `mingzhang act`.",
        ]
    )


def print_recorded(recorded: Mapping[str, Any], *, as_json: bool = False, code: str | None = None) -> None:
    """Where an act came to rest."""
    if as_json:
        print_json(dict(recorded))
        return
    act = ACTS.get(code or "")
    print_pairs(
        [
            ("行为 Act", f"{act.code} {act.zh}" if act else None),
            ("案卷 Stream", recorded["stream"]),
            ("版本 Version", recorded["version"]),
            ("行号 Index", recorded["index"]),
            ("哈希 Hash", recorded["hash"]),
            ("入账 Recorded", beijing(recorded["at"]) + " +08:00"),
        ]
    )


def print_draft(draft: Draft) -> None:
    """What would be signed: the claims, and beside them what stays hidden behind digests."""
    typer.echo(orjson.dumps(draft.claims, option=orjson.OPT_INDENT_2).decode())
    for disclosure in draft.disclosures:
        typer.echo(f"{disclosure.digest}  {disclosure.name} = {orjson.dumps(disclosure.value).decode()}")
