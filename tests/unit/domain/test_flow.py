"""The flow 申请 → 审核 → 确认 → 核查 → 停 → 退出: every act code in every stage, as one table; every cell is tried."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from domain.acts import ACTS
from domain.case import Hands, Named
from domain.duties import DUTIES
from domain.errors import NotAllowed
from domain.events import Acted
from domain.flow import ALLOWED, VERIFYING, check_order
from domain.unfolding import evolve
from domain.vocabulary import STAGE_ZH, VERIFICATION_ZH, Stage, VerificationState
from tests.unit.domain.life import SAID
from tests.unit.domain.world import TOWN, a_case

SAID_BEFORE = Named(5, "", date(2026, 9, 10))

STAGES = ["new", *Stage]
# What may come in: new submitted returned rejected withdrawn accepted opined granted refused suspended exited
TABLE = """
apply.submit         x . . . . . . . . . .
apply.accept         . x . . . . . . . . .
apply.return         . x . . . . . . . . .
apply.supplement     . . x . . . . . . . .
apply.reject         . x x . . . . . . . .
apply.register       . . . . . x x . . . .
apply.withdraw       . x x . . x x . . . .
review.request_check . . . . . x . x . x .
review.begin_check   . . . . . x . x . x .
review.check         . . . . . x . x . x .
review.inform        . . . . . x . x . x .
review.visit         . . . . . x . x . x .
review.cosign        . . . . . x x x x x .
review.appraise      . . . . . x . . . . .
review.assess        . . . . . x x x . x .
review.opine         . . . . . x . . . . .
review.post          . . . . . x x x . x .
review.object        . . . . . x x x . x .
review.extend        . . . . . x x . . . .
review.open          . . . . . . . x . x .
review.report        . . . . . x x x . x .
review.recheck       . . . . . . . x . x .
review.adjust        . . . . . . . x . x .
review.move          . . . . . . . x . x .
review.correct       . . . . . x x x x x x
confirm.deliberate   . . . . . . x . . . .
confirm.grant        . . . . . . x . . . .
confirm.refuse       . . . . . . x . . . .
confirm.notify       . . . x . . . x x x x
confirm.publish      . . . . . . . x . . .
verify.draw          . . . . . x x x x x .
verify.visit         . . . . . x x x x x .
verify.pass          . . . . . x x x x x .
verify.rectify       . . . . . x x x x x .
verify.report        . . . . . x x x x x .
verify.overturn      . . . . . . . x x x .
suspend.start        . . . . . . . x . . .
suspend.lift         . . . . . . . . . x .
exit.propose         . . . . . . . x . x .
exit.defer           . . . . . . . x . x .
exit.end             . . . . . . . x . x .
payment.record       . . . . . . . x . x x
payment.overpay      . . . . . . . x . x x
payment.recover      . . . . . . . x . x x
payment.waive        . . . . . . . x . x x
payment.entrust      . . . . . . . x . x .
payment.end_custody  . . . . . . . x . x x
dispute.file         . . . x . x x x x x x
dispute.decide       . . . x . x x x x x x
dispute.execute      . . . x . x x x x x x
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
CASE_CODES = [row[0] for row in ROWS]
CASE_STAGES = ("apply", "review", "confirm", "verify", "suspend", "exit", "payment", "dispute")


def refusal(case, code):
    try:
        check_order(case, code)
    except NotAllowed as refused:
        return refused.code
    return None


def test_the_table_names_every_case_act_and_every_stage_and_each_has_a_duty():
    assert set(CASE_CODES) == {code for code in ACTS if code.split(".")[0] in CASE_STAGES}
    assert set(ALLOWED) == set(CASE_CODES) - {"apply.submit"}
    assert set(DUTIES) == set(CASE_CODES)
    assert all(len(row) == 1 + len(STAGES) for row in ROWS)
    assert set(STAGE_ZH) == set(Stage)
    assert set(VERIFICATION_ZH) == set(VerificationState)


