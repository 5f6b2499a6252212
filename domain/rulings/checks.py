"""What rulings of several kinds ask: is it an administrator, the county, the right stream?"""

from uuid import UUID

from domain.errors import NotAllowed
from domain.officer import Officer
from domain.proposal import Proposal
from domain.view import View
from domain.vocabulary import Level


def check_administrator(officer: Officer) -> None:
    if not officer.administrator:
        raise NotAllowed("officer.not-administrator", "only an administrator may do this")


def check_county(officer: Officer, code: str) -> None:
    if officer.level is not Level.COUNTY:
        raise NotAllowed(
            "officer.level", f"{code} is for the county", act=code, level=officer.level, levels=[Level.COUNTY]
        )


def check_second(proposal: Proposal, view: View, allowed: UUID | None) -> None:
    """Two signatures: the second is another administrator's, or (`allowed`) the officer's own older key's."""
    second = view.get(proposal.seconded) if proposal.seconded else None
    if not isinstance(second, Officer) or second.id == proposal.signer:
        raise NotAllowed("officer.second", "a second person must countersign")
    if proposal.second_kid not in second.keys:
        raise NotAllowed("key.not-valid", "the second person's key is not valid any more", kid=proposal.second_kid)
    if second.id != allowed and not second.administrator:
        raise NotAllowed("officer.second", "the second signature must be another administrator's")


def check_not_reserved(stream: UUID) -> None:
    """Ids of version 5 follow from what they are about (`domain.streams`): nobody may sit down on one beforehand."""
    if stream.version == 5:
        raise NotAllowed("act.stream-reserved", "a new case or officer takes a random UUID (version 4 or 7)")


def check_stream(proposal: Proposal, expected: UUID) -> None:
    if proposal.stream != expected:
        raise NotAllowed("act.stream", f"this act belongs to stream {expected}", expected=str(expected))
