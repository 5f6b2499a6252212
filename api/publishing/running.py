"""The publishing process: `python -m api.publishing PARENT COMPARED`, started by the supervisor (run.py) and by nobody
else. It publishes, has heads witnessed, has the ledger say by whom, and seals the streams' heads every hour."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg

from api.log_keys import log_signers
from api.publishing.directory import TileDirectory
from api.publishing.guard import Guard
from api.publishing.halt import Halt
from api.publishing.policy import policy_in_force, read_policy, record_change
from api.publishing.published import Published
from api.publishing.publisher import Publisher
from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from api.settings import Settings
from deploy.child import die_with_parent
from deploy.lock import hold
from ledger.committer import Committer
from ledger.connection import open_connection
from ledger.errors import LedgerError
from ledger.key_lines import KeyLines
from ledger.line import utc_now
from ledger.log_keys import read_log_keys
from ledger.receipts import HeadSigner
from ledger.sealer import Sealer
from ledger.store import AnyConnection, Head, read_opened

PERIOD = 1.0
"""Seconds from the beginning of one round to that of the next."""
SEALING = 60.0
"""Seconds between two looks whether a seal is due."""
AGAIN = 60.0
"""Seconds after which a trouble that goes on is said again."""


def main() -> None:
    """Publish until SIGTERM; what goes wrong is said on standard error, and tried again.

    COMPARED is a pipe that is closed once the ledger was compared with what was signed before, however that ended.
    """
    parent, compared = map(int, sys.argv[1:])
    die_with_parent(parent, signal.SIGKILL)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    settings = Settings.from_env()
    hold(settings.data / "publishing.lock")
    trouble = Trouble()
    while not stopping.is_set():
        with trouble.told(), open_connection(settings.dsn or "", "publish", autocommit=True) as connection:
            publishing = Publishing(settings, connection)
            try:
                with trouble.told():
                    publishing.compare()
                _close(compared)
                while not connection.closed:
                    # The last round comes after the signal to stop: by then the workers have ended.
                    last, began = stopping.is_set(), time.monotonic()
                    for step in publishing.steps():
                        with trouble.told():
                            step()
                    for url, said in publishing.publisher.troubles.items():
                        trouble.tell(f"{url}: {said}")
                    if last:
                        return
                    stopping.wait(max(0.0, began + PERIOD - time.monotonic()))
            finally:
                publishing.close()
        _close(compared)
        stopping.wait(PERIOD)


def _close(descriptor: int) -> None:
    with suppress(OSError):
        os.close(descriptor)


class Publishing:
    """What the process holds for one connection. Owned by its one thread."""

    def __init__(self, settings: Settings, connection: AnyConnection) -> None:
        """Raises `LedgerError`."""
        self._settings, self._connection = settings, connection
        self._opened = opened = read_opened(connection, CASEWORK_TABLES)
        self._keys = keys = read_log_keys(connection, CASEWORK_TABLES, opened)
        signers = log_signers(settings.data, keys)
        self._log, halt, directory = signers[0], Halt(settings.data), TileDirectory(settings.data)
        directory.prepare()
        key_lines = KeyLines(CASEWORK_TABLES, CASEWORK_RULES, opened)
        self._heads = HeadSigner(opened.origin, signers[:1], key_lines, simulation=opened.simulation)
        self.publisher = Publisher(directory, CASEWORK_TABLES, opened.origin, signers, keys.every, self._heads, halt)
        self._committer = Committer(
            lambda: open_connection(settings.dsn or "", "append"),
            CASEWORK_TABLES,
            origin=opened.origin,
            signers=signers[:1],
            key_lines=key_lines,
            guard=Guard(halt, Published(directory, opened.origin, keys.every)),
            simulation=opened.simulation,
        )
        self._sealer = Sealer(CASEWORK_TABLES, opened, keys, self._log, self._check, self._committer.submit)
        self._policy: str | None = None
        self._recorded = False
        self._seal_due = 0.0

    def close(self) -> None:
        """Let go of what was opened here."""
        self._committer.close()
        self.publisher.close()

    def compare(self) -> None:
        """Compare with what was signed before, and sign nothing. Raises as `Publisher.compare` does."""
        self._follow()
        self.publisher.compare(self._connection)

    def steps(self) -> tuple[Callable[[], None], ...]:
        """One round: publish, and what else is due. Each may raise `LedgerError`, psycopg errors, OSError, and none is
        for the others to wait for: a policy that cannot be read changes nothing, the one before it stays."""
        return self._follow, self._publish, self._take_carried, self._record_policy, self._seal

    def _publish(self) -> None:
        self.publisher.publish(self._connection)

    def _take_carried(self) -> None:
        self.publisher.take_carried(self._connection, self._settings.data)

    def _record_policy(self) -> None:
        if not self._recorded and self._policy is not None:
            mode, submit = self._settings.witnesses, self._committer.submit
            record_change(self._connection, self._keys, self._log, submit, self._policy, mode)
            self._recorded = True

    def _seal(self) -> None:
        if time.monotonic() >= self._seal_due and not self._opened.simulation:
            self._seal_due = time.monotonic() + SEALING
            self._sealer.seal_if_due(self._connection, utc_now())

    def _check(self, connection: AnyConnection) -> Head:
        return self._heads.check_current(connection, CASEWORK_TABLES)

    def _follow(self) -> None:
        if self._opened.simulation:
            return  # it is never witnessed
        text = policy_in_force(self._settings.data, self._keys)
        if text != self._policy:
            self.publisher.follow(read_policy(text, self._keys))
            self._policy, self._recorded = text, False


class Trouble:
    """What keeps us from publishing, said once, and again while it lasts."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}

    @contextmanager
    def told(self) -> Iterator[None]:
        """What goes wrong in the block is said, and no more."""
        try:
            yield
        except (LedgerError, psycopg.Error, OSError) as error:
            code = f" ({error.code})" if isinstance(error, LedgerError) else ""
            self.tell(f"{' '.join(str(error).split())}{code}")

    def tell(self, said: str) -> None:
        """Say it, unless it was said within the last minute."""
        now = time.monotonic()
        if now > self._said.get(said, 0.0) + AGAIN or said not in self._said:
            print(f"mingzhang: 公布账头 publishing: {said}", file=sys.stderr, flush=True)
            self._said = {one: at for one, at in self._said.items() if now < at + AGAIN} | {said: now}
