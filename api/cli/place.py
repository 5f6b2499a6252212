"""`mingzhang place`: towns and villages that go into others."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.act import Json, Officer
from api.cli.county import CountyKey, Instrument, Starting
from api.cli.delegation import Number, read_number
from api.cli.failing import told
from api.cli.sending import load_signer, print_recorded, read_day, read_digest, sign_and_send
from api.cli.showing import print_json, print_table
from api.client import connect

places = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="行政区划：撤并、查看。Towns and villages: mergers, from a day on.",
)


@places.command("merge")
@told
def merge(
    key: CountyKey,
    place: Annotated[list[str], typer.Option(help="被撤并的镇或村代码 The town or village that goes; several times.")],
    into: Annotated[str, typer.Option(help="并入何处 The town or village it goes into, a new code or one there is.")],
    starting: Starting,
    instrument: Instrument,
    officer: Officer = None,
    number: Number = None,
    as_json: Json = False,
) -> None:
    """撤并：自该日起，原镇（村）的案件、人员都归新的。From that day on, its cases and officers are the other's.

    已入账的各行不变。新镇的下放才算数，请先确认它有。 Lines on the ledger stay as they are. It is the other town's
    delegation that counts from then on: see to it that it has one.

    例: `mingzhang place merge --place 610924117 --into 610924114 --from 2027-01-01 --instrument n.pdf --key county.pem`
    """
    data: dict[str, Any] = {
        "places": place,
        "into": into,
        "starting": str(read_day(starting, "--from")),
        "instrument": read_digest(instrument, "--instrument"),
    }
    if number:
        data["number"] = read_number(number)
    signer = load_signer(key, officer)
    with connect() as client:
        recorded = sign_and_send(client, signer, "place.merge", data)
    print_recorded(recorded, as_json=as_json, code="place.merge")


@places.command("show")
@told
def show(as_json: Json = False) -> None:
    """历次撤并。Every merger there is on the ledger.

    例 Example: `mingzhang place show`
    """
    with connect() as client:
        found = client.places()
    if as_json:
        print_json(found)
    else:
        rows = [(merger["starting"], merger["place"], merger["into"]) for merger in found["mergers"]]
        print_table(["自 From", "撤并 Place", "并入 Into"], rows)
