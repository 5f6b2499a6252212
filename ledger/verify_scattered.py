"""Where hardly any lines are: time and memory go by the lines there are, not by the indexes they claim.

A range of which a few lines are gone is checked whole, every gap in it named. Somebody who puts a line a million
indexes further on, and again and again, gets each stretch of lines checked by itself.
"""

from ledger.verify_tree import RANGE
from ledger.verify_worker import Task

_FULL_ENOUGH = 16
"""A range with one line in so many is checked whole."""
_SPARED = 64
"""As many emptier ranges are checked whole all the same."""


class Scattered:
    """Gathers stretches of a few lines until they are worth a task."""

    def __init__(self) -> None:
        self._spared = _SPARED
        self._clear()

    def _clear(self) -> None:
        self.count, self._start, self._end = 0, 0, 0
        self._placed: list[tuple[int, bytes]] = []

    def is_whole(self, count: int, length: int) -> bool:
        """Whether a range of `length` indexes with `count` lines is to be checked whole."""
        if count * _FULL_ENOUGH >= length:
            return True
        self._spared -= 1
        return self._spared >= 0

    def put(self, count: int, start: int, end: int, placed: list[tuple[int, bytes]] | None = None) -> bool:
        """`count` lines from `start` to before `end`, `placed` if they come from a file; whether it is a task now."""
        if self.count == 0:
            self._start = start
        self._end = end
        self.count += count
        self._placed += placed or ()
        return self.count >= RANGE

    def take(self, size: int) -> Task:
        """The task that has been gathered, of a ledger that ends before `size`."""
        task = Task(self._start, self._end, self._end == size, scattered=True, placed=tuple(self._placed))
        self._clear()
        return task
