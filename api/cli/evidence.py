"""`mingzhang evidence` and `mingzhang evidence-log`: having a bundle made, and what was made so far."""

from __future__ import annotations

import os
import time
from base64 import b64encode
from enum import StrEnum
from hashlib import file_digest
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any
from uuid import UUID

import typer

from api.cli.act import Json, Officer
from api.cli.failing import CANNOT_TELL, WRONG, CommandError, told
from api.cli.files import refuse_existing, refuse_unwritable
from api.cli.reading_keys import load_reading_key
from api.cli.sealing import say
from api.cli.sending import load_signer, read_day, read_uuid
from api.cli.showing import beijing, print_json, print_pairs, print_table
from api.client import Client, Problem, Unreachable, connect
from api.compose import uuid7
from api.evidence.request import RECIPIENTS, read_wanted, sign_wanted
from domain.evidence import EVENT
from ledger.envelope import EnvelopeError, Place, open_envelope, read_paper
from ledger.errors import LedgerError, Refused
from ledger.jws import parse_jws
from ledger.line import Line, decode_line, loads_strict


class For(StrEnum):
    """Whom the bundle is for."""

    INSPECTION = "inspection"
    COURT = "court"
    PARTY = "party"
    NONE = "none"


@told
def evidence(
    cases: Annotated[list[str] | None, typer.Argument(metavar="[CASE]…", help="案件编号 The cases.")] = None,
    key: Annotated[Path, typer.Option(help="签名密钥 Your signing key.")] = Path(),
    officer: Officer = None,
    out: Annotated[
        Path | None, typer.Option(help="证据包存于 Write the bundle here. [default: evidence-….zip]")
    ] = None,
    of: Annotated[
        str | None, typer.Option(help="某人员的行为，而非案件 Acts of this officer, instead of cases.")
    ] = None,
    start: Annotated[str | None, typer.Option("--from", help="自何日入账 Recorded from this day on.")] = None,
    until: Annotated[str | None, typer.Option(help="至何日入账 Recorded up to this day.")] = None,
    referral: Annotated[
        str | None, typer.Option(help="移交编号，案件另列 A referral; name the cases that it rests on, too.")
    ] = None,
    recipient: Annotated[
        For,
        typer.Option(
            "--for",
            help="给谁 Whom for: inspection 纪检监察机关, court 法院 (both see all), party 当事人 (their own data),"
            " none 不含个人信息.",
        ),
    ] = For.INSPECTION,
    name: Annotated[str, typer.Option(help="收件人名称，只写在包里 The recipient's name; in the bundle only.")] = "",
    withhold: Annotated[
        list[str] | None, typer.Option(help="不列入的个人信息项 Leave these personal members out: phone, account, …")
    ] = None,
    documents: Annotated[
        bool, typer.Option("--documents/--no-documents", help="附材料扫描件 With the scans of the papers.")
    ] = True,
    as_json: Json = False,
) -> None:
    """制作证据包：离线可核，纪检、法院、律师不必问服务器。Make an evidence bundle, to be checked offline.

    由承担监督或纪检监察职责的人员签署请求。做过一包会入账，但账上看不出为谁而做；内容封给纪检监察。

    The request is signed by somebody who supervises or serves the commission. That a bundle was made is recorded; for
    whom, only the commission can read (`mingzhang evidence-log`).

    例 Examples: `mingzhang evidence 5e0c1f5e-… --key supervisor.pem`,
    `mingzhang evidence --of 1f2e… --from 2026-01-01 --until 2026-06-30 --key inspector.pem --out acts.zip`
    """
    if key == Path():
        raise CommandError("请用 --key 给出签名密钥。 Give your signing key with --key.", CANNOT_TELL)
    if out is not None:
        refuse_unwritable(out)
    signer = load_signer(key, officer)
    scope = _scope(cases or [], of, start, until, referral)
    with connect() as client:
        claims: dict[str, Any] = {
            "iss": str(signer.officer),
            "aud": client.head()["origin"],
            "jti": str(uuid7()),
            "iat": int(time.time()),
            "scope": scope,
            "recipient": {"kind": recipient.value, "name": name},
            "withhold": sorted(set(withhold or ())),
            "documents": documents,
        }
        request = sign_wanted(signer.private, claims)
        _check_form(request, claims["aud"])
        path, record = _fetch(client, request, out)
    if as_json:
        print_json({"bundle": str(path), "record": record, "request": claims})
        return
    print_pairs(
        [
            ("证据包 Bundle", path),
            ("给谁 For", f"{RECIPIENTS[recipient.value][0]} {name}".strip()),
            ("入账 Recorded", f"第 {record} 行 line {record}"),
            ("核验 Check", f"mingzhang check {path}"),
        ]
    )


