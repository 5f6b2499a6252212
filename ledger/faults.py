"""What verification finds: faults with a stable code and a place, gathered so that a million alike are one entry.

The wording in Chinese and English belongs to the room with the door (`api/faults.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

MAX_RUNS = 10_000
"""Separate stretches that are told apart for one code; further ones are joined, counted and marked as scattered."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong, from `index` to `last`, both inclusive (None: in no one place), `count` times.

    `where` says what `index` counts: `line` (its index), `tile` (n, with the level in `params`), `head` (its size),
    `vault` (a line's index), `database`, `file`, `kept` (a kept head, by its size). `params` are the facts of the
    first. `scattered` in them: not everything between `index` and `last` is meant.
    """

    code: str
    where: str
    index: int | None
    last: int | None
    count: int
    params: dict[str, Any] = field(default_factory=dict)


class FaultLog:
    """Gathers faults, joining neighbours of one code. Memory is bounded by the number of codes, not of faults."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str, str], list[Fault]] = {}
        self.total = 0
        """Faults noted so far, each by itself."""

    def add(
        self,
        code: str,
        index: int | None = None,
        last: int | None = None,
        *,
        where: str = "line",
        after: int | None = None,
        count: int = 1,
        kind: str = "",
        **params: Any,
    ) -> None:
        """Note a fault. It joins the latest of its code and `kind` when that ended at `after` (default: index - 1)."""
        self.total += count
        last = index if last is None else last
        runs = self._runs.setdefault((code, where, kind), [])
        if index is not None and last is not None and runs:
            end, before = runs[-1].last, index - 1 if after is None else after
            if end == before or len(runs) >= MAX_RUNS:
                scattered = {"scattered": True} if end != before else {}
                runs[-1] = _joined(runs[-1], index, last, count, scattered)
                return
        runs.append(Fault(code, where, index, last, count, params))

    def extend(self, faults: Iterable[tuple[str, Fault]]) -> None:
        """Take in what another log gathered (`items`), of places after those gathered here."""
        for kind, fault in faults:
            self.add(
                fault.code,
                fault.index,
                fault.last,
                where=fault.where,
                count=fault.count,
                kind=kind,
                **fault.params,
            )

    def items(self) -> list[tuple[str, Fault]]:
        """(kind, fault) of everything gathered: what `extend` takes."""
        return [(key[2], fault) for key, runs in self._runs.items() for fault in runs]

    def faults(self) -> list[Fault]:
        """Everything gathered, what has no place first, then by place."""
        found = [fault for runs in self._runs.values() for fault in runs]
        return sorted(found, key=lambda fault: (fault.index is not None, fault.index or 0, fault.code))


def _joined(run: Fault, index: int, last: int, count: int, more: dict[str, Any]) -> Fault:
    first = index if run.index is None else min(run.index, index)
    end = last if run.last is None else max(run.last, last)
    return Fault(run.code, run.where, first, end, run.count + count, run.params | more)
