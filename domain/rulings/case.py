"""Acts of a case: who, where, when, by which rules and on which authority. Reads top to bottom as it is judged."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from domain.case import Case
from domain.duties import DUTIES, Duty
from domain.errors import NotAllowed
from domain.flow import check_order
from domain.officer import Officer
from domain.place import Home, check_exists, home_of
from domain.proposal import Proposal, Rules, Ruling
from domain.rulings import amounts, confirming, hands, payments, reviewing
from domain.rulings.acting import authority
from domain.rulings.archive import check_shelves, shelves_in
from domain.rulings.checks import check_not_reserved
from domain.rulings.corrections import corrected
from domain.rulings.due import due_days
from domain.rulings.matter import Check, Matter
from domain.rulings.needs import check_needs
from domain.rulings.persons import household, kin_of
from domain.rulings.rules import cited, rules_for
from domain.streams import uuid_of
from domain.unfolding import actors_of
from domain.view import View
from domain.vocabulary import Level


def _case_act(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    case = view.get(proposal.stream)
    if case is not None and not isinstance(case, Case):
        raise NotAllowed("case.stream", "this stream is no case of ours", stream=str(proposal.stream))
    check_order(case, proposal.code)
    duty = DUTIES[proposal.code]
    # Whose place and level count; both people count where nobody may act twice, or on their kin.
    officer = authority(proposal, officer, view).principal
    if case is None:
        check_not_reserved(proposal.stream)
        return _submit(proposal, officer, duty, view), ()
    home = home_of(case.town, case.village, view)
    _check_village(proposal.data, home)
    _check_place(proposal.code, duty, officer, home)
    check_shelves(officer, shelves_in(proposal.data), view)
    _check_apart(case, duty, actors_of(proposal.claims))
    rules = rules_for(case, proposal, view)
    matter = Matter(case, proposal, officer, rules, view, proposal.data, proposal.on, home)
    check_needs(matter)
    check = _correct if proposal.code == "review.correct" else _CHECKS.get(proposal.code)
    relied = {**cited(rules), **_level(officer), **((check and check(matter)) or {})}
    return relied | due_days(matter, relied), ()


def _submit(proposal: Proposal, officer: Officer, duty: Duty, view: View) -> dict[str, Any]:
    data = proposal.data
    home = home_of(data["town"], data.get("village"), view)
    check_exists(home.places, home.day, data["town"], data.get("village"))
    _check_village(data, home)
    _check_place(proposal.code, duty, officer, home)
    check_shelves(officer, shelves_in(data), view)
    rules = rules_for(None, proposal, view)
    if (data["by"] == "proxy") != (data.get("proxy") is not None):
        named = rules.sets("archive.needs.accepted.proxy", data["programme"])
        raise NotAllowed(
            "case.proxy",
            "who applies by proxy names the proxy and the paper that empowers them; nobody else does",
            article=rules.article("archive.needs.accepted.proxy", data["programme"]) if named else None,
        )
    if "spending" in (data.get("circumstances") or ()) and not rules.sets("spending.months", data["programme"]):
        raise NotAllowed(
            "case.spending",
            f"the rules of {proposal.on} know no households of rigid spending in this programme: leave `spending` away,"
            " or apply in low_income from 2025-01-01 on",
            on=str(proposal.on),
            programme=data["programme"],
        )
    return {**cited(rules), **_level(officer), "people": [str(person) for person in household(proposal)]}


def _level(officer: Officer) -> dict[str, Any]:
    """Whose act it is, where it is not the town's: most acts are."""
    return {} if officer.level is Level.TOWN else {"level": officer.level}


def _check_village(data: dict[str, Any], home: Home) -> None:
    """A village named in an act lies in the town."""
    village, town = data.get("village"), data.get("town", home.town)
    if village is not None and home.places.home(village[:9], village, home.day)[0] != town:
        raise NotAllowed("case.village", "this village lies in another town", village=village, town=town)


