"""The law's rules by date, each article that has one, and what a county may set over them."""

from datetime import date

import pytest

from domain.calendar import announced
from domain.clock import Counted
from domain.errors import NotAllowed
from domain.pack import Pack
from domain.pack_text import read_pack
from domain.packs import text_of
from domain.rules_in_force import Rules, overlay
from domain.vocabulary import Level, Programme

MINIMUM = (Programme.URBAN_MINIMUM, Programme.RURAL_MINIMUM)


def pack(name: str) -> Pack:
    return read_pack(text_of(name))


def rules(law: str | None, county: Pack | None = None) -> Rules:
    return overlay(pack(law) if law else None, county or pack("county-defaults"), announced())


WD, DAYS, MONTHS = Counted.WORKING_DAYS, Counted.DAYS, Counted.MONTHS
LIMITS = [
    # law, programme, limit, conditions, number, counted, turn, article
    ("law-2012", "rural_minimum", "investigation", "", 10, WD, "town", "民发〔2012〕220号第十八条"),
    ("law-2012", "rural_minimum", "appraisal", "", 5, WD, "town", "民发〔2012〕220号第二十一条"),
    ("law-2012", "rural_minimum", "posting", "", 7, DAYS, "town", "民发〔2012〕220号第二十五条"),
    ("law-2012", "rural_minimum", "opinion", "county", 5, WD, "county", "民发〔2012〕220号第二十六条"),
    ("law-2012", "rural_minimum", "refusal-notice", "", 3, DAYS, "town", "民发〔2012〕220号第二十六条"),
    ("law-2012", "rural_minimum", "objection-redo", "objection", 20, WD, "county", "民发〔2012〕220号第二十九条"),
    ("law-2012", "urban_minimum", "recheck", "unstable", 1, MONTHS, "town", "民发〔2012〕220号第三十三条"),
    ("law-2012", "rural_minimum", "recheck", "unstable", 3, MONTHS, "town", "民发〔2012〕220号第三十三条"),
    ("law-2012", "rural_minimum", "recheck", "", 6, MONTHS, "town", "民发〔2012〕220号第三十三条"),
    ("law-2021-07", "urban_minimum", "visit-begins", "", 3, WD, "town", "民发〔2021〕57号第十五条"),
    ("law-2021-07", "urban_minimum", "check-begins", "", 3, WD, "county", "民发〔2021〕57号第十七条"),
    ("law-2021-07", "urban_minimum", "posting", "", 7, DAYS, "town", "民发〔2021〕57号第十九条"),
    ("law-2021-07", "urban_minimum", "opinion", "county", 10, WD, "county", "民发〔2021〕57号第二十条"),
    ("law-2021-07", "urban_minimum", "refusal-notice", "", 3, WD, "town", "民发〔2021〕57号第二十一条"),
    ("law-2021-07", "urban_minimum", "total", "", 30, WD, "county", "民发〔2021〕57号第二十二条"),
    ("law-2021-07", "urban_minimum", "total", "delegated", 30, WD, "town", "民发〔2021〕57号第二十二条"),
    ("law-2021-07", "urban_minimum", "total", "special", 45, WD, "county", "民发〔2021〕57号第二十二条"),
    ("law-2021-07", "urban_minimum", "total", "delegated special", 45, WD, "town", "民发〔2021〕57号第二十二条"),
    ("law-2021-07", "urban_minimum", "recheck", "", 12, MONTHS, "town", "民发〔2021〕57号第三十一条"),
    ("law-2021-07", "urban_minimum", "recheck", "unstable", 6, MONTHS, "town", "民发〔2021〕57号第三十一条"),
    ("law-2021-07", "extreme_poverty", "first-opinion", "", 15, WD, "town", "民发〔2021〕43号第十三条"),
    ("law-2021-07", "extreme_poverty", "posting", "", 7, DAYS, "town", "民发〔2021〕43号第十五条"),
    ("law-2021-07", "extreme_poverty", "objection-redo", "objection", 15, WD, "town", "民发〔2021〕43号第十五条"),
    ("law-2021-07", "extreme_poverty", "opinion", "county", 15, WD, "county", "民发〔2021〕43号第十六条"),
    ("law-2021-07", "extreme_poverty", "refusal-notice", "", 3, WD, "town", "民发〔2021〕43号第十八条"),
    ("law-2021-07", "extreme_poverty", "reassess", "", 10, WD, "county", "民发〔2021〕43号第二十三条"),
    ("law-2021-07", "extreme_poverty", "exit-posting", "ending", 7, DAYS, "town", "民发〔2021〕43号第二十六条"),
    ("law-2022-10", "rural_minimum", "total", "delegated", 20, WD, "town", "民发〔2022〕83号第四部分第一项"),
    ("law-2022-10", "rural_minimum", "total", "delegated special", 45, WD, "town", "民发〔2022〕83号第四部分第一项"),
    ("law-2022-10", "rural_minimum", "death", "", 3, MONTHS, "town", "民发〔2022〕83号第一部分第三项"),
    ("law-2025-01", "low_income", "total", "spending", 30, WD, "county", "《刚性支出困难家庭认定办法》第八条"),
    ("law-2025-01", "low_income", "total", "spending special", 45, WD, "county", "《刚性支出困难家庭认定办法》第八条"),
    ("law-2025-01", "low_income", "total", "", 30, WD, "county", "本县默认设定（待本县文件替换）"),
    ("law-2025-01", "low_income", "total", "delegated", 20, WD, "town", "本县默认设定（待本县文件替换）"),
]


