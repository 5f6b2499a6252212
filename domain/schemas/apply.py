"""apply 申请: from the application to its acceptance (57号 Arts 4–11)."""

from typing import Annotated, Literal

from pydantic import Field

from domain.act_type import ActType
from domain.data import Count, Data, Personal, Text, Town, Village
from domain.schemas.file import Documents
from domain.vocabulary import Programme


class Applicant(Personal):
    """The applicant, as the household names one of its members (57号 Art 4)."""

    name: Text
    id_number: Text
    phone: Text | None = None
    address: Text | None = None
    account: Text | None = None


class Submit(Data):
    """apply.submit 提出申请 (57号 Arts 4, 6, 9)."""

    programme: Annotated[Programme, Field(strict=False)]
    town: Town
    village: Village | None = None
    members: Count
    by: Literal["household", "proxy", "officer"]
    applicant: Applicant
    documents: Documents


class Accept(Data):
    """apply.accept 受理 (57号 Art 10)."""


class Return(Data):
    """apply.return 一次性告知补正 (57号 Art 10)."""

    missing: Annotated[
        list[Literal["application", "commitment", "authorisation", "identity", "income", "illness", "disability"]],
        Field(min_length=1, max_length=16),
    ]


class Supplement(Data):
    """apply.supplement 补正材料."""

    documents: Documents


class Reject(Data):
    """apply.reject 不予受理."""

    reason: Literal["withdrawn", "other_town", "duplicate", "not_supplemented"]


ACTS = (
    ActType("apply.submit", "apply.submitted", Submit, "提出申请"),
    ActType("apply.accept", "apply.accepted", Accept, "受理"),
    ActType("apply.return", "apply.returned", Return, "一次性告知补正"),
    ActType("apply.supplement", "apply.supplemented", Supplement, "补正材料"),
    ActType("apply.reject", "apply.rejected", Reject, "不予受理"),
)
