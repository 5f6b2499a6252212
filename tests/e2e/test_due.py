"""`mingzhang due` against a real `mingzhang run`: what is due in a case, as an officer reads it."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api.cli.due import COLUMNS, print_due, read_at
from domain.streams import source_case_id, source_id
from tests.e2e.trial import Trial, running_trial

SOURCE = "样例县社会救助系统（2019）"


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with running_trial() as trial:
        trial.run("try")
        yield trial


@pytest.fixture(scope="module")
def case(trial: Trial) -> str:
    """A case that was accepted on a Monday before 国庆, and in which nothing was done since."""
    example = trial.run("act", "apply.submit", "--example")
    signed: list[str | Path] = ["--key", trial.key("clerk"), "--on", "2026-09-14"]
    case = trial.run("act", "apply.submit", *signed, "--data", example, "--quiet").strip()
    trial.run("act", "apply.accept", *signed, "--case", case)
    return case


def line_of(said: str, name: str) -> str:
    """The line of the table that is about a limit."""
    return next(line for line in said.splitlines() if f"{name} " in line)


def test_what_is_due_stands_with_its_day_what_is_left_whose_turn_and_the_article(trial: Trial, case: str):
    said = trial.run("due", case, "--at", "2026-09-15")
    assert said.startswith("截至 As of 2026-09-15")
    assert [column for column in COLUMNS if column not in said] == []
    for word in ("办结 total", "2026-10-16", "19 个工作日 working days", "乡镇 town", "民发〔2022〕83号第四部分第一项"):
        assert word in line_of(said, "total"), word
    assert said.index("visit-begins") < said.index("total")


def test_what_was_not_in_time_is_late_and_what_was_not_announced_is_provisional(trial: Trial, case: str):
    late = line_of(trial.run("due", case, "--at", "2026-11-20"), "total")
    assert "逾期 late 25 个工作日 working days" in late
    assert "暂定" not in late
    assert "暂定 provisional" in line_of(trial.run("due", case, "--at", "2060-01-04"), "total")


def test_a_time_is_taken_to_the_day_in_beijing_and_before_it_began_nothing_runs(trial: Trial, case: str):
    by_day, by_time = (trial.json("due", case, "--at", at) for at in ("2026-09-17", "2026-09-16T16:00:00Z"))
    assert by_day == by_time
    assert read_at("2026-09-16T23:59") == read_at("2026-09-16T15:59:00Z") == date(2026, 9, 16)
    assert "No limit runs" in trial.run("due", case, "--at", "2026-09-01")


def test_what_is_done_stands_below_with_the_day_it_was_done_on(trial: Trial):
    case = re.findall(r"案件 Case (\S+)", trial.run("try"))[0]
    granted = next(one["on"] for one in trial.json("history", case)["entries"] if one["act"] == "confirm.grant")
    total = line_of(trial.run("due", case), "total")
    assert total.rstrip().endswith(granted)
    assert "—" in total


def test_what_is_no_case_of_ours_is_told_for_what_it_is(trial: Trial):
    unknown, clerk = str(uuid4()), trial.key("clerk").with_suffix(".id").read_text().strip()
    said = trial.run("due", unknown, code=1)
    assert f"There is no case {unknown} on this ledger: check the id" in said
    assert "(not-found)" in said
    assert "another stream of this ledger" in trial.run("due", clerk, code=1)
    assert "不是 UUID" in trial.run("due", "2026-0017", code=2)
    assert "不是日期或时间" in trial.run("due", unknown, "--at", "tomorrow", code=2)
    assert "mingzhang run" in trial.run("due", unknown, code=2, MINGZHANG_URL="http://127.0.0.1:1")


def test_an_imported_case_says_where_it_was_decided(trial: Trial):
    key = trial.administrator(1)
    importer = key.with_suffix(".id").read_text().strip()
    trial.run("source", "grant", "--name", SOURCE, "--importer", importer, "--until", "2099-12-31", "--key", key)
    trial.run("import", "--sample", trial.home / "old")
    export, mapping = (trial.home / "old" / name for name in ("export.csv", "mapping.toml"))
    trial.run("import", export, "--mapping", mapping, "--key", key)
    case = source_case_id(source_id(trial.json("head")["origin"], SOURCE), "DB2019-0001")
    assert "It was imported from there" in trial.run("due", str(case), code=1)


def one(**others: Any) -> dict[str, Any]:
    return {
        "name": "opinion",
        "article": None,
        "number": 7,
        "counted": "days",
        "turn": "town",
        "began": "2026-09-14",
        "due": "2026-09-21",
        "left": 4,
        "late": False,
        "paused": False,
        "waits": False,
        "provisional": False,
        "done": None,
    } | others


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"due": None, "paused": True}, ("停计 paused", "4 天 days", "县定 county's own")),
        ({"waits": True}, ("须等 wait 4 天 days",)),
        ({"waits": True, "left": -2}, ("期满 over",)),
        ({"done": "2026-09-30", "late": True, "left": -9}, ("2026-09-30 逾期 late",)),
        ({"name": "grace", "article": "第三十三条"}, ("渐退期 grace", "第三十三条")),
        ({"name": "rectification"}, ("限期整改 rectification", "核查所定 as ordered")),
        ({"counted": "months", "left": 40}, ("40 天 days",)),
    ],
)
def test_each_state_of_a_limit_has_its_words(capsys: pytest.CaptureFixture[str], said: Any, words: tuple[str, ...]):
    print_due({"on": "2026-09-17", "deadlines": [one(**said)]})
    shown = capsys.readouterr().out
    assert [word for word in words if word not in shown] == []
