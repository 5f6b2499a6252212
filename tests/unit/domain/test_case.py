"""A case's flow 申请 → 审核 → 确认 → 核查 → 停 → 退出: every act code in every stage, as one table."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.acts import ACTS, EVENTS, TYPES
from domain.case import ALLOWED, Case, check_order, evolve
from domain.errors import NotAllowed
from domain.events import Acted
from domain.vocabulary import STAGE_ZH, Programme, Stage, VerificationState

ID = UUID("0190a1b2-0000-4000-8000-000000000001")
OFFICER = "0190a1b2-0000-4000-8000-000000000002"
DIGEST = "ab" * 32
ALL_STEPS = frozenset({"review.check", "review.visit", "review.post"})

STAGES = ["new", *Stage]
# What may come in: new submitted returned rejected accepted opined granted refused suspended exited
TABLE = """
apply.submit      x . . . . . . . . .
apply.accept      . x . . . . . . . .
apply.return      . x . . . . . . . .
apply.supplement  . . x . . . . . . .
apply.reject      . x x . . . . . . .
review.check      . . . . x . . . . .
review.visit      . . . . x . . . . .
review.appraise   . . . . x . . . . .
review.post       . . . . x x . . . .
review.object     . . . . x x . . . .
review.opine      . . . . x . . . . .
review.recheck    . . . . . . x . x .
confirm.grant     . . . . . x . . . .
confirm.refuse    . . . . . x . . . .
confirm.notify    . . . . . . x x . .
verify.draw       . . . . . . x x x .
verify.visit      . . . . . . x x x .
verify.pass       . . . . . . x x x .
verify.rectify    . . . . . . x x x .
verify.overturn   . . . . . . x x x .
suspend.start     . . . . . . x . . .
suspend.lift      . . . . . . . . x .
exit.end          . . . . . . x . x .
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
CASE_CODES = [row[0] for row in ROWS]
FITTING = {
    "verify.draw": VerificationState.NONE,
    "verify.visit": VerificationState.DRAWN,
    "verify.pass": VerificationState.VISITED,
    "verify.rectify": VerificationState.VISITED,
    "verify.overturn": VerificationState.VISITED,
}


DATA: dict[str, dict[str, Any]] = {
    "review.check": {"result": "consistent"},
    "review.opine": {"opinion": "eligible"},
    "review.recheck": {"result": "unchanged", "monthly_fen": 0},
}
"""What acts say that is looked at when they come."""


def a_case(stage: Stage, **changes: Any) -> Case:
    case = Case(ID, 3, Programme.RURAL_MINIMUM, "610924100", "610924100201", stage, done=ALL_STEPS, opinion="eligible")
    return replace(case, **changes)


def acted(code: str, data: dict[str, Any] | None = None, version: int = 1) -> Acted:
    claims = {"iss": OFFICER, "act": code, "on": "2026-11-23", "data": data or {}, "case": str(ID)}
    return Acted(ID, version, TYPES[code], "x.y.z", claims, {})


def refusal(case: Case | None, code: str, data: dict[str, Any] | None = None) -> str | None:
    try:
        check_order(case, code, data or DATA.get(code, {}))
    except NotAllowed as refused:
        return refused.code
    return None


def test_the_table_names_every_case_act_and_every_stage():
    others = ("officer", "delegation", "policy", "source")
    assert set(CASE_CODES) == {code for code in ACTS if code.split(".")[0] not in others}
    assert set(ALLOWED) == set(CASE_CODES) - {"apply.submit"}
    assert all(len(row) == 1 + len(STAGES) for row in ROWS)
    assert set(STAGE_ZH) == set(Stage)


@pytest.mark.parametrize("row", ROWS, ids=CASE_CODES)
def test_an_act_comes_in_the_stages_the_table_says_and_in_no_other(row):
    code, *marks = row
    for stage, mark in zip(STAGES, marks, strict=True):
        case = None if stage == "new" else a_case(Stage(stage), verification=FITTING.get(code, VerificationState.NONE))
        code_of_refusal = refusal(case, code)
        assert (code_of_refusal is None) == (mark == "x"), (code, stage, code_of_refusal)
        if mark != "x":
            assert code_of_refusal == ("case.unknown" if stage == "new" else "case.order")


VERIFICATION = """
none        draw
drawn       visit
visited     pass rectify overturn
passed      draw
rectifying  visit
overturned
"""


@pytest.mark.parametrize("row", [line.split() for line in VERIFICATION.strip().splitlines()], ids=lambda row: row[0])
def test_a_verification_goes_its_own_way_step_by_step(row):
    state, *possible = row
    for word in ("draw", "visit", "pass", "rectify", "overturn"):
        case = a_case(Stage.GRANTED, verification=VerificationState(state))
        assert (refusal(case, f"verify.{word}") is None) == (word in possible), (state, word)


def test_the_verification_table_names_every_state():
    assert {line.split()[0] for line in VERIFICATION.strip().splitlines()} == set(VerificationState)


@pytest.mark.parametrize(
    ("code", "to"),
    [
        ("apply.accept", Stage.ACCEPTED),
        ("apply.return", Stage.RETURNED),
        ("apply.supplement", Stage.SUBMITTED),
        ("apply.reject", Stage.REJECTED),
        ("review.object", Stage.ACCEPTED),
        ("review.opine", Stage.OPINED),
        ("confirm.grant", Stage.GRANTED),
        ("confirm.refuse", Stage.REFUSED),
        ("suspend.start", Stage.SUSPENDED),
        ("suspend.lift", Stage.GRANTED),
        ("exit.end", Stage.EXITED),
    ],
)
def test_an_act_leads_to_its_stage(code, to):
    data = {"opinion": "eligible", "monthly_fen": 1, "members": 1, "starting": "2026-12"}
    before = a_case(ALLOWED[code][0][0])
    after = evolve(before, acted(code, data, 4))
    assert (after.stage, after.version) == (to, 4)


