"""DATA/tlog: checkpoint and hash tiles as files, laid out as C2SP tlog-tiles has them, for any web server to serve.

Trusted: `checkpoint` alone, as this machine's own memory of what was signed here, kept outside the database on purpose.
A file is there whole or not at all, and durable before one that rests on it is written. Full tiles are never rewritten
once a checkpoint covers them; a partial tile goes when the full one stands, from which it can be cut.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ledger.tiles import TileName
from ledger.tree import TILE

CHECKPOINT = "checkpoint"
COSIGNED = "checkpoint.cosigned"
_FRESH = ".new"
"""Files being written; what a crash leaves there is swept at the next start."""


class TileDirectory:
    """One process writes, any number read. Raises OSError as it comes: a full disk, a missing right."""

    def __init__(self, data: Path) -> None:
        self.root = data / "tlog"
        self._dirty: set[Path] = set()

    def prepare(self) -> None:
        """Make the directory, and sweep what a crash left half-written."""
        shutil.rmtree(self.root / _FRESH, ignore_errors=True)
        (self.root / _FRESH).mkdir(parents=True, exist_ok=True)
        # A web server of another user may read it: there is nothing here that is not public.
        self.root.chmod(0o755)
        _sync(self.root.parent)

    def read_tile(self, name: TileName) -> bytes | None:
        """The hashes of a tile, 32 bytes each; a partial one also out of a wider one. None: it is not there."""
        for path in self._places(name):
            with suppress(FileNotFoundError, NotADirectoryError):
                content = path.read_bytes()
                if len(content) >= 32 * name.width:
                    return content[: 32 * name.width]
        return None

    def _places(self, name: TileName) -> Iterator[Path]:
        yield self._place(name)
        if name.width < TILE:
            yield self._place(TileName(name.level, name.n))
            yield from self._place(name).parent.glob("*")

    def put_tile(self, name: TileName, hashes: bytes, *, covered: bool) -> None:
        """Have a tile stand as it is now. `covered`: a checkpoint that was published covers it already.

        One that no checkpoint covers may be of lines that a crash of the database took away: it is put right.
        """
        path = self._place(name)
        with suppress(FileNotFoundError):
            there = path.stat().st_size == len(hashes) if covered else path.read_bytes() == hashes
            if there:
                return
        self._write(path, hashes)

    def has_full(self, name: TileName) -> bool:
        """Whether the tile's full file is there, as far as its size tells."""
        with suppress(FileNotFoundError):
            return self._place(TileName(name.level, name.n)).stat().st_size == 32 * TILE
        return False

    def drop_partial(self, level: int, n: int) -> None:
        """Remove what is left of a tile's partial files, now that the full one stands. Safe to repeat."""
        shutil.rmtree(self._place(TileName(level, n, 1)).parent, ignore_errors=True)

    def settle(self) -> None:
        """Have every file written so far stand durably under its name."""
        for directory in self._dirty:
            _sync(directory)
        self._dirty.clear()

    def read_note(self, name: str) -> str | None:
        """A checkpoint file as it stands, None where there is none yet."""
        with suppress(FileNotFoundError):
            return (self.root / name).read_text("utf-8")
        return None

    def put_note(self, name: str, note: str) -> None:
        """Write a checkpoint file, durably, after everything that it rests on."""
        self.settle()
        self._write(self.root / name, note.encode())
        self.settle()

    def remove_note(self, name: str) -> None:
        """Have no such file any more. Safe to repeat."""
        with suppress(FileNotFoundError):
            (self.root / name).unlink()
            _sync(self.root)

    def _place(self, name: TileName) -> Path:
        return self.root / "tile" / name.path()

    def _write(self, path: Path, content: bytes) -> None:
        if not path.parent.is_dir():
            self._make(path.parent)
        fresh = self.root / _FRESH / "file"
        with open(fresh, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # If we crash here, nothing has changed under the name; after it, the whole file stands there.
        os.replace(fresh, path)
        self._dirty.add(path.parent)

    def _make(self, directory: Path) -> None:
        if not directory.parent.is_dir():
            self._make(directory.parent)
        directory.mkdir(exist_ok=True)
        self._dirty.add(directory.parent)


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
