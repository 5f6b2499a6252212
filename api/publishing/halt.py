"""DATA/halt.json: why nothing may be signed or recorded, from the publishing process to the workers.

It is there while the ledger contradicts a head that was signed for it, and holds that head as the evidence. The process
that wrote it takes it away once the ledger agrees again.
"""

import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from deploy.place import sync_directory
from ledger.errors import LedgerFaulty


@dataclass(frozen=True, slots=True)
class Reason:
    """`code`: `ledger.behind` or `ledger.forked`. The ledger had `size` lines, and `by` (the URL of a witness, or
    this machine's own memory) knows a head of `seen`; `note` is that head, signed, where it was shown."""

    code: str
    size: int
    seen: int
    by: str
    note: str | None

    def error(self) -> LedgerFaulty:
        """What everybody is told."""
        if self.code == "ledger.behind":
            what = f"the ledger has {self.size} lines, and {self.by} knows a signed head of {self.seen}: an older state"
            what += " was restored, or lines were lost. If a newer state exists, restore that one"
        else:
            what = f"the ledger is not the one of which {self.by} knows a signed head of {self.seen} lines: it was"
            what += " rewritten, or two ledgers sign with one key. Keep DATA as it is: it holds the evidence"
        return LedgerFaulty(
            f"{what}. Nothing is signed or recorded until people have looked; see 'A ledger behind' in"
            " deploy/README.md",
            code=self.code,
            size=self.size,
            seen=self.seen,
            by=self.by,
        )


class Halt:
    """The file. One process writes it, any thread of any process reads it."""

    def __init__(self, data: Path) -> None:
        self._path = data / "halt.json"
        self._seen: tuple[tuple[int, int], Reason] | None = None

    def reason(self) -> Reason | None:
        """Why, None where nothing halts. A file that cannot be read halts as well: `LedgerFaulty`, OSError."""
        with suppress(FileNotFoundError):
            found = os.stat(self._path)
            mark = found.st_ino, found.st_mtime_ns
            if self._seen is None or self._seen[0] != mark:
                try:
                    self._seen = mark, Reason(**orjson.loads(self._path.read_bytes()))
                except (ValueError, TypeError):
                    raise LedgerFaulty(
                        f"{self._path} cannot be read: look at it, nothing is signed meanwhile"
                    ) from None
            return self._seen[1]
        return None

    def set(self, reason: Reason) -> None:
        """Halt, durably. What halts already for the same reason is left as it is."""
        known: Any = None
        with suppress(LedgerFaulty):
            known = self.reason()
        if known == reason:
            return
        fresh = self._path.with_name(f".halt.{uuid4().hex}")
        with open(fresh, "wb") as file:
            file.write(orjson.dumps(asdict(reason)))
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self._path)
        sync_directory(self._path.parent)

    def clear(self) -> None:
        """Go on. Safe to repeat."""
        with suppress(FileNotFoundError):
            self._path.unlink()
            sync_directory(self._path.parent)