@pytest.mark.parametrize("code", [code for code, (_, to) in ALLOWED.items() if to is None])
def test_any_other_act_leaves_the_stage_as_it_is(code):
    data = {"monthly_fen": 5, "result": "consistent"}
    for stage in ALLOWED[code][0]:
        assert evolve(a_case(stage), acted(code, data, 4)).stage is stage


@pytest.mark.parametrize(
    ("missing", "code"),
    [("review.check", "review.opine"), ("review.visit", "review.opine"), ("review.post", "confirm.grant")],
)
def test_an_opinion_and_a_confirmation_need_the_steps_before_them(missing, code):
    stage = ALLOWED[code][0][0]
    assert refusal(a_case(stage), code) is None
    assert refusal(a_case(stage, done=ALL_STEPS - {missing}), code) == "case.missing-step"


def test_an_ineligible_case_can_only_be_refused():
    case = a_case(Stage.OPINED, opinion="ineligible")
    assert refusal(case, "confirm.grant") == "case.opinion"
    assert refusal(case, "confirm.refuse") is None


def test_an_inconsistent_check_is_looked_at_again_before_an_opinion_says_eligible():
    case = a_case(Stage.ACCEPTED)
    for result, eligible in (("inconsistent", "case.check"), ("consistent", None)):
        case = evolve(case, acted("review.check", {"result": result}, case.version + 1))
        assert refusal(case, "review.opine", {"opinion": "eligible"}) == eligible
        assert refusal(case, "review.opine", {"opinion": "ineligible"}) is None


def test_a_recheck_names_the_change_that_its_amount_makes():
    case = a_case(Stage.GRANTED, monthly_fen=84_000)
    for result, fitting in (("unchanged", 84_000), ("increase", 84_001), ("decrease", 83_999)):
        for amount in (0, 83_999, 84_000, 84_001):
            fits = amount == fitting or (result, amount) == ("decrease", 0)
            said = refusal(case, "review.recheck", {"result": result, "monthly_fen": amount})
            assert said == (None if fits else "case.amount"), (result, amount)
    case = evolve(case, acted("review.recheck", {"result": "decrease", "monthly_fen": 50_000}, 4))
    assert refusal(case, "review.recheck", {"result": "unchanged", "monthly_fen": 84_000}) == "case.amount"
    assert refusal(case, "review.recheck", {"result": "unchanged", "monthly_fen": 50_000}) is None


def test_an_objection_has_every_step_taken_again():
    case = evolve(a_case(Stage.OPINED), acted("review.object", {"against": "posting", "paper": DIGEST}, 4))
    assert case.stage is Stage.ACCEPTED
    assert refusal(case, "review.opine") == "case.missing-step"
    for step in ("review.check", "review.visit"):
        case = evolve(case, acted(step, {"result": "consistent"}, case.version + 1))
    case = evolve(case, acted("review.opine", {"opinion": "eligible"}, case.version + 1))
    assert refusal(case, "confirm.grant") == "case.missing-step"


def test_a_case_supplemented_after_acceptance_of_another_time_begins_its_steps_anew():
    case = evolve(a_case(Stage.SUBMITTED), acted("apply.accept", {}, 4))
    assert refusal(case, "review.opine") == "case.missing-step"


def test_a_case_is_rebuilt_from_its_acts_with_what_they_say():
    submitted = {"programme": "urban_minimum", "town": "610924100", "members": 3, "by": "proxy"}
    case = evolve(None, acted("apply.submit", submitted))
    steps: list[tuple[str, dict[str, Any]]] = [
        ("apply.accept", {}),
        ("review.check", {"result": "consistent"}),
        ("review.visit", {}),
        ("review.post", {}),
        ("review.opine", {"opinion": "eligible"}),
        ("confirm.grant", {"monthly_fen": 84_000, "members": 2, "starting": "2026-12"}),
        ("review.recheck", {"result": "increase", "monthly_fen": 96_000}),
        ("exit.end", {"starting": "2027-06"}),
    ]
    for version, (code, data) in enumerate(steps, 2):
        assert refusal(case, code, data) is None
        case = evolve(case, acted(code, data, version))
    assert case.describe() == {
        "id": str(ID),
        "version": 9,
        "programme": "urban_minimum",
        "town": "610924100",
        "village": None,
        "stage": "exited",
        "stage_zh": "已退出",
        "verification": "none",
        "members": 2,
        "monthly_fen": 96_000,
        "starting": "2026-12",
        "ended": "2027-06",
    }


def test_event_names_are_the_ones_that_stand_on_ledgers():
    """Names are stable for ever: a failure here means that old ledgers could not be read any more."""
    assert sorted(EVENTS) == [
        "apply.accepted", "apply.rejected", "apply.returned", "apply.submitted", "apply.supplemented",
        "confirm.granted", "confirm.notified", "confirm.refused",
        "delegation.granted", "delegation.withdrawn",
        "exit.ended",
        "officer.deputation_ended", "officer.deputised", "officer.handed_over", "officer.key_added",
        "officer.key_revoked", "officer.registered", "officer.taken_over",
        "policy.adopted",
        "review.appraised", "review.checked", "review.objected", "review.opined", "review.posted", "review.rechecked",
        "review.visited",
        "source.corrected", "source.granted", "source.imported", "source.vanished",
        "suspend.lifted", "suspend.started",
        "verify.drawn", "verify.overturned", "verify.passed", "verify.rectification_ordered", "verify.visited",
    ]  # fmt: skip
