"""A case from 申请 to 退出: what state it is in, and which act may come next.

The state is rebuilt from the acts themselves. The table below is the flow 申请 → 审核 → 确认 → 核查 → 停 → 退出.
"""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from domain.errors import NotAllowed
from domain.events import Acted
from domain.vocabulary import STAGE_ZH, Programme, Stage, VerificationState

_REVIEWING = (Stage.ACCEPTED,)
_RECEIVING = (Stage.GRANTED, Stage.SUSPENDED)

ALLOWED: dict[str, tuple[tuple[Stage, ...], Stage | None]] = {
    # act code: (the stages it may come in, the stage it leads to; None: it stays)
    "apply.accept": ((Stage.SUBMITTED,), Stage.ACCEPTED),
    "apply.return": ((Stage.SUBMITTED,), Stage.RETURNED),
    "apply.supplement": ((Stage.RETURNED,), Stage.SUBMITTED),
    "apply.reject": ((Stage.SUBMITTED, Stage.RETURNED), Stage.REJECTED),
    "review.check": (_REVIEWING, None),
    "review.visit": (_REVIEWING, None),
    "review.appraise": (_REVIEWING, None),
    "review.post": ((Stage.ACCEPTED, Stage.OPINED), None),
    "review.object": ((Stage.ACCEPTED, Stage.OPINED), Stage.ACCEPTED),
    "review.opine": (_REVIEWING, Stage.OPINED),
    "review.recheck": (_RECEIVING, None),
    "confirm.grant": ((Stage.OPINED,), Stage.GRANTED),
    "confirm.refuse": ((Stage.OPINED,), Stage.REFUSED),
    "confirm.notify": ((Stage.GRANTED, Stage.REFUSED), None),
    "verify.draw": ((Stage.GRANTED, Stage.REFUSED, Stage.SUSPENDED), None),
    "verify.visit": ((Stage.GRANTED, Stage.REFUSED, Stage.SUSPENDED), None),
    "verify.pass": ((Stage.GRANTED, Stage.REFUSED, Stage.SUSPENDED), None),
    "verify.rectify": ((Stage.GRANTED, Stage.REFUSED, Stage.SUSPENDED), None),
    "verify.overturn": ((Stage.GRANTED, Stage.REFUSED, Stage.SUSPENDED), None),
    "suspend.start": ((Stage.GRANTED,), Stage.SUSPENDED),
    "suspend.lift": ((Stage.SUSPENDED,), Stage.GRANTED),
    "exit.end": (_RECEIVING, Stage.EXITED),
}

_V = VerificationState
VERIFYING: dict[str, tuple[tuple[VerificationState, ...], VerificationState]] = {
    "verify.draw": ((_V.NONE, _V.PASSED), _V.DRAWN),
    "verify.visit": ((_V.DRAWN, _V.RECTIFYING), _V.VISITED),
    "verify.pass": ((_V.VISITED,), _V.PASSED),
    "verify.rectify": ((_V.VISITED,), _V.RECTIFYING),
    "verify.overturn": ((_V.VISITED,), _V.OVERTURNED),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it stands at `version`. `hash` is that of its latest line, once the ledger has told it."""

    id: UUID
    version: int
    programme: Programme
    town: str
    village: str | None
    stage: Stage
    verification: VerificationState = VerificationState.NONE
    done: frozenset[str] = field(default_factory=frozenset)
    """Act codes that stand since the last acceptance or objection."""
    check: str | None = None
    """What the latest 信息核对 found."""
    opinion: str | None = None
    monthly_fen: int | None = None
    members: int = 0
    starting: str | None = None
    ended: str | None = None

    def describe(self) -> dict[str, Any]:
        """The case as a reader sees it: no personal data."""
        return {
            "id": str(self.id),
            "version": self.version,
            "programme": self.programme,
            "town": self.town,
            "village": self.village,
            "stage": self.stage,
            "stage_zh": STAGE_ZH[self.stage],
            "verification": self.verification,
            "members": self.members,
            "monthly_fen": self.monthly_fen,
            "starting": self.starting,
            "ended": self.ended,
        }


def check_order(case: Case | None, code: str, data: dict[str, Any]) -> None:
    """Whether this act may come now. Raises `NotAllowed` (`case.order`, `case.missing-step`, …)."""
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
    _check_steps(case, code)
    if code == "review.opine":
        _check_opinion(case, data)
    elif code == "review.recheck":
        _check_amount(case, data)


def _check_steps(case: Case, code: str) -> None:
    """Steps that must have been taken before an opinion or a confirmation (57号 Arts 16–19)."""
    needed: tuple[str, ...] = ()
    if code == "review.opine":
        needed = ("review.check", "review.visit")
    elif code == "confirm.grant":
        needed = ("review.post",)
        if case.opinion != "eligible":
            raise NotAllowed("case.opinion", "the opinion says ineligible: it can only be refused", act=code)
    missing = [step for step in needed if step not in case.done]
    if missing:
        raise NotAllowed("case.missing-step", f"{code} needs {', '.join(missing)} first", act=code, missing=missing)


def _check_opinion(case: Case, data: dict[str, Any]) -> None:
    """A household whose check was inconsistent is looked at again before it is found eligible (57号 Art 18)."""
    if case.check == "inconsistent" and data["opinion"] == "eligible":
        raise NotAllowed("case.check", "the latest check is inconsistent: check again, or the opinion is ineligible")


def _check_amount(case: Case, data: dict[str, Any]) -> None:
    """The word and the number say the same: unchanged, more, or less than what is paid now (57号 Art 32)."""
    paid, then = case.monthly_fen or 0, data["monthly_fen"]
    if data["result"] != ("increase" if then > paid else "decrease" if then < paid else "unchanged"):
        raise NotAllowed(
            "case.amount",
            f"{data['result']} does not fit the amount: {paid} fen a month now, {then} from then on",
            result=data["result"],
            paid=paid,
            then=then,
        )


def evolve(case: Case | None, event: Acted) -> Case:
    """The case after one more act."""
    code, data = event.claims["act"], event.data
    if case is None:
        return Case(
            event.originator_id,
            event.originator_version,
            Programme(data["programme"]),
            data["town"],
            data.get("village"),
            Stage.SUBMITTED,
            members=data["members"],
        )
    stage = ALLOWED[code][1] or case.stage
    done = frozenset() if code in ("apply.accept", "review.object") else case.done | {code}
    case = replace(case, version=event.originator_version, stage=stage, done=done)
    if code in VERIFYING:
        return replace(case, verification=VERIFYING[code][1])
    if code == "review.check":
        return replace(case, check=data["result"])
    if code == "review.opine":
        return replace(case, opinion=data["opinion"])
    if code == "confirm.grant":
        return replace(case, monthly_fen=data["monthly_fen"], members=data["members"], starting=data["starting"])
    if code == "review.recheck":
        return replace(case, monthly_fen=data["monthly_fen"])
    if code == "exit.end":
        return replace(case, ended=data["starting"])
    return case
