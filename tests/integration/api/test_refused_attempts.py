"""Refused attempts are kept: sealed, once, bounded, behind the answer, and nothing of what the act said."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import orjson
import psycopg
import pytest

from api.refusals import Refusals
from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from domain.refusal import EVENT, PER_HOUR
from domain.streams import delegation_id, refusal_id
from ledger.act import act_digest
from ledger.line import decode_line
from ledger.seal import sealed_state
from ledger.verify import verify
from ledger.verify_database import DatabaseSource
from tests.county import DIGEST, Person, delegate, paid_from, register, submit_data
from tests.forging import append_line, remove_beyond
from tests.integration.api.conftest import Office

OBJECTION = {"against": "posting", "paper": DIGEST}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.refusals.PAUSE", 0.0)


@pytest.fixture
def clerk(office: Office) -> Person:
    """A new clerk of the town, of whom nothing was refused yet."""
    county, person = office.county, Person()
    office.record(register(county.pen, county.admin1, county.admin2, person, "610924100"))
    return person


def settle(office: Office) -> None:
    """Until everything that was answered is recorded."""

    async def recorded() -> None:
        refusals: Refusals = office.county.app.state.service.refusals
        while refusals._work is not None and not refusals._work.done():
            await asyncio.sleep(0.005)

    office.run(recorded())


def kept(office: Office, person: Person | None = None) -> list[dict[str, Any]]:
    settle(office)
    answer = office.get(f"/refusals?limit=500{f'&officer={person.id}' if person else ''}")
    assert answer.status_code == 200
    entries: list[dict[str, Any]] = answer.json()["refusals"]
    return entries


def out_of_order(office: Office, person: Person, case: str | None = None) -> str:
    """An act that comes too early: refused with case.order."""
    return office.sign(person, case or office.new_case(), "review.object", OBJECTION)


def faults(office: Office, dsn: str) -> set[tuple[str, int | None]]:
    verdict = verify(DatabaseSource(dsn, CASEWORK_TABLES), CASEWORK_RULES, processes=1)
    return {(fault.code, fault.index) for fault in verdict.faults}


def test_an_attempt_that_the_rules_refuse_is_kept_with_its_reason(office: Office, clerk: Person) -> None:
    case = office.new_case()
    message = out_of_order(office, clerk, case)
    office.refused(message, 409, "case.order")
    (one,) = kept(office, clerk)
    digest = act_digest(message.split("~")[0])
    assert one == one | {
        "sealed": True,
        "officer": clerk.id,
        "kid": clerk.kid,
        "act": "review.object",
        "case": case,
        "reason": "case.order",
        "digest": digest,
        "more": 0,
    }
    line = office.get(f"/ledger/lines/{one['index']}").content
    parts = decode_line(line)
    assert (parts.type, parts.version) == (EVENT, 1)
    assert parts.stream == str(refusal_id(office.county.pen.origin, clerk.id))
    assert DIGEST.encode() not in line  # nothing of the act's data
    assert b"posting" not in line


def test_nothing_personal_gets_onto_the_ledger_by_being_refused(office: Office) -> None:
    data, disclosures = submit_data()
    message = office.sign(office.county.inspector, str(uuid4()), "apply.submit", data, disclosures=disclosures)
    office.refused(message, 403, "officer.level")
    one = kept(office, office.county.inspector)[0]
    line = office.get(f"/ledger/lines/{one['index']}").text
    for disclosure in disclosures:
        assert disclosure.digest not in line
        assert str(disclosure.value) not in line


def test_the_same_act_refused_again_gets_the_same_reason_and_is_kept_once(office: Office, clerk: Person) -> None:
    message, worker = out_of_order(office, clerk), office.another()
    for client in (None, None, worker, worker):
        office.refused(message, 409, "case.order", client=client)
        kept(office)
    office.batch([message, message])
    assert [one["reason"] for one in kept(office, clerk)] == ["case.order"]


def test_a_refusal_that_was_kept_stands_when_the_rules_would_allow_the_act(office: Office, clerk: Person) -> None:
    county = office.county
    stream = str(delegation_id(county.pen.origin, "610924100"))
    case = office.case_until("confirm.grant")
    data = {"monthly_fen": 45_000, "members": 2, "starting": paid_from()}
    office.record(county.pen.sign(county.inspector, stream, "delegation.withdraw", {"instrument": DIGEST}))
    message = office.sign(clerk, case, "confirm.grant", data)
    office.refused(message, 403, "delegation.none")
    (one,) = kept(office, clerk)
    office.record(delegate(county.pen, county.inspector))
    for client in (None, office.another()):
        body = office.refused(message, 403, "delegation.none", client=client)
        assert body["refused_line"] == one["index"]
        assert "sign a new one" in body["detail"]
        assert "重新签署" in office.send(message, client, **{"accept-language": "zh"}).json()["detail"]
    assert len(kept(office, clerk)) == 1
    # Signed anew, it is judged anew; and stands, whatever is sent again.
    anew = office.sign(clerk, case, "confirm.grant", data)
    index = office.send(anew).json()["index"]
    assert office.send(anew).json()["index"] == index
    # What became stale since keeps its reason, too.
    office.refused(message, 403, "delegation.none")
    zh = office.send(message, None, **{"accept-language": "zh"}).json()
    assert (zh["code"], zh["refused_line"]) == ("delegation.none", one["index"])


def test_what_was_malformed_stale_or_nobody_s_is_not_kept(office: Office, clerk: Person) -> None:
    case, before = office.new_case(), len(kept(office))
    office.refused(office.sign(clerk, case, "review.object", {"against": "x", "paper": DIGEST}), 422, "data.schema")
    office.refused(office.sign(clerk, case, "apply.accept", {}, prev="cd" * 32), 409, "act.stale")
    office.refused(office.sign(clerk, str(uuid4()), "apply.accept", {}), 409, "case.unknown")
    office.refused(office.sign(Person(), case, "apply.accept", {}), 403, "key.unknown")
    forged = office.sign(Person(clerk.id), case, "review.object", OBJECTION)
    office.refused(forged, 403, "key.unknown")
    assert len(kept(office)) == before


def test_nobody_fills_the_ledger_and_the_rest_is_counted(office: Office, clerk: Person) -> None:
    case = office.new_case()
    for _ in range(PER_HOUR + 5):
        office.refused(out_of_order(office, clerk, case), 409, "case.order")
    assert [one["more"] for one in kept(office, clerk)] == [0] * PER_HOUR
    # Behind the heap, what is of another kind is kept all the same, and tells how many there were.
    elsewhere = office.sign(clerk, case, "verify.pass", {})
    office.refused(elsewhere, 409, "case.order")
    grant = office.sign(clerk, str(refusal_id("x", "y")), "delegation.withdraw", {"instrument": DIGEST})
    office.refused(grant, 403, "officer.level")
    assert [(one["reason"], one["more"]) for one in kept(office, clerk)][:2] == [
        ("officer.level", 6),
        ("case.order", 0),
    ]
    assert len(kept(office, clerk)) == PER_HOUR + 1


def test_the_whole_county_has_a_bound_as_well(office: Office, clerk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    office.refused(out_of_order(office, clerk), 409, "case.order")
    before = len(kept(office))
    monkeypatch.setattr("api.refusals.COUNTY_PER_DAY", before)
    office.refused(out_of_order(office, clerk), 409, "case.order")
    assert len(kept(office)) == before
    monkeypatch.setattr("api.refusals.COUNTY_PER_DAY", before + 1)
    office.refused(out_of_order(office, clerk), 409, "case.order")
    assert kept(office, clerk)[0]["more"] == 1


def test_two_workers_keep_what_one_officer_attempts_at_once(office: Office, clerk: Person) -> None:
    worker, case = office.another(), office.new_case()
    messages = [out_of_order(office, clerk, case) for _ in range(6)]
    office.together(
        *(client.post("/acts", content=message) for message in messages for client in (office.county.client, worker))
    )
    office.run(office.clients[-1].__aexit__(None, None, None))  # the other worker stops, and records what it has
    office.clients.pop()
    found = kept(office, clerk)
    assert sorted(one["digest"] for one in found) == sorted(act_digest(m.split("~")[0]) for m in messages)


def test_refusals_come_page_by_page_the_newest_first(office: Office, clerk: Person) -> None:
    case = office.new_case()
    for _ in range(3):
        office.refused(out_of_order(office, clerk, case), 409, "case.order")
    everything = [one["index"] for one in kept(office)]
    assert everything == sorted(everything, reverse=True)
    first = office.get("/refusals?limit=2").json()
    assert [one["index"] for one in first["refusals"]] == everything[:2]
    rest = office.get(f"/refusals?before={first['next']}&limit=500").json()
    assert [one["index"] for one in rest["refusals"]] == everything[2:]
    assert rest["next"] is None
    assert office.get(f"/refusals?officer={uuid4()}").json() == {"refusals": [], "next": None}
    assert office.get("/refusals?limit=501").status_code == 422


def test_an_act_has_no_place_among_the_refusals(office: Office, clerk: Person) -> None:
    office.refused(out_of_order(office, clerk), 409, "case.order")
    (one,) = kept(office, clerk)
    stream = str(refusal_id(office.county.pen.origin, clerk.id))
    hash_ = office.get(f"/streams/{stream}").json()["hash"]
    for code, data in (("review.object", OBJECTION), ("officer.revoke_key", {"kid": clerk.kid, "reason": "lost"})):
        answer = office.send(office.sign(clerk, stream, code, data, version=2, prev=hash_))
        assert answer.status_code in (403, 409), answer.text
    assert [entry["type"] for entry in office.get(f"/cases/{stream}/history").json()["entries"]][:1] == [EVENT]
    assert one["index"] in {entry["index"] for entry in kept(office, clerk)}


@pytest.fixture
def admin_dsn(module_database: Any) -> str:
    dsn: str = module_database.admin_dsn
    return dsn


def test_the_ledger_with_its_refusals_is_without_a_fault(office: Office, clerk: Person, admin_dsn: str) -> None:
    office.refused(out_of_order(office, clerk), 409, "case.order")
    assert kept(office, clerk)
    assert faults(office, admin_dsn) == set()


@pytest.fixture
def forging(office: Office, clerk: Person, admin_dsn: str) -> Iterator[Office]:
    """What somebody puts behind the service's back is taken away again."""
    settle(office)
    with psycopg.connect(admin_dsn) as connection:
        row = connection.execute("SELECT max(index) + 1 FROM ledger.casework_lines").fetchone()
    assert row is not None
    yield office
    remove_beyond(admin_dsn, CASEWORK_TABLES, row[0])


