"""Random walks: no order of acts, by whomever, breaks a case; every refusal has its words; what must hold holds."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from api.wording import TEXTS
from domain.deadlines import deadlines
from domain.duties import DUTIES
from domain.errors import NotAllowed
from domain.flow import ALLOWED, RECEIVING
from domain.vocabulary import Stage
from tests.unit.domain.life import FORM, Life, month_after
from tests.unit.domain.world import DIGEST, OTHER_TOWN, SHOWN, TOWN, World

CODES = sorted(set(DUTIES) - {"review.cosign"})
PEOPLE = ("custom", "clerk", "assistant", "head", "inspector")
PROGRAMMES = ("rural_minimum", "urban_minimum", "extreme_poverty", "low_income")
STEPS = st.tuples(st.sampled_from(CODES), st.sampled_from(PEOPLE), st.integers(0, 9), st.integers(0, 3))


def varied(life: Life, code: str, dice: int) -> dict[str, Any]:
    """What the act says besides the usual, one way or another."""
    if code == "review.check":
        return {"result": ("consistent", "inconsistent")[dice % 2]}
    if code == "review.opine":
        return {"opinion": ("eligible", "ineligible")[dice == 3]}
    if code == "verify.draw":
        return {"cause": ("sampled", "kin", "complaint", "ordered")[dice]}
    if code == "review.object":
        return {"against": ("posting", "check")[dice % 2]}
    if code == "review.report":
        return {"kind": ("death", "income", "moved", "health")[dice]}
    if code in ("exit.end", "exit.propose"):
        return {
            "reason": ("income", "voluntary", "overturned", "labour")[dice],
            **({"paper": DIGEST} if code == "exit.end" else {}),
        }
    if code == "review.adjust":
        members, change = _change(life.case.members if life.known else 1, dice)
        amount = {"cause": "members", "monthly_fen": 50_000 + dice, "members": members}
        return {**amount, "starting": month_after(life.today), **FORM, **change}
    if code == "review.move":
        return {"town": (TOWN, OTHER_TOWN)[dice % 2], "paper": DIGEST}
    if code == "review.extend":
        return {"cause": "other", "notice": DIGEST}
    if code == "apply.withdraw":
        return {"paper": DIGEST}
    if code == "apply.reject":
        return {"reason": "withdrawn"}
    if code == "exit.defer":
        return {"until": month_after(life.today, 1 + 3 * dice), **FORM}
    if code == "confirm.deliberate":
        officers = [str(life.head.id), str(life.clerk.id)]
        return {"attendees": officers, "in_favour": dice, "against": 0, "abstained": 0, "minutes": DIGEST}
    if code == "review.correct":
        about, right = ("confirm.grant", _narrowed(life, dice)) if dice > 1 else ("review.check", _CHECK)
        said = life.case.said.get(about) if life.known else None
        named = {"version": said.version, "act": said.digest} if said else {"version": 1, "act": DIGEST}
        return {**named, "reason": "clerical", "authority": "own", "paper": DIGEST, about.partition(".")[2]: right}
    if code == "dispute.file":
        return {"kind": "petition", "against": 1, "paper": DIGEST}
    if code.startswith("dispute."):
        filed = next(iter(life.case.disputes), 1) if life.known else 1
        return {"filed": filed, "paper": DIGEST, **({"result": "upheld"} if code.endswith("decide") else {})}
    return _money(code, life, dice)


_CHECK = {"result": "consistent", "report": DIGEST}


def _narrowed(life: Life, dice: int) -> dict[str, Any]:
    """A confirmation of the first one or two of a household of three."""
    starting = life.case.starting if life.known else None
    return {
        "monthly_fen": 0 if life.programme == "low_income" else 30_000,
        "members": dice - 1,
        "covered": list(range(dice - 1)),
        "starting": starting or month_after(life.today),
        **({"until": month_after(life.today, 6)} if life.programme == "low_income" else {}),
    }


def _change(members: int, dice: int) -> tuple[int, dict[str, Any]]:
    """How many there are after an adjustment: the last one leaves, or whoever left last comes back."""
    if dice == 1 and members > 1:
        return members - 1, {"leaving": [members - 1]}
    if dice == 2 and 0 < members < 3:
        return members + 1, {"joining": [SHOWN["household"][members - 1]]}
    return members, {}


def _money(code: str, life: Life, dice: int) -> dict[str, Any]:
    if code == "payment.record":
        result = {"result": "returned", "reason": "other"} if dice == 3 else {"result": "paid"}
        return {"month": month_after(life.today), "fen": 5, "file": DIGEST, "row": dice + 1, **result}
    if code == "payment.overpay":
        month = month_after(life.today)
        return {"first": month, "last": month, "fen": 10, "cause": "other", **FORM}
    return {
        "payment.recover": {"fen": 1 + 4 * dice, "receipt": DIGEST},
        "payment.waive": {"fen": 1 + 4 * dice, "ground": "hardship", "decision": DIGEST},
    }.get(code, {})


def step(life: Life, code: str, who: str, days: int, dice: int) -> None:
    if not life.known and code in ("confirm.grant", "review.recheck"):
        return  # what they say by custom is about a case that is there
    life.later(days)
    life.basis = "system" if code == "payment.record" else "direct"
    before, refusal = (life.case if life.known else None), None
    try:
        life.do(code, None if who == "custom" else getattr(life, who), **varied(life, code, dice))
    except NotAllowed as refused:
        refusal = refused.code
    if refusal is not None:
        assert TEXTS.get(refusal, ("", ""))[0], refusal
        assert not life.known or life.case is before, "a refusal leaves everything as it was"
        return
    if life.case.hands and dice and life.case.stage in ALLOWED["review.cosign"][0]:
        version = next(iter(life.case.hands))
        for hand in sorted(life.case.hands[version].missing):
            by = (
                None
                if hand == "household"
                else next(one for one in (life.clerk, life.assistant, life.head, life.inspector) if str(one.id) == hand)
            )
            life.cosign(version, by)


def check(life: Life) -> None:
    """What must hold of a case, however it came about."""
    case, people = life.case, [life.world.streams[person] for person in life.case.people]
    enrolled = [person is not None and life.id in person.enrolled for person in people]
    if case.stage in RECEIVING:
        assert sum(enrolled) == case.members, "whoever is helped is known to be"
        assert case.monthly_fen is not None
    else:
        assert not any(enrolled), "and nobody else is"
    if case.stage is not Stage.EXITED:
        assert case.ended is None
    assert case.payments.outstanding >= 0
    assert set(case.hands) <= set(range(1, case.version + 1))
    for deadline in deadlines(case, life.world.rules, life.today):
        assert deadline.done is None or deadline.done >= deadline.began or deadline.due.left >= 0
        assert deadline.article


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(PROGRAMMES), st.lists(STEPS, max_size=60))
def test_no_order_of_acts_breaks_a_case(programme, steps):
    life = Life(World(), programme)
    for one in steps:
        step(life, *one)
    if life.known:
        check(life)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(PROGRAMMES), st.sampled_from(["confirm.grant", "verify.draw", "suspend.lift", ""]),
       st.lists(STEPS, max_size=30))  # fmt: skip
def test_nor_does_anything_that_comes_after_a_usual_beginning(programme, until, steps):
    life = Life(World(), programme).until(until)
    check(life)
    for one in steps:
        step(life, *one)
        check(life)


MOVING = st.tuples(
    st.sampled_from(["review.adjust", "review.correct", "review.recheck", "suspend.start", "suspend.lift", "exit.end"]),
    st.just("head"), st.integers(0, 9), st.integers(0, 3),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(PROGRAMMES), st.lists(MOVING, max_size=25))
def test_whoever_is_helped_is_known_however_members_come_and_go(programme, steps):
    life = Life(World(), programme).until("verify.draw")
    for one in steps:
        step(life, *one)
        check(life)


def test_a_usual_life_meets_its_limits():
    life = Life(World()).until("verify.draw")
    late = [one.name for one in deadlines(life.case, life.world.rules, life.today) if one.due.late and not one.waits]
    assert late == []
    recheck = [
        one for one in deadlines(life.case, life.world.rules, life.today + timedelta(days=400)) if one.name == "recheck"
    ]
    assert recheck[0].due.late
