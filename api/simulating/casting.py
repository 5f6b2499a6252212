"""Who plays what: every household, and the form that some of them are given."""

from dataclasses import dataclass, replace
from random import Random

from api.simulating.forms import FORMS, NAMES
from api.simulating.people import Household, household
from api.simulating.places import TOWNS, villages
from api.simulating.seed import Seed

PROGRAMMES = {"rural_minimum": 70, "urban_minimum": 10, "extreme_poverty": 12, "low_income": 8}
SHARE = 0.2
"""Of all households, this share plays a form or its look-alike."""
TOGETHER = {
    # Forms that show only where several households of one place are seen side by side: how many at least.
    "visits_in_bursts": 14,
    "busy_day": 15,
    "cloned_survey": 5,
    "twin_forms": 5,
    "equal_amounts": 5,
    "equal_by_size": 5,
    **dict.fromkeys(
        (
            "shared_account", "entrusted_account", "one_voice", "unanimous", "same_photograph", "photograph_each",
            "burst_before_inspection", "rechecked_in_bulk", "overturned_often", "sampled_often",
        ),
        4,
    ),
}  # fmt: skip
SINGLE = ("paid_after_death", "death_in_time", "inherited")
BY_SEVERAL = ("kin_declared_late", "kin_registered", "split_household", "grown_up_leaves")
BY_AMOUNT = ("equal_amounts", "equal_by_size", "wrong_amount", "small_correction")
MINIMUM = (
    "in_and_out", "applied_again", "wrongly_refused", "rightly_refused", *BY_SEVERAL, *BY_AMOUNT, "slow",
    "over_the_holiday", "overdue", "extended_and_told", "objection_brushed_off", "objection_looked_into",
    "committee_kin_hurried", "committee_kin_visited", "joined_household", "spouse_joins", "reported_and_kept",
    "reported_and_changed", "half_year_missed", "half_year_kept", "one_voice", "unanimous", "kickback",
    "unfounded_complaint", "against_the_check", "check_stands", "overturned_often", "sampled_often", "inherited",
    "account_renewed", "hidden_means", "check_disputed",
)  # fmt: skip
"""Forms of 低保 only: its limits and steps, or money by the head. 特困 live alone, are paid by grade, end otherwise."""


@dataclass(frozen=True)
class Cast:
    """A household and its form. `together`: the day (after the first) on which all of that form apply."""

    household: Household
    form: str | None = None
    together: int = 0


def cast(seed: Seed, households: int) -> list[Cast]:
    """The county's households, in order; the same for the same seed and number."""
    dice = seed.random("casting")
    forms = _forms(dice, households)
    towns, weights = list(TOWNS), [residents for _, residents in TOWNS.values()]
    places = {form: dice.choices(towns, weights)[0] for form in TOGETHER}
    days = {form: dice.randrange(20, 60) for form in TOGETHER}
    made = []
    for number in range(households):
        form = forms[number]
        town = places.get(form or "") or dice.choices(towns, weights)[0]
        homes = villages(town)
        village = homes[0] if form in TOGETHER else dice.choice(homes)
        programme = dice.choices(list(PROGRAMMES), list(PROGRAMMES.values()))[0]
        day = days.get(form or "", 0)
        if form == "busy_day":
            day += 31 * (number % 3)  # three busy days, and not one that nobody could have had
        made.append(Cast(_fitting(number, town, village.code, programme, form, dice), form, day))
    return _near_kin(made)


def _near_kin(made: list[Cast]) -> list[Cast]:
    """Whoever is paid into an account of an officer's kin lives in the town of that kin, and has their account."""
    kin = [each.household for each in made if each.form == "kin_declared_late"]
    for place, each in enumerate(made):
        if each.form == "kin_account" and kin:
            owner = kin[place % len(kin)]
            paid = replace(each.household, town=owner.town, village=owner.village, account=owner.account)
            made[place] = replace(each, household=paid)
    return made


def _forms(dice: Random, households: int) -> list[str | None]:
    """Which household plays which form: each form as often as its look-alike, and those of several at least that."""
    each = max(1, round(households * SHARE / len(NAMES)))
    pairs = [(form.twin, form.name) for form in FORMS]
    more = [pair for pair in pairs for _ in range(max(each, *(TOGETHER.get(name, 1) for name in pair)) - 1)]
    # In a small county every form comes once before any comes twice, and half of the households play none. Wherever it
    # is cut off, there are no more faults than look-alikes.
    forms: list[str | None] = []
    forms += [name for pair in (*pairs, *more) for name in pair][: households // 2]
    forms += [None] * (households - len(forms))
    dice.shuffle(forms)
    return forms


def _fitting(number: int, town: str, village: str, programme: str, form: str | None, dice: Random) -> Household:
    """A household that can play its form: those who die live alone, kin is not the applicant alone, money is paid."""
    if form is not None and programme == "low_income":
        programme = "rural_minimum"
    if form in MINIMUM:
        programme = "rural_minimum"
    while True:
        made = household(number, town, village, programme, dice)
        if form in SINGLE and len(made.people) > 1:
            continue
        if form in BY_SEVERAL and len(made.people) < 2:
            continue
        return made
