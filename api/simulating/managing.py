"""A life from its application on: the county's verification, dynamic management 动态管理, and its end."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from api.simulating.applying import RAISED, RISE, apply, confirmer
from api.simulating.life import LATER, MUCH_LATER, Life, Step, Steps, office_hour
from api.simulating.places import villages
from domain.rulings.amounts import month_after

APART = 1_000_000
"""The number of a household that was split off lies so far behind that of the household it left."""


def live(life: Life) -> Steps:
    """From the application to the end of the simulation, or of the case."""
    if life.planted == "kin_registered":
        yield declare(life)
        life.wait(1)
    granted = yield from apply(life)
    life.shown = life.planted is not None and life.planted not in (*LATER, *MUCH_LATER)
    if not granted:
        return
    yield from settle(life)
    life.shown = life.shown or life.planted in LATER
    yield from be_managed(life)


def settle(life: Life) -> Steps:
    """What comes in the weeks after a confirmation: the county's sample, corrections, kin that comes to light."""
    if life.planted == "kin_declared_late":
        yield declare(life.wait(30))
    if life.planted == "small_correction" and life.granted is not None:
        signed, said = life.granted
        life.paid += 1_000
        right = said | {"monthly_fen": life.paid}
        named = {"version": signed.version, "act": signed.digest, "paper": life.paper("slip of the pen")}
        yield life.soon().step("head", "review.correct", {
            **named, "reason": "clerical", "authority": "own", "grant": right,
        })  # fmt: skip
    if life.planted == "entrusted_account":
        kept = {"holder": "institution", "agreement": life.paper("custody agreement")}
        yield life.wait(3).step("county/supervisor2", "payment.entrust", kept)
    if life.planted in ("edited_after_draw", "corrected_before_draw"):
        yield from _correct_and_draw(life)
    elif life.planted == "wrong_amount":
        yield from _found_wrong(life)
    elif life.visited:
        yield life.wait(5).step("county/inspector2", "verify.pass", {})
    elif life.dice.random() < 0.3:
        yield life.wait(life.dice.randint(8, 25)).step("county/inspector2", "verify.draw", {"cause": "sampled"})
        yield life.wait(3).step("county/inspector2", "verify.visit", {"form": life.paper("inspection")})
        yield life.soon().step("county/inspector2", "verify.pass", {})


def _correct_and_draw(life: Life) -> Steps:
    """The town corrects its opinion; the county draws the case, weeks later or just before."""
    assert life.opined is not None
    signed, said = life.opined
    named = {"version": signed.version, "act": signed.digest, "paper": life.paper("correction of the opinion")}
    opine = {"opine": said | {"form": life.paper("opinion, anew")}}
    correction = {**named, "reason": "clerical", "authority": "own", **opine}
    if life.planted == "corrected_before_draw":
        yield life.wait(2).step(life.handler, "review.correct", correction)
    yield life.wait(20).step("county/inspector2", "verify.draw", {"cause": "sampled"})
    if life.planted == "edited_after_draw":
        yield life.wait(1).step(life.handler, "review.correct", correction)
    yield life.wait(4).step("county/inspector2", "verify.visit", {"form": life.paper("inspection")})
    yield life.soon().step("county/inspector2", "verify.pass", {})


def declare(life: Life) -> Step:
    """The town's clerk declares a member of this household, beside everybody they declared before."""
    clerk, seed = life.somebody("clerk"), life.office.seed
    relatives = life.office.declared.setdefault(clerk.name, [])
    relatives.append(life.household.people[-1])
    made, said = [], []
    for one in relatives:
        about = f"kin/{clerk.name}/{len(relatives)}/{one.id_number}"
        two = [seed.disclose(about, "name", one.name), seed.disclose(about, "id_number", one.id_number)]
        made += two
        said.append({"person": {"_sd": sorted(each.digest for each in two)}, "relation": "sibling"})
    frame = {"_sd_alg": "sha-256"}
    return Step(life.now, clerk, "officer.declare", {"relatives": said}, clerk.id, disclosures=tuple(made), frame=frame)


