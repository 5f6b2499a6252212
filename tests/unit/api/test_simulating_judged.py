"""A whole played county, judged by the rules themselves: what is to be recorded is, what is to be refused is refused.

No service: every act is read as it would come in, and decided in order. The look-alikes stay within every limit.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from api.identities import people_in
from api.simulating.casting import TOGETHER
from api.simulating.forms import FORMS, NAMES
from api.simulating.life import Step
from api.simulating.office import Office, Signed, administrator, staff
from api.simulating.play import Plan, Played, in_order
from api.simulating.seed import Seed
from domain.deadlines import deadlines
from domain.decide import decide
from domain.errors import NotAllowed
from domain.events import Acted
from domain.officer import Officer
from domain.policy import Policy
from domain.project import project
from domain.proposal import Proposal
from domain.streams import policy_id
from domain.view import View
from ledger.act import BEIJING, parse_act
from tests.unit.domain.world import Streams

ORIGIN = "simulation.example"
PLAN = Plan("1", 300, 2)
REFUSALS = {
    "returned_again": 2, "committee_kin_hurried": 1, "confirmed_early": 1, "against_the_check": 1,
    "approved_by_visitor": 1, "visited_alone": 1,
}  # fmt: skip
"""Forms that the rules refuse outright, and how often each household tries."""


@dataclass
class Judged:
    """What became of a played county: its cases, the limits each missed, what was refused."""

    played: Played
    late: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By case: the limits that it missed."""
    refused: Counter[str] = field(default_factory=Counter)
    """By case."""
    acts: list[Acted] = field(default_factory=list)


@pytest.fixture(scope="module")
def judged() -> Judged:
    office, played = Office(Seed(PLAN.seed), ORIGIN), Played()
    staff(office)
    streams, found = Streams(), Judged(played)
    for officer in (*office.officers.values(), administrator("1")):
        is_administrator = officer.name == "1"
        streams[officer.id] = Officer(officer.id, 1, officer.unit, is_administrator, frozenset({officer.kid}))
        office.heads[officer.id] = (1, "00" * 32)
    for step, signed in in_order(office, PLAN, played):
        _judge(step, signed, streams, found)
    return found


def _judge(step: Step, signed: Signed, streams: Streams, found: Judged) -> None:
    act, jws = parse_act(signed.message.encode(), ORIGIN)
    claims = {
        "iss": act.iss, "case": str(act.case), "act": act.code, "version": act.version, "iat": act.iat,
        "on": str(act.on), "basis": act.basis, "data": act.data, **({"paper": act.paper} if act.paper else {}),
    }  # fmt: skip
    people = people_in(act.revealed, bytes(32), ORIGIN)
    proposal = Proposal(act.jws, jws.kid, act.code, claims, act.revealed, people=people)
    view = View(ORIGIN, step.at.astimezone(BEIJING).date(), streams)
    if step.refused is not None:
        with pytest.raises(NotAllowed) as refusal:
            decide(proposal, view)
        assert refusal.value.code == step.refused
        found.refused[str(act.case)] += 1
        return
    decision = decide(proposal, view)
    before = streams[act.case]
    streams[act.case] = project(before, decision.event, lambda event: None)
    for claimed in decision.claimed:
        streams[claimed.originator_id] = project(streams[claimed.originator_id], claimed, lambda event: None)
    found.acts.append(decision.event)
    _note_late(decision.event, streams, found)


def _note_late(event: Acted, streams: Streams, found: Judged) -> None:
    law, policy = event.relied.get("policy"), streams[policy_id(ORIGIN)]
    if law is None or not isinstance(policy, Policy):
        return
    case: Any = streams[event.originator_id]
    for one in deadlines(case, policy.rules(law, event.relied.get("settings")), event.on):
        if one.done == event.on and one.due.late and not one.waits and event.claims["act"] != "exit.end":
            found.late[str(event.originator_id)].add(one.name)


def cases(found: Judged, forms: set[str | None]) -> Iterator[tuple[str | None, str]]:
    """The cases of the households that play one of these."""
    for life in found.played.lives:
        if life.planted in forms:
            for number in range(1, life.round + 1):
                yield life.planted, str(life.office.seed.id(f"case/{life.household.number}/{number}"))


def test_every_form_is_recorded_or_refused_as_it_is_meant(judged: Judged) -> None:
    counted = Counter(life.planted for life in judged.played.lives if life.shown)
    assert set(counted) == set(NAMES)
    assert all(counted[name] >= least for name, least in TOGETHER.items())
    tried = Counter({form: sum(judged.refused[case] for _, case in cases(judged, {form})) for form in REFUSALS})
    assert tried == Counter({form: number * counted[form] for form, number in REFUSALS.items()})
    assert sum(judged.refused.values()) == sum(tried.values())


def test_whoever_is_honest_keeps_every_limit(judged: Judged) -> None:
    twins = {form.twin for form in FORMS}
    assert [(form, judged.late[case]) for form, case in cases(judged, {None, *twins}) if judged.late[case]] == []


@pytest.mark.parametrize(
    ("form", "limit"),
    [("slow", "visit-begins"), ("overdue", "total"), ("half_year_missed", "recheck")],
)
def test_whoever_is_late_is_late_by_the_law(judged: Judged, form: str, limit: str) -> None:
    found = [judged.late[case] for _, case in cases(judged, {form})]
    assert found
    assert all(limit in late for late in found)


def test_every_complaint_is_answered_and_what_is_found_is_referred(judged: Judged) -> None:
    counted = Counter(event.type for event in judged.acts)
    assert 0 < counted["complaint.lodged"] == counted["complaint.answered"] == counted["complaint.closed"]
    assert counted["referral.closed"] == sum(life.planted == "kickback" for life in judged.played.lives) > 0


def test_towns_lose_their_power_for_a_while_and_the_county_confirms_in_their_stead(judged: Judged) -> None:
    types = {event.type for event in judged.acts}
    assert {"delegation.suspended", "delegation.resumed", "delegation.withdrawn"} <= types
    why = {event.relied.get("why") for event in judged.acts if event.type == "confirm.granted"}
    assert why & {"suspended", "withdrawn"}


def test_what_kinship_leaves_to_be_seen_can_be_seen(judged: Judged) -> None:
    """Somebody joins whom another case refused: one person's stream in both."""
    people: dict[str, set[UUID]] = defaultdict(set)
    for event in judged.acts:
        if event.type == "apply.submitted":
            people[str(event.originator_id)] = {UUID(one) for one in event.relied["people"]}
    (life,) = (life for life in judged.played.lives if life.planted == "joined_household")
    joined = {UUID(one) for event in judged.acts for one in event.relied.get("joining", ())}
    assert people[str(life.apart)] <= joined
