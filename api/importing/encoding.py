"""What encoding a text file is in: found out where that is certain, asked for where it is not."""

from __future__ import annotations

import codecs
from pathlib import Path

from api.importing.stopped import Stopped

_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def find_encoding(path: Path, wanted: str) -> str:
    """The name of a codec that reads the whole file: `wanted`, or for "auto" UTF-8 (with or without a byte order
    mark), UTF-16 with one, or GB18030. Raises `Stopped` where nothing fits, or two could."""
    with path.open("rb") as file:
        start = file.read(4)
    marked = next((codec for bom, codec in _BOMS if start.startswith(bom)), None)
    if wanted.lower() != "auto":
        return _named(path, wanted, marked)
    if marked:
        return _named(path, marked, None)
    fault = first_fault(path, "utf-8")
    if fault is None:
        return "utf-8"
    if first_fault(path, "gb18030") is None and not _mostly_utf8(path):
        return "gb18030"
    raise Stopped(
        f"{path.name}: 编码无法确定 the encoding could not be told: byte {fault} is not UTF-8, and the file is not "
        "clean GB18030 either, or looks like damaged UTF-8. Save it again as UTF-8; an import's mapping may name "
        "another encoding under [file]."
    )


def _named(path: Path, name: str, marked: str | None) -> str:
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        raise Stopped(f"没有这种编码 There is no encoding {name!r}; write utf-8, gb18030 or auto.") from None
    if codec == "utf-8" and marked == "utf-8-sig":
        codec = marked
    fault = first_fault(path, codec)
    if fault is not None:
        raise Stopped(f'{path.name}: 第 {fault} 字节不是 {name} byte {fault} is not {name}; try encoding = "auto".')
    return codec


def first_fault(path: Path, codec: str) -> int | None:
    """The offset near which the file stops being `codec`; None where it never does."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    offset = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return max(0, offset + error.start)
            if not chunk:
                return None
            offset += len(chunk)


def _mostly_utf8(path: Path) -> bool:
    """Whether more of the file's characters beyond ASCII are good UTF-8 than are not: GB18030 never reads so."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    good = bad = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            text = decoder.decode(chunk)
            broken = text.count("�")
            bad += broken
            good += sum(1 for character in text if character > "߿") - broken
    return good > bad
