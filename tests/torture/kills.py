"""Kills while acts are written: every caller was told the truth, nothing is lost, nothing is there twice.

1. Several writer processes (`writer`) send acts and note what they were told.
2. Backends, the postmaster and the writers themselves are killed, at random moments, one by one.
3. After each kill somebody must be served again.
4. At the end: each acknowledged act stands where it was said to, once; each act that was last said not to be recorded
   is not there; and the ledger verifies.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psycopg

from deploy.postgres import Server
from ledger.line import line_hash
from ledger.verify import verify
from ledger.verify_database import DatabaseSource
from tests.torture.office import Office
from tests.torture.rules import RULES, TABLES

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
"""Seconds in which somebody must be served again after a kill."""


@dataclass
class Outcome:
    """What was done and what came of it. `wrong` are untrue answers, losses and repetitions, in words."""

    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    refused: int = 0
    unanswered: int = 0
    lines: int = 0
    wrong: list[str] = field(default_factory=list)


class Writers:
    """Writer processes, started again when they were killed."""

    def __init__(self, dsn: str, seed: int, directory: Path, processes: int, threads: int) -> None:
        self._arguments = [dsn, str(seed)], str(threads)
        self._directory, self._started = directory, 0
        self.processes = [self._start() for _ in range(processes)]

    def _start(self) -> "subprocess.Popen[bytes]":
        self._started += 1
        (first, last), notes = self._arguments, self._directory / f"notes-{self._started}"
        command = [sys.executable, "-m", "tests.torture.writer", *first, str(notes), last]
        return subprocess.Popen(command, stdin=subprocess.PIPE, cwd=ROOT, start_new_session=True)

    def kill_one(self, random: Random) -> None:
        number = random.randrange(len(self.processes))
        self.processes[number].kill()
        self.processes[number].communicate()
        self.processes[number] = self._start()

    def stop(self) -> None:
        for process in self.processes:
            process.communicate()

    def notes(self) -> list[list[str]]:
        return [
            line.split(" ")
            for path in sorted(self._directory.glob("notes-*"))
            for line in path.read_text().splitlines()
        ]

    def done(self) -> int:
        return sum(note[0] == "done" for note in self.notes())


def end_backend(server: Server, database: str, random: Random) -> None:
    """As an administrator would: pg_terminate_backend."""
    with psycopg.connect(server.admin_dsn(database), autocommit=True) as connection:
        for pid in _backends(connection, random):
            connection.execute("SELECT pg_terminate_backend(%s)", (pid,))


def kill_backend(server: Server, database: str, random: Random) -> None:
    """kill -9: PostgreSQL throws everybody out and recovers."""
    with psycopg.connect(server.admin_dsn(database), autocommit=True) as connection:
        pids = _backends(connection, random)
    for pid in pids:
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1] == str(server.pid):
            os.kill(pid, signal.SIGKILL)


def _backends(connection: "psycopg.Connection[tuple[object, ...]]", random: Random) -> list[int]:
    rows = connection.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
        " AND pid <> pg_backend_pid()"
    ).fetchall()
    pids = [int(str(pid)) for (pid,) in rows]
    return [random.choice(pids)] if pids else []


def stop_at_once(server: Server, database: str, random: Random) -> None:
    """An immediate stop, and a new start."""
    _signal_postmaster(server, signal.SIGQUIT)


def kill_postmaster(server: Server, database: str, random: Random) -> None:
    """kill -9 of the postmaster, and a new start."""
    _signal_postmaster(server, signal.SIGKILL)


def _signal_postmaster(server: Server, number: signal.Signals) -> None:
    os.kill(server.pid, number)
    while server.alive():
        time.sleep(0.01)
    server.start()


KILLS: tuple[Callable[[Server, str, Random], None], ...] = (end_backend, kill_backend, stop_at_once, kill_postmaster)


def torture(server: Server, directory: Path, kills: int, seed: int, *, processes: int = 2, threads: int = 4) -> Outcome:
    """Write and kill. `server` flushes to disk and is used by nobody else; `directory` is empty."""
    random, outcome, name = Random(seed), Outcome(), f"torture_kills_{seed}"
    with psycopg.connect(server.admin_dsn("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    office = Office(server.admin_dsn(name), seed)
    office.open()
    writers = Writers(server.admin_dsn(name), seed, directory, processes, threads)
    try:
        for number in range(kills):
            _await_progress(writers, outcome)
            time.sleep(random.uniform(0.0, 0.3))
            kill = random.choice([*KILLS, None]) if number > len(KILLS) else [*KILLS, None][number]
            outcome.kills[kill.__name__ if kill else "kill_writer"] += 1
            if kill is None:
                writers.kill_one(random)
            else:
                kill(server, name, random)
        _await_progress(writers, outcome)
    finally:
        writers.stop()
    _judge(server.admin_dsn(name), writers.notes(), outcome)
    return outcome


def _await_progress(writers: Writers, outcome: Outcome) -> None:
    before, deadline = writers.done(), time.monotonic() + PATIENCE
    while writers.done() < before + 5:
        if time.monotonic() > deadline:
            outcome.wrong.append(f"nobody was served for {PATIENCE} seconds after {dict(outcome.kills)}")
            return
        time.sleep(0.02)


def _judge(dsn: str, notes: list[list[str]], outcome: Outcome) -> None:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(TABLES.sql("SELECT act::text, index, line FROM {lines} WHERE act IS NOT NULL"))
        there = {act: (index, line_hash(bytes(line)).hex()) for act, index, line in rows}
    last: dict[str, list[str]] = {}
    for note in notes:
        if note[0] == "odd":
            outcome.wrong.append(" ".join(note))
        if note[0] == "done" and there.get(note[1]) != (int(note[2]), note[3]):
            outcome.wrong.append(f"told {note}, the ledger has {there.get(note[1])}")
        last[note[1]] = note
    for key, note in last.items():
        if note[0] == "not" and key in there:
            outcome.wrong.append(f"told that {key} was not recorded; it stands on line {there[key][0]}")
    outcome.acknowledged = sum(note[0] == "done" for note in last.values())
    outcome.refused = sum(note[0] == "not" for note in last.values())
    outcome.unanswered = sum(note[0] == "ask" for note in last.values())
    strangers = there.keys() - last.keys()
    outcome.wrong += [f"nobody asked for {key}" for key in strangers]
    verdict = verify(DatabaseSource(dsn, TABLES), RULES)
    outcome.lines = verdict.size
    outcome.wrong += [f"verification: {fault}" for fault in verdict.faults]
