"""Commands waiting for their commit, and where their answers go. Any thread puts in; the committer's takes out."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from ledger.batch import Command, Recorded
from ledger.checkpoint import Receipt
from ledger.errors import NotDone

MAX_BATCH = 1024
"""Commands in one transaction."""
MAX_WAITING = 8192
"""Commands in the queue before newcomers are told to come back."""
GATHERING = timedelta(milliseconds=10)
"""How long a batch may grow before it is committed, where several callers are at work."""


@dataclass(frozen=True, slots=True)
class Committed:
    """A command's place on the ledger, and its receipt (None for a repetition, or without a log key)."""

    recorded: Recorded
    receipt: Receipt | None


class Answer(Protocol):
    """Where a command's answer goes: a `Future`, or what behaves like one. Neither call may raise."""

    def set_result(self, result: Committed, /) -> None: ...

    def set_exception(self, error: BaseException, /) -> None: ...


Batch = list[tuple[Command, Answer]]


class Waiting:
    """The queue. Guarded by `_changed`: everything; `_gather` only ever glances at the length."""

    def __init__(self) -> None:
        self._commands: deque[tuple[Command, Answer]] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, commands: Sequence[tuple[Command, Answer]]) -> None:
        """Queue commands, in order, all or none. Raises `NotDone`."""
        with self._changed:
            if self._closed:
                raise NotDone("the ledger is closing; nothing was recorded", code="commit.closing")
            if len(self._commands) + len(commands) > MAX_WAITING:
                raise NotDone("too many acts are waiting; nothing was recorded, try again", code="commit.busy")
            self._commands.extend(commands)
            self._changed.notify()

    def close(self) -> None:
        """Take nothing more in; what waits is still taken out."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def take(self, *, gather: bool) -> Batch:
        """What waits, up to `MAX_BATCH`; a command with an `also` comes alone. Empty: closed, and nothing waits."""
        with self._changed:
            while not self._commands and not self._closed:
                self._changed.wait()
        if gather:
            self._gather()
        with self._changed:
            batch: Batch = []
            while self._commands and len(batch) < MAX_BATCH:
                if self._commands[0][0].also is not None and batch:
                    break
                batch.append(self._commands.popleft())
                if batch[-1][0].also is not None:
                    break
            return batch

    def _gather(self) -> None:
        """Let a batch grow while commands keep coming: a commit costs as much as deciding several acts."""
        until, before = time.monotonic() + GATHERING.total_seconds(), 0
        while before < len(self._commands) < MAX_BATCH and not self._closed and time.monotonic() < until:
            before = len(self._commands)
            time.sleep(GATHERING.total_seconds() / 5)
