"""A life from its application on: the county's verification, dynamic management 动态管理, and its end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta

from api.simulating.applying import apply
from api.simulating.deciding import RAISED, RISE, confirmer
from api.simulating.filing import close, file_away
from api.simulating.households import adjusted, go_in_and_out, join, split
from api.simulating.leaving import bank_row, die, leave, pass_away
from api.simulating.life import LATER, MUCH_LATER, Life, Steps, office_hour
from api.simulating.places import villages
from api.simulating.settling import close_visit, declare, settle
from domain.rulings.amounts import month_after
from ledger.act import BEIJING

PAUSES = {"recheck_overdue": 700, "recheck_in_time": 330, "half_year_missed": 330}
"""Days from a confirmation or re-check to the next."""


def live(life: Life) -> Steps:
    """From the application to the end of the simulation, or of the case."""
    if life.planted == "kin_registered":
        yield declare(life)
        life.wait(1)
    granted = yield from apply(life)
    life.shown = life.planted is not None and life.planted not in (*LATER, *MUCH_LATER)
    if granted:
        yield from settle(life)
    elif life.visited:
        yield from close_visit(life)
    life.shown = life.shown or life.planted in LATER
    if granted and not life.over:
        yield from file_away(life)
        yield from be_managed(life)


def be_managed(life: Life) -> Steps:
    """动态管理 until the end: re-checks, changes, a stop now and then, exit."""
    if (once := _LIVES.get(life.planted or "")) is not None:
        yield from once(life)
    if life.planted not in ENDING and not life.over:
        yield from grow_older(life)


def grow_older(life: Life) -> Steps:
    """Re-checked every year or half-year, raised with the standard; some move up, move away, leave, die."""
    overdue = life.planted == "recheck_overdue" and life.until - life.now > timedelta(days=450)
    missed = life.planted == "half_year_missed" and life.until - life.now > timedelta(days=240)
    life.shown = life.shown or overdue or missed
    pause = PAUSES.get(life.planted or "", 165 if life.unsteady else 345)
    while True:
        due = datetime.combine(life.checked + timedelta(days=pause - life.dice.randint(0, 20)), time(9), BEIJING)
        yield from _be_raised(life, due)
        if life.planted is None:
            yield from _change(life, due)
        life.now = max(life.now, life.hour(due.date()))
        if life.now >= life.until:
            return
        if life.household.programme == "low_income":
            yield life.step("head", "exit.end", {"reason": "income", "starting": month_after(life.day)})
            yield life.wait(1).step(life.handler, "confirm.notify", life.notice("exit"))
            return
        yield from _recheck(life)
        life.shown = life.shown or life.planted in ("recheck_in_time", "half_year_kept")
        if life.planted is None and len(life.household.people) == 1 and life.dice.random() < 0.04:
            yield from pass_away(life)
            return
        if life.planted is None and life.dice.random() < 0.1:
            yield from leave(life, "voluntary")
            yield close(life)
            return


def _be_raised(life: Life, due: datetime) -> Steps:
    """提标: in the days after the standards rise, the head of the town signs for every household."""
    raised = office_hour(RAISED + timedelta(days=4), life.dice)
    rise = RISE.get(life.household.programme, 0) * len(life.household.people)
    if life.applied < RAISED and life.now < raised < due and rise:
        life.now, life.paid = raised, life.paid + rise
        yield life.step(confirmer(life), "review.adjust", adjusted(life, "standard"))


def _change(life: Life, due: datetime) -> Steps:
    """Something changes in the year: an illness, a better income, another village."""
    came = life.now + timedelta(days=life.dice.randint(30, 200))
    what = life.dice.choices(("nothing", "health", "income", "moved"), (80, 8, 8, 4))[0]
    if what == "nothing" or came >= due - timedelta(days=20) or life.household.programme == "low_income":
        return
    life.now = office_hour(came.date(), life.dice)
    if what == "moved":
        to = life.dice.choice([one.code for one in villages(life.household.town) if one.code != life.household.village])
        life.household = replace(life.household, village=to)
        moved = {"town": life.household.town, "village": to, "paper": life.paper("move")}
        yield life.step(life.handler, "review.move", moved)
        return
    yield life.step("assistant", "review.report", {"kind": what, "day": str(life.day), "paper": life.paper(what)})
    life.wait(life.dice.randint(2, 6))
    if life.household.programme == "extreme_poverty":
        life.paid += 1_000
    else:
        life.paid = max(5_000, life.paid + (1 if what == "health" else -1) * life.dice.randrange(2_000, 8_000, 500))
    yield life.step(confirmer(life), "review.adjust", adjusted(life, "income"))
    yield life.wait(1).step(life.handler, "confirm.notify", life.notice("change"))


def _recheck(life: Life, by: int = 0) -> Steps:
    yield life.step(life.handler, "review.open", {})
    paid = life.paid
    life.wait(3)
    life.paid = max(5_000, paid + by)
    if life.planted is None and life.household.programme != "extreme_poverty" and life.dice.random() < 0.25:
        then = max(5_000, paid + life.dice.choice((-4_000, -2_000, 2_000, 4_000)))
        # What is more is for whoever confirms: a town without the power leaves it to the county.
        life.paid = paid if then > paid and confirmer(life) != "head" else then
    word = "increase" if life.paid > paid else "decrease" if life.paid < paid else "unchanged"
    found = {"result": word, "monthly_fen": life.paid, "starting": month_after(life.day)}
    yield life.step(life.handler, "review.recheck", {**found, "form": life.paper(f"recheck {life.day}")})
    life.checked = life.day


def be_stopped(life: Life) -> Steps:
    """停发, and resumed two months later."""
    if life.wait(120).now >= life.until:
        return
    yield life.step("head", "suspend.start", {"reason": "changed", "starting": month_after(life.day)})
    if life.planted == "stopped_with_notice":
        yield life.wait(1).step(life.handler, "confirm.notify", life.notice("suspension"))
    yield life.wait(60).step("head", "suspend.lift", {"starting": month_after(life.day)})
    life.shown = True


def renew_account(life: Life) -> Steps:
    """A bank card is lost: another account, and the payments go on."""
    changed = life.wait(60).day
    yield bank_row(life, month_after(changed), 0, "account_changed")
    for month in range(1, 4):
        yield bank_row(life.wait(30), month_after(changed, month), life.paid, "paid")
    life.wait(15)
    yield from _recheck(life)
    life.shown = True


def have_means(life: Life) -> Steps:
    """Somebody has means, as the village reports; it is looked at within weeks, or not."""
    if life.wait(90).now >= life.until - timedelta(days=200):
        return
    report = {"kind": "assets", "day": str(life.day), "members": 1, "paper": life.paper("means")}
    yield life.step("assistant", "review.report", report)
    life.shown = True
    if life.planted == "reported_and_changed":
        life.wait(7)
        yield from _recheck(life, by=-4_000)
        yield life.wait(1).step(life.handler, "confirm.notify", life.notice("change"))


def be_rechecked_together(life: Life) -> Steps:
    """A village is re-checked: in one afternoon, or, as it is recorded, in the months before the county comes."""
    day = life.applied + timedelta(days=300)
    life.now = office_hour(day, life.dice)
    if life.now >= life.until - timedelta(days=40):
        return
    found = {"result": "unchanged", "monthly_fen": life.paid, "starting": month_after(life.day)}
    found["form"] = life.paper("recheck together")
    life.checked = life.day
    if life.planted == "rechecked_in_bulk":
        file = life.office.seed.digest(f"list/{life.household.village}/{life.day}")
        listed = {"listed": {"file": file, "row": life.household.number + 1}}
        yield life.step(life.handler, "review.open", listed)
        yield life.soon().step(life.handler, "review.recheck", found | listed)
        life.wait(20)
    else:
        evening = datetime.combine(life.day, time(18, 30), BEIJING)
        life.now = evening + timedelta(seconds=life.dice.randint(0, 7200))
        said = life.day - timedelta(days=life.dice.randint(30, 100))
        yield life.step(life.handler, "review.open", {}, on=said)
        yield life.soon().step(life.handler, "review.recheck", found, on=said + timedelta(days=2))
        life.wait(1)
    cause = "sampled" if life.planted == "rechecked_in_bulk" else "ordered"
    yield life.step("county/inspector2", "verify.draw", {"cause": cause})
    yield life.wait(2).step("county/inspector2", "verify.visit", {"form": life.paper("inspection of the village")})
    yield life.soon().step("county/inspector2", "verify.pass", {})
    life.shown = True


_LIVES: dict[str, Callable[[Life], Steps]] = {
    "paid_after_death": die,
    "death_in_time": die,
    "inherited": die,
    "in_and_out": go_in_and_out,
    "applied_again": go_in_and_out,
    "split_household": split,
    "grown_up_leaves": split,
    "joined_household": join,
    "spouse_joins": join,
    "stopped_without_notice": be_stopped,
    "stopped_with_notice": be_stopped,
    "account_renewed": renew_account,
    "reported_and_kept": have_means,
    "reported_and_changed": have_means,
    "burst_before_inspection": be_rechecked_together,
    "rechecked_in_bulk": be_rechecked_together,
}
ENDING = ("paid_after_death", "death_in_time", "inherited")
"""Whoever was to die has died."""
