"""`mingzhang check`: an evidence bundle checked, as `verify.py` out of any bundle checks it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from api.cli.failing import CANNOT_TELL, CommandError, told
from api.cli.read import Json
from api.cli.showing import print_json
from api.evidence.tags import verify as verifier


@told
def check(
    bundle: Annotated[Path, typer.Argument(help="证据包 The bundle (.zip).")],
    card: Annotated[
        str | None, typer.Option(help="卡片上的一行：MZ1:… What the card says (`mingzhang card`): MZ1:…")
    ] = None,
    as_json: Json = False,
) -> None:
    """核验证据包，不联网，不问服务器。Check an evidence bundle; no network, no question to any server.

    与包内 verify.py 是同一个程序，只是取自本软件，而不是取自包里。可信的根来自包外：打印的卡片。不给卡片，结论最多是
    「自洽，来源未证实」。

    It is the same program as the bundle's verify.py, taken from this software instead of the bundle. Trust comes from
    outside: the printed card. Without it the verdict is "consistent, origin not established" at best.

    退出码 Exit codes: 0 属实 proven, 3 自洽 consistent, 1 不成立 refuted, 2 无法判断 could not tell.

    例 Example: `mingzhang check evidence.zip --card MZ1:9f86d081…:60303ae2…`
    """
    given = re.fullmatch(verifier.CARD, card.strip()) if card is not None else None
    if card is not None and given is None:
        raise CommandError(
            "--card 应为 MZ1:<64 位十六进制>:<64 位十六进制>，照卡片抄录。"
            " It is MZ1:<64 hex digits>:<64 hex digits>, as the card has it.",
            CANNOT_TELL,
        )
    with open(bundle, "rb") as file:
        found = verifier.check(file.read(verifier.MAX_BUNDLE + 1), given.groups() if given else None)
    if as_json:
        print_json(found)
    else:
        verifier.print_verdict(found)
    raise typer.Exit(verifier.EXIT[found["verdict"]])
