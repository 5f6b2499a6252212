"""What a signature does not prove: that an act was allowed, and what it rests on. Judged again, it is named."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import psycopg
import pytest

from api.identities import load_identity_key
from api.rejudging import Vault, lines_in_database, lines_in_file, with_decisions
from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from domain.events import claims_of
from domain.streams import delegation_id
from ledger.act import decode_state, encode_state, parse_act
from ledger.connection import open_connection
from ledger.export import export_ledger
from ledger.line import decode_line, encode_line
from ledger.vault import load_kek
from ledger.verify import Verdict, verify
from ledger.verify_database import DatabaseSource
from ledger.verify_file import FileSource
from tests.conftest import Database
from tests.county import DIGEST, TOWN, adopt, six_stages, submit_data
from tests.forging import append_line, faults_when_chained_anew
from tests.service import County, running_county

Scenario = Callable[[County], Awaitable[None]]


def recorded(database: Database, directory: Path, scenario: Scenario) -> None:
    async def run() -> None:
        async with running_county(database.admin_dsn, database.service_dsn, directory) as county:
            await county.settle()
            await scenario(county)

    asyncio.run(run())


async def case_until(county: County, last: str) -> str:
    """A case up to and including an act, and its id."""
    case, (data, disclosures) = str(uuid4()), submit_data()
    await county.record(county.pen.sign(county.clerk, case, "apply.submit", data, disclosures))
    for person, code, said in six_stages(county.clerk, county.assistant, county.other, county.inspector):
        if last == "apply.submit":
            break
        await county.record(county.pen.sign(person, case, code, said))
        if code == last:
            break
    return case


def found(verdict: Verdict) -> set[tuple[str, int | None, str]]:
    """(code, index, why) of every doubt."""
    said = [one for one in verdict.faults if one.code.startswith("decision.")]
    return {(one.code, one.index, str(one.params.get("reason") or one.params.get("what"))) for one in said}


def judged(database: Database, data: Path | None = None) -> set[tuple[str, int | None, str]]:
    """By the database; with the vault where the keys in `data` open it."""
    plain = verify(DatabaseSource(database.admin_dsn, CASEWORK_TABLES), CASEWORK_RULES, processes=1)
    assert plain.origin is not None
    with open_connection(database.admin_dsn, "verify") as connection:
        vault = data and Vault(
            connection, plain.origin, load_kek(data / "keys" / "vault.key", None), load_identity_key(data / "keys")
        )
        lines = lines_in_database(connection, plain.size)
        verdict = with_decisions(plain, lines, vault or None, lambda done: None)
    assert "decisions" in verdict.covered
    return found(verdict)


def judged_as_changed(
    lines: list[bytes], at: int, change: Callable[[dict[str, Any]], None], directory: Path
) -> set[tuple[str, int | None, str]]:
    """A ledger that ends with line `at`, what that one rests on changed, every hash made anew: what judging finds,
    where nothing else finds anything."""
    parts = decode_line(lines[at])
    jws, relied = decode_state(parts.state) or ("", {})
    change(relied)
    state = encode_state(jws, relied)
    forged = [*lines[:at], encode_line(at, parts.prev, parts.at, parts.stream, parts.version, parts.type, state)]
    assert {code for code, _ in faults_when_chained_anew(forged, directory)} <= {"follower.missing"}
    file = directory / "ledger.txt"
    plain = verify(FileSource(file), CASEWORK_RULES, processes=1)
    return found(with_decisions(plain, lines_in_file(file), None, lambda done: None))


@pytest.fixture(scope="module")
def lines(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """A settled county and a case to its exit."""
    directory = tmp_path_factory.mktemp("judged")

    async def scenario(county: County) -> None:
        await case_until(county, "exit.end")

    recorded(module_database, directory, scenario)
    assert judged(module_database) == judged(module_database, directory) == set(), "as it really came about"
    export_ledger(module_database.admin_dsn, CASEWORK_TABLES, directory / "ledger.txt")
    return (directory / "ledger.txt").read_bytes().splitlines()


def of(lines: list[bytes], type_: str) -> int:
    return next(index for index, line in enumerate(lines) if decode_line(line).type == type_)


FALSEHOODS: dict[str, tuple[str, Callable[[dict[str, Any]], Any], str]] = {
    "who answers for it in court": ("confirm.granted", lambda r: r.update(form="granted"), "form"),
    "another delegation": ("confirm.granted", lambda r: r.update(delegation=str(uuid4())), "delegation"),
    "another instrument": ("confirm.granted", lambda r: r.update(instrument="cd" * 32), "instrument"),
    "under no delegation": ("confirm.granted", lambda r: r.pop("delegation"), "delegation"),
    "nobody is helped": ("confirm.granted", lambda r: r.pop("enrolled"), "enrolled"),
    "somebody else is helped": (
        "confirm.granted",
        lambda r: r["enrolled"].update(people=r["enrolled"]["people"][:1]),
        "enrolled",
    ),
    "helped for ever": ("exit.ended", lambda r: r.pop("released"), "released"),
    "by other rules": ("apply.submitted", lambda r: r.update(policy="cd" * 32), "policy"),
    "an officer's own household": ("apply.accepted", lambda r: r.update(own_kin=[str(uuid4())]), "own_kin"),
    "under the county's limits": ("apply.accepted", lambda r: r.pop("delegation"), "delegation"),
    "another last day": ("apply.accepted", lambda r: r["due"].update(total="2099-01-01"), "due"),
    "in force from earlier on": ("delegation.granted", lambda r: r.update({"from": "2020-01-01"}), "from"),
    "a correction of rules": ("policy.adopted", lambda r: r.update(corrects="cd" * 32), "corrects"),
}


@pytest.mark.parametrize("name", FALSEHOODS)
def test_what_an_act_is_falsely_said_to_rest_on_is_named(lines: list[bytes], name: str, tmp_path: Path) -> None:
    type_, change, what = FALSEHOODS[name]
    at = of(lines, type_)
    assert judged_as_changed(lines, at, change, tmp_path) == {("decision.relied", at, what)}


@contextmanager
def besieged(database: Database, directory: Path) -> Iterator[tuple[County, Callable[[Awaitable[Any]], Any]]]:
    with asyncio.Runner() as runner:
        running = running_county(database.admin_dsn, database.service_dsn, directory)
        county = runner.run(running.__aenter__())
        try:
            runner.run(county.settle())
            yield county, lambda work: runner.run(work)  # type: ignore[arg-type]
        finally:
            runner.run(running.__aexit__(None, None, None))


def test_an_act_that_was_refused_and_that_the_service_s_password_put_there_all_the_same_is_named(
    database: Database, tmp_path: Path
) -> None:
    """The officer's signature is true, every hash and version right; only the rules say that it may not stand there."""
    with besieged(database, tmp_path) as (county, run):
        case = run(case_until(county, "review.post"))
        stream = str(delegation_id(county.pen.origin, TOWN))
        run(county.record(county.pen.sign(county.inspector, stream, "delegation.withdraw", {"instrument": DIGEST})))
        course = six_stages(county.clerk, county.assistant, county.other, county.inspector)
        grant = next(said for _, code, said in course if code == "confirm.grant")
        message = county.pen.sign(county.other, case, "confirm.grant", grant)
        answer = run(county.send(message))
        assert (answer.status_code, answer.json()["code"]) == (403, "delegation.none")
        index = forge(
            database, county, message, "confirm.granted", confirms="town", delegation=stream, form="entrusted"
        )
    plain = verify(DatabaseSource(database.admin_dsn, CASEWORK_TABLES), CASEWORK_RULES, processes=1)
    assert plain.faults == (), "no signature and no hash tells"
    assert judged(database) == {("decision.refused", index, "delegation.none")}


