"""Acts of an officer's stream: registration, and whose keys begin and end by whose word."""

from uuid import UUID

from domain.errors import NotAllowed
from domain.events import Claimed
from domain.officer import Officer
from domain.proposal import Proposal, Rules, Ruling
from domain.rulings.checks import check_administrator, check_not_reserved, check_second
from domain.rulings.persons import identified
from domain.streams import key_claim_id
from domain.view import View


def _register(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    check_administrator(officer)
    check_second(proposal, view, allowed=None)
    if view.get(proposal.stream) is not None:
        raise NotAllowed("officer.exists", "this officer is registered already; add a key instead")
    check_not_reserved(proposal.stream)
    return {}, (_claim_key(proposal, view),)


def _add_key(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    check_administrator(officer)
    if not isinstance(view.get(proposal.stream), Officer):
        raise NotAllowed("officer.unknown", "there is no such officer; register them first")
    check_second(proposal, view, allowed=proposal.stream)
    return {}, (_claim_key(proposal, view),)


def _claim_key(proposal: Proposal, view: View) -> Claimed:
    """A key belongs to one officer for ever: its claim stream must be empty, and is taken in the same commit."""
    assert proposal.brings is not None
    stream = key_claim_id(view.origin, proposal.brings)
    if view.get(stream) is not None:
        raise NotAllowed("key.taken", "this key was registered before; make a new one", kid=proposal.brings)
    return Claimed(stream, 1, "key.claimed", {"by": str(proposal.stream)})


def _declare(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    """Everybody declares for themself; whom they do not name any more is nobody's kin by their word."""
    if proposal.stream != officer.id:
        raise NotAllowed("officer.declare-own", "relatives are declared by the officer themself, with their own key")
    relatives = proposal.revealed["relatives"]
    people = identified(proposal, [one["person"] for one in relatives])
    gone = sorted(map(str, officer.declared - set(people)))
    for person in (*people, *map(UUID, gone)):
        view.rare(person)
    declared = [
        [str(person), one["relation"], one.get("of", "officer")] for person, one in zip(people, relatives, strict=True)
    ]
    return {"declared": declared, **({"undeclared": gone} if gone else {})}, ()


def _revoke_key(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    if proposal.kid == proposal.data["kid"]:
        # A key is valid strictly before its revocation, so it cannot sign it.
        raise NotAllowed("key.self", "a key cannot revoke itself: use another of your keys, or an administrator's")
    if officer.id != proposal.stream:
        check_administrator(officer)
    found = view.get(proposal.stream)
    if not isinstance(found, Officer) or proposal.data["kid"] not in found.keys:
        raise NotAllowed("key.not-held", "this officer holds no such key", kid=proposal.data["kid"])
    if proposal.seconded is not None:
        check_second(proposal, view, allowed=proposal.stream)
    elif found.administrator:
        # Whoever has stolen one administrator's key would otherwise end all the others', and nobody could ever be
        # registered again. An administrator's own two keys are no exception: a thief of either would end the other,
        # and keep the holder out. How many administrators remain is not judged here: no stream counts them, and the
        # thief of one key ends none. Three are advised (`mingzhang init`), so that two remain when one key is lost.
        raise NotAllowed(
            "officer.second-needed",
            "ending an administrator's key takes two people: another administrator (or the holder) must second it",
            kid=proposal.data["kid"],
        )
    return {}, ()


RULES: Rules = {
    "officer.register": _register,
    "officer.add_key": _add_key,
    "officer.declare": _declare,
    "officer.revoke_key": _revoke_key,
}
