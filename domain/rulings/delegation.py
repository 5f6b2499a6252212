"""Acts of a town's delegation: one county officer signs, with the digest of the instrument."""

from datetime import date

from domain.delegation import Delegation, Period, PeriodState, effective_day
from domain.errors import NotAllowed
from domain.officer import Officer
from domain.place import check_exists, places_of
from domain.proposal import Proposal, Rules, Ruling
from domain.rulings.checks import check_county, check_stream
from domain.streams import delegation_id
from domain.view import View


def _grant(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    check_county(officer, proposal.code)
    town = proposal.data["town"]
    check_stream(proposal, delegation_id(view.origin, town))
    _check_town(officer, town)
    check_exists(places_of(view), view.today, town)
    view.get(proposal.stream)
    return {"from": str(view.today)}, ()


def _change(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    """What limits, suspends, resumes or withdraws changes something, and never the days before it was decided."""
    check_county(officer, proposal.code)
    found = view.get(proposal.stream)
    if not isinstance(found, Delegation):
        raise NotAllowed("delegation.nothing", "nothing was delegated in this stream", act=proposal.code)
    _check_town(officer, found.town)
    relied = {"from": str(view.today)}
    day = effective_day(proposal.data, proposal.on, relied)
    for first, named in ((proposal.on, str(day)), (day, proposal.data.get("ending"))):
        if named is not None and named < str(first):
            raise NotAllowed(
                "delegation.day", f"{named} is too early: {first} is the first day", first=str(first), day=named
            )
    _check_something(proposal, found, day)
    return relied, ()


def _check_town(officer: Officer, town: str) -> None:
    if not officer.covers(town):
        raise NotAllowed("officer.place", "the town lies in another county", unit=officer.unit)


def _check_something(proposal: Proposal, found: Delegation, day: date) -> None:
    """There is something to change on `day` or later."""
    holding = found.holding(day)
    if proposal.code == "delegation.suspend":
        holding = tuple(period for period in holding if period.state is PeriodState.VALID)
    elif proposal.code == "delegation.resume":
        holding = tuple(period for period in holding if period.state is PeriodState.SUSPENDED)
    if not holding:
        raise NotAllowed(
            "delegation.nothing", f"nothing is delegated from {day} on that this could change", act=proposal.code
        )
    if proposal.code == "delegation.limit":
        _check_narrower(proposal, holding)


def _check_narrower(proposal: Proposal, holding: tuple[Period, ...]) -> None:
    """A limit takes away. What gives more is a grant, and says so."""
    data, delegated = proposal.data, {period.programme for period in holding}
    more = sorted(set(data.get("programmes") or ()) - delegated)
    if more:
        raise NotAllowed("delegation.wider", f"{', '.join(more)} is not delegated: grant it", what=", ".join(more))
    kept = [period for period in holding if period.programme in (data.get("programmes") or delegated)]
    ending, ceiling = data.get("ending"), data.get("ceiling_fen")
    earlier = ending is not None and any(period.last is None or str(period.last) > ending for period in kept)
    lower = ceiling is not None and any(period.ceiling_fen is None or period.ceiling_fen > ceiling for period in kept)
    if ceiling is not None and any(period.ceiling_fen is not None and period.ceiling_fen < ceiling for period in kept):
        raise NotAllowed("delegation.wider", "the ceiling is lower already: grant more", what="ceiling_fen")
    if not (earlier or lower or len(kept) < len(holding)):
        raise NotAllowed("delegation.nothing", "this takes nothing away", act=proposal.code)


RULES: Rules = {
    "delegation.grant": _grant,
    "delegation": _change,
}
