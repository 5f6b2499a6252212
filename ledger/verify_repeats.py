"""Idempotency keys that stand twice, where no database's unique index could have refused the second."""

from collections.abc import Iterator

_ENTRY = 24
_PARTS = 256


class Repeats:
    """Keys with their lines, 24 bytes each, in parts by first byte, so that looking for pairs takes little memory."""

    def __init__(self) -> None:
        self._parts = [bytearray() for _ in range(_PARTS)]

    def add(self, keys: bytes) -> None:
        """16 bytes of key and 8 of index, any number of times."""
        for at in range(0, len(keys), _ENTRY):
            self._parts[keys[at]] += keys[at : at + _ENTRY]

    def found(self) -> Iterator[tuple[int, int]]:
        """(index, first index) of every act whose key stood on the ledger before."""
        for part in self._parts:
            first: dict[bytes, bytes] = {}
            for at in range(0, len(part), _ENTRY):
                key, index = bytes(part[at : at + 16]), bytes(part[at + 16 : at + _ENTRY])
                before = first.setdefault(key, index)
                if before != index:
                    yield int.from_bytes(index, "big"), int.from_bytes(before, "big")
