"""The power to confirm over time: given, limited, suspended, resumed, withdrawn; who may confirm on which day."""

from datetime import date
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.delegation import Delegation
from domain.errors import NotAllowed
from domain.streams import delegation_id
from domain.vocabulary import Programme
from tests.unit.domain.world import COUNTY, DIGEST, GRANT, ORIGIN, TOWN, World, refusal

PLAN: dict[str, Any] = {
    "town": TOWN,
    "programmes": ["urban_minimum", "rural_minimum"],
    "form": "entrusted",
    "instrument": DIGEST,
    "number": {"issuer": "government_office", "year": 2021, "number": 12},
    "starting": "2021-06-26",
    "ending": "2021-12-31",
    "stages": [
        {"stage": "preparing", "starting": "2021-06-02", "ending": "2021-06-25"},
        {"stage": "running", "starting": "2021-06-26", "ending": "2021-09-30"},
        {"stage": "evaluating", "starting": "2021-10-01", "ending": "2021-12-31"},
    ],
}
"""The pilot of the county's plan: 安排部署, 组织实施, 评估推广."""
PAPER = {"instrument": DIGEST}
STREAM = delegation_id(ORIGIN, TOWN)

Step = tuple[str, str, dict[str, Any]]


def after(*steps: Step) -> World:
    """A county after these acts on the town's delegation: (day, word, what it says)."""
    world = World()
    county = world.officer(COUNTY)
    for day, word, data in steps:
        said = data if word == "grant" else PAPER | data
        world.record(county, STREAM, f"delegation.{word}", said, on=day, today=date.fromisoformat(day))
    return world


def attempt(
    world: World, who: str, day: str, programme: str = "rural_minimum", fen: int | None = 84_000
) -> tuple[str, str | None]:
    """(code of the refusal or who confirms, why)."""
    case = world.case(programme=programme)
    officer = world.officer({"town": TOWN, "county": COUNTY}[who])
    code = "confirm.refuse" if fen is None else "confirm.grant"
    data: dict[str, Any] = {"reason": "income"} if fen is None else GRANT | {"monthly_fen": fen}
    if programme == "low_income" and fen is not None:
        data |= {"monthly_fen": 0, "until": "2027-06"}
    try:
        relied = world.decide(officer, case.id, code, data, today=date.fromisoformat(day)).event.relied
    except NotAllowed as refused:
        return refused.code, refused.params.get("why")
    return relied["confirms"], relied.get("why")


GRANTED: Step = ("2021-06-22", "grant", PLAN)
OPEN: Step = ("2021-06-22", "grant", {name: PLAN[name] for name in PLAN if name not in ("ending", "stages")})
WITH_CEILING: Step = ("2021-06-22", "grant", PLAN | {"ceiling_fen": 50_000})
AS_ITS_OWN: Step = ("2021-06-22", "grant", PLAN | {"form": "granted"})
FAULTS = {"reason": "verification_faults", "grounds": ["cd" * 32]}

