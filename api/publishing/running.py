"""The publishing process: `python -m api.publishing PARENT`, started by the supervisor (run.py) and by nobody else."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from api.log_keys import log_signers
from api.publishing.directory import TileDirectory
from api.publishing.publisher import Publisher
from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from api.settings import Settings
from deploy.child import die_with_parent
from deploy.lock import hold
from ledger.connection import open_connection
from ledger.errors import LedgerError
from ledger.key_lines import KeyLines
from ledger.log_keys import read_log_keys
from ledger.receipts import HeadSigner
from ledger.store import AnyConnection, read_opened

PERIOD = 1.0
"""Seconds from the beginning of one round to that of the next."""
AGAIN = 60.0
"""Seconds after which a trouble that goes on is said again."""


def main() -> None:
    """Publish until SIGTERM; what goes wrong is said on standard error, and tried again."""
    (parent,) = sys.argv[1:]
    die_with_parent(int(parent), signal.SIGKILL)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    settings = Settings.from_env()
    hold(settings.data / "publishing.lock")
    directory = TileDirectory(settings.data)
    trouble = Trouble()
    while not stopping.is_set():
        with trouble.told(), open_connection(settings.dsn or "", "publish", autocommit=True) as connection:
            directory.prepare()
            publisher = publisher_of(settings, directory, connection)
            while not connection.closed:
                # The last round comes after the signal to stop: by then the workers have ended.
                last, began = stopping.is_set(), time.monotonic()
                with trouble.told():
                    publisher.publish(connection)
                    trouble.over()
                if last:
                    return
                stopping.wait(max(0.0, began + PERIOD - time.monotonic()))
        stopping.wait(PERIOD)


class Trouble:
    """What keeps us from publishing, said once, and again while it lasts."""

    def __init__(self) -> None:
        self._said, self._at = "", 0.0

    @contextmanager
    def told(self) -> Iterator[None]:
        """What goes wrong in the block is said, and no more."""
        try:
            yield
        except (LedgerError, psycopg.Error, OSError) as error:
            said = " ".join(str(error).split())
            code = f" ({error.code})" if isinstance(error, LedgerError) else ""
            if said != self._said or time.monotonic() > self._at + AGAIN:
                print(f"mingzhang: 未能公布账头 nothing is published: {said}{code}", file=sys.stderr, flush=True)
                self._said, self._at = said, time.monotonic()

    def over(self) -> None:
        """Nothing is in the way any more."""
        self._said = ""


def publisher_of(settings: Settings, directory: TileDirectory, connection: AnyConnection) -> Publisher:
    """The publisher of the county's ledger. Raises `LedgerError`."""
    opened = read_opened(connection, CASEWORK_TABLES)
    log_keys = read_log_keys(connection, CASEWORK_TABLES, opened)
    signers = log_signers(settings.data, log_keys)
    key_lines = KeyLines(CASEWORK_TABLES, CASEWORK_RULES, opened)
    heads = HeadSigner(opened.origin, signers, key_lines, simulation=opened.simulation)
    return Publisher(directory, CASEWORK_TABLES, opened.origin, signers, log_keys.every, heads)
