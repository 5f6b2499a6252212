"""Confirmation, what follows from it, and its end: delegation, posting, opinion, enrolment, publication."""

from datetime import date
from functools import partial
from typing import Any

from domain.delegation import Delegation
from domain.errors import NotAllowed
from domain.rulings.amounts import (
    AT_ONCE,
    check_adjusted,
    check_granted,
    check_recheck,
    check_stopped,
    covered,
    household_size,
)
from domain.rulings.delegated import check_may_confirm
from domain.rulings.matter import Matter
from domain.rulings.needs import check_hands
from domain.rulings.persons import check_enrolment, enrolled, identified, not_helped, released
from domain.rulings.reviewing import check_done, check_posted
from domain.streams import delegation_id
from domain.vocabulary import Level, Programme, Stage, VerificationState


def grant(matter: Matter) -> dict[str, Any]:
    """予以确认: an eligible opinion, a posting that has run out, a power to confirm, nobody enrolled elsewhere.

    Raises `NotAllowed`: `case.opinion`, `case.posting-open`, `person.enrolled`, and what the amounts and the delegation
    raise.
    """
    case, data, view = matter.case, matter.data, matter.view
    if case.opinion != "eligible":
        raise NotAllowed(
            "case.opinion",
            "the opinion says ineligible: it can only be refused",
            act="confirm.grant",
            article=matter.step_article("confirm.refuse", "review.opine"),
        )
    _check_deliberated(matter)
    power = _power(matter, data["monthly_fen"])
    check_posted(matter)
    check_granted(matter)
    if case.stage is Stage.EXITED:
        return power  # a correction of what has ended helps nobody any more
    people = [case.people[place] for place in covered(data, household_size(case)) if place < len(case.people)]
    check_enrolment(case.programme, people, partial(_exclusive, matter), view, case.id)
    others = [person for person in case.people if person not in people]
    return power | enrolled(case.programme, people, view, case.id) | released(others, view, case.id)


def adjust(matter: Matter) -> dict[str, Any]:
    """调整: who leaves is free to be helped elsewhere, who joins is not.

    Raises `NotAllowed`: `case.adjust-people`, `case.correct-people`, `person.enrolled`, ….
    """
    case, proposal, view, data = matter.case, matter.proposal, matter.view, matter.data
    if proposal.code == "review.correct" and (data.get("leaving") or data.get("joining")):
        raise NotAllowed(
            "case.correct-people",
            "a correction is about the amount and its month; who left or joined by mistake is put right by another"
            " review.adjust",
        )
    check_adjusted(matter)
    leaving = [case.people[place] for place in data.get("leaving") or ()]
    joining = identified(proposal, [member["person"] for member in proposal.revealed.get("joining") or ()])
    if not_helped(leaving, view, case.id) or released(joining, view, case.id):
        raise NotAllowed(
            "case.adjust-people",
            "whoever leaves must be covered by this case now, and whoever joins must not be: see `leaving`, `joining`",
        )
    check_enrolment(case.programme, joining, partial(_exclusive, matter), view, case.id)
    more = _power_for_more(matter, data["monthly_fen"], bool(joining))
    extra = {**more, **released(leaving, view, case.id), **enrolled(case.programme, joining, view, case.id)}
    return extra | ({"joining": [str(person) for person in joining]} if joining else {})


def recheck(matter: Matter) -> dict[str, Any]:
    """定期核查: whatever gives more than was confirmed takes the power to confirm.

    Raises `NotAllowed`: `case.amount`, and what the delegation raises.
    """
    check_recheck(matter)
    return _power_for_more(matter, matter.data["monthly_fen"], False)


def _power_for_more(matter: Matter, monthly_fen: int, joined: bool) -> dict[str, Any]:
    """增发 is decided by whoever confirms (57号 Art 32): what a town may not grant it does not reach by raising what it
    granted. What takes away stays a matter of management, and the county may do either."""
    if matter.officer.level is Level.COUNTY or not (joined or monthly_fen > (matter.case.monthly_fen or 0)):
        return {}
    return _power(matter, monthly_fen)


def refuse(matter: Matter) -> dict[str, Any]:
    """不予确认: by whoever could have confirmed."""
    _check_deliberated(matter)
    return _power(matter, None)


def _check_deliberated(matter: Matter) -> None:
    """Where the county has it so, a meeting stands before a confirmation, signed by all who were there (集体研究)."""
    if matter.sets("confirm.deliberates") and matter.value("confirm.deliberates"):
        check_done(matter, "confirm.deliberate", "confirm.deliberates")
        check_hands(matter, "confirm.deliberate", matter.article("confirm.deliberates"))