# what happened to the delegation, day, programme, what the town meets, what the county meets
TABLE: list[tuple[str, list[Step], str, str, tuple[str, str | None], tuple[str, str | None]]] = [
    ("nothing", [], "2021-07-01", "rural_minimum", ("delegation.none", "never"), ("county", "never")),
    ("not begun", [GRANTED], "2021-06-25", "rural_minimum", ("delegation.none", "not_yet"), ("county", "not_yet")),
    ("first day", [GRANTED], "2021-06-26", "rural_minimum", ("town", None), ("principal", None)),
    ("last day", [GRANTED], "2021-12-31", "rural_minimum", ("town", None), ("principal", None)),
    ("day after", [GRANTED], "2022-01-01", "rural_minimum", ("delegation.none", "ended"), ("county", "ended")),
    ("open end", [OPEN], "2099-12-31", "rural_minimum", ("town", None), ("principal", None)),
    (
        "another programme", [GRANTED], "2021-07-01", "low_income",
        ("delegation.none", "other_programme"), ("county", "other_programme"),
    ),
    ("its own", [AS_ITS_OWN], "2021-12-31", "rural_minimum", ("town", None), ("delegation.town-confirms", None)),
    (
        "its own, ended", [AS_ITS_OWN], "2022-01-01", "rural_minimum",
        ("delegation.none", "ended"), ("county", "ended"),
    ),
    (
        "withdrawn that day", [GRANTED, ("2021-08-10", "withdraw", {})], "2021-08-10", "rural_minimum",
        ("delegation.none", "withdrawn"), ("county", "withdrawn"),
    ),
    (
        "withdrawn from the first of next month", [GRANTED, ("2021-08-10", "withdraw", {"starting": "2021-09-01"})],
        "2021-08-31", "rural_minimum", ("town", None), ("principal", None),
    ),
    (
        "withdrawn since the first", [GRANTED, ("2021-08-10", "withdraw", {"starting": "2021-09-01"})],
        "2021-09-01", "rural_minimum", ("delegation.none", "withdrawn"), ("county", "withdrawn"),
    ),
    (
        "withdrawn, long after its end", [GRANTED, ("2021-08-10", "withdraw", {})], "2023-01-01", "urban_minimum",
        ("delegation.none", "withdrawn"), ("county", "withdrawn"),
    ),
    (
        "withdrawn before it began", [GRANTED, ("2021-06-24", "withdraw", {})], "2021-06-26", "rural_minimum",
        ("delegation.none", "withdrawn"), ("county", "withdrawn"),
    ),
    (
        "its own, withdrawn", [AS_ITS_OWN, ("2021-08-10", "withdraw", {})], "2021-08-11", "rural_minimum",
        ("delegation.none", "withdrawn"), ("county", "withdrawn"),
    ),
    (
        "suspended", [GRANTED, ("2021-08-10", "suspend", FAULTS)], "2021-08-10", "rural_minimum",
        ("delegation.none", "suspended"), ("county", "suspended"),
    ),
    (
        "its own, suspended", [AS_ITS_OWN, ("2021-08-10", "suspend", FAULTS)], "2021-08-10", "rural_minimum",
        ("delegation.none", "suspended"), ("county", "suspended"),
    ),
    (
        "to be suspended", [GRANTED, ("2021-08-10", "suspend", FAULTS | {"starting": "2021-08-12"})],
        "2021-08-11", "rural_minimum", ("town", None), ("principal", None),
    ),
    (
        "resumed", [GRANTED, ("2021-08-10", "suspend", FAULTS), ("2021-08-20", "resume", {})],
        "2021-08-20", "rural_minimum", ("town", None), ("principal", None),
    ),
    (
        "suspended until tomorrow",
        [GRANTED, ("2021-08-10", "suspend", FAULTS), ("2021-08-20", "resume", {"starting": "2021-08-22"})],
        "2021-08-21", "rural_minimum", ("delegation.none", "suspended"), ("county", "suspended"),
    ),
    (
        "resumed, and ended as it was to end",
        [GRANTED, ("2021-08-10", "suspend", FAULTS), ("2021-08-20", "resume", {})],
        "2022-01-01", "rural_minimum", ("delegation.none", "ended"), ("county", "ended"),
    ),
    (
        "limited to another programme", [GRANTED, ("2021-08-10", "limit", {"programmes": ["urban_minimum"]})],
        "2021-08-10", "rural_minimum", ("delegation.none", "limited"), ("county", "limited"),
    ),
    (
        "limited, this one kept", [GRANTED, ("2021-08-10", "limit", {"programmes": ["urban_minimum"]})],
        "2021-08-10", "urban_minimum", ("town", None), ("principal", None),
    ),
    (
        "an earlier end, its day", [GRANTED, ("2021-08-10", "limit", {"ending": "2021-09-30"})],
        "2021-09-30", "rural_minimum", ("town", None), ("principal", None),
    ),
    (
        "an earlier end, passed", [GRANTED, ("2021-08-10", "limit", {"ending": "2021-09-30"})],
        "2021-10-01", "rural_minimum", ("delegation.none", "ended"), ("county", "ended"),
    ),
    (
        "above the ceiling", [WITH_CEILING], "2021-07-01", "rural_minimum",
        ("delegation.ceiling", None), ("county", "ceiling"),
    ),
    (
        "above the ceiling set later", [AS_ITS_OWN, ("2021-08-10", "limit", {"ceiling_fen": 83_999})],
        "2021-08-10", "rural_minimum", ("delegation.ceiling", None), ("county", "ceiling"),
    ),
    (
        "at the ceiling", [GRANTED, ("2021-08-10", "limit", {"ceiling_fen": 84_000})],
        "2021-08-10", "rural_minimum", ("town", None), ("principal", None),
    ),
    (
        "granted again after the end", [GRANTED, ("2021-12-28", "grant", PLAN | {
            "starting": "2022-01-01", "ending": "2022-12-31", "stages": PLAN["stages"][2:]})],
        "2022-01-01", "rural_minimum", ("town", None), ("principal", None),
    ),
    (
        "granted again as its own", [GRANTED, ("2021-12-28", "grant", PLAN | {
            "form": "granted", "starting": "2022-01-01", "ending": "2022-12-31", "stages": PLAN["stages"][2:]})],
        "2021-12-31", "rural_minimum", ("town", None), ("principal", None),
    ),
    (
        "granted for another programme besides", [GRANTED, ("2021-07-05", "grant", PLAN | {
            "programmes": ["low_income"], "starting": "2021-07-05"})],
        "2021-07-05", "rural_minimum", ("town", None), ("principal", None),
    ),
    (
        "granted again after a withdrawal",
        [GRANTED, ("2021-08-10", "withdraw", {}), ("2021-11-01", "grant", PLAN)],
        "2021-11-01", "rural_minimum", ("town", None), ("principal", None),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("what", "steps", "day", "programme", "town", "county"), TABLE, ids=[row[0] for row in TABLE])
def test_who_may_confirm_on_which_day_is_what_the_delegation_says(what, steps, day, programme, town, county):
    world = after(*steps)
    assert attempt(world, "town", day, programme) == town
    assert attempt(world, "county", day, programme) == county


def test_refusing_a_household_takes_the_same_power_and_no_ceiling():
    world = after(WITH_CEILING)
    assert attempt(world, "town", "2021-07-01", fen=None) == ("town", None)
    assert attempt(after(), "town", "2021-07-01", fen=None) == ("delegation.none", "never")
    assert attempt(after(AS_ITS_OWN), "county", "2021-07-01", fen=None) == ("delegation.town-confirms", None)


def test_a_confirmation_names_the_delegation_it_used_and_who_answers_for_it():
    world = after(GRANTED, ("2021-08-10", "suspend", FAULTS), ("2021-08-20", "resume", {}))
    case, clerk = world.case(), world.officer(TOWN)
    decision = world.decide(clerk, case.id, "confirm.grant", GRANT, today=date(2021, 10, 8))
    assert (
        decision.event.relied.items()
        >= {
            "confirms": "town",
            "delegation": str(STREAM),
            "delegation_version": 1,
            "form": "entrusted",
            "instrument": DIGEST,
            "number": PLAN["number"],
            "stage": "evaluating",
        }.items()
    )
    assert decision.read[STREAM] == 3


def test_the_county_relies_on_the_delegation_too_and_so_notices_when_it_changes():
    world = after()
    decision = world.decide(world.officer(COUNTY), world.case().id, "confirm.grant", GRANT)
    assert decision.read[STREAM] == 0
    assert (decision.event.relied["confirms"], decision.event.relied["why"]) == ("county", "never")


def test_a_refusal_says_since_when():
    world = after(GRANTED, ("2021-08-10", "withdraw", {"starting": "2021-09-01"}))
    case, clerk = world.case(), world.officer(TOWN)
    with pytest.raises(NotAllowed) as refused:
        world.decide(clerk, case.id, "confirm.grant", GRANT, today=date(2022, 2, 1))
    assert (refused.value.params["why"], refused.value.params["since"]) == ("withdrawn", "2021-09-01")
    assert "withdrawn from 2021-09-01 on" in str(refused.value)


def test_what_was_valid_once_stays_told_whatever_comes_later():
    world = after(
        GRANTED,
        ("2021-08-10", "suspend", FAULTS),
        ("2021-08-20", "resume", {}),
        ("2021-10-08", "withdraw", {}),
        ("2021-11-01", "grant", PLAN | {"form": "granted"}),
    )
    found = world.streams[STREAM]
    told = {}
    for day in ("2021-06-26", "2021-08-10", "2021-08-20", "2021-10-07", "2021-10-08", "2021-10-31", "2021-11-01"):
        valid = found.at("rural_minimum", date.fromisoformat(day))
        told[day] = valid and (valid.form, valid.version, valid.stage)
    assert told == {
        "2021-06-26": ("entrusted", 1, "running"),
        "2021-08-10": None,
        "2021-08-20": ("entrusted", 1, "running"),
        "2021-10-07": ("entrusted", 1, "evaluating"),
        "2021-10-08": None,
        "2021-10-31": None,
        "2021-11-01": ("granted", 5, "evaluating"),
    }


def told(*steps: Step) -> str | None:
    """The refusal of the last of these acts."""
    *before, (day, word, data) = steps
    world = after(*before)
    said = data if word == "grant" else PAPER | data
    today = date.fromisoformat(day)
    return refusal(world, world.officer(COUNTY), STREAM, f"delegation.{word}", said, on=day, today=today)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("2021-08-10", "suspend", FAULTS)], "delegation.nothing"),
        ([GRANTED, ("2021-08-10", "resume", {})], "delegation.nothing"),
        ([GRANTED, ("2021-08-10", "suspend", FAULTS), ("2021-08-11", "suspend", FAULTS)], "delegation.nothing"),
        ([GRANTED, ("2021-08-10", "suspend", FAULTS), ("2021-08-11", "withdraw", {})], None),
        ([GRANTED, ("2021-08-10", "withdraw", {}), ("2021-08-11", "withdraw", {})], "delegation.nothing"),
        ([GRANTED, ("2021-08-10", "withdraw", {"starting": "2021-09-01"}), ("2021-08-11", "withdraw", {})], None),
        ([GRANTED, ("2021-08-10", "withdraw", {}), ("2021-08-11", "resume", {})], "delegation.nothing"),
        ([GRANTED, ("2022-01-01", "withdraw", {})], "delegation.nothing"),
        ([GRANTED, ("2021-08-10", "withdraw", {"starting": "2021-08-09"})], "delegation.day"),
        ([GRANTED, ("2021-08-10", "limit", {"ending": "2021-08-09"})], "delegation.day"),
        ([GRANTED, ("2021-08-10", "limit", {"ending": "2021-08-10"})], None),
        ([GRANTED, ("2021-08-10", "limit", {"ending": "2021-12-31"})], "delegation.nothing"),
        ([GRANTED, ("2021-08-10", "limit", {"ending": "2022-01-31"})], "delegation.nothing"),
        ([GRANTED, ("2021-08-10", "limit", {"programmes": ["urban_minimum", "low_income"]})], "delegation.wider"),
        ([GRANTED, ("2021-08-10", "limit", {"programmes": PLAN["programmes"]})], "delegation.nothing"),
        ([WITH_CEILING, ("2021-08-10", "limit", {"ceiling_fen": 50_000})], "delegation.nothing"),
        ([WITH_CEILING, ("2021-08-10", "limit", {"ceiling_fen": 60_000})], "delegation.wider"),
        ([GRANTED, ("2021-08-10", "limit", {})], "data.schema"),
        ([("2021-06-22", "grant", PLAN | {"ending": "2021-06-25"})], "data.schema"),
        ([("2021-06-22", "grant", PLAN | {"starting": "2021-06-25"})], "data.schema"),
        ([("2021-06-22", "grant", PLAN | {"stages": PLAN["stages"][::-1]})], "data.schema"),
        ([("2021-06-22", "grant", PLAN | {"programmes": ["low_income", "low_income"]})], "data.schema"),
        ([GRANTED, ("2021-08-10", "suspend", {"reason": "verification_faults", "grounds": []})], "data.schema"),
    ],
)
def test_an_act_that_changes_nothing_or_gives_more_or_reaches_back_is_refused(steps, expected):
    assert told(*steps) == expected


