"""The course of a case: every step with its authority, its rules by article, its clock and its signatures."""

from typing import Any

import pytest

from domain.pack_text import read_pack
from domain.streams import policy_id
from tests.county import AGO, day
from tests.integration.api.conftest import Office


@pytest.fixture(scope="module")
def course(office: Office) -> dict[str, dict[str, Any]]:
    """The entries of a case that went from application to exit, by act (the latest of each)."""
    case = office.case_until("")
    answer = office.get(f"/cases/{case}/course")
    assert answer.status_code == 200, answer.text
    return {entry["act"]: entry for entry in answer.json()["entries"]}


def test_every_step_cites_the_packs_it_was_judged_by_and_holds(course: dict[str, dict[str, Any]]):
    assert {"apply.submit", "confirm.grant", "exit.end"} <= set(course)
    for entry in course.values():
        assert entry["rules"] == {"law": "law-2022-10", "settings": "county-defaults"}
        assert entry["signature"]["valid"]
        assert entry["chain"]["valid"]


def test_a_confirmation_names_the_delegation_its_form_and_who_answers_for_it(course: dict[str, dict[str, Any]]):
    authority = course["confirm.grant"]["authority"]
    assert (authority["confirms"], authority["form"], authority["delegation_version"]) == ("town", "entrusted", 1)
    assert len(authority["instrument"]) == 64
    assert course["verify.draw"]["authority"] is None
    assert course["verify.draw"]["level"] == "county"


def test_a_step_names_the_articles_of_what_had_to_stand_before_it(course: dict[str, dict[str, Any]]):
    assert "民发〔2021〕57号第十九条" in course["review.post"]["articles"]
    assert "民发〔2021〕57号第十六条" in course["review.visit"]["articles"]
    assert "民发〔2021〕57号第二条" in course["confirm.grant"]["articles"]


def test_the_clock_shows_what_each_step_met_and_what_it_set_running(course: dict[str, dict[str, Any]]):
    running = {one["name"]: one["due"] for one in course["apply.accept"]["running"]}
    assert {"visit-begins", "total"} <= set(running)
    met = {one["name"]: one for one in course["confirm.grant"]["met"]}
    assert met["total"]["due"] == running["total"]
    assert (met["total"]["late"], met["total"]["done"]) == (False, course["confirm.grant"]["on"])
    assert met["posting"]["waits"]
    assert {one["name"] for one in course["confirm.grant"]["running"]} == {"recheck"}
    assert [one["name"] for one in course["exit.end"]["met"]] == ["recheck"]


def test_an_act_of_several_hands_says_whose_were_missing_when_it_was_signed(
    course: dict[str, dict[str, Any]], office: Office
):
    missing = course["review.visit"]["hands_missing"]
    assert "household" in missing
    assert str(office.county.assistant.id) in missing
    assert course["review.cosign"]["hands_missing"] == []


def test_what_is_no_case_has_no_course(office: Office):
    for stream in (office.county.clerk.id, "00000000-0000-4000-8000-000000000000"):
        answer = office.get(f"/cases/{stream}/course")
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_what_was_due_on_an_earlier_day_is_told_as_the_case_stood_then(office: Office):
    case = office.case_until("verify.draw")

    def due(ago: int) -> tuple[int, dict[str, Any]]:
        answer = office.get(f"/cases/{case}/deadlines?on={day(ago)}").json()
        return answer["version"], {one["name"]: one for one in answer["deadlines"]}

    assert due(61) == (0, {})
    version, then = due(AGO["review.check"])
    assert version < 6
    assert then["total"]["done"] is None
    assert "recheck" not in then
    granted = due(AGO["confirm.grant"])[1]
    assert granted["total"]["done"] == str(day(AGO["confirm.grant"]))
    assert granted["recheck"]["done"] is None
    assert due(0)[0] > version


def test_a_pack_that_takes_hold_of_open_procedures_counts_from_its_day_on_and_not_before(office: Office):
    case = office.case_until("review.check")
    text = (
        f'pack = "quick"\nkind = "county"\ntitle = "本县规定"\nstarting = {day(30)}\ntransition = "open"\n'
        '[[article]]\nid = "1"\ncite = "本县规定第一条"\nsays = "…"\n'
        '[[limit]]\nname = "total"\nprogrammes = ["rural_minimum"]\nbegins = ["apply.accept"]\n'
        'ends = ["confirm.grant", "confirm.refuse"]\nnumber = 10\ncounted = "working_days"\nturn = "town"\n'
        'when = ["delegated"]\narticle = "1"\n'
    )
    pack, county = read_pack(text), office.county
    stream = str(policy_id(county.pen.origin))
    said = {"kind": "county", "name": pack.name, "sha256": pack.sha256, "text": text, "starting": str(day(30))}
    office.record(county.pen.sign(county.inspector, stream, "policy.propose", said))
    said = {"pack": pack.name, "sha256": pack.sha256, "starting": str(day(30))}
    office.record(county.pen.sign(county.supervisor, stream, "policy.adopt", said))
    numbers = []
    for ago in (31, 30):
        running = office.get(f"/cases/{case}/deadlines?on={day(ago)}").json()["deadlines"]
        numbers += [one["number"] for one in running if one["name"] == "total"]
    assert numbers == [20, 10]
