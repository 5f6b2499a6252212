"""成批办理: which cases one decision touches, and what each is to get, computed by rule from how they stand.

A raised standard, a monthly meeting, a round of re-checks: one list, looked at by somebody, exceptions pulled out; what
remains becomes one signed act a case. Nothing here allows anything: each act is judged again when it is sent.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.case import Case, ProcedureKind
from domain.deadlines import deadlines
from domain.errors import NotAllowed
from domain.officer import Officer
from domain.place import home_of
from domain.policy import Policy
from domain.project import Aggregate
from domain.proposal import Proposal
from domain.rules_in_force import Rules
from domain.rulings import case as casework
from domain.rulings.amounts import month_after
from domain.view import View
from domain.vocabulary import Programme, Stage, VerificationState

_CARE = {"full": "care.fen.able", "partial": "care.fen.partial", "none": "care.fen.none"}
"""The care part of 特困 by 生活自理能力."""
_AMOUNTS = ("confirm.grant", "review.recheck", "review.adjust")
"""Acts that set what is paid."""
_UNDER_VERIFICATION = (VerificationState.DRAWN, VerificationState.VISITED, VerificationState.RECTIFYING)


class Kind(StrEnum):
    """What is done in bulk."""

    STANDARD = "standard"  # 提标
    OPEN = "open"  # 启动定期核查
    RECHECK = "recheck"  # 定期核查结论
    MEETING = "meeting"  # 集体研究
    GRANT = "grant"  # 予以确认
    COSIGN = "cosign"  # 共同签署
    EXPIRE = "expire"  # 认定期满


CODES = {
    Kind.STANDARD: "review.adjust",
    Kind.OPEN: "review.open",
    Kind.RECHECK: "review.recheck",
    Kind.MEETING: "confirm.deliberate",
    Kind.GRANT: "confirm.grant",
    Kind.COSIGN: "review.cosign",
    Kind.EXPIRE: "exit.end",
}
"""The act that each case gets."""
_LATER: dict[Kind, dict[str, Any]] = {
    # What is only known when the list is signed, as it might be: it decides nothing when the list is made.
    Kind.GRANT: {"monthly_fen": 0},
    Kind.MEETING: {"attendees": ("",) * 40, "in_favour": 0, "against": 0, "abstained": 0},
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for the whole list: the day, who will sign, and, of re-checks, by when they are due."""

    on: date
    officer: UUID
    until: date


@dataclass(frozen=True, slots=True)
class Row:
    """What a case is to get: the data of its act, as far as it can be computed. `why`: from what.

    `aside` pulls it out, for somebody to look at by itself: a code, with the refusal where a rule would refuse it.
    """

    case: Case
    data: dict[str, Any]
    why: str
    aside: str | None = None
    refused: NotAllowed | None = None


def listed(kind: Kind, streams: Mapping[UUID, Aggregate | None], policy: Policy, terms: Terms) -> Iterator[Row]:
    """The rows of every case that this concerns, in the order in which the cases began."""
    compute = _COMPUTED[kind]
    for found in streams.values():
        if isinstance(found, Case):
            for row in compute(found, policy, terms):
                yield row if row.aside else replace(row, aside=_unsettled(kind, found))


def judged(row: Row, kind: Kind, terms: Terms, view: View) -> Row:
    """The row, pulled out where the rules would refuse the act as it stands now."""
    officer = view.get(terms.officer)
    if row.aside or not isinstance(officer, Officer):
        return row
    data = {**_LATER.get(kind, {}), **row.data}
    claims = {
        "iss": str(terms.officer),
        "case": str(row.case.id),
        "version": row.case.version + 1,
        "on": str(terms.on),
        "act": CODES[kind],
        "basis": "direct",
        "data": data,
    }
    try:
        casework.RULES[CODES[kind]](Proposal("", "", CODES[kind], claims, data), officer, view)
    except NotAllowed as refused:
        return replace(row, aside="refused", refused=refused)
    return row


def lies_with(row: Row, officer: Officer, view: View) -> bool:
    """Whether the case lies in the area of the officer's unit today, wherever it was opened."""
    return home_of(row.case.town, row.case.village, view).lies_in(officer.unit)


def _unsettled(kind: Kind, case: Case) -> str | None:
    """Something else goes on in the case that whoever changes it must look at first."""
    if kind not in (Kind.STANDARD, Kind.RECHECK):
        return None
    if case.stage is Stage.SUSPENDED:
        return "suspended"
    if case.procedure.open and not (kind is Kind.RECHECK and case.procedure.kind is ProcedureKind.RECHECK):
        return "under-way"
    if case.deferred_until is not None:
        return "deferred"
    if case.verification in _UNDER_VERIFICATION:
        return "verification"
    if any(state != "executed" for state in case.disputes.values()):
        return "dispute"
    return None


