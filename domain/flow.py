"""The flow 申请 → 审核 → 确认 → 核查 → 停 → 退出, as tables: which act may come in which stage, and where it leads.

What else an act needs (steps taken, days passed, hands, authority) is judged by `domain.rulings`.
"""

from typing import TYPE_CHECKING

from domain.errors import NotAllowed
from domain.vocabulary import Stage, VerificationState

if TYPE_CHECKING:
    from domain.case import Case

_REVIEWING = (Stage.ACCEPTED,)
_BEFORE = (Stage.ACCEPTED, Stage.OPINED)
RECEIVING = (Stage.GRANTED, Stage.SUSPENDED)
_CHECKING = (*_REVIEWING, *RECEIVING)
_VERIFIABLE = (*_BEFORE, Stage.GRANTED, Stage.REFUSED, Stage.SUSPENDED)
_DECIDED = (Stage.GRANTED, Stage.REFUSED, Stage.SUSPENDED)
_PAID = (*RECEIVING, Stage.EXITED)
_DISPUTABLE = (Stage.REJECTED, *_BEFORE, *_DECIDED, Stage.EXITED)
_CORRECTABLE = (*_BEFORE, *_DECIDED, Stage.EXITED)

ALLOWED: dict[str, tuple[tuple[Stage, ...], Stage | None]] = {
    # act code: (the stages it may come in, the stage it leads to; None: it stays)
    "apply.accept": ((Stage.SUBMITTED,), Stage.ACCEPTED),
    "apply.return": ((Stage.SUBMITTED,), Stage.RETURNED),
    "apply.supplement": ((Stage.RETURNED,), Stage.SUBMITTED),
    "apply.reject": ((Stage.SUBMITTED, Stage.RETURNED), Stage.REJECTED),
    "apply.register": (_BEFORE, None),
    "apply.withdraw": ((Stage.SUBMITTED, Stage.RETURNED, *_BEFORE), Stage.WITHDRAWN),
    "review.request_check": (_CHECKING, None),
    "review.begin_check": (_CHECKING, None),
    "review.check": (_CHECKING, None),
    "review.inform": (_CHECKING, None),
    "review.visit": (_CHECKING, None),
    "review.cosign": ((*_BEFORE, *_DECIDED), None),
    "review.appraise": (_REVIEWING, None),
    "review.assess": ((*_BEFORE, *RECEIVING), None),
    "review.opine": (_REVIEWING, Stage.OPINED),
    "review.post": ((*_BEFORE, *RECEIVING), None),
    "review.object": ((*_BEFORE, *RECEIVING), Stage.ACCEPTED),
    "review.extend": (_BEFORE, None),
    "review.open": (RECEIVING, None),
    "review.report": ((*_BEFORE, *RECEIVING), None),
    "review.recheck": (RECEIVING, None),
    "review.adjust": (RECEIVING, None),
    "review.move": (RECEIVING, None),
    "review.correct": (_CORRECTABLE, None),
    "confirm.deliberate": ((Stage.OPINED,), None),
    "confirm.grant": ((Stage.OPINED,), Stage.GRANTED),
    "confirm.refuse": ((Stage.OPINED,), Stage.REFUSED),
    "confirm.notify": ((Stage.REJECTED, *_DECIDED, Stage.EXITED), None),
    "confirm.publish": ((Stage.GRANTED,), None),
    "verify.draw": (_VERIFIABLE, None),
    "verify.visit": (_VERIFIABLE, None),
    "verify.pass": (_VERIFIABLE, None),
    "verify.rectify": (_VERIFIABLE, None),
    "verify.report": (_VERIFIABLE, None),
    "verify.overturn": (_DECIDED, None),
    "suspend.start": ((Stage.GRANTED,), Stage.SUSPENDED),
    "suspend.lift": ((Stage.SUSPENDED,), Stage.GRANTED),
    "exit.propose": (RECEIVING, None),
    "exit.defer": (RECEIVING, None),
    "exit.end": (RECEIVING, Stage.EXITED),
    "payment.record": (_PAID, None),
    "payment.overpay": (_PAID, None),
    "payment.recover": (_PAID, None),
    "payment.waive": (_PAID, None),
    "payment.entrust": (RECEIVING, None),
    "payment.end_custody": (_PAID, None),
    "dispute.file": (_DISPUTABLE, None),
    "dispute.decide": (_DISPUTABLE, None),
    "dispute.execute": (_DISPUTABLE, None),
}

_V = VerificationState
VERIFYING: dict[str, tuple[tuple[VerificationState, ...], VerificationState]] = {
    "verify.draw": ((_V.NONE, _V.PASSED, _V.OVERTURNED), _V.DRAWN),
    "verify.visit": ((_V.DRAWN, _V.RECTIFYING, _V.REPORTED), _V.VISITED),
    "verify.pass": ((_V.VISITED, _V.REPORTED), _V.PASSED),
    "verify.rectify": ((_V.VISITED, _V.REPORTED), _V.RECTIFYING),
    "verify.report": ((_V.RECTIFYING,), _V.REPORTED),
    "verify.overturn": ((_V.VISITED, _V.REPORTED), _V.OVERTURNED),
}


def check_order(case: "Case | None", code: str) -> None:
    """Whether this act may come now. Raises `NotAllowed`: `case.order`, `case.unknown`."""
    if code == "apply.submit":
        if case is not None:
            raise NotAllowed("case.order", "this case was opened already", act=code, stage=case.stage, stages=[])
        return
    if case is None:
        raise NotAllowed("case.unknown", "a case begins with apply.submit", act=code)
    stages, _ = ALLOWED[code]
    if case.stage not in stages:
        raise NotAllowed(
            "case.order",
            f"{code} is not possible while the case is {case.stage}; it is while {' or '.join(stages)}",
            act=code,
            stage=case.stage,
            stages=list(stages),
        )
    if code in VERIFYING and case.verification not in VERIFYING[code][0]:
        raise NotAllowed(
            "case.order",
            f"{code} is not possible while the verification is {case.verification}",
            act=code,
            stage=case.verification,
            stages=list(VERIFYING[code][0]),
        )
