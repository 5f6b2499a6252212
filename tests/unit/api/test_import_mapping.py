"""Mapping files."""

from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.importing.guessing import guess_mapping
from api.importing.mapping import Mapping, parse_mapping, read_mapping
from api.importing.sampling import write_sample
from api.importing.stopped import Stopped

LEAST = 'source = "s"\n[columns]\ncase = "C"\nactivity = "A"\ntime = "T"\n'


def test_the_least_mapping_names_source_case_activity_and_time():
    assert parse_mapping(LEAST) == Mapping("s", "C", "A", "T")


def test_a_full_mapping_says_everything_once():
    mapping = parse_mapping(
        'source = "s"\ncomplete = true\n[file]\nencoding = "gb18030"\ndelimiter = "\\t"\nsheet = "X"\nheader = 3\n'
        '[columns]\ncase = "C"\nactivity = "A"\nactor = "W"\ntime = "T"\nrow = ["R", "Q"]\nkeep = "K"\n'
        'personal = ["P", "I"]\nid_number = ["I"]\n[time]\nzone = "Europe/Amsterdam"\nformats = ["%d/%m/%Y"]\n'
    )
    assert mapping.columns == ("C", "A", "W", "T", "R", "Q", "K", "P", "I")
    assert (mapping.complete, mapping.header, mapping.sheet, mapping.delimiter) == (True, 3, "X", "\t")
    assert (mapping.zone, mapping.formats) == (ZoneInfo("Europe/Amsterdam"), ("%d/%m/%Y",))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("source = ", "not TOML"),
        (LEAST.replace("source", "sourc"), "did you mean `source`"),
        (LEAST + 'activty = "A"\n', "did you mean `activity`"),
        (LEAST.replace('case = "C"\n', ""), "`case` under \\[columns\\]"),
        (LEAST.replace('"C"', "1"), "`case` in \\[columns\\].*takes text"),
        (LEAST + "keep = [1]\n", "`keep`.*list of texts"),
        (LEAST + 'personal = ["C"]\n', "'C'.*cannot be personal"),
        (LEAST + 'id_number = ["I"]\n', "'I' must also be listed in `personal`"),
        (LEAST + 'personal = ["_sd"]\n', "cannot be called '_sd'"),
        (LEAST + '[time]\nzone = "Mars/Olympus"\n', "no time zone 'Mars/Olympus'"),
        (LEAST + "[file]\nheader = 0\n", "counted from 1"),
        (LEAST + '[file]\ndelimiter = "::"\n', "takes one character"),
        (LEAST + f"personal = {[f'p{n}' for n in range(129)]}\n", "room for 128"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_said_with_what_to_do(text: str, says: str):
    with pytest.raises(Stopped, match=says):
        parse_mapping(text)


def test_a_mapping_that_cannot_be_read_is_named(tmp_path: Path):
    with pytest.raises(Stopped, match=r"none\.toml cannot be read"):
        read_mapping(tmp_path / "none.toml")
    (tmp_path / "gb.toml").write_bytes("source = '县'".encode("gb18030"))
    with pytest.raises(Stopped, match="saved as UTF-8"):
        read_mapping(tmp_path / "gb.toml")


def test_the_sample_that_ships_is_written_once_and_never_over_anything(tmp_path: Path):
    export, mapping = write_sample(tmp_path / "try")
    assert read_mapping(mapping).id_number == ("身份证号",)
    assert export.read_bytes() == (files("api.importing") / "sample" / "export.csv").read_bytes()
    with pytest.raises(Stopped, match="cannot be written"):
        write_sample(tmp_path / "try")


def test_a_guessed_mapping_finds_the_columns_of_the_sample_and_marks_the_personal_ones(tmp_path: Path):
    export, _ = write_sample(tmp_path)
    mapping = parse_mapping(guess_mapping(export))
    assert (mapping.case, mapping.activity, mapping.actor, mapping.time) == ("业务编号", "环节", "经办人", "办理时间")
    assert mapping.row == ("流水号",)
    assert mapping.personal == ("申请人", "身份证号", "联系电话")
    assert mapping.id_number == ("身份证号",)


def test_a_column_of_id_numbers_is_seen_by_what_is_in_it_whatever_it_is_called(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("case id,activity,timestamp,x\n1,a,2020-01-01,999999194602140120\n", "utf-8")
    assert parse_mapping(guess_mapping(path)).id_number == ("x",)


def test_what_a_guess_does_not_find_is_left_empty_and_the_mapping_refused(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("p,q\n1,2\n", "utf-8")
    with pytest.raises(Stopped, match="must say `case`"):
        parse_mapping(guess_mapping(path))
