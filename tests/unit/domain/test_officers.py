"""Officers and their keys: two people register, and a key is one officer's for ever."""

from uuid import UUID, uuid4

import pytest

from domain.officer import Officer, first_administrator
from domain.project import Claim
from domain.streams import key_claim_id
from tests.unit.domain.world import COUNTY, JWK, ORIGIN, TOWN, World, refusal, registration


@pytest.fixture
def world() -> World:
    return World()


def test_two_administrators_register_an_officer_and_claim_the_key(world):
    first, second, clerk = world.officer(COUNTY, True), world.officer(COUNTY, True), world.officer(TOWN)
    new, data = uuid4(), registration()

    def by(signer: Officer, seconder: UUID | None, kid: str | None = "key") -> str | None:
        keys = {"brings": "new", "seconded": seconder, "second_kid": kid}
        return refusal(world, signer, new, "officer.register", data, **keys)

    assert by(clerk, second.id) == "officer.not-administrator"
    assert by(first, None) == "officer.second"
    assert by(first, first.id) == "officer.second"
    assert by(first, clerk.id) == "officer.second"
    assert by(first, uuid4()) == "officer.second"
    assert by(first, second.id, "revoked") == "key.not-valid"
    assert by(first, second.id) is None
    keys = {"brings": "new", "seconded": second.id, "second_kid": "key"}
    officer = world.record(first, new, "officer.register", data, **keys)
    assert (officer.unit, officer.administrator, officer.keys) == (TOWN, False, frozenset({"new"}))
    assert world.streams[key_claim_id(ORIGIN, "new")] == Claim(key_claim_id(ORIGIN, "new"), 1, str(new))
    assert by(first, second.id) == "officer.exists"
    assert refusal(world, first, uuid4(), "officer.register", data, **keys) == "key.taken"


def test_a_registration_reads_the_seconder_and_the_claim_it_takes(world):
    first, second, new = world.officer(COUNTY, True), world.officer(COUNTY, True), uuid4()
    keys = {"brings": "new", "seconded": second.id, "second_kid": "key"}
    decision = world.decide(first, new, "officer.register", registration(), **keys)
    assert decision.read == {first.id: 1, second.id: 1, new: 0, key_claim_id(ORIGIN, "new"): 0}
    (claimed,) = decision.claimed
    assert (claimed.originator_version, claimed.type, claimed.said) == (1, "key.claimed", {"by": str(new)})


def test_an_added_key_is_seconded_by_the_officer_s_own_older_one_or_an_administrator(world):
    admin, second, officer, other = (
        world.officer(COUNTY, True),
        world.officer(COUNTY, True),
        world.officer(TOWN),
        world.officer(TOWN),
    )
    data = {"jwk": JWK, "possession": "p" * 20, "second": "s" * 20}

    def seconded_by(seconder: Officer, stream: UUID = officer.id) -> str | None:
        keys = {"brings": "new", "seconded": seconder.id, "second_kid": "key"}
        return refusal(world, admin, stream, "officer.add_key", data, **keys)

    assert seconded_by(officer) is None
    assert seconded_by(second) is None
    assert seconded_by(other) == "officer.second"
    assert seconded_by(admin) == "officer.second"
    assert seconded_by(second, uuid4()) == "officer.unknown"
    assert seconded_by(admin, admin.id) == "officer.second"
    keys = {"brings": "new", "seconded": officer.id, "second_kid": "key"}
    assert world.record(admin, officer.id, "officer.add_key", data, **keys).keys == frozenset({"key", "new"})


def test_a_key_is_revoked_by_another_of_the_officer_s_own_or_by_an_administrator(world):
    admin, clerk = world.officer(COUNTY, True), world.officer(TOWN)
    officer = Officer(uuid4(), 2, TOWN, False, frozenset({"key", "k" * 43}))
    world.streams[officer.id] = officer
    revoke = {"kid": "k" * 43, "reason": "lost"}
    assert refusal(world, clerk, officer.id, "officer.revoke_key", revoke) == "officer.not-administrator"
    assert refusal(world, officer, officer.id, "officer.revoke_key", revoke, kid="k" * 43) == "key.self"
    assert refusal(world, admin, clerk.id, "officer.revoke_key", revoke) == "key.not-held"
    assert refusal(world, admin, uuid4(), "officer.revoke_key", revoke) == "key.not-held"
    assert refusal(world, officer, officer.id, "officer.revoke_key", revoke) is None
    assert world.record(admin, officer.id, "officer.revoke_key", revoke).keys == frozenset({"key"})
    assert refusal(world, admin, officer.id, "officer.revoke_key", revoke) == "key.not-held"


def test_an_administrator_s_key_ends_only_by_two_people(world):
    admin, second, clerk = world.officer(COUNTY, True), world.officer(COUNTY, True), world.officer(TOWN)
    chief = Officer(uuid4(), 2, COUNTY, True, frozenset({"key", "k" * 43}))
    world.streams[chief.id] = chief
    revoke = {"kid": "k" * 43, "reason": "lost", "second": "s" * 20}

    def by(signer: Officer, seconder: Officer | None, kid: str = "key") -> str | None:
        keys = {"seconded": seconder.id, "second_kid": kid} if seconder else {}
        return refusal(world, signer, chief.id, "officer.revoke_key", revoke, **keys)

    assert by(admin, None) == "officer.second-needed"
    assert by(chief, None) == "officer.second-needed"
    assert by(clerk, second) == "officer.not-administrator"
    assert by(admin, admin) == "officer.second"
    assert by(chief, chief, "k" * 43) == "officer.second"
    assert by(admin, clerk) == "officer.second"
    assert by(admin, second, "revoked") == "key.not-valid"
    assert by(admin, second) is None
    assert by(chief, second) is None
    assert by(admin, chief, "k" * 43) is None
    decision = world.decide(admin, chief.id, "officer.revoke_key", revoke, seconded=second.id, second_kid="key")
    assert decision.read == {admin.id: 1, second.id: 1, chief.id: 2}
    keys = {"seconded": second.id, "second_kid": "key"}
    assert world.record(admin, chief.id, "officer.revoke_key", revoke, **keys).keys == frozenset({"key"})


def test_a_second_signature_under_a_clerk_s_revocation_is_a_second_person_s(world):
    admin, second, other = world.officer(COUNTY, True), world.officer(COUNTY, True), world.officer(TOWN)
    clerk = Officer(uuid4(), 1, TOWN, False, frozenset({"k" * 43}))
    world.streams[clerk.id] = clerk
    revoke = {"kid": "k" * 43, "reason": "left", "second": "s" * 20}
    for seconder, kid, expected in (
        (other, "key", "officer.second"),
        (admin, "key", "officer.second"),
        (second, "key", None),
        (clerk, "k" * 43, None),
    ):
        keys = {"seconded": seconder.id, "second_kid": kid}
        assert refusal(world, admin, clerk.id, "officer.revoke_key", revoke, **keys) == expected


def test_a_first_administrator_stands_on_line_0_before_any_line_of_their_own(world):
    admin = first_administrator(uuid4(), COUNTY, ["key"])
    world.streams[admin.id] = admin
    second = world.officer(COUNTY, True)
    keys = {"brings": "new", "seconded": second.id, "second_kid": "key"}
    decision = world.decide(admin, uuid4(), "officer.register", registration(), **keys)
    assert decision.read[admin.id] == 0
