"""Deputation 代理: who may stand in for whom, in what, and when; both people stand in the act."""

from typing import Any
from uuid import uuid4

import pytest

from domain.events import Acted
from domain.officer import Officer, describe
from domain.proposal import Proposal
from domain.rulings.acting import authority
from domain.view import View
from domain.vocabulary import Stage
from tests.unit.domain.world import COUNTY, DIGEST, GRANT, ORIGIN, OTHER_TOWN, TODAY, TOWN, VILLAGE, World, refusal


@pytest.fixture
def world() -> World:
    return World()


def deputation(deputy: Officer, **changes: Any) -> dict[str, Any]:
    return {
        "deputy": str(deputy.id),
        "starting": "2026-11-20",
        "ending": "2026-11-30",
        "acts": ["confirm"],
    } | changes


def deputise(world: World, principal: Officer, deputy: Officer, **changes: Any) -> Officer:
    officer: Officer = world.record(principal, principal.id, "officer.deputise", deputation(deputy, **changes))
    return officer


def test_the_principal_deputises_a_colleague_for_a_while(world):
    leader, clerk = world.officer(TOWN), world.officer(TOWN)
    officer = deputise(world, leader, clerk)
    (one,) = officer.deputations
    assert (one.deputy, str(one.starting), str(one.ending), one.acts) == (
        clerk.id, "2026-11-20", "2026-11-30", frozenset({"confirm"}),
    )  # fmt: skip
    assert describe(officer)["deputations"] == [
        {"deputy": str(clerk.id), "starting": "2026-11-20", "ending": "2026-11-30", "acts": ["confirm"]}
    ]
    assert officer.keys == leader.keys


def test_while_the_principal_is_away_the_county_above_them_deputises(world):
    leader, clerk, county = world.officer(TOWN), world.officer(TOWN), world.officer(COUNTY)
    chief, colleague, admin = world.officer(COUNTY), world.officer(COUNTY), world.officer(COUNTY, True)

    def by(signer: Officer, principal: Officer, deputy: Officer) -> str | None:
        return refusal(world, signer, principal.id, "officer.deputise", deputation(deputy))

    assert by(county, leader, clerk) is None
    assert by(world.officer("610925"), leader, clerk) == "officer.not-superior"
    assert by(world.officer(TOWN), leader, clerk) == "officer.not-superior"
    assert by(world.officer(VILLAGE), leader, clerk) == "officer.not-superior"
    # One of the county's own: themselves, or an administrator.
    assert by(chief, chief, colleague) is None
    assert by(county, chief, colleague) == "officer.not-superior"
    assert by(admin, chief, colleague) is None


def test_nobody_makes_themselves_a_deputy(world):
    leader, admin, chief = world.officer(TOWN), world.officer(COUNTY, True), world.officer(COUNTY)
    assert refusal(world, leader, leader.id, "officer.deputise", deputation(leader)) == "officer.self-deputy"
    assert refusal(world, admin, chief.id, "officer.deputise", deputation(admin)) == "officer.self-deputy"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"ending": "2026-11-23", "starting": "2026-11-23"}, None),
        ({"ending": "2026-11-22"}, "deputation.period"),
        ({"starting": "2026-12-01", "ending": "2026-11-30"}, "deputation.period"),
        ({"starting": "2026-12-01", "ending": "2027-12-02"}, None),
        ({"starting": "2026-12-01", "ending": "2027-12-03"}, "deputation.period"),
        ({"acts": ["review", "confirm.notify"]}, None),
        ({"acts": ["officer"]}, "deputation.acts"),
        ({"acts": ["officer.deputise"]}, "deputation.acts"),
        ({"acts": ["confirm.everything"]}, "deputation.acts"),
        ({"acts": ["delegation", "confirm"]}, "deputation.acts"),
        ({"acts": []}, "data.schema"),
        ({"acts": ["confirm", "confirm"]}, "data.schema"),
        ({"ending": "2026-11-31"}, "data.schema"),
    ],
)
def test_a_deputation_is_for_casework_and_for_an_absence(world, changes, expected):
    leader, clerk = world.officer(TOWN), world.officer(TOWN)
    assert refusal(world, leader, leader.id, "officer.deputise", deputation(clerk, **changes)) == expected


