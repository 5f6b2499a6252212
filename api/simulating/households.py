"""Households change: members leave, join, are split off, go out and come in again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from api.simulating.applying import apply
from api.simulating.deciding import confirmer
from api.simulating.leaving import leave
from api.simulating.life import Life, Steps
from api.simulating.people import Household, somebody
from domain.rulings.amounts import month_after

APART = 1_000_000
"""The number of a household that was split off, or joins, lies so far behind that of the other."""


def go_in_and_out(life: Life) -> Steps:
    """Out, and in again."""
    times, pause = (3, 6) if life.planted == "in_and_out" else (1, 380)
    for _ in range(times):
        if life.wait(90).now >= life.until:
            return
        yield from leave(life, "income")
        if life.wait(pause).now >= life.until - timedelta(days=60):
            life.over = True
            return
        life.begin_case()
        granted = yield from apply(life)
        life.shown = life.round > (2 if life.planted == "in_and_out" else 1)
        if not granted:
            life.over = True
            return


def split(life: Life) -> Steps:
    """The last member leaves the household; in one of the two forms, only to be helped by themself."""
    if life.wait(60).now >= life.until - timedelta(days=90):
        return
    house, leaver = life.household, life.household.people[-1]
    life.paid = life.paid * (len(house.people) - 1) // len(house.people)
    left = replace(house, people=house.people[:-1], relations=house.relations[:-1])
    life.household = left
    yield life.step(confirmer(life), "review.adjust", adjusted(life, "members") | {"leaving": [len(house.people) - 1]})
    yield life.wait(1).step(life.handler, "confirm.notify", life.notice("change"))
    if life.planted == "grown_up_leaves":
        life.shown = True
        return
    alone = replace(house, number=house.number + APART, people=(leaver,), relations=())
    other = Life(life.office, alone, None, life.now, life.until)
    life.apart = other.case
    granted = yield from apply(other.wait(4))
    life.shown = granted


def join(life: Life) -> Steps:
    """Somebody joins: a spouse, or a stranger whose own application was refused days before."""
    if life.wait(40).now >= life.until - timedelta(days=120):
        return
    house = life.household
    number = house.number + APART
    comer = somebody(number * 8, life.dice)
    relation = "spouse"
    if life.planted == "joined_household":
        relation = "other"
        alone = Household(number, house.town, house.village, house.programme, (comer,), (), f"0000{number:015d}")
        other = Life(life.office, alone, None, life.now, life.until, refusing=True)
        life.apart = other.case
        yield from apply(other)
        life.now = other.wait(6).now
    seed = life.office.seed
    made = [seed.disclose(f"joining/{number}", name, value) for name, value in vars(comer).items()]
    member = {"person": {"_sd": sorted(one.digest for one in made)}, "relation": relation}
    life.household = replace(house, people=(*house.people, comer), relations=(*house.relations, relation))
    life.paid += 30_000
    said = adjusted(life, "members") | {"joining": [member]}
    yield life.step(confirmer(life), "review.adjust", said, disclosures=tuple(made), frame={"_sd_alg": "sha-256"})
    yield life.wait(1).step(life.handler, "confirm.notify", life.notice("change"))
    life.shown = True


def adjusted(life: Life, cause: str) -> dict[str, Any]:
    """What review.adjust says of the household as it is now."""
    said = {"cause": cause, "monthly_fen": life.paid, "members": len(life.household.people)}
    return {**said, "starting": month_after(life.day), "form": life.paper(f"{cause} {life.day}")}
