"""Other systems: who may attest their rows, and what may follow what."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.officer import Officer
from domain.source import SourceCase
from domain.streams import source_case_id, source_id
from tests.unit.domain.world import COUNTY, DIGEST, ORIGIN, SHOWN, SIGNED, TOWN, World, refusal


@pytest.fixture
def world() -> World:
    return World()


SOURCE = source_id(ORIGIN, "旧系统")


def granted(world: World, importer: Officer, ending: str = "2026-12-31") -> None:
    grant = {"name": "旧系统", "importer": str(importer.id), "ending": ending}
    world.record(world.officer(COUNTY, True), SOURCE, "source.grant", grant)


def row(**changes: Any) -> dict[str, Any]:
    data = {
        "source": str(SOURCE),
        "case": "case-1",
        "row": "row-1",
        "digest": DIGEST,
        "activity": "受理",
        "actor": "clerk-7",
        "time": "2020-05-06",
        "kept": {"department": "民政办"},
    }
    return data | changes


SOURCE_CASE = source_case_id(SOURCE, "case-1")


def test_an_administrator_grants_the_import_from_a_named_system(world):
    importer = world.officer(COUNTY)
    grant = {"name": "旧系统", "importer": str(importer.id), "ending": "2026-12-31"}
    assert refusal(world, importer, SOURCE, "source.grant", grant) == "officer.not-administrator"
    admin = world.officer(COUNTY, True)
    assert refusal(world, admin, source_id(ORIGIN, "另一个"), "source.grant", grant) == "act.stream"
    assert refusal(world, admin, SOURCE, "source.grant", grant) is None


def test_only_the_granted_importer_attests_rows_in_time_and_as_a_system(world):
    importer, other = world.officer(COUNTY), world.officer(COUNTY)

    def importing(officer: Officer, stream: UUID = SOURCE_CASE, basis: str = "system", **changes: Any) -> str | None:
        return refusal(world, officer, stream, "source.import", row(**changes), basis=basis)

    assert importing(importer) == "source.no-grant"
    granted(world, importer)
    assert importing(importer) is None
    assert importing(other) == "source.no-grant"
    assert importing(importer, basis="direct") == "act.basis"
    assert importing(importer, stream=uuid4()) == "act.stream"
    assert importing(importer, case="case-2") == "act.stream"
    granted(world, importer, ending="2026-11-22")
    assert importing(importer) == "source.no-grant"
    granted(world, importer, ending="2026-11-23")
    assert importing(importer) is None


def test_a_row_is_imported_once_then_corrected_or_missed_as_it_last_stood(world):
    importer, newer = world.officer(COUNTY), "cd" * 32
    granted(world, importer)

    def attesting(code: str, data: dict[str, Any]) -> str | None:
        return refusal(world, importer, SOURCE_CASE, code, data, basis="system")

    def attest(code: str, data: dict[str, Any]) -> SourceCase:
        case = world.record(importer, SOURCE_CASE, code, data, basis="system")
        assert isinstance(case, SourceCase)
        return case

    correction = row(digest=newer, replaces=DIGEST)
    missing = {"source": str(SOURCE), "case": "case-1", "row": "row-1", "digest": DIGEST, "seen": "ef" * 32}
    assert attesting("source.correct", correction) == "source.unknown"
    assert attesting("source.miss", missing) == "source.unknown"
    attest("source.import", row())
    assert attesting("source.import", row()) == "source.known"
    assert attesting("source.import", row(row="row-2")) is None
    assert attesting("source.correct", row(digest=newer, replaces=newer)) == "source.replaces"
    assert attest("source.correct", correction).rows == {"row-1": newer}
    assert attesting("source.miss", missing) == "source.replaces"
    gone = attest("source.miss", missing | {"digest": newer})
    assert gone.describe()["vanished"] == 1
    assert attesting("source.miss", missing | {"digest": newer}) == "source.replaces"
    back = attest("source.correct", row(digest=newer, replaces=newer))
    assert back.rows == {"row-1": newer}


def test_an_imported_case_takes_no_acts_of_ours(world):
    importer = world.officer(COUNTY)
    granted(world, importer)
    world.record(importer, SOURCE_CASE, "source.import", row(), basis="system")
    assert refusal(world, world.officer(TOWN), SOURCE_CASE, "apply.accept", {}) == "case.stream"
    assert refusal(world, world.officer(TOWN), SOURCE_CASE, "apply.submit", SIGNED, SHOWN) == "case.stream"
