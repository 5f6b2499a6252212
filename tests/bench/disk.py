"""What a byte of line costs on disk."""

import psycopg

from api.rules import CASEWORK_TABLES
from tests.bench.figures import Goal, Row
from tests.bench.stock import TABLE
from tests.bench.world import World


def disk(world: World) -> Row:
    """Tables, their indexes and the tree, as PostgreSQL has them on disk after the loads."""
    with psycopg.connect(world.access.admin_dsn()) as connection:
        size = {table: _total(connection, f"{CASEWORK_TABLES.schema}.{CASEWORK_TABLES.name}_{table}")
                for table in ("lines", "tiles", "heads", "vault", "vault_keys")}  # fmt: skip
        row = connection.execute(
            CASEWORK_TABLES.sql("SELECT sum(octet_length(line)), count(*) FROM {lines}")
        ).fetchone()
    assert row is not None
    bytes_, lines = int(row[0]), int(row[1])
    with psycopg.connect(world.access.admin_dsn("stock")) as connection:
        stock = connection.execute(f"SELECT sum(octet_length(state)) FROM {TABLE}").fetchone()
        stock_size = _total(connection, TABLE)
    peer = stock_size / int(stock[0]) if stock and stock[0] else 0.0
    ledger = size["lines"] + size["tiles"] + size["heads"]
    return Row(
        "disk",
        "Disk",
        (Goal("bytes of ledger, indexes and tree per byte of line", 1.6, "", ledger / bytes_, at_least=False),),
        f"{peer:.2f} bytes per byte of stored event",
        (
            f"{lines:,} lines of {bytes_ / lines:,.0f} bytes; tree and heads {(size['tiles'] + size['heads']) / 1e6:.1f}"  # noqa: E501
            f" MB, vault beside them {(size['vault'] + size['vault_keys']) / 1e6:.1f} MB",
        ),
    )


def _total(connection: "psycopg.Connection[tuple[object, ...]]", table: str) -> int:
    row = connection.execute("SELECT pg_total_relation_size(%s::regclass)", (table,)).fetchone()
    assert row is not None
    return int(str(row[0]))
