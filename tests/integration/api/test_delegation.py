"""The power to confirm, on a real ledger: whichever commits first decides, and anybody can ask what is valid when."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from domain.streams import delegation_id
from ledger.act import BEIJING
from tests.county import DIGEST, TOWN, paid_from
from tests.integration.api.conftest import Office

GRANT = {"monthly_fen": 45_000, "members": 2, "starting": paid_from()}
PLAN: dict[str, Any] = {
    "town": TOWN,
    "programmes": ["rural_minimum"],
    "form": "entrusted",
    "instrument": DIGEST,
    "starting": "2021-07-01",
}
FAULTS = {"instrument": DIGEST, "reason": "verification_faults", "grounds": ["cd" * 32]}


@pytest.fixture(scope="module")
def second(office: Office) -> AsyncClient:
    """Another worker on the same ledger."""
    return office.another()


def stream(office: Office) -> str:
    return str(delegation_id(office.county.pen.origin, TOWN))


def act_on_it(office: Office, word: str, data: dict[str, Any]) -> str:
    return office.county.pen.sign(office.county.inspector, stream(office), f"delegation.{word}", data)


def relied_on(office: Office, index: int) -> dict[str, Any]:
    line = office.get(f"/ledger/lines/{index}").json()
    relied: dict[str, Any] = line["event"]["relied"]
    return relied


@pytest.mark.parametrize(
    ("word", "data", "restoring"),
    [
        ("withdraw", {"instrument": DIGEST}, ("grant", PLAN)),
        ("suspend", FAULTS, ("resume", {"instrument": DIGEST})),
        ("limit", {"instrument": DIGEST, "ceiling_fen": 1}, ("grant", PLAN)),
    ],
)
def test_nobody_confirms_after_what_takes_the_power_away_whoever_was_quicker_at_the_door(
    office: Office, second: AsyncClient, word: str, data: dict[str, Any], restoring: tuple[str, dict[str, Any]]
) -> None:
    county = office.county
    office.record(act_on_it(office, "grant", PLAN))
    messages = [office.sign(county.other, office.case_until("confirm.grant"), "confirm.grant", GRANT) for _ in range(6)]
    works = [(second if n % 2 else county.client).post("/acts", content=each) for n, each in enumerate(messages)]
    works.insert(3, county.client.post("/acts", content=act_on_it(office, word, data)))
    answers = office.together(*works)
    taken = answers.pop(3)
    assert taken.status_code == 201, taken.text
    county.pen.recorded(stream(office), taken.json()["version"], taken.json()["hash"])
    for answer in answers:
        if answer.status_code == 201:
            assert answer.json()["index"] < taken.json()["index"]
            assert relied_on(office, answer.json()["index"])["streams"][stream(office)] == taken.json()["version"] - 1
        else:
            assert answer.json()["code"] in ("delegation.none", "delegation.ceiling")
    late = office.sign(county.other, office.case_until("confirm.grant"), "confirm.grant", GRANT)
    assert office.send(late, second).status_code == 403
    office.record(act_on_it(office, *restoring))
    office.record(late, second)


def test_the_county_does_not_confirm_any_more_once_the_power_is_the_towns_own(
    office: Office, second: AsyncClient
) -> None:
    county = office.county
    office.record(act_on_it(office, "withdraw", {"instrument": DIGEST}))
    messages = [
        office.sign(county.inspector, office.case_until("confirm.grant"), "confirm.grant", GRANT) for _ in range(4)
    ]
    works = [(second if n % 2 else county.client).post("/acts", content=each) for n, each in enumerate(messages)]
    works.insert(2, county.client.post("/acts", content=act_on_it(office, "grant", PLAN | {"form": "granted"})))
    answers = office.together(*works)
    given = answers.pop(2)
    assert given.status_code == 201
    county.pen.recorded(stream(office), given.json()["version"], given.json()["hash"])
    for answer in answers:
        if answer.status_code == 201:
            assert answer.json()["index"] < given.json()["index"]
            assert relied_on(office, answer.json()["index"])["confirms"] == "county"
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "delegation.town-confirms")
    office.record(act_on_it(office, "grant", PLAN))


def test_a_case_whose_town_lost_its_power_goes_on_at_the_county(office: Office) -> None:
    county = office.county
    case = office.case_until("confirm.grant")
    office.record(act_on_it(office, "suspend", FAULTS))
    body = office.refused(office.sign(county.other, case, "confirm.grant", GRANT), 403, "delegation.none")
    assert (body["why"], body["town"]) == ("suspended", TOWN)
    recorded = office.record(county.pen.sign(county.inspector, case, "confirm.grant", GRANT))
    relied = relied_on(office, recorded["index"])
    assert (relied["confirms"], relied["why"]) == ("county", "suspended")
    office.record(county.pen.sign(county.clerk, case, "confirm.notify", {"notice": DIGEST, "delivered": "post"}))
    office.record(act_on_it(office, "resume", {"instrument": DIGEST}))


def test_anybody_can_ask_what_a_town_may_confirm_on_any_day(office: Office) -> None:
    today = datetime.now(BEIJING).date()
    path = f"/delegations/{TOWN}"
    office.record(act_on_it(office, "grant", PLAN | {"number": {"issuer": "government", "year": 2026, "number": 3}}))
    now = office.get(path).json()
    valid = {power["programme"]: power for power in now["powers"]}
    assert now["on"] == str(today)
    assert valid["rural_minimum"]["valid"]
    assert valid["rural_minimum"]["form"] == "entrusted"
    assert valid["rural_minimum"]["granted_version"] == now["version"]
    assert valid["rural_minimum"]["number"] == {"issuer": "government", "year": 2026, "number": 3}
    assert (valid["low_income"]["valid"], valid["low_income"]["why"]) == (False, "other_programme")
    tomorrow = today + timedelta(days=1)
    office.record(act_on_it(office, "withdraw", {"instrument": DIGEST, "starting": str(tomorrow)}))
    for on, expected in ((today, True), (tomorrow, False)):
        power = next(p for p in office.get(f"{path}?on={on}").json()["powers"] if p["programme"] == "rural_minimum")
        assert power["valid"] is expected
    periods = [period for period in office.get(path).json()["periods"] if period["programme"] == "rural_minimum"]
    assert periods[-1]["state"] == "withdrawn"
    assert (periods[-1]["starting"], periods[-1]["ending"]) == (str(tomorrow), None)
    never = office.get("/delegations/610924117").json()
    assert (never["version"], never["hash"], never["periods"]) == (0, None, [])
    assert {power["why"] for power in never["powers"]} == {"never"}
    for wrong in (f"{path}?on=yesterday", "/delegations/610924"):
        answer = office.get(wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "request.parameter")
    office.record(act_on_it(office, "grant", PLAN))
