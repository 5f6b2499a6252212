"""Acts of a town's delegation."""

from domain.delegation import Delegation
from domain.errors import NotAllowed
from domain.officer import Officer
from domain.proposal import Proposal, Rules, Ruling
from domain.rulings.checks import check_county, check_stream
from domain.streams import delegation_id
from domain.view import View


def _delegate(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    check_county(officer, proposal.code)
    found = view.get(proposal.stream)
    if proposal.code == "delegation.withdraw":
        if not isinstance(found, Delegation) or found.withdrawn:
            raise NotAllowed("delegation.none", "there is nothing to withdraw")
        if not officer.covers(found.town):
            raise NotAllowed("officer.place", "the town lies in another county", unit=officer.unit)
    else:
        check_stream(proposal, delegation_id(view.origin, proposal.data["town"]))
        if not officer.covers(proposal.data["town"]):
            raise NotAllowed("officer.place", "the town lies in another county", unit=officer.unit)
    return {}, ()


RULES: Rules = {
    "delegation": _delegate,
}