def _found_wrong(life: Life) -> Steps:
    yield life.wait(10).step("county/inspector2", "verify.draw", {"cause": "sampled"})
    yield life.wait(3).step("county/inspector2", "verify.visit", {"form": life.paper("inspection")})
    ordered = {"fault": "amount", "deadline": str(life.day + timedelta(days=14))}
    yield life.soon().step("county/inspector2", "verify.rectify", ordered)
    members, life.paid = len(life.household.people), life.paid + 11_100
    right = {"cause": "rectification", "monthly_fen": life.paid, "members": members}
    life.wait(5)
    adjusted = {**right, "starting": month_after(life.day), "form": life.paper("adjustment")}
    yield life.step(confirmer(life), "review.adjust", adjusted)
    yield life.soon().step(life.handler, "verify.report", {"outcome": "done", "form": life.paper("report")})
    yield life.wait(4).step("county/inspector2", "verify.pass", {})


def be_managed(life: Life) -> Steps:
    """动态管理 until the end: re-checks, changes, a stop now and then, exit."""
    if life.planted in ("paid_after_death", "death_in_time"):
        yield from die(life)
    elif life.planted in ("in_and_out", "applied_again"):
        yield from go_in_and_out(life)
    elif life.planted in ("split_household", "grown_up_leaves"):
        yield from split(life)
    elif life.planted in ("stopped_without_notice", "stopped_with_notice"):
        yield from be_stopped(life)
    else:
        yield from grow_older(life)


def grow_older(life: Life) -> Steps:
    """Re-checked every year, raised with the standard; some move up, some move away, some leave, some die."""
    life.shown = life.shown or (life.planted == "recheck_overdue" and life.until - life.now > timedelta(days=450))
    pause = {"recheck_overdue": 700, "recheck_in_time": 330}.get(life.planted or "", 345)
    while True:
        due = life.now + timedelta(days=pause - life.dice.randint(0, 20))
        yield from _be_raised(life, due)
        if life.planted is None:
            yield from _change(life, due)
        life.now = max(life.now, office_hour(due.date(), life.dice))
        if life.now >= life.until:
            return
        if life.household.programme == "low_income":
            yield life.step("head", "exit.end", {"reason": "income", "starting": month_after(life.day)})
            yield life.wait(1).step(life.handler, "confirm.notify", life.notice("exit"))
            return
        yield from _recheck(life)
        life.shown = life.shown or life.planted == "recheck_in_time"
        if life.planted is None and life.dice.random() < 0.1:
            yield from leave(life, "voluntary")
            return


def _be_raised(life: Life, due: datetime) -> Steps:
    """提标: in the days after the standards rise, the head of the town signs for every household."""
    raised = office_hour(RAISED + timedelta(days=4), life.dice)
    rise = RISE.get(life.household.programme, 0) * len(life.household.people)
    if life.applied < RAISED and life.now < raised < due and rise:
        life.now, life.paid = raised, life.paid + rise
        yield life.step(confirmer(life), "review.adjust", _adjusted(life, "standard"))


def _adjusted(life: Life, cause: str) -> dict[str, Any]:
    said = {"cause": cause, "monthly_fen": life.paid, "members": len(life.household.people)}
    return {**said, "starting": month_after(life.day), "form": life.paper(f"{cause} {life.day}")}


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
    yield life.step(confirmer(life), "review.adjust", _adjusted(life, "income"))
    yield life.wait(1).step(life.handler, "confirm.notify", life.notice("change"))


def _recheck(life: Life) -> Steps:
    yield life.step(life.handler, "review.open", {})
    paid = life.paid
    life.wait(3)
    if life.planted is None and life.household.programme != "extreme_poverty" and life.dice.random() < 0.25:
        found = max(5_000, paid + life.dice.choice((-4_000, -2_000, 2_000, 4_000)))
        # What is more is for whoever confirms: a town without the power leaves it to the county.
        life.paid = paid if found > paid and confirmer(life) != "head" else found
    word = "increase" if life.paid > paid else "decrease" if life.paid < paid else "unchanged"
    said = {"result": word, "monthly_fen": life.paid, "starting": month_after(life.day)}
    yield life.step(life.handler, "review.recheck", {**said, "form": life.paper(f"recheck {life.day.year}")})


