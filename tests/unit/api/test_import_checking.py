"""Cells to rows: what goes in, what is rejected, and that nothing is guessed."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.importing.checking import check_table
from api.importing.mapping import Mapping
from api.importing.reading import REASON, Cell, Table, open_table
from api.importing.rejects import write_rejects
from api.importing.rows import Bad, Row, content_digest
from api.importing.times import BadTime, read_time
from domain import id_number

CHINA = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
MAPPING = Mapping(
    "s", "case", "act", "time", "who", ("key",), keep=("note",), personal=("name", "id"), id_number=("id",)
)
COLUMNS = ("key", "case", "act", "who", "time", "note", "name", "id")
NOBODY = "999999194602140120"
"""A number that fits but is nobody's: there is no region 999999."""


def check(*rows: list[Cell], mapping: Mapping = MAPPING, columns: tuple[str, ...] = COLUMNS) -> list[Row | Bad]:
    numbered = list(enumerate(rows, 2))
    return list(check_table(Table(columns, lambda: iter(numbered), "0" * 64, False), mapping, NOW))


def a_row(**changed: Cell) -> list[Cell]:
    cells: dict[str, Cell] = dict(
        zip(COLUMNS, ("k1", "c1", "受理", "w", "2020-01-02 03:04", "n", "甲", NOBODY), strict=True)
    )
    return list((cells | changed).values())


def reasons(row: list[Cell]) -> str:
    (found,) = check(row)
    assert isinstance(found, Bad)
    return "; ".join(found.reasons)


def test_a_good_row_says_what_its_columns_say():
    (row,) = check(a_row())
    assert isinstance(row, Row)
    assert (row.number, row.case, row.key, row.activity, row.actor) == (2, "c1", "k1", "受理", "w")
    assert row.time == "2020-01-02T03:04:00+08:00"
    assert (row.kept, row.personal) == ({"note": "n"}, {"name": "甲", "id": NOBODY})


def test_empty_columns_are_left_out_and_an_empty_actor_stays_empty():
    (row,) = check(a_row(who="", note=" ", name="", id=""))
    assert isinstance(row, Row)
    assert (row.actor, row.kept, row.personal) == ("", {}, {})


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"case": ""}, "case: .*is empty"),
        ({"act": " "}, "act: .*is empty"),
        ({"key": ""}, "key: .*is empty"),
        ({"time": ""}, "time: .*is empty"),
        ({"key": "~k"}, "begins with no ~"),
        ({"case": "x" * 501}, "longer than 500"),
        ({"note": "x" * 4001}, "longer than 4000"),
        ({"name": "x" * 3001}, "longer than 3000"),
        ({"note": f"见 {NOBODY} 档"}, "note: .*must not stand in the clear"),
        ({"case": NOBODY}, "case: .*must not stand in the clear"),
        ({"case": 1.23456789012345e17}, "case: .*a spreadsheet rounded"),
        ({"key": "1.2E+17"}, "key: .*a spreadsheet rounded"),
        ({"note": 6222000000000000.0}, "note: .*a spreadsheet rounded"),
        ({"time": 43832.5}, "bare number"),
        ({"time": "2031-01-01"}, "in the future"),
        ({"id": "999999194602140121"}, "check digit"),
        ({"id": "99999919460230012"}, "18 characters"),
        ({"id": "999999194602300120"}, "no day"),
        ({"id": 999999194602140120}, "stored as a number"),
        ({"id": 999999501001123.0}, "stored as a number"),
        ({"id": "9.99999E+17"}, "a spreadsheet rounded"),
        ({"id": "９９９９９９１９４６０２１４０１２０"}, "18 characters"),
    ],
)
def test_a_bad_cell_is_named_with_its_column_and_the_reason(changed: dict[str, Cell], says: str):
    assert re.search(says, reasons(a_row(**changed)))


def test_every_reason_is_told_not_the_first():
    text = reasons(a_row(case="", time="?", id="1"))
    assert all(name in text for name in ("case:", "time:", "id:"))


def test_no_reason_repeats_what_is_personal():
    assert "0121" not in reasons(a_row(id="999999194602140121"))


def test_old_numbers_of_fifteen_digits_and_a_small_x_are_taken():
    with_x = (
        next(first17 for n in range(1000) if id_number.check_digit(first17 := f"99999919460214{n:03}") == "X") + "X"
    )
    first, second = check(a_row(id="999999501001123"), a_row(id=with_x.lower(), key="k2"))
    assert isinstance(first, Row)
    assert isinstance(second, Row)
    assert second.personal["id"] == with_x


def ending_in_000() -> str:
    return next(
        number
        for region in range(999900, 999999)
        if id_number.fault(number := f"{region}19460214" + "0000") is None and id_number.maybe_rounded(number)
    )


def test_a_number_that_may_be_rounded_is_rejected_unless_its_column_shows_otherwise_or_somebody_says_so():
    suspect = ending_in_000()
    assert "ends in 000" in reasons(a_row(id=suspect))
    assert all(isinstance(row, Row) for row in check(a_row(id=suspect), a_row(key="k2")))
    (said,) = check(a_row(id="'" + suspect))
    assert isinstance(said, Row)
    assert said.personal["id"] == suspect


def test_a_row_with_more_or_fewer_cells_than_columns_is_rejected():
    assert "8 column names" in reasons([*a_row(), "stray"])
    assert "8 column names" in reasons(a_row()[:-1])
    (row,) = check([*a_row(), "", " "])
    assert isinstance(row, Row)


