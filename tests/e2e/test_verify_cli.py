"""`mingzhang verify` and `mingzhang export` as their users meet them: words, exit codes, files."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from deploy.postgres import running
from tests.e2e.trial import Trial, running_trial


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with running_trial() as trial:
        trial.run("try")
        yield trial


@contextmanager
def tampered(trial: Trial, statement: str, undo: str) -> Iterator[None]:
    access = running(trial.home / "var")
    assert access is not None
    with psycopg.connect(access.admin_dsn(), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement)
        try:
            yield
        finally:
            connection.execute(undo)


def test_a_clean_ledger_in_both_languages(trial: Trial):
    english = trial.run("verify")
    assert "No fault was found." in english
    assert "Not covered" in english
    chinese = trial.run("verify", LC_ALL="zh_CN.UTF-8")
    assert "没有发现问题。" in chinese
    assert "未核对" in chinese
    told = trial.json("verify")
    assert told["clean"] is True
    assert "vault-contents" in told["covered"]
    assert told["fingerprint"] in english


def test_a_changed_byte_names_its_line_and_exits_with_one(trial: Trial):
    change = "UPDATE ledger.casework_lines SET line = set_byte(line, 300, get_byte(line, 300) # 1) WHERE index = 20"
    with tampered(trial, change, change):
        said = trial.run("verify", code=1)
        assert "line 20: " in said
        assert "[line.altered]" in said
        assert "第 20 行" in trial.run("verify", code=1, LC_ALL="zh_CN.UTF-8")
        told = json.loads(trial.run("verify", "--json", code=1))
        assert {fault["first"] for fault in told["faults"] if fault["where"] == "line"} == {20}
    assert trial.json("verify")["clean"] is True


def test_an_export_verifies_where_there_is_no_database_and_is_never_overwritten(trial: Trial, tmp_path: Path):
    for name in ("ledger.txt", "ledger.txt.gz"):
        exported = trial.json("export", tmp_path / name)
        assert exported["checkpoint"] == str(tmp_path / f"{name}.checkpoint")
        said = trial.run("verify", tmp_path / name, DATA=str(tmp_path / "nowhere"))
        assert "No fault was found." in said
        assert "a signed head given beside it" in said.split("Not covered")[0]
    before = (tmp_path / "ledger.txt").read_bytes()
    assert "已存在" in trial.run("export", tmp_path / "ledger.txt", code=2)
    assert (tmp_path / "ledger.txt").read_bytes() == before


def test_a_copy_cut_short_is_shown_by_the_head_beside_it(trial: Trial, tmp_path: Path):
    trial.run("export", tmp_path / "ledger.txt")
    lines = (tmp_path / "ledger.txt").read_bytes().splitlines(keepends=True)
    (tmp_path / "ledger.txt").write_bytes(b"".join(lines[:-2]))
    assert "cut short" in trial.run("verify", tmp_path / "ledger.txt", code=1)


def test_what_cannot_be_told_exits_with_two_and_says_why(trial: Trial, tmp_path: Path):
    (tmp_path / "head.txt").write_text("no head at all")
    (tmp_path / "part.txt").write_bytes(b'{"index":7,')
    for arguments in (
        ["verify", "--data", str(tmp_path)],
        ["verify", str(tmp_path / "missing.txt")],
        ["verify", str(tmp_path / "part.txt")],
        ["verify", "--since", str(tmp_path / "head.txt")],
        ["verify", "--fingerprint", "short"],
        ["verify", "--log-key", "no+key"],
        ["verify", "--vault-key", str(tmp_path / "no.key")],
        ["export", str(tmp_path / "no" / "directory.txt")],
        ["export", str(tmp_path / "beyond.txt"), "--from", "999999"],
    ):
        said = trial.run(*arguments, code=2)
        assert said.startswith("mingzhang: "), arguments
    assert trial.run("verify", code=2, MINGZHANG_DSN="host=/nowhere/at/all").startswith("mingzhang: ")
    assert not (tmp_path / "beyond.txt").exists()


def test_the_help_teaches(trial: Trial):
    for command in ("verify", "export"):
        said = trial.run(command, "--help")
        assert "例 Example" in said
