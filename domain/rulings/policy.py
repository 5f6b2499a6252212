"""Acts of the county's rules: two people, one digest; and no county setting that the law does not leave to it."""

from datetime import date
from hashlib import sha256

from domain.acts import ACTS
from domain.calendar import CalendarError
from domain.errors import NotAllowed
from domain.officer import Officer
from domain.pack import Kind, Pack, PackError
from domain.pack_text import read_pack
from domain.policy import Policy, corrects
from domain.proposal import Proposal, Rules, Ruling
from domain.rules_in_force import overlay
from domain.rulings.checks import check_county, check_stream
from domain.streams import policy_id
from domain.view import View


def _propose(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    policy = _policy(proposal, officer, view)
    data = proposal.data
    pack = _read(data["text"])
    digest = sha256(data["text"].encode()).hexdigest()
    for name, said, found in (
        ("sha256", data["sha256"], digest),
        ("name", data["name"], pack.name),
        ("kind", data["kind"], pack.kind),
    ):
        if said != found:
            raise NotAllowed(
                "policy.text", f"the act says {name} {said}, its text {found}", field=name, said=said, found=str(found)
            )
    _check_acts(pack)
    starting = date.fromisoformat(data["starting"])
    _check_day(pack, starting)
    _check_new(policy, pack, starting)
    if pack.kind is Kind.COUNTY:
        _check_left_to_the_county(policy, pack, starting)
    if pack.calendar is not None:
        _check_calendar(policy, pack)
    return {}, ()


def _adopt(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    policy = _policy(proposal, officer, view)
    data, starting = proposal.data, date.fromisoformat(proposal.data["starting"])
    key = (data["sha256"], starting)
    proposed = next((one for one in policy.proposed if (one.pack.sha256, one.starting) == key), None)
    if proposed is None:
        raise _unproposed(policy, data["sha256"], data["pack"], starting)
    if data["pack"] != proposed.pack.name:
        raise NotAllowed(
            "policy.text",
            f"the act says name {data['pack']}, its text {proposed.pack.name}",
            field="name",
            said=data["pack"],
            found=proposed.pack.name,
        )
    if proposal.signer == proposed.by:
        raise NotAllowed("policy.same-person", "somebody else must adopt what you have proposed")
    # What has come into force since it was proposed may have changed what fits.
    if proposed.pack.kind is Kind.COUNTY:
        _check_left_to_the_county(policy, proposed.pack, starting)
    if proposed.pack.calendar is not None:
        _check_calendar(policy, proposed.pack)
    corrected = corrects(policy, proposed.pack.kind, starting)
    return ({"corrects": corrected.pack.sha256} if corrected else {}), ()


def _policy(proposal: Proposal, officer: Officer, view: View) -> Policy:
    check_county(officer, proposal.code)
    check_stream(proposal, policy_id(view.origin))
    found = view.get(proposal.stream)
    return found if isinstance(found, Policy) else Policy(proposal.stream, 0)


def _read(text: str) -> Pack:
    try:
        return read_pack(text)
    except PackError as fault:
        raise NotAllowed("policy.pack", str(fault), place=fault.place, zh=fault.zh, en=fault.en) from None


def _check_acts(pack: Pack) -> None:
    """A rule about an act that nobody can sign would never hold, and nobody would notice."""
    named = [
        code
        for rule in pack.limits
        for code in (*rule.begins, *rule.ends, *(one for pair in rule.pauses for one in pair))
    ]
    named += [code for rule in pack.steps for code in (rule.before, *rule.needs, rule.since or rule.before)]
    for code in named:
        if code.partition(":")[0] not in ACTS:
            raise NotAllowed("policy.act", f"the pack names {code}: there is no such act", act=code, pack=pack.name)


def _check_day(pack: Pack, starting: date) -> None:
    if starting < pack.starting:
        raise NotAllowed(
            "policy.starting",
            f"the pack itself is in force only from {pack.starting}",
            starting=str(starting),
            first=str(pack.starting),
        )


def _check_new(policy: Policy, pack: Pack, starting: date) -> None:
    known = policy.adopted_on(pack.kind, starting)
    if known is not None and known.pack.sha256 == pack.sha256:
        raise NotAllowed(
            "policy.in-force",
            f"this pack is in force already, from {known.starting}",
            pack=pack.name,
            starting=str(known.starting),
        )


def _check_left_to_the_county(policy: Policy, pack: Pack, starting: date) -> None:
    law = policy.adopted_on(Kind.LAW, starting)
    over = overlay(law.pack if law else None, pack, policy.calendar).overruled
    if law is not None and over:
        raise NotAllowed(
            "policy.overruled",
            f"the law does not leave this to the county, or not so far: {', '.join(over)}",
            settings=", ".join(over),
            law=law.pack.name,
        )


def _check_calendar(policy: Policy, pack: Pack) -> None:
    assert pack.calendar is not None
    try:
        policy.calendar.with_year(pack.calendar)
    except CalendarError as error:
        raise NotAllowed(
            "policy.calendar", str(error), detail=str(error), last=str(policy.calendar.last), pack=pack.name
        ) from None


def _unproposed(policy: Policy, digest: str, name: str, starting: date) -> NotAllowed:
    if any(one.pack.sha256 == digest and one.starting == starting for one in policy.adopted):
        return NotAllowed(
            "policy.in-force", f"this pack is in force already, from {starting}", pack=name, starting=str(starting)
        )
    if (digest, starting) in policy.superseded:
        return NotAllowed(
            "policy.superseded", "another pack was proposed since: look at that one", pack=name, starting=str(starting)
        )
    others = [one for one in policy.proposed if one.pack.sha256 == digest]
    if others:
        return NotAllowed(
            "policy.day",
            f"it was proposed for {others[0].starting}: name the same day",
            pack=name,
            starting=str(starting),
            proposed=str(others[0].starting),
        )
    return NotAllowed(
        "policy.not-proposed",
        "nobody has proposed this pack with this digest and day",
        pack=name,
        starting=str(starting),
    )


RULES: Rules = {
    "policy.propose": _propose,
    "policy.adopt": _adopt,
}