def test_what_was_decided_on_paper_holds_from_its_own_day_when_it_is_recorded_late():
    world = after(GRANTED)
    county = world.officer(COUNTY)
    late = {"on": "2021-08-10", "basis": "paper", "today": date(2021, 8, 13)}
    withdrawn = world.record(county, STREAM, "delegation.withdraw", PAPER | {"starting": "2021-08-10"}, **late)
    assert withdrawn.at("rural_minimum", date(2021, 8, 9))
    assert withdrawn.at("rural_minimum", date(2021, 8, 10)) is None
    again = world.record(county, STREAM, "delegation.grant", PLAN, on="2021-08-01", basis="paper", today=late["today"])
    assert again.at("rural_minimum", date(2021, 8, 12)) is None, "a grant never heals the days before it was recorded"
    assert again.at("rural_minimum", date(2021, 8, 13))


def test_only_the_county_acts_on_its_towns_delegations():
    world = after(GRANTED)
    for word, data in (("limit", {"ending": "2021-09-30"}), ("suspend", FAULTS), ("withdraw", {})):
        for unit, expected in ((TOWN, "officer.level"), ("610925", "officer.place"), (COUNTY, None)):
            officer = world.officer(unit)
            day = {"on": "2021-08-10", "today": date(2021, 8, 10)}
            assert refusal(world, officer, STREAM, f"delegation.{word}", PAPER | data, **day) == expected
    assert refusal(world, world.officer(COUNTY), uuid4(), "delegation.suspend", PAPER | FAULTS) == "delegation.nothing"


