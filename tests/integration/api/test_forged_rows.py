"""Whoever has the service role's password can insert rows; what the service and `verify` make of them."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from ledger.line import encode_line, line_hash
from ledger.store import read_line
from ledger.tree import Tree
from ledger.verify import verify
from ledger.verify_database import DatabaseSource
from tests.service import running_county


def test_a_head_that_the_lines_do_not_lead_to_is_never_signed(database: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running_county(database.admin_dsn, database.service_dsn, tmp_path) as county:
            await county.settle()
            assert (await county.client.get("/ledger/head")).status_code == 200
            size = (await county.client.get("/ready")).json()["size"]
            with psycopg.connect(database.service_dsn, autocommit=True) as connection:
                connection.execute("INSERT INTO ledger.casework_heads VALUES (%s, %s)", (size + 1, b"\x07" * 32))
            answer = await county.client.get("/ledger/head")
            assert (answer.status_code, answer.json()["code"]) == (503, "ledger.faulty")

    asyncio.run(scenario())


def test_an_unsigned_line_of_a_type_that_must_be_signed_is_a_fault_wherever_it_stands(
    database: Any, tmp_path: Path
) -> None:
    async def scenario() -> int:
        async with running_county(database.admin_dsn, database.service_dsn, tmp_path) as county:
            await county.settle()
            return int((await county.client.get("/ready")).json()["size"])

    size = asyncio.run(scenario())
    with psycopg.connect(database.service_dsn, autocommit=True) as connection:
        append_unsigned(connection, size)
    verdict = verify(DatabaseSource(database.admin_dsn, CASEWORK_TABLES), CASEWORK_RULES, processes=1)
    assert {(fault.code, fault.index) for fault in verdict.faults} == {("act.missing", size)}


def append_unsigned(connection: Any, size: int) -> None:
    """A line that is right in everything but that nobody signed it, with its head."""
    tree, last = Tree(), b""
    for index in range(size):
        last = read_line(connection, CASEWORK_TABLES, index) or b""
        tree.append(line_hash(last))
    stream = uuid4()
    at = str(last.split(b'"at":"')[1][:27], "ascii")
    line = encode_line(size, line_hash(last).hex(), at, str(stream), 1, "review.remarked", b'{"note":1}')
    tree.append(line_hash(line))
    connection.execute(
        "INSERT INTO ledger.casework_lines (index, version, stream, type, line)"
        " VALUES (%s, 1, %s, 'review.remarked', %s)",
        (size, stream, line),
    )
    connection.execute("INSERT INTO ledger.casework_heads VALUES (%s, %s)", (size + 1, tree.root()))
