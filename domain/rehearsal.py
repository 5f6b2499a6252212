"""A rehearsal of a rule pack: past cases judged again as if it had been in force, beside how they are without it.

Nothing of a person is needed, so an export will do. What was refused at the time is no line, and is not rehearsed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from uuid import UUID

from domain.case import Case
from domain.deadlines import deadlines
from domain.errors import NotAllowed
from domain.events import Acted, Claimed
from domain.officer import Officer
from domain.pack import Kind, Pack
from domain.policy import Adopted, Policy
from domain.project import Aggregate, project
from domain.proposal import Proposal
from domain.rules_in_force import Rules
from domain.rulings import case as casework
from domain.streams import policy_id
from domain.view import View


@dataclass(frozen=True, slots=True)
class Recorded:
    """A line of the ledger: its index, the day in 北京时间 on which it was recorded, and its event."""

    index: int
    today: date
    event: Acted | Claimed
    eve: date | None = None
    """The day before, where it may have been decided then: minutes before midnight."""


@dataclass(frozen=True, slots=True)
class Otherwise:
    """An act that would have come out otherwise. `before`, `after`: why it is refused without and with the pack.

    `limits` are those that this act met in time under one and late under the other: (name, late without, late with).
    """

    index: int
    case: UUID
    act: str
    on: date
    before: NotAllowed | None
    after: NotAllowed | None
    limits: tuple[tuple[str, bool, bool], ...]


@dataclass
class Rehearsed:
    """How much was judged again."""

    acts: int = 0
    cases: set[UUID] = field(default_factory=set)


def rehearse(
    lines: Iterable[Recorded],
    origin: str,
    administrators: Iterable[Officer],
    pack: Pack,
    brings: Callable[[Acted], str | None],
    counted: Rehearsed,
) -> Iterator[Otherwise]:
    """Every act of a case that would have come out otherwise with `pack`, in the ledger's order.

    `lines` are all of them from line 1 on; `administrators` those of line 0. The cases go on as they really went, each
    act is judged for itself. How much was judged is counted in `counted`.
    """
    streams: dict[UUID, Aggregate | None] = {officer.id: officer for officer in administrators}
    for line in lines:
        stream = line.event.originator_id
        found = streams.get(stream)
        streams[stream] = after = project(found, line.event, brings)
        policy = streams.get(policy_id(origin))
        # Who applies stands on the ledger as digests: an application is not judged again, what follows it is.
        if isinstance(found, Case) and isinstance(line.event, Acted) and isinstance(policy, Policy):
            counted.acts += 1
            counted.cases.add(stream)
            known = _Known({stream: found}, streams)
            other = _compare(line, line.event, known, after, policy, pack, origin)
            if other is not None:
                yield other


class _Known(Mapping[UUID, Aggregate | None]):
    """Everything there was by then, some of it otherwise; what is not there is nothing."""

    def __init__(self, changed: Mapping[UUID, Aggregate | None], streams: Mapping[UUID, Aggregate | None]) -> None:
        self.changed, self.streams = changed, streams

    def __getitem__(self, stream: UUID) -> Aggregate | None:
        return self.changed[stream] if stream in self.changed else self.streams.get(stream)

    def __iter__(self) -> Iterator[UUID]:
        return iter({**self.streams, **self.changed})

    def __len__(self) -> int:
        return len({**self.streams, **self.changed})


def _compare(
    line: Recorded, event: Acted, known: _Known, after: Case, policy: Policy, pack: Pack, origin: str
) -> Otherwise | None:
    substituted = _substituted(policy, pack)
    before = _judge(event, View(origin, line.today, known))
    now = _judge(event, View(origin, line.today, _Known({**known.changed, policy.id: substituted}, known.streams)))
    limits = _limits(event.on, after, policy, substituted)
    if (before and before.code) == (now and now.code) and not limits:
        return None
    return Otherwise(line.index, event.originator_id, event.claims["act"], event.on, before, now, limits)


def _judge(event: Acted, view: View) -> NotAllowed | None:
    officer = view.get(event.officer)
    assert isinstance(officer, Officer)
    proposal = Proposal(event.jws, "", event.claims["act"], event.claims, {})
    try:
        casework.RULES[proposal.code](proposal, officer, view)
    except NotAllowed as refused:
        return refused
    return None


def _limits(on: date, case: Case, policy: Policy, substituted: Policy) -> tuple[tuple[str, bool, bool], ...]:
    """The limits that ended on this day, late under one and not under the other."""
    law, county = case.procedure.law, case.procedure.county
    if law is None:
        return ()
    late, with_pack = (_late(case, rules.rules(law, county), on) for rules in (policy, substituted))
    names = [name for name in with_pack if late.get(name, False) != with_pack[name]]
    return tuple((name, late.get(name, False), with_pack[name]) for name in names)


def _late(case: Case, rules: Rules, on: date) -> dict[str, bool]:
    waits = {rule.name for rule in rules.limits(case.programme, case.conditions) if rule.wait}
    ended = [one for one in deadlines(case, rules, on) if one.done == on and one.name not in waits]
    return {one.name: one.due.late for one in ended}


@dataclass(frozen=True, eq=False)
class _Substituted(Policy):
    """The county's rules with the pack in the place of whatever of its kind was in force."""

    pack: Pack | None = None

    def in_force(self, on: date) -> Rules | None:
        found = Policy.in_force(self, on)
        return self.rules(found.law, found.county) if found else None

    def rules(self, law: str | None, county: str | None) -> Rules:
        assert self.pack is not None
        if self.pack.kind is Kind.LAW:
            return Policy.rules(self, self.pack.sha256, county)
        if self.pack.kind is Kind.COUNTY:
            return Policy.rules(self, law, self.pack.sha256)
        return Policy.rules(self, law, county)

    def pinned(self, law: str | None, county: str | None, on: date) -> Rules:
        return self.rules(law, county)


@lru_cache(maxsize=4)
def _substituted(policy: Policy, pack: Pack) -> _Substituted:
    rehearsed = Adopted(pack, pack.starting, (policy.id, policy.id), False)
    return _Substituted(policy.id, policy.version, (*policy.adopted, rehearsed), pack=pack)
