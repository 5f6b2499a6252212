"""《最低生活保障审核确认办法》 (民发〔2021〕57号), article by article, as a household meets it."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from domain.deadlines import deadlines
from domain.errors import NotAllowed
from domain.id_number import check_digit
from domain.streams import delegation_id, policy_id
from domain.vocabulary import Stage, VerificationState
from tests.unit.domain.life import FORM, Life, month_after
from tests.unit.domain.world import (
    COUNTY,
    DIGEST,
    ORIGIN,
    OTHER_VILLAGE,
    SHOWN,
    SIGNED,
    TOWN,
    VILLAGE,
    World,
    rules_in_force,
)


@pytest.fixture
def life() -> Life:
    return Life(World())


def article(refused: NotAllowed) -> str:
    return str(refused.params.get("article"))


def test_article_6_who_applies_by_proxy_names_the_proxy_and_the_paper(life):
    proxy = {"person": {"_sd": ["A" * 43]}, "authority": DIGEST}
    shown = {"person": {"name": "示例癸", "id_number": "00000019900101000X"}, "authority": DIGEST}
    assert life.refused("apply.submit", by_="proxy") == "data.schema"
    for by, given, expected in (
        ("proxy", False, "case.proxy"),
        ("household", True, "case.proxy"),
        ("proxy", True, None),
    ):
        said, revealed = SIGNED | {"by": by}, SHOWN | {"by": by}
        if given:
            said, revealed = said | {"proxy": proxy}, revealed | {"proxy": shown}
        found = None
        try:
            life.world.decide(life.clerk, uuid4(), "apply.submit", said, revealed, on=str(life.today))
        except NotAllowed as refused:
            found = refused.code
        assert found == expected, (by, given)


def test_articles_9_and_10_without_commitment_and_authorisation_nothing_is_accepted(life):
    life.do("apply.submit", documents=[{"kind": "application", "sha256": DIGEST}])
    refused = life.why("apply.accept")
    assert (refused.code, refused.params["missing"]) == ("case.papers-missing", "commitment, authorisation")
    assert article(refused) == "民发〔2021〕57号第九条、民发〔2021〕57号第十条"
    life.do("apply.return", missing=["commitment", "authorisation"])
    papers = [{"kind": kind, "sha256": DIGEST} for kind in ("commitment", "authorisation")]
    life.do("apply.supplement", documents=papers)
    assert life.do("apply.accept").stage is Stage.ACCEPTED


def test_article_10_what_is_missing_is_told_once(life):
    life.do("apply.submit")
    life.do("apply.return")
    life.do("apply.supplement")
    refused = life.why("apply.return")
    assert (refused.code, article(refused)) == (
        "case.returned-before",
        "民发〔2021〕57号第九条、民发〔2021〕57号第十条",
    )
    assert life.refused("apply.accept") is None


def test_article_10_the_list_of_what_is_missing_is_whole(life):
    """57号第十条: 一次性告知."""
    life.do("apply.submit", documents=[{"kind": "application", "sha256": DIGEST}])
    refused = life.why("apply.return", missing=["authorisation", "income"])
    assert (refused.code, refused.params["untold"]) == ("case.return-incomplete", "commitment")
    assert article(refused) == "民发〔2021〕57号第九条、民发〔2021〕57号第十条"
    assert life.refused("apply.return", missing=["commitment", "authorisation", "income"]) is None


def test_article_10_nobody_is_rejected_for_not_bringing_what_nobody_asked_for(life):
    life.do("apply.submit")
    refused = life.why("apply.reject", reason="not_supplemented")
    assert (refused.code, article(refused)) == ("case.not-returned", "民发〔2021〕57号第九条、民发〔2021〕57号第十条")
    life.do("apply.return")
    assert life.do("apply.reject", reason="not_supplemented").stage is Stage.REJECTED


def test_article_11_kin_of_a_handler_is_registered_and_the_handler_stays_away(life):
    relative = {"person": {"_sd": ["B" * 43]}, "relation": "sibling"}
    shown = {"person": {"name": "示例乙", "id_number": "000000195201010006"}, "relation": "sibling"}
    life.world.record(life.assistant, life.assistant.id, "officer.declare", {"relatives": [relative]},
                      {"relatives": [shown]})  # fmt: skip
    life.do("apply.submit")
    assert life.refused("apply.accept", life.assistant) == "officer.kin"
    case = life.do("apply.accept")
    assert (case.kin, case.own_kin) == ({life.assistant.id}, {life.assistant.id})
    assert life.refused("review.request_check", life.assistant) == "officer.kin"
    assert life.refused("review.visit") == "officer.kin", "nor is the relative taken along"
    third = life.world.officer(TOWN)
    visitors = [str(life.clerk.id), str(third.id)]
    life.do("review.check")
    life.do("review.visit", investigators=visitors)
    version = life.case.version
    life.cosign(version, third)
    life.cosign(version)
    refused = life.why("review.opine")
    assert (refused.params["missing"], article(refused)) == ("apply.register", "民发〔2021〕57号第十一条")
    life.do("apply.register")
    life.do("review.opine")
    life.do("review.post")
    refused = life.later(7).why("confirm.grant")
    assert (refused.params["missing"], article(refused)) == ("verify.visit", "民发〔2021〕57号第二十条")
    life.do("verify.draw", cause="kin")
    life.do("verify.visit")
    assert life.refused("confirm.grant") is None


def test_a_committee_members_kin_is_registered_too_and_bars_nobody_from_acting(life):
    shown = {"name": "示例丙", "id_number": "00000020100101000X"}
    life.world.record(
        life.clerk, life.clerk.id, "officer.declare",
        {"relatives": [{"person": {"_sd": ["B" * 43]}, "relation": "child", "of": "committee_member"}]},
        {"relatives": [{"person": shown, "relation": "child", "of": "committee_member"}]},
    )  # fmt: skip
    life.do("apply.submit")
    case = life.do("apply.accept")
    assert (case.kin, case.own_kin) == ({life.clerk.id}, frozenset())
    assert "kin" in case.conditions


def test_who_is_no_near_relative_by_the_rules_bars_nobody(life):
    shown = {"name": "示例乙", "id_number": "000000195201010006"}
    life.world.record(life.clerk, life.clerk.id, "officer.declare",
                      {"relatives": [{"person": {"_sd": ["B" * 43]}, "relation": "other"}]},
                      {"relatives": [{"person": shown, "relation": "other"}]})  # fmt: skip
    life.do("apply.submit")
    assert life.do("apply.accept").kin == frozenset()


def test_articles_15_and_17_investigation_and_check_begin_within_three_working_days():
    # Accepted on the Friday before the National Day holiday of 2021, which has make-up working days around it.
    life = Life(World("law-2021-07"), began=date(2021, 9, 30))
    for step in ("apply.submit", "apply.accept", "review.request_check"):
        life.do(step)
    running = {one.name: one for one in deadlines(life.case, life.world.rules, date(2021, 10, 8))}
    assert running["visit-begins"].due.day == date(2021, 10, 11), "8th, 9th (a Saturday made up for) and 11th"
    assert running["check-begins"].due.day == date(2021, 10, 11)
    assert running["total"].turn == "town"


def test_article_16_a_visit_is_by_two_and_signed_by_both_and_by_the_household(life):
    life.until("review.visit")
    assert life.refused("review.visit", investigators=[str(life.clerk.id)]) == "data.schema"
    stranger = str(uuid4())
    assert life.refused("review.visit", investigators=[str(life.clerk.id), stranger]) == "officer.unknown"
    elsewhere = str(life.world.officer("610924101").id)
    assert life.refused("review.visit", investigators=[str(life.clerk.id), elsewhere]) == "officer.place"
    life.do("review.visit")
    version = life.case.version
    assert life.case.hands[version].missing == {str(life.assistant.id), "household"}
    refused = life.why("review.opine")
    assert (refused.code, refused.params["of"], article(refused)) == (
        "case.hands-missing",
        "review.visit",
        "民发〔2021〕57号第十五条、民发〔2021〕57号第十六条",
    )
    life.cosign(version, life.assistant)
    assert life.case.describe()["missing_hands"] == {str(version): ["household"]}
    assert life.refused("review.opine") == "case.hands-missing"
    life.cosign(version)
    assert life.refused("review.opine") is None


def test_article_16_whose_hand_is_not_awaited_does_not_sign(life):
    life.until("review.visit").do("review.visit")
    version = life.case.version
    named = {"version": version, "act": life.case.hands[version].digest}
    assert life.refused("review.cosign", life.head, **named, hand="investigator") == "case.cosign-hand"
    assert life.refused("review.cosign", life.clerk, **named, hand="household") == "case.cosign-paper"
    other = named | {"act": "cd" * 32}
    assert life.refused("review.cosign", life.assistant, **other, hand="investigator") == "case.cosign"
    life.cosign(version, life.assistant)
    assert life.refused("review.cosign", life.assistant, **named, hand="investigator") == "case.cosign-hand"


@pytest.mark.parametrize("manner", ["phone", "video"])
def test_article_16_from_afar_only_in_a_major_emergency(life, manner):
    life.until("review.visit")
    refused = life.why("review.visit", manner=manner)
    assert (refused.code, article(refused)) == ("case.visit-remote", "民发〔2021〕57号第十六条")
    assert life.refused("review.visit", manner=manner, emergency=DIGEST) is None
    assert life.refused("review.visit", manner="letter") is None


def test_article_18_a_negative_check_is_told_and_one_that_is_disputed_is_made_again(life):
    life.until("review.check").do("review.check", result="inconsistent")
    life.visit()
    assert life.refused("review.opine") == "case.missing-step", "first the household is told"
    life.do("review.inform")
    refused = life.why("review.opine")
    assert (refused.code, article(refused)) == ("case.check", "民发〔2021〕57号第十八条")
    life.do("review.object", against="check")
    refused = life.why("review.opine", opinion="ineligible")
    assert (refused.params["missing"], article(refused)) == ("review.check", "民发〔2021〕57号第十八条")
    life.do("review.check")
    assert life.refused("review.opine") is None


def test_article_18_what_a_second_check_finds_is_told_again(life):
    """57号第十八条: 核对不符合的及时告知, 异议, 复查, and 复查 may come out the same."""
    life.until("review.check").do("review.check", result="inconsistent")
    life.visit()
    life.do("review.inform")
    life.do("review.object", against="check")
    life.later(1).do("review.check", result="inconsistent")
    refused = life.why("review.opine", opinion="ineligible")
    assert (refused.params["missing"], article(refused)) == ("review.inform", "民发〔2021〕57号第十八条")
    life.do("review.inform")
    life.do("review.opine", opinion="ineligible")
    assert life.refused("confirm.grant") == "case.missing-step", "nor is it confirmed before it is posted"
    life.do("review.post")
    refused = life.later(7).why("confirm.grant")
    assert (refused.code, article(refused)) == ("case.opinion", "民发〔2021〕57号第二十条")


def test_article_19_the_opinion_is_posted_for_seven_days_in_the_household_s_own_village(life):
    life.until("review.post")
    assert life.refused("confirm.grant") == "case.missing-step"
    assert life.refused("review.post", days=6) == "case.posting-days"
    assert life.refused("review.post", village=OTHER_VILLAGE) == "case.posting"
    life.do("review.post")
    refused = life.later(6).why("confirm.grant")
    assert (refused.code, article(refused)) == ("case.posting-open", "民发〔2021〕57号第十九条")
    assert life.later(1).refused("confirm.grant") is None


def test_article_19_an_objection_leads_to_a_visit_or_an_appraisal_a_new_opinion_and_a_new_posting(life):
    for step in ("visit", "appraise"):
        life = Life(World())
        life.until("confirm.grant").do("review.object")
        assert life.case.stage is Stage.ACCEPTED
        refused = life.later(1).why("review.opine")
        assert (refused.code, article(refused)) == ("case.missing-step", "民发〔2021〕57号第十九条")
        if step == "visit":
            life.visit()
        else:
            life.do("review.appraise")
        life.do("review.opine")
        assert life.later(7).refused("confirm.grant") == "case.missing-step", "the old posting showed the old opinion"
        life.do("review.post")
        assert life.later(7).refused("confirm.grant") is None


def test_article_20_a_complaint_before_the_confirmation_compels_the_county_to_visit(life):
    life.until("confirm.grant")
    life.do("verify.draw", cause="complaint")
    for code in ("confirm.grant", "confirm.refuse"):
        refused = life.later(7).why(code)
        assert (refused.params["missing"], article(refused)) == ("verify.visit", "民发〔2021〕57号第二十条"), code
    life.do("verify.visit")
    assert life.refused("confirm.grant") is None


def test_article_21_paid_from_the_next_month_and_a_refusal_is_told_within_three_working_days(life):
    life.until("confirm.grant").later(7)
    for wrong in (month_after(life.today, 0), month_after(life.today, 2)):
        refused = life.why("confirm.grant", starting=wrong)
        assert (refused.code, article(refused)) == ("case.starting", "民发〔2021〕57号第二十一条")
    case = life.do("confirm.refuse")
    (notice,) = [one for one in deadlines(case, life.world.rules, life.today) if one.name == "refusal-notice"]
    assert (notice.done, notice.due.left, notice.article) == (None, 3, "民发〔2021〕57号第二十一条")
    life.later(1).do("confirm.notify")
    (notice,) = [one for one in deadlines(life.case, life.world.rules, life.today) if one.name == "refusal-notice"]
    assert notice.done == life.today


def test_article_22_thirty_working_days_forty_five_where_it_is_special_and_twenty_where_it_is_delegated(life):
    for law, delegated, special, expected in (
        ("law-2021-07", False, False, 30),
        ("law-2021-07", True, False, 30),
        ("law-2021-07", True, True, 45),
        ("law-2022-10", True, False, 20),
        ("law-2022-10", True, True, 45),
        ("law-2022-10", False, False, 30),
    ):
        life = Life(World(law), began=date(2022, 11, 1))
        if not delegated:
            life.world.withdraw(TOWN)
        life.do("apply.submit")
        life.do("apply.accept")
        if special:
            life.do("review.extend", cause="hard_investigation", notice=DIGEST)
        (total,) = [one for one in deadlines(life.case, life.world.rules, life.today) if one.name == "total"]
        assert total.due.left == expected, (law, delegated, special)


@pytest.mark.parametrize(
    ("law", "delegated", "cause", "allowed"),
    [
        ("law-2021-07", True, "other", True),  # 57号第二十二条 names no causes
        ("law-2022-10", False, "other", True),
        ("law-2022-10", True, "other", False),  # 83号第四部分第一项 names four
        ("law-2022-10", True, "household_elsewhere", True),
        ("law-2022-10", True, "applied_elsewhere", True),
        ("law-2022-10", True, "hard_investigation", True),
        ("law-2022-10", True, "objection", False),  # nobody has objected
    ],
)
def test_article_22_forty_five_days_are_for_the_causes_of_the_law(law, delegated, cause, allowed):
    life = Life(World(law), began=date(2022, 11, 1))
    if not delegated:
        life.world.withdraw(TOWN)
    life.until("review.check")
    before = {one.name: one.limit.number for one in deadlines(life.case, life.world.rules, life.today)}["total"]
    refused = life.refused("review.extend", cause=cause, notice=DIGEST)
    after = {one.name: one.limit.number for one in deadlines(life.case, life.world.rules, life.today)}["total"]
    assert (refused, after) == ((None, 45) if allowed else ("case.extend", before))


def test_article_22_an_objection_to_the_posting_makes_it_forty_five_days_by_itself(life):
    life.until("confirm.grant").do("review.object")
    (total,) = [one for one in deadlines(life.case, life.world.rules, life.today) if one.name == "total"]
    assert (total.limit.number, total.turn) == (45, "town")


@pytest.mark.parametrize("circumstance", ["household_elsewhere", "applied_elsewhere"])
def test_article_22_so_do_a_household_that_lives_elsewhere_and_one_that_applies_elsewhere(life, circumstance):
    life.do("apply.submit", circumstances=[circumstance])
    life.do("apply.accept")
    (total,) = [one for one in deadlines(life.case, life.world.rules, life.today) if one.name == "total"]
    assert total.limit.number == 45


@pytest.mark.parametrize(
    ("submitted", "number", "last"),
    [
        (date(2022, 10, 19), 30, date(2022, 11, 30)),
        (date(2022, 10, 20), 20, date(2022, 11, 17)),
        (date(2021, 7, 1), 30, date(2021, 8, 12)),
    ],
)
def test_twenty_working_days_hold_for_what_begins_on_the_twentieth_of_october_2022_or_later(submitted, number, last):
    world = World("law-2021-07")
    world.put_in_force("law-2022-10")
    life = Life(world, began=submitted)
    for step in ("apply.submit", "apply.accept"):
        life.do(step)
    rules = world.streams[policy_id(ORIGIN)].rules(life.case.procedure.law, life.case.procedure.county)
    (total,) = [one for one in deadlines(life.case, rules, life.today) if one.name == "total"]
    assert (total.limit.number, total.due.day, total.due.provisional) == (number, last, False)


def test_article_24_it_is_published_where_the_household_lives(life):
    refused = life.until("confirm.publish").why("confirm.publish", village=OTHER_VILLAGE)
    assert (refused.code, refused.params["village"]) == ("case.published-place", VILLAGE)
    assert article(refused).startswith("民发〔2021〕57号第二十四条")


def test_article_24_only_what_may_be_published_is(life):
    life.until("confirm.publish")
    refused = life.why("confirm.publish", shown=["applicant_name", "id_number", "address"])
    assert (refused.code, refused.params["beyond"]) == ("case.published", "id_number, address")
    assert article(refused).startswith("民发〔2021〕57号第二十四条")
    assert life.refused("confirm.publish", shown=["applicant_name", "members", "monthly_fen"]) is None


def test_article_28_nobody_is_confirmed_without_application_investigation_and_opinion(life):
    assert life.refused("confirm.refuse") == "case.unknown"
    for step in ("apply.submit", "apply.accept"):
        life.do(step)
        assert life.refused("confirm.grant") == "case.order"


def test_article_31_checked_yearly_or_half_yearly_by_how_stable_the_income_is(life):
    for stability, expected in (("stable", 12), ("unstable", 6)):
        life = Life(World())
        life.until("confirm.grant").later(7).do("confirm.grant", stability=stability)
        confirmed = life.today
        (recheck,) = [one for one in deadlines(life.case, life.world.rules, confirmed) if one.name == "recheck"]
        assert recheck.due.day is not None
        months = (recheck.due.day.year - confirmed.year) * 12 + recheck.due.day.month - confirmed.month
        assert (months, recheck.article) == (expected, "民发〔2021〕57号第三十一条")


def test_article_32_the_word_of_a_recheck_fits_its_amount_and_a_stop_lies_ahead(life):
    life.until("verify.draw")
    assert life.refused("review.recheck", result="increase") == "case.amount"
    assert life.refused("review.recheck", result="decrease", monthly_fen=90_000) == "case.amount"
    assert life.do("review.recheck", result="increase", monthly_fen=90_000).monthly_fen == 90_000
    refused = life.why("suspend.start", starting=month_after(life.today, 0))
    assert (refused.code, "民发〔2021〕57号第三十二条" in article(refused)) == ("case.stopping", True)
    assert life.refused("suspend.start") is None


def test_article_33_a_grace_period_is_no_longer_than_the_rules_allow(life):
    life.until("verify.draw")
    refused = life.why("exit.defer", until=month_after(life.today, 7), **FORM)
    assert (refused.code, refused.params["last"]) == ("case.grace", month_after(life.today, 6))
    assert life.do("exit.defer", until=month_after(life.today, 6), **FORM).deferred_until == month_after(life.today, 6)


def test_article_33_a_grace_period_that_is_lengthened_counts_from_its_beginning(life):
    """However often it is given; only a re-check that finds the household entitled makes room for another."""
    life.until("verify.draw")
    last = month_after(life.today, 6)
    life.do("exit.defer", until=month_after(life.today, 3), **FORM)
    (grace,) = [one for one in deadlines(life.case, life.world.rules, life.today) if one.name == "grace"]
    assert str(grace.due.day)[:7] == month_after(life.today, 3)
    life.later(80)
    refused = life.why("exit.defer", until=month_after(life.today, 6), **FORM)
    assert (refused.code, refused.params["last"]) == ("case.grace", last)
    life.do("exit.defer", until=last, **FORM)
    life.do("review.recheck", result="ineligible")
    assert life.refused("exit.defer", until=month_after(life.today, 6), **FORM) == "case.grace"
    assert life.do("review.recheck").deferred_until is None
    life.later(400)
    assert life.refused("exit.defer", until=month_after(life.today, 6), **FORM) is None


@pytest.mark.parametrize("act", ["review.adjust", "review.recheck", "joining"])
def test_article_32_what_gives_more_takes_the_power_to_confirm(act):
    """57号第三十二条: 增发 is decided by whoever confirms; reducing and stopping stay the town's to manage."""
    life = Life(World()).until("verify.draw")
    number = "00000020200101003" + check_digit("00000020200101003")
    joining = [{"person": {"name": "示例丁", "id_number": number}, "relation": "child"}]
    said = {"starting": month_after(life.today), **FORM}
    more = {
        "review.adjust": said | {"cause": "income", "monthly_fen": 84_001, "members": 3},
        "review.recheck": said | {"result": "increase", "monthly_fen": 84_001},
        "joining": said | {"cause": "members", "monthly_fen": 84_000, "members": 4, "joining": joining},
    }[act]
    code = "review.adjust" if act == "joining" else act
    programmes = frozenset({"rural_minimum"})
    life.world.delegate(programmes=programmes, ceiling_fen=83_999)
    assert life.refused(code, life.head, **more) == "delegation.ceiling"
    life.world.delegate(programmes=programmes, withdrawn=True)
    assert life.refused(code, life.head, **more) == "delegation.none"
    if code == "review.adjust":
        assert life.refused(code, life.inspector, **more) is None, "after a withdrawal the county decides"
    less = said | {"cause": "income", "monthly_fen": 10_000, "members": life.case.members}
    assert life.refused("review.adjust", life.head, **less) is None