DAYS = st.dates(date(2021, 6, 20), date(2022, 1, 10))
WORDS = st.one_of(
    st.tuples(st.just("grant"), st.sampled_from([PLAN, PLAN | {"programmes": ["low_income"]}, AS_ITS_OWN[2]])),
    st.tuples(st.just("suspend"), st.just(FAULTS)),
    st.tuples(st.sampled_from(["resume", "withdraw"]), st.just({})),
    st.tuples(
        st.just("limit"),
        st.one_of(
            st.fixed_dictionaries({"ceiling_fen": st.sampled_from([40_000, 60_000])}),
            st.fixed_dictionaries({"ending": st.sampled_from(["2021-09-30", "2021-11-30"])}),
            st.just({"programmes": ["rural_minimum"]}),
        ),
    ),
)


@given(st.lists(st.tuples(DAYS, st.one_of(st.none(), DAYS), WORDS), max_size=8), DAYS)
def test_in_any_order_of_acts_periods_never_overlap_and_the_past_stays(acts, asked):
    world = World()
    county = world.officer(COUNTY)
    before: Delegation | None = None
    for day, starting, (word, data) in sorted(acts, key=lambda act: act[0]):
        said = data if word == "grant" else PAPER | data | ({"starting": str(starting)} if starting else {})
        try:
            found = world.record(county, STREAM, f"delegation.{word}", said, on=str(day), today=day)
        except NotAllowed:
            continue
        for programme in Programme:
            own = [period for period in found.periods if period.programme == programme]
            assert all(p.last is not None and p.last < q.first for p, q in pairwise(own))
            assert all(period.last is None or period.first <= period.last for period in own)
            if asked < day and before is not None and before.period(programme, asked) is not None:
                assert found.at(programme, asked) == before.at(programme, asked)
            assert (found.at(programme, asked) is None) == (found.why_not(programme, asked)[0] != "valid")
        before = found
