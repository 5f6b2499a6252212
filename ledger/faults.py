"""What verification finds: faults with a stable code and a place, gathered so that a million alike are one entry.

The wording in Chinese and English belongs to the room with the door (`api/faults.py`).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

MAX_RUNS = 1000
"""Separate stretches that are told apart for one code; further ones are joined, counted and marked as scattered."""
MAX_PLACELESS = 100
"""As many faults of one code that have no place are told apart."""
MAX_TEXT = 300
"""Characters of a fact that are kept: facts come from whoever wrote the ledger."""

_REST = "\0"
"""The kind of everything that is not told apart any more."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong, from `index` to `last`, both inclusive (None: in no one place), `count` times.

    `where` says what `index` counts: `line` (its index), `tile` (n, with the level in `params`), `head` (its size),
    `vault` (a line's index), `database`, `file`, `kept` (a kept head, by its size). `params` are the facts of the
    first. `scattered` in them: not everything between `index` and `last` is meant. `until` in them: the facts of the
    last of many that have no place.
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
        self._apart: Counter[tuple[str, str]] = Counter()
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
        params = {name: plain(value) for name, value in params.items()}
        runs = self._runs.get((code, where, kind), [])
        if runs and index is not None and runs[-1].last == (index - 1 if after is None else after):
            runs[-1] = _joined(runs[-1], index, last, count, {})
        elif self._apart[code, where] < (MAX_RUNS if index is not None else MAX_PLACELESS):
            self._apart[code, where] += 1
            self._runs.setdefault((code, where, kind), runs).append(Fault(code, where, index, last, count, params))
        else:
            self._join(runs or self._runs.setdefault((code, where, _REST), []), code, where, index, last, count, params)

    def _join(
        self,
        runs: list[Fault],
        code: str,
        where: str,
        index: int | None,
        last: int | None,
        count: int,
        params: dict[str, Any],
    ) -> None:
        """One more than are told apart."""
        if not runs:
            runs.append(Fault(code, where, index, last, count, params | {"scattered": True}))
            return
        more: dict[str, Any] = {"scattered": True}
        if index is None:
            more["until"] = params.get("until", {name: value for name, value in params.items() if name != "scattered"})
        runs[-1] = _joined(runs[-1], index, last, count, more)

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


def plain(value: object) -> object:
    """A fact as it may be shown and written as JSON, whoever made it: short, of one line, no control characters."""
    if value is None or isinstance(value, bool) or (isinstance(value, int) and -(2**63) <= value < 2**63):
        return value
    if isinstance(value, dict):
        return {str(name): plain(member) for name, member in list(value.items())[:20]}
    try:
        text = value if isinstance(value, str) else str(value)
    except ValueError:  # Python writes no number of more than 4300 digits
        return "…"
    cut = text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
    return cut if cut.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in cut)


def _joined(run: Fault, index: int | None, last: int | None, count: int, more: dict[str, Any]) -> Fault:
    firsts = [one for one in (run.index, index) if one is not None]
    ends = [one for one in (run.last, last) if one is not None]
    first, end = min(firsts, default=None), max(ends, default=None)
    return Fault(run.code, run.where, first, end, run.count + count, run.params | more)
