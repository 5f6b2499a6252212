"""apply 申请: from the application to its acceptance (57号 Arts 4–11)."""

from typing import Annotated, Literal

from pydantic import Field

from domain.act_type import ActType
from domain.data import Count, Data, IdNumber, Personal, Sha256, Text, Town, Village
from domain.schemas.file import Documents
from domain.schemas.people import Named, Relation
from domain.vocabulary import Programme


class Applicant(Personal):
    """The applicant, as the household names one of its members (57号 Art 4)."""

    name: Text
    id_number: IdNumber
    phone: Text | None = None
    address: Text | None = None
    account: Text | None = None


class Member(Data):
    """A member of the household beside the applicant (57号 Art 7), in the relation to the applicant."""

    person: Named
    relation: Relation


class Proxy(Data):
    """Who applies for the household, and the paper that empowers them (委托手续, 57号 Art 6)."""

    person: Named
    authority: Sha256


Circumstances = Annotated[
    list[Literal["household_elsewhere", "applied_elsewhere", "spending"]], Field(min_length=1, max_length=3)
]


class Submit(Data):
    """apply.submit 提出申请 (57号 Arts 4, 6–9). `members` counts the applicant and the `household` together.

    `alone`: on which ground one member applies for themselves, 单人户 (57号 Art 8). `circumstances`: 人户分离, 异地申办
    (民发〔2022〕83号); `spending`: it applies as 刚性支出困难家庭, from 2025 on.
    """

    programme: Annotated[Programme, Field(strict=False)]
    town: Town
    village: Village | None = None
    members: Count
    by: Literal["household", "proxy", "officer"]
    applicant: Applicant
    household: Annotated[list[Member], Field(max_length=30)] = Field(default_factory=list)
    proxy: Proxy | None = None
    alone: Literal["disability_severe", "disability_moderate", "serious_illness", "clergy", "other"] | None = None
    circumstances: Circumstances | None = None
    documents: Documents


class Accept(Data):
    """apply.accept 受理 (57号 Art 10)."""


Missing = Literal["application", "commitment", "authorisation", "identity", "income", "illness", "disability"]


class Return(Data):
    """apply.return 一次性告知补正: everything that is missing, once (57号 Art 10)."""

    missing: Annotated[list[Missing], Field(min_length=1, max_length=16)]


class Supplement(Data):
    """apply.supplement 补正材料."""

    documents: Documents


class Reject(Data):
    """apply.reject 不予受理."""

    reason: Literal["withdrawn", "other_town", "duplicate", "not_supplemented"]


class Register(Data):
    """apply.register 单独登记备案: somebody of the household is a near relative of those who handle it (Art 11)."""

    of: Literal["handler", "committee_member"]
    relation: Literal["self"] | Relation
    form: Sha256


class WithdrawApplication(Data):
    """apply.withdraw 撤回申请, by the household's own paper."""

    paper: Sha256


ACTS = (
    ActType("apply.submit", "apply.submitted", Submit, "提出申请"),
    ActType("apply.accept", "apply.accepted", Accept, "受理"),
    ActType("apply.return", "apply.returned", Return, "一次性告知补正"),
    ActType("apply.supplement", "apply.supplemented", Supplement, "补正材料"),
    ActType("apply.reject", "apply.rejected", Reject, "不予受理"),
    ActType("apply.register", "apply.registered", Register, "单独登记备案"),
    ActType("apply.withdraw", "apply.withdrawn", WithdrawApplication, "撤回申请"),
)