def _raised(case: Case, policy: Policy, terms: Terms) -> Iterable[Row]:
    """提标: the difference between the standards, for each who is covered; the income that was found stays."""
    after = policy.in_force(terms.on)
    before = _set_by(case, policy)
    if case.stage not in (Stage.GRANTED, Stage.SUSPENDED) or before is None or after is None:
        return
    rise = sum(_fen(after, key, case) - _fen(before, key, case) for key in _parts(case)) * case.members
    if not rise or case.monthly_fen is None:
        return
    data = {
        "cause": "standard",
        "monthly_fen": case.monthly_fen + rise,
        "members": case.members,
        "starting": month_after(terms.on),
    }
    yield Row(case, data, f"{case.members} × {rise // case.members} fen")


def _parts(case: Case) -> tuple[str, ...]:
    if case.programme is Programme.EXTREME_POVERTY and case.grade in _CARE:
        return ("standard.fen", _CARE[case.grade])
    return ("standard.fen",)


def _fen(rules: Rules, key: str, case: Case) -> int:
    return rules.number(key, case.programme) if rules.sets(key, case.programme) else 0


def _set_by(case: Case, policy: Policy) -> Rules | None:
    """The rules under which the amount that is paid now was set."""
    acts = [case.steps[code] for code in _AMOUNTS if code in case.steps]
    latest = max(acts, key=lambda step: step.version, default=None)
    if latest is None:
        return None
    if latest.version >= case.procedure.version and case.procedure.law is not None:
        return policy.rules(case.procedure.law, case.procedure.county)
    return policy.in_force(latest.on)


def _due(case: Case, policy: Policy, terms: Terms) -> Iterable[Row]:
    """定期核查到期: the re-check is due by the day asked, and has not begun."""
    under_way = case.procedure.open and case.procedure.kind is ProcedureKind.RECHECK
    if case.stage not in (Stage.GRANTED, Stage.SUSPENDED) or under_way or case.procedure.law is None:
        return
    rules = policy.rules(case.procedure.law, case.procedure.county)
    for one in deadlines(case, rules, terms.on):
        if one.name == "recheck" and one.done is None and one.due.day and one.due.day <= terms.until:
            yield Row(case, {}, f"{one.due.day} {one.article or ''}".strip())


def _concluded(case: Case, policy: Policy, terms: Terms) -> Iterable[Row]:
    """核查无变化: what is paid stays as it is; whoever found otherwise concludes that case by itself."""
    if case.procedure.open and case.procedure.kind is ProcedureKind.RECHECK:
        starting = month_after(terms.on)
        data = {"result": "unchanged", "monthly_fen": case.monthly_fen or 0, "starting": starting}
        yield Row(case, data, str(case.procedure.began))


def _opined(case: Case, terms: Terms) -> bool:
    return case.stage is Stage.OPINED and case.opinion == "eligible"


def _met(case: Case, policy: Policy, terms: Terms) -> Iterable[Row]:
    """每月例会: every case whose opinion is there and that no meeting has looked at."""
    step = case.steps.get("confirm.deliberate")
    if _opined(case, terms) and (step is None or step.version < case.procedure.version):
        yield Row(case, {}, str(case.since))


def _granted(case: Case, policy: Policy, terms: Terms) -> Iterable[Row]:
    """予以确认: who is covered, and from when; how much stands in the household's papers, and is filled in."""
    if not _opined(case, terms):
        return
    data: dict[str, Any] = {"members": case.members, "starting": month_after(terms.on)}
    if case.programme is Programme.LOW_INCOME:
        rules = policy.rules(case.procedure.law, case.procedure.county)
        months = rules.number("validity.months", case.programme)
        data |= {"monthly_fen": 0, "until": month_after(terms.on, months)}
    yield Row(case, data, str(case.since))


def _mine(case: Case, policy: Policy, terms: Terms) -> Iterable[Row]:
    """待我签署: acts that took several hands, and mine is missing."""
    for version, hands in case.hands.items():
        if str(terms.officer) in hands.missing:
            hand = "investigator" if hands.code == "review.visit" else "attendee"
            yield Row(case, {"version": version, "act": hands.digest, "hand": hand}, hands.code)


def _expired(case: Case, policy: Policy, terms: Terms) -> Iterable[Row]:
    """认定期满: the last month of the status is this one, or has passed; whoever still needs it applies anew."""
    starting = month_after(terms.on)
    if case.stage in (Stage.GRANTED, Stage.SUSPENDED) and case.until is not None and case.until < starting:
        yield Row(case, {"reason": "expired", "starting": starting}, case.until)


_COMPUTED: dict[Kind, Callable[[Case, Policy, Terms], Iterable[Row]]] = {
    Kind.STANDARD: _raised,
    Kind.OPEN: _due,
    Kind.RECHECK: _concluded,
    Kind.MEETING: _met,
    Kind.GRANT: _granted,
    Kind.COSIGN: _mine,
    Kind.EXPIRE: _expired,
}
