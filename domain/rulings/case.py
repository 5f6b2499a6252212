"""Acts of a case: who, where, when, and on which authority."""

from datetime import date
from typing import Any

from domain import case as cases
from domain.case import Case
from domain.delegation import Policy
from domain.errors import NotAllowed
from domain.officer import Officer
from domain.place import Places, check_exists, covers, places_of
from domain.proposal import Proposal, Rules, Ruling
from domain.rulings.checks import check_not_reserved
from domain.rulings.delegated import check_may_confirm
from domain.streams import policy_id
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
    places = places_of(view)
    if found is None:
        check_exists(places, view.today, proposal.data["town"], proposal.data.get("village"))
    where = (proposal.data["town"], proposal.data.get("village")) if found is None else (found.town, found.village)
    town, village = places.home(where[0], where[1], view.today)
    _check_village(proposal.code, proposal.data, town, village if found is not None else None, places, view.today)
    _check_place(proposal.code, officer, town, village, places, view.today)
    policy = view.get(policy_id(view.origin))
    extra: dict[str, Any] = {"policy": policy.sha256} if isinstance(policy, Policy) else {}
    if proposal.code in ("confirm.grant", "confirm.refuse"):
        assert found is not None
        amount = proposal.data.get("monthly_fen")
        extra |= check_may_confirm(officer, town, found.programme, amount, view.today, view)
    return extra, ()


def _check_village(code: str, data: dict[str, Any], town: str, home: str | None, places: Places, day: date) -> None:
    """A village named in an act lies in the case's town, and a posting hangs in the household's own (57号 Art 19)."""
    named = data.get("village")
    if named is None:
        return
    in_town, village = places.home(named[:9], named, day)
    if in_town != town:
        raise NotAllowed("case.village", "this village lies in another town", village=named, town=town)
    if code == "review.post" and home not in (None, village):
        raise NotAllowed("case.posting", f"the posting belongs in {home}, where the household lives", village=home)


def _check_place(code: str, officer: Officer, town: str, village: str | None, places: Places, day: date) -> None:
    levels = _WHO.get(code) or _WHO[code.partition(".")[0]]
    if officer.level not in levels:
        raise NotAllowed(
            "officer.level",
            f"{code} is for the {' or '.join(levels)}, not for the {officer.level}",
            act=code,
            level=officer.level,
            levels=list(levels),
        )
    if not covers(officer.unit, town, places, day) and not covers(officer.unit, village, places, day):
        raise NotAllowed("officer.place", "the case lies outside this officer's area", unit=officer.unit)


RULES: Rules = {
    **dict.fromkeys(("apply", "review", "confirm", "verify", "suspend", "exit"), _case_act),
}
