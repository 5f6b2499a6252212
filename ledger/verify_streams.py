"""The streams under verification: each line against the one before it in its stream, and what it relied on.

Ranges are joined here in the order of the ledger, so this is the one part that cannot be spread over processes. It
keeps one record a stream, packed: about 250 bytes a stream, and nothing a line.
"""

from collections.abc import Iterator
from struct import Struct
from uuid import UUID

from ledger.faults import FaultLog
from ledger.verify_line import ABSENT, ACT, DAMAGED, EVENT, NAMELESS, SEALED

_FIELDS = Struct(">16s32s8sH73s")
"""Stream key, claim `prev`, version before, number of relied-on streams; then what is kept: version (8), flag (1), line
hash (32), act digest (32). See `verify_line.make_record`."""
_ZERO8, _ZERO32 = bytes(8), bytes(32)
_SEALED_ACT = ACT | SEALED


class Streams:
    """The state of every stream after the lines joined so far."""

    def __init__(self, log: FaultLog) -> None:
        self._log = log
        self._last: dict[bytes, bytes] = {}
        self._unsure: set[bytes] = set()
        self._lost = False
        self.sealed = 0
        """Streams with personal fields."""

    def join(self, start: int, records: bytes, relied: bytes) -> None:
        """The next range's lines, from index `start` on. The order of a ledger is the order of calls."""
        last, at = self._last, 0
        get = last.get
        for index, (key, claim, previous, count, kept) in enumerate(_FIELDS.iter_unpack(records), start):
            while count:
                known = get(relied[at : at + 16])
                if (known[:8] if known else _ZERO8) != relied[at + 16 : at + 24]:
                    self._relied(index, relied[at : at + 24], known)
                count, at = count - 1, at + 24
            before, flag = get(key), kept[8]
            if (
                before is not None
                and flag | SEALED == _SEALED_ACT
                and before[8] & ACT
                and before[:8] == previous
                and (claim == before[9:41] or claim == before[41:])
            ):
                last[key] = kept if before[8] & SEALED == flag & SEALED else self._sealed(before, kept)
            elif before is None and flag | SEALED == _SEALED_ACT and previous == _ZERO8:
                last[key] = kept
                self.sealed += flag >= SEALED
            else:
                self._step(index, key, claim, previous, kept)

    def _sealed(self, before: bytes | None, kept: bytes) -> bytes:
        """What is kept of a line, knowing whether its stream has personal fields anywhere."""
        if before is not None and before[8] & SEALED:
            return kept[:8] + bytes([kept[8] | SEALED]) + kept[9:]
        self.sealed += bool(kept[8] & SEALED)
        return kept

    def _step(self, index: int, key: bytes, claim: bytes, previous: bytes, kept: bytes) -> None:
        """One line, every case."""
        flag, before = kept[8], self._last.get(key)
        if flag & (ABSENT | NAMELESS):
            self.lose()
            return
        version, last = kept[:8], before[:8] if before else None
        if last is not None and version <= last:
            # A repeated or older version: the stream itself has not moved.
            self._log.add("stream.version", index, version=_number(version), before=_number(last))
            return
        if flag & DAMAGED:
            self._unsure.add(key)
        if flag & ACT:
            self._follow(index, claim, previous, kept, before)
        elif before is not None and before[8] & ACT and not flag & DAMAGED:
            self._log.add("stream.mixed", index)
        self._last[key] = self._sealed(before, kept)

    def _follow(self, index: int, claim: bytes, previous: bytes, kept: bytes, before: bytes | None) -> None:
        """An act comes right after the line that its signer saw."""
        if previous != (before[:8] if before else _ZERO8):
            self._log.add("stream.version", index, version=_number(kept), before=_number(before or _ZERO8))
        elif before is None or before[8] & DAMAGED or (kept[8] & DAMAGED and claim == _ZERO32):
            return
        elif before[8] & EVENT:
            self._log.add("stream.mixed", index)
        elif claim not in (before[9:41], before[41:]):
            self._log.add("act.prev", index, signed=claim.hex(), stands=before[9:41].hex())

    def _relied(self, index: int, said: bytes, known: bytes | None) -> None:
        found, version = _number(known or _ZERO8), _number(said[16:])
        self._log.add("act.relied", index, stream=str(UUID(bytes=said[:16])), relied=version, found=found)
        if self._lost and version > found:
            # Lines are missing; the stream may have been there before them, so it is taken at its word from here on.
            self._last[said[:16]] = said[16:] + bytes([ACT | DAMAGED]) + bytes(64)

    def lose(self) -> None:
        """Lines are missing before the next range."""
        self._lost = True

    def take_sealed(self, stream: bytes) -> bool:
        """Whether the stream of this key has, or may have, personal fields; asked once, it is ticked off."""
        kept = self._last.get(stream)
        if kept is None or not kept[8] & SEALED:
            return stream in self._unsure
        self._last[stream] = kept[:8] + bytes([kept[8] & ~SEALED]) + kept[9:]
        return True

    def still_sealed(self) -> Iterator[bytes]:
        """The keys of streams with personal fields that were not ticked off."""
        return (key for key, kept in self._last.items() if kept[8] & SEALED)


def _number(packed: bytes) -> int:
    return int.from_bytes(packed[:8], "big")
