"""A key's claim is the one line nobody signs: it stands directly after its registration, or is a fault."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.rules import CASEWORK_TABLES
from ledger.export import export_ledger
from ledger.line import decode_line, encode_line
from tests.forging import faults_when_chained_anew
from tests.service import running_county

Lines = list[bytes]


BEHIND = 1 + 5 * 2 + 1 + 2 * 2
"""The index after the last: line 0, five people and their keys, a delegation, two packs proposed and adopted."""


@pytest.fixture(scope="module")
def lines(module_database: Any, tmp_path_factory: pytest.TempPathFactory) -> Lines:
    """A settled county: five officers registered, lines 1 and 2, 3 and 4, …, one delegation and two packs adopted."""
    directory = tmp_path_factory.mktemp("claims")

    async def scenario() -> None:
        async with running_county(module_database.admin_dsn, module_database.service_dsn, directory) as county:
            await county.settle()

    asyncio.run(scenario())
    export_ledger(module_database.admin_dsn, CASEWORK_TABLES, directory / "ledger.txt")
    found = (directory / "ledger.txt").read_bytes().splitlines()
    assert [decode_line(line).type for line in found[1:5]] == ["officer.registered", "key.claimed"] * 2
    assert len(found) == BEHIND
    return found


def claim(line: bytes, stream: UUID | None = None, version: int | None = None, by: str | None = None) -> bytes:
    """The claim on this line with something else in it."""
    parts = decode_line(line)
    state = b'{"by":"%b"}' % by.encode() if by else parts.state
    values = str(stream or parts.stream), parts.version if version is None else version
    return encode_line(parts.index, parts.prev, parts.at, *values, parts.type, state)


FORGERIES: dict[str, tuple[Callable[[Lines], Lines], set[tuple[str, int]]]] = {
    "left as it is": (lambda lines: lines, set()),
    "cut off after the act": (lambda lines: lines[:2], set()),
    "left out": (lambda lines: [*lines[:2], *lines[3:]], {("follower.missing", 2)}),
    "added": (lambda lines: [*lines, claim(lines[2], stream=uuid4())], {("follower.stray", BEHIND)}),
    "added under an old one": (
        lambda lines: [*lines[:3], claim(lines[2], version=2), *lines[3:]],
        {("follower.stray", 3)},
    ),
    "for another key": (
        lambda lines: [*lines[:2], claim(lines[2], stream=uuid4()), *lines[3:]],
        {("follower.stray", 2)},
    ),
    "for another officer": (
        lambda lines: [*lines[:2], claim(lines[2], by=str(uuid4())), *lines[3:]],
        {("follower.stray", 2)},
    ),
    "in another version": (lambda lines: [*lines[:2], claim(lines[2], version=2), *lines[3:]], {("follower.stray", 2)}),
    "exchanged for another": (
        lambda lines: [*lines[:2], lines[4], lines[3], lines[2], *lines[5:]],
        {("follower.stray", 2), ("follower.stray", 4)},
    ),
    "put before its act": (
        lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
        {("follower.stray", 1), ("follower.missing", 3)},
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_claim_that_is_not_its_act_s_own_is_a_fault(lines: Lines, name: str, tmp_path: Path) -> None:
    forge, expected = FORGERIES[name]
    found = faults_when_chained_anew(forge(lines), tmp_path)
    assert {fault for fault in found if fault[0].startswith("follower")} == expected
    assert bool(found) == bool(expected)


def test_what_follows_a_line_that_is_at_fault_itself_is_not_judged(lines: Lines, tmp_path: Path) -> None:
    parts = decode_line(lines[1])
    broken = encode_line(1, parts.prev, parts.at, parts.stream, 1, parts.type, b'{"act":"no.such.act","relied":{}}')
    found = faults_when_chained_anew([lines[0], broken, *lines[2:]], tmp_path)
    assert ("act.malformed", 1) in found
    assert [fault for fault in found if fault[0].startswith("follower")] == []