@pytest.mark.parametrize("row", ROWS, ids=CASE_CODES)
def test_an_act_comes_in_the_stages_the_table_says_and_in_no_other(row):
    code, *marks = row
    fitting = VERIFYING[code][0][0] if code in VERIFYING else VerificationState.NONE
    for stage, mark in zip(STAGES, marks, strict=True):
        case = None if stage == "new" else a_case(Stage(stage), verification=fitting)
        code_of_refusal = refusal(case, code)
        assert (code_of_refusal is None) == (mark == "x"), (code, stage, code_of_refusal)
        if mark != "x":
            assert code_of_refusal == ("case.unknown" if stage == "new" else "case.order")


OUTCOMES = """
apply.accept    submitted accepted
apply.return    submitted returned
apply.supplement returned submitted
apply.reject    submitted rejected
apply.reject    returned rejected
apply.withdraw  submitted withdrawn
apply.withdraw  returned withdrawn
apply.withdraw  accepted withdrawn
apply.withdraw  opined withdrawn
review.opine    accepted opined
review.object   opined accepted
confirm.grant   opined granted
confirm.refuse  opined refused
verify.overturn refused accepted
suspend.start   granted suspended
suspend.lift    suspended granted
exit.end        granted exited
exit.end        suspended exited
"""
LEADS = {(code, before): after for code, before, after in (line.split() for line in OUTCOMES.strip().splitlines())}
NAMES: dict[str, dict[str, Any]] = {
    # what an act says beside what `tests.unit.domain.life` has it say, so that its effect can be seen
    "apply.supplement": {"documents": []},
    "review.visit": {"investigators": []},
    "review.cosign": {"version": 1, "hand": "household"},
    "review.correct": {"opine": {"opinion": "eligible"}},
    "confirm.deliberate": {"attendees": []},
    "confirm.grant": {"monthly_fen": 1, "members": 3, "starting": "2026-12"},
    "review.extend": {"cause": "other"},
    "review.recheck": {"monthly_fen": 1, "result": "unchanged"},
    "review.adjust": {"monthly_fen": 1, "members": 3, "cause": "income"},
    "review.report": {"kind": "income", "day": "2026-09-12"},
    "review.move": {"town": TOWN},
    "verify.rectify": {"deadline": "2026-12-01"},
    "exit.defer": {"until": "2026-12"},
    "exit.end": {"reason": "income", "starting": "2026-12"},
    "payment.record": {"result": "paid", "month": "2026-10", "fen": 1, "file": "ab" * 32, "row": 1},
    "payment.overpay": {"fen": 1},
    "payment.recover": {"fen": 0},
    "payment.waive": {"fen": 0},
    "payment.entrust": {"holder": "village"},
    "dispute.decide": {"filed": 1},
    "dispute.execute": {"filed": 1},
}


@pytest.mark.parametrize("row", ROWS[1:], ids=CASE_CODES[1:])
def test_an_allowed_act_leads_where_the_outcomes_say_and_leaves_the_case_where_it_is_otherwise(row):
    code, _, *marks = row
    officer = str(uuid4())
    for stage, mark in zip(Stage, marks, strict=True):
        if mark != "x":
            assert (code, stage) not in LEADS
            continue
        before = a_case(
            stage, hands={1: Hands("review.visit", "", frozenset({"household"}))}, said={"review.opine": SAID_BEFORE}
        )
        data = SAID.get(code, {}) | NAMES.get(code, {})
        claims = {"act": code, "iss": officer, "on": "2026-09-12", "data": data}
        event = Acted(before.id, 7, ACTS[code].event, "x.y.z", claims, {})
        assert evolve(before, event).stage == LEADS.get((code, stage), stage), (code, stage)


VERIFICATION = """
none        draw
drawn       visit
visited     pass rectify overturn
passed      draw
rectifying  visit report
reported    visit pass rectify overturn
overturned  draw
"""


@pytest.mark.parametrize("row", [line.split() for line in VERIFICATION.strip().splitlines()], ids=lambda row: row[0])
def test_a_verification_goes_its_own_way_step_by_step(row):
    state, *possible = row
    for word in ("draw", "visit", "pass", "rectify", "report", "overturn"):
        case = a_case(Stage.GRANTED, verification=VerificationState(state))
        assert (refusal(case, f"verify.{word}") is None) == (word in possible), (state, word)


def test_the_verification_table_names_every_state():
    assert {line.split()[0] for line in VERIFICATION.strip().splitlines()} == set(VerificationState)