def test_a_deputy_is_of_the_same_unit_and_can_sign(world):
    leader = world.officer(TOWN)
    for unit in (OTHER_TOWN, VILLAGE, COUNTY):
        there = deputation(world.officer(unit))
        assert refusal(world, leader, leader.id, "officer.deputise", there) == "deputation.unit"
    gone = Officer(uuid4(), 2, TOWN, False, frozenset())
    world.streams[gone.id] = gone
    assert refusal(world, leader, leader.id, "officer.deputise", deputation(gone)) == "deputation.unit"
    nobody = Officer(uuid4(), 2, TOWN, False)
    assert refusal(world, leader, leader.id, "officer.deputise", deputation(nobody)) == "officer.unknown"
    assert refusal(world, leader, uuid4(), "officer.deputise", deputation(leader)) == "officer.unknown"


def test_it_is_ended_by_the_principal_the_deputy_or_the_county(world):
    leader, clerk, other, county = world.officer(TOWN), world.officer(TOWN), world.officer(TOWN), world.officer(COUNTY)
    ending = {"deputy": str(clerk.id)}
    assert refusal(world, leader, leader.id, "officer.end_deputation", ending) == "deputation.none"
    deputise(world, leader, clerk)
    deputise(world, leader, other)
    assert refusal(world, other, leader.id, "officer.end_deputation", ending) == "officer.not-superior"
    for signer in (leader, clerk, county):
        assert refusal(world, signer, leader.id, "officer.end_deputation", ending) is None
    officer = world.record(clerk, leader.id, "officer.end_deputation", ending)
    assert [one.deputy for one in officer.deputations] == [other.id]


def test_there_is_no_end_of_deputations_but_of_those_that_are_over(world):
    leader, clerk = world.officer(TOWN), world.officer(TOWN)
    for _ in range(32):
        deputise(world, leader, clerk, ending="2026-11-23")
    once_more = deputation(clerk, ending="2026-11-24")
    assert refusal(world, leader, leader.id, "officer.deputise", once_more) == "deputation.many"
    officer = world.record(leader, leader.id, "officer.end_deputation", {"deputy": str(clerk.id)})
    assert officer.deputations == ()
    deputise(world, leader, clerk, starting="2026-11-01", ending="2026-11-23")


def test_done_for_somebody_it_is_their_place_and_level_that_count(world):
    """A clerk of the county, standing in for the county's chief, draws; for a leader of the town, only there."""
    world.delegate()
    leader, clerk = world.officer(TOWN), world.officer(TOWN)
    case = world.case(Stage.OPINED)
    behalf = {"behalf": str(leader.id)}
    assert refusal(world, clerk, case.id, "confirm.grant", GRANT, **behalf) == "officer.no-deputation"
    deputise(world, leader, clerk)
    decision = world.decide(clerk, case.id, "confirm.grant", GRANT, **behalf)
    assert decision.event.officer == clerk.id
    assert decision.read[leader.id] == 2  # what was relied on: the deputation as it stood
    assert decision.read[clerk.id] == 1
    # The other way round, nobody deputised anybody.
    assert refusal(world, leader, case.id, "confirm.grant", GRANT, behalf=str(clerk.id)) == "officer.no-deputation"
    assert refusal(world, clerk, case.id, "confirm.grant", GRANT, behalf=str(uuid4())) == "officer.unknown"


