"""What an act says of the limits that begin with it is what anybody computes from the case afterwards."""

from datetime import date
from typing import Any

import pytest

from domain.deadlines import deadlines
from domain.vocabulary import Level
from tests.unit.domain.life import Life, month_after
from tests.unit.domain.world import World


def recorded(life: Life, code: str, **data: Any) -> dict[str, str]:
    """The limits that the act is recorded with, by name."""
    signer = life.by_custom(code)
    said = life.of_today(code) | data
    if code == "review.report":
        said = {"kind": "death", "day": "2026-06-01"} | data
    decision = life.world.decide(signer, life.id, code, said, on=str(life.today), today=life.today)
    life.do(code, signer, **said)
    due: dict[str, str] = decision.event.relied.get("due", {})
    return due


@pytest.mark.parametrize("programme", ["rural_minimum", "low_income"])
def test_an_acceptance_in_a_town_that_confirms_runs_under_the_towns_limit(programme: str):
    life = Life(World(), programme).until("apply.accept")
    due = recorded(life, "apply.accept")
    running = {one.name: one for one in deadlines(life.case, life.world.rules, life.today)}
    assert due["total"] == str(running["total"].due.day)
    assert running["total"].limit.number == 20


def test_a_household_whose_income_is_not_stable_is_checked_again_after_half_a_year():
    life = Life(World()).until("confirm.grant").later(7)
    assert recorded(life, "confirm.grant", stability="unstable") == {
        "recheck": month_after(life.today, 6) + f"-{life.today.day}"
    }


def test_what_follows_a_death_counts_from_the_day_of_the_death():
    life = Life(World()).until("verify.draw")
    life.today = date(2026, 7, 20)
    due = recorded(life, "review.report")
    (death,) = (one for one in deadlines(life.case, life.world.rules, life.today) if one.name == "death")
    assert due == {"death": "2026-09-01"} == {"death": str(death.due.day)}


def test_whose_turn_a_decision_is_follows_the_power_to_confirm():
    life = Life(World()).until("confirm.grant")

    def turns(confirms: Level | None) -> dict[str, Level]:
        found = deadlines(life.case, life.world.rules, life.today, confirms)
        return {one.name: one.turn for one in found if one.done is None}

    assert turns(None)["total"] is turns(Level.TOWN)["total"] is Level.TOWN
    assert turns(Level.COUNTY)["total"] is Level.COUNTY, "withdrawn since the acceptance"
    assert turns(Level.COUNTY)["posting"] is Level.TOWN


def test_a_status_ends_with_the_month_that_its_confirmation_names():
    life = Life(World(), "low_income").until("confirm.grant").later(7)
    until = month_after(life.today, 6)
    life.do("confirm.grant", until=until)
    life.later(30).do("review.recheck")
    (validity,) = (one for one in deadlines(life.case, life.world.rules, life.today) if one.name == "validity")
    assert (str(validity.due.day)[:7], validity.done) == (until, None), "a re-check lengthens no status"


def test_what_is_posted_before_an_end_sets_no_limit_for_a_confirmation_running():
    life = Life(World(), "extreme_poverty").until("exit.end")
    life.do("exit.propose", reason="income")
    life.do("review.post")
    running = {one.name for one in deadlines(life.case, life.world.rules, life.today) if one.done is None}
    assert "exit-posting" in running
    assert "opinion" not in running
