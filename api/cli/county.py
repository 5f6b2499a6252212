"""`mingzhang delegation`, `source`: what the county decides before towns act and rows are imported."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.act import Json, Officer
from api.cli.failing import told
from api.cli.sending import load_signer, print_recorded, read_day, read_digest, read_uuid, sign_and_send
from api.client import connect
from domain.streams import delegation_id
from domain.vocabulary import Programme

delegations = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="确认权限下放。Delegation of the power to confirm, from the county to a town (57号 Art 2, 43号 Art 28).",
)
sources = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="外部系统。Other systems, for import.")

CountyKey = Annotated[Path, typer.Option("--key", help="县级人员的密钥 A county officer's signing key.")]
Town = Annotated[str, typer.Option(help="乡镇区划代码 The town's code, 9 digits.")]
Instrument = Annotated[str, typer.Option(help="文件扫描件 The instrument's scan: a file, or its SHA-256.")]
Starting = Annotated[str, typer.Option("--from", help="自何日起 From which day.")]


class Form(StrEnum):
    """委托 or 授权: who answers for what the town does (行政诉讼法 Art 26)."""

    ENTRUSTED = "entrusted"
    GRANTED = "granted"


@delegations.command("grant")
@told
def grant(
    key: CountyKey,
    town: Town,
    instrument: Instrument,
    starting: Starting,
    officer: Officer = None,
    programme: Annotated[
        list[Programme] | None, typer.Option(help="救助项目 Programmes; several times. [default: 全部 all]")
    ] = None,
    form: Annotated[Form, typer.Option(help="entrusted 委托, granted 授权.")] = Form.ENTRUSTED,
    until: Annotated[str | None, typer.Option("--until", help="至何日 Until which day. [default: open]")] = None,
    as_json: Json = False,
) -> None:
    """县级把确认权限下放给乡镇。Let a town confirm cases of these programmes.

    例 Example: `mingzhang delegation grant --town 610924100 --instrument plan.pdf --from 2021-07-01 --key county.pem`
    """
    data: dict[str, Any] = {
        "town": town,
        "programmes": [chosen.value for chosen in programme or list(Programme)],
        "form": form.value,
        "instrument": read_digest(instrument, "--instrument"),
        "starting": str(read_day(starting, "--from")),
    }
    if until is not None:
        data["ending"] = str(read_day(until, "--until"))
    _send("delegation.grant", data, key, officer, as_json)


@delegations.command("withdraw")
@told
def withdraw(
    key: CountyKey, town: Town, instrument: Instrument, officer: Officer = None, as_json: Json = False
) -> None:
    """收回下放的权限。Take the power back; what was confirmed before stands.

    例 Example: `mingzhang delegation withdraw --town 610924100 --instrument notice.pdf --key county.pem`
    """
    signer = load_signer(key, officer)
    data = {"instrument": read_digest(instrument, "--instrument")}
    with connect() as client:
        stream = delegation_id(client.head()["origin"], town)
        recorded = sign_and_send(client, signer, "delegation.withdraw", data, stream=stream)
    print_recorded(recorded, as_json=as_json, code="delegation.withdraw")


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