def leave(life: Life, reason: str) -> Steps:
    """退出, with notice."""
    if life.household.programme == "extreme_poverty":
        yield life.wait(3).step("head", "exit.propose", {"reason": reason, "form": life.paper("proposal to end")})
        posting = {"village": life.household.village, "days": 7, "photograph": life.paper("posting of the end")}
        yield life.wait(1).step("assistant", "review.post", posting)
        life.wait(4)
    life.wait(5)
    ended = {"reason": reason, "starting": month_after(life.day)}
    if reason == "voluntary":
        ended["paper"] = life.paper("voluntary exit")
    yield life.step("head", "exit.end", ended)
    yield life.wait(1).step(life.handler, "confirm.notify", life.notice("exit"))


def die(life: Life) -> Steps:
    """Somebody who lives alone dies; it is reported in time, or the payments go on."""
    died = life.wait(60).day
    months = 2 if life.planted == "death_in_time" else 8
    paid = life.paid
    for month in range(1, months):
        row = {"month": month_after(died, month), "fen": paid, "result": "paid"}
        bank = {"file": life.office.seed.digest(f"bank/{row['month']}"), "row": life.household.number + 1}
        yield life.wait(30).step("county/supervisor2", "payment.record", {**row, **bank}, frame={"basis": "system"})
    if life.now >= life.until:
        return
    report = {"kind": "death", "day": str(died), "members": 1, "paper": life.paper("death")}
    yield life.wait(3).step("assistant", "review.report", report)
    yield life.wait(4).step("head", "exit.end", {"reason": "death", "starting": month_after(died)})
    life.shown = True
    if life.planted == "death_in_time":
        found = {"first": month_after(died), "last": month_after(died, months - 1), "fen": paid * (months - 1)}
        form = {"cause": "death", "form": life.paper("overpayment")}
        yield life.wait(5).step("county/supervisor2", "payment.overpay", {**found, **form})
        back = {"fen": paid * (months - 1), "receipt": life.paper("receipt")}
        yield life.wait(10).step("county/supervisor2", "payment.recover", back)


def go_in_and_out(life: Life) -> Steps:
    """Out, and in again."""
    times, pause = (3, 6) if life.planted == "in_and_out" else (1, 380)
    for _ in range(times):
        if life.wait(90).now >= life.until:
            return
        yield from leave(life, "income")
        if life.wait(pause).now >= life.until - timedelta(days=60):
            return
        life.begin_case()
        granted = yield from apply(life)
        life.shown = life.round > (2 if life.planted == "in_and_out" else 1)
        if not granted:
            return


def be_stopped(life: Life) -> Steps:
    """停发, and resumed two months later."""
    if life.wait(120).now >= life.until:
        return
    yield life.step("head", "suspend.start", {"reason": "changed", "starting": month_after(life.day)})
    if life.planted == "stopped_with_notice":
        yield life.wait(1).step(life.handler, "confirm.notify", life.notice("suspension"))
    yield life.wait(60).step("head", "suspend.lift", {"starting": month_after(life.day)})
    life.shown = True


def split(life: Life) -> Steps:
    """The last member leaves the household; in one of the two forms, only to be helped by themself."""
    if life.wait(60).now >= life.until - timedelta(days=90):
        return
    house, leaver = life.household, life.household.people[-1]
    life.paid = life.paid * (len(house.people) - 1) // len(house.people)
    left = replace(house, people=house.people[:-1], relations=house.relations[:-1])
    life.household = left
    adjusted = _adjusted(life, "members") | {"leaving": [len(house.people) - 1]}
    yield life.step(confirmer(life), "review.adjust", adjusted)
    yield life.wait(1).step(life.handler, "confirm.notify", life.notice("change"))
    if life.planted == "grown_up_leaves":
        life.shown = True
        return
    alone = replace(house, number=house.number + APART, people=(leaver,), relations=())
    other = Life(life.office, alone, None, life.now, life.until)
    life.apart = other.case
    granted = yield from apply(other.wait(4))
    life.shown = granted
