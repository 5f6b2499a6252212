"""Whoever has the service role's password can insert rows; what the service and `verify` make of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import psycopg
import pytest

from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from domain.events import claims_of
from domain.officer import POSSESSION_TYP, key_statement
from ledger.act import decode_state, encode_state
from ledger.jws import sign_jws
from ledger.line import decode_line, encode_line
from ledger.store import read_line
from ledger.verify import verify
from ledger.verify_database import DatabaseSource
from tests.county import TOWN, Person, register, submit_data
from tests.forging import append_line, append_row, remove_beyond
from tests.service import County, client_of, running_county


@dataclass
class Besieged:
    """A running county whose database others write to."""

    county: County
    admin_dsn: str
    dsn: str
    runner: asyncio.Runner

    def get(self, path: str) -> httpx.Response:
        answer: httpx.Response = self.runner.run(self.county.client.get(path))
        return answer

    def send(self, message: str) -> httpx.Response:
        answer: httpx.Response = self.runner.run(self.county.client.post("/acts", content=message))
        return answer

    def submit(self, person: Person | None = None) -> httpx.Response:
        """A new case; by the clerk, if by nobody else."""
        data, disclosures = submit_data()
        pen = self.county.pen
        return self.send(pen.sign(person or self.county.clerk, str(uuid4()), "apply.submit", data, disclosures))

    def size(self) -> int:
        with psycopg.connect(self.dsn) as connection:
            row = connection.execute("SELECT max(index) + 1 FROM ledger.casework_lines").fetchone()
        assert row is not None
        return int(row[0])

    def forge(self, stream: str, type_: str, state: bytes, version: int = 1, at: str | None = None) -> int:
        return append_line(self.dsn, CASEWORK_TABLES, stream, version, type_, state, at=at)

    def insert(self, table: str, *values: Any) -> None:
        append_row(self.dsn, CASEWORK_TABLES, table, *values)

    def remove(self, size: int) -> None:
        remove_beyond(self.admin_dsn, CASEWORK_TABLES, size)

    def faults(self) -> set[tuple[int | None, str]]:
        verdict = verify(DatabaseSource(self.admin_dsn, CASEWORK_TABLES), CASEWORK_RULES, processes=1)
        return {
            (index, fault.code)
            for fault in verdict.faults
            for index in ([None] if fault.index is None else range(fault.index, (fault.last or 0) + 1))
        }

    def stopped(self, code: str, **facts: Any) -> None:
        """Nothing is recorded, /ready says so, and both say the same."""
        size = self.size()
        for answer in (self.submit(), self.get("/ready")):
            body = answer.json()
            assert (answer.status_code, body["code"]) == (503, code), answer.text
            assert {name: body.get(name) for name in facts} == facts
        assert self.size() == size

    def goes_on(self) -> None:
        """Acts are recorded by the process that runs, and the ledger is without a fault."""
        assert self.get("/ready").status_code == 200
        assert self.submit().status_code == 201
        assert self.get("/ledger/head").status_code == 200
        assert self.faults() == set()


@pytest.fixture
def besieged(database: Any, tmp_path: Path) -> Iterator[Besieged]:
    with asyncio.Runner() as runner:
        running = running_county(database.admin_dsn, database.service_dsn, tmp_path)
        county = runner.run(running.__aenter__())
        try:
            runner.run(county.settle())
            yield Besieged(county, database.admin_dsn, database.service_dsn, runner)
        finally:
            runner.run(running.__aexit__(None, None, None))


def claiming(besieged: Besieged, thief: Person, iss: Person) -> bytes:
    """A registration of the thief's own key as an administrator, in the name of `iss`, signed by the thief alone."""
    county = besieged.county
    message = register(county.pen, Person(iss.id, thief.private), thief, thief, "610924", administrator=True)
    return encode_state(message.split("~")[0], {})


def unsigned(besieged: Besieged, thief: Person) -> bytes:
    return b'{"unit":"610924"}'


def in_an_administrators_name(besieged: Besieged, thief: Person) -> bytes:
    return claiming(besieged, thief, besieged.county.admin1)


def in_their_own_name(besieged: Besieged, thief: Person) -> bytes:
    return claiming(besieged, thief, thief)


