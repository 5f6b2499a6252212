"""Decide: is this act allowed now, by this officer, here? Pure: it reads a `View` and either answers or refuses.

Everything it reads is noted with its version, so the commit can check that none of it has moved on since.
"""

from domain import deputation
from domain import source as sources
from domain.act_type import ActType
from domain.acts import ACTS
from domain.data import check_frame, validate
from domain.errors import NotAllowed
from domain.events import Acted
from domain.officer import Officer
from domain.person import followers
from domain.proposal import Decision, Proposal, Rules
from domain.rulings import archive, assignment, case, delegation, office, officer, place, policy, sealed, source
from domain.view import View

_RULES: Rules = {
    **case.RULES,
    **archive.RULES,
    **officer.RULES,
    **assignment.RULES,
    **office.RULES,
    **delegation.RULES,
    **place.RULES,
    **policy.RULES,
    **source.RULES,
    **sealed.RULES,
}
"""By act code, else by its stage or stream."""

ELSEWHERE = sources.ROWS | {"payment.record"}
"""Acts that attest what another system says: an older system's rows, and the bank's."""


def decide(proposal: Proposal, view: View) -> Decision:
    """Raises `NotAllowed` with the reason, or `NotLoaded`."""
    act = ACTS.get(proposal.code)
    if act is None:
        raise NotAllowed("act.code", f"there is no act {proposal.code}", act=proposal.code)
    validate(act.data, proposal.revealed, proposal.data)
    return decide_valid(proposal, view, act)


def decide_valid(proposal: Proposal, view: View, act: ActType) -> Decision:
    """The same of an act whose data fits the schema of its code, or is known to have fitted it."""
    check_frame(proposal.on, proposal.claims["basis"], proposal.code in ELSEWHERE)
    signer = view.get(proposal.signer)
    if not isinstance(signer, Officer):
        raise NotAllowed("officer.unknown", "the signer is not a registered officer")
    if proposal.kid not in signer.keys:
        raise NotAllowed("key.not-valid", "the signer's key is not valid any more", kid=proposal.kid)
    if proposal.behalf is not None and proposal.code.partition(".")[0] not in deputation.STAGES:
        raise NotAllowed("officer.behalf", f"{proposal.code} is done in nobody's place", act=proposal.code)
    rule = _RULES.get(proposal.code) or _RULES[proposal.code.partition(".")[0]]
    extra, claimed = rule(proposal, signer, view)
    relied = {"streams": {str(stream): version for stream, version in view.read.items()}, **extra}
    event = Acted(proposal.stream, proposal.claims["version"], act.event, proposal.jws, proposal.claims, relied)
    return Decision(event, claimed + followers(act.event, proposal.stream, relied), dict(view.read))
