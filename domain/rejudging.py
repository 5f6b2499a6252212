"""Every decision on a ledger once more: would the rules take this act where it stands, and on what would it rest?

A signature proves who wanted what. That it was allowed, and on which delegation, rules and people it rests, is the word
of whoever wrote the line. Told here from the lines before it alone, by the rules of this release and the packs that the
ledger had adopted by then.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from domain.acts import ACTS
from domain.data import validate
from domain.decide import decide_valid
from domain.errors import NotAllowed
from domain.events import Acted
from domain.officer import Officer
from domain.project import Aggregate, project
from domain.proposal import Decision, Proposal
from domain.rehearsal import Recorded
from domain.streams import uuid_of
from domain.view import View


@dataclass(frozen=True, slots=True)
class Doubt:
    """A line that the rules would not have brought about: refused, or resting on something else.

    `differs` names the members of `relied` that come out otherwise, `line` where it cannot be read at all.
    """

    index: int
    act: str
    refused: NotAllowed | None = None
    differs: tuple[str, ...] = ()


Revealed = tuple[dict[str, Any], Mapping[str, UUID]]
"""An act's data with personal members in place, and the person streams of the ID numbers in it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read off an act elsewhere: the thumbprints of the key that signed it, of the one that it registers, of
    the one that seconds it; and from the vault, if it is open, what it reveals (None: its people are taken from what
    the line says)."""

    kid: Callable[[Acted], str]
    brings: Callable[[Acted], str | None]
    seconds: Callable[[Acted], str | None]
    reveals: Callable[[int, Acted], Revealed | None]


class _Streams(dict[UUID, Aggregate | None]):
    """Every stream as it stood by then; what is not there is nothing."""

    def __missing__(self, stream: UUID) -> None:
        return None


def judge_again(
    lines: Iterable[Recorded], origin: str, administrators: Iterable[Officer], reading: Reading
) -> Iterator[Doubt]:
    """Every doubtful line, in the ledger's order. `lines` are all of them from line 1 on; `administrators` line 0's."""
    streams = _Streams({officer.id: officer for officer in administrators})
    holders = {kid: officer.id for officer in streams.values() if isinstance(officer, Officer) for kid in officer.keys}
    for line in lines:
        event = line.event
        try:
            if isinstance(event, Acted):
                doubt = _doubt(line, event, origin, streams, holders, reading)
                if doubt is not None:
                    yield doubt
                if brought := reading.brings(event):
                    holders.setdefault(brought, event.originator_id)
            streams[event.originator_id] = project(streams[event.originator_id], event, reading.brings)
        except Exception:  # on a line that anybody may have written: what it does not say, it does not change
            yield Doubt(line.index, event.type, None, ("line",))


def _doubt(
    line: Recorded,
    event: Acted,
    origin: str,
    streams: _Streams,
    holders: Mapping[str, UUID],
    reading: Reading,
) -> Doubt | None:
    code, known = event.claims["act"], reading.reveals(line.index, event)
    revealed, people = known or _as_it_says(code, event)
    second = reading.seconds(event)
    by = holders.get(second) if second else None
    proposal = Proposal(
        event.jws, reading.kid(event), code, event.claims, revealed, reading.brings(event), by, second, people
    )
    found: Doubt | None = None
    for today in filter(None, (line.today, line.eve)):
        found = _compared(line.index, event, proposal, _view(origin, today, streams, event), known is not None)
        if found is None:
            return None
    return found


def _view(origin: str, today: date, streams: _Streams, event: Acted) -> View:
    view = View(origin, today, streams)
    view.get(event.originator_id)  # always relied on: its version is what the act claims to follow
    return view


def _compared(index: int, event: Acted, proposal: Proposal, view: View, opened: bool) -> Doubt | None:
    try:
        decision = _decided(proposal, view, opened)
    except NotAllowed as refused:
        return Doubt(index, proposal.code, refused)
    relied = orjson.loads(orjson.dumps(decision.event.relied))
    # That nobody witnessed it is the service's word on that hour, and no decision.
    names = (relied.keys() | event.relied.keys()) - {"unwitnessed"}
    differs = sorted(name for name in names if relied.get(name) != event.relied.get(name))
    return Doubt(index, proposal.code, None, tuple(differs)) if differs else None


def _decided(proposal: Proposal, view: View, opened: bool) -> Decision:
    act = ACTS[proposal.code]
    if opened or "_sd_alg" not in proposal.claims:
        validate(act.data, proposal.revealed, proposal.data)
    return decide_valid(proposal, view, act)


def _as_it_says(code: str, event: Acted) -> Revealed:
    """The act with nobody's data in it: its people are those whom the line says to be there, by number."""
    data = event.data
    if code == "apply.submit":
        people = event.relied["people"]
        household = [{**one, "person": _number(place)} for place, one in enumerate(data.get("household") or (), 1)]
        shown = {**data, "applicant": _number(0), "household": household}
    elif code == "review.adjust" and data.get("joining"):
        people = event.relied["joining"]
        shown = {**data, "joining": [{**one, "person": _number(place)} for place, one in enumerate(data["joining"])]}
    elif code == "officer.declare":
        people = [person for person, _, _ in event.relied["declared"]]
        relatives = [{**one, "person": _number(place)} for place, one in enumerate(data["relatives"])]
        shown = {**data, "relatives": relatives}
    else:
        return data, {}
    return shown, {str(place): uuid_of(person) for place, person in enumerate(people)}


def _number(place: int) -> dict[str, str]:
    return {"id_number": str(place)}
