"""A simulation follows from its seed alone; nobody in it can be anybody; what is planted has its honest look-alike."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

import pytest

from api.simulating.answers import answers
from api.simulating.casting import BY_SEVERAL, MINIMUM, SINGLE, TOGETHER, cast
from api.simulating.forms import FORMS, NAMES
from api.simulating.life import CALENDAR, Life, Step
from api.simulating.managing import live
from api.simulating.office import Office, Signed, administrator, staff
from api.simulating.places import TOWNS
from api.simulating.play import OPENING, Plan, Played, in_order, registrations
from api.simulating.seed import Seed
from domain.id_number import fault
from domain.rulings.amounts import month_after
from ledger.act import BEIJING

ORIGIN = "simulation.example"
PLAN = Plan("seed", 40, 1)


def signed(plan: Plan = PLAN, played: Played | None = None) -> Iterator[tuple[Step, Signed]]:
    """Everything that is sent, in order."""
    office = Office(Seed(plan.seed), ORIGIN)
    staff(office)
    yield from registrations(office)
    yield from in_order(office, plan, played or Played())


@pytest.fixture(scope="module")
def everything() -> list[tuple[Step, Signed]]:
    return list(signed())


def test_the_same_seed_signs_the_same_bytes(everything: list[tuple[Step, Signed]]) -> None:
    assert [one.message for _, one in everything] == [one.message for _, one in signed()]


def test_another_seed_signs_nothing_that_is_the_same(everything: list[tuple[Step, Signed]]) -> None:
    other = list(signed(Plan("seed ", 40, 1)))
    assert not {one.message for _, one in everything} & {one.message for _, one in other}
    # But for the administrators: line 0 names the same ones in every simulation.
    both = {step.officer.id for step, _ in everything} & {step.officer.id for step, _ in other}
    assert both == {administrator("1").id}
    keys = {step.officer.kid for step, _ in everything} & {step.officer.kid for step, _ in other}
    assert keys == {administrator("1").kid}


def test_acts_are_signed_in_the_order_of_time_and_tell_of_no_day_to_come(
    everything: list[tuple[Step, Signed]],
) -> None:
    times = [step.at for step, _ in everything]
    assert times == sorted(times)
    assert times[0] > OPENING
    assert times[-1] < PLAN.until
    assert all(step.on is None or step.on <= step.at.astimezone(BEIJING).date() for step, _ in everything)


def test_every_stream_is_built_act_on_act_and_what_is_refused_leaves_it_as_it_was(
    everything: list[tuple[Step, Signed]],
) -> None:
    versions: Counter[str] = Counter()
    for step, one in everything:
        stream = str(step.stream)
        assert one.version == versions[stream] + 1
        versions[stream] += step.refused is None


def test_nobody_in_it_can_be_anybody() -> None:
    for seed in ("1", "2", "3"):
        people = [one for each in cast(Seed(seed), 400) for one in each.household.people]
        numbers = [one.id_number for one in people]
        assert [fault(number) for number in numbers] == [None] * len(numbers)
        assert {number[:2] for number in numbers} == {"00"}
        assert len(set(numbers)) == len(numbers)
        assert all(one.name.startswith("虚") for one in people)


@pytest.mark.parametrize("households", [2 * len(NAMES), 151, 300, 3000])
def test_every_form_and_its_look_alike_is_cast(households: int) -> None:
    counted = Counter(each.form for each in cast(Seed("any"), households))
    assert set(counted) == {None, *NAMES}
    assert all(0 < counted[form.name] <= counted[form.twin] for form in FORMS)
    assert counted[None] >= households // 2
    if households >= 300:
        assert all(counted[name] >= least for name, least in TOGETHER.items())


def test_wherever_a_small_county_ends_there_are_no_more_faults_than_look_alikes() -> None:
    for households in range(20, 200, 3):
        counted = Counter(each.form for each in cast(Seed("small"), households))
        assert all(counted[form.name] <= counted[form.twin] for form in FORMS)


def test_the_county_comes_out_the_same_for_the_same_seed_and_ends_for_any() -> None:
    dice = Random("seeds")
    for _ in range(50):
        seed, households = Seed(str(dice.getrandbits(64))), dice.randrange(20, 200)
        found = cast(seed, households)
        assert found == cast(seed, households)
        assert [each.household.number for each in found] == list(range(households))


def test_every_household_can_play_its_form() -> None:
    for seed in ("1", "2", "3"):
        for each in cast(Seed(seed), 300):
            house, form = each.household, each.form
            assert house.town in TOWNS
            assert house.village.startswith(house.town)
            assert len(house.relations) == len(house.people) - 1
            assert form not in SINGLE or len(house.people) == 1
            assert form not in BY_SEVERAL or len(house.people) > 1
            assert form not in MINIMUM or house.programme == "rural_minimum"
            assert form is None or house.programme != "low_income"
            assert bool(each.together) == (form in TOGETHER)


def test_kin_of_an_officer_is_paid_for_others_in_their_own_town() -> None:
    made = cast(Seed("any"), 400)
    owners = {each.household.account: each.household for each in made if each.form == "kin_declared_late"}
    paid = [each.household for each in made if each.form == "kin_account"]
    assert paid
    assert all(owners[house.account].village == house.village for house in paid)


def test_officers_have_habits_of_their_own_and_the_same_for_the_same_seed() -> None:
    one, again = Office(Seed("any"), ORIGIN), Office(Seed("any"), ORIGIN)
    staff(one)
    staff(again)
    habits = {name: officer.habit for name, officer in one.officers.items()}
    assert habits == {name: officer.habit for name, officer in again.officers.items()}
    assert len({habit.pace for habit in habits.values()}) == len(habits)


def test_whoever_applies_or_is_looked_at_is_so_on_a_working_day(everything: list[tuple[Step, Signed]]) -> None:
    days = {step.at.astimezone(BEIJING).date() for step, _ in everything if step.code.startswith(("apply.", "review."))}
    assert [day for day in sorted(days) if not CALENDAR.is_working(day)] == []


def test_those_who_show_only_together_live_in_one_village_and_keep_the_same_days() -> None:
    for name in TOGETHER:
        found = [each for each in cast(Seed("any"), 300) if each.form == name]
        assert len({each.household.village for each in found}) == 1
        assert len({each.together for each in found}) == (3 if name == "busy_day" else 1)


def test_the_answer_file_says_of_every_planted_household_why_it_is_a_fault_or_none() -> None:
    played = Played()
    for _ in signed(PLAN, played):
        pass
    told = list(answers(played.lives))
    by_name = {form.name: form for form in FORMS} | {form.twin: form for form in FORMS}
    assert len(told) == sum(life.planted is not None for life in played.lives) == PLAN.households // 2
    for answer in told:
        form = by_name[answer["form"]]
        assert answer["fault"] is (answer["form"] == form.name)
        assert answer["why"] == (form.trace if answer["fault"] else form.twin_why)
        assert answer["cases"]


def test_whatever_day_a_household_applies_it_is_paid_from_the_month_after_the_confirmation() -> None:
    office = Office(Seed("any"), ORIGIN)
    staff(office)
    house = next(each.household for each in cast(Seed("any"), 300) if each.form == "approved_by_visitor")
    months = set()
    for day in range(1, 29):
        began = datetime(2021, 7, day, 9, tzinfo=BEIJING)
        life = live(Life(office, house, "approved_by_visitor", began, began + timedelta(days=90)))
        step = next(life)
        while step.code != "confirm.publish":
            if step.code == "confirm.grant":
                assert step.data["starting"] == month_after(step.at.astimezone(BEIJING).date())
                months.add(step.data["starting"])
            step = life.send(Signed("", 1, "00" * 32))
    assert len(months) == 2


def shown(plan: Plan) -> Counter[str]:
    """How often each form has come to stand on the ledger, by the answer file."""
    played = Played()
    for _ in signed(plan, played):
        pass
    return Counter(answer["form"] for answer in answers(played.lives) if answer["shown"])


def test_in_a_county_and_two_years_of_the_usual_size_everything_shows() -> None:
    assert set(shown(Plan("1", 300, 2))) == set(NAMES)


def test_what_the_end_of_the_play_cuts_off_or_too_few_households_hide_is_said_not_to_show() -> None:
    found = set(shown(Plan("1", 2 * len(NAMES), 1)))
    assert not found & {*TOGETHER, "recheck_overdue", "applied_again"}
    assert {"posting_backdated", "kin_declared_late", "stopped_without_notice", "wrongly_refused"} <= found
