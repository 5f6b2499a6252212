"""Acts of a case: who, where, when, and on which authority."""

from typing import Any

from domain import case as cases
from domain.case import Case
from domain.delegation import Delegation, Policy
from domain.errors import NotAllowed
from domain.officer import Officer
from domain.proposal import Proposal, Rules, Ruling
from domain.rulings.acting import authority
from domain.rulings.checks import check_not_reserved
from domain.streams import delegation_id, policy_id
from domain.view import View
from domain.vocabulary import Level

_WHO: dict[str, tuple[Level, ...]] = {
    # Village assists, town accepts, investigates, posts and confirms, county verifies and supervises.
    "apply.submit": (Level.VILLAGE, Level.TOWN),
    "apply.supplement": (Level.VILLAGE, Level.TOWN),
    "review.visit": (Level.TOWN, Level.COUNTY),
    "review.object": (Level.VILLAGE, Level.TOWN, Level.COUNTY),
    "apply": (Level.TOWN,),
    "review": (Level.TOWN,),
    "confirm": (Level.TOWN, Level.COUNTY),
    "verify": (Level.COUNTY,),
    "suspend": (Level.TOWN, Level.COUNTY),
    "exit": (Level.TOWN, Level.COUNTY),
}


def _case_act(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    found = view.get(proposal.stream)
    if found is not None and not isinstance(found, Case):
        raise NotAllowed("case.stream", "this stream is no case of ours", stream=str(proposal.stream))
    if found is None:
        check_not_reserved(proposal.stream)
    cases.check_order(found, proposal.code, proposal.data)
    _check_village(proposal.code, proposal.data, found)
    where = proposal.data if found is None else {"town": found.town, "village": found.village}
    # Whose place and level count; the delegation below is the principal's town's, too.
    officer = authority(proposal, officer, view).principal
    _check_place(proposal.code, officer, where)
    policy = view.get(policy_id(view.origin))
    extra: dict[str, Any] = {"policy": policy.sha256} if isinstance(policy, Policy) else {}
    if proposal.code in ("confirm.grant", "confirm.refuse") and officer.level is Level.TOWN:
        assert found is not None
        delegation = view.get(delegation_id(view.origin, found.town))
        if not isinstance(delegation, Delegation) or not delegation.covers(found.programme, view.today):
            raise NotAllowed(
                "delegation.none",
                "the town has no delegation for this programme today: the county confirms",
                town=found.town,
                programme=found.programme,
            )
        extra |= {"delegation": str(delegation.id), "form": delegation.form}
    return extra, ()


def _check_village(code: str, data: dict[str, Any], case: Case | None) -> None:
    """A village named in an act lies in the case's town, and a posting hangs in the household's own (57号 Art 19)."""
    town = case.town if case is not None else data["town"]
    if data.get("village") is not None and not data["village"].startswith(town):
        raise NotAllowed("case.village", "this village lies in another town", village=data["village"], town=town)
    if code == "review.post" and case is not None and case.village not in (None, data["village"]):
        raise NotAllowed(
            "case.posting", f"the posting belongs in {case.village}, where the household lives", village=case.village
        )


def _check_place(code: str, officer: Officer, where: dict[str, Any]) -> None:
    levels = _WHO.get(code) or _WHO[code.partition(".")[0]]
    if officer.level not in levels:
        raise NotAllowed(
            "officer.level",
            f"{code} is for the {' or '.join(levels)}, not for the {officer.level}",
            act=code,
            level=officer.level,
            levels=list(levels),
        )
    if not officer.covers(where["town"]) and not officer.covers(where.get("village")):
        raise NotAllowed("officer.place", "the case lies outside this officer's area", unit=officer.unit)


RULES: Rules = {
    **dict.fromkeys(("apply", "review", "confirm", "verify", "suspend", "exit"), _case_act),
}
