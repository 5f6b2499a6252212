"""What is to be said to the ledger: the difference between a file and what is known of its source. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Literal

from api.importing.known import Known, KnownCase, KnownRow
from api.importing.rows import Bad, Row, content_digest

Code = Literal["source.import", "source.correct", "source.miss"]


@dataclass(frozen=True, slots=True)
class Step:
    """One act to sign. `row` is None for a row that is missing; `digest` is then of what it said last."""

    code: Code
    case: str
    key: str
    digest: str
    row: Row | None = None
    replaces: str | None = None


@dataclass(slots=True)
class Plan:
    """`cases`: the steps of each case, by time, and the cases by the time of their first step.

    `unchanged` rows are on the ledger as they are, `repeated` ones stand in the file several times, word for word.
    `blind`: rows that are missing could not be told, since a bad row of the file might be one of them.
    """

    cases: list[list[Step]] = field(default_factory=list)
    bad: dict[int, Bad] = field(default_factory=dict)
    unchanged: int = 0
    repeated: int = 0
    blind: bool = False

    def count(self, code: Code) -> int:
        """How many steps have this code."""
        return sum(step.code == code for steps in self.cases for step in steps)


def make_plan(
    rows: Iterable[Row | Bad], known: Known, secret: bytes, *, keyed: bool, complete: bool, refed: bool
) -> Plan:
    """`keyed`: the mapping names the columns of a row's key. `complete`: the file has the source's whole history.

    `refed`: it is a corrected list of rejected rows, whose rows stand beside known ones and never for them.
    """
    plan = Plan()
    complete = complete and not refed
    by_case: dict[str, list[Row | Bad]] = defaultdict(list)
    for row in rows:
        if row.case is not None:
            by_case[row.case].append(row)
        else:
            plan.bad[row.number] = _as_bad(row)
            plan.blind = complete
    for name in dict.fromkeys((*by_case, *known.cases)):
        case, items = known.cases.get(name, KnownCase()), by_case.get(name, [])
        digests = {item.number: content_digest(item, secret) for item in items if isinstance(item, Row)}
        items = _settle_keyed(items, digests, plan) if keyed else _derive_keys(items, digests, case.rows, refed)
        steps = _compare(name, items, digests, case, plan)
        if complete:
            steps += _missing(name, items, case, plan)
        if steps:
            plan.cases.append(steps)
    plan.cases.sort(key=lambda steps: (steps[0].row is None, steps[0].row.moment.timestamp() if steps[0].row else 0))
    if plan.blind:
        # A bad row may be any of the missing ones: say nothing rather than something false.
        plan.cases = [kept for steps in plan.cases if (kept := [step for step in steps if step.row])]
    return plan


def _compare(
    name: str, items: Sequence[Row | Bad], digests: Mapping[int, str], case: KnownCase, plan: Plan
) -> list[Step]:
    steps = []
    for item in items:
        if isinstance(item, Bad):
            plan.bad[item.number] = item
            continue
        assert item.key is not None
        digest, before = digests[item.number], case.rows.get(item.key)
        if before == KnownRow(digest, gone=False):
            plan.unchanged += 1
        elif before is None:
            steps.append(Step("source.import", name, item.key, digest, item))
        else:
            steps.append(Step("source.correct", name, item.key, digest, item, before.digest))
    return sorted(steps, key=lambda step: (step.row.moment, step.row.number) if step.row else ())


def _missing(name: str, items: Sequence[Row | Bad], case: KnownCase, plan: Plan) -> list[Step]:
    present = {item.key for item in items}
    plan.blind = plan.blind or None in present
    return [
        Step("source.miss", name, key, row.digest)
        for key, row in case.rows.items()
        if key not in present and not row.gone
    ]


def _settle_keyed(items: Sequence[Row | Bad], digests: Mapping[int, str], plan: Plan) -> list[Row | Bad]:
    """One item a key: word-for-word repetitions fall away; where they differ, nobody can say which one holds."""
    by_key: dict[str | None, list[Row | Bad]] = defaultdict(list)
    for item in items:
        by_key[item.key].append(item)
    settled = by_key.pop(None, [])
    for same in by_key.values():
        contents = {digests.get(item.number) for item in same}
        if len(same) == 1 or (len(contents) == 1 and None not in contents):
            settled.append(same[0])
            plan.repeated += len(same) - 1
        else:
            numbers = ", ".join(str(item.number) for item in same)
            reason = f"行键相同而内容不同（第 {numbers} 行） rows {numbers} have the same key and say different things"
            settled += [_as_bad(item, reason) for item in same]
    return settled


def _as_bad(item: Row | Bad, *more: str) -> Bad:
    if isinstance(item, Bad):
        return replace(item, reasons=item.reasons + more)
    return Bad(item.number, more, item.case, item.key, item.kind)


def _derive_keys(
    items: Sequence[Row | Bad], digests: Mapping[int, str], known: Mapping[str, KnownRow], refed: bool
) -> list[Row | Bad]:
    """Give every item of a case whose kind is readable the key `kind.N`.

    Rows of one case with the same activity and the same time are equals: N tells them apart and means nothing else.
    So an equal takes the key under which the ledger knows its exact words; those left over take the known keys left
    over, in order (they were changed), and then new ones.
    """
    keyed: list[Row | Bad] = [item for item in items if item.kind is None]
    by_kind: dict[str, list[Row | Bad]] = defaultdict(list)
    for item in items:
        if item.kind is not None:
            by_kind[item.kind].append(item)
    for kind, equals in by_kind.items():
        keyed += _number_equals(kind, equals, digests, known, refed)
    return keyed


def _number_equals(
    kind: str, equals: Sequence[Row | Bad], digests: Mapping[int, str], known: Mapping[str, KnownRow], refed: bool
) -> list[Row | Bad]:
    free = sorted((key for key in known if key.startswith(kind + ".")), key=_ordinal)
    new = (key for key in (f"{kind}.{ordinal}" for ordinal in count(1)) if key not in known)
    given: dict[int, str] = {}
    for item in equals:
        # A corrected row comes with the key that was set aside for it when it was rejected.
        if item.key and item.key.startswith(kind + ".") and item.key not in given.values():
            given[item.number] = item.key
    free = [key for key in free if key not in given.values()]
    for item in equals:
        if item.number not in given and item.number in digests:
            exact = [key for key in free if known[key].digest == digests[item.number]]
            if exact:
                given[item.number] = min(exact, key=lambda key: (known[key].gone, _ordinal(key)))
                free.remove(given[item.number])
    for item in equals:
        if item.number not in given:
            usable = iter(free) if free and not refed else new
            given[item.number] = next(key for key in usable if key not in given.values())
            free = [key for key in free if key != given[item.number]]
    return [replace(item, key=given[item.number]) for item in equals]


def _ordinal(key: str) -> int:
    return int(key.rpartition(".")[2])
