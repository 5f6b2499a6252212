"""A simulated county plays on a real simulation: as the rules have it, once, and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest

from api.app import create_app
from api.client import Client, connect
from api.opening import ensure_ledger
from api.rejudging import with_decisions
from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from api.settings import Settings
from api.simulating.answers import answers
from api.simulating.play import Plan, Played, SimulationStopped, play
from deploy.postgres import Server
from ledger.line import decode_line
from ledger.store import read_lines
from ledger.verify import verify
from ledger.verify_database import DatabaseSource
from tests.conftest import Database, fresh_database
from tests.service import served
from tests.unit.api.test_simulating_judged import REFUSALS

PLAN = Plan("tiny", 30, 1)


@contextmanager
def serving(database: Database, data: Path, *, simulation: bool = True) -> Iterator[Client]:
    """A service started on this database, whose ledger is opened if there is none; stopped at the end."""
    settings = Settings(data=data, dsn=database.service_dsn)
    ensure_ledger(settings, database.admin_dsn, simulation=simulation)
    with served(create_app(settings)) as url, connect(url) as client:
        yield client


def played(client: Client, plan: Plan = PLAN) -> Played:
    return play(client, plan, lambda at, acts: None)


def lines_of(database: Database) -> list[bytes]:
    with psycopg.connect(database.admin_dsn) as connection:
        return read_lines(connection, CASEWORK_TABLES, 0, 10**6)


def acts_of(database: Database) -> list[tuple[str, int, str, bytes]]:
    """Everything that was recorded but refusals: where, what, and the signed act with what it relied on; by stream.

    In between, a request's acts may be recorded in another order: whatever relied on something new is decided again.
    """
    found = map(decode_line, lines_of(database)[1:])
    return sorted((one.stream, one.version, one.type, one.state) for one in found if one.type != "refusal.recorded")


def without_people(lines: list[tuple[str, int, str, bytes]]) -> list[bytes]:
    """The signed acts alone: people's streams follow from a key of the ledger's own."""
    return [orjson.loads(state)["act"] for _, _, _, state in lines if state.startswith(b'{"act"')]


@pytest.fixture(scope="module")
def whole(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Path, Played]]:
    """A county that was played in one go, and its service stopped."""
    data = tmp_path_factory.mktemp("whole")
    with fresh_database(server) as database:
        with serving(database, data) as client:
            found = played(client)
        yield database, data, found


def test_a_played_county_verifies_without_a_fault(whole: tuple[Database, Path, Played]) -> None:
    database, _, found = whole
    verdict = verify(DatabaseSource(database.admin_dsn, CASEWORK_TABLES), CASEWORK_RULES, processes=1)
    judged = with_decisions(verdict, enumerate(lines_of(database)), None, lambda done: None)
    assert verdict.faults == judged.faults == ()
    assert found.refused == sum(REFUSALS.get(life.planted or "", 0) for life in found.lives) > 0
    assert found.acts == len(without_people(acts_of(database)))
    types = {decode_line(line).type for line in lines_of(database)}
    assert {"person.enrolled", "person.released", "refusal.recorded", "exit.ended"} <= types


def test_its_answers_name_the_cases_that_stand_on_its_ledger(whole: tuple[Database, Path, Played]) -> None:
    database, _, found = whole
    streams = {stream for stream, _, _, _ in acts_of(database)}
    told = list(answers(found.lives))
    assert len(told) == PLAN.households // 2
    assert all(case in streams for answer in told for case in answer["cases"])
    assert sum(not answer["fault"] for answer in told) >= sum(answer["fault"] for answer in told)
    assert all(answer["form"].encode() not in line for answer in told for line in lines_of(database))


def test_played_again_it_adds_nothing(whole: tuple[Database, Path, Played]) -> None:
    database, data, found = whole
    before = lines_of(database)
    with serving(database, data) as client:
        again = played(client)
    assert (again.acts, again.refused) == (found.acts, found.refused)
    assert lines_of(database) == before


def test_stopped_in_the_middle_it_goes_on_where_it_was(
    database: Database, tmp_path: Path, whole: tuple[Database, Path, Played]
) -> None:
    """Stopped in the middle, and again, each time with the service: the same acts stand in every stream."""
    stopped = 0

    def stop(at: datetime, acts: int) -> None:
        nonlocal stopped
        stopped += 1
        if stopped in (4, 12):
            raise KeyboardInterrupt

    for _ in range(2):
        with serving(database, tmp_path) as client, pytest.raises(KeyboardInterrupt):
            play(client, PLAN, stop)
    with serving(database, tmp_path) as client:
        play(client, PLAN, stop)
    assert without_people(acts_of(database)) == without_people(acts_of(whole[0]))
    verdict = verify(DatabaseSource(database.admin_dsn, CASEWORK_TABLES), CASEWORK_RULES, processes=1)
    assert verdict.faults == ()


@pytest.mark.parametrize("changes", [{"seed": "another"}, {"households": 31}, {"years": 2}])
def test_another_county_is_not_played_where_one_was(
    whole: tuple[Database, Path, Played], changes: dict[str, Any]
) -> None:
    database, data, _ = whole
    size = len(lines_of(database))
    with serving(database, data) as client, pytest.raises(SimulationStopped) as stopped:
        played(client, replace(PLAN, **changes))
    assert "Another county was played" in str(stopped.value)
    assert len(lines_of(database)) == size


def test_a_ledger_in_earnest_is_no_playground(database: Database, tmp_path: Path) -> None:
    with serving(database, tmp_path, simulation=False) as client:
        before = lines_of(database)
        with pytest.raises(SimulationStopped, match="in earnest") as stopped:
            played(client)
        assert "mingzhang run --simulation" in str(stopped.value)
        assert lines_of(database) == before
