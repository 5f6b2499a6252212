"""Every act code there is: `<stage>.<imperative>`, the event it becomes (`<stage>.<past>`), and its strict schema.

Names are stable for ever. A changed meaning is a new version with an upcaster; the old bytes stay.
"""

from domain.schemas import (
    apply,
    archive,
    complaint,
    confirm,
    delegation,
    dispute,
    managing,
    officer,
    payment,
    place,
    policy,
    referral,
    review,
    source,
    suspend,
    verify,
)

_ALL = (
    *apply.ACTS,
    *review.ACTS,
    *managing.ACTS,
    *confirm.ACTS,
    *verify.ACTS,
    *suspend.ACTS,
    *payment.ACTS,
    *dispute.ACTS,
    *officer.ACTS,
    *delegation.ACTS,
    *place.ACTS,
    *policy.ACTS,
    *source.ACTS,
    *archive.ACTS,
    *complaint.ACTS,
    *referral.ACTS,
)

ACTS = {act.code: act for act in _ALL}
EVENTS = {act.event: act for act in _ALL}
TYPES = {act.code: act.event for act in _ALL}
