"""`mingzhang init` opens a ledger with the county's own administrators; `mingzhang schema` prints its SQL."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import orjson
import psycopg
import typer

from api.cli.failing import CANNOT_TELL, CommandError, told
from api.cli.showing import SIMULATION_BANNER
from api.database import connect, owner_variable
from api.opening import open_county
from api.rules import CASEWORK_TABLES
from api.settings import Settings, SettingsError
from deploy.place import DeployError
from deploy.postgres import at_hand
from ledger.jws import key_from_jwk
from ledger.opening import Administrator
from ledger.schema import schema_sql
from ledger.store import AnyConnection

ADVISED = 3
TOO_FEW = (
    "提醒：管理员少于三名。登记人员、注销管理员的密钥都要两人签名；丢了一把就再也凑不齐。请尽快再登记一名管理员，"
    "其密钥锁在保险柜里：mingzhang officer register --administrator\n"
    "Note: fewer than three administrators. Registering anybody, and ending an administrator's key, takes two of them;"
    " when one key is lost, nobody is left to be the second. Register a third soon, and lock that key in a safe:"
    " mingzhang officer register --administrator"
)


@told
def init(
    origin: Annotated[
        str, typer.Option(help="账本名称，全国唯一，永不更改 The ledger's name, unique and for ever, no spaces.")
    ],
    county: Annotated[str, typer.Option(help="县级行政区划代码 Administrative code of the county, 6 digits.")],
    administrator: Annotated[
        list[str],
        typer.Option(
            help="首批管理员，至少两名，最好三名：[人员编号=]公钥文件 First administrators, at least two, better three:"
            " [ID=]PUBLIC-KEY-FILE (what `mingzhang key show FILE --json` prints)."
        ),
    ],
    data: Annotated[Path | None, typer.Option(help="数据目录 Where everything is kept. [env: DATA]")] = None,
    simulation: Annotated[
        bool, typer.Option("--simulation", help="模拟账本，永远只是模拟 A simulation, for ever; its time is its own.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON Print JSON.")] = False,
) -> None:
    """开账：写下第 0 行。Open a ledger: write line 0, the root of all trust. Done once in a ledger's life.

    私钥留在管理员手里，这里只要公钥。指纹请打印、公布、存于系统之外。

    The administrators keep their private keys; only public keys come here. Print the fingerprint, publish it, and keep
    it outside this system. For a trial, `mingzhang run` opens a ledger by itself.

    管理员最好三名，第三把密钥锁在保险柜里：登记人员、注销管理员的密钥都要两人签名；只有两名时丢了一把，就再也凑不齐两人。

    Better three administrators, the third key locked in a safe: registering anybody, and ending an administrator's key,
    takes two of them. With two, one lost key leaves nobody to be the second, for ever.

    例 Example: `mingzhang init --origin county.example/ledger-1 --county 610924 --administrator a.json
    --administrator b.json --administrator c.json`
    """
    if not (len(county) == 6 and county.isascii() and county.isdigit()):
        raise CommandError(f"--county {county}：应为六位行政区划代码。 It is six digits.", CANNOT_TELL)
    administrators = [_administrator(text, county) for text in administrator]
    if len({admin.officer for admin in administrators}) < 2 or len({a.key.kid for a in administrators}) < 2:
        raise CommandError(
            "至少要两名管理员、两把不同的密钥：以后登记任何人都要两人签名。"
            " Two administrators with two keys at least: every registration takes two signatures.",
            CANNOT_TELL,
        )
    with _database(data) as (connection, settings):
        opened = open_county(connection, settings, origin, administrators, simulation=simulation)
    ids = [admin.officer for admin in administrators]
    if len({admin.officer for admin in administrators}) < ADVISED or len({a.key.kid for a in administrators}) < ADVISED:
        typer.echo(TOO_FEW, err=True)
    if as_json:
        said = {"origin": opened.origin, "fingerprint": opened.fingerprint, "administrators": ids}
        typer.echo(orjson.dumps(said | {"simulation": opened.simulation}).decode())
        return
    if opened.simulation:
        typer.echo(SIMULATION_BANNER)
    typer.echo(f"账本 Ledger      {opened.origin}")
    typer.echo(f"指纹 Fingerprint {opened.fingerprint}")
    for number, id_ in enumerate(ids, 1):
        typer.echo(f"管理员{number} Admin {number}  {id_}")
    typer.echo("请打印并存于系统之外。 Print it and keep it outside this system.")
    typer.echo("下一步 Next      mingzhang run")


@told
def schema(
    role: Annotated[str, typer.Option(help="服务所用的角色 The service's role.")] = "mingzhang_service",
) -> None:
    """打印建表与授权的 SQL，供数据库管理员审阅。Print the SQL of tables, triggers and rights for a DBA to read.

    例 Example: `mingzhang schema > ledger.sql`
    """
    typer.echo(schema_sql(CASEWORK_TABLES, role), nl=False)


def _administrator(text: str, county: str) -> Administrator:
    officer, sign, file = text.rpartition("=")
    officer = officer if sign else str(uuid4())
    try:
        if str(UUID(officer)) != officer:
            raise ValueError
    except ValueError:
        raise CommandError(
            f"--administrator {text}：人员编号应为小写 UUID，也可不写。 The id is a UUID in lowercase, or left out.",
            CANNOT_TELL,
        ) from None
    try:
        described = orjson.loads(Path(file).read_bytes().removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError:
        raise CommandError(
            f"{file} 不是 JSON 公钥；可用 `mingzhang key show KEY.pem --json` 生成。 It is not a public key in JSON;"
            " make it with `mingzhang key show KEY.pem --json`.",
            CANNOT_TELL,
        ) from None
    return Administrator(officer, key_from_jwk(described.get("jwk", described)), county)


@contextmanager
def _database(data: Path | None) -> Iterator[tuple[AnyConnection, Settings]]:
    """The database as its owner: one's own server where MINGZHANG_DSN names one, else the embedded one."""
    try:
        settings = Settings.from_env()
        settings = replace(settings, data=data or settings.data)
        if settings.dsn is not None:
            with connect(settings.admin_dsn or settings.dsn, owner_variable(settings)) as connection:
                yield connection, settings
            return
        if settings.admin_dsn is not None:
            raise SettingsError(
                "MINGZHANG_ADMIN_DSN is set and MINGZHANG_DSN is not; name the service's role in it, too."
            )
        with at_hand(settings.data) as server:
            settings = replace(settings, dsn=server.service_dsn(), admin_dsn=server.admin_dsn())
            with connect(server.admin_dsn(), owner_variable(settings)) as connection:
                yield connection, settings
    except (SettingsError, DeployError, psycopg.Error) as error:
        raise CommandError(f"账没有开 Nothing was opened. {error}", CANNOT_TELL) from error
