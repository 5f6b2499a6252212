"""One person in one programme at a time, nobody handles their own kin: told over HTTP, by ID numbers nobody sees."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient, Client, Response

from api.examples.made_up import made_up_number
from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from domain.id_number import check_digit
from ledger.disclosure import disclose
from ledger.verify import verify
from ledger.verify_database import DatabaseSource
from tests.conftest import Database
from tests.county import DIGEST, TOWN, Person, day, month_after, register, submit_data
from tests.e2e.trial import running_trial
from tests.integration.api.conftest import Office


@pytest.fixture(scope="module")
def second(office: Office) -> AsyncClient:
    """Another worker on the same ledger."""
    return office.another()


def named(number: str) -> tuple[dict[str, Any], list[Any]]:
    """Somebody as an act names them, and what is disclosed with it."""
    disclosed = [disclose("name", "测试丙"), disclose("id_number", number)]
    return {"_sd": [one.digest for one in disclosed]}, disclosed


def case_of(
    office: Office, numbers: Sequence[str], *, until: str = "confirm.grant", programme: str = "rural_minimum"
) -> str:
    """The case of a household with these ID numbers, the applicant's first, of which `until` is the next act."""
    case, (data, _) = str(uuid4()), submit_data(len(numbers))
    (applicant, disclosures), *others = map(named, numbers)
    data |= {"applicant": applicant, "programme": programme}
    data["household"] = [{"person": person, "relation": "other"} for person, _ in others]
    for _, more in others:
        disclosures += more
    office.record(office.county.pen.sign(office.county.clerk, case, "apply.submit", data, disclosures))
    for person, code, said in office.six_stages():
        if code == until:
            break
        office.record(office.county.pen.sign(person, case, code, said | covering(code, numbers)))
    return case


def covering(code: str, numbers: Sequence[str]) -> dict[str, Any]:
    return {"members": len(numbers)} if code == "confirm.grant" else {}


def grant(office: Office, case: str, members: int = 2) -> str:
    said = {"monthly_fen": 45_000, "members": members, "starting": month_after(day(40))}
    return office.sign(office.county.other, case, "confirm.grant", said)


def ended() -> dict[str, str]:
    return {"reason": "income", "starting": month_after(day(0))}


def end(office: Office, case: str) -> str:
    return office.sign(office.county.clerk, case, "exit.end", ended())


def refused_for(answer: Response, first: str) -> None:
    """Somebody of the household is helped in the case `first`, and the officer is told so."""
    body = answer.json()
    assert (answer.status_code, body["code"], body["case"]) == (409, "person.enrolled", first), answer.text
    assert first in body["detail"]


def declare(office: Office, officer: Person, *relatives: tuple[str, str], of: str = "officer") -> None:
    said, disclosures = [], []
    for number, relation in relatives:
        person, more = named(number)
        said.append({"person": person, "relation": relation, "of": of})
        disclosures += more
    office.record(office.county.pen.sign(officer, officer.id, "officer.declare", {"relatives": said}, disclosures))


@pytest.fixture
def colleague(office: Office) -> Person:
    """One more officer of the town."""
    county, new = office.county, Person()
    office.record(register(county.pen, county.admin1, county.admin2, new, TOWN))
    return new


@pytest.mark.parametrize("programme", ["rural_minimum", "urban_minimum"])
@pytest.mark.parametrize("place", ["applicant", "member"])
def test_whoever_is_helped_in_one_case_is_not_confirmed_in_another_until_the_first_ends(
    office: Office, second: AsyncClient, programme: str, place: str
) -> None:
    person, others = made_up_number(), [made_up_number() for _ in range(3)]
    first = case_of(office, [others[0], person], until="confirm.notify")
    household = [person, others[1]] if place == "applicant" else [others[2], person]
    later = case_of(office, household, programme=programme)
    message, size = grant(office, later), office.size()
    refused_for(office.send(message), first)
    assert office.size() == size
    office.record(end(office, first), second)
    office.record(grant(office, later))
    # And now the other way round.
    refused_for(office.send(grant(office, case_of(office, [person, others[0]]))), later)


def test_the_refusal_is_told_in_chinese_and_kept(office: Office) -> None:
    person = made_up_number()
    first = case_of(office, [person], until="confirm.notify")
    message = grant(office, case_of(office, [person]), 1)
    answer = office.send(message, None, **{"accept-language": "zh-CN"})
    refused_for(answer, first)
    assert f"家庭中有人已纳入农村低保（案件 {first}），不得重复享受" in answer.json()["detail"]
    office.run(office.county.app.state.service.settle())
    kept = office.get("/refusals").json()
    assert "person.enrolled" in str(kept)


def test_an_application_that_was_not_confirmed_keeps_nobody_from_another_one(office: Office) -> None:
    person = made_up_number()
    waiting = case_of(office, [person], until="apply.accept")
    refused = case_of(office, [person])
    office.record(office.sign(office.county.other, refused, "confirm.refuse", {"reason": "income"}))
    office.record(grant(office, case_of(office, [person]), 1))
    assert office.get(f"/cases/{waiting}").json()["stage"] == "submitted"


