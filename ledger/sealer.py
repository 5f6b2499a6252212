"""Sealing the heads of all streams, and proving from a seal where a stream stood.

    check the head -> bring the map up to it -> sign -> commit one line, relying on the ledger's own stream

Nothing is locked while the map is computed; acts go on. Two processes that seal at once: one of them finds the ledger's
stream moved, and looks again. If we crash anywhere, there is a seal or there is none.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import datetime, timedelta
from uuid import UUID

from ledger.batch import Command, NewEvent
from ledger.errors import LedgerError, LedgerFaulty, Moved, Refused
from ledger.head_map import MapProof
from ledger.head_seal import EVENT, HeadSeal, open_head_seal, own_stream, said
from ledger.line import LineError, decode_line
from ledger.log_keys import LogKeys
from ledger.note import NoteSigner
from ledger.schema import Tables
from ledger.seal import sealed_state
from ledger.store import AnyConnection, Head, Opened, read_last_of, read_latest, read_line
from ledger.stored import stored_line
from ledger.stream_heads import StreamHeads
from ledger.waiting import Committed

EVERY = timedelta(hours=1)
"""How old the latest seal may become while lines come in. Setting of ours, no law's."""
ATTEMPTS = 8
_MAPS = 2
"""Maps that are kept: the newest, and an older one that somebody asks for."""
_LOOK_BACK = 20
"""Lines that claim to be seals and were made by somebody else are passed over, up to so many at once."""


class Sealer:
    """One process's seals. Threads may share it: `_lock` guards `_maps` and all that is in them.

    `check` gives the recorded head, found fit to be signed; `submit` is a committer's.
    """

    def __init__(
        self,
        tables: Tables,
        opened: Opened,
        log_keys: LogKeys,
        log: NoteSigner,
        check: Callable[[AnyConnection], Head],
        submit: Callable[[Command], "Future[Committed]"],
    ) -> None:
        self._tables, self._opened, self._log_keys, self._log = tables, opened, log_keys, log
        self._check, self._submit = check, submit
        self._own: UUID = own_stream(opened.origin)
        self._maps: list[StreamHeads] = []
        self._lock = threading.Lock()

    def latest(self, connection: AnyConnection) -> HeadSeal | None:
        """The latest seal, None while there is none."""
        for _, line in read_latest(connection, self._tables, EVENT, _LOOK_BACK, stream=self._own):
            seal = self._open(line)
            if seal is not None:
                return seal
        return None

    def find(self, connection: AnyConnection, index: int) -> HeadSeal | None:
        """The seal on this line, None where there is none."""
        line = read_line(connection, self._tables, index)
        return self._open(line) if line is not None else None

    def seal(self, connection: AnyConnection) -> HeadSeal:
        """Seal the heads as they stand now; the latest seal, where nothing came after it.

        Raises `LedgerError` where nothing was sealed, and psycopg errors.
        """
        for _ in range(ATTEMPTS):
            last = read_last_of(connection, self._tables, self._own)
            latest, head = self.latest(connection), self._check(connection)
            if latest is not None and latest.index == head.size - 1:
                return latest
            with stored_line(last[0] if last else 0):
                version = decode_line(last[1] if last else b"").version
            with self._lock:
                heads = self._at(connection, head.size)
                content = said(head.size, heads.map.root(), heads.map.streams)
            state = sealed_state(self._log, EVENT, str(self._own), version + 1, content)
            event = NewEvent(self._own, version + 1, EVENT, state, plain=True)
            try:
                recorded = self._submit(Command((event,), ((self._own, version),))).result().recorded
            except Moved:
                continue
            return HeadSeal(recorded.indexes[0], head.size, bytes.fromhex(content["root"]), content["streams"])
        raise LedgerError("the ledger's own stream moved on again and again")

    def seal_if_due(self, connection: AnyConnection, now: datetime) -> HeadSeal | None:
        """Seal where the latest seal is an hour old and lines came since, or none was made in the ledger's first hour.

        Raises as `seal` does.
        """
        latest = self.latest(connection)
        if now - self._made(connection, latest) < EVERY:
            return None
        sealed = self.seal(connection)
        return sealed if sealed != latest else None

    def prove(self, connection: AnyConnection, seal: HeadSeal, streams: Iterable[str]) -> list[MapProof]:
        """Where each stream stood under this seal, or that it was not there.

        Raises `LedgerFaulty` where the seal is not of the lines as they are.
        """
        with self._lock:
            heads = self._at(connection, seal.size)
            if heads.map.root() != seal.root:
                raise LedgerFaulty(
                    f"the seal on line {seal.index} is not over the heads of the lines before it: run mingzhang verify",
                    code="ledger.seal",
                    index=seal.index,
                )
            return [heads.map.prove(stream) for stream in streams]

    def _open(self, line: bytes) -> HeadSeal | None:
        """Somebody else's line is no seal; `verify` names it."""
        try:
            return open_head_seal(line, self._opened.origin, self._log_keys.at(decode_line(line).index))
        except (Refused, LineError):
            return None

    def _made(self, connection: AnyConnection, seal: HeadSeal | None) -> datetime:
        """When the seal was made; without one, when the ledger was opened."""
        at = self._opened.at
        if seal is not None:
            with stored_line(seal.index):
                at = decode_line(read_line(connection, self._tables, seal.index) or b"").at
        return datetime.fromisoformat(at)

    def _at(self, connection: AnyConnection, size: int) -> StreamHeads:
        """The heads of the first `size` lines, from the nearest map that is kept."""
        below = [heads for heads in self._maps if heads.size <= size]
        heads = max(below, key=lambda heads: heads.size) if below else StreamHeads(self._tables)
        # Taken out first: one that fails half-way is not used again.
        others = [other for other in self._maps if other is not heads][: _MAPS - 1]
        self._maps = others
        heads.advance(connection, size)
        self._maps = [heads, *others]
        return heads
