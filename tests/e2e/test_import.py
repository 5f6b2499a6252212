"""`mingzhang import`, as a county with an old system uses it."""

import csv
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.trial import PROGRAMS, Trial, running_trial

MAPPING = 'source = "{}"\n[columns]\ncase = "case"\nactivity = "act"\ntime = "time"\nrow = ["row"]\n'


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with running_trial() as trial:
        yield trial


def grant(trial: Trial, source: str) -> Path:
    """Let the first administrator import this source; returns their key."""
    key = trial.administrator(1)
    importer = key.with_suffix(".id").read_text().strip()
    trial.run("source", "grant", "--name", source, "--importer", importer, "--until", "2099-12-31", "--key", key)
    return key


def size(trial: Trial) -> int:
    return int(httpx.get(f"{trial.url}/ledger/head", trust_env=False).json()["size"])


def test_the_sample_is_looked_at_granted_imported_and_imported_again(trial: Trial):
    trial.run("import", "--sample", trial.home / "old")
    order: list[str | Path] = [
        "import",
        trial.home / "old" / "export.csv",
        "--mapping",
        trial.home / "old" / "mapping.toml",
    ]
    assert "12 行 rows, 3 案 cases" in trial.run(*order, "--dry-run")
    assert "mingzhang source grant" in trial.run(*order, "--key", trial.administrator(1), code=2)
    key = grant(trial, "样例县社会救助系统（2019）")
    assert trial.json(*order, "--key", key)["imported"] == 12
    assert trial.json(*order, "--key", key)["unchanged"] == 12


def test_bad_rows_make_the_exit_code_1_and_their_list_can_be_fed_again(trial: Trial):
    trial.run("import", "--sample", trial.home / "worse")
    (trial.home / "worse" / "mapping.toml").write_text(
        (trial.home / "old" / "mapping.toml").read_text("utf-8").replace("样例县", "邻县"), "utf-8"
    )
    export = trial.home / "worse" / "export.csv"
    export.write_text(export.read_text("utf-8").replace(",999999501001123", ",1E+15"), "utf-8")
    key = grant(trial, "邻县社会救助系统（2019）")
    said = trial.run("import", export, "--mapping", trial.home / "worse" / "mapping.toml", "--key", key, code=1)
    assert "a spreadsheet rounded" in said
    assert "甲子样本" not in said
    listed = Path(f"{export}.rejected.csv")
    listed.write_text(listed.read_text("utf-8-sig").replace("1E+15", "999999501001123"), "utf-8-sig")
    assert (
        trial.json("import", listed, "--mapping", trial.home / "worse" / "mapping.toml", "--key", key)["imported"] == 3
    )


def test_a_guessed_mapping_is_one_that_can_be_used(trial: Trial):
    (trial.home / "guessed.toml").write_text(trial.run("import", "--guess", trial.home / "old" / "export.csv"), "utf-8")
    said = trial.json(
        "import", trial.home / "old" / "export.csv", "--mapping", trial.home / "guessed.toml", "--dry-run"
    )
    assert (said["source"], said["imported"], said["rejected"]) == ("export", 12, 0)


def test_what_is_wrong_with_the_order_is_said_with_exit_code_2(trial: Trial):
    assert "--guess FILE" in trial.run("import", trial.home / "old" / "export.csv", code=2)
    assert "--dry-run" in trial.run(
        "import", trial.home / "old" / "export.csv", "--mapping", trial.home / "old" / "mapping.toml", code=2
    )
    assert "cannot be read" in trial.run(
        "import", trial.home / "none.csv", "--mapping", trial.home / "old" / "mapping.toml", "--dry-run", code=2
    )


def test_killed_in_the_middle_and_run_again_every_row_is_there_once(trial: Trial):
    with (trial.home / "long.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("case", "row", "act", "time"))
        rows.writerows((f"c{n % 300}", f"r{n}", "办理", f"2019-01-{n // 100 + 1:02} 09:00") for n in range(3000))
    (trial.home / "long.toml").write_text(MAPPING.format("long"), "utf-8")
    key = grant(trial, "long")
    before = size(trial)
    order: list[str | Path] = ["import", trial.home / "long.csv", "--mapping", trial.home / "long.toml", "--key", key]
    with started(trial, order) as killed:
        while size(trial) == before:
            assert killed.poll() is None
            time.sleep(0.01)
        killed.send_signal(signal.SIGKILL)
    said = until_done(trial, order)
    assert said["imported"] + said["unchanged"] == 3000
    assert said["imported"] > 0
    assert size(trial) == before + 3000
    assert trial.json(*order)["unchanged"] == 3000


def started(trial: Trial, order: Sequence[str | Path], **options: Any) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [PROGRAMS / "mingzhang", *order], env=os.environ | trial.environment, cwd=trial.home, **options
    )


def until_done(trial: Trial, order: Sequence[str | Path]) -> dict[str, Any]:
    """Run it again for as long as it says so: the killed run's last request may still be on its way."""
    while True:
        with started(trial, [*order, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as again:
            said, complained = again.communicate()
        if again.returncode == 0:
            found: dict[str, Any] = json.loads(said)
            return found
        assert again.returncode == 2
        assert b"Run the same command again" in complained