def test_who_is_suspended_is_still_in_the_programme(office: Office) -> None:
    person = made_up_number()
    first = case_of(office, [person], until="suspend.lift")
    refused_for(office.send(grant(office, case_of(office, [person]), 1)), first)


def test_only_those_who_are_covered_are_in_the_programme(office: Office) -> None:
    covered, other = made_up_number(), made_up_number()
    first = case_of(office, [covered, other])
    said = {"monthly_fen": 45_000, "members": 1, "covered": [0], "starting": month_after(day(40))}
    office.record(office.sign(office.county.other, first, "confirm.grant", said))
    office.record(grant(office, case_of(office, [other]), 1))
    refused_for(office.send(grant(office, case_of(office, [covered]), 1)), first)


def test_an_old_number_of_15_digits_is_the_same_person(office: Office) -> None:
    old = "00" + made_up_number()[2:6] + "650312" + made_up_number()[14:17]
    new = f"{old[:6]}19{old[6:]}"
    new += check_digit(new)
    first = case_of(office, [old], until="confirm.notify")
    refused_for(office.send(grant(office, case_of(office, [new]), 1)), first)


def test_of_two_confirmations_of_one_person_at_one_moment_exactly_one_stands(
    office: Office, second: AsyncClient
) -> None:
    """Two officers, two cases, two workers; who is first differs, who is refused is told of the one that stands."""
    clients = [office.county.client, second]
    for turn in range(20):
        cases, messages = two_for_one(office)
        pairs = list(zip(clients[:: 1 if turn % 2 else -1], messages, strict=True))
        one_stands(
            office, cases, office.together(*(client.post("/acts", content=message) for client, message in pairs))
        )


def test_and_so_it_is_between_the_processes_of_a_service(office: Office) -> None:
    """`mingzhang run` with two workers on this ledger; each confirmation comes on a connection of its own."""
    settings = {"DATA": str(office.settings.data), "MINGZHANG_DSN": office.settings.dsn or "", "MINGZHANG_WORKERS": "2"}
    headers = {"content-type": "application/sd-jwt", "connection": "close"}
    with (
        running_trial(**settings) as service,
        ThreadPoolExecutor(2) as pool,
        Client(base_url=service.url, headers=headers, trust_env=False) as client,
    ):
        for _ in range(20):
            (cases, messages), together = two_for_one(office), Barrier(2)

            def send(message: str, together: Barrier = together) -> Response:
                together.wait()
                return client.post("/acts", content=message)

            one_stands(office, cases, list(pool.map(send, messages)))


def two_for_one(office: Office) -> tuple[list[str], list[str]]:
    """Two cases that help one person, one of them as a member, and the act that would confirm each."""
    person = made_up_number()
    cases = [case_of(office, [person, made_up_number()]), case_of(office, [made_up_number(), person])]
    return cases, [grant(office, case) for case in cases]


def one_stands(office: Office, cases: list[str], answers: list[Response]) -> None:
    """Exactly one was recorded, and the other was told which."""
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) == [201, 409], [answer.text for answer in answers]
    stands = cases[statuses.index(201)]
    refused_for(answers[statuses.index(409)], stands)
    stages = {case: office.get(f"/cases/{case}").json()["stage"] for case in cases}
    assert stages.pop(stands) == "granted"
    assert list(stages.values()) == ["opined"]


def test_two_confirmations_of_one_person_in_one_batch_are_judged_in_turn(office: Office) -> None:
    person = made_up_number()
    cases = [case_of(office, [person]) for _ in range(2)]
    recorded, refused = office.batch([grant(office, case, 1) for case in cases])
    assert recorded["status"] == 201
    assert (refused["problem"]["code"], refused["problem"]["case"]) == ("person.enrolled", cases[0])


def test_declared_kin_is_recognised_at_acceptance_whoever_handles_the_case(
    office: Office, second: AsyncClient, colleague: Person
) -> None:
    applicant, member = made_up_number(), made_up_number()
    case = case_of(office, [applicant, member], until="apply.accept")
    declare(office, colleague, (member, "parent"), (made_up_number(), "child"))
    refused = office.refused(office.sign(colleague, case, "apply.accept", {}), 403, "officer.kin")
    assert refused["officer"] == colleague.id
    office.record(office.county.pen.sign(office.county.clerk, case, "apply.accept", {}), second)
    assert "kin" in office.get(f"/cases/{case}").json()["conditions"]
    check = {"result": "consistent", "report": DIGEST}
    office.refused(office.sign(colleague, case, "review.check", check), 403, "officer.kin")
    stages = office.six_stages()
    for person, code, said in stages[1 : [code for _, code, _ in stages].index("review.opine")]:
        office.record(office.county.pen.sign(person, case, code, said))
    opinion = office.sign(office.county.clerk, case, "review.opine", {"opinion": "eligible", "form": DIGEST})
    lacking = office.refused(opinion, 409, "case.missing-step")
    assert (lacking["missing"], lacking["article"]) == ("apply.register", "民发〔2021〕57号第十一条")


