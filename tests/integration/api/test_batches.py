"""Many acts in one request: each stands or falls by itself, and with what it builds on."""

from typing import Any
from uuid import uuid4

from ledger.checkpoint import parse_receipt
from ledger.note import NoteKey
from tests.county import DIGEST, Person, register, submit_data, uuid7
from tests.integration.api.conftest import Office

ACTS, LINES = 16, 20
"""Of a whole case of a household of two."""


def whole_case(office: Office, case: str) -> list[str]:
    """All acts of a case, each signed on the digest of the one before."""
    pen, clerk = office.county.pen, office.county.clerk
    data, disclosures = submit_data()
    messages = [pen.sign(clerk, case, "apply.submit", data, disclosures)]
    return messages + [pen.sign(person, case, code, act_data) for person, code, act_data in office.six_stages()]


def submission(office: Office, **changes: Any) -> str:
    data, disclosures = submit_data()
    return office.sign(office.county.clerk, str(uuid4()), "apply.submit", data, disclosures=disclosures, **changes)


def told(results: list[dict[str, Any]]) -> list[Any]:
    return [result["problem"]["code"] if "problem" in result else result["status"] for result in results]


def test_a_whole_case_goes_in_with_one_request(office: Office) -> None:
    case, size = str(uuid4()), office.size()
    results = office.batch(whole_case(office, case))
    assert told(results) == [201] * ACTS
    # Two people are enrolled by the confirmation and released by the exit: a line each, directly after the act.
    indexes = [result["index"] - size for result in results]
    assert indexes == [*range(9), *range(11, ACTS + 2)]
    assert office.size() == size + LINES
    assert office.get(f"/cases/{case}").json()["stage"] == "exited"
    head = office.get("/ledger/head").json()
    keys = [NoteKey.parse(vkey) for vkey in head["log_keys"]]
    for result in results:
        parse_receipt(result["receipt"]).verify(bytes.fromhex(result["hash"]), keys, head["origin"])


def test_the_same_batch_again_gets_the_same_results_also_from_a_worker_started_anew(office: Office) -> None:
    messages = whole_case(office, str(uuid4()))
    first, size = office.batch(messages), office.size()
    for client in (None, office.another()):
        again = office.batch(messages, client)
        assert [(one["index"], one["hash"], one["at"]) for one in again] == [
            (one["index"], one["hash"], one["at"]) for one in first
        ]
    assert office.size() == size


def test_the_same_batch_from_two_workers_at_once_is_recorded_once(office: Office) -> None:
    messages, size = whole_case(office, str(uuid4())), office.size()
    clients = [office.county.client, office.another()]
    answers = office.together(*(client.post("/acts/batch", json={"acts": messages}) for client in clients))
    one, other = (answer.json()["results"] for answer in answers)
    assert told(one) == told(other) == [201] * ACTS
    assert [result["hash"] for result in one] == [result["hash"] for result in other]
    assert office.size() == size + LINES


def test_a_batch_that_was_cut_short_goes_on_where_it_stopped(office: Office) -> None:
    messages = whole_case(office, str(uuid4()))
    first = office.batch(messages[:5])
    for client in (None, office.another()):
        results = office.batch(messages, client)
        assert told(results) == [201] * ACTS
        assert [one["hash"] for one in results[:5]] == [one["hash"] for one in first]


def test_one_act_twice_in_a_batch_is_recorded_once_and_answered_twice(office: Office) -> None:
    message, size = submission(office), office.size()
    first, again, more = office.batch([message, message, message])
    assert told([first, again, more]) == [201] * 3
    assert first["hash"] == again["hash"] == more["hash"]
    assert office.size() == size + 1


def test_two_acts_under_one_number_in_a_batch_leave_the_first(office: Office) -> None:
    jti, size = str(uuid7()), office.size()
    one, other = submission(office, jti=jti), submission(office, jti=jti)
    results = office.batch([one, other, one])
    assert told(results) == [201, "act.key-reused", 201]
    assert results[0]["hash"] == results[2]["hash"]
    assert office.size() == size + 1


