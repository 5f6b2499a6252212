"""`mingzhang seal`: the heads of all streams, sealed on the ledger now."""

from __future__ import annotations

from api.cli.failing import told
from api.cli.read import Json
from api.cli.showing import print_json, print_pairs
from api.client import connect


@told
def seal(as_json: Json = False) -> None:
    """封记：把此刻每一案卷的末行封在账上。Seal what the last line of every case is now.

    有了封记，才能证明一件案卷到那时是完整的：第 1 到 n 版一版不缺，且 n 就是末版。有新行时每小时自动封记一次；
    出证之前可用本命令补一次。`mingzhang verify` 逐一重算。

    With a seal it can be shown that a case's history is whole up to then: versions 1 to n, and n the last. The service
    seals every hour while lines come in; this does it now, as before taking evidence. Where nothing came after the
    latest seal, that one stands. `mingzhang verify` computes every seal again.

    例 Example: `mingzhang seal`
    """
    with connect() as client:
        found = client.seal()
    if as_json:
        print_json(found)
        return
    print_pairs(
        [
            ("封记在 Sealed on line", found["index"]),
            ("所及行数 Lines", found["size"]),
            ("案卷数 Streams", found["streams"]),
            ("图根 Root", found["root"]),
        ]
    )
