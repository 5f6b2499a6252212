"""A case from 申请 to 退出: what is known of it at one version. `domain.unfolding` says how each act changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.payments import Payments
from domain.vocabulary import STAGE_ZH, Level, Programme, Stage, VerificationState


class ProcedureKind(StrEnum):
    """What is going on in a case; each is judged by the rules in force when it began."""

    APPLICATION = "application"  # 申请
    RECHECK = "recheck"  # 定期核查
    CHANGE = "change"  # 变更
    EXIT = "exit"  # 退出


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure, the version of the act that began it and its day, and the rules it is judged by (SHA-256, hex)."""

    kind: ProcedureKind
    version: int
    began: date
    law: str | None
    county: str | None
    open: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """The latest act of a code (or of a code and what it said, `review.report:death`), and the day it counts from."""

    version: int
    on: date
    by: Level
    """Whose act it was: village, town or county."""


@dataclass(frozen=True, slots=True)
class Hands:
    """An act that takes several hands: whose are still missing (officers' ids, or `household`)."""

    code: str
    digest: str
    missing: frozenset[str]


@dataclass(frozen=True, slots=True)
class Named:
    """What a correctable act said last, so that a correction can name it: version, digest of the JWS, day."""

    version: int
    digest: str
    on: date
    """Of the act that is corrected, however often: what is said anew is judged as on that day."""


NOTHING_PAID = Payments()


@dataclass(frozen=True)
class Case:
    """A case as it stands at `version`."""

    id: UUID
    version: int
    programme: Programme
    town: str
    village: str | None
    stage: Stage
    since: date
    """The day of the act that led to this stage."""
    procedure: Procedure
    verification: VerificationState = VerificationState.NONE
    steps: Mapping[str, Step] = field(default_factory=dict)
    """The latest of each kind, by its names."""
    trail: tuple[tuple[frozenset[str], Step], ...] = ()
    """Every act in order, by its names: a limit ends with the first that ends it, and may stand still twice."""
    said: Mapping[str, Named] = field(default_factory=dict)
    hands: Mapping[int, Hands] = field(default_factory=dict)
    conditions: frozenset[str] = frozenset()
    """Words that rules ask for: kin, complaint, objection, household_elsewhere, …"""
    papers: frozenset[str] = frozenset()
    """Kinds of document that came with the application."""
    people: tuple[UUID, ...] = ()
    """Person streams of the applicant and the household, in order; the ledger knows nothing else of them."""
    kin: frozenset[UUID] = frozenset()
    """Officers who declared somebody of this household a relative, their own or a committee member's (57号 Art 11)."""
    own_kin: frozenset[UUID] = frozenset()
    """Those of them whose own household or kin this is: they may not act here."""
    investigators: frozenset[UUID] = frozenset()
    deciders: frozenset[UUID] = frozenset()
    """Who opined, confirmed or refused."""
    check: str | None = None
    """What the latest 信息核对 found."""
    opinion: str | None = None
    posting_ends: date | None = None
    """The day after the last of the latest posting: from then on it is decided."""
    grade: str | None = None
    """生活自理能力: full, partial, none."""
    stability: str | None = None
    monthly_fen: int | None = None
    members: int = 0
    starting: str | None = None
    until: str | None = None
    """The last month of a status that ends by itself."""
    deferred_until: str | None = None
    """The last month of a 渐退期."""
    deferring_since: date | None = None
    """The day it was first given; None again once a re-check finds the household entitled."""
    rectify_by: date | None = None
    payments: Payments = NOTHING_PAID
    custody: str | None = None
    """Who keeps the household's passbook or card for it (代管)."""
    disputes: Mapping[int, str] = field(default_factory=dict)
    """By the version that filed it: filed, decided, executed."""
    exit_reason: str | None = None
    """Of a proposed or completed exit."""
    ended: str | None = None

    def changed(self, changes: Mapping[str, Any]) -> "Case":
        """The same with some fields otherwise.

        As `dataclasses.replace`, which would set all of them one by one: that took a third of a decision.
        """
        after = object.__new__(Case)
        after.__dict__.update(self.__dict__)
        after.__dict__.update(changes)
        return after

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
            "procedure": self.procedure.kind if self.procedure.open else None,
            "law": self.procedure.law,
            "settings": self.procedure.county,
            "verification": self.verification,
            "rectify_by": str(self.rectify_by) if self.rectify_by else None,
            "conditions": sorted(self.conditions),
            "missing_hands": {str(version): sorted(hands.missing) for version, hands in self.hands.items()},
            "members": self.members,
            "self_care": self.grade,
            "monthly_fen": self.monthly_fen,
            "starting": self.starting,
            "until": self.until,
            "deferred_until": self.deferred_until,
            "payments": self.payments.describe(),
            "custody": self.custody,
            "disputes": {str(version): state for version, state in self.disputes.items()},
            "ended": self.ended,
        }
