"""From the committer's thread to the event loop: one wake-up for all answers of a batch, not one an act."""

import asyncio
from collections import deque
from contextlib import suppress

from ledger.waiting import Committed


class Answers:
    """Hands out places for answers to come, and delivers what was put there to this event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._come: deque[Answer] = deque()
        self._awake = False

    def expect(self) -> "Answer":
        """A place for one answer; its `future` belongs to the event loop."""
        return Answer(self, self._loop.create_future())

    def _came(self, answer: "Answer") -> None:
        self._come.append(answer)
        # Appended before we look: either we wake the loop, or a delivery that has not begun yet finds it.
        if not self._awake:
            self._awake = True
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._awake = False
        while self._come:
            self._come.popleft().deliver()


class Answer:
    """What the committer takes for a future: set in its thread, seen on the event loop."""

    __slots__ = ("_answers", "_error", "_result", "future")

    def __init__(self, answers: Answers, future: "asyncio.Future[Committed]") -> None:
        self._answers, self.future = answers, future
        self._result: Committed | None = None
        self._error: BaseException | None = None

    def set_result(self, result: Committed) -> None:
        self._result = result
        self._answers._came(self)

    def set_exception(self, error: BaseException) -> None:
        self._error = error
        self._answers._came(self)

    def deliver(self) -> None:
        """On the event loop. Whoever waited may be gone: the act stands or does not, whether anybody asks."""
        if self.future.done():
            return
        if self._result is not None:
            self.future.set_result(self._result)
        elif self._error is not None:
            self.future.set_exception(self._error)
            # Nobody may be awaiting yet, or ever; reading it here keeps asyncio from complaining of that.
            self.future.exception()
