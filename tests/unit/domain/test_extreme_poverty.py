"""《特困人员认定办法》 (民发〔2021〕43号), article by article, as somebody without kin or means meets it."""

import pytest

from domain.deadlines import deadlines
from domain.pack_text import read_pack
from domain.streams import policy_id
from domain.vocabulary import Stage
from tests.unit.domain.life import FORM, Life, month_after
from tests.unit.domain.world import COUNTY, DIGEST, ORIGIN, World, adopting


@pytest.fixture
def life() -> Life:
    return Life(World(), "extreme_poverty")


def due(life: Life, name: str):
    (found,) = [one for one in deadlines(life.case, life.world.rules, life.today) if one.name == name]
    return found


def test_article_13_the_first_opinion_comes_within_fifteen_working_days(life):
    life.do("apply.submit")
    life.do("apply.accept")
    first = due(life, "first-opinion")
    assert (first.due.left, first.article) == (15, "民发〔2021〕43号第十三条")


def test_article_15_posted_for_seven_days_and_after_an_objection_posted_again(life):
    life.until("confirm.grant").do("review.object")
    assert due(life, "objection-redo").due.left == 15
    assert life.later(1).why("review.opine").params["article"] == "民发〔2021〕43号第十五条"
    life.visit()
    life.do("review.opine")
    assert life.later(7).refused("confirm.grant") == "case.missing-step"
    life.do("review.post")
    assert life.later(6).refused("confirm.grant") == "case.posting-open"
    assert life.later(1).refused("confirm.grant") is None


def test_article_20_the_county_assesses_before_a_confirmation(life):
    for step in ("apply.submit", "apply.accept", "review.check"):
        life.do(step)
    life.visit()
    life.do("review.opine")
    life.do("review.post")
    refused = life.later(7).why("confirm.grant")
    assert (refused.code, refused.params["missing"]) == ("case.missing-step", "review.assess")
    assert life.refused("review.assess", life.clerk) == "officer.level"
    assert life.refused("review.assess") is None
    assert life.refused("confirm.grant") is None


@pytest.mark.parametrize(("lost", "grade"), [(0, "full"), (1, "partial"), (3, "partial"), (4, "none"), (6, "none")])
def test_article_22_the_number_of_lost_abilities_makes_the_grade(life, lost, grade):
    life.until("review.assess")
    failed = ["eat", "dress", "bed", "toilet", "walk", "bathe"][:lost]
    for other in {"full", "partial", "none"} - {grade}:
        refused = life.why("review.assess", failed=failed, grade=other)
        assert (refused.code, refused.params["grade"]) == ("case.grade", grade)
        assert "第二十二条" in refused.params["article"]
    assert life.do("review.assess", failed=failed, grade=grade).grade == grade


def test_article_23_a_change_that_is_reported_is_assessed_within_ten_working_days(life):
    life.until("verify.draw").do("review.report", kind="health")
    again = due(life, "reassess")
    assert (again.due.left, again.turn, again.article) == (10, "county", "民发〔2021〕43号第二十三条")
    life.later(3).do("review.assess", failed=["eat", "dress", "bed", "toilet"], grade="none")
    assert due(life, "reassess").done == life.today


def test_article_24_it_ends_for_the_grounds_of_the_law_only(life):
    life.until("verify.draw").do("exit.propose", reason="labour")
    life.do("review.post")
    life.later(7)
    assert life.refused("exit.end", reason="non_cooperation") == "case.exit-reason"
    assert life.do("exit.end", reason="labour").stage is Stage.EXITED


def test_article_26_a_termination_is_proposed_posted_and_holds_from_next_month(life):
    life.until("verify.draw")
    refused = life.why("exit.end", reason="labour")
    assert (refused.code, refused.params["missing"]) == ("case.missing-step", "exit.propose")
    life.do("exit.propose", reason="labour")
    assert life.refused("exit.end", reason="labour") == "case.missing-step"
    life.do("review.post")
    refused = life.later(6).why("exit.end", reason="labour")
    assert (refused.code, refused.params["article"]) == ("case.posting-open", "民发〔2021〕43号第二十六条")
    life.do("review.object")
    assert life.case.stage is Stage.GRANTED, "whoever objects goes on being helped"
    assert life.later(1).refused("exit.end", reason="labour") == "case.missing-step", "and it is posted again"
    life.do("review.post")
    life.later(7)
    assert life.refused("exit.end", reason="labour", starting=month_after(life.today, 0)) == "case.stopping"
    assert life.refused("exit.end", reason="labour") is None


