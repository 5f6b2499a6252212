"""What stands on people's streams is nobody's word: a line there that its act did not bring, or lost, is named."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import psycopg
import pytest

from api.examples.made_up import made_up_number
from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from ledger.disclosure import disclose
from ledger.export import export_ledger
from ledger.line import decode_line, encode_line
from ledger.verify import verify
from ledger.verify_database import DatabaseSource
from tests.conftest import Database
from tests.county import six_stages, submit_data
from tests.forging import append_line, faults_when_chained_anew, places
from tests.service import County, running_county

Lines = list[bytes]


async def declare(county: County, *numbers: str) -> None:
    relatives, disclosures = [], []
    for number in numbers:
        made = [disclose("name", "测试丙"), disclose("id_number", number)]
        relatives.append({"person": {"_sd": [one.digest for one in made]}, "relation": "spouse"})
        disclosures += made
    await county.record(
        county.pen.sign(county.other, county.other.id, "officer.declare", {"relatives": relatives}, disclosures)
    )


@pytest.fixture(scope="module")
def lines(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Lines:
    """A settled county, a declaration of two and one of nobody, a case of two to its exit, one more declared."""
    directory = tmp_path_factory.mktemp("people")

    async def scenario() -> None:
        async with running_county(module_database.admin_dsn, module_database.service_dsn, directory) as county:
            await county.settle()
            await declare(county, made_up_number(), made_up_number())
            await declare(county)
            await whole_case(county)
            await declare(county, made_up_number())

    asyncio.run(scenario())
    export_ledger(module_database.admin_dsn, CASEWORK_TABLES, directory / "ledger.txt")
    return (directory / "ledger.txt").read_bytes().splitlines()


async def whole_case(county: County) -> None:
    case, (data, disclosures) = str(uuid4()), submit_data()
    await county.record(county.pen.sign(county.clerk, case, "apply.submit", data, disclosures))
    for person, code, said in six_stages(county.clerk, county.assistant, county.other, county.inspector):
        await county.record(county.pen.sign(person, case, code, said))


def of(lines: Lines, type_: str) -> int:
    """The index of the first line of this type."""
    return next(index for index, line in enumerate(lines) if decode_line(line).type == type_)


def with_said(
    line: bytes, stream: str | None = None, version: int | None = None, said: dict[str, str] | None = None
) -> bytes:
    """The line with something else in it."""
    parts = decode_line(line)
    state = orjson.dumps(orjson.loads(parts.state) | said) if said else parts.state
    place = stream or parts.stream, parts.version if version is None else version
    return encode_line(parts.index, parts.prev, parts.at, *place, parts.type, state)


def test_people_s_lines_stand_directly_after_what_brings_them(lines: Lines, tmp_path: Path) -> None:
    types = [decode_line(line).type for line in lines]
    assert types.count("person.enrolled") == types.count("person.released") == 2
    assert (types.count("person.declared"), types.count("person.undeclared")) == (3, 2)
    for lead, brought in LED.items():
        at = types.index(brought)
        assert types[at - 1 : at + 2] == [lead, brought, brought]
    assert faults_when_chained_anew(lines, tmp_path) == set()


LED = {"confirm.granted": "person.enrolled", "exit.ended": "person.released", "officer.declared": "person.declared"}
KINDS = (*LED.values(), "person.undeclared")

FORGERIES: dict[str, Callable[[Lines, int], tuple[Lines, set[tuple[str, int]]]]] = {
    "missing": lambda lines, at: (
        [*lines[:at], *lines[at + 1 :]],
        {("follower.stray", at), ("follower.missing", at + 1)},
    ),
    "of another person": lambda lines, at: (
        [*lines[:at], with_said(lines[at], stream=str(uuid4())), *lines[at + 1 :]],
        {("follower.stray", at)},
    ),
    "by another case or officer": lambda lines, at: (
        [*lines[:at], with_said(lines[at], said={"by": str(uuid4())}), *lines[at + 1 :]],
        {("follower.stray", at)},
    ),
    "in another version": lambda lines, at: (
        [*lines[:at], with_said(lines[at], version=7), *lines[at + 1 :]],
        {("follower.stray", at)},
    ),
    "of another kind": lambda lines, at: (
        [*lines[:at], retyped(lines[at]), *lines[at + 1 :]],
        {("follower.stray", at)},
    ),
    "twice": lambda lines, at: (
        [*lines[: at + 2], with_said(lines[at], version=8), *lines[at + 2 :]],
        {("follower.stray", at + 2)},
    ),
    "added at the end": lambda lines, at: ([*lines, with_said(lines[at], version=9)], {("follower.stray", len(lines))}),
    "both in the other order": lambda lines, at: (
        [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]],
        {("follower.stray", at), ("follower.stray", at + 1)},
    ),
}


def retyped(line: bytes) -> bytes:
    parts = decode_line(line)
    other = "person.released" if parts.type != "person.released" else "person.undeclared"
    return encode_line(parts.index, parts.prev, parts.at, parts.stream, parts.version, other, parts.state)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FORGERIES)
def test_a_person_s_line_that_its_act_did_not_bring_is_named(
    lines: Lines, name: str, kind: str, tmp_path: Path
) -> None:
    forged, expected = FORGERIES[name](lines, of(lines, kind))
    found = faults_when_chained_anew(forged, tmp_path)
    assert {fault for fault in found if fault[0].startswith("follower")} == expected


def test_one_whose_programme_or_relation_was_changed_is_named(lines: Lines, tmp_path: Path) -> None:
    for kind, changes in (
        ("person.enrolled", {"programme": "low_income"}),
        ("person.declared", {"relation": "other"}),
        ("person.declared", {"of": "committee_member"}),
    ):
        at = of(lines, kind)
        found = faults_when_chained_anew([*lines[:at], with_said(lines[at], said=changes), *lines[at + 1 :]], tmp_path)
        assert ("follower.stray", at) in found


def faults(database: Database) -> set[tuple[str, int | None]]:
    return places(verify(DatabaseSource(database.admin_dsn, CASEWORK_TABLES), CASEWORK_RULES, processes=1))


def test_a_row_that_the_service_s_password_wrote_is_named_and_nothing_after_it_is(
    database: Database, tmp_path: Path
) -> None:
    """Enrolled, released or declared by nobody's act, right in every hash: the index of that line, and no other."""

    async def scenario() -> None:
        async with running_county(database.admin_dsn, database.service_dsn, tmp_path) as county:
            await county.settle()
            await whole_case(county)
            case, known, version = str(uuid4()), *released(database)
            expected = set()
            for stream, number, type_, said in (
                (str(uuid4()), 1, "person.enrolled", {"by": case, "programme": "rural_minimum"}),
                (known, version + 1, "person.released", {"by": case}),
                (str(uuid4()), 1, "person.declared", {"by": county.other.id, "relation": "spouse", "of": "officer"}),
            ):
                row = append_line(database.service_dsn, CASEWORK_TABLES, stream, number, type_, orjson.dumps(said))
                expected.add(("follower.stray", row))
                await whole_case(county)
                assert faults(database) == expected

    asyncio.run(scenario())


