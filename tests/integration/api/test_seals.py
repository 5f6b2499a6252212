"""Seals over the heads of all streams: made, proven from, computed again, and what of it somebody could forge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import psycopg
import pytest

from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from ledger.head_map import HeadMap, MapProof, verify_map_proof
from ledger.head_seal import EVENT, own_stream, said
from ledger.line import decode_line, line_hash
from ledger.seal import sealed_state
from ledger.verify import verify
from ledger.verify_database import DatabaseSource
from ledger.verify_file import FileSource
from tests.forging import append_line, places, remove_beyond
from tests.integration.api.conftest import Office


@pytest.fixture
def admin_dsn(module_database: Any) -> str:
    found: str = module_database.admin_dsn
    return found


def seal(office: Office, client: Any = None, status: int = 201) -> dict[str, Any]:
    answer = office.run((client or office.county.client).post("/ledger/seals"))
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def lines(office: Office) -> list[bytes]:
    found: list[bytes] = office.get("/ledger/lines?limit=5000").content.splitlines()
    return found


def heads(of: list[bytes]) -> HeadMap:
    made = HeadMap()
    for line in of:
        parts = decode_line(line)
        made.set(parts.stream, parts.version, line_hash(line))
    return made


def faults(office: Office, admin_dsn: str, **options: Any) -> set[tuple[str, int | None]]:
    return places(verify(DatabaseSource(admin_dsn, CASEWORK_TABLES), CASEWORK_RULES, processes=1, **options))


def proof(office: Office, stream: str, at: int | None = None, client: Any = None) -> dict[str, Any]:
    query = "" if at is None else f"?seal={at}"
    answer = office.get(f"/streams/{stream}/head-proof{query}", client)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_before_anything_was_sealed_there_is_no_seal_and_no_proof(office: Office) -> None:
    if not [line for line in lines(office) if decode_line(line).type == EVENT]:
        for path in ("/ledger/seals/latest", f"/streams/{uuid4()}/head-proof"):
            assert (office.get(path).status_code, office.get(path).json()["code"]) == (404, "not-found")


def test_a_seal_is_a_line_of_the_ledgers_own_stream_over_the_heads_of_all_lines_before(office: Office) -> None:
    office.new_case()
    made = seal(office)
    all_lines = lines(office)
    line = decode_line(all_lines[made["index"]])
    opening = decode_line(all_lines[0])
    assert (line.type, line.stream) == (EVENT, opening.stream)
    expected = heads(all_lines[: made["size"]])
    assert made == {"index": made["size"], "size": made["size"], "root": expected.root().hex(),
                    "streams": expected.streams}  # fmt: skip
    assert orjson.loads(line.state)["said"] == {name: made[name] for name in ("size", "root", "streams")}
    assert office.get("/ledger/seals/latest").json() == made


def test_where_nothing_came_after_a_seal_it_stands_and_no_other_is_made(office: Office) -> None:
    office.new_case()
    made, size = seal(office), len(lines(office))
    assert seal(office, status=200) == made
    assert len(lines(office)) == size


def test_a_case_is_proven_to_have_ended_where_it_did_at_this_seal_and_at_an_earlier_one(office: Office) -> None:
    case, other = office.new_case(), str(uuid4())
    first = seal(office)
    then = office.get(f"/streams/{case}").json()
    office.record(office.county.pen.sign(office.county.clerk, case, "apply.accept", {}))
    second = seal(office)
    now = office.get(f"/streams/{case}").json()
    assert (then["version"], now["version"]) == (1, 2)
    for asked, made, stands in ((None, second, now), (first["index"], first, then), (second["index"], second, now)):
        answer = proof(office, case, asked)
        assert answer["seal"] == made
        head = (stands["version"], bytes.fromhex(stands["hash"]))
        verify_map_proof(MapProof.from_json(answer["proof"]), case, head, bytes.fromhex(made["root"]))
        absent = MapProof.from_json(proof(office, other, asked)["proof"])
        verify_map_proof(absent, other, None, bytes.fromhex(made["root"]))
    assert office.get(f"/streams/{case}/head-proof?seal=0").json()["code"] == "not-found"
    assert office.get(f"/streams/{case}/head-proof?seal=x").json()["code"] == "request.parameter"


def test_another_worker_proves_from_the_same_seal(office: Office) -> None:
    case = office.new_case()
    seal(office)
    assert proof(office, case, client=office.another()) == proof(office, case)


def test_two_workers_that_seal_at_once_make_seals_that_hold(office: Office, admin_dsn: str) -> None:
    office.new_case()
    clients = [office.another(), office.county.client]
    office.together(*(client.post("/ledger/seals") for client in clients * 2))
    assert faults(office, admin_dsn) == set()


def test_a_ledger_with_seals_verifies_in_its_database_and_from_a_file(
    office: Office, admin_dsn: str, tmp_path: Path
) -> None:
    seals = [line for line in lines(office) if decode_line(line).type == EVENT]
    assert len(seals) > 3
    verdict = verify(DatabaseSource(admin_dsn, CASEWORK_TABLES), CASEWORK_RULES, processes=2)
    assert verdict.faults == ()
    assert "seals" in verdict.covered
    file = tmp_path / "ledger.txt"
    file.write_bytes(b"\n".join(lines(office)) + b"\n")
    assert verify(FileSource(file), CASEWORK_RULES, processes=1).faults == ()


@pytest.fixture
def forging(office: Office, admin_dsn: str) -> Iterator[Office]:
    """What somebody puts behind the service's back is taken away again."""
    office.new_case()
    with psycopg.connect(admin_dsn) as connection:
        row = connection.execute("SELECT max(index) + 1 FROM ledger.casework_lines").fetchone()
    assert row is not None
    yield office
    remove_beyond(admin_dsn, CASEWORK_TABLES, row[0])


