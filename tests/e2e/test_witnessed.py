"""A ledger that others witness, as the county and the commission meet it at their terminals."""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.trial import PROGRAMS, Trial, running_trial


@contextmanager
def running_witness(directory: Path) -> Iterator[str]:
    """`mingzhang witness run`; gives its URL."""
    arguments = ["witness", "run", "--dir", str(directory), "--listen", "127.0.0.1:0"]
    with open(directory / "log", "w") as log:
        process = subprocess.Popen([PROGRAMS / "mingzhang", *arguments], stdout=log, stderr=log)
    try:
        while not (said := re.search(r"http://127\.0\.0\.1:\d+", (directory / "log").read_text())):
            assert process.poll() is None, (directory / "log").read_text()
            time.sleep(0.02)
        yield said[0]
    finally:
        process.terminate()
        process.wait()


def test_a_commission_witnesses_and_receipts_are_cosigned(tmp_path: Path):
    with running_trial(MINGZHANG_WITNESSES="refuse") as trial:
        trial.run("try")
        logs = "".join(f"log {key}\n" for key in trial.json("head")["log_keys"])
        known, directory = tmp_path / "logs.txt", tmp_path / "witness"
        known.write_text(logs + "quorum none\n")
        key = trial.json("witness", "init", "--name", "jw.example/witness", "--dir", directory)["keys"][0]
        trial.run("witness", "add", known, "--dir", directory)
        with running_witness(directory) as url:
            (trial.home / "var" / "witness-policy.txt").write_text(f"{logs}witness jw {key} {url}\nquorum jw\n")
            line, proof = tmp_path / "8.json", tmp_path / "8.tlog-proof"
            said = trial.run("receipt", "8", "--wait", "--out", proof, "--line", line)
            assert "已由见证方会签" in said
            assert "— jw.example/witness " in proof.read_text()
            trial.run("check-receipt", proof, "--line", line, "--vkey", trial.json("head")["log_keys"][0])
            assert trial.json("head")["witnesses"]["state"] == "fresh"
            assert "见证" in trial.run("head")
            a_case_goes_on(trial)
        verdict = trial.json("verify")
        assert verdict["faults"] == []
        (row,) = trial.json("witness", "show", "--dir", directory)["logs"]
        assert row["size"] > 8


def a_case_goes_on(trial: Trial) -> None:
    """Acts are taken while the witness is there, though stale witnesses would have them refused."""
    data = trial.home / "apply.json"
    data.write_text(trial.run("act", "apply.submit", "--example"))
    trial.run("act", "apply.submit", "--key", trial.key("clerk"), "--data", data)
