"""The lines of a text file that anybody may have made: plain or gzipped, read within bounded memory."""

import gzip
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISREG
from typing import IO, cast

from ledger.errors import LedgerError
from ledger.faults import FaultLog
from ledger.line import MAX_LINE

_MIB = 1 << 20
_LONGEST_SKIPPED = 256 * _MIB
_TRUSTED_SIZE, _HIGHEST_RATIO = 64 * _MIB, 200
"""A ledger's lines hold hashes and signatures, which no packing makes smaller; what unpacks to so many times its size
is no ledger."""
_BOM = b"\xef\xbb\xbf"


class NotWhole(LedgerError):
    """Nothing in this file can be traced to a ledger's opening; `code` says why."""

    code = "file.part"


def read_file(path: Path, log: FaultLog) -> Iterator[bytes]:
    """The lines without their LF; of one that is too long, its beginning, longer than any line.

    What is damaged is a fault in `log`, and what is there is read. Raises OSError, and `NotWhole` for what is no text
    file of bounded size at all.
    """
    with path.open("rb") as raw:
        if not S_ISREG(os.fstat(raw.fileno()).st_mode):
            raise NotWhole(f"{path} is no ordinary file: copy what it yields to one", code="file.kind")
        magic = raw.peek(2)[:2]
        if magic in (b"\xff\xfe", b"\xfe\xff"):
            raise NotWhole(f"{path} is UTF-16 text: take the file as it was exported, UTF-8", code="file.kind")
        file = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if magic == b"\x1f\x8b" else raw
        try:
            yield from _lines(path, raw, file, log)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            log.add("file.damaged", where="file", detail=str(error))


def _lines(path: Path, raw: IO[bytes], file: IO[bytes], log: FaultLog) -> Iterator[bytes]:
    strip, is_first, bounds = False, True, _Bounds(path, raw, file)
    while line := file.readline(MAX_LINE + 2):
        bounds.count(len(line))
        if is_first and line.startswith(_BOM):
            log.add("file.damaged", where="file", detail="a byte order mark was put before line 0")
            line = line.removeprefix(_BOM)
        if line.endswith(b"\n"):
            line = line[:-1]
        elif len(line) == MAX_LINE + 2:
            _skip(file, bounds)
        else:
            log.add("file.damaged", where="file", detail="the last line has no LF")
        if is_first and line.endswith(b"}\r"):
            log.add("file.damaged", where="file", detail="lines end in CR LF: the file was transferred as text")
            strip = True
        is_first = False
        yield line.removesuffix(b"\r") if strip else line


def _skip(file: IO[bytes], bounds: "_Bounds") -> None:
    """The rest of a line."""
    skipped = 0
    while (rest := file.readline(_MIB)) and not rest.endswith(b"\n"):
        skipped += len(rest)
        bounds.count(len(rest))
        if skipped > _LONGEST_SKIPPED:
            raise NotWhole(
                f"{bounds.path} has a line of more than {_LONGEST_SKIPPED >> 20} MiB: no ledger has", code="file.kind"
            )


class _Bounds:
    """How much came out of how little."""

    def __init__(self, path: Path, raw: IO[bytes], file: IO[bytes]) -> None:
        self.path, self._raw, self._is_packed, self._read = path, raw, raw is not file, 0

    def count(self, length: int) -> None:
        """Raises `NotWhole` when a packed file turns out to be made to be large."""
        self._read += length
        if self._is_packed and self._read > _TRUSTED_SIZE and self._read > _HIGHEST_RATIO * self._raw.tell():
            raise NotWhole(
                f"{self.path} unpacks to more than {_HIGHEST_RATIO} times its size, as no ledger does; if you trust"
                " it, unpack it with gzip -d and verify the text",
                code="file.packed",
            )
