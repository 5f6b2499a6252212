"""成批办理: the list is computed from how the cases stand, and what needs a second look is pulled out."""

from datetime import date, timedelta

import pytest

from domain.bulk import Kind, Row, Terms, judged, lies_with, listed
from domain.pack import Pack
from domain.pack_text import read_pack
from domain.packs import text_of
from domain.policy import Policy
from domain.streams import place_id, policy_id
from domain.view import View
from domain.vocabulary import Stage
from tests.unit.domain.life import Life, month_after
from tests.unit.domain.world import COUNTY, DIGEST, ORIGIN, OTHER_TOWN, TOWN, World, adopting, shipped

RAISED = date(2026, 7, 1)


def raised() -> Pack:
    text = text_of("county-defaults").replace('pack = "county-defaults"', 'pack = "raised"')
    text = text.replace("starting = 2012-12-12", f"starting = {RAISED}").replace("value = 50000", "value = 53500")
    return read_pack(text.replace("value = 91000", "value = 95000").replace("value = 30000", "value = 31000"))


def granted(programme: str = "rural_minimum", **of: date) -> Life:
    return Life(World(), programme, **of).until("confirm.notify")


def policy_of(life: Life) -> Policy:
    policy = life.world.streams[policy_id(ORIGIN)]
    assert isinstance(policy, Policy)
    return policy


def raise_standard(life: Life) -> None:
    life.world.streams[policy_id(ORIGIN)] = adopting(life.world.law, life.world.county, raised())


def rows(life: Life, kind: Kind, on: date, until: date | None = None) -> list[Row]:
    """By the town's head."""
    terms = Terms(on, life.head.id, until or on)
    view = View(ORIGIN, on, life.world.streams)
    return [judged(row, kind, terms, view) for row in listed(kind, life.world.streams, policy_of(life), terms)]


def test_a_raised_standard_gives_each_member_the_difference_from_next_month_on():
    life = granted()
    raise_standard(life)
    (row,) = rows(life, Kind.STANDARD, RAISED)
    assert row.aside is None
    members = life.case.members
    assert row.data == {
        "cause": "standard",
        "monthly_fen": 84_000 + 3_500 * members,
        "members": members,
        "starting": "2026-08",
    }


def test_who_was_raised_is_not_raised_again():
    life = granted()
    raise_standard(life)
    (row,) = rows(life, Kind.STANDARD, RAISED)
    life.today = RAISED
    life.do("review.adjust", life.head, **row.data, form=DIGEST)
    assert rows(life, Kind.STANDARD, RAISED + timedelta(days=40)) == []


def test_who_was_confirmed_under_the_new_standard_has_it_already():
    life = Life(World(), began=RAISED + timedelta(days=5))
    raise_standard(life)
    life.until("confirm.notify")
    assert rows(life, Kind.STANDARD, RAISED + timedelta(days=60)) == []


def test_whose_application_began_under_the_old_standard_was_confirmed_by_it_and_is_raised():
    life = Life(World(), began=RAISED - timedelta(days=3))
    raise_standard(life)
    life.until("confirm.notify")
    assert len(rows(life, Kind.STANDARD, RAISED + timedelta(days=60))) == 1


def test_a_case_of_extreme_poverty_gets_the_care_part_of_its_grade_too():
    life = granted("extreme_poverty")
    assert life.case.grade == "partial"
    raise_standard(life)
    (row,) = rows(life, Kind.STANDARD, RAISED)
    assert row.data["monthly_fen"] == 84_000 + (4_000 + 1_000) * life.case.members


def test_a_standard_that_did_not_change_concerns_nobody():
    assert rows(granted(), Kind.STANDARD, RAISED) == []


@pytest.mark.parametrize(
    ("code", "aside"),
    [
        ("suspend.start", "suspended"),
        ("review.report", "under-way"),
        ("review.open", "under-way"),
        ("verify.draw", "verification"),
    ],
)
def test_where_something_else_goes_on_somebody_looks_first(code: str, aside: str):
    life = granted()
    life.later(5).do(code, life.inspector if code == "verify.draw" else life.clerk)
    raise_standard(life)
    (row,) = rows(life, Kind.STANDARD, RAISED)
    assert row.aside == aside


def test_what_the_rules_would_refuse_is_pulled_out_with_the_refusal():
    life = granted()
    raise_standard(life)
    terms = Terms(RAISED, life.world.officer(OTHER_TOWN).id, RAISED)
    view = View(ORIGIN, RAISED, life.world.streams)
    (row,) = (
        judged(row, Kind.STANDARD, terms, view)
        for row in listed(Kind.STANDARD, life.world.streams, policy_of(life), terms)
    )
    assert row.aside == "refused"
    assert row.refused is not None
    assert row.refused.code == "officer.place"


