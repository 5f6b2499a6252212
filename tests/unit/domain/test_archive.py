"""The file of a household: what it holds, where, and what it misses; and who may put papers where."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain import archive
from domain.acts import ACTS, TYPES
from domain.archive import STAGES, File, Paper, checklist, evolve, keep_until
from domain.calendar import announced
from domain.case import Case
from domain.errors import NotAllowed
from domain.events import Acted
from domain.pack_text import read_pack
from domain.packs import text_of
from domain.papers import KINDS
from domain.rules_in_force import overlay
from domain.vocabulary import Programme, Stage
from tests.unit.domain.world import (
    COUNTY,
    OTHER_TOWN,
    SUBMIT,
    TOWN,
    VILLAGE,
    World,
    refusal,
    rules_in_force,
    shipped,
)

ID = UUID("0190a1b2-0000-4000-8000-000000000001")
SHELF, ROOM = f"{TOWN}/2/14", f"{COUNTY}/1/3"


def digest(number: int) -> str:
    return f"{number:064x}"


def acted(code: str, data: dict[str, Any], on: str = "2026-11-23", **claims: Any) -> Acted:
    claims |= {"iss": str(uuid4()), "act": code, "on": on, "data": data, "case": str(ID)}
    return Acted(ID, 1, TYPES[code], "x.y.z", claims, {})


def file_of(*acts: Acted) -> File:
    file: File | None = None
    for act in acts:
        file = evolve(file, act)
    assert file is not None
    return file


SUBMITTED = acted("apply.submit", SUBMIT | {"documents": [{"kind": "application", "sha256": digest(1)}]})


def test_every_act_that_names_a_paper_adds_it_with_its_day():
    file = file_of(
        SUBMITTED,
        acted("apply.supplement", {"documents": [{"kind": "income", "sha256": digest(2)}]}, "2026-11-24"),
        acted("apply.accept", {}),
        acted("review.visit", {"form": digest(3)}, paper={"signer": "x", "scan": digest(4)}),
    )
    assert file.papers == (
        Paper("application", digest(1), "2026-11-23", "apply.submit"),
        Paper("income", digest(2), "2026-11-24", "apply.supplement"),
        Paper("visit_form", digest(3), "2026-11-23", "review.visit"),
        Paper("signed", digest(4), "2026-11-23", "review.visit"),
    )
    assert (file.programme, set(file.reached), set(file.conditions)) == ("rural_minimum", {"accepted"}, set())
    assert file.papers[0].describe()["kind_zh"] == "申请书"


def test_filing_says_where_a_paper_stands_and_moving_where_it_stands_now():
    filed = acted("archive.file", {"documents": [
        {"kind": "application", "sha256": digest(1), "pages": 2, "shelf": SHELF},
        {"kind": "identity", "sha256": digest(9), "pages": 4, "shelf": SHELF},
    ]})  # fmt: skip
    file = file_of(SUBMITTED, filed)
    assert [(p.kind, p.pages, p.shelf, p.by) for p in file.papers] == [
        ("application", 2, SHELF, "apply.submit"),
        ("identity", 4, SHELF, "archive.file"),
    ]
    moved = acted("archive.move", {"documents": [digest(9), digest(8)], "shelf": ROOM, "handover": digest(7)})
    file = evolve(file, moved)
    assert [(p.kind, p.shelf) for p in file.papers] == [("application", SHELF), ("identity", ROOM), ("handover", None)]
    assert file.astray == (digest(8),)
    assert evolve(file, moved).astray == (digest(8),)


def test_one_paper_may_be_of_two_kinds_and_stands_in_one_place():
    both = [
        {"kind": "commitment", "sha256": digest(5), "pages": 1, "shelf": SHELF},
        {"kind": "authorisation", "sha256": digest(5), "pages": 1, "shelf": ROOM},
    ]
    file = file_of(SUBMITTED, acted("archive.file", {"documents": both}))
    assert [(p.kind, p.shelf) for p in file.papers[1:]] == [("commitment", ROOM), ("authorisation", ROOM)]
    assert len(evolve(file, acted("archive.file", {"documents": both})).papers) == 3


def test_a_file_that_was_closed_says_until_when_it_is_kept():
    closed = {"holds": ["approval"], "shelf": SHELF, "keep_until": "2032-06-01"}
    file = file_of(SUBMITTED, acted("archive.close", closed, "2027-07-01"))
    assert file.closed == archive.Closed("2027-07-01", SHELF, "2032-06-01", ("approval",))


def test_what_holds_for_a_case_is_read_off_its_acts():
    file = file_of(acted("apply.submit", SUBMIT | {"by": "proxy"}), acted("verify.draw", {"cause": "kin"}))
    assert file.conditions == {"proxy", "kin"}
    found = replace(acted("apply.accept", {}), relied={"kin": [str(uuid4())]})
    assert file_of(SUBMITTED, found).conditions == {"kin"}
    assert file_of(SUBMITTED, acted("verify.draw", {"cause": "sampled"})).conditions == frozenset()


# What a complete file of each programme holds, as the defaults have it: (民政部、国家档案局 notice; 57号; 43号).
COMPLETE = {
    "rural_minimum": "application commitment authorisation identity check_report visit_form posting opinion "
    "confirmation notice publication exit_notice",
    "extreme_poverty": "application commitment authorisation identity check_report visit_form assessment posting "
    "opinion confirmation notice publication exit_notice",
    "low_income": "application commitment authorisation identity check_report visit_form opinion confirmation notice "
    "exit_notice",
}


@pytest.mark.parametrize("programme", COMPLETE)
def test_the_checklist_names_what_is_missing_by_stage_and_why(programme):
    reached = ("accepted", "reviewed", "granted", "exited")
    missing = checklist(programme, reached, (), rules_in_force())
    assert [one.kind for one in missing] == COMPLETE[programme].split()
    assert all(one.article and one.stage in reached for one in missing)
    for number, one in enumerate(missing):
        held = [other.kind for other in missing[:number]]
        assert checklist(programme, reached, held, rules_in_force())[0] == one
    assert checklist(programme, reached, COMPLETE[programme].split(), rules_in_force()) == ()
    assert checklist(programme, (), (), rules_in_force()) == ()


def test_the_checklist_asks_for_more_where_a_condition_holds():
    def kinds(*conditions: str) -> list[str]:
        held = ("application", "commitment", "authorisation", "identity")
        return [one.kind for one in checklist("urban_minimum", ("accepted",), held, rules_in_force(), conditions)]

    assert kinds() == []
    assert kinds("proxy") == ["proxy"]
    assert kinds("proxy", "kin") == ["kin_register", "proxy"]
    assert kinds("unheard-of") == []


def test_kin_registration_cites_article_11():
    (missing,) = (
        one
        for one in checklist("urban_minimum", ("accepted",), (), rules_in_force(), ("kin",))
        if one.kind == "kin_register"
    )
    assert missing.article == "民发〔2021〕57号第十一条"


def test_the_defaults_name_kinds_that_exist_for_every_programme_and_stage():
    settings = rules_in_force()
    for programme in Programme:
        for stage in STAGES:
            assert set(settings.words(f"archive.needs.{stage}", programme)) <= set(KINDS)
            assert settings.article(f"archive.needs.{stage}", programme)
        for condition in archive.CONDITIONS:
            assert settings.sets(f"archive.needs.accepted.{condition}", programme)
    with pytest.raises(NotAllowed, match=r"archive\.nothing"):
        settings.number("archive.nothing", "low_income")


NOTICE = "民政部、国家档案局《关于加强最低生活保障档案管理的通知》第三部分"


@pytest.mark.parametrize(
    ("ended", "holds", "until"),
    [
        (date(2027, 6, 1), ["approval"], date(2030, 6, 1)),  # 停保后不少于3年
        (date(2027, 6, 1), ["management"], date(2032, 6, 1)),  # 不少于5年
        (date(2027, 6, 1), ["approval", "management"], date(2032, 6, 1)),
        (date(2028, 2, 29), ["approval"], date(2031, 2, 28)),
        (date(2028, 2, 29), ["management"], date(2033, 2, 28)),
    ],
)
def test_a_closed_file_is_kept_as_long_as_the_notice_of_the_archives_says(ended, holds, until):
    day, article = keep_until("rural_minimum", ended, holds, rules_in_force())
    assert day == until
    assert article == NOTICE


def test_a_county_that_keeps_files_longer_is_obeyed():
    text = text_of("county-defaults").replace(
        '"archive.keep.approval"\nvalue = 3', '"archive.keep.approval"\nvalue = 30'
    )
    longer = overlay(shipped("law-2022-10"), read_pack(text), announced())
    assert keep_until("low_income", date(2027, 6, 1), ["approval"], longer) == (date(2057, 6, 1), NOTICE)


# -- who may ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def world() -> World:
    return World()


def filing(shelf: str = SHELF) -> dict[str, Any]:
    return {"documents": [{"kind": "other", "sha256": digest(1), "pages": 1, "shelf": shelf}]}


def moving(shelf: str = SHELF) -> dict[str, Any]:
    return {"documents": [digest(1)], "shelf": shelf}


def closing(keep_until: str = "2032-06-01", holds: list[str] | None = None, shelf: str = SHELF) -> dict[str, Any]:
    return {"holds": holds or ["approval", "management"], "shelf": shelf, "keep_until": keep_until}


@pytest.mark.parametrize("stage", Stage)
def test_papers_are_filed_and_moved_at_any_stage_and_nothing_else_of_the_case_changes(world, stage):
    case = world.case(stage)
    town = world.officer(TOWN)
    for data, code in ((filing(), "archive.file"), (moving(), "archive.move")):
        before = world.streams[case.id].describe()
        after = world.record(town, case.id, code, data).describe()
        assert after == before | {"version": before["version"] + 1}


def test_the_town_and_the_county_keep_files_each_within_their_own_area(world):
    case = world.case(Stage.EXITED, ended="2027-06")
    for code, data in (("archive.file", filing()), ("archive.move", moving()), ("archive.close", closing())):
        for unit, expected in [
            (TOWN, None),
            (COUNTY, None),
            (OTHER_TOWN, "officer.place"),
            ("610925", "officer.place"),
            (VILLAGE, "officer.level"),
        ]:
            assert refusal(world, world.officer(unit), case.id, code, data) == expected, (code, unit)


def test_whoever_takes_papers_over_signs(world):
    case = world.case(Stage.EXITED, ended="2027-06")
    town, county = world.officer(TOWN), world.officer(COUNTY)
    for code, data in (("archive.file", filing), ("archive.move", moving)):
        assert refusal(world, town, case.id, code, data(f"{VILLAGE}/1")) is None
        for shelf in (ROOM, f"{OTHER_TOWN}/1"):
            assert refusal(world, town, case.id, code, data(shelf)) == "archive.shelf"
        assert refusal(world, county, case.id, code, data(ROOM)) is None
    assert refusal(world, town, case.id, "archive.close", closing(shelf=ROOM)) == "archive.shelf"
    assert refusal(world, county, case.id, "archive.close", closing(shelf=ROOM)) is None


def test_a_file_belongs_to_a_case_of_ours(world):
    assert refusal(world, world.officer(TOWN), uuid4(), "archive.file", filing()) == "case.unknown"
    assert refusal(world, world.officer(TOWN), world.delegate().id, "archive.file", filing()) == "case.stream"


@pytest.mark.parametrize("stage", Stage)
def test_a_file_is_closed_once_its_case_has_ended(world, stage):
    case = world.case(stage, ended="2027-06" if stage is Stage.EXITED else None)
    ended = stage in (Stage.EXITED, Stage.REFUSED, Stage.REJECTED, Stage.WITHDRAWN)
    assert refusal(world, world.officer(TOWN), case.id, "archive.close", closing()) == (
        None if ended else "archive.open"
    )


def test_a_file_is_kept_at_least_three_or_five_years_after_the_exit(world):
    case = world.case(Stage.EXITED, ended="2027-06")
    town = world.officer(TOWN)
    for until, holds, expected in [
        ("2030-05-31", ["approval"], "archive.keep"),
        ("2030-06-01", ["approval"], None),
        ("2030-06-01", ["approval", "management"], "archive.keep"),
        ("2032-05-31", ["management"], "archive.keep"),
        ("2032-06-01", ["management"], None),
        ("2099-12-31", ["approval"], None),
    ]:
        assert refusal(world, town, case.id, "archive.close", closing(until, holds)) == expected, (until, holds)
    decision = world.decide(town, case.id, "archive.close", closing("2050-01-01"))
    assert decision.event.relied["earliest"] == "2032-06-01"
    with pytest.raises(NotAllowed) as caught:
        world.decide(town, case.id, "archive.close", closing("2027-06-01"))
    assert caught.value.params["earliest"] == "2032-06-01"
    assert "档案管理的通知" in caught.value.params["article"]


def test_what_was_refused_is_kept_from_the_day_on_which_its_file_is_closed(world):
    case = world.case(Stage.REFUSED)
    town = world.officer(TOWN)
    assert refusal(world, town, case.id, "archive.close", closing("2029-11-22", ["approval"])) == "archive.keep"
    assert refusal(world, town, case.id, "archive.close", closing("2029-11-23", ["approval"])) is None


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("archive.file", {"documents": []}),
        ("archive.file", {"documents": [{"kind": "other", "sha256": digest(1)}]}),
        ("archive.file", filing("镇政府档案室")),
        ("archive.file", {"documents": [{"kind": "secret", "sha256": digest(1), "pages": 1, "shelf": SHELF}]}),
        ("archive.file", {"documents": [{"kind": "other", "sha256": digest(1), "pages": 0, "shelf": SHELF}]}),
        ("archive.move", {"documents": [], "shelf": SHELF}),
        ("archive.move", {"documents": [digest(1), digest(1)], "shelf": SHELF}),
        ("archive.close", closing(holds=["approval", "approval"])),
        ("archive.close", closing("later")),
    ],
)
def test_there_is_no_room_for_anything_else(world, code, data):
    case = world.case(Stage.EXITED, ended="2027-06")
    assert refusal(world, world.officer(TOWN), case.id, code, data) == "data.schema"


def test_an_application_may_say_where_its_papers_stand_and_need_not():
    model = ACTS["apply.supplement"].data
    for more in ({}, {"pages": 3}, {"pages": 3, "shelf": SHELF}):
        model.model_validate({"documents": [{"kind": "income", "sha256": digest(1)} | more]})


def test_the_case_knows_nothing_of_its_papers():
    """20 000 cases are kept in memory: their papers are read where they are asked for."""
    fields = set(Case.__dataclass_fields__)
    assert not fields & {"file", "documents"}