def test_a_raise_names_the_delegation_it_rests_on(life):
    life.until("verify.draw")
    said = {"cause": "income", "monthly_fen": 90_000, "members": 3, "starting": month_after(life.today), **FORM}
    day = {"on": str(life.today), "today": life.today}
    relied = life.world.decide(life.head, life.id, "review.adjust", said, **day).event.relied
    assert (relied["confirms"], relied["form"], relied["delegation"]) == (
        "town",
        "entrusted",
        str(delegation_id(ORIGIN, TOWN)),
    )


def test_article_34_a_share_is_cut_after_three_refused_jobs(life):
    life.until("verify.draw")
    nothing = {"cause": "job_refusals", "members": 3, "starting": month_after(life.today), **FORM}
    refused = life.why("review.adjust", monthly_fen=56_000, refused=2, **nothing)
    assert (refused.code, refused.params["article"]) == ("case.job-refusals", "民发〔2021〕57号第三十四条")
    nothing["refused"] = 3
    assert life.refused("review.adjust", monthly_fen=84_000, **nothing) == "case.adjust-nothing"
    assert life.do("review.adjust", monthly_fen=56_000, **nothing).monthly_fen == 56_000


def test_after_a_death_the_change_is_made_within_three_months_and_the_household_exits_only_when_it_was_reported(life):
    life.until("verify.draw")
    assert life.refused("exit.end", reason="death") == "case.exit-reason"
    died = life.today - timedelta(days=10)
    assert life.refused("review.report", kind="death", day=str(life.today + timedelta(days=1))) == "case.report-day"
    life.do("review.report", kind="death", day=str(died))
    (death,) = [one for one in deadlines(life.case, life.world.rules, life.today) if one.name == "death"]
    assert death.began == died
    assert death.due.day is not None
    assert (death.due.day - died).days in range(89, 93)
    life.do("review.recheck")
    assert death_done(life) is None, "a re-check that leaves the dead where they are is no change"
    less = {"cause": "members", "monthly_fen": 56_000, "members": 2, "leaving": [2], "starting": month_after(died)}
    life.do("review.adjust", **less, **FORM)
    assert death_done(life) == life.today
    assert life.refused("exit.end", reason="death", starting=month_after(died)) is None


