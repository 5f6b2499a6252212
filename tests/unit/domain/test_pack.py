"""Rule packs as they are shipped, and what is no rule pack: said by line, with what to do."""

import re
from datetime import date
from hashlib import sha256

import pytest

from domain.acts import ACTS
from domain.calendar import announced
from domain.clock import Counted
from domain.pack import Kind, Pack, PackError
from domain.pack_text import LARGEST, read_pack
from domain.pack_words import LIMIT_ZH, VALUE_ZH
from domain.packs import shipped, text_of
from domain.rules_in_force import overlay
from domain.vocabulary import Level

LAWS = ("law-2012", "law-2021-07", "law-2022-10", "law-2025-01")

SMALL = """\
pack = "ours"
kind = "county"
title = "本县规定"
starting = 2023-01-01

[[article]]
id = "1"
cite = "本县规定第一条"
says = "抽查百分之四十。"

[[limit]]
name = "rectify"
begins = ["verify.rectify"]
ends = ["verify.report"]
number = 5
counted = "working_days"
turn = "town"
article = "1"

[[value]]
key = "sample.percent"
value = 40
article = "1"
"""


def packs() -> list[Pack]:
    return [read_pack(text_of(name)) for name in shipped()]


def test_the_packs_that_are_shipped_are_those_that_are_named_after_their_law_and_day():
    assert shipped() == ("county-defaults", *LAWS)
    begin = {pack.name: (pack.kind, str(pack.starting)) for pack in packs()}
    assert begin == {
        "law-2012": (Kind.LAW, "2012-12-12"),
        "law-2021-07": (Kind.LAW, "2021-07-01"),
        "law-2022-10": (Kind.LAW, "2022-10-20"),
        "law-2025-01": (Kind.LAW, "2025-01-01"),
        "county-defaults": (Kind.COUNTY, "2012-12-12"),
    }
    with pytest.raises(KeyError):
        text_of("../pack")


def test_a_pack_is_known_by_the_digest_of_its_text_and_read_once():
    text = text_of("law-2022-10")
    assert read_pack(text).sha256 == sha256(text.encode()).hexdigest()
    assert read_pack(text) is read_pack(text)


@pytest.mark.parametrize("pack", packs(), ids=shipped())
def test_every_rule_rests_on_an_article_and_names_acts_that_can_be_signed(pack: Pack):
    named = {code for rule in pack.limits for code in (*rule.begins, *rule.ends)}
    named |= {code for rule in pack.steps for code in (rule.before, *rule.needs, rule.since or rule.before)}
    assert {code.partition(":")[0] for code in named} <= set(ACTS)
    for rule in (*pack.limits, *pack.steps, *pack.values):
        assert rule.articles
        assert re.search(r"第.+(条|项|部分)|本县|示例", rule.cite)
    assert {rule.name for rule in pack.limits} <= set(LIMIT_ZH)
    assert {rule.key for rule in pack.values} <= set(VALUE_ZH)


def test_whatever_is_only_a_default_says_so():
    defaults = read_pack(text_of("county-defaults"))
    cites = {article.id: article.cite for article in defaults.articles}
    assert (cites["default"], cites["example"]) == ("本县默认设定（待本县文件替换）", "示例数字（待本县标准替换）")
    money = [rule for rule in defaults.values if rule.key.startswith(("standard.fen", "care.fen"))]
    assert money
    assert all(rule.articles[0].id == "example" for rule in money)


@pytest.mark.parametrize("name", LAWS)
def test_the_countys_defaults_fit_every_law(name: str):
    assert overlay(read_pack(text_of(name)), read_pack(text_of("county-defaults")), announced()).overruled == ()


def test_a_pack_fits_into_an_act():
    assert max(len(text_of(name).encode()) for name in shipped()) < LARGEST * 2 / 3


