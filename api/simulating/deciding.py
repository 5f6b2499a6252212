"""初审意见, 公示, 确认: what is thought, posted, objected to, and decided."""

from collections.abc import Generator
from datetime import date
from typing import Any

from api.simulating.complaining import lodge
from api.simulating.investigating import two_visit
from api.simulating.life import Life, Step, Steps
from api.simulating.office import Signed
from domain.rulings.amounts import month_after

STANDARD, CARE = 91_000, {"full": 10_000, "partial": 30_000}
"""特困, a month, in fen: as the county's settings have it at first, and the care part by grade."""
RAISED = date(2023, 7, 1)
"""From this day on the standards are higher (提标), by so much a month for each person."""
RISE = {"urban_minimum": 4_000, "rural_minimum": 3_500, "extreme_poverty": 4_000}
SUSPENDED = {
    "610924106": (date(2022, 3, 1), date(2022, 4, 29)),
    "610924114": (date(2022, 9, 1), date(2022, 10, 31)),
}
"""Towns whose power to confirm the county suspends, from which day to which: verifications had found fault."""
WITHDRAWN = {"610924117": (date(2022, 5, 9), date(2022, 6, 30))}
"""And one that loses it, and is granted it anew."""
REFUSED = ("wrongly_refused", "rightly_refused", "against_the_check", "check_stands")
OBJECTED = ("objection_brushed_off", "objection_looked_into")


def opine(life: Life) -> Steps:
    """民主评议, where there is one, and 初审意见."""
    by, form = life.handler, life.paper("opinion")
    if life.planted in ("one_voice", "unanimous"):
        same = life.planted == "one_voice"
        minutes = life.office.seed.digest(f"paper/minutes/{life.household.town}") if same else life.paper("minutes")
        there = 3 if same else life.dice.randint(9, 13)
        votes = {"attended": there, "in_favour": there, "against": 0, "minutes": minutes}
        yield life.wait(1).step(by, "review.appraise", votes)
    strict = life.planted is None and life.dice.random() < life.somebody(by).habit.strict
    ineligible = strict or life.refusing or life.planted in ("against_the_check", "check_stands")
    if life.planted == "against_the_check":
        eligible = {"opinion": "eligible", "form": form}
        yield life.wait(1).step(by, "review.opine", eligible, refused="case.check")
    said = {"opinion": "ineligible" if ineligible else "eligible", "form": form}
    life.opined = ((yield life.take(life.dice.randint(1, 4)).step(by, "review.opine", said)), said)


def _posting(life: Life, what: str) -> dict[str, Any]:
    photograph = life.paper(what)
    if life.planted == "same_photograph":
        photograph = life.office.seed.digest(f"paper/board/{life.household.town}")
    return {"village": life.household.village, "days": 7, "photograph": photograph}


def post(life: Life) -> Steps:
    posted = life.wait(1).day
    if life.planted == "posting_backdated":
        life.wait(9)
    elif life.planted == "posting_recorded_late":
        life.wait(2)
    yield life.soon().step("assistant", "review.post", _posting(life, "posting"), on=posted)
    if life.planted in OBJECTED:
        return
    cause = "kin" if life.planted in ("kin_registered", "committee_kin_visited") else None
    if life.planted is None and life.dice.random() < 0.02:
        cause = "complaint"
        yield from lodge(life)
    if cause:
        yield from _county_visits(life, cause)
    if life.planted == "confirmed_early":
        yield life.soon().step(_confirmer(life), "confirm.grant", _grant(life), refused="case.posting-open")
    if life.planted != "posting_backdated":
        hangs = 7 if life.planted == "confirmed_on_the_day" else 8
        life.wait(max(0, hangs - (life.day - posted).days))
    if life.planted == "committee_kin_hurried":
        yield life.soon().step(_confirmer(life), "confirm.grant", _grant(life), refused="case.missing-step")
        yield from _county_visits(life, "kin")


def _county_visits(life: Life, cause: str) -> Steps:
    """The law compels the county to visit before anybody confirms (57号 Art 20)."""
    life.visited = True
    yield life.wait(1).step("county/inspector2", "verify.draw", {"cause": cause})
    yield life.wait(2).step("county/inspector2", "verify.visit", {"form": life.paper(f"visit: {cause}")})


