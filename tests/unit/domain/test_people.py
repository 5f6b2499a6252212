"""Who a case helps, as households change: everybody once, nobody who has left, nobody after its end."""

from typing import Any
from uuid import UUID

import pytest

from domain.id_number import check_digit
from domain.person import Person
from domain.vocabulary import Stage
from tests.unit.domain.life import FORM, Life, month_after
from tests.unit.domain.world import DIGEST, SHOWN, World


@pytest.fixture
def life() -> Life:
    """A household of three that is helped."""
    return Life(World()).until("verify.draw")


def helped(life: Life) -> set[UUID]:
    """Whom the ledger knows to be helped in this case."""
    people = [one for one in life.world.streams.values() if isinstance(one, Person)]
    return {person.id for person in people if life.id in person.enrolled}


def number_of(place: int) -> str:
    """The ID number of the household's member at a place after the applicant's."""
    number: str = SHOWN["household"][place - 1]["person"]["id_number"]
    return number


def new_number() -> str:
    body = "00000020200101003"
    return body + check_digit(body)


def change(life: Life, members: int, **more: Any) -> dict[str, Any]:
    """What an adjustment of the members says."""
    joining = [{"person": {"name": "示例丁", "id_number": one}, "relation": "child"} for one in more.pop("joining", ())]
    said = {"cause": "members", "monthly_fen": 28_000 * members, "members": members, **FORM, **more}
    return said | {"starting": month_after(life.today)} | ({"joining": joining} if joining else {})


def adjust(life: Life, members: int, **more: Any) -> str | None:
    """Adjust; the code of the refusal, or None."""
    return life.refused("review.adjust", **change(life, members, **more))


def test_who_left_may_come_back_and_is_let_go_once_when_the_case_ends(life):
    everybody = helped(life)
    assert adjust(life, 2, leaving=[2]) is None
    assert helped(life) == everybody - {life.case.people[2]}
    assert adjust(life, 3, joining=[number_of(2)]) is None
    assert helped(life) == everybody
    assert adjust(life, 2, leaving=[2]) is None
    assert adjust(life, 3, joining=[number_of(2)]) is None
    life.do("exit.end", reason="income", starting=month_after(life.today))
    assert helped(life) == set()


def test_who_has_left_cannot_leave_again_and_who_is_there_cannot_join(life):
    assert adjust(life, 4, joining=[number_of(1)]) == "case.adjust-people"
    assert adjust(life, 2, leaving=[1]) is None
    assert adjust(life, 1, leaving=[1]) == "case.adjust-people"
    assert adjust(life, 5, joining=[new_number()] * 2) == "case.adjust-members"
    assert adjust(life, 4, joining=[new_number()] * 2) == "data.person-twice"
    assert adjust(life, 3, joining=[new_number()]) is None
    assert len(helped(life)) == 3


def test_nobody_leaves_and_joins_in_one_adjustment(life):
    assert adjust(life, 3, leaving=[2], joining=[number_of(2)]) == "case.adjust-people"


def correct(life: Life, code: str, word: str, said: dict[str, Any]) -> str | None:
    latest = life.case.said[code]
    named = {"version": latest.version, "act": latest.digest, "reason": "clerical", "authority": "own"}
    return life.refused("review.correct", life.head, **named, paper=DIGEST, **{word: said})


def grant(life: Life, members: int, **more: Any) -> dict[str, Any]:
    return {"monthly_fen": 28_000 * members, "members": members, "starting": life.case.starting, **more}


def test_a_corrected_confirmation_helps_those_whom_it_says_and_nobody_else(life):
    first, second, third = life.case.people
    assert correct(life, "confirm.grant", "grant", grant(life, 2, covered=[0, 2])) is None
    assert helped(life) == {first, third}
    assert correct(life, "confirm.grant", "grant", grant(life, 3)) is None
    assert helped(life) == {first, second, third}


def test_a_confirmation_corrected_after_the_end_helps_nobody(life):
    life.do("exit.end", reason="income", starting=month_after(life.today))
    assert correct(life, "confirm.grant", "grant", grant(life, 3, monthly_fen=70_000)) is None
    assert life.case.stage is Stage.EXITED
    assert helped(life) == set()


def test_only_the_latest_word_on_the_amount_is_corrected(life):
    before = grant(life, 3)
    assert adjust(life, 2, leaving=[1]) is None
    assert correct(life, "confirm.grant", "grant", before) == "case.correct-latest"
    assert (life.case.members, life.case.monthly_fen) == (2, 56_000)
    assert correct(life, "review.adjust", "adjust", change(life, 2, monthly_fen=57_000)) is None
    assert (life.case.members, life.case.monthly_fen) == (2, 57_000)


def test_a_corrected_adjustment_moves_nobody(life):
    assert adjust(life, 2, leaving=[1]) is None
    assert correct(life, "review.adjust", "adjust", change(life, 1, leaving=[2])) == "case.correct-people"
    joining = change(life, 3, joining=[number_of(1)])
    assert correct(life, "review.adjust", "adjust", joining) == "case.correct-people"
    assert len(helped(life)) == 2


def test_57号_art_11_kin_who_join_later_are_known_like_those_who_applied():
    """57号第十一条: the declared kin of an officer joins; that officer acts here no more, and the case is marked."""
    life = Life(World()).until("verify.draw")
    joins = new_number()
    relative = {"person": {"name": "示例乙", "id_number": joins}, "relation": "sibling"}
    signed = {"person": {"_sd": ["B" * 43]}, "relation": "sibling"}
    life.world.record(
        life.assistant, life.assistant.id, "officer.declare", {"relatives": [signed]}, {"relatives": [relative]}
    )
    members = life.case.members
    by_kin = life.refused("review.adjust", life.assistant, **change(life, members + 1, joining=[joins]))
    assert by_kin == "officer.kin"
    assert adjust(life, members + 1, joining=[joins]) is None
    assert life.case.kin == life.case.own_kin == {life.assistant.id}
    assert "kin" in life.case.conditions
    assert life.refused("review.report", life.assistant) == "officer.kin"