def released(database: Database) -> tuple[str, int]:
    """The stream of somebody who was helped once, and its version."""
    with psycopg.connect(database.admin_dsn) as connection:
        row = connection.execute(
            "SELECT stream, version FROM ledger.casework_lines WHERE type = 'person.released' LIMIT 1"
        ).fetchone()
    assert row is not None
    return str(row[0]), int(row[1])


def altered(connection: Any, index: int) -> None:
    change = "set_byte(line, octet_length(line) - 8, get_byte(line, octet_length(line) - 8) # 1)"
    connection.execute(f"UPDATE ledger.casework_lines SET line = {change} WHERE index = %s", (index,))


def gone(connection: Any, index: int) -> None:
    connection.execute("DELETE FROM ledger.casework_lines WHERE index = %s", (index,))


@pytest.mark.parametrize("damage", [altered, gone])
def test_one_that_the_tables_owner_altered_or_took_away_is_named(
    database: Database, tmp_path: Path, damage: Callable[[Any, int], None]
) -> None:
    async def scenario() -> None:
        async with running_county(database.admin_dsn, database.service_dsn, tmp_path) as county:
            await county.settle()
            await whole_case(county)

    asyncio.run(scenario())
    with psycopg.connect(database.admin_dsn) as connection:
        row = connection.execute(
            "SELECT min(index) FROM ledger.casework_lines WHERE type = 'person.enrolled'"
        ).fetchone()
        assert row is not None
        connection.execute("SET session_replication_role = replica")
        damage(connection, row[0])
    assert row[0] in {index for _, index in faults(database)}
