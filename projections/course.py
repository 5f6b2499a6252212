"""The course of a case 办理经过: each act with its authority, its rules, the limits it met or missed, and whose hands.

Read off the lines: what an act relied on stands in it; its articles and limits are those of the rule packs it cites,
which stay as they were whatever is adopted later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from domain.case import Case
from domain.deadlines import Deadline, deadlines
from domain.events import Acted
from domain.pack import Pack, StepRule
from domain.pack_words import LIMIT_ZH
from domain.policy import Policy
from domain.rules_in_force import Rules
from domain.unfolding import evolve, level_of
from ledger.store import Placed
from ledger.stored import stored_line
from projections.articles import under
from projections.household_file import case_event

_AUTHORITY = ("confirms", "why", "form", "instrument", "number", "stage", "delegation", "delegation_version")
"""What a confirmation relied on: `domain.rulings.delegated`."""
_SETTINGS = {
    # act code, with the cause where that matters: the settings that it is measured by, for their articles
    "apply.accept": ("accept.papers", "kin.relations"),
    "apply.return": ("accept.papers",),
    "review.visit": ("visit.investigators", "visit.household-signs"),
    "review.cosign": ("visit.household-signs",),
    "review.appraise": ("appraise.required",),
    "review.assess": ("assess.items", "assess.partial"),
    "review.post": ("posting.days",),
    "review.extend": ("extend.causes", "extend.causes.delegated"),
    "review.adjust": ("standard.fen",),
    "confirm.grant": ("delegation.allowed", "posting.days", "payment.starts", "exclusive.with"),
    "confirm.publish": ("publication.shown",),
    "verify.draw:sampled": ("sample.percent",),
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
        "articles": _articles(taken, ended, _pack(policy, relied.get("policy"))),
        "met": [_named(one.name) | one.describe() | {"lapsed": _lapsed(taken, one)} for one in ended],
        "running": [*_running(taken)],
        "moved": [*_moved(taken)] if rules is not None else [],
        "hands_missing": sorted(hands.missing) if hands else [],
        "stage": taken.after.stage,
    }


def _named(name: str) -> dict[str, Any]:
    return {"name": name, "name_zh": LIMIT_ZH.get(name, name)}


def _running(taken: Taken) -> Iterator[dict[str, Any]]:
    """The limits that begin with this act, and their last days."""
    for name, due in taken.event.relied.get("due", {}).items():
        yield _named(name) | {"due": due}
    if taken.event.claims["act"] == "verify.rectify":
        yield _named("rectification") | {"due": taken.event.claims["data"]["deadline"]}


def _ended(taken: Taken) -> Iterator[Deadline]:
    """The limits that ran until this act ended them, or that had to run out before it."""
    before, rules, day = taken.before, taken.rules, taken.event.on
    assert rules is not None
    if before is None:
        return
    running = {(one.name, one.began): one for one in deadlines(before, rules, day) if one.done is None}
    for one in deadlines(taken.after, rules, day):
        if one.done is not None and (one.name, one.began) in running:
            yield one
    ordered = next((one for (name, _), one in running.items() if name == "rectification"), None)
    if ordered is not None and _answered(taken):
        yield replace(ordered, done=day)


def _answered(taken: Taken) -> bool:
    """Whether what the county ordered put right is answered, or settled without an answer."""
    assert taken.before is not None
    code = taken.event.claims["act"]
    return code == "verify.report" or (taken.after.rectify_by is None and "verify.report" not in _since_ordered(taken))


def _since_ordered(taken: Taken) -> set[str]:
    assert taken.before is not None
    steps = taken.before.steps
    return {code for code, step in steps.items() if step.version > steps["verify.rectify"].version}


def _lapsed(taken: Taken, ended: Deadline) -> bool:
    """Whether a limit ended only because the case did: nobody is checked again who is not helped any more."""
    return ended.name == "recheck" and taken.event.claims["act"] == "exit.end"


def _moved(taken: Taken) -> Iterator[dict[str, Any]]:
    """The limits that were running and now run to another day: an extension, an objection."""
    if taken.before is None or taken.rules is None:
        return
    before = {one.name: one for one in deadlines(taken.before, taken.rules, taken.event.on) if one.done is None}
    for one in deadlines(taken.after, taken.rules, taken.event.on):
        earlier = before.get(one.name)
        if one.done is None and earlier is not None and earlier.began == one.began and earlier.due.day != one.due.day:
            yield _named(one.name) | {"was": _day(earlier.due.day), "due": _day(one.due.day)}


def _day(day: date | None) -> str | None:
    return str(day) if day else None


def _articles(taken: Taken, ended: Sequence[Deadline], law: Pack | None) -> list[str]:
    """Every article that the act is done under or was judged by: what had to stand before it, its measures, limits."""
    rules, case = taken.rules, taken.before or taken.after
    cited = list(under(taken.event, taken.before, law))
    if rules is not None:
        code, cause = taken.event.claims["act"], taken.event.claims["data"].get("cause")
        keys = (*_SETTINGS.get(code, ()), *_SETTINGS.get(f"{code}:{cause}", ()))
        cited += [_cite(rule, case) for rule in rules.steps(code, case.programme, case.conditions)]
        cited += [rules.article(key, case.programme) for key in keys if rules.sets(key, case.programme)]
        cited += [one.article for one in ended if one.article and not _lapsed(taken, one)]
    return list(dict.fromkeys(article for one in cited for article in one.split("、")))


def _cite(rule: StepRule, case: Case) -> str:
    """The articles of a step; of one that asks for this or that, each with its article, that of what was done last."""
    if rule.any and len(rule.needs) == len(rule.articles) > 1:
        done = {code: case.steps[code].version for code in rule.needs if code in case.steps}
        if done:
            return rule.articles[rule.needs.index(max(done, key=lambda code: done[code]))].cite
    return rule.cite


def _pack(policy: Policy | None, digest: str | None) -> Pack | None:
    """A pack by its digest."""
    packs = policy.adopted if policy is not None else ()
    return next((one.pack for one in packs if one.pack.sha256 == digest), None)


def _name(policy: Policy | None, digest: str | None) -> str | None:
    """A pack's name by its digest."""
    found = _pack(policy, digest)
    return found.name if found else digest
