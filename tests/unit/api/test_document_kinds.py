"""What a document is, is told from its bytes."""

from pathlib import Path

import pytest

from api.documents.kinds import MEDIA_TYPES, kind_of
from tests.documents import PDF, package

OOXML = ("[Content_Types].xml", "_rels/.rels")

KEPT = {
    "pdf": [PDF],
    "jpeg": [b"\xff\xd8\xff\xe0\x00\x10JFIF", b"\xff\xd8\xff\xe1"],
    "png": [b"\x89PNG\r\n\x1a\n\x00"],
    "tiff": [b"II*\x00\x08\x00", b"MM\x00*\x00\x00"],
    "text": [b"a", "公示\r\n\t七日".encode(), "公示".encode("utf-8-sig"), "核对报告".encode("gb18030")],
    "xlsx": [package(*OOXML, "xl/workbook.xml")],
    "docx": [package("word/document.xml", *OOXML)],
    "ofd": [package("OFD.xml", "Doc_0/Document.xml")],
}
NOT_KEPT = {
    "nothing": b"",
    "a program": b"\x7fELF\x02\x01\x01\x00",
    "a Windows program": b"MZ\x90\x00\x03\x00",
    "an old Office file": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "any archive": package("a.txt"),
    "an empty archive": package(),
    "a workbook with macros": package(*OOXML, "xl/workbook.xml", "xl/vbaProject.bin"),
    "a workbook with a program": package(*OOXML, "xl/workbook.xml", "xl/embeddings/A.EXE"),
    "half an archive": package(*OOXML, "xl/workbook.xml")[:-30],
    "text with a NUL": b"text\x00",
    "text with an escape": b"\x1b[2J",
    "no text in any encoding": b"\x81\xff\xff",
    "a PDF's name alone": b"\x00%PDF-1.7",
}


def test_every_kind_is_tried():
    assert set(KEPT) == set(MEDIA_TYPES)


@pytest.mark.parametrize(("kind", "content"), [(kind, each) for kind, some in KEPT.items() for each in some])
def test_a_document_is_told_from_its_bytes(tmp_path: Path, kind: str, content: bytes):
    path = tmp_path / "paper.exe"
    path.write_bytes(content)
    assert kind_of(path) == kind


@pytest.mark.parametrize("what", NOT_KEPT)
def test_anything_else_is_none(tmp_path: Path, what: str):
    path = tmp_path / "paper.pdf"
    path.write_bytes(NOT_KEPT[what])
    assert kind_of(path) is None


def test_text_that_goes_bad_late_is_no_text(tmp_path: Path):
    path = tmp_path / "long"
    path.write_bytes("明账\n".encode() * 100_000)
    assert kind_of(path) == "text"
    with path.open("ab") as file:
        file.write(b"\x00")
    assert kind_of(path) is None


def test_an_archive_that_says_its_list_is_huge_is_not_read(tmp_path: Path):
    path = tmp_path / "bomb"
    content = bytearray(package(*OOXML, "xl/workbook.xml"))
    content[-10:-6] = (1 << 31).to_bytes(4, "little")
    path.write_bytes(content)
    assert kind_of(path) is None
