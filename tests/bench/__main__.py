"""`python -m tests.bench [--quick] [--seconds S] [--only NAME,…]`: measure, print, and keep the result in BENCH.md."""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.bulk import bulk
from tests.bench.decisions import decisions
from tests.bench.disk import disk
from tests.bench.evidence import evidence
from tests.bench.figures import Row, table
from tests.bench.histories import histories
from tests.bench.machine import ROOT, describe
from tests.bench.notified import notified
from tests.bench.over_http import Size, in_batches, memory, memory_at_rest, needed, one_by_one
from tests.bench.proofs import proofs
from tests.bench.recorder import recorder
from tests.bench.verification import verification
from tests.bench.world import World, world

RESULT = ROOT / "BENCH.md"
NAMES = (
    "decision",
    "http",
    "batches",
    "notified",
    "disk",
    "memory",
    "verify",
    "recorder",
    "history",
    "proofs",
    "bulk",
    "evidence",
)


@dataclass(frozen=True)
class Plan:
    """How much of everything: `lines` is the size of the large ledger, `households` those of a list."""

    size: Size
    lines: int
    households: int
    only: frozenset[str]


FULL = Plan(Size(), 1_000_000, 10_000, frozenset(NAMES))
QUICK = Plan(Size(seconds=3, rounds=1), 30_000, 300, frozenset(NAMES))


def measure(plan: Plan) -> tuple[list[Row], list[str]]:
    """All rows of the plan, and the machine they were measured on."""
    size = plan.size
    rows = []
    with world(needed(size, "http" in plan.only, "batches" in plan.only)) as here:
        machine = describe(here.access.admin_dsn(), here.ours.data)
        at_rest = memory_at_rest(here)
        steps: dict[str, Callable[[World], Row]] = {
            "decision": lambda w: decisions(),
            "http": lambda w: one_by_one(w, size),
            "batches": lambda w: in_batches(w, size),
            "notified": lambda w: notified(w, size.seconds),
            "disk": disk,
            "memory": lambda w: memory(w, at_rest),
            "verify": lambda w: verification(w, min(size.rounds, 2)),
            "recorder": lambda w: recorder(w, size.seconds / 2, size.rounds),
            "history": lambda w: histories(w, here.ours.data.parent / "history", plan.lines, size.seconds / 2),
            "proofs": lambda w: proofs(w, here.ours.data.parent / "proofs", plan.lines, size.seconds / 2),
            "bulk": lambda w: bulk(plan.households),
            "evidence": lambda w: evidence(w.ours.data.parent / "evidence", size.rounds + 2),
        }
        for name in NAMES:
            if name in plan.only:
                print(f"{name} …", flush=True)
                rows.append(steps[name](here))
    return rows, machine


def main() -> None:
    """Parse, measure, print; a full run is kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="测量性能 Measure against the budget.")
    parser.add_argument("--quick", action="store_true", help="a few minutes less, and less to be trusted; not kept")
    parser.add_argument("--seconds", type=float, help="seconds a round")
    parser.add_argument("--only", metavar="NAME,…", help=f"of {', '.join(NAMES)}; not kept")
    options = parser.parse_args()
    plan = QUICK if options.quick else FULL
    size, only = plan.size, plan.only
    if options.seconds:
        size = Size(options.seconds, size.rounds)
    if options.only:
        only = frozenset(options.only.split(","))
        if not only <= set(NAMES):
            parser.error(f"--only takes {', '.join(NAMES)}")
    began = time.monotonic()
    rows, machine = measure(Plan(size, plan.lines, plan.households, only))
    report = _report(rows, machine, size, time.monotonic() - began)
    print(report)
    if not options.quick and not options.only:
        RESULT.write_text(report, "utf-8")


def _report(rows: list[Row], machine: list[str], size: Size, took: float) -> str:
    head = [
        "# What it does, measured",
        "",
        "Written by `make bench`. Medians of rounds, ours and the peer's in turn, on one PostgreSQL; client, service and",  # noqa: E501
        "database share the machine. The work: five acts a case, half of the acts to cases that existed before and that",  # noqa: E501
        "no worker had in memory, three relied-on streams, five disclosures with every application.",
        "",
        *(f"- {line}" for line in machine),
        f"- {size.rounds} rounds of {size.seconds:g} s; the whole run took {took / 60:.1f} minutes",
        "",
        table(rows),
    ]
    return "\n".join(head)


if __name__ == "__main__":
    main()
