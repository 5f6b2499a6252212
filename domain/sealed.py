"""Complaints (举报投诉) and referrals (移交): streams whose lines show commitments only.

What such an act says is sealed and stands outside the ledger. Its line has the digest of the salted content, the digest
of the sealed envelope, and the envelope's size class, whatever it says: who knows the whole ledger learns that a step
was taken, when, and by whom, and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.assignment import Duty
from domain.errors import NotAllowed
from domain.events import Acted

SIZES = (32_768, 131_072, 524_288)
"""Bytes of a sealed content, padded: few classes, the first of which nearly everything fits."""


class SealedStage(StrEnum):
    """Where a complaint or a referral stands."""

    LODGED = "lodged"  # 已受理
    ASSIGNED = "assigned"  # 已交办
    OPENED = "opened"  # 已建立
    SENT = "sent"  # 已移送
    RECEIVED = "received"  # 已签收
    ANSWERED = "answered"  # 已答复、已反馈
    CLOSED = "closed"  # 已办结
    WITHDRAWN = "withdrawn"  # 已撤回


SEALED_ZH = {
    SealedStage.LODGED: "已受理",
    SealedStage.ASSIGNED: "已交办",
    SealedStage.OPENED: "已建立",
    SealedStage.SENT: "已移送",
    SealedStage.RECEIVED: "已签收",
    SealedStage.ANSWERED: "已答复",
    SealedStage.CLOSED: "已办结",
    SealedStage.WITHDRAWN: "已撤回",
}

_S = SealedStage


@dataclass(frozen=True, slots=True)
class Step:
    """An act of such a stream: what it leads to, after what it comes (nothing: it begins the stream), whose it is."""

    to: SealedStage
    after: tuple[SealedStage, ...]
    duties: tuple[Duty, ...]


_SUPERVISE, _COMMISSION = (Duty.SUPERVISE,), (Duty.COMMISSION,)
_EITHER = (Duty.SUPERVISE, Duty.COMMISSION)
STEPS: Mapping[str, Step] = {
    # A complaint is answered before it is closed, a named one or not (57号 Art 37): a shorter way for anonymous ones
    # would tell on the ledger which they are.
    "complaint.lodge": Step(_S.LODGED, (), _EITHER),
    "complaint.assign": Step(_S.ASSIGNED, (_S.LODGED, _S.ASSIGNED, _S.ANSWERED), _EITHER),
    "complaint.answer": Step(_S.ANSWERED, (_S.LODGED, _S.ASSIGNED, _S.ANSWERED), _EITHER),
    "complaint.close": Step(_S.CLOSED, (_S.ANSWERED,), _EITHER),
    # Sent again after an answer: the commission asked for more.
    "referral.open": Step(_S.OPENED, (), _SUPERVISE),
    "referral.send": Step(_S.SENT, (_S.OPENED, _S.ANSWERED), _SUPERVISE),
    "referral.receive": Step(_S.RECEIVED, (_S.SENT,), _COMMISSION),
    "referral.answer": Step(_S.ANSWERED, (_S.RECEIVED, _S.ANSWERED), _COMMISSION),
    "referral.close": Step(_S.CLOSED, (_S.ANSWERED,), _SUPERVISE),
    "referral.withdraw": Step(_S.WITHDRAWN, (_S.OPENED, _S.SENT), _SUPERVISE),
}


@dataclass(frozen=True, slots=True)
class SealedStream:
    """A complaint or a referral: how far it has come. What it is about is not known here."""

    id: UUID
    version: int
    kind: str
    stage: SealedStage
    began: date


def check_step(found: SealedStream | None, code: str) -> None:
    """Whether this act may come next. Raises `NotAllowed`: `sealed.unknown`, `sealed.order`."""
    step = STEPS[code]
    if found is None:
        if step.after:
            raise NotAllowed(
                "sealed.unknown", "there is nothing here yet: it begins with complaint.lodge, referral.open"
            )
    elif found.kind != code.partition(".")[0]:
        raise NotAllowed("sealed.stream", f"this stream is a {found.kind}", kind=found.kind)
    elif found.stage not in step.after:
        raise NotAllowed(
            "sealed.order",
            f"{code} comes after {' or '.join(step.after) or 'nothing'}; this one is {found.stage}",
            act=code,
            stage=found.stage,
            stages=list(step.after),
        )


def evolve(found: SealedStream | None, event: Acted) -> SealedStream:
    """The complaint or referral after one more act."""
    code: str = event.claims["act"]
    began = found.began if found else event.on
    return SealedStream(event.originator_id, event.originator_version, code.partition(".")[0], STEPS[code].to, began)


def describe(stream: SealedStream) -> dict[str, Any]:
    """The stream as anybody may see it."""
    return {
        "id": str(stream.id),
        "version": stream.version,
        "kind": stream.kind,
        "stage": stream.stage,
        "stage_zh": SEALED_ZH[stream.stage],
        "began": str(stream.began),
    }
