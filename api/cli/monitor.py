"""`mingzhang monitor`: following a ledger from outside."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.failing import CANNOT_TELL, WRONG, CommandError, told
from api.cli.read import Json
from api.cli.showing import print_json, print_pairs
from api.client import Problem, Unreachable, base_url, connect
from api.monitor.alarm import Alarm, keep_evidence
from api.monitor.monitor import Monitor, Seen
from api.monitor.place import Place
from api.monitor.source import Source
from deploy.place import DeployError
from ledger.errors import LedgerError

EVERY = 60.0
"""Seconds between two looks: as often as a quiet ledger signs its head anew."""


@told
def monitor(
    directory: Annotated[Path, typer.Argument(help="监督者自己的目录 The monitor's own directory.")],
    url: Annotated[str | None, typer.Option(help="账本的地址 Where the ledger is. [env: MINGZHANG_URL]")] = None,
    fingerprint: Annotated[
        str | None, typer.Option(help="账本指纹，首次必填 The ledger's fingerprint; needed the first time.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="监督者的名字，只在首次 The monitor's name, the first time. [default: monitor-…]")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="只看一次 Look once, and end.")] = False,
    as_json: Json = False,
) -> None:
    """从外面盯住一本账：不许分叉、倒退、假封记。Follow a ledger from outside; raise the alarm when it lies.

    每分钟取账头，核对与以前看到的一致，取全部新行，由各行重算树根与每个封记，并签字为证。看到的都留在自己的目录里。
    应当放在账本主人管不到的机器上：纪检监察机关、省厅。

    Each minute: the head, that it goes on from all that was seen before, every new line, the root and every seal
    computed again from the lines; and a signed statement that they hold. Everything seen is kept in DIRECTORY. It
    belongs on a machine that the ledger's owner does not run: the commission's, the province's.

    警报时退出码为 1，两份互相矛盾的账头原样存入 DIRECTORY/alarms。各行的签名另由
    `mingzhang verify DIRECTORY/ledger.txt` 核对。

    At an alarm it ends with exit code 1, and keeps the two contradicting heads as they came in DIRECTORY/alarms. The
    lines' own signatures are for `mingzhang verify DIRECTORY/ledger.txt`. Exit code 2: it could not be told.

    例 Examples:

    `mingzhang monitor /srv/monitor --url http://127.0.0.1:8000 --fingerprint 9f86d081…`

    `mingzhang monitor /srv/monitor --once`
    """
    if fingerprint is not None and not _is_hash(fingerprint):
        raise CommandError(
            f"--fingerprint {fingerprint}：应为 64 位十六进制。 It is 64 hexadecimal digits.", CANNOT_TELL
        )
    try:
        with closing(Place(directory)) as place, connect(url or base_url()) as client:
            _follow(place, Source(client), fingerprint, name, once, as_json)
    except (DeployError, LedgerError, Problem) as error:
        raise CommandError(str(error), CANNOT_TELL) from None


def _follow(place: Place, source: Source, fingerprint: str | None, name: str | None, once: bool, as_json: bool) -> None:
    kept = place.read()
    if kept is None and fingerprint is None:
        raise CommandError(
            "首次须给出账本指纹：--fingerprint。它在开账时印出，应由系统之外得来。 The first time, give the ledger's"
            " fingerprint, which you got outside this system: --fingerprint.",
            CANNOT_TELL,
        )
    if kept is not None and fingerprint is not None and fingerprint.lower() != kept.fingerprint:
        raise CommandError(
            f"此目录盯的是指纹 {kept.fingerprint} 的账本；另一本请用另一个目录。"
            " This directory follows the ledger of that fingerprint; take another directory for another ledger.",
            CANNOT_TELL,
        )
    state = kept or place.begin((fingerprint or "").lower(), name)
    with closing(Monitor(place, state, source)) as watching:
        place.write(state)  # line 0 has the fingerprint: from here on this directory is that ledger's
        while True:
            try:
                _show(watching, watching.look(), as_json)
            except Alarm as alarm:
                raise _alarmed(place, watching, source, alarm) from None
            except (Unreachable, Problem, LedgerError) as error:
                if once:
                    raise CommandError(str(error), CANNOT_TELL) from None
                typer.echo(f"mingzhang: {error}", err=True)
            if once:
                return
            time.sleep(EVERY)


def _alarmed(place: Place, watching: Monitor, source: Source, alarm: Alarm) -> CommandError:
    about = {
        "origin": watching.opened.origin,
        "fingerprint": watching.opened.fingerprint,
        "log_keys": [key.vkey() for key in watching.opened.log_keys],
        "url": source.url,
        "found": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    path = keep_evidence(place.directory / "alarms", alarm, about)
    return CommandError(f"警报 ALARM: {alarm}\n  证据 Evidence: {path}", WRONG)


def _show(watching: Monitor, seen: Seen, as_json: bool) -> None:
    found: dict[str, Any] = {
        "origin": watching.opened.origin,
        "size": seen.checkpoint.size,
        "root": seen.checkpoint.root.hex(),
        "new": seen.new,
        "seals": [seal.json() for seal in seen.seals],
        "monitor": watching.signer.key.vkey(),
    }
    if as_json:
        print_json(found)
        return
    print_pairs(
        [
            ("账本 Ledger", found["origin"]),
            ("行数 Size", f"{seen.checkpoint.size}（新 new {seen.new}）"),
            ("树根 Root", found["root"]),
            *(("封记 Seal", f"第 {seal.index} 行，前 {seal.size} 行 ✓ over {seal.size} lines") for seal in seen.seals),
            ("公钥 Key", found["monitor"]),
        ]
    )


def _is_hash(text: str) -> bool:
    return len(text) == 64 and all(c in "0123456789abcdef" for c in text.lower())
