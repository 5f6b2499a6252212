"""Handing over 交接: open until the successor has signed for the very list."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.handover import list_digest
from domain.officer import Officer, describe
from tests.unit.domain.world import COUNTY, DIGEST, JWK, OTHER_TOWN, TOWN, VILLAGE, World, refusal

CASES = [uuid4() for _ in range(3)]


@pytest.fixture
def world() -> World:
    return World()


def handing(successor: Officer, cases: list[UUID] | None = None, **changes: Any) -> dict[str, Any]:
    cases = CASES if cases is None else cases
    return {
        "successor": str(successor.id),
        "reason": "leaving",
        "count": len(cases),
        "listed": list_digest(cases),
        "cases": [str(case) for case in cases],
        "due": 2,
        "papers": DIGEST,
        "minutes": DIGEST,
    } | changes


def hand_over(world: World, signer: Officer, leaving: Officer, data: dict[str, Any]) -> Officer:
    officer: Officer = world.record(signer, leaving.id, "officer.hand_over", data, jws=f"x.{uuid4()}.z")
    return officer


def taking(officer: Officer) -> dict[str, Any]:
    """What the successor of the latest hand-over signs."""
    one = officer.handovers[-1]
    return {"handover": one.act, "listed": one.listed}


def test_a_list_is_the_same_in_whatever_order_and_file():
    assert list_digest(CASES) == list_digest(reversed(CASES)) == list_digest([*CASES, CASES[0]])
    assert list_digest(CASES) != list_digest(CASES[1:])
    assert list_digest([UUID("00000000-0000-4000-8000-000000000001")]) == (
        "18cbd01ea85b5c51819e319666cb6a233d1136afe516b849cd61ae4348a98c15"
    )


def test_what_was_handed_over_is_open_until_the_successor_takes_it(world):
    leaving, successor = world.officer(TOWN), world.officer(TOWN)
    assert leaving.handover == "none"
    officer = hand_over(world, leaving, leaving, handing(successor))
    assert officer.handover == "open"
    assert describe(officer)["handovers"][0]["count"] == 3
    assert refusal(world, leaving, leaving.id, "officer.take_over", taking(officer)) == "officer.not-successor"
    taken = world.record(successor, leaving.id, "officer.take_over", taking(officer))
    assert taken.handover == "done"
    assert taken.keys == leaving.keys
    assert refusal(world, successor, leaving.id, "officer.take_over", taking(officer)) == "handover.taken"


def test_the_successor_signs_for_the_very_list(world):
    leaving, successor = world.officer(TOWN), world.officer(TOWN)
    officer = hand_over(world, leaving, leaving, handing(successor))
    another = taking(officer) | {"listed": list_digest(CASES[1:])}
    assert refusal(world, successor, leaving.id, "officer.take_over", another) == "handover.list"
    unknown = taking(officer) | {"handover": DIGEST}
    assert refusal(world, successor, leaving.id, "officer.take_over", unknown) == "handover.unknown"
    assert refusal(world, successor, uuid4(), "officer.take_over", taking(officer)) == "officer.unknown"


def test_who_hands_over_and_who_takes_over(world):
    leaving, successor, clerk = world.officer(TOWN), world.officer(TOWN), world.officer(TOWN)
    admin, county, other = world.officer(COUNTY, True), world.officer(COUNTY), world.officer(OTHER_TOWN)

    def by(signer: Officer, to: Officer) -> str | None:
        return refusal(world, signer, leaving.id, "officer.hand_over", handing(to))

    assert by(leaving, successor) is None
    assert by(admin, successor) is None
    assert by(leaving, county) is None
    assert by(clerk, successor) == "officer.not-administrator"
    assert by(leaving, leaving) == "officer.self-successor"
    assert by(admin, leaving) == "officer.self-successor"
    assert by(admin, admin) == "officer.self-successor"
    assert by(leaving, other) == "handover.successor"
    assert by(leaving, world.officer(VILLAGE)) == "handover.successor"
    gone = Officer(uuid4(), 2, TOWN, False, frozenset())
    world.streams[gone.id] = gone
    assert by(leaving, gone) == "handover.successor"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"cases": None}, None),
        ({"count": 0, "cases": [], "listed": list_digest(())}, None),
        ({"cases": []}, "handover.list"),
        ({"count": 2}, "handover.list"),
        ({"listed": DIGEST}, "handover.list"),
        ({"cases": [str(case) for case in CASES[1:]]}, "handover.list"),
        ({"cases": [str(CASES[0])] * 3}, "data.schema"),
        ({"cases": ["x", "y", "z"]}, "data.schema"),
        ({"count": -1}, "data.schema"),
        ({"reason": "tired"}, "data.schema"),
        ({"note": "x"}, "data.schema"),
    ],
)
def test_the_list_fits_its_number_and_digest(world, changes, expected):
    leaving, successor = world.officer(TOWN), world.officer(TOWN)
    data = handing(successor) | changes
    assert refusal(world, leaving, leaving.id, "officer.hand_over", data) == expected


def test_of_many_cases_the_act_has_number_and_digest_alone(world):
    leaving, successor = world.officer(TOWN), world.officer(TOWN)
    data = handing(successor, [uuid4() for _ in range(600)])
    assert refusal(world, leaving, leaving.id, "officer.hand_over", data) == "data.schema"
    del data["cases"]
    assert hand_over(world, leaving, leaving, data).handovers[0].count == 600


def test_a_new_hand_over_to_the_same_successor_takes_the_old_ones_place(world):
    leaving, first, second = world.officer(TOWN), world.officer(TOWN), world.officer(TOWN)
    hand_over(world, leaving, leaving, handing(first, CASES[:1]))
    hand_over(world, leaving, leaving, handing(second, CASES[1:]))
    officer = hand_over(world, leaving, leaving, handing(first, CASES[:2]))
    assert [(one.successor, one.count) for one in officer.handovers] == [(second.id, 2), (first.id, 2)]
    officer = world.record(first, leaving.id, "officer.take_over", taking(officer))
    assert officer.handover == "open"  # the second one's
    assert [one.taken for one in officer.handovers] == [False, True]


def test_who_left_without_handing_over_still_owes_it(world):
    admin, successor = world.officer(COUNTY, True), world.officer(TOWN)
    leaving = Officer(uuid4(), 2, TOWN, False, frozenset({"k" * 43, "j" * 43}))
    world.streams[leaving.id] = leaving
    one = world.record(admin, leaving.id, "officer.revoke_key", {"kid": "k" * 43, "reason": "left"})
    assert one.handover == "none"  # there is another key
    gone = world.record(admin, leaving.id, "officer.revoke_key", {"kid": "j" * 43, "reason": "left"})
    assert gone.handover == "open"
    absence = hand_over(world, admin, leaving, handing(successor, reason="absence"))
    taken = world.record(successor, leaving.id, "officer.take_over", taking(absence))
    assert taken.handover == "open"
    officer = hand_over(world, admin, leaving, handing(successor))
    assert world.record(successor, leaving.id, "officer.take_over", taking(officer)).handover == "done"


def test_who_comes_back_owes_nothing(world):
    admin, second = world.officer(COUNTY, True), world.officer(COUNTY, True)
    leaving = Officer(uuid4(), 2, TOWN, False, frozenset({"k" * 43}))
    world.streams[leaving.id] = leaving
    world.record(admin, leaving.id, "officer.revoke_key", {"kid": "k" * 43, "reason": "left"})
    data = {"jwk": JWK, "possession": "p" * 20, "second": "s" * 20}
    keys = {"brings": "new", "seconded": second.id, "second_kid": "key"}
    assert world.record(admin, leaving.id, "officer.add_key", data, **keys).handover == "none"