def test_whoever_can_only_append_cannot_make_up_a_refusal(
    forging: Office, clerk: Person, admin_dsn: str, module_database: Any
) -> None:
    office, origin = forging, forging.county.pen.origin
    victim, service = office.county.clerk, office.county.app.state.service
    stream = str(refusal_id(origin, victim.id))
    version = office.get(f"/streams/{stream}").json()["version"]
    line = decode_line(office.get(f"/ledger/lines/{kept(office)[0]['index']}").content)
    unsealed = orjson.dumps({"said": {"officer": victim.id, "reason": "officer.kin"}, "seal": "A" * 86 + "=="})
    odd = {"officer": victim.id, "note": "he is dishonest"}
    forgeries = [
        unsealed,
        line.state,  # another officer's, put here
        b"{}",
        b'{"by":"x"}',
        sealed_state(service.log, EVENT, stream, version + 5, odd),  # even with the key: no room for free text
    ]
    indexes = [
        append_line(module_database.service_dsn, CASEWORK_TABLES, stream, version + 1 + n, EVENT, state)
        for n, state in enumerate(forgeries)
    ]
    assert faults(office, admin_dsn) == {("line.seal", indexes[0])}
    verdict = verify(DatabaseSource(admin_dsn, CASEWORK_TABLES), CASEWORK_RULES, processes=1)
    assert [fault.count for fault in verdict.faults] == [len(forgeries)]
    shown = office.get(f"/refusals?officer={victim.id}").json()["refusals"]
    assert [one["sealed"] for one in shown[: len(forgeries)]] == [False] * len(forgeries)
    assert "officer" not in shown[0]


def test_what_somebody_made_up_binds_nobody(forging: Office, clerk: Person, module_database: Any) -> None:
    office, case = forging, str(uuid4())
    message = office.sign(clerk, case, "apply.accept", {})
    said = {"officer": clerk.id, "reason": "officer.kin", "digest": act_digest(message.split("~")[0])}
    state = orjson.dumps({"said": said, "seal": "A" * 86 + "=="})
    stream = str(refusal_id(office.county.pen.origin, clerk.id))
    append_line(module_database.service_dsn, CASEWORK_TABLES, stream, 1, EVENT, state)
    service = office.county.app.state.service
    known = office.run(service.refusals._load(clerk.id))
    assert (known.version, known.kept) == (1, {})


def test_an_answer_neither_waits_for_its_recording_nor_fails_by_it(
    office: Office, clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any) -> Any:
        raise RuntimeError("no")

    with monkeypatch.context() as patched:
        patched.setattr("api.refusals._look", broken)
        message = out_of_order(office, clerk)
        office.refused(message, 409, "case.order")
        assert kept(office, clerk) == []
    office.refused(message, 409, "case.order")
    assert [one["more"] for one in kept(office, clerk)] == [1]