def death_done(life: Life) -> date | None:
    (death,) = [one for one in deadlines(life.case, life.world.rules, life.today) if one.name == "death"]
    return death.done


@pytest.mark.parametrize("programme", ["extreme_poverty", "low_income"])
def test_by_default_every_programme_has_three_months_after_a_death(programme):
    life = Life(World(), programme).until("verify.draw")
    life.do("review.report", kind="death", day=str(life.today))
    (death,) = [one for one in deadlines(life.case, life.world.rules, life.today) if one.name == "death"]
    assert (death.limit.number, death.article) == (3, "本县默认设定（待本县文件替换）")


# -- verification by the county -------------------------------------------------------------------------------


def test_the_county_s_verification_leads_to_rectification_and_is_followed_up(life):
    life.until("verify.pass")
    assert life.refused("verify.rectify", deadline=str(life.today)) == "case.deadline"
    case = life.do("verify.rectify")
    (due,) = [one for one in deadlines(case, life.world.rules, life.today) if one.name == "rectification"]
    assert (due.due.day, due.turn) == (case.rectify_by, "town")
    life.later(5).do("verify.report")
    assert life.case.verification is VerificationState.REPORTED
    case = life.do("verify.pass")
    assert (case.verification, case.rectify_by) == (VerificationState.PASSED, None)