def test_so_is_a_rule_pack_that_one_person_adopted_and_a_complaint_that_a_town_lodged(
    database: Database, tmp_path: Path
) -> None:
    with besieged(database, tmp_path) as (county, run):
        one = county.inspector
        proposed, alone = adopt(county.pen, one, one, "law-2025-01")
        run(county.record(proposed))
        assert run(county.send(alone)).json()["code"] == "policy.same-person"
        first = forge(database, county, alone, "policy.adopted")
        sealed = {"content": DIGEST, "envelope": DIGEST, "size": 32_768}
        lodged = county.pen.sign(county.clerk, str(uuid4()), "complaint.lodge", sealed)
        second = forge(database, county, lodged, "complaint.lodged")
    assert judged(database) == {
        ("decision.refused", first, "policy.same-person"),
        ("decision.refused", second, "officer.level"),
    }


def forge(database: Database, county: County, message: str, type_: str, **relied: Any) -> int:
    """The act as a line, right in everything that a verification of lines looks at."""
    jws = message.split("~")[0]
    claims = claims_of(jws)
    with psycopg.connect(database.admin_dsn) as connection:
        versions: dict[str, int] = dict(
            connection.execute(
                "SELECT stream::text, max(version) FROM ledger.casework_lines WHERE stream = ANY(%s::uuid[])"
                " GROUP BY 1",
                ([claims["case"], claims["iss"]],),
            ).fetchall()
        )
    said = {"streams": {claims["case"]: 0, **versions}, **relied}
    state = encode_state(jws, said)
    key = parse_act(message.encode(), county.pen.origin)[0].key
    place = claims["case"], claims["version"]
    return append_line(database.service_dsn, CASEWORK_TABLES, *place, type_, state, act=key)


