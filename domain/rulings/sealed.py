"""Acts of complaints and referrals. They read the signer and their own stream, and nothing that they may be about:
what a decision has read stands on the line."""

from domain.assignment import DUTY_ZH
from domain.errors import NotAllowed
from domain.officer import Officer
from domain.proposal import Proposal, Rules, Ruling
from domain.rulings.checks import check_county
from domain.sealed import STEPS, SealedStream, check_step
from domain.view import View


def _sealed_act(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    # Every line of these streams is signed by county supervision or the commission: a unit further down would tell
    # where the matter lies.
    check_county(officer, proposal.code)
    duties = STEPS[proposal.code].duties
    if not any(officer.has_duty(duty, view.today) for duty in duties):
        raise NotAllowed(
            "officer.duty",
            f"{proposal.code} is for whom an administrator has given the duty: {' or '.join(duties)}",
            act=proposal.code,
            duties=list(duties),
            duties_zh="或".join(DUTY_ZH[duty] for duty in duties),
        )
    if proposal.claims["basis"] != "direct" or proposal.claims.get("behalf") is not None:
        # The frame would name another person beside the signer.
        raise NotAllowed("sealed.direct", "sealed acts are signed in person: nobody else is named on the line")
    found = view.get(proposal.stream)
    if found is not None and not isinstance(found, SealedStream):
        raise NotAllowed("sealed.stream", "this stream is neither a complaint nor a referral")
    if found is None and proposal.stream.version != 4:
        # Any other kind of id follows from something, a time or a name, and might be guessed from it.
        raise NotAllowed("sealed.id", "a complaint or referral takes a random UUID (version 4)")
    check_step(found, proposal.code)
    return {}, ()


RULES: Rules = dict.fromkeys(("complaint", "referral"), _sealed_act)
