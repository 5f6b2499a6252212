"""Towns and villages that go into others: whose case it is from that day on."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from domain.errors import NotAllowed
from domain.handover import list_digest
from domain.place import NO_MERGERS, Places, covers
from domain.streams import delegation_id, place_id
from domain.vocabulary import Stage
from tests.unit.domain.world import COUNTY, DIGEST, ORIGIN, SHOWN, SIGNED, TOWN, VILLAGE, World, refusal

NEW = "610924118"
NEW_VILLAGE = f"{NEW}201"
LATER_TOWN = "610924119"
STREAM = place_id(ORIGIN)
LAST, FIRST = date(2026, 12, 31), date(2027, 1, 1)


def merging(*places: str, into: str, starting: str = "2027-01-01") -> dict[str, Any]:
    return {"places": list(places), "into": into, "starting": starting, "instrument": DIGEST}


def merged(*acts: dict[str, Any]) -> World:
    world = World()
    county = world.officer(COUNTY)
    for act in acts:
        world.record(county, STREAM, "place.merge", act)
    return world


def places_after(*acts: dict[str, Any]) -> Places:
    found: Places = merged(*acts).streams[STREAM]
    return found


def on(day: date) -> dict[str, Any]:
    return {"on": str(day), "today": day}


def test_a_place_is_what_it_was_until_the_day_and_the_other_from_then_on():
    places = places_after(merging(TOWN, "610924101", into=NEW))
    assert [places.current(TOWN, day) for day in (LAST, FIRST)] == [TOWN, NEW]
    assert places.current("610924102", FIRST) == "610924102"
    assert NO_MERGERS.current(TOWN, FIRST) == TOWN


def test_mergers_one_after_the_other_lead_to_where_the_place_is_now_whichever_day_comes_first():
    first, second = merging(TOWN, into=NEW), merging(NEW, into=LATER_TOWN, starting="2029-01-01")
    places = places_after(first, second)
    assert places.current(TOWN, date(2028, 12, 31)) == NEW
    assert places.current(TOWN, date(2029, 1, 1)) == LATER_TOWN
    early = places_after(merging(TOWN, into=NEW, starting="2029-01-01"), merging(NEW, into=LATER_TOWN))
    assert early.current(TOWN, date(2028, 12, 31)) == TOWN
    assert early.current(TOWN, date(2029, 1, 1)) == LATER_TOWN


def test_a_household_goes_with_its_town_and_with_its_village():
    places = places_after(merging(TOWN, into=NEW), merging(VILLAGE, into="610924102207", starting="2027-06-01"))
    assert places.home(TOWN, VILLAGE, LAST) == (TOWN, VILLAGE)
    assert places.home(TOWN, VILLAGE, FIRST) == (NEW, VILLAGE)
    assert places.home(TOWN, None, FIRST) == (NEW, None)
    assert places.home(TOWN, VILLAGE, date(2027, 6, 1)) == ("610924102", "610924102207")
    assert places.home(TOWN, None, date(2027, 6, 1)) == (NEW, None)


@pytest.mark.parametrize(
    ("unit", "code", "before", "after"),
    [
        (COUNTY, TOWN, True, True),
        (COUNTY, VILLAGE, True, True),
        ("610925", VILLAGE, False, False),
        (TOWN, TOWN, True, True),
        (TOWN, VILLAGE, True, True),
        (NEW, TOWN, False, True),
        (NEW, VILLAGE, False, True),
        (NEW, NEW, True, True),
        ("610924101", VILLAGE, False, True),
        ("610924102", VILLAGE, False, False),
        (VILLAGE, VILLAGE, True, True),
        (VILLAGE, TOWN, False, False),
        (VILLAGE, "610924100202", False, False),
        (NEW, None, False, False),
    ],
)
def test_an_officer_covers_what_their_unit_is_on_that_day(unit, code, before, after):
    places = places_after(merging(TOWN, "610924101", into=NEW))
    assert covers(unit, code, places, LAST) is before
    assert covers(unit, code, places, FIRST) is after
    assert covers(unit, code, NO_MERGERS, FIRST) is before


def test_the_new_towns_officer_and_delegation_count_for_the_old_towns_cases():
    world = merged(merging(TOWN, into=NEW))
    case, old, new = world.case(), world.officer(TOWN), world.officer(NEW)
    world.delegate()
    assert refusal(world, new, case.id, "confirm.refuse", {"reason": "income"}, **on(LAST)) == "officer.place"
    assert refusal(world, old, case.id, "confirm.refuse", {"reason": "income"}, **on(LAST)) is None
    for officer in (old, new):
        assert (
            refusal(world, officer, case.id, "confirm.refuse", {"reason": "income"}, **on(FIRST)) == "delegation.none"
        )
    world.delegate(town=NEW)
    for officer in (old, new):
        decision = world.decide(officer, case.id, "confirm.refuse", {"reason": "income"}, **on(FIRST))
        assert decision.event.relied["delegation"] == str(delegation_id(ORIGIN, NEW))
        assert decision.read[STREAM] == 1


def test_a_posting_hangs_in_the_village_as_it_is_called_now():
    world = merged(merging(VILLAGE, into=NEW_VILLAGE), merging(TOWN, into=NEW))
    case, clerk = world.case(Stage.ACCEPTED), world.officer(NEW)
    posting = {"days": 7, "photograph": DIGEST}
    for village, expected in (
        (NEW_VILLAGE, None),
        (VILLAGE, None),
        (f"{NEW}202", "case.posting"),
        ("610924102201", "case.village"),
    ):
        assert refusal(world, clerk, case.id, "review.post", posting | {"village": village}, **on(FIRST)) == expected


def test_nobody_applies_in_a_town_that_is_no_more():
    world = merged(merging(TOWN, into=NEW))
    clerk = world.officer(NEW)
    assert refusal(world, world.officer(TOWN), uuid4(), "apply.submit", SIGNED, SHOWN, **on(LAST)) is None
    assert refusal(world, clerk, uuid4(), "apply.submit", SIGNED, SHOWN, **on(FIRST)) == "place.gone"
    # The village keeps its number until that is changed too.
    there = {"town": NEW}
    assert refusal(world, clerk, uuid4(), "apply.submit", SIGNED | there, SHOWN | there, **on(FIRST)) is None


def test_nothing_is_delegated_to_a_town_that_is_no_more():
    world = merged(merging(TOWN, into=NEW))
    county, data = world.officer(COUNTY), {"programmes": ["low_income"], "form": "granted", "instrument": DIGEST}
    for town, expected in ((TOWN, "place.gone"), (NEW, None)):
        said = data | {"town": town, "starting": "2027-01-01"}
        assert refusal(world, county, delegation_id(ORIGIN, town), "delegation.grant", said, **on(FIRST)) == expected


def test_files_and_work_of_a_town_that_is_no_more_are_kept_and_taken_over_by_the_other():
    """Archives 档案, deputation 代理 and hand-over 交接 go by the places there are on the day."""
    world = merged(merging(TOWN, into=NEW))
    case, there, here, colleague = world.case(), *(world.officer(unit) for unit in (TOWN, NEW, NEW))
    shelving = {"documents": [{"kind": "identity", "sha256": DIGEST, "pages": 1, "shelf": f"{TOWN}/1/1"}]}
    deputation = {"deputy": str(here.id), "starting": "2027-01-01", "ending": "2027-01-31", "acts": ["review"]}
    leaving = {"successor": str(colleague.id), "reason": "leaving", "count": 0, "listed": list_digest([]), "due": 0}
    papers = {"papers": DIGEST, "minutes": DIGEST}
    for day, shelf, deputy, successor in (
        (LAST, "officer.place", "deputation.unit", "handover.successor"),
        (FIRST, None, None, None),
    ):
        assert refusal(world, here, case.id, "archive.file", shelving, **on(day)) == shelf
        assert refusal(world, there, there.id, "officer.deputise", deputation, **on(day)) == deputy
        assert refusal(world, there, there.id, "officer.hand_over", leaving | papers, **on(day)) == successor


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (merging("610924101", into=NEW), None),
        (merging("610924101", into=TOWN), "place.gone"),
        (merging(NEW, into=TOWN), "place.gone"),
        (merging(TOWN, into="610924101"), "place.gone"),
        (merging(NEW, into=NEW), "data.schema"),
        (merging("610924101", "610924101", into=NEW), "data.schema"),
        (merging(VILLAGE, into=NEW), "data.schema"),
        (merging(COUNTY, into="610925"), "data.schema"),
        (merging("610925100", into=NEW), "officer.place"),
        (merging("610924101", into="610925100"), "officer.place"),
    ],
)
def test_each_place_goes_once_and_within_the_county(act, expected):
    world = merged(merging(TOWN, into=NEW))
    assert refusal(world, world.officer(COUNTY), STREAM, "place.merge", act) == expected


def test_only_the_county_merges_and_only_on_the_countys_own_stream():
    world, act = World(), merging(TOWN, into=NEW)
    assert refusal(world, world.officer(TOWN), STREAM, "place.merge", act) == "officer.level"
    assert refusal(world, world.officer(COUNTY), uuid4(), "place.merge", act) == "act.stream"


def test_a_refusal_names_the_place_there_is_now():
    world = merged(merging(TOWN, into=NEW))
    with pytest.raises(NotAllowed) as refused:
        world.decide(world.officer(NEW), uuid4(), "apply.submit", SIGNED, SHOWN, **on(FIRST))
    assert refused.value.params == {"place": TOWN, "into": NEW}
