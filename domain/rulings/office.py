"""Standing in and handing over: who may deputise whom, and who hands whose work to whom."""

from datetime import date
from uuid import UUID

from domain.acts import ACTS
from domain.deputation import LONGEST, MOST, STAGES
from domain.errors import NotAllowed
from domain.handover import list_digest
from domain.officer import Officer
from domain.place import covers, places_of
from domain.proposal import Proposal, Rules, Ruling
from domain.view import View
from domain.vocabulary import Level


def _deputise(proposal: Proposal, signer: Officer, view: View) -> Ruling:
    principal = _officer(proposal.stream, view)
    _check_superior(signer, principal, proposal.code)
    deputy = _officer(UUID(proposal.data["deputy"]), view)
    if deputy.id in (principal.id, signer.id):
        raise NotAllowed("officer.self-deputy", "nobody makes themselves a deputy, and nobody is their own")
    if _unit_today(deputy, view) != _unit_today(principal, view) or not deputy.keys:
        raise NotAllowed(
            "deputation.unit",
            f"a deputy is an officer of {principal.unit} who can sign, as the principal is",
            unit=principal.unit,
        )
    starting, ending = (date.fromisoformat(proposal.data[name]) for name in ("starting", "ending"))
    if not starting <= ending <= starting + LONGEST or ending < view.today:
        raise NotAllowed(
            "deputation.period",
            f"a deputation ends today or later, and at most {LONGEST.days} days after it begins",
            days=LONGEST.days,
        )
    unknown = [act for act in proposal.data["acts"] if not _can_be_lent(act)]
    if unknown:
        raise NotAllowed("deputation.acts", f"not to be done in deputation: {', '.join(unknown)}", acts=unknown)
    if sum(one.ending >= view.today for one in principal.deputations) >= MOST:
        raise NotAllowed("deputation.many", f"there are {MOST} deputations already: end some", most=MOST)
    return {}, ()


def _unit_today(officer: Officer, view: View) -> str:
    """By the codes of today: whoever served a town that has gone into another is a colleague there."""
    return places_of(view).current(officer.unit, view.today)


def _can_be_lent(act: str) -> bool:
    return act in STAGES or (act in ACTS and act.partition(".")[0] in STAGES)


def _check_superior(signer: Officer, principal: Officer, code: str) -> None:
    """The principal; while they are away the county, and for one of the county's own an administrator."""
    county = signer.level is Level.COUNTY and signer.covers(principal.unit)
    if signer.id != principal.id and not (county and (principal.level is not Level.COUNTY or signer.administrator)):
        raise NotAllowed(
            "officer.not-superior",
            f"{code} is for the officer themselves or, while they are away, for the county above them",
            act=code,
        )


def _end_deputation(proposal: Proposal, signer: Officer, view: View) -> Ruling:
    principal, deputy = _officer(proposal.stream, view), UUID(proposal.data["deputy"])
    if signer.id != deputy:
        _check_superior(signer, principal, proposal.code)
    if deputy not in {one.deputy for one in principal.deputations}:
        raise NotAllowed("deputation.none", "this officer has no such deputy", deputy=str(deputy))
    return {}, ()


def _hand_over(proposal: Proposal, signer: Officer, view: View) -> Ruling:
    leaving, data = _officer(proposal.stream, view), proposal.data
    if signer.id != leaving.id and not signer.administrator:
        raise NotAllowed("officer.not-administrator", "only the officer themselves or an administrator may do this")
    successor = _officer(UUID(data["successor"]), view)
    if successor.id in (leaving.id, signer.id):
        raise NotAllowed("officer.self-successor", "who hands over and who takes over are two people")
    if not covers(successor.unit, leaving.unit, places_of(view), view.today) or not successor.keys:
        raise NotAllowed(
            "handover.successor",
            f"the successor is an officer of {leaving.unit}, or of the office above it, who can sign",
            unit=leaving.unit,
        )
    named = None if data.get("cases") is None else [UUID(case) for case in data["cases"]]
    if named is not None and (len(named), list_digest(named)) != (data["count"], data["listed"]):
        raise NotAllowed("handover.list", "count and digest are not those of the cases that are named")
    return {}, ()


def _take_over(proposal: Proposal, signer: Officer, view: View) -> Ruling:
    leaving = _officer(proposal.stream, view)
    found = next((one for one in leaving.handovers if one.act == proposal.data["handover"]), None)
    if found is None:
        raise NotAllowed("handover.unknown", "there is no such hand-over, or a newer one took its place")
    if found.successor != signer.id:
        raise NotAllowed(
            "officer.not-successor", "this was handed over to somebody else", successor=str(found.successor)
        )
    if found.taken:
        raise NotAllowed("handover.taken", "this was taken over already")
    if found.listed != proposal.data["listed"]:
        raise NotAllowed("handover.list", "the list that was looked at is not the one that was handed over")
    return {}, ()


def _officer(id_: UUID, view: View) -> Officer:
    found = view.get(id_)
    if not isinstance(found, Officer):
        raise NotAllowed("officer.unknown", "there is no such officer", officer=str(id_))
    return found


RULES: Rules = {
    "officer.deputise": _deputise,
    "officer.end_deputation": _end_deputation,
    "officer.hand_over": _hand_over,
    "officer.take_over": _take_over,
}