def _check_place(code: str, duty: Duty, officer: Officer, home: Home) -> None:
    if officer.level not in duty.levels:
        raise NotAllowed(
            "officer.level",
            f"{code} is for the {' or '.join(duty.levels)}, not for the {officer.level}",
            act=code,
            level=officer.level,
            levels=list(duty.levels),
        )
    if not home.lies_in(officer.unit):
        raise NotAllowed("officer.place", "the case lies outside this officer's area", unit=officer.unit)


def _check_apart(case: Case, duty: Duty, actors: frozenset[UUID]) -> None:
    """Nobody acts on their own kin, nor in a part that their earlier part in this case bars them from."""
    _check_not_kin(case.own_kin, actors)
    for part in duty.apart:
        if barred := actors & getattr(case, part):
            raise NotAllowed(
                "officer.apart",
                f"whoever was among the {part} of this case does not do this act: somebody else must",
                officer=str(min(barred)),
                part=part,
            )


def _check_not_kin(kin: frozenset[UUID], actors: frozenset[UUID]) -> None:
    if barred := kin & actors:
        raise NotAllowed(
            "officer.kin",
            "this household is kin of whoever acts here, or their own: somebody else must",
            officer=str(min(barred)),
        )


def _accept(matter: Matter) -> dict[str, Any]:
    """受理: the papers are there; whose kin the household is becomes known; whose limits it runs under, too."""
    reviewing.check_papers(matter)
    return {**_kin(matter, matter.case.people), **confirming.delegation_today(matter)}


def _adjust(matter: Matter) -> dict[str, Any]:
    """调整: whose kin joins becomes known, as at acceptance."""
    relied = confirming.adjust(matter)
    return relied | _kin(matter, [uuid_of(person) for person in relied.get("joining", ())])


def _kin(matter: Matter, people: Sequence[UUID]) -> dict[str, Any]:
    near = matter.value("kin.relations") if matter.sets("kin.relations") else ()
    kin, own_kin = kin_of(people, near, matter.view)
    _check_not_kin(own_kin, matter.actors)
    found = {"kin": kin, "own_kin": own_kin}
    return {name: sorted(map(str, officers)) for name, officers in found.items() if officers}


def _correct(matter: Matter) -> dict[str, Any] | None:
    """What is said anew keeps the rules of the act it corrects."""
    code, as_if = corrected(matter)
    _check_apart(matter.case, DUTIES[code], matter.actors)
    check = _CHECKS.get(code)
    return dict(check(as_if) or {}) if check else None


_CHECKS: dict[str, Check] = {
    "apply.accept": _accept,
    "apply.return": reviewing.check_returned,
    "apply.reject": reviewing.check_rejection,
    "review.visit": hands.check_visit,
    "review.cosign": hands.check_cosign,
    "review.appraise": reviewing.check_votes,
    "review.assess": reviewing.check_assessment,
    "review.opine": reviewing.check_opinion,
    "review.post": reviewing.check_posting,
    "review.object": reviewing.check_objection,
    "review.extend": reviewing.check_extension,
    "review.report": reviewing.check_report,
    "review.recheck": confirming.recheck,
    "review.adjust": _adjust,
    "review.move": reviewing.check_move,
    "confirm.deliberate": reviewing.check_meeting,
    "confirm.grant": confirming.grant,
    "confirm.refuse": confirming.refuse,
    "confirm.publish": confirming.check_published,
    "payment.record": payments.check_recorded,
    "payment.overpay": payments.check_overpaid,
    "payment.recover": payments.check_settled,
    "payment.waive": payments.check_waived,
    "payment.entrust": payments.check_custody,
    "payment.end_custody": payments.check_custody,
    "dispute.file": payments.check_filed,
    "dispute.decide": payments.check_decided,
    "dispute.execute": payments.check_executed,
    "verify.rectify": confirming.check_deadline,
    "suspend.start": amounts.check_stopped,
    "exit.propose": confirming.check_of_age,
    "exit.defer": amounts.check_deferral,
    "exit.end": confirming.end,
}

RULES: Rules = dict.fromkeys(DUTIES, _case_act)
