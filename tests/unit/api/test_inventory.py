"""An inventory of papers is read as offices keep it, and what cannot be read is named."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from api.documents.inventory import BadRow, Row, read_inventory
from api.importing.stopped import Stopped
from tests.spreadsheets import write_xlsx

CASE = UUID("5e0c1f5e-0000-4000-8000-000000000001")
SHELF = "610924100/2/14"


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "inventory.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_headings_in_any_order_and_encoding(tmp_path: Path, encoding: str):
    text = (
        f"序号,存放处,材料种类,页数,案件编号\n1,{SHELF},申请书,2,{CASE}\n2,{SHELF},identity,4 页,{str(CASE).upper()}\n"
    )
    rows, bad = read_inventory(written(tmp_path, text, encoding))
    assert rows == [Row(2, CASE, "application", None, 2, SHELF), Row(3, CASE, "identity", None, 4, SHELF)]
    assert bad == []


def test_english_headings_and_digests(tmp_path: Path):
    text = f"Case;Kind;SHA256;Shelf\n{CASE};visit_form;{'AB' * 32};{SHELF}\n\n"
    assert read_inventory(written(tmp_path, text))[0] == [Row(2, CASE, "visit_form", "ab" * 32, None, SHELF)]


def test_a_spreadsheet_with_numbers_as_numbers(tmp_path: Path):
    path = write_xlsx(
        tmp_path / "inventory.xlsx",
        {"清单": [["案件编号", "材料种类", "页数", "存放处"], [str(CASE), "公示及照片", 3, SHELF], [None] * 4]},
    )
    assert read_inventory(path) == ([Row(2, CASE, "posting", None, 3, SHELF)], [])


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (("5e0c", "申请书", "2", SHELF), "案件编号"),
        ((str(CASE), "申请材料", "2", SHELF), "申请材料"),
        ((str(CASE), "申请书", "二", SHELF), "页数"),
        ((str(CASE), "申请书", "0", SHELF), "页数"),
        ((str(CASE), "申请书", "2.5", SHELF), "页数"),
        ((str(CASE), "申请书", "", SHELF), "摘要和页数"),
        ((str(CASE), "申请书", "2", "二楼档案室"), "存放处"),
        ((str(CASE), "申请书", "2", ""), "存放处"),
        ((str(CASE), "申请书"), "摘要和页数"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_its_reason(tmp_path: Path, cells: tuple[str, ...], reason: str):
    text = f"案件编号,材料种类,页数,存放处\n{CASE},申请书,2,{SHELF}\n{','.join(cells)}\n"
    rows, bad = read_inventory(written(tmp_path, text))
    assert [row.number for row in rows] == [2]
    assert [(one.number, one.case) for one in bad] == [(3, cells[0])]
    assert reason in bad[0].reason


def test_a_digest_that_is_none_is_named(tmp_path: Path):
    text = f"案件编号,材料种类,摘要,存放处\n{CASE},申请书,abc,{SHELF}\n"
    assert read_inventory(written(tmp_path, text))[1] == [
        BadRow(2, str(CASE), "摘要应为 64 位十六进制 no SHA-256: 'abc'")
    ]


@pytest.mark.parametrize(
    ("heading", "named"),
    [
        ("案件编号,材料种类,页数", "存放处"),
        ("案件编号,材料种类,存放处", "页数"),
        ("材料种类,页数,存放处", "案件编号"),
        ("案件编号,case,材料种类,页数,存放处", "重复"),
        ("", "案件编号"),
    ],
)
def test_a_table_without_its_columns_is_no_inventory(tmp_path: Path, heading: str, named: str):
    with pytest.raises(Stopped, match=named):
        read_inventory(written(tmp_path, f"{heading}\n{uuid4()},x,1\n"))


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path):
    with pytest.raises(Stopped, match=r"nothing\.csv"):
        read_inventory(tmp_path / "nothing.csv")
