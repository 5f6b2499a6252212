"""Exports as tables: encodings, delimiters, spreadsheets."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.importing.checking import check_table
from api.importing.mapping import Mapping
from api.importing.reading import REASON, Cell, Table, open_table, text_of
from api.importing.rows import Bad, Row
from api.importing.stopped import Stopped
from tests.spreadsheets import Serial, write_xlsx

MAPPING = Mapping("s", "案号", "环节", "时间")
TEXT = "案号,环节,时间\n一,受理,2020-01-01\n二,审核,2020-01-02\n"


def table_of(tmp_path: Path, content: bytes, mapping: Mapping = MAPPING) -> Table:
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    return open_table(path, mapping)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_usual_encodings_are_told_apart(tmp_path: Path, encoding: str):
    table = table_of(tmp_path, TEXT.encode(encoding))
    assert table.columns == ("案号", "环节", "时间")
    assert [cells[0] for _, cells in table.rows()] == ["一", "二"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_usual_delimiters_are_told_apart(tmp_path: Path, delimiter: str):
    assert table_of(tmp_path, TEXT.replace(",", delimiter).encode()).columns == ("案号", "环节", "时间")


def test_a_utf8_file_with_a_broken_byte_is_not_taken_for_gb18030(tmp_path: Path):
    broken = (TEXT * 20).encode() + b"\x81\x30 \xce\xd2"
    with pytest.raises(Stopped, match="damaged UTF-8"):
        table_of(tmp_path, broken)


def test_a_named_encoding_is_held_to(tmp_path: Path):
    mapping = Mapping("s", "案号", "环节", "时间", encoding="utf-8")
    with pytest.raises(Stopped, match="byte 0 is not utf-8"):
        table_of(tmp_path, TEXT.encode("gb18030"), mapping)
    assert table_of(tmp_path, TEXT.encode("utf-8-sig"), mapping).columns[0] == "案号"
    with pytest.raises(Stopped, match="no encoding 'klingon'"):
        table_of(tmp_path, b"x", Mapping("s", "案号", "环节", "时间", encoding="klingon"))


def test_rows_are_numbered_as_a_spreadsheet_does_and_empty_ones_left_out(tmp_path: Path):
    table = table_of(tmp_path, '案号,环节,时间\n\n一,"两\n行",x\n,,\n二,b,y\n'.encode())
    assert [(number, cells[0]) for number, cells in table.rows()] == [(3, "一"), (5, "二")]


def test_rows_can_be_read_as_often_as_needed(tmp_path: Path):
    table = table_of(tmp_path, TEXT.encode())
    assert list(table.rows()) == list(table.rows())


def test_missing_columns_are_named_with_those_that_are_there(tmp_path: Path):
    with pytest.raises(Stopped, match=r"no column '环节', '时间'.*It has: '案号', '节点'"):
        table_of(tmp_path, "案号,节点\n1,2\n".encode())


def test_a_column_that_stands_twice_is_refused(tmp_path: Path):
    with pytest.raises(Stopped, match="two columns called '环节'"):
        table_of(tmp_path, "案号,环节,环节,时间\n".encode())


def test_the_header_may_stand_below_a_title(tmp_path: Path):
    mapping = Mapping("s", "案号", "环节", "时间", header=3)
    table = table_of(tmp_path, ("某县台账,,\n制表,,\n" + TEXT).encode(), mapping)
    assert [number for number, _ in table.rows()] == [4, 5]
    sheet = write_xlsx(tmp_path / "t.xlsx", {"表": [["某县台账"], [], ["案号", "环节", "时间"], ["一", "受理", "x"]]})
    assert [(number, cells[0]) for number, cells in open_table(sheet, mapping).rows()] == [(4, "一")]


def test_a_quotation_mark_that_is_never_closed_is_found_and_not_swallowed(tmp_path: Path):
    table = table_of(tmp_path, '案号,环节,时间\n一,"受理,x\n二,b,y\n'.encode())
    with pytest.raises(Stopped, match="never closed"):
        list(table.rows())


@pytest.mark.parametrize("content", [b"<html><table>", b"\xef\xbb\xbf<?xml version='1.0'?>", b"\r\n <TABLE>"])
def test_a_web_page_that_calls_itself_a_spreadsheet_is_recognised(tmp_path: Path, content: bytes):
    with pytest.raises(Stopped, match="save it as XLSX or CSV"):
        table_of(tmp_path, content)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(Stopped, match=r"none\.csv cannot be read"):
        open_table(tmp_path / "none.csv", MAPPING)


def test_an_empty_file_has_no_columns(tmp_path: Path):
    with pytest.raises(Stopped, match="It has: none"):
        table_of(tmp_path, b"")


def test_cells_of_a_spreadsheet_keep_their_types(tmp_path: Path):
    rows: list[list[object]] = [["案号", "环节", "时间"], [17, "受理", Serial(44368.5)]]
    (found,) = open_table(write_xlsx(tmp_path / "t.xlsx", {"表": rows}), MAPPING).rows()
    assert found == (2, [17.0, "受理", datetime(2021, 6, 21, 12)])


def test_the_sheet_with_the_columns_is_found_and_two_of_them_are_asked_about(tmp_path: Path):
    good = [["案号", "环节", "时间"], ["一", "a", "b"]]
    path = write_xlsx(tmp_path / "t.xlsx", {"封面": [["说明"]], "明细": good})
    assert len(list(open_table(path, MAPPING).rows())) == 1
    path = write_xlsx(tmp_path / "t.xlsx", {"一月": good, "二月": good})
    with pytest.raises(Stopped, match=r"一月, 二月.*name one"):
        open_table(path, MAPPING)
    named = Mapping("s", "案号", "环节", "时间", sheet="二月")
    assert len(list(open_table(path, named).rows())) == 1
    with pytest.raises(Stopped, match="no sheet '三月'"):
        open_table(path, Mapping("s", "案号", "环节", "时间", sheet="三月"))


def test_a_broken_spreadsheet_is_refused_with_a_reason(tmp_path: Path):
    with pytest.raises(Stopped, match="the spreadsheet cannot be read"):
        table_of(tmp_path, b"PK\x03\x04" + b"rubbish" * 9)


def test_the_apostrophes_of_a_list_of_rejected_rows_are_taken_off_again(tmp_path: Path):
    table = table_of(tmp_path, f"案号,环节,时间,{REASON}\n'007,''s,'2020,because\n".encode())
    assert table.refed
    assert list(table.rows()) == [(2, ["007", "'s", "2020", "because"])]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (" a ", "a"),
        (3.0, "3"),
        (412.5, "412.5"),
        (True, "TRUE"),
        (999999999999999.0, "999999999999999"),
        (6222000000000000.0, "6.22200000000000E+15"),
        (float("nan"), "nan"),
        (datetime(2021, 6, 22, 8, 5), "2021-06-22T08:05:00"),
    ],
)
def test_a_cell_is_written_as_text_in_one_way_and_lost_digits_stay_visible(cell: Cell, text: str):
    assert text_of(cell) == text


def test_an_old_xls_is_read_like_the_others():
    """The file was written by xlwt 1.3 from our sample; its third row has an ID number stored as a number."""
    mapping = Mapping("s", "业务编号", "环节", "办理时间", personal=("身份证号",), id_number=("身份证号",))
    found = list(check_table(open_table(Path(__file__).with_name("legacy.xls"), mapping), mapping, datetime.now(UTC)))
    assert [row.number for row in found if isinstance(row, Bad)] == [4]
    assert isinstance(found[0], Row)
    assert found[0].time == "2019-03-04T09:12:00+08:00"