def half_signed(besieged: Besieged, thief: Person) -> bytes:
    """By a true administrator, and seconded by nobody."""
    pen, admin = besieged.county.pen, besieged.county.admin1
    statement = orjson.dumps(key_statement(pen.origin, thief.id, thief.kid))
    possession = sign_jws(thief.private, POSSESSION_TYP, statement)
    data = {"unit": TOWN, "administrator": False, "jwk": thief.jwk, "possession": possession, "second": possession}
    return encode_state(pen.sign(admin, thief.id, "officer.register", data).split("~")[0], {})


def of_somebody_else(besieged: Besieged, thief: Person) -> bytes:
    """The very act that registered the clerk, under the thief's id."""
    with psycopg.connect(besieged.dsn) as connection:
        line = read_line(connection, CASEWORK_TABLES, 1)
    act = decode_state(decode_line(line or b"").state)
    assert act is not None
    return encode_state(*act)


@pytest.mark.parametrize(
    "state", [unsigned, in_an_administrators_name, in_their_own_name, half_signed, of_somebody_else]
)
def test_a_forged_registration_makes_nobody_an_officer_and_stops_recording(
    besieged: Besieged, state: Callable[[Besieged, Person], bytes]
) -> None:
    thief, size = Person(), besieged.size()
    case = besieged.submit().json()["stream"]
    index = besieged.forge(thief.id, "officer.registered", state(besieged, thief))
    answer = besieged.submit(thief)
    assert (answer.status_code, answer.json()["code"], answer.json()["index"]) == (503, "ledger.forged", index)
    besieged.stopped("ledger.forged", index=index)
    assert besieged.get("/ledger/head").json()["code"] == "ledger.forged", "no head over it is ever signed"
    read = besieged.get(f"/cases/{case}/history")
    assert [entry["signature"]["valid"] for entry in read.json()["entries"]] == [True], "reading goes on"
    faults = besieged.faults()
    assert {where for where, _ in faults} == {index}
    besieged.remove(size + 1)
    besieged.goes_on()


def test_what_a_forged_key_signed_is_a_fault_of_its_own(besieged: Besieged) -> None:
    thief = Person()
    index = besieged.forge(thief.id, "officer.registered", in_an_administrators_name(besieged, thief))
    data, _ = submit_data()
    case = str(uuid4())
    message = besieged.county.pen.sign(thief, case, "apply.submit", {**data, "applicant": {}})
    after = besieged.forge(case, "apply.submitted", encode_state(message.split("~")[0], {}))
    faults = besieged.faults()
    assert {(index, "key.unknown"), (after, "key.unknown")} <= faults
    entries = besieged.get(f"/cases/{case}/history").json()["entries"]
    assert [entry["signature"] for entry in entries] == [{"valid": False, "reason": "key.unknown"}]


def test_a_forged_revocation_ends_no_key(besieged: Besieged) -> None:
    clerk, thief = besieged.county.clerk, Person()
    size = besieged.size()
    data = {"kid": clerk.kid, "reason": "lost"}
    state = encode_state(besieged.county.pen.sign(thief, clerk.id, "officer.revoke_key", data).split("~")[0], {})
    index = besieged.forge(clerk.id, "officer.key_revoked", state, version=2)
    besieged.stopped("ledger.forged", index=index)
    assert {where for where, _ in besieged.faults()} == {index}, "what the clerk signed before holds"
    besieged.remove(size)
    besieged.goes_on()


def makes_an_administrator(besieged: Besieged, thief: Person) -> tuple[str, str, str]:
    """Signed by one ordinary officer, seconded by another: every signature is good."""
    county = besieged.county
    message = register(county.pen, county.clerk, county.other, thief, "610924", administrator=True)
    return thief.id, "officer.registered", message


def ended(besieged: Besieged, signer: Person, stream: str) -> tuple[str, str, str]:
    """The end of the first administrator's key, as one person alone signs it."""
    data = {"kid": besieged.county.admin1.kid, "reason": "lost"}
    return stream, "officer.key_revoked", besieged.county.pen.sign(signer, stream, "officer.revoke_key", data)


def ends_an_administrators_key(besieged: Besieged, thief: Person) -> tuple[str, str, str]:
    return ended(besieged, besieged.county.clerk, besieged.county.admin1.id)


def ends_it_alone_as_an_administrator(besieged: Besieged, thief: Person) -> tuple[str, str, str]:
    return ended(besieged, besieged.county.admin2, besieged.county.admin1.id)


