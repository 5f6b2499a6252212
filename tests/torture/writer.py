"""A process that writes acts to a ledger and notes, durably and in order, what it asked for and what it was told.

    python -m tests.torture.writer DSN SEED NOTES THREADS

Each line of NOTES is `ask KEY`, `done KEY INDEX HASH`, `not KEY`, or `odd KEY …`. Runs until it is killed, or until its
standard input ends.
"""

import os
import sys
import threading
import time
from random import Random
from uuid import UUID

from ledger.batch import Command
from ledger.errors import LedgerError, NotDone, OutcomeUnknown
from tests.torture.office import Office


class Notes:
    """An append-only file; each note is one write, so a killed process leaves whole ones."""

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(self, *words: object) -> None:
        os.write(self._descriptor, (" ".join(map(str, words)) + "\n").encode())


def write(office: Office, notes: Notes, ended: threading.Event, seed: int) -> None:
    """One case after the other, each a handful of acts, each sent until what became of it is known."""
    random = Random(seed)
    while not ended.is_set():
        stream = str(UUID(bytes=random.randbytes(16), version=4))
        for number in range(6):
            before = office.streams.get(stream, (0, None))
            signer = office.administrators[number % 2]
            command = office.act("case.note" if number else "case.open", stream, {"n": number}, signer=signer)
            if not send(office, command, notes, random):
                office.streams[stream] = before


def send(office: Office, command: Command, notes: Notes, random: Random) -> bool:
    """Whether it stands on the ledger. An act that was not done is sent again, or given up."""
    while True:
        notes.note("ask", command.key)
        try:
            recorded = office.committer.submit(command).result().recorded
        except OutcomeUnknown:
            continue
        except NotDone:
            notes.note("not", command.key)
            if random.random() < 0.5:
                return False
            time.sleep(0.01)
            continue
        except LedgerError as error:
            notes.note("odd", command.key, type(error).__name__, str(error).replace("\n", " "))
            return False
        notes.note("done", command.key, recorded.indexes[0], recorded.hash)
        return True


def main() -> None:
    dsn, seed, path, threads = sys.argv[1:5]
    office, notes, ended = Office(dsn, int(seed)), Notes(path), threading.Event()
    random = Random(os.urandom(8))
    writers = [
        threading.Thread(target=write, args=(office, notes, ended, random.getrandbits(60))) for _ in range(int(threads))
    ]
    for writer in writers:
        writer.start()
    sys.stdin.read()
    ended.set()
    for writer in writers:
        writer.join()
    office.close()


if __name__ == "__main__":
    main()