def append(office: Office, dsn: str, says: dict[str, Any], stream: str | None = None) -> int:
    """A seal with the log key's own signature, whatever it says."""
    signer = office.county.app.state.service.log
    own = stream or str(own_stream(signer.name))
    version = office.get(f"/streams/{own}").json()["version"] + 1
    return append_line(dsn, CASEWORK_TABLES, own, version, EVENT, sealed_state(signer, EVENT, own, version, says))


def test_a_false_seal_is_found_though_the_log_key_made_it(
    forging: Office, admin_dsn: str, module_database: Any
) -> None:
    all_lines, dsn = lines(forging), module_database.service_dsn
    size = len(all_lines)
    true, short = heads(all_lines), heads(all_lines[:-1])
    root = append(forging, dsn, said(size, short.root(), true.streams))
    count = append(forging, dsn, said(size + 1, heads(lines(forging)).root(), true.streams + 1))
    holds = append(forging, dsn, said(size + 2, heads(lines(forging)).root(), true.streams))
    beyond = append(forging, dsn, said(size + 4, true.root(), true.streams))
    again = append(forging, dsn, said(size + 2, true.root(), true.streams))
    older = append(forging, dsn, said(2, true.root(), 2))
    expected = {("seal.root", root), ("seal.root", count), *(("seal.size", at) for at in (beyond, again, older))}
    assert faults(forging, admin_dsn) == expected
    assert ("seal.root", holds) not in expected


@pytest.mark.parametrize(
    "says",
    [{}, said(1, bytes(32), 1) | {"more": 1}, said(1, bytes(31), 1), said(1, bytes(32), 0), said(0, bytes(32), 0),
     said(1, bytes(32), 2), said(1, bytes(32), 1) | {"size": True}, said(1, bytes(32), 1) | {"root": "A" * 64},
     said(2**63, bytes(32), 1)],
)  # fmt: skip
def test_a_seal_that_has_not_the_form_of_one_is_no_seal(
    forging: Office, admin_dsn: str, module_database: Any, says: dict[str, Any]
) -> None:
    latest = forging.get("/ledger/seals/latest").json()
    index = append(forging, module_database.service_dsn, says)
    assert faults(forging, admin_dsn) == {("line.seal", index)}
    assert forging.get("/ledger/seals/latest").json() == latest


def test_a_seal_on_another_stream_or_by_another_key_is_no_seal(
    forging: Office, admin_dsn: str, module_database: Any
) -> None:
    office, dsn = forging, module_database.service_dsn
    latest, all_lines = office.get("/ledger/seals/latest").json(), lines(office)
    says = said(len(all_lines), heads(all_lines).root(), heads(all_lines).streams)
    elsewhere = append(office, dsn, says, str(uuid4()))
    own = str(own_stream(office.county.pen.origin))
    version = office.get(f"/streams/{own}").json()["version"] + 1
    state = orjson.dumps({"said": says, "seal": "A" * 86 + "=="})
    unsigned = append_line(dsn, CASEWORK_TABLES, own, version, EVENT, state)
    assert faults(office, admin_dsn) == {("line.seal", elsewhere), ("line.seal", unsigned)}
    assert office.get("/ledger/seals/latest").json() == latest
    assert office.get(f"/streams/{own}/head-proof?seal={elsewhere}").status_code == 404


def test_a_seal_hidden_from_the_type_column_is_computed_again_all_the_same(
    forging: Office, admin_dsn: str, module_database: Any
) -> None:
    size = len(lines(forging))
    index = append(forging, module_database.service_dsn, said(size, bytes(32), 3))
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE ledger.casework_lines SET type = 'review.visited' WHERE index = %s", (index,))
    assert faults(forging, admin_dsn) == {("column.differs", index), ("seal.root", index)}


def test_over_missing_lines_no_seal_can_be_computed_again(office: Office, admin_dsn: str, tmp_path: Path) -> None:
    office.new_case()
    made, all_lines = seal(office), lines(office)
    file = tmp_path / "ledger.txt"
    file.write_bytes(b"\n".join(all_lines[:3] + all_lines[4:]) + b"\n")
    found = places(verify(FileSource(file), CASEWORK_RULES, processes=1))
    assert ("seal.unverifiable", made["index"]) in found
    assert not [code for code, _ in found if code == "seal.root"]
