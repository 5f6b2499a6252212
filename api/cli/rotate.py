"""`mingzhang rotate-log-keys`: the ledger gets new keys of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from api.cli.failing import CANNOT_TELL, CommandError, told
from api.cli.showing import print_json, print_pairs
from api.cli.verify import database
from api.rotating import rotate_log_keys
from deploy.lock import hold
from deploy.place import DeployError


@told
def rotate(
    data: Annotated[Path | None, typer.Option(help="数据目录 Where everything is kept. [env: DATA]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON Print JSON.")] = False,
) -> None:
    """更换账本自己的密钥（先停服务）。Give the ledger new keys of its own; stop the service first.

    旧密钥在账上封存一行，指明新密钥；此后账头、收据、封记都由新密钥签署，以前所签仍然有效，核验不中断。
    换后请告知各见证（mingzhang witness add），重印卡片，旧密钥文件锁入保险柜或销毁。

    The old key seals a line that names the new ones. Heads, receipts and seals after it are signed by these; what was
    signed before stays good, and verification goes on without a break. Then tell the witnesses (`mingzhang witness
    add`), print the card anew, and lock away or destroy the old key files.

    例 Example: `mingzhang rotate-log-keys`
    """
    with database(data) as (dsn, settings):
        try:
            lock = hold(settings.data / "run.lock")
        except DeployError:
            raise CommandError(
                "服务正在运行，请先停下再换密钥。 The service is running: stop it first, then change the keys.",
                CANNOT_TELL,
            ) from None
        try:
            done = rotate_log_keys(dsn, settings.data)
        finally:
            os.close(lock)
    keys, before = [[key.vkey() for key in keys] for keys in (done.keys, done.before)]
    if as_json:
        print_json({"index": done.index, "log_keys": keys, "before": before})
        return
    print_pairs(
        [
            ("记于 On line", done.index),
            *(("新公钥 New key", f"log {vkey}") for vkey in keys),
            *(("旧公钥 Old key", f"{key.name}+{key.key_id.hex()}+…") for key in done.before),
            ("下一步 Next", "mingzhang run; mingzhang witness add"),
        ]
    )
