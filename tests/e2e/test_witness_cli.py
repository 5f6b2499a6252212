"""A ledger that is witnessed by carried file: request, sign, take; and whoever it is refused to is told why."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.checkpoint import parse_checkpoint
from ledger.note import parse_note
from ledger.witness_policy import Policy
from tests.e2e.trial import Trial, running_trial


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with running_trial() as trial:
        trial.run("try")
        yield trial


def published(trial: Trial, name: str) -> str:
    """A published head, once there is one."""
    path = trial.home / "var" / "tlog" / name
    while not path.exists():
        time.sleep(0.05)
    return path.read_text("utf-8")


def test_a_head_is_witnessed_by_carried_file(trial: Trial):
    there = trial.home / "witness"
    trial.run("witness", "init", "--name", "jw.example/witness", "--dir", there)
    logs = "".join(f"log {vkey}\n" for vkey in trial.json("head")["log_keys"])
    (trial.home / "logs.txt").write_text(logs + "quorum none\n")
    assert "Ed25519" in trial.run("witness", "add", trial.home / "logs.txt", "--dir", there)
    vkeys = trial.json("witness", "show", "--dir", there)["keys"]
    policy = f"{logs}witness jw {vkeys[0]}\nquorum jw\n"

    published(trial, "checkpoint")
    first, answer = trial.home / "1.request", trial.home / "1.answer"
    trial.run("witness", "request", "--out", first)
    assert "见证策略" in trial.run("witness", "take", first, code=1)
    (trial.home / "var" / "witness-policy.txt").write_text(policy)
    trial.run("witness", "sign", first, "--out", answer, "--dir", there)
    assert "yes" in trial.run("witness", "take", answer)
    head, since = Policy.parse(policy).check(published(trial, "checkpoint.cosigned"))
    assert since is not None
    assert parse_checkpoint(parse_note(answer.read_text("utf-8")).text) == head

    trial.run("try")
    second = trial.home / "2.request"
    while parse_checkpoint(parse_note(published(trial, "checkpoint")).text).size == head.size:
        time.sleep(0.05)
    trial.run("witness", "request", "--out", second)  # forgetting what was cosigned
    stale = trial.home / "2.answer"
    assert "行数" not in trial.run("witness", "sign", second, "--out", stale, "--dir", there, code=1)
    assert stale.read_text() == f"{head.size}\n"
    assert "--after" in trial.run("witness", "take", stale, code=1)
    third, again = trial.home / "3.request", trial.home / "3.answer"
    trial.run("witness", "request", "--out", third, "--after", stale)
    trial.run("witness", "sign", third, "--out", again, "--dir", there)
    assert "yes" in trial.run("witness", "take", again)
    trial.run("witness", "request", "--out", trial.home / "4.request", "--after", again)
    (row,) = trial.json("witness", "show", "--dir", there)["logs"]
    assert row["size"] > head.size
    assert row["forks"] == []


def test_what_does_not_belong_here_is_not_taken(trial: Trial, tmp_path: Path):
    stranger, answer = tmp_path / "stranger", tmp_path / "answer"
    trial.run("witness", "init", "--name", "other.example/w", "--dir", stranger)
    trial.run("witness", "add", trial.home / "logs.txt", "--dir", stranger)
    request = tmp_path / "request"
    trial.run("witness", "request", "--out", request)
    trial.run("witness", "sign", request, "--out", answer, "--dir", stranger)
    assert "None of the witnesses" in trial.run("witness", "take", answer, code=1)
    rubbish = tmp_path / "rubbish"
    rubbish.write_text("rubbish\n")
    assert "note.invalid" in trial.run("witness", "take", rubbish, code=1)
    assert "(400)" in trial.run("witness", "sign", rubbish, "--out", tmp_path / "x", "--dir", stranger, code=1)
    assert not (tmp_path / "x").exists()
    larger = tmp_path / "larger"
    larger.write_text("1000000\n")
    said = trial.run("witness", "request", "--out", tmp_path / "y", "--after", larger, code=1)
    assert "lines were lost" in said
    assert "HOST:PORT" in trial.run("witness", "run", "--dir", stranger, "--listen", "8010", code=2)


def test_the_log_keys_are_not_changed_while_the_service_runs(trial: Trial):
    assert "stop it first" in trial.run("rotate-log-keys", code=2)
