"""Acts of an officer's stream beside signing keys: what they are charged with, and which keys papers are sealed to."""

from domain.errors import NotAllowed
from domain.officer import Officer
from domain.proposal import Proposal, Rules, Ruling
from domain.rulings.checks import check_administrator
from domain.view import View
from domain.vocabulary import Level

MAX_READING_KEYS = 4
"""Of one officer at a time: a sealed paper has room for a fixed number of readers' keys."""


def _assign(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    check_administrator(officer)
    if officer.id == proposal.stream:
        raise NotAllowed("officer.own-duties", "nobody assigns duties to themselves: another administrator does")
    found = _officer(proposal, view)
    if found.level is not Level.COUNTY and {"supervise", "commission"} & set(proposal.data["duties"]):
        raise NotAllowed(
            "officer.duty-level", "supervision and the commission are for people of the county", level=found.level
        )
    return {}, ()


def _add_reading_key(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    if officer.id != proposal.stream:
        raise NotAllowed("officer.own-reading-key", "each officer names their own reading key, and nobody else's")
    if officer.level is not Level.COUNTY:
        # Complaints about a town must never be readable there: nothing can be sealed to whom the ledger gives no key.
        raise NotAllowed(
            "officer.level",
            "sealed papers are for the county's people",
            act=proposal.code,
            level=officer.level,
            levels=[Level.COUNTY],
        )
    if proposal.data["public"] in officer.reading_keys:
        raise NotAllowed("officer.reading-key-known", "this reading key is yours already")
    if len(officer.reading_keys) >= MAX_READING_KEYS:
        raise NotAllowed(
            "officer.reading-keys", f"{MAX_READING_KEYS} reading keys are enough: end one first", most=MAX_READING_KEYS
        )
    return {}, ()


def _end_reading_key(proposal: Proposal, officer: Officer, view: View) -> Ruling:
    if officer.id != proposal.stream:
        check_administrator(officer)
    if proposal.data["public"] not in _officer(proposal, view).reading_keys:
        raise NotAllowed("officer.reading-key-unknown", "this officer has no such reading key")
    return {}, ()


def _officer(proposal: Proposal, view: View) -> Officer:
    found = view.get(proposal.stream)
    if not isinstance(found, Officer):
        raise NotAllowed("officer.unknown", "there is no such officer; register them first")
    return found


RULES: Rules = {
    "officer.assign": _assign,
    "officer.add_reading_key": _add_reading_key,
    "officer.end_reading_key": _end_reading_key,
}
