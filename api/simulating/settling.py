"""The weeks after a confirmation: the county's sample, complaints, corrections, kin that comes to light."""

from datetime import timedelta

from api.simulating.complaining import answer, lodge, refer
from api.simulating.deciding import confirmer
from api.simulating.life import Life, Step, Steps
from domain.rulings.amounts import month_after

OVERTURNED = {"objection_brushed_off": "income", "overturned_often": "conditions", "kickback": "conditions"}
"""What the county finds of these, when it visits."""


def settle(life: Life) -> Steps:
    """What comes in the weeks after a confirmation. Where it did not stand, the life is over."""
    if life.planted == "kin_declared_late":
        yield declare(life.wait(30))
    if life.planted == "small_correction":
        yield _slip_of_the_pen(life)
    if life.planted in ("entrusted_account", "relatives_account"):
        holder = "institution" if life.planted == "entrusted_account" else "relative"
        kept = {"holder": holder, "agreement": life.paper("custody agreement")}
        yield life.wait(3).step("county/supervisor2", "payment.entrust", kept)
    if life.planted in ("edited_after_draw", "corrected_before_draw"):
        yield from _correct_and_draw(life)
    elif life.planted == "wrong_amount":
        yield from _found_wrong(life)
    elif life.planted in ("kickback", "unfounded_complaint"):
        yield from lodge(life.wait(35))
        yield from _be_verified(life, "complaint")
        yield from answer(life)
        if life.planted == "kickback":
            yield from refer(life)
    elif life.visited:
        yield from close_visit(life)
    elif life.planted in (*OVERTURNED, "objection_looked_into", "sampled_often") or life.dice.random() < 0.3:
        yield from _be_verified(life.wait(life.dice.randint(8, 25)), "sampled")


def close_visit(life: Life) -> Steps:
    """The visit that the law compelled the county to is concluded, and who complained gets an answer."""
    yield life.wait(5).step("county/inspector2", "verify.pass", {})
    if life.sealed:
        yield from answer(life)


def _be_verified(life: Life, cause: str) -> Steps:
    """抽取、入户、通过; or the county overturns what was confirmed, and the town ends it."""
    yield life.soon().step("county/inspector2", "verify.draw", {"cause": cause})
    yield life.wait(3).step("county/inspector2", "verify.visit", {"form": life.paper("inspection")})
    reason = OVERTURNED.get(life.planted or "")
    if reason is None:
        yield life.soon().step("county/inspector2", "verify.pass", {})
        return
    life.over = True
    yield life.wait(1).step("county/inspector2", "verify.overturn", {"reason": reason})
    yield life.wait(2).step("head", "exit.end", {"reason": "overturned", "starting": month_after(life.day)})
    yield life.wait(1).step(life.handler, "confirm.notify", life.notice("exit"))


def _slip_of_the_pen(life: Life) -> Step:
    assert life.granted is not None
    signed, said = life.granted
    life.paid += 1_000
    named = {"version": signed.version, "act": signed.digest, "paper": life.paper("slip of the pen")}
    right = {"reason": "clerical", "authority": "own", "grant": said | {"monthly_fen": life.paid}}
    return life.soon().step(confirmer(life), "review.correct", named | right)


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