def _scope(
    cases: list[str], of: str | None, start: str | None, until: str | None, referral: str | None
) -> dict[str, Any]:
    ids = list(dict.fromkeys(str(read_uuid(one, "CASE")) for one in cases))
    if of is not None:
        if ids or referral or start is None or until is None:
            raise CommandError(
                "--of 须有 --from 和 --until，不与案件同列。 --of takes --from and --until, and no cases.", CANNOT_TELL
            )
        days = {"starting": str(read_day(start, "--from")), "ending": str(read_day(until, "--until"))}
        return {"kind": "officer", "officer": str(read_uuid(of, "--of")), **days}
    if start is not None or until is not None:
        raise CommandError("--from、--until 只与 --of 同用。 They go with --of only.", CANNOT_TELL)
    if referral is not None:
        return {"kind": "referral", "referral": str(read_uuid(referral, "--referral")), "cases": ids}
    if not ids:
        raise CommandError("哪个案件？ Which case? Or --of an officer, or --referral.", CANNOT_TELL)
    return {"kind": "case" if len(ids) == 1 else "cases", "cases": ids}


def _check_form(request: str, origin: str) -> None:
    """What the service would refuse is told before it is sent."""
    try:
        read_wanted(parse_jws(request.encode()).payload, origin)
    except Refused as refusal:
        raise CommandError(f"请求不合要求。 The request is not as it must be: {refusal}", CANNOT_TELL) from None


def _fetch(client: Client, request: str, out: Path | None) -> tuple[Path, int]:
    """The bundle under its name, whole and as the service sent it, or not at all; and the line that records it."""
    directory = out.absolute().parent if out is not None else Path.cwd()
    with NamedTemporaryFile(dir=directory, prefix=".evidence-") as file:
        headers = client.evidence(request, file.write)
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        digest = b64encode(file_digest(file, "sha256").digest()).decode()
        if headers.get("repr-digest") != f"sha-256=:{digest}:":
            raise Unreachable(
                "证据包没有完整到达，未保存；制作已入账，请再做一次。"
                " The bundle did not arrive whole and was not kept; it is on record: have another one made."
            )
        named = headers.get("content-disposition", "").partition('filename="')[2].rstrip('"')
        path = out or Path(Path(named).name or "evidence.zip")
        try:
            os.link(file.name, path)
        except FileExistsError:
            refuse_existing(path)
    return path, int(headers["mingzhang-record"])


@told
def evidence_log(
    reading_key: Annotated[Path, typer.Option("--reading-key", help="阅读密钥 Your reading key.")],
    as_json: Json = False,
) -> None:
    """做过哪些证据包：纪检监察凭阅读密钥查看。Which bundles were made, for those whose reading key opens the records.

    打不开的（封给别人的）只列出行号。记录的密封件若已不在，也会指明，退出码 1。

    Records that are sealed to others are listed by their line only. Exit code 1 when a sealed record is gone or does
    not fit its line.

    例 Example: `mingzhang evidence-log --reading-key reading.pem`
    """
    private = load_reading_key(reading_key)
    with connect() as client:
        origin = client.head()["origin"]
        found = [_opened(client, private, decode_line(line), origin) for line in client.lines(1, types=[EVENT])]
    if as_json:
        print_json(found)
    else:
        print_table(
            ["行 Index", "时间 At +08:00", "何人 Who", "给谁 For", "范围 Scope", "摘要 SHA-256", "状况 State"],
            [_row(one) for one in found],
            wrapping=("给谁 For", "范围 Scope"),
        )
    if any(one["state"] not in ("open", "sealed") for one in found):
        raise typer.Exit(WRONG)


def _opened(client: Client, private: Any, parts: Line, origin: str) -> dict[str, Any]:
    said = loads_strict(parts.state)["said"]
    shown: dict[str, Any] = {"index": parts.index, "at": parts.at, "record": parts.stream}
    place = Place(origin, parts.stream, EVENT)
    try:
        envelope = client.envelope(UUID(parts.stream))
        content = read_paper(open_envelope(envelope, private, place, said["content"]), place)
        wanted = read_wanted(parse_jws(content["request"].encode()).payload, origin)
    except Problem:
        return shown | {"state": "missing"}
    except EnvelopeError as error:
        return shown | {"state": "sealed" if error.code == "envelope.not-for-you" else say(error)}
    except LedgerError as error:
        return shown | {"state": str(error)}
    described = {
        "officer": wanted.officer,
        "recipient": wanted.recipient.model_dump(),
        "scope": wanted.scope.describe(),
    }
    return shown | {"state": "open", **described, "bundle": content["bundle"], "request": content["request"]}


def _row(one: dict[str, Any]) -> list[str]:
    states = {"open": "✓", "sealed": "封给别人 sealed to others", "missing": "✗ 密封件不在 gone"}
    known = one["state"] == "open"
    scope = one["scope"] if known else {}
    streams = [*scope.get("cases", ()), *(scope[name] for name in ("officer", "referral") if name in scope)]
    return [
        str(one["index"]),
        beijing(one["at"]),
        one["officer"][:8] if known else "",
        f"{one['recipient']['kind']} {one['recipient']['name']}".strip() if known else "",
        f"{scope['kind']} {', '.join(id_[:8] for id_ in streams[:3])}{f' … {len(streams)}' if len(streams) > 3 else ''}"
        if known
        else "",
        one["bundle"]["sha256"][:16] if known else "",
        states.get(one["state"], f"✗ {one['state']}"),
    ]
