"""Refused attempts, recorded behind the answers: `domain.refusal` says which and how many, the ledger's key seals them.

An answer never waits for this, nor fails by it. What is noted here is in memory until it is committed, a moment later:
if we crash, the last refusals, and the count of those that were not to be recorded, are lost; nothing else is.

A refusal that was recorded stands: the same act sent again gets the same reason, though the rules might allow it by
then; it is signed anew instead. Every act relies, in its commit, on its officer's refusals as this worker knows them,
so another worker's are never overlooked, and no act that stands is said to have been refused.
"""

import asyncio
import logging
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from eventsourcing.persistence import PersistenceError

from api.rules import CASEWORK_RULES, CASEWORK_TABLES, OFFLINE_DAYS
from domain.errors import NotAllowed
from domain.refusal import COUNTY_PER_DAY, DAY, EVENT, PER_DAY, Attempt, has_room, is_kept
from domain.streams import refusal_id
from ledger.act import Act
from ledger.batch import Command, NewEvent
from ledger.errors import LedgerError, Moved, OutcomeUnknown, Refused
from ledger.line import decode_line, utc_now
from ledger.log_keys import LogKeys
from ledger.rules import Follower
from ledger.seal import open_seal, sealed_state
from ledger.store import AnyConnection, read_by_key, read_last_of, read_latest

if TYPE_CHECKING:
    from api.service import Service

PAUSE = 0.1
"""Seconds from the first refusal to its recording: answers go first, and many that come at once wait for each other."""
MAX_WAITING = 1000
MAX_OFFICERS = 20_000
MAX_SEEN = 10_000
"""Acts that are known to be noted, so that sending one again costs nothing."""
LOOK_BACK = (PER_DAY + 30) * OFFLINE_DAYS
"""Lines of an officer that are read: more cannot have come since the oldest act that is still taken was signed."""
ATTEMPTS = 8

_log = logging.getLogger("mingzhang.api")


@dataclass(frozen=True, slots=True)
class Kept:
    """A refusal that stands on the ledger."""

    index: int
    at: str
    said: dict[str, Any]

    def again(self) -> NotAllowed:
        """What the same act is told when it comes again."""
        return NotAllowed(
            self.said["reason"],
            f"this very act was refused before, on line {self.index}, and is not judged again: sign a new one",
            article=self.said.get("article"),
            refused_line=self.index,
            refused_at=self.at,
        )


@dataclass(slots=True)
class _Known:
    """An officer's refusals as last seen: the version of their stream, those recorded by their acts' digests."""

    version: int
    kept: dict[str, Kept] = field(default_factory=dict)

    def recent(self) -> list[tuple[datetime, str]]:
        return [(datetime.fromisoformat(one.at), one.said["reason"]) for one in self.kept.values()]


def open_line(keys: LogKeys, line: bytes) -> tuple[Kept, bool]:
    """What a refusal's line says, and whether the ledger sealed it. Raises ValueError where it says nothing."""
    parts = decode_line(line)
    follower = Follower(parts.stream, parts.version, parts.type, parts.state)
    with suppress(Refused):
        said = open_seal(follower, keys.origin, keys.at(parts.index))
        CASEWORK_RULES.sealed[EVENT](follower, said)
        return Kept(parts.index, parts.at, said), True
    return Kept(parts.index, parts.at, {}), False


