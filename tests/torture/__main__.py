"""The long run: `make torture`, or python -m tests.torture [--mutations N --kills N --seconds S]. Writes TORTURE.md."""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from deploy.postgres import embedded
from tests.torture.kills import ROOT, Outcome, torture
from tests.torture.mutate import Tally, Template, attack

PER_LEDGER = 250
"""Mutations on copies of one ledger, before another is made up."""
PER_ROUND = 25
"""Kills while one ledger is written."""


def main() -> int:
    arguments = _arguments()
    begun, deadline = time.monotonic(), time.monotonic() + arguments.seconds
    directory = Path(tempfile.mkdtemp(prefix="mz-torture-", dir="/tmp"))
    directory.chmod(0o711)
    try:
        tallies = _mutate(directory, arguments.mutations, arguments.seed, deadline)
        outcomes = _kill(directory, arguments.kills, arguments.seed, deadline)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    report = _report(tallies, outcomes, arguments.seed, time.monotonic() - begun)
    print(report)
    (ROOT / "TORTURE.md").write_text(report, "utf-8")
    return 1 if any(tally.missed for tally in tallies) or any(outcome.wrong for outcome in outcomes) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--mutations", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=4 * 3600.0, help="stop starting anything new after this long")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000, help="for the same mutations again")
    return parser.parse_args()


def _mutate(directory: Path, mutations: int, seed: int, deadline: float) -> list[Tally]:
    tallies: list[Tally] = []
    # Nothing here is about durability: copies are made and dropped by the thousand.
    with embedded(directory / "mutations", settings={"fsync": "off", "full_page_writes": "off"}) as server:
        while sum(tally.mutations for tally in tallies) < mutations and time.monotonic() < deadline:
            number = len(tallies)
            lines = (330, 600, 2300)[number % 3]
            template = Template(server, f"template_{number}", lines, seed + number)
            left = mutations - sum(tally.mutations for tally in tallies)
            tallies.append(attack(template, min(PER_LEDGER, left), seed + number, _tell))
            _tell(f"{sum(tally.mutations for tally in tallies)} mutations on {len(tallies)} ledgers")
    return tallies


def _kill(directory: Path, kills: int, seed: int, deadline: float) -> list[Outcome]:
    outcomes: list[Outcome] = []
    with embedded(directory / "kills") as server:
        while sum(outcome.kills.total() for outcome in outcomes) < kills and time.monotonic() < deadline:
            notes = directory / f"notes-{len(outcomes)}"
            notes.mkdir()
            left = kills - sum(outcome.kills.total() for outcome in outcomes)
            outcomes.append(torture(server, notes, min(PER_ROUND, left), seed + len(outcomes)))
            _tell(f"{sum(outcome.kills.total() for outcome in outcomes)} kills on {len(outcomes)} ledgers")
            for line in outcomes[-1].wrong:
                _tell(line)
    return outcomes


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _report(tallies: list[Tally], outcomes: list[Outcome], seed: int, seconds: float) -> str:
    by_name = Counter[str]()
    for tally in tallies:
        by_name.update(tally.by_name)
    kills = Counter[str]()
    for outcome in outcomes:
        kills.update(outcome.kills)
    missed = [line for tally in tallies for line in tally.missed]
    wrong = [line for outcome in outcomes for line in outcome.wrong]
    rows = [
        ("commit", _commit()),
        ("date", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
        (
            "machine",
            f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}",
        ),
        ("time", f"{seconds / 60:.0f} minutes, seed {seed}"),
        ("mutations", f"{by_name.total()} of {len(by_name)} kinds on {len(tallies)} ledgers"),
        ("not named by `verify`", str(len(missed))),
        ("kills", f"{kills.total()} on {len(outcomes)} ledgers"),
        ("acts acknowledged", str(sum(outcome.acknowledged for outcome in outcomes))),
        ("acts said not to be recorded", str(sum(outcome.refused for outcome in outcomes))),
        ("acts never answered", str(sum(outcome.unanswered for outcome in outcomes))),
        ("untrue answers, losses, repetitions", str(len(wrong))),
    ]
    lines = ["# Torture", "", "The last run of `make torture`, as it wrote it.", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    for title, counts in (("Mutations", by_name), ("Kills", kills)):
        lines += ["", f"## {title}", "", "| what | times |", "|---|---|"]
        lines += [f"| `{name}` | {count} |" for name, count in sorted(counts.items())]
    if missed or wrong:
        lines += ["", "## What went wrong", "", *(f"- {line}" for line in [*missed, *wrong])]
    return "\n".join(lines) + "\n"


def _commit() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