def test_a_failing_act_takes_down_what_builds_on_it_and_nothing_else(office: Office) -> None:
    good, broken = str(uuid4()), str(uuid4())
    before = whole_case(office, broken)
    head, payload, signature = before[3].rstrip("~").split(".")
    forged = f"{head}.{payload}.{signature[:-8]}AAAAAAAA"
    good_acts = whole_case(office, good)
    mixed = [act for pair in zip([*before[:3], forged, *before[4:]], good_acts, strict=True) for act in pair]
    results = office.batch(mixed)
    assert told(results[1::2]) == [201] * ACTS
    assert told(results[0::2]) == [201] * 3 + ["act.signature"] + ["act.stale"] * (ACTS - 4)
    assert office.get(f"/cases/{broken}").json()["version"] == 3
    assert told(office.batch(before)) == [201] * ACTS


def test_an_act_that_the_rules_refuse_takes_down_what_builds_on_it(office: Office) -> None:
    case, pen, clerk = str(uuid4()), office.county.pen, office.county.clerk
    data, disclosures = submit_data()
    messages = [
        pen.sign(clerk, case, "apply.submit", data, disclosures),
        pen.sign(clerk, case, "review.check", {"result": "consistent", "report": DIGEST}),
        pen.sign(clerk, case, "apply.accept", {}),
    ]
    assert told(office.batch(messages)) == [201, "case.order", "act.stale"]
    pen.heads[case] = (1, office.get(f"/streams/{case}").json()["hash"])
    office.record(pen.sign(clerk, case, "apply.accept", {}))


def test_of_two_rivals_in_a_batch_the_first_wins_and_its_followers_with_it(office: Office) -> None:
    case, pen, clerk = office.new_case(), office.county.pen, office.county.clerk
    rival = office.sign(office.county.other, case, "apply.reject", {"reason": "withdrawn"})
    accept = pen.sign(clerk, case, "apply.accept", {})
    check = pen.sign(clerk, case, "review.check", {"result": "consistent", "report": DIGEST})
    assert told(office.batch([accept, rival, check])) == [201, "act.stale", 201]


def test_acts_recorded_one_by_one_and_sent_again_with_new_ones_are_told_apart(office: Office) -> None:
    case, pen, clerk = str(uuid4()), office.county.pen, office.county.clerk
    data, disclosures = submit_data()
    first = pen.sign(clerk, case, "apply.submit", data, disclosures)
    office.record(first)
    second = pen.sign(clerk, case, "apply.accept", {})
    office.record(second)
    third = pen.sign(clerk, case, "review.check", {"result": "consistent", "report": DIGEST})
    for messages in ([first, second, third], [first, third]):
        assert told(office.batch(messages, office.another())) == [201] * len(messages)


def test_an_officer_registered_in_a_batch_signs_from_the_next_one_on_at_the_latest(office: Office) -> None:
    county, new = office.county, Person()
    registration = register(county.pen, county.admin1, county.admin2, new, "610924100")
    data, disclosures = submit_data()
    early = county.pen.sign(new, str(uuid4()), "apply.submit", data, disclosures)
    first, second = told(office.batch([registration, early]))
    assert first == 201
    assert second in (201, "key.unknown")
    assert told(office.batch([registration, early])) == [201, 201]


def test_two_disclosing_acts_of_a_new_case_share_its_key(office: Office) -> None:
    cases = [str(uuid4()) for _ in range(3)]
    data, disclosures = submit_data()
    messages = [office.sign(office.county.clerk, case, "apply.submit", data, disclosures=disclosures) for case in cases]
    assert told(office.batch(messages)) == [201] * 3


def test_a_batch_holds_500_acts_and_not_one_more(office: Office) -> None:
    size = office.size()
    message = submission(office)
    answer = office.run(office.county.client.post("/acts/batch", json={"acts": [message] * 501}))
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert office.size() == size
    assert told(office.batch([message] * 500)) == [201] * 500
    assert office.size() == size + 1


def test_a_batch_of_rubbish_is_refused_act_by_act(office: Office) -> None:
    size, good = office.size(), submission(office)
    results = office.batch(["", "a.b.c", "~", "{}", "\x00", "é", "..", good])
    assert {result["status"] for result in results[:-1]} == {422}
    assert results[-1]["index"] >= size
    assert office.size() == size + 1


def test_results_speak_the_reader_s_language(office: Office) -> None:
    answer = office.run(
        office.county.client.post("/acts/batch", json={"acts": ["x"]}, headers={"accept-language": "zh-CN"})
    )
    assert "行为须为紧凑格式" in answer.json()["results"][0]["problem"]["detail"]