@pytest.mark.parametrize(("law", "programme", "name", "when", "number", "counted", "turn", "article"), LIMITS)
def test_each_limit_is_that_of_its_article(law, programme, name, when, number, counted, turn, article):
    found = rules(law).limit(name, programme, frozenset(when.split()))
    assert found is not None
    assert (found.number, found.counted, found.turn) == (number, counted, Level(turn))
    assert found.cite.endswith(article) or found.cite.startswith(article)
    assert found.limit.article == found.cite


def test_twenty_days_for_a_delegated_town_came_only_in_october_2022():
    for law, number in (("law-2021-07", 30), ("law-2022-10", 20)):
        assert rules(law).limit("total", "rural_minimum", {"delegated"}).number == number  # type: ignore[union-attr]
    assert rules("law-2012").limit("total", "rural_minimum") is None
    assert rules("law-2021-07").limit("death", "rural_minimum") is None


VALUES = [
    ("law-2012", "rural_minimum", "appraise.required", True, "民发〔2012〕220号第二十一条"),
    ("law-2012", "rural_minimum", "sample.percent", 30, "民发〔2012〕220号第二十六条"),
    ("law-2012", "rural_minimum", "publication.long", True, "民发〔2012〕220号第三十四条"),
    ("law-2021-07", "rural_minimum", "posting.days", 7, "民发〔2021〕57号第十九条"),
    ("law-2021-07", "rural_minimum", "visit.investigators", 2, "民发〔2021〕57号第十六条"),
    ("law-2021-07", "rural_minimum", "job.refusals", 3, "民发〔2021〕57号第三十四条"),
    ("law-2021-07", "rural_minimum", "payment.starts", "next_month", "民发〔2021〕57号第二十一条"),
    ("law-2021-07", "low_income", "income.percent", 150, "民发〔2021〕57号第八条"),
    ("law-2021-07", "extreme_poverty", "sample.percent", 30, "民发〔2021〕43号第十六条"),
    ("law-2021-07", "extreme_poverty", "assess.partial", 3, "民发〔2021〕43号第二十二条"),
    ("law-2021-07", "extreme_poverty", "minor.until", 18, "民发〔2021〕43号第二十四条"),
    ("law-2022-10", "rural_minimum", "grace.months", 6, "民发〔2021〕57号第三十三条、民发〔2022〕83号第一部分第三项"),
    ("law-2025-01", "low_income", "validity.months.spending", 12, "《刚性支出困难家庭认定办法》第十条"),
]


@pytest.mark.parametrize(("law", "programme", "key", "value", "article"), VALUES)
def test_each_setting_is_that_of_its_article(law, programme, key, value, article):
    found = rules(law)
    assert found.value(key, programme) == value
    assert found.article(key, programme) == article


def test_57_sets_no_sampling_share_no_compulsory_appraisal_and_no_lasting_publication():
    """They belong to the regulation it repealed: what the county samples is the county's own setting."""
    law = overlay(pack("law-2021-07"), None, announced())
    for programme in MINIMUM:
        assert not law.sets("sample.percent", programme)
        assert not law.sets("publication.long", programme)
        assert law.flag("appraise.required", programme) is False
    assert rules("law-2021-07").article("sample.percent", "rural_minimum").startswith("本县默认设定")


@pytest.mark.parametrize(
    ("law", "code", "programme", "when", "needs"),
    [
        ("law-2012", "review.opine", "rural_minimum", "", "review.appraise review.check review.visit"),
        ("law-2021-07", "review.opine", "rural_minimum", "", "review.check review.visit"),
        ("law-2021-07", "review.opine", "rural_minimum", "kin", "apply.register review.check review.visit"),
        ("law-2021-07", "review.post", "rural_minimum", "", "review.opine"),
        ("law-2021-07", "confirm.grant", "rural_minimum", "", "review.post"),
        ("law-2021-07", "confirm.grant", "rural_minimum", "kin", "review.post verify.visit"),
        ("law-2021-07", "confirm.grant", "rural_minimum", "complaint delegated", "review.post verify.visit"),
        ("law-2021-07", "confirm.refuse", "rural_minimum", "complaint", "review.opine verify.visit"),
        ("law-2021-07", "confirm.grant", "extreme_poverty", "", "review.assess review.post"),
        ("law-2021-07", "exit.end", "extreme_poverty", "ending", "review.post"),
        ("law-2021-07", "exit.end", "rural_minimum", "ending", ""),
        ("law-2022-10", "confirm.grant", "low_income", "kin", "review.post verify.visit"),
    ],
)
def test_the_steps_before_an_act_add_up(law, code, programme, when, needs):
    found = rules(law).steps(code, programme, frozenset(when.split()))
    assert sorted({need for rule in found for need in rule.needs}) == needs.split()
    assert all(rule.cite for rule in found)