def test_who_investigated_does_not_confirm_and_who_decided_does_not_verify(life):
    life.until("confirm.grant").later(7)
    for officer in (life.clerk, life.assistant):
        refused = life.why("confirm.grant", officer)
        assert (refused.code, refused.params["part"]) == ("officer.apart", "investigators")
    life.world.withdraw(TOWN)
    life.do("confirm.grant", life.inspector)
    life.do("verify.draw")
    assert life.refused("verify.visit") == "officer.apart"
    assert life.refused("verify.visit", life.world.officer(COUNTY)) is None


def test_what_was_overturned_is_put_right_within_the_county_s_limit(life):
    life.until("verify.pass").do("verify.overturn")
    (due,) = [one for one in deadlines(life.case, life.world.rules, life.today) if one.name == "overturned"]
    assert (due.due.left, due.turn, due.done) == (10, "town", None)
    assert due.article == "本县默认设定（待本县文件替换）"
    life.later(3).do("exit.end", reason="overturned")
    (due,) = [one for one in deadlines(life.case, life.world.rules, life.today) if one.name == "overturned"]
    assert (due.done, due.due.late) == (life.today, False)


def test_an_overturned_confirmation_ends_and_an_overturned_refusal_is_reviewed_again(life):
    life.until("verify.pass")
    assert life.refused("exit.end", reason="overturned") == "case.exit-reason"
    life.do("verify.overturn")
    assert life.refused("exit.end", reason="overturned", starting=month_after(life.today, 0)) is None
    again = Life(World())
    again.until("confirm.grant").later(7).do("confirm.refuse")
    again.do("verify.draw")
    again.do("verify.visit")
    case = again.do("verify.overturn", reason="income")
    assert (case.stage, case.procedure.open) == (Stage.ACCEPTED, True)
    assert again.refused("review.opine") == "case.missing-step", "what the refusal rested on is done again"


