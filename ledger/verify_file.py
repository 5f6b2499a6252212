"""An exported ledger as the source of a verification: a text file, one line per LF, plain or gzipped."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

from ledger.faults import FaultLog
from ledger.line import LineError, decode_line
from ledger.verify_reading import NotWhole, read_file
from ledger.verify_scattered import Scattered
from ledger.verify_streams import Streams
from ledger.verify_tree import RANGE, Edge
from ledger.verify_worker import Task

_INDEX = re.compile(rb'\{"index":(0|[1-9][0-9]{0,17}),')


class FileSource:
    """Used in a `with`. Reads the file twice: for the keys, then for everything. Raises OSError, `NotWhole`."""

    place = None

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lines = 0
        self.size = 0
        self._first: bytes | None = None

    def __enter__(self) -> "FileSource":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def inspect(self, log: FaultLog, notes: FaultLog) -> None:
        """Count the lines. Raises `NotWhole` when the file begins elsewhere than at line 0."""
        for line in self._read(log):
            if self.lines == 0:
                self._first = line
                index = _INDEX.match(line)
                if index and int(index[1]) > 0:
                    raise NotWhole(
                        f"{self._path} begins at line {int(index[1])}: only one that begins at line 0 can be verified",
                        index=int(index[1]),
                    )
            self.lines += 1
        if self.lines == 0:
            raise NotWhole(f"{self._path} is empty: there is nothing to verify", code="file.empty")

    def opening(self) -> bytes | None:
        """Line 0."""
        return self._first

    def key_lines(self, types: Sequence[str]) -> list[tuple[int, bytes]]:
        """The lines of these types."""
        marks = [b'"type":"%b"' % type_.encode() for type_ in types]
        found = []
        for position, line in _placed(self._read(FaultLog()), FaultLog()):
            if any(mark in line for mark in marks):
                try:
                    parts = decode_line(line)
                except LineError:
                    continue
                if parts.type in types:
                    found.append((position, line))
        return found

    def tasks(self, ask: Sequence[int], log: FaultLog) -> Iterator[Task]:
        """The ranges that have lines, in order; what does not fit between its neighbours is named in `log`."""
        start, found, scattered = 0, list[tuple[int, bytes]](), Scattered()
        for position, line in _placed(self._read(FaultLog()), log):
            if position >= start + RANGE:
                yield from self._tasks(start, found, ask, scattered, (position, line))
                start, found = position // RANGE * RANGE, []
            found.append((position, line))
        if found:
            self.size = found[-1][0] + 1
            yield from self._tasks(start, found, ask, scattered, None)
        if scattered.count:
            yield scattered.take(self.size)

    def _tasks(
        self,
        start: int,
        found: list[tuple[int, bytes]],
        ask: Sequence[int],
        scattered: Scattered,
        later: tuple[int, bytes] | None,
    ) -> Iterator[Task]:
        """A range whole, or what it adds to the scattered ones; `later` is the next line there is."""
        last = found[-1][0]
        end = start + RANGE if later else last + 1
        if not scattered.is_whole(len(found), end - start):
            if scattered.put(len(found), found[0][0], last + 1, found):
                yield scattered.take(self.size)
            return
        if scattered.count:
            yield scattered.take(self.size)
        lines: list[bytes | None] = [None] * (end - start)
        for position, line in found:
            lines[position - start] = line
        after = later[1] if later and later[0] == end else None
        sizes = tuple(size for size in ask if start < size <= end)
        yield Task(start, end, later is None, sizes, tuple(lines), after)

    def clock(self) -> None:
        """A file has none."""

    def finish(self, found: int, edge: Edge, streams: Streams, log: FaultLog) -> None:
        """A file has nothing beside its lines."""

    def _read(self, log: FaultLog) -> Iterator[bytes]:
        return read_file(self._path, log)


def _placed(lines: Iterator[bytes], log: FaultLog) -> Iterator[tuple[int, bytes]]:
    """Each line with the index at which it stands: its own, if its neighbours agree.

    A line whose own index is wrong stands where it was found; one too many is named and left out; where some are
    missing, the rest keep their places.
    """
    expected, line = 0, next(lines, None)
    while line is not None:
        later = next(lines, None)
        own, following = _own_index(line), _own_index(later) if later is not None else None
        if own == expected or own is None or following == expected + 1:
            position = expected
        elif following == expected:
            log.add("line.extra", max(expected - 1, 0), says=own)
            line = later
            continue
        elif own > expected and (later is None or following == own + 1):
            position = own
        else:
            position = expected
        yield position, line
        expected, line = position + 1, later


def _own_index(line: bytes) -> int | None:
    match = _INDEX.match(line)
    return int(match[1]) if match else None
