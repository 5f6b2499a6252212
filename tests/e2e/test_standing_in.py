"""Standing in, leaving and succeeding, as officers do it from the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.trial import Trial, running_trial


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with running_trial() as trial:
        trial.run("try")
        yield trial


def officer(trial: Trial, directory: Path, name: str) -> tuple[Path, str]:
    """A new officer of the town: key and id."""
    key = directory / f"{name}.pem"
    trial.run("key", "new", key)
    two = ("--key", trial.administrator(1), "--second-key", trial.administrator(2))
    trial.run("officer", "register", *two, "--new-key", key, "--unit", "610924100")
    return key, key.with_suffix(".id").read_text().strip()


def submitted(trial: Trial, key: Path) -> str:
    example = trial.run("act", "apply.submit", "--example")
    return trial.run("act", "apply.submit", "--key", key, "--data", example, "--quiet").strip()


def test_a_colleague_stands_in_and_both_are_named(trial: Trial, tmp_path: Path):
    (leader, leader_id), (deputy, deputy_id) = officer(trial, tmp_path, "leader"), officer(trial, tmp_path, "deputy")
    case = submitted(trial, leader)
    accept = ("act", "apply.accept", "--key", deputy, "--case", case, "--behalf", leader_id)
    assert "officer.no-deputation" in trial.run(*accept, code=1)
    assert "均未委托本人代理" in trial.run(*accept, code=1, LC_ALL="zh_CN.UTF-8")
    today = trial.json("history", case)["entries"][0]["on"]
    period = ("--from", today, "--until", today, "--act", "apply")
    trial.run("officer", "deputise", "--key", leader, "--deputy", deputy_id, *period)
    assert f"{deputy_id}  {today} – {today}  apply" in trial.run("officer", "show", leader_id)
    trial.run(*accept)
    entry = trial.json("history", case)["entries"][-1]
    assert (entry["officer"], entry["behalf"]) == (deputy_id, leader_id)
    assert f"{deputy_id[:8]} 代 for {leader_id[:8]}" in trial.run("history", case)
    trial.run("officer", "end-deputation", "--key", deputy, "--of", leader_id, "--deputy", deputy_id)
    assert trial.json("officer", "show", leader_id)["deputations"] == []
    # While the officer is away, the county deputises for them.
    away = ("officer", "deputise", "--of", leader_id, "--deputy", deputy_id, *period)
    assert "officer.not-superior" in trial.run(*away, "--key", deputy, code=1)
    trial.run(*away, "--key", trial.key("county"))
    assert trial.run("verify")


def test_an_officer_leaves_and_another_takes_over(trial: Trial, tmp_path: Path):
    (leaving, leaving_id), (successor, successor_id) = officer(trial, tmp_path, "a"), officer(trial, tmp_path, "b")
    ended, other, open_ = (submitted(trial, leaving) for _ in range(3))
    trial.run("act", "apply.reject", "--key", leaving, "--case", ended, "--data", '{"reason": "withdrawn"}')
    trial.run("act", "apply.accept", "--key", successor, "--case", other)
    late = submitted(trial, leaving)

    # 1. The list is made from the ledger, and never overwritten.
    listed = tmp_path / "cases.csv"
    trial.run("officer", "handover", "--list", listed, "--key", leaving)
    text = listed.read_text("utf-8-sig")
    assert open_ in text
    assert late in text
    assert ended not in text
    assert other not in text
    trial.run("officer", "handover", "--list", listed, "--key", leaving, code=1)

    # 2. It is looked at, saved by a spreadsheet, a date filled in, and signed for.
    rows = text.replace("\r\n", "\n").splitlines()
    rows[1] += "2026-12-24"
    listed.write_text("\n".join(rows) + "\n", "utf-8")
    papers, minutes = tmp_path / "papers.csv", tmp_path / "minutes.pdf"
    papers.write_text("papers")
    minutes.write_text("minutes")
    signing = ("officer", "handover", "--list", listed, "--key", leaving, "--to", successor_id)
    assert "--papers" in trial.run(*signing, code=2)
    trial.run(*signing, "--papers", papers, "--minutes", minutes)
    shown = trial.json("officer", "show", leaving_id)
    assert shown["handover"] == "open"
    assert (shown["handovers"][0]["count"], shown["handovers"][0]["due"]) == (2, 1)
    assert "未接收 open" in trial.run("officer", "show", leaving_id)

    # 3. The successor sees the cases as they stand, and what the list leaves out, before signing.
    forgotten = submitted(trial, leaving)
    taking = ("officer", "takeover", "--of", leaving_id, "--key", successor)
    said = trial.run(*taking, stdin="n\n", code=1)
    assert f"not on the list: {forgotten}" in said
    assert open_ in said
    assert trial.json("officer", "show", leaving_id)["handover"] == "open"
    shorter = tmp_path / "shorter.csv"
    shorter.write_text("\n".join(rows[:2]) + "\n", "utf-8")
    assert "not the one that was handed over" in trial.run(*taking, "--list", shorter, "--yes", code=1)
    assert "nothing of theirs" in trial.run(
        "officer", "takeover", "--of", leaving_id, "--key", trial.key("clerk"), "--yes", code=1
    )
    assert "officer.take_over" in trial.run(*taking, "--list", listed, stdin="y\n")
    assert trial.json("officer", "show", leaving_id)["handover"] == "done"
    assert "nothing of theirs" in trial.run(*taking, "--yes", code=1)
    assert trial.run("verify")


def test_an_administrator_hands_over_for_whoever_is_gone(trial: Trial, tmp_path: Path):
    (leaving, leaving_id), (successor, successor_id) = officer(trial, tmp_path, "c"), officer(trial, tmp_path, "d")
    case = submitted(trial, leaving)
    kid = trial.json("officer", "show", leaving_id)["keys"][0]
    trial.run("officer", "revoke", kid, "--of", leaving_id, "--reason", "left", "--key", trial.administrator(1))
    assert trial.json("officer", "show", leaving_id)["handover"] == "open"
    listed, paper = tmp_path / "cases.csv", "ab" * 32
    trial.run("officer", "handover", "--list", listed, "--of", leaving_id)
    signing = ("officer", "handover", "--list", listed, "--of", leaving_id, "--key", trial.administrator(1))
    trial.run(*signing, "--to", successor_id, "--papers", paper, "--minutes", paper)
    recorded = trial.json("officer", "takeover", "--of", leaving_id, "--key", successor, "--yes")
    assert recorded["stream"] == leaving_id
    assert trial.json("officer", "show", leaving_id)["handover"] == "done"
    assert trial.json("case", case)["stage"] == "submitted"
