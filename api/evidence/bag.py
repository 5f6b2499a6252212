"""A BagIt bag (RFC 8493), zipped in the one canonical way: the same content gives the same bytes.

Entries stand in bytewise order of their names, stored or deflated, dated 1980-01-01, without directories, comments or
extra fields, below one folder.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from ledger.errors import LedgerError, Refused

LARGEST = 2**31 - 1
"""Bytes of a bundle: beyond this a ZIP file needs records that not every reader knows."""
MOST_ENTRIES = 60_000
"""A ZIP file without those records has at most 65,535."""
_PIECE = 1 << 20
_LEVEL = 6
_MODE = 0o100644 << 16
_TINY = 200
"""Bytes under which deflating gains nothing."""


@dataclass(frozen=True, slots=True)
class Content:
    """One file of the bag: its bytes, or the file that holds them; `sha256` and `size` of what it must be."""

    source: bytes | Path
    sha256: str
    size: int

    @classmethod
    def of(cls, content: bytes) -> "Content":
        """Bytes in memory."""
        return cls(content, sha256(content).hexdigest(), len(content))

    def pieces(self) -> Iterable[bytes]:
        """The bytes, in bounded pieces. Raises OSError as it comes."""
        if isinstance(self.source, bytes):
            yield self.source
            return
        with self.source.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece


def write_bag(
    file: BinaryIO,
    folder: str,
    payload: Mapping[str, Content],
    tags: Mapping[str, bytes],
    info: Iterable[tuple[str, str]],
) -> None:
    """Write the zipped bag of `payload` (names below `data/`) and tag files into an empty seekable `file`.

    Raises `Refused` (`evidence.too-large`), and `LedgerError` (`evidence.changed`) where a document's file is not, or
    no longer, the one it was: then nothing of what was written is worth anything.
    """
    octets = sum(content.size for content in payload.values())
    if octets > LARGEST or len(payload) > MOST_ENTRIES:
        raise Refused(
            f"the bundle would have {len(payload)} files and {octets} bytes: ask for fewer cases or a shorter period",
            code="evidence.too-large",
            files=len(payload),
            bytes=octets,
        )
    declared = [*info, ("Payload-Oxum", f"{octets}.{len(payload)}")]
    all_tags = {
        **tags,
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": "".join(f"{label}: {value}\n" for label, value in declared).encode(),
        "manifest-sha256.txt": _manifest({f"data/{name}": content.sha256 for name, content in payload.items()}),
    }
    all_tags["tagmanifest-sha256.txt"] = _manifest(
        {name: sha256(content).hexdigest() for name, content in all_tags.items()}
    )
    entries = {name: Content.of(content) for name, content in all_tags.items()}
    entries |= {f"data/{name}": content for name, content in payload.items()}
    with ZipFile(file, "w") as archive:
        for name in sorted(entries, key=str.encode):
            _write(archive, f"{folder}/{name}", entries[name])


def _manifest(digests: Mapping[str, str]) -> bytes:
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items())).encode()


def _write(archive: ZipFile, name: str, content: Content) -> None:
    entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.create_system = 3  # so that the mode below is one
    entry.external_attr = _MODE
    entry.file_size = content.size
    # Scans are compressed already.
    entry.compress_type = ZIP_STORED if isinstance(content.source, Path) or content.size < _TINY else ZIP_DEFLATED
    entry._compresslevel = _LEVEL  # type: ignore[attr-defined]
    hashed, size = sha256(), 0
    with archive.open(entry, "w") as target:
        for piece in content.pieces():
            hashed.update(piece)
            size += len(piece)
            target.write(piece)
    if (hashed.hexdigest(), size) != (content.sha256, content.size):
        raise LedgerError(f"{name} changed while it was read", code="evidence.changed", name=name)