def test_with_the_vault_open_nobody_else_can_be_said_to_have_applied(database: Database, tmp_path: Path) -> None:
    """One person in two programmes, by a line that names a stranger in their place: rewritten by the tables' owner."""

    async def scenario(county: County) -> None:
        await case_until(county, "apply.submit")

    recorded(database, tmp_path, scenario)
    with psycopg.connect(database.admin_dsn) as connection:
        connection.execute("SET session_replication_role = replica")
        row = connection.execute("SELECT index, line FROM ledger.casework_lines ORDER BY index DESC LIMIT 1").fetchone()
        assert row is not None
        index, parts = row[0], decode_line(bytes(row[1]))
        jws, relied = decode_state(parts.state) or ("", {})
        relied["people"][0] = str(uuid4())
        line = encode_line(
            index, parts.prev, parts.at, parts.stream, parts.version, parts.type, encode_state(jws, relied), plain=True
        )
        connection.execute("UPDATE ledger.casework_lines SET line = %s WHERE index = %s", (line, index))
    assert judged(database) == set(), "without the keys a person is a random number like any other"
    assert judged(database, tmp_path) == {("decision.relied", index, "people")}


def test_lines_that_are_none_are_named_and_what_follows_is_judged_all_the_same(
    lines: list[bytes], tmp_path: Path
) -> None:
    at = of(lines, "review.opined")
    broken = orjson.dumps({"act": "e30.e30.e30", "relied": {}})
    parts = decode_line(lines[at])
    forged = [encode_line(at, parts.prev, parts.at, parts.stream, parts.version, parts.type, broken)]
    faults_when_chained_anew([*lines[:at], *forged, *lines[at + 1 :]], tmp_path)
    file = tmp_path / "ledger.txt"
    plain = verify(FileSource(file), CASEWORK_RULES, processes=1)
    doubts = found(with_decisions(plain, lines_in_file(file), None, lambda done: None))
    assert ("decision.unreadable", at, "None") in doubts
    assert any(code == "decision.refused" and index == of(lines, "review.posted") for code, index, _ in doubts)
