"""What one worker process holds: the way to the ledger, its keys, and the streams it has seen.

Trusted: none of the caches. A decision made on a stale one is refused by the commit and made again.
"""

import asyncio
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from eventsourcing.persistence import OperationalError, StoredEvent

from api.answers import Answers
from api.clock import Clock, SimulatedClock
from api.identities import load_identity_key
from api.log_keys import log_signers
from api.publishing.directory import TileDirectory
from api.publishing.guard import Guard
from api.publishing.halt import Halt
from api.publishing.policy import recorded_change
from api.publishing.published import Published
from api.publishing.witnessed import Standing, Witnessed
from api.refusals import Refusals
from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from api.settings import Settings
from domain.casework import Casework
from domain.events import Acted, ActMapper
from domain.officer import first_administrator
from domain.project import Aggregate, project
from ledger.act import act_digest
from ledger.committer import Committer
from ledger.errors import LedgerFaulty
from ledger.head_lock import check_head_lock
from ledger.jws import key_from_jwk
from ledger.key_lines import KeyLines
from ledger.keys import KeyHistory
from ledger.line import Line, decode_line, line_hash, utc_now
from ledger.log_keys import read_log_keys
from ledger.note import NoteSigner
from ledger.proven import Proven
from ledger.receipts import HeadSigner, current_head
from ledger.recorder import LedgerApplicationRecorder
from ledger.sealer import Sealer
from ledger.standing import check_clock, check_promised, read_standing
from ledger.store import (
    AnyConnection,
    Head,
    Opened,
    read_line,
    read_opened,
    read_streams,
    read_wrapped_key,
)
from ledger.stored import not_a_line, stored_line
from ledger.vault import CaseKey, Kek, load_kek, new_case_key, open_case_key

T = TypeVar("T")

MAX_STREAMS = 20_000
"""Streams kept in memory; a case is about 2 kB."""
MAX_CASE_KEYS = 20_000
AWAY_AFTER = 2.0
"""Seconds after which the database is said to be away."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream as last seen: its aggregate, and the latest line's hash and act digest that a `prev` may name."""

    aggregate: Aggregate | None
    version: int
    line_hash: str | None
    act_digest: str | None


EMPTY = Stream(None, 0, None, None)