def test_rechecks_are_listed_by_the_day_they_are_due():
    life = granted()
    due = date(life.today.year + 1, life.today.month, life.today.day)
    soon = due - timedelta(days=10)
    assert rows(life, Kind.OPEN, soon, due - timedelta(days=5)) == []
    (row,) = rows(life, Kind.OPEN, soon, due + timedelta(days=5))
    assert row.data == {}
    assert "57号" in row.why


def test_a_recheck_under_way_is_concluded_not_begun_again():
    life = granted()
    life.later(330).do("review.open")
    assert rows(life, Kind.OPEN, life.today, life.today + timedelta(days=60)) == []
    (row,) = rows(life, Kind.RECHECK, life.today)
    assert (row.aside, row.data["result"], row.data["monthly_fen"]) == (None, "unchanged", 84_000)
    life.do("review.recheck", **row.data, form=DIGEST)
    assert rows(life, Kind.RECHECK, life.today) == []


def test_a_meeting_looks_at_what_waits_and_the_confirmation_waits_for_its_posting():
    life = Life(World()).until("confirm.grant")
    (row,) = rows(life, Kind.MEETING, life.today)
    assert (row.aside, row.data) == (None, {})
    (row,) = rows(life, Kind.GRANT, life.today)
    assert row.refused is not None
    assert row.refused.code == "case.posting-open"
    life.later(7)
    (row,) = rows(life, Kind.GRANT, life.today)
    assert (row.aside, row.data["members"]) == (None, life.case.members)
    life.do(
        "confirm.deliberate",
        life.head,
        attendees=[str(one.id) for one in (life.head, life.clerk, life.assistant)],
        in_favour=3,
        against=0,
        abstained=0,
        minutes=DIGEST,
    )
    assert rows(life, Kind.MEETING, life.today) == []


def test_whose_hand_is_missing_finds_what_waits_for_it():
    life = Life(World()).until("review.visit")
    life.do("review.visit")
    terms = Terms(life.today, life.assistant.id, life.today)
    view = View(ORIGIN, life.today, life.world.streams)
    (row,) = listed(Kind.COSIGN, life.world.streams, policy_of(life), terms)
    assert judged(row, Kind.COSIGN, terms, view).aside is None
    life.do("review.cosign", life.assistant, **row.data)
    assert list(listed(Kind.COSIGN, life.world.streams, policy_of(life), terms)) == []


def test_an_ineligible_household_is_on_no_list_of_confirmations():
    life = Life(World()).until("review.opine")
    life.do("review.opine", opinion="ineligible")
    assert rows(life, Kind.GRANT, life.today) == []


def test_a_status_is_on_the_list_from_its_last_month_on_and_its_end_lets_everybody_apply_anew():
    life = granted("low_income")
    last = date.fromisoformat(f"{life.case.until}-15")
    assert rows(life, Kind.EXPIRE, last - timedelta(days=31)) == []
    for day in (last, last + timedelta(days=70)):
        (row,) = rows(life, Kind.EXPIRE, day)
        assert (row.aside, row.data) == (None, {"reason": "expired", "starting": month_after(day)})
    life.today = last
    life.do("exit.end", life.head, **row.data)
    assert rows(life, Kind.EXPIRE, last + timedelta(days=70)) == []
    assert Life(life.world, "low_income", began=last).until("confirm.notify").case.stage is Stage.GRANTED


def test_nothing_else_ends_by_itself():
    life = granted()
    assert rows(life, Kind.EXPIRE, life.today + timedelta(days=4000)) == []


def test_a_town_has_its_own_cases_the_county_all():
    (row,) = rows_of_raise()
    world = World()
    view = View(ORIGIN, RAISED, world.streams)
    assert lies_with(row, world.officer(TOWN), view)
    assert lies_with(row, world.officer(COUNTY), view)
    assert not lies_with(row, world.officer(OTHER_TOWN), view)


def test_the_households_of_a_town_that_has_gone_into_another_are_on_that_one_s_list():
    (row,) = rows_of_raise()
    world, merger = World(), {"into": OTHER_TOWN, "starting": str(RAISED), "instrument": DIGEST}
    world.record(world.officer(COUNTY), place_id(ORIGIN), "place.merge", {"places": [TOWN], **merger})
    successor = world.officer(OTHER_TOWN)
    assert not lies_with(row, successor, View(ORIGIN, RAISED - timedelta(days=1), world.streams))
    assert lies_with(row, successor, View(ORIGIN, RAISED, world.streams))


def rows_of_raise() -> list[Row]:
    life = granted()
    raise_standard(life)
    return rows(life, Kind.STANDARD, RAISED)


def test_the_shipped_standards_are_what_these_tests_raise():
    before, after = shipped("county-defaults"), raised()
    assert before.sha256 != after.sha256
    changed = {value.key for one, value in zip(before.values, after.values, strict=True) if one.value != value.value}
    assert changed == {"standard.fen", "care.fen.partial"}