def _power(matter: Matter, monthly_fen: int | None) -> dict[str, Any]:
    case = matter.case
    if (
        matter.officer.level is not Level.COUNTY
        and matter.sets("delegation.allowed")
        and not matter.value("delegation.allowed")
    ):
        raise NotAllowed(
            "delegation.not-allowed",
            "the rules of this case leave no room for delegation: the county confirms",
            programme=case.programme,
            article=matter.article("delegation.allowed"),
        )
    # Authority is judged on the day the act takes its place on the ledger, whatever day it names.
    today = matter.view.today
    return check_may_confirm(matter.officer, matter.home.town, case.programme, monthly_fen, today, matter.view)


def _exclusive(matter: Matter, applied: str, held: str) -> str | None:
    """The article under which nobody has both programmes; None where both may be had."""
    if "alone" in matter.case.conditions and held == Programme.LOW_INCOME:
        return None  # 单人户: a member of a 低保边缘 household may have 低保 alone (57号 Art 8)
    rules = matter.rules
    for one, other in ((applied, held), (held, applied)):
        key = matter.named("exclusive.with") if one == matter.case.programme else "exclusive.with"
        if rules.sets(key, one) and other in rules.words(key, one):
            return rules.article(key, one)
    # No article is needed for nobody having the same thing twice.
    return "" if applied == held else None


def _no_ground(matter: Matter, reason: str) -> bool:
    """Whether the law ends this programme for other grounds only (43号 Art 24); a wrong confirmation always ends."""
    return reason != "overturned" and matter.sets("exit.grounds") and reason not in matter.value("exit.grounds")


def delegation_today(matter: Matter) -> dict[str, Any]:
    """Whose limits the case runs under: the town's, where it has the power to confirm today."""
    case, view = matter.case, matter.view
    delegation = view.get(delegation_id(view.origin, matter.home.town))
    valid = isinstance(delegation, Delegation) and delegation.at(case.programme, view.today)
    return {"delegation": str(delegation.id)} if delegation and valid else {}


def check_published(matter: Matter) -> None:
    """Only what may be published is, and where the household lives (57号 Art 24).

    Raises `NotAllowed`: `case.published`, `case.published-place`.
    """
    village, named = matter.home.village, matter.data["village"]
    if village not in (None, matter.home.places.current(named, matter.home.day)):
        raise NotAllowed(
            "case.published-place",
            f"it is published in {village}, where the household lives, not in {named}",
            village=village,
            named=named,
            article=matter.article("publication.shown"),
        )
    allowed = matter.value("publication.shown")
    beyond = [what for what in matter.data["shown"] if what not in allowed]
    if beyond:
        raise NotAllowed(
            "case.published",
            f"{', '.join(beyond)} may not be published; take the posting down and publish {', '.join(allowed)} only",
            beyond=", ".join(beyond),
            allowed=", ".join(allowed),
            article=matter.article("publication.shown"),
        )


def check_deadline(matter: Matter) -> None:
    """A deadline lies ahead. Raises `NotAllowed`: `case.deadline`."""
    if date.fromisoformat(matter.data["deadline"]) <= matter.on:
        raise NotAllowed("case.deadline", "the deadline has passed already", deadline=matter.data["deadline"])


def end(matter: Matter) -> dict[str, Any]:
    """退出 for a reason that is so. Raises `NotAllowed`: `case.exit-reason`, `case.stopping`."""
    case, data, reason = matter.case, matter.data, matter.data["reason"]
    lacking = None
    if reason == "overturned" and case.verification is not VerificationState.OVERTURNED:
        lacking = "verify.overturn"
    elif reason == "voluntary" and data.get("paper") is None:
        lacking = "paper"
    elif reason == "expired" and not (case.until and data["starting"] > case.until):
        lacking = "until"
    elif case.programme is Programme.EXTREME_POVERTY and _no_ground(matter, reason):
        lacking = "exit.grounds"
    elif reason == "death" and "review.report:death" not in case.steps:
        lacking = "review.report"
    if lacking:
        raise NotAllowed(
            "case.exit-reason",
            f"an exit for the reason {reason} needs {lacking}",
            reason=reason,
            lacking=lacking,
            article=matter.article("exit.grounds") if lacking == "exit.grounds" else None,
        )
    check_of_age(matter)
    if "ending" in case.conditions:
        check_posted(matter)
    elif matter.sets("exit.posting.days") and reason not in AT_ONCE:
        check_done(matter, "exit.propose", "exit.posting.days")
    check_stopped(matter)
    return released(case.people, matter.view, case.id)


def check_of_age(matter: Matter) -> None:
    """Who is helped as a minor goes on being helped until of age, and beyond it while at school (43号 Art 24).

    Raises `NotAllowed`: `case.exit-minor`.
    """
    data = matter.data
    if data["reason"] != "adult" or not matter.sets("minor.until"):
        return
    until = matter.value("minor.until")
    if data.get("age") is None or data["age"] < until or data.get("studying") is not False:
        raise NotAllowed(
            "case.exit-minor",
            f"whoever was helped as a minor is helped until {until}, and beyond it while at school: give `age`, and"
            " `studying` false",
            until=until,
            article=matter.article("minor.until"),
        )
