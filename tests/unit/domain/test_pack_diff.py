"""What one pack changes against another, article by article; and that neighbouring laws differ in nothing else."""

import pytest

from domain.pack import Pack
from domain.pack_diff import Change, Difference, differences
from domain.pack_text import read_pack
from domain.packs import shipped, text_of


def pack(name: str) -> Pack:
    return read_pack(text_of(name))


def rules_of(found: list[Difference]) -> set[tuple[str, str, str]]:
    return {(one.change, one.name, one.what) for one in found if one.kind != "article"}


def test_what_october_2022_changed_is_this_and_nothing_else():
    found = differences(pack("law-2021-07"), pack("law-2022-10"))
    both = "城市低保、农村低保"
    assert rules_of(found) == {
        ("changed", "total", f"{both}·办结"),
        ("changed", "total", f"{both}·办结（特殊情况）"),
        ("changed", "total", f"{both}·办结（确认权限已下放）"),
        ("changed", "total", f"{both}·办结（确认权限已下放、特殊情况）"),
        ("new", "death", f"{both}·死亡后核查并办完变更"),
        ("new", "extend.causes.delegated", f"{both}·权限下放的，可延长办理的情形"),
        ("new", "grace.months", f"{both}·渐退期，月"),
        ("changed", "publication.shown", f"{both}·公布的项目"),
        ("changed", "income.percent", "低收入家庭·人均收入低于标准的百分之几"),
        ("changed", "exclusive.with", "低收入家庭·不得同时享受"),
        ("changed", "single.enters", "低收入家庭·成员可作为单人户进入"),
    }
    (shorter,) = (one for one in found if one.what == f"{both}·办结（确认权限已下放）")
    assert shorter.cite == "民发〔2022〕83号第四部分第一项"
    assert (shorter.old, shorter.new) == (
        "30个工作日，自受理至予以确认或不予确认，乡镇办理",
        "20个工作日，自受理至予以确认或不予确认，乡镇办理",
    )
    # Of the others only the article is another one.
    others = [one for one in found if one.change is Change.CHANGED and one is not shorter]
    assert all(one.old.partition("［")[0] == one.new.partition("［")[0] for one in others if one.old and one.new)


def test_what_january_2025_changed_is_this_and_nothing_else():
    found = differences(pack("law-2022-10"), pack("law-2025-01"))
    assert {one.change for one in found} == {Change.NEW}
    assert {one.cite.partition("第")[0] for one in found} == {"《刚性支出困难家庭认定办法》"}
    assert {one.name for one in found if one.kind != "article"} == {
        "total",
        "validity.months.spending",
        "exclusive.with.spending",
        "spending.months",
        "notice.refuse.spending",
        "extend.causes.spending",
    }


def test_what_july_2021_ended_is_gone():
    found = differences(pack("law-2012"), pack("law-2021-07"))
    gone = {one.name for one in found if one.change is Change.GONE}
    assert {"investigation", "appraisal", "sample.percent", "publication.long", "posting.county.days"} <= gone
    (sampled,) = (one for one in found if one.name == "sample.percent" and one.change is Change.GONE)
    assert sampled.programmes == ("urban_minimum", "rural_minimum")
    assert sampled.old == "30（不少于30、不超过100）"
    assert sampled.new is None


@pytest.mark.parametrize("name", shipped())
def test_a_pack_does_not_differ_from_itself_and_everything_is_new_against_nothing(name: str):
    assert differences(pack(name), pack(name)) == []
    new = differences(None, pack(name))
    assert {one.change for one in new} == {Change.NEW}
    assert {one.change for one in differences(pack(name), None)} == {Change.GONE}
    cites = [article.cite for article in pack(name).articles]
    first = [next(at for at, cite in enumerate(cites) if one.cite.startswith(cite)) for one in new]
    assert first == sorted(first)
