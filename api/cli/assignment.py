"""`mingzhang officer assign`, `add-reading-key`, `end-reading-key`: duties, and the keys papers are sealed to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.act import Json, Officer
from api.cli.failing import told
from api.cli.officer import AdministratorKey, Reason
from api.cli.reading_keys import load_reading_key, public_of
from api.cli.sending import load_signer, print_recorded, read_day, read_uuid, sign_and_send
from api.client import connect
from domain.assignment import Duty

Of = Annotated[str, typer.Option("--of", help="谁 Whose: an officer id.")]


@told
def assign(
    key: AdministratorKey,
    of: Of,
    starting: Annotated[str, typer.Option("--from", help="自何日起 From which day.")],
    duty: Annotated[
        list[Duty] | None,
        typer.Option(help="职责，可多次 Duties; several times. 不写则止 None at all ends those there are."),
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="至何日 Until which day. [default: open]")] = None,
    officer: Officer = None,
    as_json: Json = False,
) -> None:
    """指派职责：自该日起，此人的职责就是这些。Assign duties: from that day on, these are all they have.

    handle 经办, confirm 确认, supervise 监督（举报、移送）, commission 纪检监察（接收、反馈；不兼其他）。

    例 Example: `mingzhang officer assign --of 1f2e… --duty supervise --from 2026-12-01 --key admin1.pem`
    """
    data: dict[str, Any] = {
        "duties": [one.value for one in duty or []],
        "starting": str(read_day(starting, "--from")),
    }
    if until is not None:
        data["ending"] = str(read_day(until, "--until"))
    _send("officer.assign", data, key, officer, of, as_json)


@told
def add_reading_key(
    reading_key: Annotated[
        Path, typer.Option("--reading-key", help="阅读密钥 Your reading key: `mingzhang key new FILE --for reading`.")
    ],
    key: Annotated[Path, typer.Option("--key", help="本人的签名密钥 Your own signing key.")],
    officer: Officer = None,
    as_json: Json = False,
) -> None:
    """本人登记阅读公钥：别人据此把举报、移交封给您。Put your reading key's public part on the ledger.

    私钥不离开文件。丢了就打不开以前封给您的内容：请备份。

    Others seal complaints and referrals to it. The private part never leaves its file: whoever loses it cannot open
    what was sealed to them. Keep a safe copy.

    例 Example: `mingzhang officer add-reading-key --reading-key reading.pem --key supervisor.pem`
    """
    data = {"kem": "X25519", "public": public_of(load_reading_key(reading_key))}
    _send("officer.add_reading_key", data, key, officer, None, as_json)


@told
def end_reading_key(
    public: Annotated[str, typer.Argument(help="公钥 The public key: `mingzhang key show`.")],
    key: Annotated[Path, typer.Option("--key", help="本人或管理员的密钥 Your own signing key, or an administrator's.")],
    reason: Annotated[Reason, typer.Option(help="原因 Why: 丢失, 泄露, 离职, 更换.")],
    of: Annotated[str | None, typer.Option("--of", help="谁的 Whose: an officer id. [default: 本人 your own]")] = None,
    officer: Officer = None,
    as_json: Json = False,
) -> None:
    """停用一把阅读公钥；以前封给它的仍可打开。End a reading key: nothing more is sealed to it.

    例 Example: `mingzhang officer end-reading-key PUBLIC --reason replaced --key supervisor.pem`
    """
    data = {"public": public, "reason": reason.value}
    _send("officer.end_reading_key", data, key, officer, of, as_json)


def _send(code: str, data: dict[str, Any], key: Path, officer: str | None, of: str | None, as_json: bool) -> None:
    signer = load_signer(key, officer)
    with connect() as client:
        stream = read_uuid(of, "--of") if of else signer.officer
        recorded = sign_and_send(client, signer, code, data, stream=stream)
    print_recorded(recorded, as_json=as_json, code=code)
