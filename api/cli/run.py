"""`mingzhang run`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from api.settings import Settings, SettingsError


def run(
    data: Annotated[
        Path | None, typer.Option(help="数据目录 Where everything is kept. [env: DATA, default: ./var]")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="端口 Port on 127.0.0.1. [env: PORT, default: 8000]", min=0, max=65535)
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(help="进程数 Processes. [env: MINGZHANG_WORKERS, default: 2]", min=1, max=256),
    ] = None,
    simulation: Annotated[
        bool,
        typer.Option("--simulation", help="模拟账本，供 simulate 用 A simulated ledger, with its own time."),
    ] = False,
) -> None:
    """启动服务：数据库、账本、接口，一条命令。Start everything: database, ledger, HTTP. Ctrl-C stops it.

    第一次启动时建库开账，之后接着用。只在本机 127.0.0.1 上提供服务。

    The first start makes the database and opens a ledger; later ones go on with them. Serves on 127.0.0.1
    only. MINGZHANG_DSN uses a PostgreSQL server of your own; MINGZHANG_ADMIN_DSN then names a role that may
    open the ledger.

    想看一个热闹的县：`DATA=var-simulation mingzhang run --simulation`，另开窗口 `mingzhang simulate`。For a county with
    thousands of made-up households: --simulation, with a DATA of its own.

    例 Example: `DATA=/srv/mingzhang PORT=8001 mingzhang run`
    """
    from api.run import run as serve

    try:
        settings = Settings.from_env()
    except SettingsError as error:
        typer.echo(f"mingzhang: {error}", err=True)
        raise typer.Exit(2) from None
    if data is not None:
        settings = replace(settings, data=data)
    if port is not None:
        settings = replace(settings, port=port)
    if workers is not None:
        settings = replace(settings, workers=workers)
    raise typer.Exit(serve(settings, simulation=simulation))
