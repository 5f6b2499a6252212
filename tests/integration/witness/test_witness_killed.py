"""The witness is killed at any moment, again and again, while logs ask it.

1. A witness process serves two logs. Each has two clients that hold *different* histories of it, both signed.
2. At a random moment it gets SIGKILL, and is started again on the same directory.
3. Whatever cosignature a client was given: all of one log are of one history, in growing order as they were given; and
   what was given last is contained in what the witness remembers after its death.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import httpx

from api.witness.client import WitnessClient, WitnessError
from api.witness.place import Witness
from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.note import parse_note
from tests.witnessing import MadeLog, witness_of

KILLS = 8
ORIGINS = ("log.example/one", "log.example/two")
HISTORIES = {origin: [MadeLog(origin, 2000), MadeLog(origin, 2000, fork=3)] for origin in ORIGINS}


class Killed:
    """The witness's process, on one port for all its lives."""

    def __init__(self, directory: Path) -> None:
        self._directory, self._port = directory, 0
        self.process = self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> subprocess.Popen[str]:
        code = "from api.cli import main; main()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, "witness", "run", "--dir", str(self._directory),
             "--listen", f"127.0.0.1:{self._port}"],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self._port = int(self.process.stdout.readline().rsplit(":", 1)[1])
        return self.process

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def test_a_witness_killed_at_any_moment_never_contradicts_or_forgets_what_it_answered(tmp_path: Path):
    keys = witness_of(tmp_path, *(HISTORIES[origin][0] for origin in ORIGINS)).keys
    process, chance = Killed(tmp_path), random.Random(4)
    given: dict[str, list[tuple[float, float, Checkpoint]]] = {origin: [] for origin in ORIGINS}
    stop = threading.Event()

    def grow(log: MadeLog) -> None:
        size = 0
        with WitnessClient(process.url, keys, seconds=5) as client:
            while not stop.is_set():
                size = min(size + 1, 1999)
                began = time.monotonic()
                try:
                    client.ask(log.note(size), log.prove)
                except WitnessError:
                    stop.wait(0.01)  # it is dead, or holds to the other history
                else:
                    given[log.origin].append((began, time.monotonic(), log.head(size)))

    threads = [threading.Thread(target=grow, args=[log]) for logs in HISTORIES.values() for log in logs]
    for thread in threads:
        thread.start()
    try:
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.0, 0.25))
            process.kill()
            for origin in ORIGINS:
                check(given[origin], Witness(tmp_path).latest(origin))
            process.start()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        process.kill()
    for origin in ORIGINS:
        assert given[origin]
        check(given[origin], Witness(tmp_path).latest(origin))


def check(given: list[tuple[float, float, Checkpoint]], latest: str | None) -> None:
    answers = sorted(given, key=lambda answer: answer[1])
    if not answers:
        return
    assert latest is not None
    kept = parse_checkpoint(parse_note(latest).text)
    (history,) = [log for log in HISTORIES[kept.origin] if log.head(kept.size) == kept] if kept.size > 3 else [None]
    for _, _, head in answers:
        assert head.size <= kept.size
        assert history is None or history.head(head.size) == head
    for (_, ended, one), (began, _, after) in pairwise(answers):
        assert ended > began or one.size <= after.size  # one after the other: never back


def test_two_processes_on_one_directory_agree(tmp_path: Path):
    log, forked = HISTORIES[ORIGINS[0]]
    keys = witness_of(tmp_path, log).keys
    both = [Killed(tmp_path), Killed(tmp_path)]
    given: list[Checkpoint] = []

    def grow(url: str, log: MadeLog) -> None:
        with WitnessClient(url, keys, seconds=5) as client:
            for size in range(1, 60):
                with suppress(WitnessError):
                    client.ask(log.note(size), log.prove)
                    given.append(log.head(size))

    threads = [threading.Thread(target=grow, args=[one.url, its]) for one in both for its in (log, forked)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in both:
        assert httpx.get(one.url, trust_env=False).status_code == 200
        one.kill()
    (history,) = [its for its in (log, forked) if its.head(59) in given]
    assert {history.head(head.size) for head in given} == set(given)