def test_article_26_a_county_s_longer_posting_of_a_termination_is_its_own_setting(life):
    ours = read_pack(
        'pack = "ours"\nkind = "county"\ntitle = "本县规定"\nstarting = 2021-07-01\ntransition = "open"\n'
        '[[article]]\nid = "1"\ncite = "本县规定第一条"\nsays = "…"\n[[value]]\nkey = "exit.posting.days"\n'
        'programmes = ["extreme_poverty"]\nvalue = 10\narticle = "1"\n'
    )
    life.until("verify.draw")
    life.world.streams[policy_id(ORIGIN)] = adopting(life.world.law, life.world.county, ours)
    life.do("exit.propose", reason="labour")
    refused = life.why("review.post")
    assert (refused.code, refused.params["days"]) == ("case.posting-days", 10)
    assert refused.params["article"] == "民发〔2021〕43号第二十六条、本县规定第一条"
    life.do("review.post", days=10)
    assert life.later(9).refused("exit.end", reason="labour") == "case.posting-open"
    assert life.later(1).refused("exit.end", reason="labour") is None


def test_a_negative_check_is_told_and_a_disputed_one_made_again_by_the_county_s_default(life):
    life.until("review.check").do("review.check", result="inconsistent")
    life.visit()
    refused = life.why("review.opine", opinion="ineligible")
    assert (refused.params["missing"], refused.params["article"][:6]) == ("review.inform", "本县默认设定")
    life.do("review.inform")
    life.do("review.object", against="check")
    assert life.why("review.opine", opinion="ineligible").params["missing"] == "review.check"
    life.do("review.check")
    assert life.refused("review.opine") is None


def test_the_law_knows_no_longer_limit_for_it(life):
    refused = life.until("review.check").refused("review.extend", cause="hard_investigation", notice=DIGEST)
    assert refused == "case.extend"


def test_death_ends_it_without_a_posting(life):
    life.until("verify.draw").do("review.report", kind="death")
    assert life.refused("exit.end", reason="death", starting=month_after(life.today)) is None


def test_nobody_has_it_beside_a_minimum_allowance(life):
    life.until("verify.draw")
    other = Life(life.world, "rural_minimum", began=life.today)
    refused = other.until("confirm.grant").later(7).why("confirm.grant")
    assert (refused.code, refused.params["programme"]) == ("person.enrolled", "extreme_poverty")


def test_the_county_may_hold_the_power_itself(life):
    life.until("confirm.grant").later(7)
    life.world.withdraw("610924100")
    assert life.refused("confirm.grant") == "delegation.none"
    assert life.refused("confirm.grant", life.world.officer(COUNTY)) is None


def test_what_is_proposed_names_its_form(life):
    life.until("verify.draw")
    assert life.do("exit.propose", reason="income", **FORM).conditions >= {"ending"}


def test_43号_art_24_a_minor_is_helped_until_eighteen_and_longer_at_school():
    """43号第二十四条: 未成年人可继续享有至18周岁；仍在校就读的继续享有."""
    life = Life(World(), "extreme_poverty").until("verify.draw")
    refused = life.why("exit.propose", reason="adult")
    assert (refused.code, refused.params["until"], refused.params["article"]) == (
        "case.exit-minor",
        18,
        "民发〔2021〕43号第二十四条",
    )
    assert life.refused("exit.propose", reason="adult", age=17, studying=False) == "case.exit-minor"
    assert life.refused("exit.propose", reason="adult", age=18, studying=True) == "case.exit-minor"
    assert life.refused("exit.propose", reason="adult", age=18, studying=False) is None
    life.do("review.post")
    assert life.later(7).refused("exit.end", reason="adult", age=18) == "case.exit-minor"
    assert life.refused("exit.end", reason="adult", age=18, studying=False) is None
