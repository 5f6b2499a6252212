"""调查核实: the information check, the visit of two, and the household's hand."""

from datetime import timedelta
from typing import Any

from api.simulating.life import Life, Step, Steps
from api.simulating.office import Signed

MISFIT = ("hidden_means", "check_disputed", "against_the_check", "check_stands")


def investigate(life: Life) -> Steps:
    by = life.handler
    if life.planted == "slow":
        life.wait(24)
    late = {"on": life.day} if life.planted == "backfilled" else {}
    if late:
        life.wait(12)
    yield life.soon().step(by, "review.request_check", {}, **late)
    if life.planted == "extended_and_told":
        yield life.soon().step(by, "review.extend", {"cause": "hard_investigation", "notice": life.paper("extension")})
    if not late:
        life.wait(life.dice.randint(0, 2))
    yield life.soon().step("county/inspector1", "review.begin_check", {})
    if life.planted in MISFIT:
        yield from _misfit(life)
    else:
        report = {"result": "consistent", "report": life.paper("check")}
        yield life.soon().step("county/inspector1", "review.check", report, **late)
    if life.planted == "extended_and_told":
        life.wait(24)
    elif not late:
        life.wait(life.dice.randint(0, 1))
    yield from _visit(life, by, late)
    if life.household.programme == "extreme_poverty":
        lost = ["walk", "bathe"][: life.dice.randint(0, 2)]
        life.grade = "partial" if lost else "full"
        assessed = {"failed": lost, "grade": life.grade, "by": "county", "form": life.paper("assessment")}
        yield life.wait(2).step("county/assessor", "review.assess", assessed)


def _misfit(life: Life) -> Steps:
    """A check that does not fit what was declared, and what follows."""
    misfit = {"result": "inconsistent", "report": life.paper("check")}
    yield life.soon().step("county/inspector1", "review.check", misfit)
    again = {"result": "consistent", "report": life.paper("second check")}
    if life.planted == "hidden_means":
        yield life.wait(1).step("county/inspector1", "review.check", again)
        return
    yield life.wait(1).step(life.handler, "review.inform", {"notice": life.paper("notice of the check")})
    if life.planted == "check_disputed":
        yield life.wait(5).step(life.handler, "review.object", {"against": "check", "paper": life.paper("evidence")})
        yield life.wait(9).step("county/inspector3", "review.check", again)


def _visit(life: Life, by: str, late: dict[str, Any]) -> Steps:
    if life.planted in ("visits_in_bursts", "busy_day"):
        # Everybody of whom this is told applied on one day, and is visited on one day: no limit has run out by then.
        life.now = max(life.now, life.hour(life.applied + timedelta(days=10)))
    life.form = life.paper("visit")
    if life.planted == "cloned_survey":
        life.form = life.office.seed.digest(f"paper/cloned/{life.household.town}")
    if life.planted == "from_paper":
        yield from _visit_on_paper(life, by)
    else:
        second = "head" if life.planted in ("approved_by_visitor", "head_stood_aside") else "assistant"
        yield from two_visit(life, by, second, late)


def _visit_on_paper(life: Life, by: str) -> Steps:
    people = [str(life.somebody(post).id) for post in (by, "assistant")]
    data = {"investigators": people, "household_present": True, "form": life.form}
    paper = {"signer": str(life.somebody("assistant").id), "scan": life.paper("scan of the visit")}
    visited, frame = life.day, {"basis": "paper", "paper": paper}
    signed = yield life.wait(1).step(by, "review.visit", data, on=visited, frame=frame)
    yield _household_signs(life, by, signed)


def two_visit(life: Life, by: str, second: str, late: dict[str, Any]) -> Steps:
    people = [str(life.somebody(post).id) for post in (by, second)]
    data = {"investigators": people, "household_present": True, "form": life.form}
    signed = yield life.soon().step(by, "review.visit", data, **late)
    hand = {"version": signed.version, "act": signed.digest, "hand": "investigator"}
    if life.planted in ("visited_alone", "hand_late"):
        yield _household_signs(life, by, signed)
        if life.planted == "visited_alone":
            refused = {"opinion": "eligible", "form": life.paper("opinion")}
            yield life.wait(1).step(by, "review.opine", refused, refused="case.hands-missing")
        else:
            life.wait(7)
        yield life.soon().step(second, "review.cosign", hand)
        return
    yield life.soon().step(second, "review.cosign", hand, **late)
    yield _household_signs(life, by, signed, **late)


def _household_signs(life: Life, by: str, visit: Signed, **late: Any) -> Step:
    """The household signs on paper, and the clerk transcribes it."""
    named = {"version": visit.version, "act": visit.digest}
    return life.soon().step(
        by, "review.cosign", {**named, "hand": "household", "paper": life.paper("signature")}, **late
    )