# -- dynamic management ------------------------------------------------------------------------------------------


def test_a_household_that_moves_is_handled_by_the_town_it_lives_in_now(life):
    life.until("verify.draw")
    assert life.refused("review.move", town=TOWN, village=VILLAGE, paper=DIGEST) == "case.move"
    assert life.refused("review.move", town="610925100", paper=DIGEST) == "case.move"
    life.do("review.move", town="610924101", village="610924101201", paper=DIGEST)
    assert life.refused("review.open") == "officer.place"
    assert life.refused("review.open", life.world.officer("610924101")) is None


def test_members_who_leave_may_be_helped_elsewhere_and_who_joins_may_not_be(life):
    life.until("verify.draw")
    change = {"cause": "members", "monthly_fen": 56_000, "starting": month_after(life.today), **FORM}
    assert life.refused("review.adjust", members=3, leaving=[2], **change) == "case.adjust-members"
    life.do("review.adjust", members=2, leaving=[2], **change)
    person = life.world.streams[life.case.people[2]]
    assert person.enrolled == {}
    assert life.world.streams[life.case.people[1]].enrolled == {life.id: "rural_minimum"}


def test_voluntary_exit_takes_a_paper(life):
    life.until("verify.draw")
    assert life.refused("exit.end", reason="voluntary") == "case.exit-reason"
    assert life.do("exit.end", reason="voluntary", paper=DIGEST).stage is Stage.EXITED


