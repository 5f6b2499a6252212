"""complaint 举报投诉: what is said of a case or an officer, checked and answered (57号 Arts 36, 37)."""

from domain.act_type import ActType
from domain.schemas.sealed import Sealed

ACTS = (
    ActType("complaint.lodge", "complaint.lodged", Sealed, "受理举报"),
    ActType("complaint.assign", "complaint.assigned", Sealed, "交办举报"),
    ActType("complaint.answer", "complaint.answered", Sealed, "答复举报"),
    ActType("complaint.close", "complaint.closed", Sealed, "办结举报"),
)
