"""By which rules an act is judged: those of the procedure it belongs to, pinned when that began."""

from typing import Any

from domain.case import Case
from domain.errors import NotAllowed
from domain.policy import Policy
from domain.proposal import Proposal
from domain.rules_in_force import Rules
from domain.streams import policy_id
from domain.unfolding import begins
from domain.view import View


def rules_for(case: Case | None, proposal: Proposal, view: View) -> Rules:
    """The rules for this act. Raises `NotAllowed` (`policy.none`) where the county has adopted none for the day.

    An act that begins a procedure is judged by what is in force on the day it took place; every other act by what its
    procedure began with, unless a newer pack says of itself that it takes over what is under way.
    """
    policy = view.get(policy_id(view.origin))
    if isinstance(policy, Policy):
        if case is not None and case.procedure.law is not None and not begins(case, proposal.code):
            law, county = case.procedure.law, case.procedure.county
            return policy.pinned(law, county, proposal.on) if case.procedure.open else policy.rules(law, county)
        current = policy.in_force(proposal.on)
        if current is not None:
            return current
    raise NotAllowed(
        "policy.none",
        f"the county has adopted no rules that are in force on {proposal.on}: propose and adopt a pack first",
        on=str(proposal.on),
    )


def cited(rules: Rules) -> dict[str, Any]:
    """How a decision cites the rules it was judged by."""
    return {"policy": rules.law} | ({"settings": rules.county} if rules.county else {})