def test_who_is_declared_no_more_is_nobodys_kin_in_the_next_case(office: Office, colleague: Person) -> None:
    person, other = made_up_number(), made_up_number()
    declare(office, colleague, (person, "spouse"))
    declare(office, colleague, (other, "child"))
    for number, conditions in ((person, []), (other, ["kin"])):
        case = case_of(office, [number], until="review.check")
        found = office.get(f"/cases/{case}").json()["conditions"]
        assert [word for word in found if word == "kin"] == conditions


def test_kin_of_a_village_committee_member_is_registered_and_bars_nobody(office: Office, colleague: Person) -> None:
    person = made_up_number()
    declare(office, colleague, (person, "sibling"), of="committee_member")
    case = case_of(office, [person], until="apply.accept")
    office.record(office.county.pen.sign(colleague, case, "apply.accept", {}))
    assert "kin" in office.get(f"/cases/{case}").json()["conditions"]


def test_a_declaration_and_an_acceptance_at_one_moment_stand_in_an_order_that_holds(
    office: Office, second: AsyncClient, colleague: Person
) -> None:
    """Whoever is declared before the acceptance is found at it, however close the two come."""
    for turn in range(6):
        number = made_up_number()
        case = case_of(office, [number], until="apply.accept")
        person, disclosed = named(number)
        said = {"relatives": [{"person": person, "relation": "parent"}]}
        pen, accept = office.county.pen, office.sign(office.county.clerk, case, "apply.accept", {})
        declared = pen.sign(colleague, colleague.id, "officer.declare", said, disclosed)
        clients = [office.county.client, second][:: 1 if turn % 2 else -1]
        answers = office.together(
            *(c.post("/acts", content=m) for c, m in zip(clients, (declared, accept), strict=True))
        )
        assert [answer.status_code for answer in answers] == [201, 201], [answer.text for answer in answers]
        pen.recorded(colleague.id, answers[0].json()["version"], answers[0].json()["hash"])
        known = answers[0].json()["index"] < answers[1].json()["index"]
        assert ("kin" in office.get(f"/cases/{case}").json()["conditions"]) is known


def test_no_id_number_and_no_digest_of_one_alone_stands_on_the_ledger(office: Office, colleague: Person) -> None:
    person = made_up_number()
    declare(office, colleague, (person, "spouse"))
    case_of(office, [person], until="review.opine")
    assert person not in office.get("/ledger/lines?limit=5000").text


def adjust(office: Office, case: str, members: int, *, leaving: Sequence[int] = (), joining: Sequence[str] = ()) -> str:
    said: dict[str, Any] = {"cause": "members", "monthly_fen": 21_000 * members, "members": members, "form": DIGEST}
    disclosures: list[Any] = []
    if leaving:
        said["leaving"] = list(leaving)
    for number in joining:
        person, more = named(number)
        said.setdefault("joining", []).append({"person": person, "relation": "child"})
        disclosures += more
    said["starting"] = month_after(day(0))
    return office.county.pen.sign(office.county.other, case, "review.adjust", said, disclosures)


def test_who_leaves_a_household_is_free_and_whoever_comes_back_is_not(
    office: Office, second: AsyncClient, module_database: Database
) -> None:
    stays, goes = made_up_number(), made_up_number()
    case, waiting = case_of(office, [stays, goes], until="verify.draw"), case_of(office, [goes])
    office.record(adjust(office, case, 1, leaving=[1]), office.another())
    office.record(adjust(office, case, 2, joining=[goes]), second)
    refused_for(office.send(grant(office, waiting, 1)), case)
    office.record(adjust(office, case, 1, leaving=[1]))
    office.record(grant(office, waiting, 1), second)
    refused_for(office.send(adjust(office, case, 2, joining=[goes])), waiting)
    office.county.pen.recorded(case, *standing(office, case))
    office.record(end(office, waiting))
    office.record(adjust(office, case, 2, joining=[goes]))
    # Who was here, left, and came back twice, is let go once.
    office.record(end(office, case), second)
    office.record(grant(office, case_of(office, [goes, stays])))
    verdict = verify(DatabaseSource(module_database.admin_dsn, CASEWORK_TABLES), CASEWORK_RULES, processes=1)
    assert verdict.faults == ()


def standing(office: Office, case: str) -> tuple[int, str]:
    found = office.get(f"/streams/{case}").json()
    return found["version"], found["hash"]


def test_a_confirmation_corrected_after_the_end_keeps_nobody_from_another_case(office: Office) -> None:
    person = made_up_number()
    case = case_of(office, [person], until="confirm.notify")
    version, digest = office.county.pen.signed[case, "confirm.grant"]
    office.record(office.county.pen.sign(office.county.clerk, case, "exit.end", ended()))
    right = {"monthly_fen": 46_000, "members": 1, "starting": month_after(day(40))}
    named_so = {"version": version, "act": digest, "reason": "clerical", "authority": "own", "paper": DIGEST}
    office.record(office.county.pen.sign(office.county.other, case, "review.correct", {**named_so, "grant": right}))
    office.record(grant(office, case_of(office, [person]), 1))
