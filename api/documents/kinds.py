"""What kind of file a document is, told from its bytes alone: names and Content-Types say what somebody hopes.

Scans and office files that carry no program. Nothing is opened or rendered here, only looked at in bounded memory.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from struct import error as StructError
from struct import unpack_from
from typing import BinaryIO

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tiff": "image/tiff",
    "text": "text/plain",
    "ofd": "application/ofd",  # 版式文档, GB/T 33190
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
"""Every kind that is kept."""

_MAGIC = (
    (b"%PDF-", "pdf"),  # ISO 32000-1 §7.5.2
    (b"\xff\xd8\xff", "jpeg"),  # ISO/IEC 10918-1 §B.1.1.3: SOI, then any marker
    (b"\x89PNG\r\n\x1a\n", "png"),  # PNG §5.2
    (b"II*\x00", "tiff"),  # TIFF 6.0 §2, little-endian
    (b"MM\x00*", "tiff"),  # big-endian
)
_PACKAGES = (("xl/workbook.xml", "xlsx"), ("word/document.xml", "docx"), ("OFD.xml", "ofd"))
"""The member that makes a ZIP archive one of these (ECMA-376 part 2; GB/T 33190 §7.1)."""
_PROGRAMS = ("vbaproject.bin", ".exe", ".dll", ".js", ".vbs")
_END, _ENTRY = b"PK\x05\x06", b"PK\x01\x02"
_END_SIZE, _ENTRY_SIZE, _COMMENT = 22, 46, 0xFFFF
_MOST_DIRECTORY = 1 << 20
"""Bytes of a ZIP's list of members: an office file's is a few kilobytes."""
_CHUNK = 1 << 18
_CONTROLS = bytes({*range(32), 0x7F} - set(b"\t\n\r\f"))
"""No character of UTF-8 or GB18030 has any of these bytes inside."""


def kind_of(path: Path) -> str | None:
    """The kind of a file, a key of `MEDIA_TYPES`; None where it is no document that is kept here, or empty."""
    with path.open("rb") as file:
        start = file.read(8)
        for magic, kind in _MAGIC:
            if start.startswith(magic):
                return kind
        if start.startswith(b"PK\x03\x04"):
            return _package(file)
        return "text" if start and (_is_text(file, "utf-8-sig") or _is_text(file, "gb18030")) else None


def _is_text(file: BinaryIO, codec: str) -> bool:
    """Whether the whole file is text in this encoding, with no character that only machines write."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    file.seek(0)
    try:
        while True:
            chunk = file.read(_CHUNK)
            decoder.decode(chunk, final=not chunk)
            if len(chunk.translate(None, _CONTROLS)) < len(chunk):
                return False
            if not chunk:
                return True
    except UnicodeDecodeError:
        return False


def _package(file: BinaryIO) -> str | None:
    """The kind of office file that a ZIP archive is; None for any other, and for one with a program inside."""
    names = _members(file)
    if any(name.lower().endswith(_PROGRAMS) for name in names):
        return None
    return next((kind for member, kind in _PACKAGES if member in names), None)


def _members(file: BinaryIO) -> set[str]:
    """The names in a ZIP archive's central directory (APPNOTE §4.3.12, §4.3.16); none where it is damaged, huge, or of
    more than one part."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_SIZE - _COMMENT))
    tail = file.read()
    at = tail.rfind(_END)
    try:
        length, offset = unpack_from("<II", tail, at + 12) if at >= 0 else (0, 0)
        if length > _MOST_DIRECTORY:
            return set()
        file.seek(offset)
        directory, names, here = file.read(length), set(), 0
        while directory[here : here + 4] == _ENTRY:
            name, extra, comment = unpack_from("<HHH", directory, here + 28)
            start = here + _ENTRY_SIZE
            names.add(directory[start : start + name].decode("utf-8", "replace"))
            here = start + name + extra + comment
    except StructError:
        return set()
    return names if here == length else set()
