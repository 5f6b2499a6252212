"""confirm 确认: granting or refusing (57号 Arts 20, 21)."""

from typing import Literal

from domain.act_type import ActType
from domain.data import Count, Data, Fen, Month, Sha256


class Grant(Data):
    """confirm.grant 予以确认 (57号 Art 21): paid from the month after."""

    monthly_fen: Fen
    members: Count
    starting: Month


class Refuse(Data):
    """confirm.refuse 不予确认, with the reason (57号 Art 21)."""

    reason: Literal["income", "assets", "obligor", "conditions", "non_cooperation"]


class Notify(Data):
    """confirm.notify 送达通知书."""

    notice: Sha256
    delivered: Literal["in_person", "post", "electronic", "left"]


ACTS = (
    ActType("confirm.grant", "confirm.granted", Grant, "予以确认"),
    ActType("confirm.refuse", "confirm.refused", Refuse, "不予确认"),
    ActType("confirm.notify", "confirm.notified", Notify, "送达通知书"),
)
