"""Complaints and referrals: who takes which step, in which order; and what the line tells, which is nothing."""

from dataclasses import replace
from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid1, uuid4, uuid5

import pytest

from api.compose import uuid7
from domain.acts import ACTS
from domain.assignment import Assignment, Duty, duties_on
from domain.officer import Officer
from domain.schemas.sealed import Sealed
from domain.sealed import SEALED_ZH, SIZES, STEPS, SealedStage, SealedStream, describe
from tests.unit.domain.world import COUNTY, DIGEST, TOWN, VILLAGE, World, refusal

SEALED = {"content": DIGEST, "envelope": DIGEST, "size": SIZES[0]}
PUBLIC = "A" * 42 + "8"


@pytest.fixture
def world() -> World:
    return World()


def charged(world: World, *duties: str, unit: str = COUNTY) -> Officer:
    officer = replace(
        world.officer(unit), assignments=(Assignment(frozenset(duties), date(2026, 1, 1), date(2026, 12, 31)),)
    )
    world.streams[officer.id] = officer
    return officer


def standing(world: World, kind: str, stage: SealedStage | None) -> UUID:
    id_ = uuid4()
    if stage is not None:
        world.streams[id_] = SealedStream(id_, 3, kind, stage, date(2026, 11, 1))
    return id_


@pytest.mark.parametrize("code", sorted(STEPS))
@pytest.mark.parametrize("stage", [None, *SealedStage])
def test_each_step_comes_after_its_own_and_no_other(world, code, stage):
    step, kind = STEPS[code], code.partition(".")[0]
    officer = charged(world, step.duties[0])
    stream = standing(world, kind, stage)
    if stage is None:
        expected = None if not step.after else "sealed.unknown"
    else:
        expected = None if stage in step.after else "sealed.order"
    assert refusal(world, officer, stream, code, SEALED) == expected
    if expected is None:
        assert world.record(officer, stream, code, SEALED).stage == step.to


@pytest.mark.parametrize("code", sorted(STEPS))
def test_each_step_is_for_people_of_the_county_with_the_duty(world, code):
    step, kind = STEPS[code], code.partition(".")[0]

    def by(officer: Officer, **changes: object) -> str | None:
        stream = standing(world, kind, step.after[0] if step.after else None)
        return refusal(world, officer, stream, code, SEALED, **changes)

    for duty in Duty:
        assert by(charged(world, duty)) == (None if duty in step.duties else "officer.duty")
    assert by(world.officer(COUNTY)) == "officer.duty"
    assert by(world.officer(COUNTY, administrator=True)) == "officer.duty"
    for unit in (TOWN, VILLAGE):
        assert by(charged(world, *step.duties, unit=unit)) == "officer.level"
    assert by(charged(world, step.duties[0]), basis="paper") == "sealed.direct"


def test_a_complaint_takes_no_step_of_a_referral_nor_a_case_s_stream_any(world):
    officer = charged(world, "supervise")
    assert refusal(world, officer, standing(world, "complaint", SealedStage.ANSWERED), "referral.close", SEALED) == (
        "sealed.stream"
    )
    assert refusal(world, officer, world.case().id, "complaint.close", SEALED) == "sealed.stream"
    complaint = standing(world, "complaint", SealedStage.LODGED)
    assert refusal(world, world.officer(TOWN), complaint, "apply.accept", {}) == "case.stream"


@pytest.mark.parametrize("id_", [uuid1(), uuid5(NAMESPACE_URL, "a case"), uuid7(), UUID(int=7)])
def test_an_id_that_follows_from_anything_is_refused(world, id_):
    assert refusal(world, charged(world, "supervise"), id_, "complaint.lodge", SEALED) == "sealed.id"
    assert refusal(world, charged(world, "supervise"), id_, "referral.open", SEALED) == "sealed.id"


def test_a_decision_has_read_the_signer_and_the_stream_and_nothing_else(world):
    for code, step in STEPS.items():
        officer = charged(world, step.duties[0])
        stream = standing(world, code.partition(".")[0], step.after[0] if step.after else None)
        decision = world.decide(officer, stream, code, SEALED)
        assert set(decision.event.relied) == {"streams"}
        assert set(decision.event.relied["streams"]) == {str(officer.id), str(stream)}
        assert decision.claimed == ()


def test_every_act_says_the_same_three_things_and_nothing_in_free_form():
    for code in STEPS:
        assert ACTS[code].data is Sealed
    assert set(Sealed.model_fields) == {"content", "envelope", "size"}


def test_a_size_is_one_of_the_classes(world):
    officer = charged(world, "supervise")
    assert refusal(world, officer, uuid4(), "complaint.lodge", SEALED | {"size": 32_767}) == "data.schema"
    assert refusal(world, officer, uuid4(), "complaint.lodge", SEALED | {"case": str(uuid4())}) == "data.schema"


