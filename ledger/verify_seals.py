"""The seals over stream heads under verification: each root is computed again from the lines themselves.

The sizes that seals are about are gathered beforehand, by the type column, which may lie: a seal that it hid is found
with its line, and everything is gone through once more. So there is one map, which only grows; a seal costs what
changed since the one before, and a ledger without seals pays nothing.
"""

from collections.abc import Iterable
from contextlib import suppress
from struct import Struct
from typing import Any

import orjson

from ledger.faults import FaultLog
from ledger.head_map import HeadMap
from ledger.head_seal import EVENT, own_stream
from ledger.line import decode_line
from ledger.rules import Follower
from ledger.verify_line import ABSENT, FLAG_AT, NAMELESS, RECORD
from ledger.verify_range import RangeResult

_PACKED = Struct(">16s42x41s32x")
"""Of a record (`verify_line.make_record`): the stream's key; its version (8), flag (1) and line hash (32)."""
assert _PACKED.size == RECORD
_UNKNOWN = bytes(ord("?") if flag & (ABSENT | NAMELESS) else ord(".") for flag in range(256))


def sealed_sizes(lines: Iterable[tuple[int, bytes]]) -> frozenset[int]:
    """The sizes that these lines say they seal. What is no such line says nothing."""
    sizes = set()
    for _, line in lines:
        with suppress(Exception):  # anybody may have written it; it is judged in its place
            size = orjson.loads(decode_line(line).state)["said"]["size"]
            if type(size) is int:
                sizes.add(size)
    return frozenset(sizes)


class SealedHeads:
    """The map of stream heads as the lines make it. The order of a ledger is the order of calls."""

    def __init__(self, sizes: frozenset[int], origin: str, log: FaultLog) -> None:
        self._sizes = sorted(sizes, reverse=True)
        """Those yet to come, the next one last."""
        self._own, self._log = str(own_stream(origin)), log
        self._map = HeadMap()
        self._moved: dict[bytes, bytes] = {}
        """Streams that moved on since the map was brought up: as in `_PACKED`."""
        self._stands: dict[int, tuple[str, int] | None] = {}
        """Root and number of streams at the sizes passed; None where lines are unknown."""
        self._last, self._end, self._lost = 0, 0, False
        self.unasked: set[int] = set()
        """Sizes that a seal turned out to be about, and that nobody named beforehand."""

    def join(self, result: RangeResult) -> None:
        """The next range."""
        if not self._sizes:
            return
        done, records = result.start, result.records
        self._lost = self._lost or result.start != self._end
        while self._sizes and self._sizes[-1] <= result.end:
            size = self._sizes.pop()
            if size > done:
                self._move(records[(done - result.start) * RECORD : (size - result.start) * RECORD])
                done = size
            self._stands[size] = None if self._lost else self._settle()
        self._move(records[(done - result.start) * RECORD :])
        self._end = result.end

    def check(self, index: int, line: Follower, said: dict[str, Any]) -> None:
        """A seal, which the ledger's key made: whether it is over the lines before it."""
        if line.type != EVENT:
            return  # the ledger's key vouches for other lines, too
        size, root, streams = said["size"], said["root"], said["streams"]
        if line.stream != self._own:
            self._log.add("line.seal", index, type=line.type, detail="a seal stands on the ledger's own stream")
        elif not self._last < size <= index:
            self._log.add("seal.size", index, size=size, before=self._last)
        elif size not in self._stands:
            self.unasked.add(size)
            self._last = size
        else:
            stands = self._stands[size]
            if stands is None:
                self._log.add("seal.unverifiable", index, size=size)
            elif stands != (root, streams):
                self._log.add("seal.root", index, size=size, sealed=root, stands=stands[0])
            self._last = size
            self._stands = {other: at for other, at in self._stands.items() if other > size}

    def _move(self, records: bytes) -> None:
        # One translation and one search for all lines: what is not known of one stream is not known of the map.
        self._lost = self._lost or b"?" in records[FLAG_AT::RECORD].translate(_UNKNOWN)
        self._moved.update(_PACKED.iter_unpack(records))

    def _settle(self) -> tuple[str, int]:
        for key, kept in self._moved.items():
            text = key.hex()
            stream = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
            # A version of 0 cannot be of a line that is one; that line's fault has been named.
            with suppress(ValueError):
                self._map.set(stream, int.from_bytes(kept[:8], "big"), kept[9:])
        self._moved.clear()
        return self._map.root().hex(), self._map.streams
