"""The course of a case 办理经过: each act with its authority, its rules, the limits it met or missed, and whose hands.

Read off the lines: what an act relied on stands in it; its articles and limits are those of the rule packs it cites,
which stay as they were whatever is adopted later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from domain.case import Case
from domain.deadlines import Deadline, deadlines
from domain.events import Acted
from domain.pack_words import LIMIT_ZH
from domain.policy import Policy
from domain.rules_in_force import Rules
from domain.unfolding import evolve, level_of
from ledger.store import Placed
from ledger.stored import stored_line
from projections.household_file import case_event

_AUTHORITY = ("confirms", "why", "form", "instrument", "number", "stage", "delegation", "delegation_version")
"""What a confirmation relied on: `domain.rulings.delegated`."""
_SETTINGS = {
    # act code: the settings that it is measured by, for their articles
    "apply.accept": ("accept.papers", "kin.relations"),
    "apply.return": ("accept.papers",),
    "review.visit": ("visit.investigators", "visit.household-signs"),
    "review.cosign": ("visit.household-signs",),
    "review.appraise": ("appraise.required",),
    "review.assess": ("assess.items", "assess.partial"),
    "review.post": ("posting.days",),
    "review.recheck": ("recheck.months.stable",),
    "review.adjust": ("standard.fen",),
    "confirm.grant": ("delegation.allowed", "posting.days", "payment.starts", "exclusive.with"),
    "confirm.publish": ("publication.shown",),
    "verify.draw": ("sample.percent",),
    "exit.end": ("exit.starts", "exit.grounds"),
    "exit.defer": ("grace.months",),
    "suspend.start": ("notice.stop",),
    "payment.waive": ("recover.waive.fen",),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """One act of a case, between the case before it and after it."""

    event: Acted
    before: Case | None
    after: Case
    rules: Rules | None


def course(lines: Sequence[Placed], policy: Policy | None) -> dict[int, dict[str, Any]] | None:
    """By version in the case, what is added to each entry of its history; None where the lines are of no case of ours.

    Raises `LedgerFaulty`, naming the line, at one that cannot be read.
    """
    found = {}
    for taken in _taken(lines, policy):
        found[taken.event.originator_version] = _described(taken, policy)
    return found or None


def _taken(lines: Sequence[Placed], policy: Policy | None) -> Iterator[Taken]:
    case: Case | None = None
    for placed in lines:
        with stored_line(placed.index):
            event = case_event(placed)
            if event is None or (case is None and event.type != "apply.submitted"):
                return
            if event.type.startswith("archive."):
                continue  # where papers stand changes nothing in the case
            after = evolve(case, event)
            rules = _rules(event, policy)
            yield Taken(event, case, after, rules)
            case = after


def _rules(event: Acted, policy: Policy | None) -> Rules | None:
    law = event.relied.get("policy")
    return policy.rules(law, event.relied.get("settings")) if policy is not None and law is not None else None


def _described(taken: Taken, policy: Policy | None) -> dict[str, Any]:
    relied, rules = taken.event.relied, taken.rules
    ended = list(_ended(taken)) if rules is not None else []
    hands = taken.after.hands.get(taken.event.originator_version)
    authority = {name: relied[name] for name in _AUTHORITY if name in relied}
    return {
        "level": level_of(relied),
        "authority": authority or None,
        "rules": {"law": _name(policy, relied.get("policy")), "settings": _name(policy, relied.get("settings"))},
        "articles": _articles(taken, ended),
        "met": [one.describe() | {"name_zh": LIMIT_ZH.get(one.name, one.name)} for one in ended],
        "running": [
            {"name": name, "name_zh": LIMIT_ZH.get(name, name), "due": due}
            for name, due in relied.get("due", {}).items()
        ],
        "hands_missing": sorted(hands.missing) if hands else [],
        "stage": taken.after.stage,
    }


def _ended(taken: Taken) -> Iterator[Deadline]:
    """The limits that ran until this act ended them, or that had to run out before it."""
    assert taken.rules is not None
    if taken.before is None:
        return
    day = taken.event.on
    open_before = {one.name for one in deadlines(taken.before, taken.rules, day) if one.done is None}
    for one in deadlines(taken.after, taken.rules, day):
        if one.done is not None and one.name in open_before:
            yield one


def _articles(taken: Taken, ended: Sequence[Deadline]) -> list[str]:
    """Every article that the act was judged by: what had to stand before it, what it is measured by, its limits."""
    rules = taken.rules
    if rules is None:
        return []
    case, code = taken.before or taken.after, taken.event.claims["act"]
    cited = [rule.cite for rule in rules.steps(code, case.programme, case.conditions)]
    cited += [rules.article(key, case.programme) for key in _SETTINGS.get(code, ()) if rules.sets(key, case.programme)]
    cited += [one.article for one in ended if one.article]
    return list(dict.fromkeys(article for one in cited for article in one.split("、")))


def _name(policy: Policy | None, digest: str | None) -> str | None:
    """A pack's name by its digest."""
    packs = policy.adopted if policy is not None else ()
    return next((one.pack.name for one in packs if one.pack.sha256 == digest), digest)
