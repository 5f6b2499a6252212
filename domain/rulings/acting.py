"""In whose place a signer acts: their own, or in deputation 代理 that of whoever deputised them."""

from dataclasses import dataclass
from uuid import UUID

from domain.deputation import covered
from domain.errors import NotAllowed
from domain.officer import Officer
from domain.proposal import Proposal
from domain.view import View


@dataclass(frozen=True, slots=True)
class Acting:
    """Who signed, and whose place and level count: the same officer, unless the act is done on somebody's behalf."""

    signer: Officer
    principal: Officer

    @property
    def officers(self) -> tuple[UUID, ...]:
        """Everybody who counts where duties are kept apart: neither may be kin, neither may have investigated."""
        return (self.signer.id,) if self.signer is self.principal else (self.signer.id, self.principal.id)


def authority(proposal: Proposal, signer: Officer, view: View) -> Acting:
    """Whose authority the act rests on. Raises `NotAllowed` (`officer.no-deputation`), `NotLoaded`.

    The deputation must cover the act on the day it took place and on the day it is recorded: the first is what the
    deputy says, the second nobody can move.
    """
    behalf = proposal.behalf
    if behalf is None:
        return Acting(signer, signer)
    principal = view.get(behalf)
    if not isinstance(principal, Officer):
        raise NotAllowed("officer.unknown", "there is no such officer to act for", officer=str(behalf))
    if not covered(principal.deputations, signer.id, proposal.code, (proposal.on, view.today)):
        raise NotAllowed(
            "officer.no-deputation",
            f"nobody has deputised this officer for {proposal.code} of {behalf} on {proposal.on} and today",
            act=proposal.code,
            principal=str(behalf),
            on=str(proposal.on),
        )
    return Acting(signer, principal)
