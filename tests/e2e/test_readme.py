"""What the READMEs tell a reader to type works, in the order in which they tell it."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.trial import PROGRAMS, running_trial

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```sh(?: exit=(\d))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def script(readme: str) -> str:
    """The README's commands as one shell script that ends with the first one that does not do as told."""
    steps = ["set -eu"]
    for expected, commands in FENCE.findall(readme):
        if expected:
            commands = f"set +e\n{commands}code=$?\nset -e\n[ $code -eq {expected} ]\n"
        steps.append(commands)
    return "\n".join(steps)


@pytest.mark.timeout(600)  # eighty programs one after the other
def test_its_commands_work_as_they_stand():
    with running_trial() as trial:
        path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-x", "-c", script((ROOT / "README.md").read_text("utf-8"))],
            env=os.environ | trial.environment | {"PATH": path, "PYTHONPATH": str(ROOT)},
            cwd=trial.home,
            capture_output=True,
            text=True,
        )
        print(done.stdout[-3000:], done.stderr[-3000:])
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
    caught = done.stdout[done.stdout.rindex("kennel's ledger") :]
    assert re.search(r"\b12\b", caught), caught


def test_both_languages_tell_the_same_commands():
    english, chinese = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md"))
    assert script(english) == script(chinese)


def test_every_link_leads_somewhere():
    for readme in [*ROOT.glob("README*.md"), *ROOT.glob("*/README.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", readme.read_text("utf-8")):
            assert (readme.parent / target).exists(), f"{readme}: {target}"
