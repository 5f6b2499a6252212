"""Who may do what in a case, where, and on which authority; and what each decision has read."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from domain.decide import ELSEWHERE, decide
from domain.duties import DUTIES
from domain.events import Acted
from domain.officer import Officer
from domain.payments import Payments
from domain.proposal import Proposal
from domain.streams import delegation_id, key_claim_id, policy_id
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


VISITED, RECTIFYING = {"verification": VerificationState.VISITED}, {"verification": VerificationState.RECTIFYING}
FORM = {"form": DIGEST}
NEXT = "2026-12"

# act code, the stage it fits, its data, and how the case stands besides
FITTING: Sequence[tuple[str, Stage, dict[str, Any], dict[str, Any]]] = [
    ("apply.accept", Stage.SUBMITTED, {}, {}),
    ("apply.return", Stage.SUBMITTED, {"missing": ["income"]}, {}),
    ("apply.supplement", Stage.RETURNED, {"documents": SUBMIT["documents"]}, {}),
    ("apply.reject", Stage.SUBMITTED, {"reason": "withdrawn"}, {}),
    ("apply.register", Stage.ACCEPTED, {"of": "handler", "relation": "child", **FORM}, {}),
    ("apply.withdraw", Stage.OPINED, {"paper": DIGEST}, {}),
    ("review.request_check", Stage.ACCEPTED, {}, {}),
    ("review.begin_check", Stage.ACCEPTED, {}, {}),
    ("review.check", Stage.ACCEPTED, {"result": "consistent", "report": DIGEST}, {}),
    ("review.inform", Stage.ACCEPTED, {"notice": DIGEST}, {}),
    ("review.appraise", Stage.ACCEPTED, {"attended": 9, "in_favour": 8, "against": 1, "minutes": DIGEST}, {}),
    ("review.assess", Stage.ACCEPTED, {"failed": [], "grade": "full", "by": "county", **FORM},
     {"programme": "extreme_poverty"}),
    ("review.opine", Stage.ACCEPTED, {"opinion": "eligible", **FORM}, {}),
    ("review.post", Stage.OPINED, {"village": VILLAGE, "days": 7, "photograph": DIGEST}, {}),
    ("review.object", Stage.OPINED, {"against": "posting", "paper": DIGEST}, {}),
    ("review.extend", Stage.ACCEPTED, {"cause": "other", "notice": DIGEST}, {}),
    ("review.open", Stage.GRANTED, {}, {}),
    ("review.report", Stage.GRANTED, {"kind": "income", "day": "2026-11-01"}, {}),
    ("review.recheck", Stage.GRANTED,
     {"result": "unchanged", "monthly_fen": 84_000, "starting": "2027-01", **FORM}, {}),
    ("review.adjust", Stage.GRANTED,
     {"cause": "standard", "monthly_fen": 90_000, "members": 3, "starting": NEXT, **FORM}, {}),
    ("review.move", Stage.GRANTED, {"town": OTHER_TOWN, "paper": DIGEST}, {}),
    ("confirm.grant", Stage.OPINED, GRANT, {}),
    ("confirm.refuse", Stage.OPINED, {"reason": "income"}, {}),
    ("confirm.notify", Stage.GRANTED, {"notice": DIGEST, "delivered": "post"}, {}),
    ("confirm.publish", Stage.GRANTED, {"village": VILLAGE, "shown": ["applicant_name"], "photograph": DIGEST}, {}),
    ("verify.draw", Stage.GRANTED, {"cause": "sampled"}, {}),
    ("verify.visit", Stage.GRANTED, FORM, {"verification": VerificationState.DRAWN}),
    ("verify.pass", Stage.GRANTED, {}, VISITED),
    ("verify.rectify", Stage.GRANTED, {"fault": "papers", "deadline": "2026-12-31"}, VISITED),
    ("verify.report", Stage.GRANTED, {"outcome": "done", **FORM}, RECTIFYING),
    ("verify.overturn", Stage.GRANTED, {"reason": "assets"}, VISITED),
    ("suspend.start", Stage.GRANTED, {"reason": "changed", "starting": NEXT}, {}),
    ("suspend.lift", Stage.SUSPENDED, {"starting": NEXT}, {}),
    ("exit.propose", Stage.GRANTED, {"reason": "income", **FORM}, {}),
    ("exit.defer", Stage.GRANTED, {"until": NEXT, **FORM}, {}),
    ("payment.record", Stage.GRANTED,
     {"month": "2026-10", "fen": 84_000, "result": "paid", "file": DIGEST, "row": 1}, {}),
    ("payment.overpay", Stage.EXITED,
     {"first": "2026-09", "last": "2026-10", "fen": 84_000, "cause": "death", **FORM}, {}),
    ("payment.recover", Stage.EXITED, {"fen": 5, "receipt": DIGEST}, {"payments": Payments(overpaid=9)}),
    ("payment.waive", Stage.EXITED, {"fen": 5, "ground": "hardship", "decision": DIGEST},
     {"payments": Payments(overpaid=9)}),
    ("payment.entrust", Stage.GRANTED, {"holder": "relative", "agreement": DIGEST}, {}),
    ("payment.end_custody", Stage.GRANTED, {"receipt": DIGEST}, {"custody": "relative"}),
    ("dispute.file", Stage.REFUSED, {"kind": "litigation", "against": 5, "paper": DIGEST}, {}),
    ("dispute.decide", Stage.REFUSED, {"filed": 7, "result": "upheld", "paper": DIGEST}, {"disputes": {7: "filed"}}),
    ("dispute.execute", Stage.REFUSED, {"filed": 7, "paper": DIGEST}, {"disputes": {7: "decided"}}),
    ("exit.end", Stage.GRANTED, {"reason": "income", "starting": NEXT}, {}),
]  # fmt: skip
NOT_HERE = {"apply.submit", "review.visit", "review.cosign", "confirm.deliberate", "review.correct"}
"""Tried in tests of their own: they name officers or other acts."""


def test_every_act_of_a_case_is_tried():
    assert {code for code, *_ in FITTING} | NOT_HERE == set(DUTIES)


@pytest.mark.parametrize(("code", "stage", "data", "besides"), FITTING, ids=[row[0] for row in FITTING])
def test_each_level_does_its_own_acts_within_its_own_area(world, code, stage, data, besides):
    world.delegate()
    case = world.case(stage, **besides)
    places = {"village": (VILLAGE, OTHER_VILLAGE), "town": (TOWN, OTHER_TOWN), "county": (COUNTY, "610925")}
    for level, (here, elsewhere) in places.items():
        may = level in DUTIES[code].levels
        word = {"basis": "system"} if code in ELSEWHERE else {}
        expected = None if may else "officer.level"
        assert refusal(world, world.officer(here), case.id, code, data, **word) == expected, level
        there = refusal(world, world.officer(elsewhere), case.id, code, data, **word)
        assert there == ("officer.place" if may else "officer.level"), level


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


def delegating(town: str = TOWN) -> dict[str, Any]:
    return {
        "town": town,
        "programmes": ["rural_minimum"],
        "form": "granted",
        "instrument": DIGEST,
        "starting": "2021-07-01",
    }


def test_nothing_took_place_before_there_was_anything_of_the_kind(world):
    county, stream = world.officer(COUNTY), delegation_id(ORIGIN, TOWN)
    for on, expected in (("0001-01-01", "act.on-early"), ("1989-12-31", "act.on-early"), ("1990-01-01", None)):
        assert refusal(world, county, stream, "delegation.grant", delegating(), on=on, basis="paper") == expected


def test_a_posting_hangs_in_the_village_of_the_household(world):
    clerk, posting = world.officer(TOWN), {"days": 7, "photograph": DIGEST}
    for village, there, expected in [
        (VILLAGE, VILLAGE, None),
        (VILLAGE, OTHER_VILLAGE, "case.posting"),
        (VILLAGE, "610924101201", "case.village"),
        (None, OTHER_VILLAGE, None),
    ]:
        case = world.case(Stage.OPINED, village=village)
        assert refusal(world, clerk, case.id, "review.post", posting | {"village": there}) == expected


def test_a_stream_of_another_kind_takes_no_case_acts(world):
    world.delegate()
    delegation = delegation_id(ORIGIN, TOWN)
    assert refusal(world, world.officer(TOWN), delegation, "apply.accept", {}) == "case.stream"


def test_nobody_sits_down_on_an_id_that_belongs_to_something_else(world):
    clerk, admin, second = world.officer(TOWN), world.officer(COUNTY, True), world.officer(COUNTY, True)
    for stream in (delegation_id(ORIGIN, OTHER_TOWN), key_claim_id(ORIGIN, "k"), uuid5(uuid4(), "x")):
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


# -- what was read ----------------------------------------------------------------------------------


def test_a_decision_notes_everything_it_has_read_and_absence_as_version_0(world):
    case, clerk = world.case(), world.officer(TOWN)
    delegation, policy = world.delegate(), world.streams[policy_id(ORIGIN)]
    decision = world.decide(clerk, case.id, "confirm.grant", GRANT)
    expected = {case.id: 6, clerk.id: 1, policy.id: policy.version, delegation.id: 1}
    assert decision.read.items() >= expected.items()
    assert decision.event.relied["streams"] == {str(stream): version for stream, version in decision.read.items()}
    assert decision.event.relied["delegation"] == str(delegation.id)
    assert (decision.event.type, decision.event.originator_version) == ("confirm.granted", 7)


def test_a_decision_cites_the_rules_it_was_judged_by(world):
    relied = world.decide(world.officer(COUNTY), world.case().id, "confirm.grant", GRANT).event.relied
    assert (relied["policy"], relied["settings"]) == (world.law.sha256, world.county.sha256)
    assert relied["level"] == "county"


def test_without_any_rules_adopted_nothing_begins_and_the_refusal_says_what_to_do(world):
    del world.streams[policy_id(ORIGIN)]
    assert refusal(world, world.officer(TOWN), uuid4(), "apply.submit", SIGNED, SHOWN) == "policy.none"


def test_what_was_not_loaded_is_asked_for_and_nothing_is_guessed():
    officer = Officer(uuid4(), 1, TOWN, False, frozenset({"key"}))
    claims = {"iss": str(officer.id), "case": str(uuid4()), "act": "apply.accept", "version": 2, "data": {}}
    claims |= {"on": "2026-11-23", "basis": "direct"}
    proposal = Proposal("x.y.z", "key", "apply.accept", claims, {})
    wanted: list[UUID] = []
    for known in ({}, {officer.id: officer}):
        with pytest.raises(NotLoaded) as missing:
            decide(proposal, View(ORIGIN, TODAY, known))
        wanted += missing.value.streams
    assert wanted == [officer.id, proposal.stream]


def test_a_code_nobody_knows_is_no_act(world):
    assert refusal(world, world.officer(COUNTY), uuid4(), "apply.approve", {}) == "act.code"


def test_an_event_knows_its_officer_and_its_day(world):
    event = world.decide(world.officer(COUNTY), world.case().id, "confirm.grant", GRANT).event
    assert isinstance(event, Acted)
    assert event.on == TODAY
