"""Amounts, and from when: the gap between what a rule says and what an act says is named in fen and months."""

from datetime import date

from domain.case import Case
from domain.clock import add_months
from domain.errors import NotAllowed
from domain.rulings.matter import Matter
from domain.vocabulary import Programme

AT_ONCE = ("death", "overturned")
"""What ends a payment for months that have passed already."""


def month_after(day: date, months: int = 1) -> str:
    """The month `months` after that of `day`, YYYY-MM."""
    return str(add_months(day.replace(day=1), months))[:7]


def check_granted(matter: Matter) -> None:
    """Paid from next month; those covered are of the household; a status is no money, and ends.

    Raises `NotAllowed`: `case.starting`, `case.covered`, `case.status-amount`, `case.until`.
    """
    data, on = matter.data, matter.on
    expected = month_after(on)
    if data["starting"] != expected:
        raise NotAllowed(
            "case.starting",
            f"what is confirmed on {on} is paid from {expected}, not from {data['starting']}",
            on=str(on),
            starting=data["starting"],
            expected=expected,
            article=matter.article("payment.starts"),
        )
    size = household_size(matter.case)
    if len(covered(data, size)) != data["members"] or max(covered(data, size)) >= size:
        raise NotAllowed(
            "case.covered",
            f"{data['members']} members are covered: name them in `covered` by their places (0 is the applicant) among"
            f" the {size} of the household",
            members=data["members"],
            household=size,
        )
    if matter.case.programme is Programme.LOW_INCOME:
        _check_status(matter)
    elif data.get("until") is not None:
        raise NotAllowed("case.until-none", "this programme has no end of its own: leave `until` away")


def household_size(case: Case) -> int:
    """How many applied, or joined since, whoever of them is covered."""
    return max(case.members, len(case.people))


def covered(data: dict[str, object], size: int) -> list[int]:
    """The places of those who are covered in a household of `size`: everybody's, unless the act names them."""
    named = data.get("covered")
    return list(named) if isinstance(named, list) else list(range(size))


def _check_status(matter: Matter) -> None:
    data = matter.data
    last = month_after(matter.on, matter.value("validity.months"))
    if data["monthly_fen"]:
        raise NotAllowed("case.status-amount", "this programme gives a status, not money: monthly_fen is 0")
    if data.get("until") is None or not data["starting"] <= data["until"] <= last:
        raise NotAllowed(
            "case.until",
            f"this status ends by itself: name its last month as `until`, {last} at the latest",
            last=last,
            article=matter.article("validity.months"),
        )


def check_recheck(matter: Matter) -> None:
    """The word and the number say the same: unchanged, more, or less than what is paid now (57号 Art 32)."""
    data = matter.data
    paid, then = matter.case.monthly_fen or 0, data["monthly_fen"]
    word = "increase" if then > paid else "decrease" if then < paid else "unchanged"
    if data["result"] != word and not (data["result"] == "ineligible" and then == paid):
        raise NotAllowed(
            "case.amount",
            f"{data['result']} does not fit the amount: {paid} fen a month now, {then} from then on",
            result=data["result"],
            paid=paid,
            then=then,
            article=matter.article("notice.reduce") if matter.sets("notice.reduce") else None,
        )


def check_adjusted(matter: Matter) -> None:
    """An adjustment changes something, and the number of members is what leaving and joining make it.

    Raises `NotAllowed`: `case.adjust-nothing`, `case.adjust-members`, `case.job-refusals`.
    """
    data, case = matter.data, matter.case
    leaving, joining = data.get("leaving") or [], data.get("joining") or []
    expected = case.members - len(leaving) + len(joining)
    if data["members"] != expected or any(place >= len(case.people) for place in leaving):
        raise NotAllowed(
            "case.adjust-members",
            f"{case.members} members, {len(leaving)} leaving, {len(joining)} joining: that makes {expected}",
            members=case.members,
            leaving=len(leaving),
            joining=len(joining),
            expected=expected,
        )
    if data["cause"] == "job_refusals":
        _check_refusals(matter)
    if data["monthly_fen"] == case.monthly_fen and not leaving and not joining:
        raise NotAllowed("case.adjust-nothing", "this is what is paid already, for the same members")


def _check_refusals(matter: Matter) -> None:
    """Whoever is able to work loses their share after refusing work so many times without a reason (57号 Art 34)."""
    least, refused = matter.value("job.refusals"), matter.data.get("refused") or 0
    if refused < least:
        raise NotAllowed(
            "case.job-refusals",
            f"a share is cut after {least} refused jobs: give their number as `refused`",
            least=least,
            refused=refused,
            article=matter.article("job.refusals"),
        )


def check_stopped(matter: Matter) -> None:
    """What is stopped or ended is so from next month on at the earliest, except after a death (43号 Art 25).

    Raises `NotAllowed`: `case.stopping`.
    """
    data, expected = matter.data, month_after(matter.on)
    if data["starting"] < expected and data["reason"] not in AT_ONCE:
        raise NotAllowed(
            "case.stopping",
            f"what is decided on {matter.on} holds from {expected} on at the earliest, not from {data['starting']}",
            on=str(matter.on),
            starting=data["starting"],
            expected=expected,
            article=next((matter.article(key) for key in ("exit.starts", "notice.stop") if matter.sets(key)), None),
        )


def check_deferral(matter: Matter) -> None:
    """渐退期: no longer than the rules allow, also where it is lengthened: it counts from its beginning.

    Raises `NotAllowed`: `case.grace`.
    """
    last = month_after(matter.case.deferring_since or matter.on, matter.value("grace.months"))
    if matter.data["until"] > last:
        raise NotAllowed(
            "case.grace",
            f"a grace period ends in {last} at the latest",
            last=last,
            article=matter.article("grace.months"),
        )
