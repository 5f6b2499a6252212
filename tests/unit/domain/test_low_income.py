"""低保边缘、刚性支出困难（《刚性支出困难家庭认定办法》）、低收入家庭: a status, not money, that ends."""

from datetime import date

import pytest

from domain.deadlines import deadlines
from domain.pack_text import read_pack
from domain.packs import text_of
from domain.streams import policy_id
from domain.vocabulary import Stage
from tests.unit.domain.life import Life, month_after
from tests.unit.domain.world import ORIGIN, TOWN, World, adopting, shipped


@pytest.fixture
def life() -> Life:
    return Life(World("law-2025-01"), "low_income")


def test_a_status_is_no_money_and_names_its_last_month_within_a_year(life):
    life.until("confirm.grant").later(7)
    assert life.refused("confirm.grant", monthly_fen=84_000) == "case.status-amount"
    refused = life.why("confirm.grant", until=month_after(life.today, 13))
    assert (refused.code, refused.params["last"]) == ("case.until", month_after(life.today, 12))
    assert life.do("confirm.grant").stage is Stage.GRANTED


def test_刚性支出_articles_8_and_10_thirty_days_or_forty_five_and_a_year_at_most(life):
    for delegated, special, number in ((True, False, 30), (False, False, 30), (True, True, 45)):
        life = Life(World("law-2025-01"), "low_income")
        if not delegated:
            life.world.withdraw(TOWN)
        circumstances = ["spending", "household_elsewhere"] if special else ["spending"]
        life.do("apply.submit", circumstances=circumstances)
        life.do("apply.accept")
        (total,) = [one for one in deadlines(life.case, life.world.rules, life.today) if one.name == "total"]
        assert (total.limit.number, total.article) == (number, "《刚性支出困难家庭认定办法》第八条")
    life.do("review.check")
    refused = life.why("review.extend", cause="applied_elsewhere", notice="ab" * 32)
    assert (refused.code, refused.params["article"]) == ("case.extend", "《刚性支出困难家庭认定办法》第八条")
    life.visit()
    life.do("review.opine")
    life.do("review.post")
    refused = life.later(7).why("confirm.grant", until=month_after(life.today, 13))
    assert refused.params["article"] == "《刚性支出困难家庭认定办法》第十条"


def test_刚性支出_article_4_whoever_has_a_minimum_allowance_is_none():
    life = Life(World("law-2025-01")).until("verify.draw")
    other = Life(life.world, "low_income", began=life.today)
    other.do("apply.submit", circumstances=["spending"])
    for step in ("apply.accept", "review.check"):
        other.do(step)
    other.visit()
    other.do("review.opine")
    other.do("review.post")
    refused = other.later(7).why("confirm.grant")
    assert (refused.code, refused.params["article"]) == ("person.enrolled", "《刚性支出困难家庭认定办法》第四条")


def test_刚性支出_there_is_none_before_2025_nor_in_another_programme():
    world = World("law-2022-10")
    world.streams[policy_id(ORIGIN)] = adopting(world.law, shipped("law-2025-01"), world.county)
    early = Life(world, "low_income", began=date(2024, 12, 31))
    assert early.refused("apply.submit", circumstances=["spending"]) == "case.spending"
    assert early.later(1).refused("apply.submit", circumstances=["spending"]) is None
    assert Life(world, "rural_minimum").refused("apply.submit", circumstances=["spending"]) == "case.spending"


def test_a_household_may_be_visited_without_its_signature_where_the_county_has_it_so(life):
    life.until("review.visit").do("review.visit")
    assert "household" in life.case.hands[life.case.version].missing
    plain = text_of("county-defaults").replace(
        'key = "visit.household-signs"\nprogrammes = ["extreme_poverty", "low_income"]\nvalue = true',
        'key = "visit.household-signs"\nprogrammes = ["extreme_poverty", "low_income"]\nvalue = false',
    )
    world = World("law-2025-01")
    world.county = read_pack(plain)
    world.streams[policy_id(ORIGIN)] = adopting(world.law, world.county)
    other = Life(world, "low_income").until("review.visit")
    other.do("review.visit")
    assert other.case.hands[other.case.version].missing == {str(other.assistant.id)}