def test_a_key_of_several_columns_cannot_be_mistaken_for_another():
    mapping = Mapping("s", "case", "act", "time", row=("key", "note"))
    one, other = check(a_row(key="a,b", note="c"), a_row(key="a", note="b,c"), mapping=mapping)
    assert one.key != other.key


def test_a_bad_row_keeps_what_tells_it_apart():
    (found,) = check(a_row(id="1"))
    assert isinstance(found, Bad)
    assert (found.case, found.key) == ("c1", "k1")


def test_the_digest_depends_on_every_word_and_on_personal_ones_only_under_the_secret():
    base, *others = check(
        a_row(), a_row(act="x"), a_row(who="x"), a_row(note="x"), a_row(name="x"), a_row(time="2020-01-02 03:05")
    )
    assert isinstance(base, Row)
    digests = {content_digest(row, b"k" * 32) for row in (base, *others) if isinstance(row, Row)}
    assert len(digests) == 6
    assert content_digest(base, b"l" * 32) not in digests
    (same,) = check(a_row(key="another"))
    assert isinstance(same, Row)
    assert content_digest(same, b"k" * 32) == content_digest(base, b"k" * 32)


# -- times ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2021-06-22", "2021-06-22T00:00:00+08:00"),
        ("2021/6/2 8:05", "2021-06-02T08:05:00+08:00"),
        ("2021.06.22 08:05:09", "2021-06-22T08:05:09+08:00"),
        ("2021年6月22日", "2021-06-22T00:00:00+08:00"),
        ("2021年6月22日 8时05分", "2021-06-22T08:05:00+08:00"),
        ("2011-10-11 13:45:40.276000+02:00", "2011-10-11T13:45:40.276000+02:00"),
        ("2021-06-22T08:05:09Z", "2021-06-22T08:05:09+00:00"),
    ],
)
def test_times_that_begin_with_the_year_are_read_as_they_stand(text: str, means: str):
    assert read_time(text, (), CHINA).isoformat() == means


@pytest.mark.parametrize(
    "text", ["22/06/2021", "2021-13-01", "2021-02-30", "2021-06-22 25:00", "20210622", "昨天", "2021-06-22 08:05 PM"]
)
def test_other_times_are_not_guessed(text: str):
    with pytest.raises(BadTime, match="not understood"):
        read_time(text, (), CHINA)


def test_named_formats_are_used_and_an_ambiguous_pair_is_refused():
    assert read_time("22.06.2021", ("%d.%m.%Y",), CHINA).date() == date(2021, 6, 22)
    assert read_time("2021-06-22T08:00:00", ("%d.%m.%Y",), CHINA).date() == date(2021, 6, 22)
    with pytest.raises(BadTime, match="two ways"):
        read_time("01/02/2021", ("%d/%m/%Y", "%m/%d/%Y"), CHINA)
    assert read_time("22/02/2021", ("%d/%m/%Y", "%m/%d/%Y"), CHINA).date() == date(2021, 2, 22)


def test_a_spreadsheets_zero_date_and_an_hour_that_happened_twice_are_refused():
    with pytest.raises(BadTime, match="before 1902"):
        read_time(datetime(1899, 12, 30), (), CHINA)
    with pytest.raises(BadTime, match="clocks were changed"):
        read_time("2021-10-31 02:30", (), ZoneInfo("Europe/Amsterdam"))
    with pytest.raises(BadTime, match="clocks were changed"):
        read_time("2021-03-28 02:30", (), ZoneInfo("Europe/Amsterdam"))
    with pytest.raises(BadTime, match="whole-minute"):
        read_time("1920-01-01", (), ZoneInfo("Europe/Amsterdam"))


# -- the list of rejected rows ----------------------------------------------------------------------------------------


def test_rejected_rows_are_listed_in_a_private_file_that_reads_back_as_it_was(tmp_path: Path):
    path = tmp_path / "x.csv"
    rows = "\n".join(["k2,c1,a,w,2020-01-01,=1+1,'甲,00123", "k3,c2,a,w,bad,n,乙," + NOBODY])
    path.write_text(",".join(COLUMNS) + "\n" + rows + "\n", "utf-8")
    table = open_table(path, MAPPING)
    bad = {row.number: row for row in check_table(table, MAPPING, NOW) if isinstance(row, Bad)}
    written = write_rejects(path, table, bad)
    assert written.name == "x.csv.rejected.csv"
    assert written.stat().st_mode & 0o777 == 0o600
    assert written.read_bytes().startswith(b"\xef\xbb\xbf")
    again = open_table(written, MAPPING)
    assert [cells[:-1] for _, cells in again.rows()] == [cells for _, cells in table.rows()]
    assert REASON in again.columns
    assert again.refed


def test_a_list_that_somebody_may_be_correcting_is_not_overwritten(tmp_path: Path):
    table = Table(("a",), lambda: iter([(2, ["x"]), (3, ["y"])]), "0" * 64, False)
    path = tmp_path / "x.csv"
    first = write_rejects(path, table, {2: Bad(2, ("r",))})
    assert write_rejects(path, table, {2: Bad(2, ("r",))}) == first
    first.write_text("being corrected", "utf-8")
    second = write_rejects(path, table, {2: Bad(2, ("r",))})
    assert second.name == "x.csv.rejected-2.csv"
    assert first.read_text("utf-8") == "being corrected"
    assert write_rejects(path, table, {2: Bad(2, ("r",)), 3: Bad(3, ("s",))}, instead_of=second) == second
    assert sorted(file.name for file in tmp_path.iterdir()) == [second.name, first.name]