def test_a_small_pack_says_what_it_says():
    pack = read_pack(SMALL)
    assert (pack.name, pack.kind, pack.starting) == ("ours", Kind.COUNTY, date(2023, 1, 1))
    (limit,) = pack.limits
    assert (limit.number, limit.counted, limit.turn) == (5, Counted.WORKING_DAYS, Level.TOWN)
    assert limit.limit.article == limit.cite == "本县规定第一条"


@pytest.mark.parametrize(
    ("wrong", "right", "place", "said"),
    [
        ('kind = "count"', 'kind = "county"', "kind (line 2)", "'law', 'county' or 'calendar'"),
        ("starting = 2023-01-01", "", "starting", "missing"),
        ('starting = "2023-01-01"', "starting = 2023-01-01", "starting (line 4)", "date"),
        ('number = "5"', "number = 5", "limit 1, number (line 15)", "integer"),
        ("number = 5.0", "number = 5", "limit 1, number (line 15)", "integer"),
        ("number = 0", "number = 5", "limit 1, number (line 15)", "greater"),
        ('counted = "weeks"', 'counted = "working_days"', "limit 1, counted (line 16)", "'working_days'"),
        ('tern = "town"', 'turn = "town"', "limit 1, turn (line 11)", "missing"),
        ('articles = "1"', 'article = "1"', "limit 1, article (line 11)", "missing"),
        ('article = "2"', 'article = "1"', "limit 1, article (line 18)", "there is no '2'"),
        ('begins = ["rectify"]', 'begins = ["verify.rectify"]', "limit 1, begins (line 13)", "pattern"),
        ('name = "rectify"\nwhen = ["sunday"]', 'name = "rectify"', "limit 1, when (line 13)", "there is no 'sunday'"),
        ("value = 40\nmost = 30", "value = 40", "value 1, least (line 20)", "outside"),
        ('value = "x"\nmost = 30', "value = 40", "value 1, value (line 22)", "numbers"),
        ("value = 0.4", "value = 40", "value 1, value (line 22)", "valid"),
        ("[[valeu]]", "[[value]]", "valeu 1 (line 20)", "no such key"),
        ("value = 4 0", "value = 40", "TOML", "line 22"),
    ],
)
def test_what_is_wrong_with_a_pack_is_said_by_line(wrong: str, right: str, place: str, said: str):
    text = SMALL.replace(right, wrong, 1) if right else SMALL.replace(wrong + "\n", "", 1)
    with pytest.raises(PackError, match=re.escape(said)) as refused:
        read_pack(text)
    assert refused.value.place == place
    assert re.search(r"[\u4e00-\u9fff]", refused.value.zh)


def test_two_rules_that_would_hide_each_other_are_refused():
    again = '\n[[value]]\nkey = "sample.percent"\nprogrammes = ["extreme_poverty"]\nvalue = 50\narticle = "1"\n'
    with pytest.raises(PackError, match="there twice") as refused:
        read_pack(SMALL + again)
    assert refused.value.place == "value 2, key (line 26)"
    article = '\n[[article]]\nid = "1"\ncite = "x"\nsays = "y"\n'
    with pytest.raises(PackError, match="there twice"):
        read_pack(SMALL + article)


def test_a_pack_has_rules_or_a_calendar_never_both_and_never_neither():
    days = "[calendar]\nfirst = 2027-01-01\nlast = 2027-12-31\nrest = [2027-01-01]\nwork = []\n"
    head = SMALL.partition("[[article]]")[0]
    calendar = read_pack(head.replace("county", "calendar") + days).calendar
    assert calendar is not None
    assert not calendar.is_working(date(2027, 1, 1))
    for text in (SMALL + days, SMALL.replace('"county"', '"calendar"'), head, head.replace("county", "calendar")):
        with pytest.raises(PackError, match="calendar"):
            read_pack(text)
    with pytest.raises(PackError, match="needs no mention"):
        read_pack(head.replace("county", "calendar") + days.replace("[2027-01-01]", "[2027-01-02]"))
    with pytest.raises(PackError, match="too long"):
        read_pack("#" * (LARGEST + 1))
