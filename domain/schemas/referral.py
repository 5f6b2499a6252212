"""referral 移交: clues handed to the commission (监察法 Art 37)."""

from domain.act_type import ActType
from domain.schemas.sealed import Sealed

ACTS = (
    ActType("referral.open", "referral.opened", Sealed, "建立移交"),
    ActType("referral.send", "referral.sent", Sealed, "移送"),
    ActType("referral.receive", "referral.received", Sealed, "签收"),
    ActType("referral.answer", "referral.answered", Sealed, "反馈"),
    ActType("referral.close", "referral.closed", Sealed, "办结移交"),
    ActType("referral.withdraw", "referral.withdrawn", Sealed, "撤回移交"),
)