def test_a_stream_is_described_by_its_stage_alone(world):
    officer = charged(world, "supervise")
    complaint = world.record(officer, uuid4(), "complaint.lodge", SEALED)
    assert set(describe(complaint)) == {"id", "version", "kind", "stage", "stage_zh", "began"}
    assert set(SEALED_ZH) == set(SealedStage)


# -- duties ---------------------------------------------------------------------------------------


def test_a_later_assignment_takes_the_place_of_the_earlier_from_its_first_day():
    first = Assignment(frozenset({"supervise"}), date(2026, 1, 1))
    then = Assignment(frozenset({"handle"}), date(2026, 6, 1), date(2026, 6, 30))
    for day, expected in [
        (date(2025, 12, 31), set()),
        (date(2026, 1, 1), {"supervise"}),
        (date(2026, 5, 31), {"supervise"}),
        (date(2026, 6, 1), {"handle"}),
        (date(2026, 6, 30), {"handle"}),
        (date(2026, 7, 1), set()),
    ]:
        assert duties_on((first, then), day) == expected
    assert duties_on((), date(2026, 1, 1)) == set()


def test_an_administrator_assigns_duties_to_others_of_the_county(world):
    admin, officer, clerk = world.officer(COUNTY, True), world.officer(COUNTY), world.officer(TOWN)
    supervise = {"duties": ["supervise"], "starting": "2026-11-01", "ending": "2026-11-30"}
    assert refusal(world, officer, clerk.id, "officer.assign", supervise) == "officer.not-administrator"
    assert refusal(world, admin, admin.id, "officer.assign", supervise) == "officer.own-duties"
    assert refusal(world, admin, clerk.id, "officer.assign", supervise) == "officer.duty-level"
    assert refusal(world, admin, clerk.id, "officer.assign", supervise | {"duties": ["handle", "confirm"]}) is None
    assert refusal(world, admin, uuid4(), "officer.assign", supervise) == "officer.unknown"
    for bad in (
        {"duties": ["commission", "supervise"]},
        {"duties": ["handle", "handle"]},
        {"duties": ["rule"]},
        {"ending": "2026-10-31"},
    ):
        assert refusal(world, admin, officer.id, "officer.assign", supervise | bad) == "data.schema"
    recorded = world.record(admin, officer.id, "officer.assign", supervise)
    assert recorded.has_duty(Duty.SUPERVISE, date(2026, 11, 30))
    assert not recorded.has_duty(Duty.SUPERVISE, date(2026, 12, 1))
    assert refusal(world, recorded, uuid4(), "referral.open", SEALED) is None
    world.record(admin, officer.id, "officer.assign", {"duties": [], "starting": "2026-11-23"})
    assert refusal(world, recorded, uuid4(), "referral.open", SEALED) == "officer.duty"


# -- reading keys ---------------------------------------------------------------------------------


def test_an_officer_of_the_county_names_their_own_reading_keys(world):
    officer, other, clerk = world.officer(COUNTY), world.officer(COUNTY), world.officer(TOWN)
    admin = world.officer(COUNTY, True)
    add = {"kem": "X25519", "public": PUBLIC}
    assert refusal(world, admin, officer.id, "officer.add_reading_key", add) == "officer.own-reading-key"
    assert refusal(world, clerk, clerk.id, "officer.add_reading_key", add) == "officer.level"
    for bad in ({"public": "A" * 43 + "="}, {"public": "A" * 42 + "B"}, {"kem": "P-256"}, {"possession": "x"}):
        assert refusal(world, officer, officer.id, "officer.add_reading_key", add | bad) == "data.schema"
    officer = world.record(officer, officer.id, "officer.add_reading_key", add)
    assert (officer.reading_keys, officer.keys) == (frozenset({PUBLIC}), frozenset({"key"}))
    assert refusal(world, officer, officer.id, "officer.add_reading_key", add) == "officer.reading-key-known"
    end = {"public": PUBLIC, "reason": "lost"}
    assert refusal(world, other, officer.id, "officer.end_reading_key", end) == "officer.not-administrator"
    assert refusal(world, admin, other.id, "officer.end_reading_key", end) == "officer.reading-key-unknown"
    assert refusal(world, officer, officer.id, "officer.end_reading_key", end) is None
    assert world.record(admin, officer.id, "officer.end_reading_key", end).reading_keys == frozenset()


def test_an_officer_has_few_reading_keys_at_a_time(world):
    officer = world.officer(COUNTY)
    for sign in "ABCD":
        officer = world.record(
            officer, officer.id, "officer.add_reading_key", {"kem": "X25519", "public": sign * 42 + "8"}
        )
    fifth = {"kem": "X25519", "public": PUBLIC[:-1] + "4"}
    assert refusal(world, officer, officer.id, "officer.add_reading_key", fifth) == "officer.reading-keys"
