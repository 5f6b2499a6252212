"""The course of a case: every step with its authority, its rules by article, its clock and its signatures."""

from typing import Any

import pytest

from domain.pack_text import read_pack
from domain.streams import policy_id
from tests.county import AGO, DIGEST, VILLAGE, day, paid_from
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
    assert [(one["name"], one["lapsed"]) for one in course["exit.end"]["met"]] == [("recheck", True)]


def test_every_step_names_the_articles_that_it_is_done_under(course: dict[str, dict[str, Any]]):
    assert [code for code, entry in course.items() if not entry["articles"]] == []
    assert "民发〔2021〕57号第四条" in course["apply.submit"]["articles"]
    assert course["confirm.notify"]["articles"] == ["民发〔2021〕57号第二十一条"]
    assert "民发〔2021〕57号第三十一条" not in course["exit.end"]["articles"]


@pytest.fixture(scope="module")
def managed(office: Office) -> list[dict[str, Any]]:
    """The entries of a case whose review was extended, that the county drew as kin, had put right, and re-checked."""
    case, county = office.case_until("review.opine"), office.county
    extension = {"cause": "hard_investigation", "notice": DIGEST}
    posting = {"village": VILLAGE, "days": 7, "photograph": DIGEST}
    grant = {"monthly_fen": 45_000, "members": 2, "starting": paid_from()}
    ordered = {"fault": "procedure", "deadline": str(day(3))}
    recheck = {"result": "unchanged", "monthly_fen": 45_000, "starting": paid_from(), "form": DIGEST}
    steps: list[tuple[Any, str, dict[str, Any], int]] = [
        (county.clerk, "review.extend", extension, 52),
        (county.clerk, "review.opine", {"opinion": "eligible", "form": DIGEST}, 50),
        (county.clerk, "review.post", posting, 49),
        (county.inspector, "verify.draw", {"cause": "kin"}, 48),
        (county.inspector, "verify.visit", {"form": DIGEST}, 47),
        (county.other, "confirm.grant", grant, 40),
        (county.inspector, "verify.rectify", ordered, 30),
        (county.clerk, "verify.report", {"outcome": "done", "form": DIGEST}, 2),
        (county.inspector, "verify.pass", {}, 1),
        (county.clerk, "review.open", {}, 1),
        (county.clerk, "review.recheck", recheck, 0),
    ]
    for person, code, data, ago in steps:
        office.record(county.pen.sign(person, case, code, data, on=str(day(ago))))
    entries: list[dict[str, Any]] = office.get(f"/cases/{case}/course").json()["entries"]
    return entries


def only(entries: list[dict[str, Any]], code: str) -> dict[str, Any]:
    (found,) = (entry for entry in entries if entry["act"] == code)
    return found


def test_an_extension_shows_which_limit_it_moves_and_to_which_day(managed: list[dict[str, Any]]):
    (moved,) = only(managed, "review.extend")["moved"]
    begun = {one["name"]: one["due"] for one in only(managed, "apply.accept")["running"]}
    assert (moved["name"], moved["was"]) == ("total", begun["total"])
    assert moved["due"] > moved["was"]
    assert {one["name"]: one["due"] for one in only(managed, "confirm.grant")["met"]}["total"] == moved["due"]


def test_what_was_drawn_for_kin_cites_the_compulsory_visit_and_not_the_sample(managed: list[dict[str, Any]]):
    assert only(managed, "verify.draw")["articles"] == ["民发〔2021〕57号第二十条"]


def test_what_the_county_orders_put_right_runs_to_its_deadline_and_ends_with_the_report(managed: list[dict[str, Any]]):
    assert only(managed, "verify.rectify")["running"] == [
        {"name": "rectification", "name_zh": "限期整改", "due": str(day(3))}
    ]
    (met,) = only(managed, "verify.report")["met"]
    assert (met["name"], met["due"], met["done"], met["late"]) == ("rectification", str(day(3)), str(day(2)), True)
    assert only(managed, "verify.pass")["met"] == []


def test_a_recheck_ends_the_time_until_it_and_begins_the_next(managed: list[dict[str, Any]]):
    recheck = only(managed, "review.recheck")
    (met,) = recheck["met"]
    assert (met["name"], met["began"], met["done"]) == ("recheck", str(day(40)), recheck["on"])
    assert (met["late"], met["lapsed"]) == (False, False)
    assert [one["name"] for one in recheck["running"]] == ["recheck"]


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