def be_objected_to(life: Life) -> Steps:
    """Somebody of the village objects: investigated again, opined and posted again (57号 Art 19)."""
    paper = {"against": "posting", "paper": life.paper("objection")}
    yield life.wait(3).step("assistant", "review.object", paper)
    if life.planted == "objection_brushed_off":
        yield from two_visit(life, life.handler, "assistant", {})
    else:
        life.form = life.paper("visit, anew")
        yield from two_visit(life.wait(5), "clerk2", "assistant", {})
        votes = {"attended": 11, "in_favour": 10, "against": 1, "minutes": life.paper("minutes")}
        yield life.wait(2).step(life.handler, "review.appraise", votes)
    said = {"opinion": "eligible", "form": life.paper("opinion, anew")}
    life.opined = ((yield life.soon().step(life.handler, "review.opine", said)), said)
    yield life.wait(1).step("assistant", "review.post", _posting(life, "posting, anew"))
    life.wait(8)


def decide(life: Life) -> Generator[Step, Signed, bool]:
    assert life.opined is not None
    if life.planted == "overdue":
        life.wait(45)
    elif life.planted != "confirmed_on_the_day":
        life.take(life.dice.randint(0, 2))
    if life.opined[1]["opinion"] == "ineligible" or life.planted in REFUSED:
        yield life.step(_confirmer(life), "confirm.refuse", {"reason": "income"})
        yield life.wait(1).step(life.handler, "confirm.notify", life.notice("refusal"))
        if life.planted in ("wrongly_refused", "rightly_refused"):
            yield from _verify_refusal(life)
        return False
    grant = _grant(life)
    if life.planted == "approved_by_visitor":
        yield life.step("head", "confirm.grant", grant, refused="officer.apart")
        life.wait(2)
        grant |= {"starting": month_after(life.day)}  # a month may have gone by
    life.paid, life.checked = grant["monthly_fen"], life.day
    life.granted = ((yield life.step(_confirmer(life), "confirm.grant", grant)), grant)
    yield life.wait(1).step(life.handler, "confirm.notify", life.notice("grant"))
    shown = {"village": life.household.village, "shown": ["applicant_name"], "photograph": life.paper("publication")}
    yield life.soon().step("assistant", "confirm.publish", shown)
    return True


def _confirmer(life: Life) -> str:
    """Who confirms; the county, where the head of the town was among those who visited."""
    visited = life.planted in ("approved_by_visitor", "head_stood_aside")
    return "county/supervisor1" if visited else confirmer(life)


def confirmer(life: Life) -> str:
    """The head of the town, as long as it has the power; the county, while it has none."""
    first, last = (SUSPENDED | WITHDRAWN).get(life.household.town, (date.max, date.min))
    return "county/supervisor1" if first <= life.day <= last else "head"


def _verify_refusal(life: Life) -> Steps:
    yield life.wait(20).step("county/inspector2", "verify.draw", {"cause": "sampled"})
    yield life.wait(3).step("county/inspector2", "verify.visit", {"form": life.paper("inspection")})
    if life.planted == "rightly_refused":
        yield life.wait(1).step("county/inspector2", "verify.pass", {})
    else:
        yield life.wait(1).step("county/inspector2", "verify.overturn", {"reason": "income"})


def amount(life: Life) -> int:
    """A month, in fen: a gap to the standard that differs from household to household."""
    if life.household.programme == "low_income":
        return 0
    size = len(life.household.people)
    if life.household.programme == "extreme_poverty":
        return STANDARD + CARE[life.grade] + (RISE["extreme_poverty"] if life.applied >= RAISED else 0)
    if life.planted == "equal_amounts":
        return 60_000
    if life.planted == "equal_by_size":
        return 38_000 * size
    to = life.somebody("head").habit.rounds_to
    return size * life.dice.randint(18_000, 46_000) // to * to


def _grant(life: Life) -> dict[str, Any]:
    programme, members = life.household.programme, len(life.household.people)
    more: dict[str, Any] = {"until": month_after(life.day, 12)} if programme == "low_income" else {}
    unsteady = life.planted is None and programme.endswith("minimum") and life.dice.random() < 0.12
    life.unsteady = unsteady or life.planted in ("half_year_missed", "half_year_kept")
    if life.unsteady:
        more["stability"] = "unstable"
    return {"monthly_fen": amount(life), "members": members, "starting": month_after(life.day), **more}