def ends_it_in_a_stream_of_their_own(besieged: Besieged, thief: Person) -> tuple[str, str, str]:
    return ended(besieged, besieged.county.clerk, str(uuid4()))


@pytest.mark.parametrize(
    "forged",
    [
        makes_an_administrator,
        ends_an_administrators_key,
        ends_it_alone_as_an_administrator,
        ends_it_in_a_stream_of_their_own,
    ],
)
def test_a_true_signature_changes_no_key_that_its_signer_may_not_change(
    besieged: Besieged, forged: Callable[[Besieged, Person], tuple[str, str, str]]
) -> None:
    thief, size = Person(), besieged.size()
    stream, type_, message = forged(besieged, thief)
    jws = message.split("~")[0]
    claims = claims_of(jws)
    relied = {"streams": {stream: claims["version"] - 1, claims["iss"]: 1}}
    index = besieged.forge(stream, type_, encode_state(jws, relied), claims["version"])
    besieged.stopped("ledger.forged", index=index, reason="key.authority")
    assert (index, "key.authority") in besieged.faults()
    besieged.remove(size)
    besieged.goes_on()


def test_a_service_that_starts_on_a_forged_key_line_says_so_and_records_nothing(
    besieged: Besieged, tmp_path: Path
) -> None:
    from api.app import create_app
    from api.settings import Settings

    size = besieged.size()
    index = besieged.forge(str(uuid4()), "officer.registered", b"{}")
    app = create_app(Settings(data=tmp_path, dsn=besieged.dsn))
    lifespan = app.router.lifespan_context(app)
    besieged.runner.run(lifespan.__aenter__())
    try:
        client = client_of(app)
        answer = besieged.runner.run(client.get("/ready"))
        assert (answer.status_code, answer.json()["code"], answer.json()["index"]) == (503, "ledger.forged", index)
        besieged.remove(size)
        assert besieged.runner.run(client.get("/ready")).status_code == 200
    finally:
        besieged.runner.run(lifespan.__aexit__(None, None, None))


def test_a_head_that_the_lines_do_not_lead_to_is_never_signed(besieged: Besieged) -> None:
    assert besieged.get("/ledger/head").status_code == 200
    besieged.insert("heads", besieged.size() + 1, b"\x07" * 32)
    answer = besieged.get("/ledger/head")
    assert (answer.status_code, answer.json()["code"]) == (503, "ledger.faulty")


def test_an_unsigned_line_of_a_type_that_must_be_signed_is_a_fault_wherever_it_stands(besieged: Besieged) -> None:
    index = besieged.forge(str(uuid4()), "review.remarked", b'{"note":1}')
    assert besieged.faults() == {(index, "act.missing")}


def test_rows_beyond_the_head_stop_recording_and_not_reading_until_they_are_gone(besieged: Besieged) -> None:
    case = besieged.submit().json()["stream"]
    size = besieged.size()
    rows: list[tuple[str, tuple[Any, ...], str]] = [
        ("lines", (size, 9, case, None, "review.visited", b"rubbish"), f"index {size}"),
        ("lines", (size + 5, 1, uuid4(), uuid4(), "officer.registered", b"{}"), f"index {size + 5}"),
        ("heads", (size + 1, b"\x07" * 32), f"size {size + 1}"),
        ("tiles", (0, 0, b"\x07" * 8192), "n 0"),
        ("vault", (size, [b"\x07"]), f"index {size}"),
    ]
    for table, values, row in rows:
        besieged.insert(table, *values)
        besieged.stopped("ledger.foreign-row", table=f"ledger.casework_{table}", row=row)
        assert besieged.get(f"/cases/{case}").json()["version"] == 1
        entries = besieged.get(f"/cases/{case}/history").json()["entries"]
        assert [(entry["signature"]["valid"], entry["chain"]["valid"]) for entry in entries] == [(True, True)]
        besieged.remove(size)
        assert besieged.get("/ready").status_code == 200
        assert besieged.get("/ledger/head").status_code == 200
    besieged.goes_on()