class Service:
    """One worker's hold on the county's ledger, made on its event loop, which owns the caches.

    Only `_ask` runs in threads.
    """

    def __init__(self, settings: Settings) -> None:
        environment = {
            "PERSISTENCE_MODULE": "ledger",
            "LEDGER_DSN": settings.dsn or "",
            "POSTGRES_SCHEMA": CASEWORK_TABLES.schema,
            "POSTGRES_POOL_SIZE": "2",
            "POSTGRES_MAX_OVERFLOW": "8",
            "CREATE_TABLE": "n",
        }
        self.app = Casework(environment)
        self.recorder = cast(LedgerApplicationRecorder, self.app.recorder)
        pool = self.recorder.datastore.pool
        # Nobody waits long for a database that is away; and once it is back, the pool is not still pausing.
        pool.timeout = pool.reconnect_timeout = AWAY_AFTER
        self.mapper = cast(ActMapper, self.app.mapper)
        self.opened: Opened = self._ask(lambda connection: read_opened(connection, CASEWORK_TABLES))
        self.kek: Kek = load_kek(settings.data / "keys" / "vault.key", os.environ.get("MINGZHANG_VAULT_KEY"))
        self.identity_key = load_identity_key(settings.data / "keys")
        # They change while the service stands still, and at no other time (api/rotating.py).
        self.log_keys = self._ask(lambda connection: read_log_keys(connection, CASEWORK_TABLES, self.opened))
        self.log_signers = log_signers(settings.data, self.log_keys)
        self.log: NoteSigner = self.log_signers[0]
        # ML-DSA-44 takes a millisecond: what waits for an answer is signed with Ed25519, what is published with both.
        signers = [self.log]
        self.key_lines = KeyLines(CASEWORK_TABLES, CASEWORK_RULES, self.opened)
        self.published = Published(TileDirectory(settings.data), self.opened.origin, self.log_keys.every)
        self.witnessed = Witnessed(
            settings.data, self.log_keys, self.opened.simulation, settings.witnesses, self.published
        )
        guard = Guard(Halt(settings.data), self.published)
        self.signer = HeadSigner(
            self.opened.origin, signers, self.key_lines, guard=guard, simulation=self.opened.simulation
        )
        self.committer = Committer(
            self.recorder.connect,
            CASEWORK_TABLES,
            origin=self.opened.origin,
            signers=signers,
            key_lines=self.key_lines,
            guard=guard,
            simulation=self.opened.simulation,
        )
        self.sealer = Sealer(
            CASEWORK_TABLES,
            self.opened,
            self.log_keys,
            self.log,
            lambda connection: self.signer.check_current(connection, CASEWORK_TABLES),
            self.committer.submit,
        )
        self.proven = Proven()
        self.answers = Answers(asyncio.get_running_loop())
        self.refusals = Refusals(self)
        # Proven here rather than under the first commit's lock. A forged one is named by /ready and every commit.
        with suppress(LedgerFaulty):
            self._ask(self.key_lines.read)
        self._streams: OrderedDict[UUID, Stream] = OrderedDict()
        self._case_keys: OrderedDict[UUID, CaseKey] = OrderedDict()
        self._administrators = {UUID(admin["officer"]): admin for admin in self.opened.administrators}

    @property
    def keys(self) -> KeyHistory:
        """Whose keys are known so far."""
        return self.key_lines.keys

    @property
    def origin(self) -> str:
        """The ledger's name, the `aud` of every act."""
        return self.opened.origin

    @property
    def simulation(self) -> bool:
        """Whether line 0 declares the ledger a simulation: made-up cases, and a time of its own."""
        return self.opened.simulation

    async def clock(self) -> Clock:
        """The time by which acts that come in now are judged."""
        if not self.simulation:
            return Clock(utc_now())
        return SimulatedClock(await self.read(_last_at))

    async def witness_standing(self) -> Standing:
        """How freshly the ledger is witnessed. Asks the database only where no quorum is known."""
        standing = self.witnessed.standing()
        if standing.required and standing.quorum_at is None:
            change = await self.read(lambda connection: recorded_change(connection, self.log_keys))
            self.witnessed.changed_at = datetime.fromisoformat(change[0]).timestamp() if change else None
            standing = self.witnessed.standing()
        return standing

    async def read(self, question: Callable[[AnyConnection], T]) -> T:
        """Ask the database something, off the event loop; asked again when the connection turns out to be dead.

        Raises `eventsourcing.persistence.PersistenceError` when the database stays away.
        """
        return await asyncio.to_thread(self._ask, question)

    def _ask(self, question: Callable[[AnyConnection], T]) -> T:
        until, pause = time.monotonic() + AWAY_AFTER, 0.05
        while True:
            try:
                with self.recorder.datastore.get_connection() as connection:
                    return question(connection)
            except OperationalError:
                # More than one connection of the pool may be dead; each is found out by asking.
                if time.monotonic() > until:
                    raise
            time.sleep(pause)
            pause *= 2

    async def settle(self) -> None:
        """Record what was answered already and is still to be recorded. To be awaited before `close`."""
        await self.refusals.close()

    def close(self) -> None:
        """Commit what waits, then let go of the database."""
        self.committer.close()
        self.app.close()

    def stream(self, id_: UUID) -> Stream | None:
        """The stream as last seen, None when it was not looked at yet."""
        return self._streams.get(id_)

    def remember(self, id_: UUID, stream: Stream) -> None:
        """Keep what a commit or a read has shown; never go back to an older version."""
        known = self._streams.get(id_)
        if known is None or known.version <= stream.version:
            self._streams[id_] = stream
            self._streams.move_to_end(id_)
            if len(self._streams) > MAX_STREAMS:
                self._streams.popitem(last=False)

    def forget(self, id_: UUID) -> None:
        """Have a stream read again from the beginning."""
        self._streams.pop(id_, None)

    async def read_streams(self, ids: Sequence[UUID]) -> dict[UUID, Stream]:
        """The streams as they stand now, from what is known of them on.

        Raises `LedgerFaulty`, naming the line, when one of theirs is none or tells of what cannot have happened.
        """
        known = {id_: self._streams.get(id_) or self.before_first(id_) for id_ in ids}
        after = [(id_, stream.version) for id_, stream in known.items()]
        rows = await self.read(lambda connection: read_streams(connection, CASEWORK_TABLES, after))
        for id_, index, line in rows:
            with stored_line(index):
                known[id_] = self._after(known[id_], id_, line)
        return known

    def before_first(self, id_: UUID) -> Stream:
        """A stream nobody has written to: for a first administrator, what line 0 says of them."""
        admin = self._administrators.get(id_)
        if admin is None:
            return EMPTY
        kid = key_from_jwk(admin["jwk"]).kid
        return Stream(first_administrator(id_, admin["unit"], [kid]), 0, None, None)

    def _after(self, stream: Stream, id_: UUID, line: bytes) -> Stream:
        parts = decode_line(line)
        event = self.event_of(id_, parts)
        if not isinstance(event, Acted) and parts.type not in (CASEWORK_RULES.unsigned or ()):
            raise not_a_line(parts.index)
        digest = act_digest(event.jws) if isinstance(event, Acted) else None
        aggregate = project(stream.aggregate, event, brought_kid)
        return Stream(aggregate, parts.version, line_hash(line).hex(), digest)

    def event_of(self, id_: UUID, parts: Line) -> Any:
        """The domain event of a line."""
        return self.mapper.to_domain_event(StoredEvent(id_, parts.version, parts.type, parts.state))

    async def read_keys(self) -> None:
        """Take in keys that were registered or revoked since we last looked. Raises `LedgerFaulty` at a forged one."""
        await self.read(self.key_lines.read)

    def check_ready(self, connection: AnyConnection) -> Head:
        """The recorded head, if an act could be recorded after it: the same checks as a commit makes. Writes nothing.

        Raises `LedgerFaulty`, `LedgerMissing`, `ClockStrayed`, `NotDone` (`commit.locked`) as a commit would.
        """
        check_head_lock(connection, CASEWORK_TABLES)
        standing = read_standing(connection, CASEWORK_TABLES)
        check_promised(standing.head, self.committer.promised)
        if not self.simulation:
            check_clock(standing, utc_now())
        self.key_lines.read(connection)
        return self.signer.check_current(connection, CASEWORK_TABLES)

    def known_case_key(self, case: UUID) -> CaseKey | None:
        """The case's data key, if it is in memory."""
        return self._case_keys.get(case)

    async def read_case_key(self, case: UUID) -> CaseKey | None:
        """The case's data key as stored, None when it has none yet."""
        wrapped = await self.read(lambda connection: read_wrapped_key(connection, CASEWORK_TABLES, case))
        return open_case_key(self.kek, self.origin, str(case), wrapped) if wrapped else None

    def new_case_key(self, case: UUID) -> CaseKey:
        """A fresh key; it counts only once an act of the case is committed with it."""
        return new_case_key(self.kek, self.origin, str(case))

    def keep_case_key(self, case: UUID, key: CaseKey) -> None:
        """Keep a key that is known to be stored."""
        self._case_keys[case] = key
        if len(self._case_keys) > MAX_CASE_KEYS:
            self._case_keys.popitem(last=False)


def _last_at(connection: AnyConnection) -> datetime:
    head = current_head(connection, CASEWORK_TABLES)
    with stored_line(head.size - 1):
        line = decode_line(read_line(connection, CASEWORK_TABLES, head.size - 1) or b"")
        return datetime.fromisoformat(line.at)


def brought_kid(event: Acted) -> str | None:
    """The thumbprint of the key that an act registers."""
    return key_from_jwk(event.data["jwk"]).kid if "jwk" in event.data else None
