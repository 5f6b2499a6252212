"""Deputation and handing over on a real ledger: both people in the act, and the ledger without a fault."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from domain.handover import list_digest
from ledger.act import act_digest
from ledger.faults import FaultLog
from ledger.keys import KeyHistory
from ledger.line import decode_line, encode_line, line_hash
from ledger.verify import verify
from ledger.verify_database import DatabaseSource
from ledger.verify_strict import check_strict
from tests.county import DIGEST, Person, day, month_after, register
from tests.integration.api.conftest import Office


def registered(office: Office, unit: str = "610924100") -> Person:
    county, person = office.county, Person()
    office.record(register(county.pen, county.admin1, county.admin2, person, unit))
    return person


def days(office: Office) -> dict[str, str]:
    """A deputation's first and last day, around today."""
    today = office.county.pen.claims(Person(), str(uuid4()), "x.y", {})["on"]
    return {"starting": today, "ending": today}


def deputise(office: Office, principal: Person, deputy: Person, *acts: str) -> dict[str, Any]:
    data = {"deputy": deputy.id, **days(office), "acts": list(acts)}
    return office.record(office.county.pen.sign(principal, principal.id, "officer.deputise", data))


def today(leader: Person) -> dict[str, str]:
    """Done today, on the leader's behalf."""
    return {"behalf": leader.id, "on": str(day(0))}