def test_a_line_dated_far_ahead_is_named_and_its_head_is_not_signed(besieged: Besieged) -> None:
    size = besieged.size()
    besieged.forge(str(uuid4()), "review.remarked", b"{}", at="2999-01-01T00:00:00.000000Z")
    besieged.stopped("ledger.ahead", index=size, at="2999-01-01T00:00:00.000000Z")
    assert besieged.get("/ledger/head").json()["code"] == "ledger.ahead"
    besieged.remove(size)
    besieged.goes_on()


def test_a_ledger_cut_below_a_signed_head_is_served_no_further(besieged: Besieged) -> None:
    index = besieged.forge(str(uuid4()), "review.remarked", b"{}")
    assert besieged.get("/ledger/head").json()["size"] == index + 1
    besieged.remove(index)
    assert besieged.get("/ready").json()["code"] == "ledger.shrunk"
    assert besieged.get("/ledger/head").json()["code"] == "ledger.shrunk"


@pytest.mark.parametrize(
    "damage",
    [
        b"rubbish",
        b"\xff\xfe\x00",
        b"",
        b'{"index":1}',
        b'{"act":"a.b.c","relied":{}}',
        b'{"act":"e30.e30.e30","relied":{}}',
        b'{"by":7}',
        b"{}",
    ],
)
def test_a_stored_line_that_is_none_is_named_to_whoever_asks_for_it_and_costs_nobody_else_anything(
    besieged: Besieged, damage: bytes
) -> None:
    """The last line of a case, as only the tables' owner can change it: other bytes, or another event in its place."""
    clerk, pen = besieged.county.clerk, besieged.county.pen
    told = besieged.submit().json()
    case, index = told["stream"], told["index"]
    besieged.submit()
    pen.recorded(case, 1, told["hash"])
    accept = pen.sign(clerk, case, "apply.accept", {})
    with psycopg.connect(besieged.admin_dsn) as admin:
        admin.execute("SET session_replication_role = replica")
        stored = read_line(admin, CASEWORK_TABLES, index)
        assert stored is not None
        parts = decode_line(stored)
        if damage.startswith((b'{"act"', b'{"by"', b"{}")):
            damage = encode_line(
                index, parts.prev, parts.at, parts.stream, parts.version, parts.type, damage, plain=True
            )
        admin.execute("UPDATE ledger.casework_lines SET line = %s WHERE index = %s", (damage, index))
    besieged.county.app.state.service.forget(UUID(case))
    history = besieged.get(f"/cases/{case}/history")
    if b'"event":{' in damage and b'"act":' not in damage:
        signature = history.json()["entries"][0]["signature"]
        assert signature == {"valid": False, "reason": "act.missing"}, "it can be read: nobody signed it"
        history = besieged.get(f"/cases/{case}")
    for answer in (besieged.get(f"/cases/{case}"), history, besieged.send(accept)):
        assert (answer.status_code, answer.json()["code"], answer.json()["index"]) == (503, "ledger.line", index)
    data, disclosures = submit_data()
    others = [pen.sign(clerk, str(uuid4()), "apply.submit", data, disclosures) for _ in range(2)]
    batch = besieged.runner.run(
        besieged.county.client.post("/acts/batch", json={"acts": [others[0], accept, others[1]]})
    )
    assert [one["status"] for one in batch.json()["results"]] == [201, 503, 201]
    if not damage.startswith(b'{"index":%d,' % index):
        for path in (f"/ledger/lines/{index}", f"/ledger/lines?from={index - 1}&limit=2", f"/streams/{case}"):
            answer = besieged.get(path)
            assert (answer.status_code, answer.json()["code"], answer.json()["index"]) == (503, "ledger.line", index)
        assert besieged.get(f"/ledger/lines?from={index + 1}").status_code == 200
    assert index in {where for where, _ in besieged.faults()}


def test_a_registration_that_its_tables_owner_altered_registers_nobody_any_more(besieged: Besieged) -> None:
    """Line 1 registered the clerk: with a bit of it changed it proves nothing, for them or for anybody else."""
    told = besieged.submit().json()
    with psycopg.connect(besieged.admin_dsn) as admin:
        admin.execute("SET session_replication_role = replica")
        change = "set_byte(line, 400, get_byte(line, 400) # 1)"
        admin.execute(f"UPDATE ledger.casework_lines SET line = {change} WHERE index = 1")
    faults = besieged.faults()
    assert {(1, "line.altered"), (told["index"], "key.unknown")} <= faults
    assert {index for index, code in faults if code != "key.unknown"} == {1}