def test_the_principals_level_is_what_an_act_needs(world):
    """Moved after the deputation: what counts is where the principal is, not where the deputy is."""
    chief = Officer(uuid4(), 1, COUNTY, False, frozenset({"key"}))
    clerk = world.officer(COUNTY)
    world.streams[chief.id] = chief
    case = world.case(Stage.GRANTED)
    deputise(world, chief, clerk, acts=["verify"])
    moved = Officer(clerk.id, 2, VILLAGE, False, frozenset({"key"}))
    world.streams[clerk.id] = moved
    assert refusal(world, moved, case.id, "verify.draw", {"cause": "sampled"}) == "officer.level"
    assert refusal(world, moved, case.id, "verify.draw", {"cause": "sampled"}, behalf=str(chief.id)) is None


@pytest.mark.parametrize(
    ("changes", "on", "expected"),
    [
        ({}, "2026-11-23", None),
        ({}, "2026-11-20", None),
        ({}, "2026-11-19", "officer.no-deputation"),  # before it began
        ({"ending": "2026-11-23"}, "2026-11-23", None),
        ({"starting": "2026-11-24"}, "2026-11-23", "officer.no-deputation"),
        ({"acts": ["confirm.grant"]}, "2026-11-23", None),
        ({"acts": ["confirm.refuse"]}, "2026-11-23", "officer.no-deputation"),
        ({"acts": ["review", "verify"]}, "2026-11-23", "officer.no-deputation"),
    ],
)
def test_the_deputation_covers_the_act_and_the_day(world, changes, on, expected):
    world.delegate()
    leader, clerk, case = world.officer(TOWN), world.officer(TOWN), world.case(Stage.OPINED)
    deputise(world, leader, clerk, **changes)
    assert refusal(world, clerk, case.id, "confirm.grant", GRANT, behalf=str(leader.id), on=on) == expected


def test_a_day_of_long_ago_does_not_bring_a_deputation_back(world):
    """It must run on the day of recording, too: nobody can move that one."""
    leader, clerk, case = world.officer(TOWN), world.officer(TOWN), world.case(Stage.OPINED)
    world.delegate()
    deputise(world, leader, clerk)
    claims = {"act": "confirm.grant", "behalf": str(leader.id), "on": "2026-11-30", "iss": str(clerk.id)}
    proposal = Proposal("x.y.z", "key", "confirm.grant", claims | {"case": str(case.id), "data": GRANT}, GRANT)
    acting = authority(proposal, clerk, View(ORIGIN, TODAY.replace(day=30), world.streams))
    assert (acting.signer.id, acting.principal.id) == (clerk.id, leader.id)
    assert acting.officers == (clerk.id, leader.id)
    with pytest.raises(Exception, match="nobody has deputised"):
        authority(proposal, clerk, View(ORIGIN, TODAY.replace(month=12, day=1), world.streams))


def test_who_acts_for_nobody_acts_alone(world):
    clerk = world.officer(TOWN)
    proposal = Proposal("x.y.z", "key", "confirm.grant", {"on": "2026-11-23", "iss": str(clerk.id)}, {})
    acting = authority(proposal, clerk, View(ORIGIN, TODAY, world.streams))
    assert acting.officers == (clerk.id,)
    assert acting.principal is clerk


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("officer.end_deputation", {"deputy": str(uuid4())}),
        ("officer.revoke_key", {"kid": "k" * 43, "reason": "lost"}),
        ("delegation.withdraw", {"instrument": DIGEST}),
        ("policy.adopt", {"pack": "x", "sha256": DIGEST, "starting": "2026-11-23"}),
    ],
)
def test_keys_ranks_delegations_and_rules_are_nobodys_to_lend(world, code, data):
    chief, clerk = world.officer(COUNTY), world.officer(COUNTY)
    deputise(world, chief, clerk, acts=["confirm"])
    assert refusal(world, clerk, uuid4(), code, data, behalf=str(chief.id)) == "officer.behalf"


def test_an_act_in_deputation_leaves_keys_alone(world):
    leader, clerk = world.officer(TOWN), world.officer(TOWN)
    officer = deputise(world, leader, clerk)
    assert isinstance(world.decide(clerk, leader.id, "officer.end_deputation", {"deputy": str(clerk.id)}).event, Acted)
    assert (officer.keys, officer.administrator, officer.handover) == (leader.keys, False, "none")