def test_after_an_exit_the_household_may_apply_again(life):
    life.until("")
    assert life.case.stage is Stage.EXITED
    again = Life(life.world, began=life.today)
    again.until("confirm.notify")
    assert again.case.stage is Stage.GRANTED


def test_one_person_is_in_one_programme_at_a_time_and_the_refusal_names_the_first_case(life):
    life.until("verify.draw")
    second = Life(life.world, programme="urban_minimum", began=life.today)
    second.until("confirm.grant").later(7)
    refused = second.why("confirm.grant")
    assert (refused.code, refused.params["case"], refused.params["programme"]) == (
        "person.enrolled",
        str(life.id),
        "rural_minimum",
    )


def test_a_member_of_a_low_income_household_may_have_the_minimum_alone_article_8(life):
    first = Life(life.world, programme="low_income")
    first.until("confirm.notify")
    alone = Life(life.world, began=first.today)
    alone.alone = True
    alone.until("confirm.notify")
    assert alone.case.stage is Stage.GRANTED


# -- corrections ---------------------------------------------------------------------------------------------------


def test_a_correction_supersedes_what_an_act_said_and_leaves_it_where_it_is(life):
    life.until("verify.draw")
    said = life.case.said["confirm.grant"]
    grant = {"monthly_fen": 78_000, "members": 3, "starting": life.case.starting}
    named = {"version": said.version, "act": said.digest, "reason": "calculation", "paper": DIGEST}
    wrong = named | {"authority": "own", "act": "cd" * 32}
    assert life.refused("review.correct", life.head, **wrong, grant=grant) == "case.correct-latest"
    assert life.refused("review.correct", life.head, **named, authority="own") == "case.correct-one"
    assert (
        life.refused("review.correct", life.head, **named, authority="court", grant=grant) == "case.correct-authority"
    )
    by_an_investigator = life.why("review.correct", life.clerk, **named, authority="own", grant=grant)
    assert by_an_investigator.code == "officer.apart", "it keeps the rules of what it corrects"
    impossible = grant | {"starting": "2030-01"}
    assert life.refused("review.correct", life.head, **named, authority="own", grant=impossible) == "case.starting"
    case = life.do("review.correct", life.head, **named, authority="own", grant=grant)
    assert (case.monthly_fen, case.stage) == (78_000, Stage.GRANTED)
    assert life.refused("review.correct", life.head, **named, authority="own", grant=grant) == "case.correct-latest"


