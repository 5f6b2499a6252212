"""The documents of the county's cases: DATA/documents/ab/abcd…, each under its own SHA-256, whole or not at all.

A document is written to `incoming/` first and takes its name by a link once it is on the disk: if we crash at any
point, no name stands for half a file. Nothing is ever overwritten. What a crash leaves in `incoming/` has no name that
anybody could ask for; it is swept away when it is a day old.

Trusted: nothing. Whoever may write to the directory can change a file; that is noticed by hashing it again.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import file_digest, sha256
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from api.documents.kinds import MEDIA_TYPES, kind_of
from ledger.errors import Conflict, NotDone, Refused

MAX_DOCUMENT = 64 * 1024 * 1024
"""Bytes of one document: a hundred pages, scanned at 300 dpi in grey."""
RESERVE = 1 << 30
"""Bytes that stay free on the disk: the database may live on it, and papers are not to stop the ledger."""
SWEPT_AFTER = 24 * 3600
"""Seconds."""

FULL: tuple[int, ...] = (errno.ENOSPC, errno.EDQUOT)
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Held:
    """A document as it was taken in. `new`: it was not there before."""

    sha256: str
    size: int
    kind: str
    new: bool


@dataclass(frozen=True)
class Store:
    """The directory, which need not be there yet."""

    root: Path

    @property
    def incoming(self) -> Path:
        """Where documents wait for their names."""
        return self.root / "incoming"

    def path(self, digest: str) -> Path:
        """Where the document with this SHA-256 (hex) stands, if it does."""
        assert DIGEST.fullmatch(digest)
        return self.root / digest[:2] / digest

    def size(self, digest: str) -> int | None:
        """Bytes of a document, None when it is not here. What they are is not looked at."""
        try:
            return self.path(digest).stat().st_size
        except FileNotFoundError:
            return None

    def names(self) -> tuple[list[str], list[Path]]:
        """Every document's digest, in order, and whatever else lies here: under no digest, or in no place of ours."""
        digests, strays = [], []
        for directory in sorted(self.root.iterdir()) if self.root.exists() else ():
            if directory == self.incoming:
                continue
            if directory.is_symlink() or not directory.is_dir():
                strays.append(directory)
                continue
            for path in sorted(directory.iterdir()):
                ours = DIGEST.fullmatch(path.name) and path.name[:2] == directory.name
                if ours and path.is_file() and not path.is_symlink():
                    digests.append(path.name)
                else:
                    strays.append(path)
        return digests, strays

    def unfinished(self) -> list[Path]:
        """What waits for its name, or was left by a crash."""
        return sorted(self.incoming.iterdir()) if self.incoming.exists() else []

    def hash(self, digest: str) -> str:
        """The SHA-256 of the file that has this name now. Raises OSError as it comes."""
        with self.path(digest).open("rb") as file:
            return file_digest(file, "sha256").hexdigest()

    @contextmanager
    def receive(self, digest: str) -> Iterator[Incoming]:
        """A document that is on its way, to be kept before the block ends. Whatever happens, no more is left of it.

        Raises `NotDone` (`document.no-room`), there and while it is written.
        """
        for directory in (self.root, self.incoming):
            _make(directory)
        path = self.incoming / uuid4().hex
        with _room(self.root):
            if shutil.disk_usage(self.root).free < RESERVE:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                yield Incoming(self, digest, path, file)
        finally:
            path.unlink()

    def sweep(self) -> None:
        """Remove what crashes have left in `incoming/`."""
        with suppress(FileNotFoundError):
            for path in self.incoming.iterdir():
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime < time.time() - SWEPT_AFTER:
                        path.unlink()


@dataclass
class Incoming:
    """A document that is being written. Belongs to one task; what touches the disk may run in threads."""

    store: Store
    digest: str
    path: Path
    file: IO[bytes]
    hashed: Any = field(default_factory=sha256)
    size: int = 0

    def write(self, data: bytes | bytearray) -> None:
        """Append. Raises `NotDone` (`document.no-room`)."""
        self.hashed.update(data)
        self.size += len(data)
        with _room(self.store.root):
            if shutil.disk_usage(self.store.root).free < RESERVE:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            view = memoryview(data)
            while view:
                view = view[self.file.write(view) or 0 :]

    def keep(self) -> Held:
        """Give it its name, durably; harmless when it stands there already.

        Raises `Refused` (`document.digest`, `document.kind`), `Conflict` (`document.altered`), `NotDone`.
        """
        if self.hashed.hexdigest() != self.digest:
            raise Refused(
                "the bytes have another SHA-256 than the address says",
                code="document.digest",
                sha256=self.digest,
                found=self.hashed.hexdigest(),
            )
        kind = kind_of(self.path)
        if kind is None:
            raise Refused("no kind of document that is kept here", code="document.kind", known=", ".join(MEDIA_TYPES))
        final = self.store.path(self.digest)
        with _room(self.store.root):
            os.fsync(self.file.fileno())
            _make(final.parent)
            try:
                os.link(self.path, final)
                new = True
            except FileExistsError:
                new = False
            # Not only when they are new: whoever made them first may not have come to this point.
            _sync(final.parent)
            _sync(self.store.root)
        if not new and self.store.hash(self.digest) != self.digest:
            raise Conflict(
                "a file stands under this digest whose bytes have another: it was altered",
                code="document.altered",
                sha256=self.digest,
                path=str(final),
            )
        return Held(self.digest, self.size, kind, new)


@contextmanager
def _room(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise NotDone(
            f"the disk of {root} is full but for the reserve: nothing was kept",
            code="document.no-room",
            reserve=RESERVE,
        ) from None


def _make(directory: Path) -> None:
    """Make a directory only its owner can enter; that it is there is on the disk when this returns."""
    with suppress(FileExistsError):
        directory.mkdir(mode=0o700)
        _sync(directory.parent)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
