"""The same act again, and two applications on one ledger: one answer for ever, and one history."""

import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from httpx import AsyncClient

from api.rules import CASEWORK_TABLES
from domain.pack_text import read_pack
from domain.packs import text_of
from domain.streams import delegation_id, policy_id
from ledger.checkpoint import parse_receipt
from ledger.note import NoteKey
from tests.county import DIGEST, TOWN, Person, adopt, day, delegate, paid_from, register, submit_data, uuid7
from tests.integration.api.conftest import Office


@pytest.fixture(scope="module")
def second(office: Office) -> AsyncClient:
    """Another worker on the same ledger."""
    return office.another()


def same(first: dict[str, Any], other: dict[str, Any]) -> bool:
    """Everything but the receipt, which may be under a later head, is equal."""
    return {**first, "receipt": ""} == {**other, "receipt": ""}


def submission(office: Office, case: str, **changes: Any) -> str:
    data, disclosures = submit_data()
    return office.sign(office.county.clerk, case, "apply.submit", data, disclosures=disclosures, **changes)


def lines_of(office: Office, case: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = office.get(f"/cases/{case}/history").json()["entries"]
    return entries


def test_the_same_act_again_gets_the_same_answer(office: Office, second: AsyncClient) -> None:
    message = submission(office, str(uuid4()))
    first = office.send(message)
    size = office.size()
    for client in (None, second, None, second):
        again = office.send(message, client)
        assert (again.status_code, again.headers["location"]) == (201, first.headers["location"])
        assert same(first.json(), again.json())
        head = office.get("/ledger/head").json()
        keys = [NoteKey.parse(vkey) for vkey in head["log_keys"]]
        receipt = parse_receipt(again.json()["receipt"])
        receipt.verify(bytes.fromhex(first.json()["hash"]), keys, head["origin"])
    as_json = office.run(office.county.client.post("/acts", json={"act": message}))
    assert same(first.json(), as_json.json())
    assert office.size() == size


def test_the_same_act_from_many_sides_at_once_is_recorded_once(office: Office, second: AsyncClient) -> None:
    for _ in range(3):
        case, size = str(uuid4()), office.size()
        message = submission(office, case)
        clients = [office.county.client, second] * 6
        answers = office.together(*(client.post("/acts", content=message) for client in clients))
        assert {answer.status_code for answer in answers} == {201}
        assert len({(answer.json()["index"], answer.json()["hash"], answer.json()["at"]) for answer in answers}) == 1
        assert office.size() == size + 1
        assert len(lines_of(office, case)) == 1


def test_other_bytes_under_the_same_number_are_a_conflict_wherever_they_come(
    office: Office, second: AsyncClient
) -> None:
    case, jti = str(uuid4()), str(uuid7())
    office.record(submission(office, case, jti=jti))
    for client in (office.county.client, second, office.another()):
        for other in (submission(office, str(uuid4()), jti=jti), submission(office, case, jti=jti)):
            size = office.size()
            answer = office.send(other, client)
            assert (answer.status_code, answer.json()["code"]) == (409, "act.key-reused")
            assert office.size() == size
    accept = office.sign(office.county.clerk, case, "apply.accept", {}, jti=jti)
    assert office.send(accept).json()["code"] == "act.key-reused"


def test_two_different_acts_under_one_number_at_once_leave_one(office: Office, second: AsyncClient) -> None:
    jti, size = str(uuid7()), office.size()
    messages = [submission(office, str(uuid4()), jti=jti) for _ in range(6)]
    clients = [office.county.client, second] * 3
    answers = office.together(*(c.post("/acts", content=m) for c, m in zip(clients, messages, strict=True)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert office.size() == size + 1


def test_the_same_act_is_answered_after_a_restart_and_after_the_case_went_on(office: Office) -> None:
    case = str(uuid4())
    first_message = submission(office, case)
    first = office.record(first_message)
    accept_message = office.county.pen.sign(office.county.clerk, case, "apply.accept", {})
    accept = office.record(accept_message)
    restarted = office.another()
    assert same(office.send(accept_message, restarted).json(), accept)
    assert same(office.send(first_message, restarted).json(), first)
    assert same(office.send(first_message).json(), first)


def test_the_same_act_is_answered_though_its_officer_has_lost_the_key_since(office: Office) -> None:
    county = office.county
    passing = Person()
    registration = register(county.pen, county.admin1, county.admin2, passing, TOWN)
    registered = office.record(registration)
    case = str(uuid4())
    data, disclosures = submit_data()
    message = office.sign(passing, case, "apply.submit", data, disclosures=disclosures)
    first = office.record(message)
    office.record(
        county.pen.sign(county.admin1, passing.id, "officer.revoke_key", {"kid": passing.kid, "reason": "left"})
    )
    for client in (county.client, office.another()):
        assert same(office.send(message, client).json(), first)
        assert same(office.send(registration, client).json(), registered)
        other = office.sign(passing, case, "apply.accept", {})
        assert office.send(other, client).json()["code"] == "key.not-valid"


def test_the_same_act_is_answered_however_late_it_comes(
    office: Office, second: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = submission(office, str(uuid4()), iat=int(time.time()) - 29 * 86_400, on="2024-01-01")
    first = office.record(message)
    monkeypatch.setattr("api.admit.OFFLINE_DAYS", 7)
    assert same(office.send(message, second).json(), first)
    fresh = submission(office, str(uuid4()), iat=int(time.time()) - 29 * 86_400, on="2024-01-01")
    assert office.send(fresh).json()["code"] == "act.iat-late"


def test_a_refused_act_may_come_again_and_goes_in_once_it_may(office: Office) -> None:
    case = office.new_case()
    clerk = office.county.clerk
    accept = office.sign(clerk, case, "apply.accept", {})
    office.refused(
        office.sign(clerk, case, "review.check", {"result": "consistent", "report": DIGEST}), 409, "case.order"
    )
    first = office.record(accept)
    assert same(office.send(accept).json(), first)


# -- two workers, one ledger ----------------------------------------------------------------------


def test_a_case_worked_on_through_two_workers_in_turn_never_forks(office: Office, second: AsyncClient) -> None:
    case = office.new_case()
    for turn, (person, code, data) in enumerate(office.six_stages()):
        client = second if turn % 2 == 0 else office.county.client
        office.record(office.county.pen.sign(person, case, code, data), client)
    entries = lines_of(office, case)
    assert [entry["version"] for entry in entries] == list(range(1, 17))
    assert all(entry["chain"]["valid"] and entry["signature"]["valid"] for entry in entries)
    for client in (office.county.client, second):
        assert office.get(f"/cases/{case}", client).json()["stage"] == "exited"


def test_of_rivals_for_one_version_exactly_one_goes_in(office: Office, second: AsyncClient) -> None:
    for _ in range(3):
        case = office.new_case()
        rivals = [
            office.sign(office.county.clerk, case, "apply.accept", {}),
            office.sign(office.county.other, case, "apply.return", {"missing": ["income"]}),
            office.sign(office.county.other, case, "apply.accept", {}),
            office.sign(office.county.clerk, case, "apply.reject", {"reason": "withdrawn"}),
        ]
        clients = [office.county.client, second, office.county.client, second]
        answers = office.together(*(c.post("/acts", content=m) for c, m in zip(clients, rivals, strict=True)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        losers = {answer.json()["code"] for answer in answers if answer.status_code == 409}
        assert losers <= {"act.stale", "stream.version", "case.order"}
        assert len(lines_of(office, case)) == 2


def test_whoever_comes_second_is_told_where_the_case_stands_and_goes_on_from_there(
    office: Office, second: AsyncClient
) -> None:
    """Two officers, each with their own act for the same version; the loser signs anew on what the answer says."""
    clerk, assistant = office.county.clerk, office.county.assistant
    clients = [office.county.client, second]
    check = {"result": "consistent", "report": DIGEST}
    for turn in range(10):
        case = office.case_until("review.check")
        rivals = [(clerk, "review.check", check), (assistant, "review.request_check", {})]
        works = [
            client.post("/acts", content=office.sign(person, case, code, said), headers={"accept-language": "zh"})
            for client, (person, code, said) in zip(clients[:: 1 if turn % 2 else -1], rivals, strict=True)
        ]
        answers = office.together(*works)
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        ((told, loser),) = (
            (answer.json(), rival) for answer, rival in zip(answers, rivals, strict=True) if answer.status_code == 409
        )
        assert told["code"] == "act.stale"
        assert "重新签" in told["detail"]
        stands = office.get(f"/streams/{case}").json()
        assert (told["stream"], told["version"], told["hash"]) == (case, stands["version"], stands["hash"])
        person, code, said = loser
        office.record(
            office.sign(person, case, code, said, on=str(day(57)), version=told["version"] + 1, prev=told["hash"])
        )
        assert len(lines_of(office, case)) == 4


def test_a_worker_that_looked_long_ago_looks_again_before_it_refuses(office: Office, second: AsyncClient) -> None:
    case, clerk = office.new_case(), office.county.clerk
    assert office.get(f"/cases/{case}", second).json()["stage"] == "submitted"
    office.record(office.county.pen.sign(clerk, case, "apply.accept", {}))
    check = office.county.pen.sign(clerk, case, "review.check", {"result": "consistent", "report": DIGEST})
    office.record(check, second)
    stale = office.sign(clerk, case, "review.check", {"result": "consistent", "report": DIGEST}, version=2)
    office.refused(stale, 409, "act.stale")


def test_an_officer_registered_through_one_worker_signs_through_the_other(office: Office, second: AsyncClient) -> None:
    county, new = office.county, Person()
    data, disclosures = submit_data()
    message = office.sign(new, str(uuid4()), "apply.submit", data, disclosures=disclosures)
    assert office.send(message, second).json()["code"] == "key.unknown"
    office.record(register(county.pen, county.admin1, county.admin2, new, TOWN))
    office.record(message, second)


def test_a_key_revoked_through_one_worker_is_refused_by_the_other(office: Office, second: AsyncClient) -> None:
    county, leaving = office.county, Person()
    office.record(register(county.pen, county.admin1, county.admin2, leaving, TOWN))
    data, disclosures = submit_data()
    office.record(office.sign(leaving, str(uuid4()), "apply.submit", data, disclosures=disclosures), second)
    office.record(
        county.pen.sign(county.admin1, leaving.id, "officer.revoke_key", {"kid": leaving.kid, "reason": "lost"})
    )
    size = office.size()
    answer = office.send(office.sign(leaving, str(uuid4()), "apply.submit", data, disclosures=disclosures), second)
    assert (answer.status_code, answer.json()["code"]) == (403, "key.not-valid")
    assert office.size() == size


def test_a_delegation_withdrawn_through_one_worker_stops_a_confirmation_through_the_other(
    office: Office, second: AsyncClient
) -> None:
    county = office.county
    warm, case = office.case_until("confirm.notify"), office.case_until("confirm.grant")
    refusing = office.case_until("confirm.grant")
    assert office.get(f"/cases/{warm}", second).json()["stage"] == "granted"
    grant = {"monthly_fen": 45_000, "members": 2, "starting": paid_from()}
    office.record(office.sign(county.other, office.case_until("confirm.grant"), "confirm.grant", grant), second)
    delegation = str(delegation_id(county.pen.origin, TOWN))
    office.record(county.pen.sign(county.inspector, delegation, "delegation.withdraw", {"instrument": DIGEST}))
    size = office.size()
    for message in (
        office.sign(county.other, case, "confirm.grant", grant),
        office.sign(county.other, refusing, "confirm.refuse", {"reason": "income"}),
    ):
        answer = office.send(message, second)
        assert (answer.status_code, answer.json()["code"]) == (403, "delegation.none")
    assert office.size() == size
    office.record(office.sign(county.inspector, refusing, "confirm.refuse", {"reason": "income"}), second)
    office.record(delegate(county.pen, county.inspector))
    office.record(office.sign(county.other, case, "confirm.grant", grant), second)


def test_confirmations_and_a_withdrawal_at_once_stand_in_an_order_that_holds(
    office: Office, second: AsyncClient
) -> None:
    county = office.county
    cases = [office.case_until("confirm.grant") for _ in range(4)]
    grant = {"monthly_fen": 45_000, "members": 2, "starting": paid_from()}
    delegation = str(delegation_id(county.pen.origin, TOWN))
    works = [
        (second if n % 2 else county.client).post(
            "/acts", content=office.sign(county.other, case, "confirm.grant", grant)
        )
        for n, case in enumerate(cases)
    ]
    withdrawal = county.pen.sign(county.inspector, delegation, "delegation.withdraw", {"instrument": DIGEST})
    *grants, withdrawn = office.together(*works[:2], *works[2:], county.client.post("/acts", content=withdrawal))
    assert withdrawn.status_code == 201
    office.county.pen.recorded(delegation, withdrawn.json()["version"], withdrawn.json()["hash"])
    for answer in grants:
        if answer.status_code == 201:
            assert answer.json()["index"] < withdrawn.json()["index"]
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "delegation.none")
    office.record(delegate(county.pen, county.inspector))


def test_a_case_keeps_the_rules_it_began_with_and_the_next_one_has_the_new(office: Office, second: AsyncClient) -> None:
    county = office.county
    one = office.new_case()
    for message in adopt(county.pen, county.inspector, county.supervisor, "law-2025-01"):
        office.record(message)
    two = office.new_case()
    for case in (one, two):
        office.record(county.pen.sign(county.clerk, case, "apply.accept", {}), second)
    relied = [lines_of(office, case)[-1]["relied"]["policy"] for case in (one, two)]
    assert relied == [read_pack(text_of(name)).sha256 for name in ("law-2022-10", "law-2025-01")]


def test_of_two_who_propose_at_once_one_looks_again(office: Office, second: AsyncClient) -> None:
    county, stream = office.county, str(policy_id(office.county.pen.origin))
    text = text_of("county-defaults").replace('pack = "county-defaults"', 'pack = "ours"')
    works = []
    for person, client, percent in ((county.inspector, county.client, 40), (county.supervisor, second, 50)):
        ours = text.replace("value = 30", f"value = {percent}")
        data = {"kind": "county", "name": "ours", "sha256": read_pack(ours).sha256, "text": ours}
        message = office.sign(person, stream, "policy.propose", data | {"starting": "2026-01-01"})
        works.append(client.post("/acts", content=message))
    answers = office.together(*works)
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    (recorded,) = (answer.json() for answer in answers if answer.status_code == 201)
    county.pen.recorded(recorded["stream"], recorded["version"], recorded["hash"])


def test_many_cases_through_two_workers_at_once_all_go_in_and_stay_whole(office: Office, second: AsyncClient) -> None:
    cases = [str(uuid4()) for _ in range(8)]
    steps_before_the_visit_is_signed = office.six_stages()[:3]
    clients = [office.county.client, second]

    async def work_on(case: str, number: int) -> None:
        version, prev = 0, None
        data, disclosures = submit_data()
        steps: list[Any] = [(office.county.clerk, "apply.submit", data), *steps_before_the_visit_is_signed]
        for step, (person, code, act_data) in enumerate(steps):
            changes: dict[str, Any] = {"version": version + 1}
            if prev is not None:
                changes["prev"] = prev
            beside = disclosures if code == "apply.submit" else []
            message = office.sign(person, case, code, act_data, disclosures=beside, **changes)
            answer = await clients[(number + step) % 2].post("/acts", content=message)
            assert answer.status_code == 201, answer.text
            version, prev = answer.json()["version"], answer.json()["hash"]

    office.together(*(work_on(case, number) for number, case in enumerate(cases)))
    for case in cases:
        entries = lines_of(office, case)
        assert [entry["version"] for entry in entries] == [1, 2, 3, 4]
        assert all(entry["chain"]["valid"] and entry["signature"]["valid"] for entry in entries)


def test_personal_data_stands_nowhere_in_the_database_in_the_clear(
    office: Office, module_database: Any, tmp_path: Path
) -> None:
    case = str(uuid4())
    office.record(submission(office, case))
    with psycopg.connect(module_database.admin_dsn) as connection:
        for table in ("lines", "vault", "vault_keys"):
            rows = connection.execute(CASEWORK_TABLES.sql(f"SELECT * FROM {{{table}}}")).fetchall()
            assert rows
            everything = repr(rows).encode() + b"".join(
                part
                for row in rows
                for cell in row
                for part in (cell if isinstance(cell, list) else [cell])
                if isinstance(part, bytes)
            )
            for secret in ("测试甲", "61092419000101001X", "10000000000", "无此村"):
                assert secret.encode() not in everything