def officer(office: Office, person: Person) -> dict[str, Any]:
    answer = office.get(f"/officers/{person.id}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_an_act_in_deputation_names_both_and_the_ledger_holds(office: Office, module_database: Any) -> None:
    leader, deputy = registered(office), registered(office)
    case = office.case_until("confirm.grant")
    data = {"monthly_fen": 45_000, "members": 2, "starting": month_after(day(0))}
    behalf = {"behalf": leader.id, "on": str(day(0))}
    office.refused(office.sign(deputy, case, "confirm.grant", data, **behalf), 403, "officer.no-deputation")
    deputise(office, leader, deputy, "confirm.grant")
    recorded = office.record(office.sign(deputy, case, "confirm.grant", data, **behalf))
    line = decode_line(office.get(f"/ledger/lines/{recorded['index']}").content)
    assert f'"{leader.id}":2'.encode() in line.state  # the deputation that was relied on
    entry = office.get(f"/cases/{case}/history").json()["entries"][-1]
    assert (entry["officer"], entry["behalf"], entry["act"]) == (deputy.id, leader.id, "confirm.grant")
    assert entry["signature"]["valid"]
    # Not for what the deputation leaves out, nor once it has ended.
    notify = {"notice": DIGEST, "delivered": "in_person"}
    office.refused(office.sign(deputy, case, "confirm.notify", notify, **behalf), 403, "officer.no-deputation")
    office.record(office.county.pen.sign(deputy, leader.id, "officer.end_deputation", {"deputy": deputy.id}))
    assert officer(office, leader)["deputations"] == []
    verdict = verify(DatabaseSource(module_database.admin_dsn, CASEWORK_TABLES), CASEWORK_RULES, processes=1)
    assert verdict.faults == ()


def test_a_deputation_that_ends_while_the_act_is_under_way_ends_it(office: Office) -> None:
    """Two workers: one has seen the deputation, the other takes it away."""
    leader, deputy, worker = registered(office), registered(office), office.another()
    deputise(office, leader, deputy, "verify", "review")
    case = office.case_until("review.opine")
    data = {"opinion": "eligible", "form": DIGEST}
    first = office.sign(deputy, case, "review.check", {"result": "consistent", "report": DIGEST}, **today(leader))
    office.record(first, worker)
    office.record(office.county.pen.sign(leader, leader.id, "officer.end_deputation", {"deputy": deputy.id}))
    refused = office.sign(deputy, case, "review.opine", data, **today(leader))
    office.refused(refused, 403, "officer.no-deputation", client=worker)


def test_what_is_not_casework_is_done_in_nobodys_place(office: Office) -> None:
    chief, deputy = registered(office, "610924"), registered(office, "610924")
    deputise(office, chief, deputy, "verify")
    data = {"deputy": chief.id, **days(office), "acts": ["verify"]}
    message = office.sign(deputy, deputy.id, "officer.deputise", data, behalf=chief.id)
    office.refused(message, 403, "officer.behalf")
    oneself = office.sign(
        deputy, office.new_case(), "review.object", {"against": "check", "paper": DIGEST}, behalf=deputy.id
    )
    office.refused(oneself, 422, "act.claim")


def test_verification_names_an_act_in_deputation_that_does_not_rely_on_its_principal(
    office: Office, module_database: Any
) -> None:
    leader, deputy = registered(office), registered(office)
    deputise(office, leader, deputy, "review")
    case = office.case_until("review.check")
    check = {"result": "consistent", "report": DIGEST}
    recorded = office.record(office.sign(deputy, case, "review.check", check, **today(leader)))
    lines = office.get("/ledger/lines?limit=5000").content.splitlines()
    parts = decode_line(lines[recorded["index"]])
    state = parts.state.replace(f'"{leader.id}":2'.encode(), f'"{uuid4()}":0'.encode())
    assert state != parts.state
    forged = encode_line(parts.index, parts.prev, parts.at, parts.stream, parts.version, parts.type, state)
    log = FaultLog()
    keys: KeyHistory = office.county.app.state.service.keys
    check_strict(forged, parts.index, log, FaultLog(), rules=CASEWORK_RULES, keys=keys, origin=office.county.pen.origin)
    assert [fault.code for fault in log.faults()] == ["act.relied-behalf"]
    assert line_hash(forged) != line_hash(lines[recorded["index"]])


def test_work_is_handed_over_and_taken_over(office: Office) -> None:
    leaving, successor = registered(office), registered(office)
    cases = [office.new_case() for _ in range(2)]
    data = {
        "successor": successor.id,
        "reason": "leaving",
        "count": 2,
        "listed": list_digest(map(UUID, cases)),
        "cases": cases,
        "due": 1,
        "papers": DIGEST,
        "minutes": DIGEST,
    }
    assert officer(office, leaving)["handover"] == "none"
    message = office.county.pen.sign(leaving, leaving.id, "officer.hand_over", data)
    office.record(message)
    found = officer(office, leaving)
    assert found["handover"] == "open"
    (one,) = found["handovers"]
    assert one["handover"] == act_digest(message.split("~")[0])
    taking = {"handover": one["handover"], "listed": one["listed"]}
    office.refused(office.sign(leaving, leaving.id, "officer.take_over", taking), 403, "officer.not-successor")
    wrong = office.sign(successor, leaving.id, "officer.take_over", taking | {"listed": DIGEST})
    office.refused(wrong, 409, "handover.list")
    office.record(office.county.pen.sign(successor, leaving.id, "officer.take_over", taking))
    assert officer(office, leaving)["handover"] == "done"
    # The key ends whether anything was handed over or not.
    revoke = {"kid": leaving.kid, "reason": "left"}
    office.record(office.county.pen.sign(office.county.admin1, leaving.id, "officer.revoke_key", revoke))
    assert (officer(office, leaving)["handover"], officer(office, leaving)["keys"]) == ("done", [])


def test_who_left_without_handing_over_is_marked(office: Office) -> None:
    leaving = registered(office)
    revoke = {"kid": leaving.kid, "reason": "left"}
    office.record(office.county.pen.sign(office.county.admin1, leaving.id, "officer.revoke_key", revoke))
    for client in (None, office.another()):
        found = office.get(f"/officers/{leaving.id}", client).json()
        assert (found["handover"], found["keys"]) == ("open", [])


def test_an_officer_is_shown_and_nobody_else(office: Office) -> None:
    found = officer(office, office.county.clerk)
    assert (found["unit"], found["level"], found["keys"]) == ("610924100", "town", [office.county.clerk.kid])
    assert officer(office, office.county.admin1)["administrator"]
    for nobody in (str(uuid4()), office.new_case()):
        answer = office.get(f"/officers/{nobody}", None, **{"accept-language": "zh"})
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert f"人员 {nobody}" in answer.json()["detail"]
