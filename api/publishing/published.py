"""What the publishing process has published, as a worker sees it: read again whenever the file is another one."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from api.publishing.directory import CHECKPOINT, COSIGNED, TileDirectory
from ledger.checkpoint import open_checkpoint
from ledger.note import NoteKey
from ledger.store import Head


@dataclass(frozen=True, slots=True)
class Publication:
    """A head that was published: the signed note, and when its file was written (POSIX seconds)."""

    head: Head
    note: str
    at: float


class Published:
    """The checkpoint files of DATA/tlog. Any thread may ask."""

    def __init__(self, directory: TileDirectory, origin: str, keys: Sequence[NoteKey]) -> None:
        self.directory = directory
        self._origin, self._keys = origin, tuple(keys)
        self._seen: dict[str, tuple[tuple[int, int], Publication]] = {}

    def latest(self) -> Publication | None:
        """The latest head that was signed and published, None before the first one.

        Raises `NoteError` where the file is none of this ledger's.
        """
        return self._read(CHECKPOINT)

    def cosigned(self) -> Publication | None:
        """The latest head that a quorum of witnesses had cosigned when it was published. Raises as `latest` does."""
        return self._read(COSIGNED)

    def _read(self, name: str) -> Publication | None:
        with suppress(FileNotFoundError):
            found = os.stat(self.directory.root / name)
            mark = found.st_ino, found.st_mtime_ns
            known = self._seen.get(name)
            if known is not None and known[0] == mark:
                return known[1]
            note = self.directory.read_note(name)
            if note is not None:
                checkpoint = open_checkpoint(note, self._keys, self._origin)
                read = Publication(Head(checkpoint.size, checkpoint.root), note, found.st_mtime)
                # Had it been replaced between the two looks, the next one sees another mark.
                self._seen[name] = mark, read
                return read
        return None