class Refusals:
    """One worker's record of refused attempts. Belongs to its event loop."""

    def __init__(self, service: "Service", clock: Callable[[], datetime] = utc_now) -> None:
        self._service = service
        self._clock = clock
        """The one that a ledger in earnest stamps lines by: hours and days are counted on the ledger."""
        self._officers: OrderedDict[UUID, _Known] = OrderedDict()
        self._waiting: deque[tuple[Act, Attempt]] = deque()
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._more: Counter[str] = Counter()
        """Refusals that are only counted, by officer, since the officer's latest line of ours."""
        self._work: asyncio.Task[None] | None = None
        self._pause = asyncio.Event()

    async def before(self, act: Act) -> tuple[Kept | None, tuple[UUID, int]]:
        """The refusal of this very act, if one was recorded; and the stream and version that say so, to be relied on.

        Asks the database once an officer. Raises `PersistenceError`.
        """
        stream = refusal_id(act.aud, act.iss)
        known = self._officers.get(stream) or await self._load(act.iss)
        return known.kept.get(act.digest) if known.kept else None, (stream, known.version)

    def forget(self, stream: UUID) -> bool:
        """Have an officer's refusals read again; whether it was a stream of refusals that we know."""
        return self._officers.pop(stream, None) is not None

    def note(self, act: Act, refusal: NotAllowed) -> None:
        """Have a refusal recorded, after its answer. Never raises, never waits."""
        if not is_kept(refusal.code) or act.digest in self._seen:
            return
        self._seen[act.digest] = None
        if len(self._seen) > MAX_SEEN:
            self._seen.popitem(last=False)
        if len(self._waiting) >= MAX_WAITING:
            self._more[act.iss] += 1
            return
        article = refusal.params.get("article")
        attempt = Attempt(
            act.iss, act.kid, act.code, str(act.case), refusal.code, article, act.digest, str(act.on), act.iat
        )
        self._waiting.append((act, attempt))
        if self._work is None or self._work.done():
            self._work = asyncio.get_running_loop().create_task(self._record_waiting())

    async def close(self) -> None:
        """Record what waits, now."""
        self._pause.set()
        if self._work is not None:
            await self._work

    async def _record_waiting(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._pause.wait(), PAUSE)
        while self._waiting:
            act, attempt = self._waiting.popleft()
            try:
                await self._record(act, attempt)
            except Exception as error:
                self._give_up(act, error)
                if isinstance(error, PersistenceError | LedgerError):
                    # Nothing can be recorded just now: nobody is kept waiting for one failure after the other.
                    while self._waiting:
                        self._give_up(self._waiting.popleft()[0], None)

    def _give_up(self, act: Act, error: Exception | None) -> None:
        """Whoever was refused has their answer; the next line of theirs says that there was one more."""
        self._more[act.iss] += not isinstance(error, OutcomeUnknown)
        self._seen.pop(act.digest, None)
        self._officers.pop(refusal_id(act.aud, act.iss), None)
        if error is not None:
            _log.error("a refusal was not recorded: %s", type(error).__name__, exc_info=error)

    async def _record(self, act: Act, attempt: Attempt) -> None:
        """One refusal: recorded, counted, or neither where it is on the ledger already, or its act is."""
        service, stream = self._service, refusal_id(act.aud, act.iss)
        for _ in range(ATTEMPTS):
            known = self._officers.get(stream) or await self._load(act.iss)
            if act.digest in known.kept:
                return
            now = await self._now()
            stands, version, full = await service.read(partial(_look, act=act, now=now))
            if stands:
                return
            if full or not has_room(attempt.reason, known.recent(), now):
                self._more[attempt.officer] += 1
                return
            more = self._more[attempt.officer]
            said = attempt.said(more)
            state = sealed_state(service.log, EVENT, str(stream), known.version + 1, said)
            event = NewEvent(stream, known.version + 1, EVENT, state, plain=True)
            # The act's own stream too: if the act itself was recorded meanwhile, it was not refused in the end.
            relied = {act.case: version, stream: known.version}
            answer = service.answers.expect()
            service.committer.hand_in([(Command((event,), tuple(relied.items())), answer)])
            try:
                recorded = (await answer.future).recorded
            except Moved:
                self._officers.pop(stream, None)
                continue
            self._more[attempt.officer] -= more
            known.version += 1
            known.kept[act.digest] = Kept(recorded.indexes[0], recorded.at, said)
            return
        raise LedgerError("its streams moved on again and again")

    async def _now(self) -> datetime:
        """A simulation's lines are dated by its acts, and its hours go by with them."""
        return (await self._service.clock()).now if self._service.simulation else self._clock()

    async def _load(self, officer: str) -> _Known:
        service = self._service
        stream = refusal_id(service.origin, officer)
        now = await self._now()
        known = await service.read(lambda connection: _read(connection, service.log_keys, stream, now))
        self._officers[stream] = known
        if len(self._officers) > MAX_OFFICERS:
            self._officers.popitem(last=False)
        return known


def _read(connection: AnyConnection, keys: LogKeys, stream: UUID, now: datetime) -> _Known:
    last = read_last_of(connection, CASEWORK_TABLES, stream)
    if last is None:
        return _Known(0)
    known = _Known(decode_line(last[1]).version)
    oldest = now - timedelta(days=OFFLINE_DAYS + 1)
    for _, line in read_latest(connection, CASEWORK_TABLES, EVENT, LOOK_BACK, stream=stream):
        # What somebody else put there neither counts nor binds; `mingzhang verify` names it.
        one, is_ours = open_line(keys, line)
        if datetime.fromisoformat(one.at) < oldest:
            break
        if is_ours:
            known.kept[one.said["digest"]] = one
    return known


def _look(connection: AnyConnection, act: Act, now: datetime) -> tuple[bool, int, bool]:
    """Whether the act itself stands on the ledger, its stream's version, and whether the county's bound is reached."""
    stands = read_by_key(connection, CASEWORK_TABLES, act.key) is not None
    last = read_last_of(connection, CASEWORK_TABLES, act.case)
    version = decode_line(last[1]).version if last else 0
    earlier = read_latest(connection, CASEWORK_TABLES, EVENT, 1, skip=COUNTY_PER_DAY - 1)
    full = bool(earlier) and now - datetime.fromisoformat(decode_line(earlier[0][1]).at) < DAY
    return stands, version, full
