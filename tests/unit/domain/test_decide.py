"""Who may do what, where, and on which authority; and what each decision has read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from domain.acts import TYPES
from domain.decide import decide
from domain.events import Acted
from domain.officer import Officer
from domain.proposal import Proposal
from domain.streams import delegation_id, key_claim_id, place_id, policy_id
from domain.view import NotLoaded, View
from domain.vocabulary import Stage, VerificationState
from tests.unit.domain.world import (
    COUNTY,
    DIGEST,
    GRANT,
    ORIGIN,
    OTHER_TOWN,
    OTHER_VILLAGE,
    SHOWN,
    SIGNED,
    SUBMIT,
    TODAY,
    TOWN,
    VILLAGE,
    World,
    refusal,
    registration,
)


@pytest.fixture
def world() -> World:
    return World()


# act code, the stage it fits, its data, and who may: village, town, county
WHO: Sequence[tuple[str, Stage, dict[str, Any], str]] = [
    ("apply.accept", Stage.SUBMITTED, {}, "town"),
    ("apply.return", Stage.SUBMITTED, {"missing": ["income"]}, "town"),
    ("apply.supplement", Stage.RETURNED, {"documents": SUBMIT["documents"]}, "village town"),
    ("apply.reject", Stage.SUBMITTED, {"reason": "withdrawn"}, "town"),
    ("review.check", Stage.ACCEPTED, {"result": "consistent", "report": DIGEST}, "town"),
    (
        "review.visit",
        Stage.ACCEPTED,
        {"investigators": [str(uuid4()), str(uuid4())], "household_present": True, "form": DIGEST},
        "town county",
    ),
    ("review.appraise", Stage.ACCEPTED, {"attended": 9, "in_favour": 8, "against": 1, "minutes": DIGEST}, "town"),
    ("review.post", Stage.ACCEPTED, {"village": VILLAGE, "days": 7, "photograph": DIGEST}, "town"),
    ("review.object", Stage.ACCEPTED, {"against": "posting", "paper": DIGEST}, "village town county"),
    ("review.opine", Stage.ACCEPTED, {"opinion": "eligible", "form": DIGEST}, "town"),
    (
        "review.recheck",
        Stage.GRANTED,
        {"result": "unchanged", "monthly_fen": 84_000, "starting": "2027-01", "form": DIGEST},
        "town",
    ),
    ("confirm.grant", Stage.OPINED, GRANT, "town county"),
    ("confirm.refuse", Stage.OPINED, {"reason": "income"}, "town county"),
    ("confirm.notify", Stage.GRANTED, {"notice": DIGEST, "delivered": "post"}, "town county"),
    ("verify.draw", Stage.GRANTED, {"cause": "sampled"}, "county"),
    ("suspend.start", Stage.GRANTED, {"reason": "changed", "starting": "2027-01"}, "town county"),
    ("suspend.lift", Stage.SUSPENDED, {"starting": "2027-01"}, "town county"),
    ("exit.end", Stage.GRANTED, {"reason": "death", "starting": "2027-01"}, "town county"),
]


@pytest.mark.parametrize(("code", "stage", "data", "who"), WHO, ids=[row[0] for row in WHO])
def test_each_level_does_its_own_acts_within_its_own_area(world, code, stage, data, who):
    world.delegate()
    case = world.case(stage)
    places = {"village": (VILLAGE, OTHER_VILLAGE), "town": (TOWN, OTHER_TOWN), "county": (COUNTY, "610925")}
    for level, (here, elsewhere) in places.items():
        expected = None if level in who.split() else "officer.level"
        assert refusal(world, world.officer(here), case.id, code, data) == expected, level
        there = refusal(world, world.officer(elsewhere), case.id, code, data)
        assert there == ("officer.place" if level in who.split() else "officer.level"), level


def test_the_county_alone_verifies(world):
    case = world.case(Stage.GRANTED, verification=VerificationState.VISITED)
    for code, data in [
        ("verify.pass", {}),
        ("verify.rectify", {"fault": "papers", "deadline": "2026-12-31"}),
        ("verify.overturn", {"reason": "assets"}),
    ]:
        assert refusal(world, world.officer(COUNTY), case.id, code, data) is None
        assert refusal(world, world.officer(TOWN), case.id, code, data) == "officer.level"


def test_an_application_is_taken_where_the_household_lives(world):
    for unit, expected in [
        (TOWN, None),
        (VILLAGE, None),
        (OTHER_TOWN, "officer.place"),
        (OTHER_VILLAGE, "officer.place"),
        (COUNTY, "officer.level"),
    ]:
        assert refusal(world, world.officer(unit), uuid4(), "apply.submit", SIGNED, SHOWN) == expected
    no_village = {name: value for name, value in SIGNED.items() if name != "village"}
    shown = {name: value for name, value in SHOWN.items() if name != "village"}
    assert refusal(world, world.officer(TOWN), uuid4(), "apply.submit", no_village, shown) is None
    assert refusal(world, world.officer(VILLAGE), uuid4(), "apply.submit", no_village, shown) == "officer.place"


def test_a_signer_who_is_no_officer_or_whose_key_ended_is_refused(world):
    case, officer = world.case(), world.officer(TOWN)
    stranger = Officer(uuid4(), 1, TOWN, False, frozenset({"key"}))
    assert refusal(world, stranger, case.id, "confirm.refuse", {"reason": "income"}) == "officer.unknown"
    assert refusal(world, officer, case.id, "confirm.refuse", {"reason": "income"}, kid="old") == "key.not-valid"


def test_only_other_systems_rows_come_on_the_word_of_a_system(world):
    case, clerk, county = world.case(Stage.SUBMITTED), world.officer(TOWN), world.officer(COUNTY)
    assert refusal(world, clerk, case.id, "apply.accept", {}, basis="system") == "act.basis"
    assert refusal(world, clerk, case.id, "apply.accept", {}, basis="paper") is None
    delegation = delegation_id(ORIGIN, TOWN)
    assert refusal(world, county, delegation, "delegation.grant", delegating(), basis="system") == "act.basis"


def test_nothing_took_place_before_there_was_anything_of_the_kind(world):
    case, clerk = world.case(Stage.SUBMITTED), world.officer(TOWN)
    for on, expected in (("0001-01-01", "act.on-early"), ("1989-12-31", "act.on-early"), ("1990-01-01", None)):
        assert refusal(world, clerk, case.id, "apply.accept", {}, on=on, basis="paper") == expected


def test_a_posting_hangs_in_the_village_of_the_household(world):
    clerk, posting = world.officer(TOWN), {"days": 7, "photograph": DIGEST}
    for village, there, expected in [
        (VILLAGE, VILLAGE, None),
        (VILLAGE, OTHER_VILLAGE, "case.posting"),
        (VILLAGE, "610924101201", "case.village"),
        (None, OTHER_VILLAGE, None),
    ]:
        case = replace(world.case(Stage.ACCEPTED), village=village)
        world.streams[case.id] = case
        assert refusal(world, clerk, case.id, "review.post", posting | {"village": there}) == expected


def test_a_stream_of_another_kind_takes_no_case_acts(world):
    world.delegate()
    delegation = delegation_id(ORIGIN, TOWN)
    assert refusal(world, world.officer(TOWN), delegation, "apply.accept", {}) == "case.stream"


def test_nobody_sits_down_on_an_id_that_belongs_to_something_else(world):
    clerk, admin, second = world.officer(TOWN), world.officer(COUNTY, True), world.officer(COUNTY, True)
    for stream in (delegation_id(ORIGIN, TOWN), policy_id(ORIGIN), key_claim_id(ORIGIN, "k"), uuid5(uuid4(), "x")):
        assert refusal(world, clerk, stream, "apply.submit", SIGNED, SHOWN) == "act.stream-reserved"
        data = registration()
        with_keys = {"brings": "new", "seconded": second.id, "second_kid": "key"}
        assert refusal(world, admin, stream, "officer.register", data, **with_keys) == "act.stream-reserved"


# -- delegation -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, True),
        ({"programmes": frozenset({"urban_minimum"})}, False),
        ({"programmes": frozenset({"urban_minimum", "rural_minimum"})}, True),
        ({"starting": date(2026, 11, 23)}, True),
        ({"starting": date(2026, 11, 24)}, False),
        ({"ending": date(2026, 11, 23)}, True),
        ({"ending": date(2026, 11, 22)}, False),
        ({"town": OTHER_TOWN}, False),
        ({"withdrawn": True}, False),
    ],
)
def test_a_town_confirms_only_under_a_delegation_in_force_today(world, changes, allowed):
    world.delegate(**changes)
    case, clerk = world.case(), world.officer(TOWN)
    expected = None if allowed else "delegation.none"
    assert refusal(world, clerk, case.id, "confirm.grant", GRANT) == expected
    assert refusal(world, clerk, case.id, "confirm.refuse", {"reason": "income"}) == expected
    assert refusal(world, clerk, world.case(Stage.GRANTED).id, "confirm.notify", NOTICE) is None


NOTICE = {"notice": DIGEST, "delivered": "left"}


def test_the_county_confirms_without_any_delegation(world):
    case = world.case()
    assert refusal(world, world.officer(TOWN), case.id, "confirm.grant", GRANT) == "delegation.none"
    assert refusal(world, world.officer(COUNTY), case.id, "confirm.grant", GRANT) is None


def delegating(town: str = TOWN) -> dict[str, Any]:
    return {
        "town": town,
        "programmes": ["rural_minimum"],
        "form": "granted",
        "instrument": DIGEST,
        "starting": "2021-07-01",
    }


def test_the_county_delegates_to_its_own_towns_and_takes_back(world):
    county, stream = world.officer(COUNTY), delegation_id(ORIGIN, TOWN)
    withdraw = {"instrument": DIGEST}
    assert refusal(world, county, stream, "delegation.withdraw", withdraw) == "delegation.nothing"
    assert refusal(world, world.officer(TOWN), stream, "delegation.grant", delegating()) == "officer.level"
    assert refusal(world, county, delegation_id(ORIGIN, OTHER_TOWN), "delegation.grant", delegating()) == "act.stream"
    foreign = delegation_id(ORIGIN, "610925100")
    assert refusal(world, county, foreign, "delegation.grant", delegating("610925100")) == "officer.place"
    granted = world.record(county, stream, "delegation.grant", delegating())
    assert granted.at("rural_minimum", TODAY)
    assert refusal(world, world.officer("610925"), stream, "delegation.withdraw", withdraw) == "officer.place"
    withdrawn = world.record(county, stream, "delegation.withdraw", withdraw)
    assert not withdrawn.at("rural_minimum", TODAY)
    assert refusal(world, county, stream, "delegation.withdraw", withdraw) == "delegation.nothing"
    assert world.record(county, stream, "delegation.grant", delegating()).at("rural_minimum", TODAY)


def test_a_decision_notes_everything_it_has_read_and_absence_as_version_0(world):
    case, clerk = world.case(), world.officer(TOWN)
    delegation = world.delegate()
    decision = world.decide(clerk, case.id, "confirm.grant", GRANT)
    assert decision.read == {case.id: 6, clerk.id: 1, policy_id(ORIGIN): 0, place_id(ORIGIN): 0, delegation.id: 1}
    assert decision.event.relied["streams"] == {str(stream): version for stream, version in decision.read.items()}
    assert decision.event.relied["delegation"] == str(delegation.id)
    assert decision.event.relied["instrument"] == DIGEST
    assert (decision.event.type, decision.event.originator_version) == ("confirm.granted", 7)


def test_the_rules_in_force_are_named_in_what_was_relied_on(world):
    county, case = world.officer(COUNTY), world.case()
    adopted = {"pack": "minimum-2021", "sha256": DIGEST, "starting": "2021-07-01"}
    assert refusal(world, world.officer(TOWN), policy_id(ORIGIN), "policy.adopt", adopted) == "officer.level"
    assert refusal(world, county, uuid4(), "policy.adopt", adopted) == "act.stream"
    world.record(county, policy_id(ORIGIN), "policy.adopt", adopted)
    assert world.decide(county, case.id, "confirm.grant", GRANT).event.relied["policy"] == DIGEST


def test_what_was_not_loaded_is_asked_for_and_nothing_is_guessed():
    officer = Officer(uuid4(), 1, TOWN, False, frozenset({"key"}))
    claims = {"iss": str(officer.id), "case": str(uuid4()), "act": "apply.accept", "version": 2, "data": {}}
    claims |= {"on": "2026-11-23", "basis": "direct"}
    proposal = Proposal("x.y.z", "key", "apply.accept", claims, {})
    with pytest.raises(NotLoaded) as missing:
        decide(proposal, View(ORIGIN, TODAY, {}))
    assert missing.value.stream == officer.id
    with pytest.raises(NotLoaded) as missing:
        decide(proposal, View(ORIGIN, TODAY, {officer.id: officer}))
    assert missing.value.stream == proposal.stream


def test_a_code_nobody_knows_is_no_act(world):
    assert refusal(world, world.officer(COUNTY), uuid4(), "apply.approve", {}) == "act.code"


def test_an_event_knows_its_officer_and_its_day(world):
    event = world.decide(world.officer(COUNTY), world.case().id, "confirm.grant", GRANT).event
    assert isinstance(event, Acted)
    assert event.on == TODAY
    assert event.type == TYPES["confirm.grant"]
    assert isinstance(event.officer, UUID)
