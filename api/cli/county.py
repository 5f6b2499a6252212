"""`mingzhang source`: which officer may attest another system's rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.act import Json, Officer
from api.cli.failing import told
from api.cli.sending import load_signer, print_recorded, read_day, read_uuid, sign_and_send
from api.client import connect

sources = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="外部系统。Other systems, for import.")

CountyKey = Annotated[Path, typer.Option("--key", help="县级人员的密钥 A county officer's signing key.")]
Town = Annotated[str, typer.Option(help="乡镇区划代码 The town's code, 9 digits.")]
Instrument = Annotated[str, typer.Option(help="文件扫描件 The instrument's scan: a file, or its SHA-256.")]
Starting = Annotated[str, typer.Option("--from", help="自何日起 From which day.")]


@sources.command("grant")
@told
def grant_source(
    key: Annotated[Path, typer.Option("--key", help="管理员的密钥 An administrator's signing key.")],
    name: Annotated[str, typer.Option(help="外部系统名，与映射文件同 The system's name, as in the mapping file.")],
    importer: Annotated[str, typer.Option(help="谁来导入 Who imports: an officer id.")],
    until: Annotated[str, typer.Option(help="至何日 The last day of the grant.")],
    officer: Officer = None,
    as_json: Json = False,
) -> None:
    """准许一位人员在期限内导入外部系统的记录。Let one officer attest another system's rows for a while.

    例 Example: `mingzhang source grant --name old-system --importer 1f2e… --until 2026-12-31 --key admin1.pem`
    """
    data = {"name": name, "importer": str(read_uuid(importer, "--importer")), "ending": str(read_day(until, "--until"))}
    _send("source.grant", data, key, officer, as_json)


def _send(code: str, data: dict[str, Any], key: Path, officer: str | None, as_json: bool) -> None:
    signer = load_signer(key, officer)
    with connect() as client:
        recorded = sign_and_send(client, signer, code, data)
    print_recorded(recorded, as_json=as_json, code=code)
