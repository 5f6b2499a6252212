"""The flow 申请 → 审核 → 确认 → 核查 → 停 → 退出: every act code in every stage, as one table; every cell is tried."""

import pytest

from domain.acts import ACTS
from domain.duties import DUTIES
from domain.errors import NotAllowed
from domain.flow import ALLOWED, VERIFYING, check_order
from domain.vocabulary import STAGE_ZH, VERIFICATION_ZH, Stage, VerificationState
from tests.unit.domain.world import a_case

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