# -- the rules of their time -----------------------------------------------------------------------------------------


def test_an_old_case_is_judged_by_what_it_began_with_whatever_is_adopted_since():
    world = World("law-2021-07")
    life = Life(world, began=date(2022, 9, 1))
    life.do("apply.submit")
    life.do("apply.accept")
    began = life.case.procedure.law
    world.put_in_force("law-2022-10")
    life.today = date(2022, 11, 1)
    life.do("review.check")
    assert life.case.procedure.law == began == world.shipped_law("law-2021-07").sha256
    newer = Life(world, began=date(2022, 11, 1))
    newer.do("apply.submit")
    assert newer.case.procedure.law == world.shipped_law("law-2022-10").sha256


def test_a_recheck_is_judged_by_the_rules_in_force_when_it_began():
    world = World("law-2021-07")
    life = Life(world, began=date(2022, 6, 1))
    life.until("verify.draw")
    world.put_in_force("law-2022-10")
    life.today = date(2023, 6, 1)
    case = life.do("review.open")
    assert (case.procedure.kind, case.procedure.law) == ("recheck", world.shipped_law("law-2022-10").sha256)
    assert not life.do("review.recheck").procedure.open


def test_the_rules_of_2012_demand_an_appraisal_of_every_case():
    life = Life(World("law-2012"), began=date(2020, 5, 6))
    life.until("review.opine")
    refused = life.why("review.opine")
    assert refused.params["missing"] == "review.appraise"
    assert "第二十一条" in article(refused)


def test_rules_in_force_is_what_the_tests_take_them_to_be():
    assert rules_in_force().law == World().law.sha256
