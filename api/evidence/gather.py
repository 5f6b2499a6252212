"""Which lines a bundle has: those it is about, and those without which nobody could judge them.

The second kind: line 0; every line that changes keys, the ledger's or anybody's; the whole streams of everybody whose
signature counts in the bag; the rule packs and delegations that the acts cite; the seal of stream heads.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from api.evidence.request import Scope
from api.problems import NotFound
from api.rules import CASEWORK_TABLES, read_keys
from domain.events import claims_of
from domain.officer import KEY_EVENTS
from domain.streams import policy_id
from ledger.act import BEIJING, decode_state
from ledger.errors import NotDone, Refused
from ledger.jws import key_from_jwk, parse_jws
from ledger.keys import KeyRegistered, administrators_keys
from ledger.line import Line, decode_line, timestamp
from ledger.store import (
    AnyConnection,
    Opened,
    read_first_of,
    read_key_lines,
    read_last_of,
    read_line,
    read_signed_by,
    read_streams,
)
from ledger.stored import check_place, stored_line

CONTEXT = (*KEY_EVENTS, "key.claimed", "ledger.log_keys_changed", "ledger.witnesses_changed")
"""Types of which every line is in every bundle."""
MOST_BYTES = 96 * 1024 * 1024
"""Of lines in one bundle, which are held in memory."""
MOST_ACTS = 2000
"""Acts that a bundle is about: its report has half a page of each, and takes some twenty seconds."""
PAGE = 500
_BEGIN = {"apply.submitted": "case", "source.imported": "case", "referral.opened": "referral"}


@dataclass(frozen=True)
class Gathered:
    """Lines by index, in order; `about` are the indexes of those that were asked for, `subjects` the streams that are
    claimed to be whole, `officers` those whose own streams are whole because their keys signed something here."""

    size: int
    lines: dict[int, bytes]
    parts: dict[int, Line]
    about: frozenset[int]
    subjects: tuple[str, ...]
    officers: tuple[str, ...]
    seal: int | None


def _too_large(count: int, size: int) -> Refused:
    return Refused(
        f"{count} lines of {size} bytes and more: ask for fewer cases or a shorter period",
        code="evidence.too-large",
        files=count,
        bytes=size,
    )


class _Bag:
    """Lines as they are collected, decoded once."""

    def __init__(self, connection: AnyConnection, size: int) -> None:
        self.connection, self.size = connection, size
        self.lines: dict[int, bytes] = {}
        self.parts: dict[int, Line] = {}
        self.bytes = 0

    def add(self, index: int, line: bytes) -> None:
        if index >= self.size or index in self.lines:
            return
        self.bytes += len(line)
        if self.bytes > MOST_BYTES:
            raise _too_large(len(self.lines), self.bytes)
        check_place(index, line)
        with stored_line(index):
            self.parts[index] = decode_line(line)
        self.lines[index] = line

    def add_streams(self, streams: Iterable[UUID]) -> list[int]:
        """All lines of these streams; their indexes."""
        found = []
        for _, index, line in read_streams(self.connection, CASEWORK_TABLES, [(stream, 0) for stream in streams]):
            self.add(index, line)
            if index < self.size:
                found.append(index)
        return found

    def add_types(self, types: Iterable[str]) -> None:
        after = 0
        while page := read_key_lines(self.connection, CASEWORK_TABLES, list(types), after, PAGE):
            for index, line in page:
                self.add(index, line)
            after = page[-1][0]

    def acts(self, indexes: Iterable[int]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """(claims, what it relied on) of those that are acts."""
        for index in indexes:
            with stored_line(index):
                act = decode_state(self.parts[index].state)
                if act is not None:
                    yield claims_of(act[0]), act[1]


def gather(connection: AnyConnection, opened: Opened, scope: Scope, size: int, seal: int | None) -> Gathered:
    """The lines below `size`, that of the `seal` among them.

    Raises `NotFound`, `Refused` (`evidence.too-large`, `evidence.nothing`), `NotDone` (`evidence.not-published`),
    `LedgerFaulty`.
    """
    bag = _Bag(connection, size)
    about = _about(bag, scope)
    if len(about) > MOST_ACTS:
        raise _too_large(len(about), bag.bytes)
    bag.add(0, read_line(connection, CASEWORK_TABLES, 0) or b"")
    bag.add_types(CONTEXT)
    cited = {UUID(relied["delegation"]) for _, relied in bag.acts(about) if relied.get("delegation")}
    bag.add_streams([*cited, policy_id(opened.origin)])
    officers = _close_over_signers(bag, opened)
    if seal is not None:
        bag.add(seal, read_line(connection, CASEWORK_TABLES, seal) or b"")
    order = sorted(bag.lines)
    return Gathered(
        size,
        {index: bag.lines[index] for index in order},
        {index: bag.parts[index] for index in order},
        frozenset(about),
        tuple(sorted(str(stream) for stream in scope.streams)),
        tuple(sorted(str(one) for one in officers)),
        seal,
    )


def latest_of(connection: AnyConnection, scope: Scope) -> int:
    """The index of the latest line of the streams that are wanted whole, 0 where there are none.

    Raises `NotFound` where one is nothing that evidence is made of.
    """
    latest = 0
    for stream in scope.streams:
        kind = "referral" if str(stream) == scope.referral else "case"
        first = read_first_of(connection, CASEWORK_TABLES, stream)
        last = read_last_of(connection, CASEWORK_TABLES, stream)
        if first is None or last is None or _kind_of(*first) != kind:
            raise NotFound(f"there is no {kind} {stream}", what=f"{kind} {stream}")
        latest = max(latest, last[0])
    return latest


def _kind_of(index: int, first: bytes) -> str | None:
    with stored_line(index):
        return _BEGIN.get(decode_line(first).type)


def _about(bag: _Bag, scope: Scope) -> list[int]:
    found = bag.add_streams(scope.streams)
    begun = {bag.parts[index].stream for index in found}
    for stream in scope.streams:
        if str(stream) not in begun:
            raise NotDone(
                f"{stream} began after the latest published checkpoint: ask again in a moment",
                code="evidence.not-published",
            )
    if scope.officer is not None and scope.days is not None:
        own = bag.add_streams([UUID(scope.officer)])
        first, last = scope.days
        acted = _acts_of(bag, scope.officer, _first_on(bag, first), _first_on(bag, last + timedelta(days=1)))
        if not acted:
            raise Refused("the officer recorded nothing in that period", code="evidence.nothing")
        found += sorted({*own, *acted})
    return found


def _acts_of(bag: _Bag, officer: str, start: int, end: int) -> list[int]:
    found = []
    for index, line in read_signed_by(bag.connection, CASEWORK_TABLES, officer, start, end):
        # The text may stand elsewhere in an act: whoever signed it, or for whom, is a matter of the claims.
        with stored_line(index):
            act = decode_state(decode_line(line).state)
            claims = claims_of(act[0]) if act is not None else {}
        if officer in (claims.get("iss"), claims.get("behalf")):
            bag.add(index, line)
            found.append(index)
    return found


def _first_on(bag: _Bag, day: date) -> int:
    """The index of the first line recorded on that day in 北京时间, or later: time never runs backwards here."""
    begins = timestamp(datetime(day.year, day.month, day.day, tzinfo=BEIJING))
    low, high = 1, bag.size
    while low < high:
        middle = (low + high) // 2
        with stored_line(middle):
            at = decode_line(read_line(bag.connection, CASEWORK_TABLES, middle) or b"").at
        low, high = (middle + 1, high) if at < begins else (low, middle)
    return low


def _close_over_signers(bag: _Bag, opened: Opened) -> set[UUID]:
    """Add the streams of everybody who signed or seconded something here, and of those who signed these, and so on."""
    changes = administrators_keys(opened.event())
    for index, parts in bag.parts.items():
        if parts.type in KEY_EVENTS:
            with stored_line(index):
                changes += read_keys(index, parts.type, parts.state)
    registered = [change for change in changes if isinstance(change, KeyRegistered)]
    holders = {key_from_jwk(change.jwk).kid: change.holder for change in registered}
    known: set[UUID] = set()
    while True:
        signers = {UUID(one) for claims, _ in bag.acts(bag.lines) for one in _signers(claims, holders)}
        if signers <= known:
            return known
        bag.add_streams(signers - known)
        known |= signers


def _signers(claims: dict[str, Any], holders: dict[str, str]) -> Iterator[str]:
    yield claims["iss"]
    if claims.get("behalf"):
        yield claims["behalf"]
    second = claims["data"].get("second")
    if isinstance(second, str):
        holder = holders.get(parse_jws(second.encode()).kid)
        if holder is not None:
            yield holder