def test_after_an_objection_it_is_investigated_again_or_appraised():
    (again,) = (rule for rule in rules("law-2021-07").steps("review.opine", "rural_minimum", {"objection"}) if rule.any)
    assert (again.needs, again.since) == (("review.visit", "review.appraise"), "review.object:posting")
    assert again.cite == "民发〔2021〕57号第十九条"


# -- the county over the law ------------------------------------------------------------------------


def county(*rules: str) -> Pack:
    head = 'pack = "ours"\nkind = "county"\ntitle = "本县规定"\nstarting = 2021-07-01\n'
    article = '[[article]]\nid = "1"\ncite = "本县规定第一条"\nsays = "…"\n'
    return read_pack(head + article + "".join(f'{rule}\narticle = "1"\n' for rule in rules))


def setting(key: str, value: str, programme: str = "rural_minimum") -> str:
    return f'[[value]]\nkey = "{key}"\nprogrammes = ["{programme}"]\nvalue = {value}'


def a_limit(name: str, number: int, when: str = "", counted: str = "working_days") -> str:
    return (
        f'[[limit]]\nname = "{name}"\nprogrammes = ["rural_minimum"]\nbegins = ["apply.accept"]\n'
        f'ends = ["confirm.grant"]\nnumber = {number}\ncounted = "{counted}"\nturn = "town"'
        + (f"\nwhen = [{when}]" if when else "")
    )


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (setting("posting.days", "7"), True),
        (setting("posting.days", "10"), True),
        (setting("posting.days", "6"), False),
        (setting("posting.days", "true"), False),
        (a_limit("recheck", 6, counted="months"), True),
        (a_limit("recheck", 13, counted="months"), False),
        (setting("grace.months", "3"), True),
        (setting("grace.months", "7"), False),
        (setting("sample.percent", "50", "extreme_poverty"), True),
        (setting("sample.percent", "20", "extreme_poverty"), False),
        (setting("sample.percent", "10"), True),  # 57号 leaves it to the county
        (setting("payment.starts", '"this_month"'), False),
        (setting("amount.method", '"tiers"'), True),
        (setting("amount.method", "3"), False),
        (setting("appraise.required", "true"), True),
        (a_limit("total", 15), True),
        (a_limit("total", 31), False),
        (a_limit("total", 15, counted="days"), False),
        (a_limit("total", 21, '"delegated"'), False),
        (a_limit("total", 40, '"special"'), False),  # longer than the general thirty, and not the law's forty-five
        (a_limit("own", 99), True),
    ],
)
def test_a_county_sets_what_the_law_leaves_to_it_and_no_more(rule: str, allowed: bool):
    found = rules("law-2022-10", county(rule))
    assert (found.overruled == ()) is allowed


def test_the_law_prevails_over_a_county_setting_that_does_not_fit():
    found = rules("law-2022-10", county(setting("posting.days", "3")))
    assert found.overruled == ("posting.days (rural_minimum)",)
    assert found.number("posting.days", "rural_minimum") == 7
    assert found.article("posting.days", "rural_minimum") == "民发〔2021〕57号第十九条"


def test_a_county_setting_rests_on_the_law_that_allows_it_and_on_its_own_article():
    found = rules("law-2022-10", county(setting("posting.days", "10")))
    assert found.number("posting.days", "rural_minimum") == 10
    assert found.article("posting.days", "rural_minimum") == "民发〔2021〕57号第十九条、本县规定第一条"
    assert found.number("posting.days", "urban_minimum") == 7


def test_a_countys_shorter_limit_leaves_the_laws_special_one_alone():
    found = rules("law-2022-10", county(a_limit("total", 15)))
    assert found.limit("total", "rural_minimum").number == 15  # type: ignore[union-attr]
    assert found.limit("total", "rural_minimum", {"delegated", "special"}).number == 45  # type: ignore[union-attr]


def test_what_no_pack_sets_is_said_and_never_guessed():
    law = overlay(pack("law-2022-10"), None, announced())
    with pytest.raises(NotAllowed) as refused:
        law.number("sample.percent", "rural_minimum")
    assert (refused.value.code, refused.value.params["key"]) == ("policy.no-rule", "sample.percent")
    for wrong in (law.number, law.flag, law.word, law.words):
        key = {"number": "payment.starts", "flag": "posting.days", "word": "posting.days", "words": "posting.days"}
        with pytest.raises(NotAllowed):
            wrong(key[wrong.__name__], "rural_minimum")
    assert law.words("publication.shown", "rural_minimum") == ("applicant_name", "members", "monthly_fen")
    assert law.word("payment.starts", "rural_minimum") == "next_month"
    assert rules(None).limit("total", "rural_minimum") is None


def test_the_same_packs_make_the_same_rules():
    assert rules("law-2022-10") is rules("law-2022-10")
    assert rules("law-2022-10").calendar.is_working(date(2022, 10, 20))
