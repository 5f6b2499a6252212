"""`mingzhang card`: the one page that trust comes from, to be printed and kept outside this system."""

from __future__ import annotations

from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import segno
import typer

from api.cli.failing import told
from api.cli.files import write_new
from api.cli.read import Json
from api.cli.showing import print_json, print_pairs
from api.cli.verify import DataOption
from api.client import connect
from api.publishing.policy import policy_in_force
from api.settings import Settings
from ledger.store import Opened
from ledger.witness_policy import Policy


@told
def card(
    out: Annotated[Path | None, typer.Option(help="卡片存为网页，A4 打印 The card as a page to print on A4.")] = None,
    data: DataOption = None,
    as_json: Json = False,
) -> None:
    """核验卡：指纹、策略摘要、各公钥与二维码。The card of trust: fingerprint, policy digest, keys, QR code.

    打印、签章、交给纪检和法院，一次即可；证据包凭它核验。更换见证方或账本密钥后重印。应在服务所在的机器上运行。

    Print it, sign it, hand it to the commission and the court, once: bundles are checked by it. Print it again when
    witnesses or the ledger's own keys changed. Run it on the service's machine.

    例 Example: `mingzhang card --out card.html`
    """
    settings = Settings.from_env()
    with connect() as client:
        opened = Opened.read(client.line(0))
        keys = client.log_keys(opened)
    text = policy_in_force(data or settings.data, keys)
    policy = Policy.parse(text)
    said = {
        "origin": opened.origin,
        "fingerprint": opened.fingerprint,
        "policy": sha256(text.encode()).hexdigest(),
        "card": f"MZ1:{opened.fingerprint}:{sha256(text.encode()).hexdigest()}",
        "log_keys": [_digest(key.vkey()) for key in keys.now],
        "witnesses": {witness.name: _digest(witness.key.vkey()) for witness in policy.witnesses},
        "simulation": opened.simulation,
        "verify_py": sha256((files("api.evidence") / "tags" / "verify.py").read_bytes()).hexdigest(),
    }
    if out is not None:
        write_new(out, _page(said))
    if as_json:
        print_json(said)
        return
    print_pairs([*_rows(said), ("已存 Kept", out)])


def _digest(vkey: str) -> str:
    """What stands on paper for a key of up to two thousand characters."""
    return f"{vkey.split('+')[1]} SHA-256 {sha256(vkey.encode()).hexdigest()}"


def _rows(said: dict[str, object]) -> list[tuple[str, object]]:
    logs, witnesses = said["log_keys"], said["witnesses"]
    assert isinstance(logs, list)
    assert isinstance(witnesses, dict)
    return [
        ("账本 Ledger", f"{said['origin']}{'（模拟 SIMULATION）' if said['simulation'] else ''}"),
        ("指纹 Fingerprint", said["fingerprint"]),
        ("策略摘要 Policy", said["policy"]),
        *(("账本公钥 Log key", key) for key in logs),
        *((f"见证 Witness {name}", key) for name, key in witnesses.items()),
        *(() if witnesses else (("见证 Witness", "无：来源可证，未经见证 none"),)),
        ("verify.py", said["verify_py"]),
        ("核验时输入 To type", said["card"]),
    ]


def _page(said: dict[str, object]) -> str:
    code = segno.make(str(said["card"]), error="m").svg_inline(scale=4, omitsize=False)
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(_grouped(str(value)))}</td></tr>" for name, value in _rows(said)
    )
    return (
        '<!doctype html><html lang="zh"><meta charset="utf-8"><title>明账核验卡 Card of trust</title>'
        "<style>@page{size:A4;margin:20mm}body{font:12pt sans-serif;max-width:170mm;margin:auto}"
        "table{border-collapse:collapse}th,td{border:1px solid #888;padding:4px 8px;text-align:left;vertical-align:top}"
        "td{font-family:monospace;overflow-wrap:anywhere}svg{display:block;margin:8mm auto}</style>"
        "<h1>明账核验卡 Card of trust</h1>"
        "<p>核验证据包时，凭此卡确认来源。请当面领取，不要从证据包中取用。<br>"
        "Evidence bundles are checked by this card. Take it from hand to hand, never out of a bundle.</p>"
        f"{code}<table>{rows}</table>"
        "<p>出具单位（盖章）Issued by: ____________________　日期 Date: ______________</p></html>\n"
    )


def _grouped(value: str) -> str:
    """Sixty-four hex digits in groups of eight: people compare them with paper."""
    if len(value) == 64 and all(c in "0123456789abcdef" for c in value):
        return " ".join(value[i : i + 8] for i in range(0, 64, 8))
    return value
