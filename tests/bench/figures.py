"""A row of the budget: what was to be reached, what was reached, and beside what."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Goal:
    """One number of the budget. `at_least`: more is better; else `limit` is a ceiling."""

    what: str
    limit: float
    unit: str
    figure: float
    at_least: bool = True

    @property
    def met(self) -> bool:
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    def verdict(self) -> str:
        """`met`, or by how much it was missed."""
        if self.met:
            return "met"
        off = abs(self.figure - self.limit) / self.limit * 100
        return f"missed by {off:.0f} %"


@dataclass(frozen=True)
class Row:
    """One measurement: its goals, its peer's figure where it has one, and what else is worth knowing."""

    name: str
    title: str
    goals: tuple[Goal, ...]
    peer: str = ""
    notes: tuple[str, ...] = field(default=())


def median(values: Sequence[float]) -> float:
    """The middle one; 0 when there is none."""
    return statistics.median(values) if values else 0.0


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def number(value: float) -> str:
    """A figure with as many digits as mean something."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(rows: Sequence[Row]) -> str:
    """All rows as one Markdown table, with the notes below it."""
    lines = ["| what | target | figure | | peer |", "|---|---|---|---|---|"]
    for row in rows:
        for position, goal in enumerate(row.goals):
            what = f"**{row.title}**: {goal.what}" if position == 0 else goal.what
            sign = "≥" if goal.at_least else "≤"
            lines.append(
                f"| {what} | {sign} {number(goal.limit)} {goal.unit} | {number(goal.figure)} {goal.unit}"
                f" | {goal.verdict()} | {row.peer if position == 0 else ''} |"
            )
    for row in rows:
        lines += ["", f"{row.title}:"] if row.notes else []
        lines += [f"- {note}" for note in row.notes]
    return "\n".join(lines) + "\n"
