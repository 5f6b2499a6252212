"""A trial ledger as `mingzhang run` opens it, and the command line used on it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from api.cli import app
from tests.conftest import open_directory

PROGRAMS = Path(sys.executable).parent
"""Where `mingzhang` is."""


@dataclass(frozen=True)
class Trial:
    """A running service. `home` is where its user stands, with DATA in `home`/var."""

    home: Path
    url: str

    @property
    def environment(self) -> dict[str, str]:
        """What a user's terminal would say."""
        return {"DATA": str(self.home / "var"), "PORT": self.url.rpartition(":")[2], "LC_ALL": "C.UTF-8"}

    def run(self, *arguments: str | Path, code: int = 0, stdin: str = "", **environment: str) -> str:
        """What the command prints, with its errors where one is expected; its exit code must be `code`."""
        # In this process: starting a program for every command would take longer than the command.
        done = CliRunner().invoke(app, [str(a) for a in arguments], stdin, env=self.environment | environment)
        assert done.exit_code == code, done.output
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output if code else done.stdout

    def json(self, *arguments: str | Path) -> Any:
        """What the command prints for programs."""
        return json.loads(self.run(*arguments, "--json"))

    def key(self, name: str) -> Path:
        """The key of one of `mingzhang try`'s officers."""
        return self.home / "var" / "keys" / "try" / f"{name}.pem"

    def administrator(self, number: int) -> Path:
        """The key of one of the three trial administrators."""
        return self.home / "var" / "keys" / "administrators" / f"{number}.pem"


@contextmanager
def running_trial(*arguments: str, **environment: str) -> Iterator[Trial]:
    """Start `mingzhang run` (with these arguments) in a directory of its own, and stop it at the end."""
    home = open_directory()
    known = {name: value for name, value in os.environ.items() if not name.startswith("MINGZHANG_")}
    with open(home / "run.log", "w") as log:
        service = subprocess.Popen(
            [PROGRAMS / "mingzhang", "run", *arguments],
            env=known | {"DATA": str(home / "var"), "PORT": "0"} | environment,
            cwd=home,
            stdout=log,
            stderr=log,
        )
    try:
        while not (greeting := re.search(r"(http://127\.0\.0\.1:\d+)/ ", said := (home / "run.log").read_text())):
            assert service.poll() is None, said
            time.sleep(0.02)
        yield Trial(home, greeting[1])
    finally:
        service.terminate()
        service.wait()
        shutil.rmtree(home)
