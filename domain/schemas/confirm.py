"""confirm 确认: granting or refusing (57号 Arts 20–24, 43号 Arts 16–19)."""

from typing import Annotated, Literal

from pydantic import Field

from domain.act_type import ActType
from domain.data import Count, Data, Fen, Month, Officers, Places, Sha256, Village, Votes
from domain.schemas.listing import Listed


class Deliberate(Data):
    """confirm.deliberate 集体研究: who met, how they voted, and the minutes. The others sign by `review.cosign`."""

    attendees: Officers
    in_favour: Votes
    against: Votes
    abstained: Votes
    minutes: Sha256
    listed: Listed | None = None


class Grant(Data):
    """confirm.grant 予以确认 (57号 Art 21): paid from the month after. `members`: how many are covered.

    `covered`: which, by their places in the application (0 is the applicant); everybody, where it is absent.
    `grade` 类别, where a programme has them; `stability` decides how often it is checked again (Art 31); `until`: the
    last month of a status that ends by itself.
    """

    monthly_fen: Fen
    members: Count
    starting: Month
    covered: Places | None = None
    grade: Literal["a", "b", "c", "d"] | None = None
    stability: Literal["stable", "unstable"] = "stable"
    until: Month | None = None
    listed: Listed | None = None


class Refuse(Data):
    """confirm.refuse 不予确认, with the reason (57号 Art 21)."""

    reason: Literal["income", "assets", "obligor", "conditions", "non_cooperation"]


class Notify(Data):
    """confirm.notify 送达通知书: of what was decided last, in writing."""

    notice: Sha256
    delivered: Literal["in_person", "post", "electronic", "left"]


class Publish(Data):
    """confirm.publish 公布 after a confirmation: `shown` is what stands on the board (57号 Art 24)."""

    village: Village
    shown: Annotated[
        list[
            Literal[
                "applicant_name", "members", "monthly_fen", "programme", "village", "id_number", "account", "phone",
                "address", "illness", "disability", "income",
            ]
        ],
        Field(min_length=1, max_length=12),
    ]  # fmt: skip
    photograph: Sha256


ACTS = (
    ActType("confirm.deliberate", "confirm.deliberated", Deliberate, "集体研究"),
    ActType("confirm.grant", "confirm.granted", Grant, "予以确认"),
    ActType("confirm.refuse", "confirm.refused", Refuse, "不予确认"),
    ActType("confirm.notify", "confirm.notified", Notify, "送达通知书"),
    ActType("confirm.publish", "confirm.published", Publish, "公布"),
)
