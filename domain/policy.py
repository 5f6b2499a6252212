"""The county's rules by date: which packs were proposed and adopted, and which are in force on a day.

Every pack that was ever adopted stays, so that an old case is judged by what it was judged by.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from domain.calendar import Calendar, announced
from domain.errors import NotAllowed
from domain.events import Acted
from domain.pack import Kind, Pack, Transition
from domain.pack_text import read_pack
from domain.rules_in_force import Rules, overlay


@dataclass(frozen=True, slots=True)
class Proposed:
    """A pack that one officer has proposed, to be in force from `starting` on once another adopts it."""

    pack: Pack
    starting: date
    by: UUID


@dataclass(frozen=True, slots=True)
class Adopted:
    """A pack in force from `starting` on. `correction`: another one of its kind was in force from that day on, or a
    later one, when it was adopted."""

    pack: Pack
    starting: date
    by: tuple[UUID, UUID]
    correction: bool


@dataclass(frozen=True, eq=False)
class Policy:
    """Every pack, in the order of adoption; of each kind the one proposal that is open, and those it superseded."""

    id: UUID
    version: int
    adopted: tuple[Adopted, ...] = ()
    proposed: tuple[Proposed, ...] = ()
    superseded: frozenset[tuple[str, date]] = frozenset()
    _known: dict[date, Rules | None] = field(default_factory=dict)
    """What `in_force` has answered: a decision asks for the same few days again and again."""

    def in_force(self, on: date) -> Rules | None:
        """The rules on a day, None when no pack was in force yet."""
        if on not in self._known:
            law, county = self.adopted_on(Kind.LAW, on), self.adopted_on(Kind.COUNTY, on)
            found = law or county
            self._known[on] = (
                overlay(law.pack if law else None, county.pack if county else None, self.calendar) if found else None
            )
        return self._known[on]

    def rules(self, law: str | None, county: str | None) -> Rules:
        """The rules of two packs, by digest. Raises `NotAllowed` (`policy.unknown`) when one was never adopted."""
        return overlay(self._pack(law), self._pack(county), self.calendar)

    def pinned(self, law: str | None, county: str | None, on: date) -> Rules:
        """The rules of a procedure that began under these two packs, on a later day: the same, unless a newer pack in
        force by then says that it takes hold of open procedures (`transition = "open"`)."""
        kept = {Kind.LAW: law, Kind.COUNTY: county}
        for kind, digest in kept.items():
            newer = self.adopted_on(kind, on)
            if newer is not None and newer.pack.transition is Transition.OPEN and newer.pack.sha256 != digest:
                kept[kind] = newer.pack.sha256
        return self.rules(kept[Kind.LAW], kept[Kind.COUNTY])

    def adopted_on(self, kind: Kind, on: date) -> Adopted | None:
        """The pack of a kind that is in force on a day: the latest to begin, of two alike the later adopted."""
        found = None
        for adopted in self.adopted:
            if (
                adopted.pack.kind is kind
                and adopted.starting <= on
                and (not found or adopted.starting >= found.starting)
            ):
                found = adopted
        return found

    def proposal(self, kind: Kind) -> Proposed | None:
        """The open proposal of a kind."""
        return next((proposed for proposed in self.proposed if proposed.pack.kind is kind), None)

    @property
    def calendar(self) -> Calendar:
        """The announced working days, with the years that were adopted as data."""
        calendar = announced()
        for adopted in self.adopted:
            newer = adopted.pack.calendar
            # A newer `chinesecalendar` may have come to know the same year since.
            if newer is not None and newer.last > calendar.last:
                calendar = calendar.with_year(newer)
        return calendar

    def _pack(self, digest: str | None) -> Pack | None:
        if digest is None:
            return None
        for adopted in self.adopted:
            if adopted.pack.sha256 == digest:
                return adopted.pack
        raise NotAllowed("policy.unknown", f"no pack {digest} was ever adopted here", sha256=digest)


def evolve(policy: Policy | None, event: Acted) -> Policy:
    """The rules after one more act."""
    policy = replace(policy or Policy(event.originator_id, 0), version=event.originator_version, _known={})
    data, starting = event.data, date.fromisoformat(event.data["starting"])
    if event.claims["act"] == "policy.propose":
        pack = read_pack(data["text"])
        others = tuple(one for one in policy.proposed if one.pack.kind is not pack.kind)
        gone = {(one.pack.sha256, one.starting) for one in policy.proposed if one.pack.kind is pack.kind}
        return replace(
            policy,
            proposed=(*others, Proposed(pack, starting, event.officer)),
            superseded=(policy.superseded | gone) - {(pack.sha256, starting)},
        )
    # A ledger's first policies were adopted by digest alone: nobody can say what is in them.
    for proposed in policy.proposed:
        if (proposed.pack.sha256, proposed.starting) == (data["sha256"], starting):
            return _adopted(policy, proposed, event.officer)
    return policy


def _adopted(policy: Policy, proposed: Proposed, by: UUID) -> Policy:
    kind, starting = proposed.pack.kind, proposed.starting
    adopted = Adopted(proposed.pack, starting, (proposed.by, by), corrects(policy, kind, starting) is not None)
    remaining = tuple(one for one in policy.proposed if one is not proposed)
    return replace(policy, adopted=(*policy.adopted, adopted), proposed=remaining)


def corrects(policy: Policy, kind: Kind, starting: date) -> Adopted | None:
    """What a pack that begins on that day would correct: one of its kind that begins then or later."""
    later = [one for one in policy.adopted if one.pack.kind is kind and one.starting >= starting]
    return min(later, key=lambda one: one.starting, default=None)
