"""Acts of the county's rules."""

from domain.officer import Officer
from domain.proposal import Proposal, Rules, Ruling
from domain.rulings.checks import check_county, check_stream
from domain.streams import policy_id
from domain.view import View


def _adopt(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    check_county(officer, proposal.code)
    check_stream(proposal, policy_id(view.origin))
    view.get(proposal.stream)
    return {}, ()


RULES: Rules = {
    "policy": _adopt,
}
