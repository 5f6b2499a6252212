"""The sealed papers: strict, by codes where judgement would creep in, and wary of words of guilt."""

from copy import deepcopy
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from api.examples.papers import PAPERS
from domain.calendar import announced
from domain.clock import Counted, Limit
from domain.contents import CONTENTS, faults_of
from domain.contents.articles import ARTICLES
from domain.contents.neutral import GUILT, warn
from domain.sealed import STEPS, SealedStage, SealedStream
from domain.sealed_limits import answer_due, transfer_due


def changed(code: str, path: str, value: Any) -> dict[str, Any]:
    content = deepcopy(PAPERS[code])
    *ways, last = path.split(".")
    inner: Any = content
    for way in ways:
        inner = inner[int(way)] if way.isdigit() else inner[way]
    inner[last] = value
    return content


def test_every_act_of_the_streams_has_a_paper_and_an_example_that_is_valid():
    assert set(CONTENTS) == set(STEPS) == set(PAPERS)
    for code, content in PAPERS.items():
        assert faults_of(code, content) == []
        assert warn(code, content) == []


@pytest.mark.parametrize(
    ("code", "path", "value", "where"),
    [
        ("complaint.lodge", "received.channel", "rumour", "received.channel"),
        ("complaint.lodge", "what", "", "what"),
        ("complaint.lodge", "about.officers", ["somebody"], "about.officers.0"),
        ("complaint.answer", "result", "guilty", "result"),
        ("referral.open", "verdict", "guilty", "verdict"),
        ("referral.open", "basis", ["criminal-law-383"], "basis.0"),
        ("referral.open", "basis", [], "basis"),
        ("referral.open", "facts.0.observed", "embezzlement", "facts.0.observed"),
        ("referral.open", "facts.0.rule", "常识", "facts.0.rule"),
        ("referral.open", "facts.0.last", "2026-10-01", "facts.0"),
        ("referral.open", "facts.0.amount_fen", 840.0, "facts.0.amount_fen"),
        ("referral.open", "persons.0.party", "suspect", "persons.0.party"),
        ("referral.open", "confidentiality", "state_secret", "confidentiality"),
        ("referral.open", "handling.corrected", "", "handling.corrected"),
        ("referral.open", "facts.0.lines", [41, 99], "(whole)"),
    ],
)
def test_what_does_not_fit_is_named_by_its_place(code, path, value, where):
    (fault,) = faults_of(code, changed(code, path, value))
    assert fault[0] == where


def test_gaps_have_to_be_spoken_of():
    content = {name: value for name, value in PAPERS["referral.open"].items() if name != "gaps"}
    assert [fault[0] for fault in faults_of("referral.open", content)] == ["gaps"]
    assert faults_of("referral.open", content | {"gaps": []}) == []


def test_an_anonymous_complaint_is_a_complaint():
    content = {name: value for name, value in PAPERS["complaint.lodge"].items() if name != "complainant"}
    assert faults_of("complaint.lodge", content) == []


def test_the_articles_are_those_a_referral_may_rest_on():
    assert [code for code in ARTICLES if code.startswith("assistance-66")] == [
        f"assistance-66-{number}" for number in range(1, 8)
    ]
    assert set(ARTICLES) >= {"assistance-67", "assistance-68", "assistance-69", "supervision-37"}
    assert set(ARTICLES) >= {"sanctions-33", "sanctions-39"}


def test_words_of_guilt_are_pointed_out_and_nothing_is_refused():
    content = changed("referral.open", "facts.0.text", "其故意骗取低保金。")
    content["gaps"] = ["Whether it was Fraud is not known."]
    assert [(word.where, word.word) for word in warn("referral.open", content)] == [
        ("facts.0.text", "骗取"),
        ("facts.0.text", "故意"),
        ("gaps.0", "fraud"),
    ]
    assert faults_of("referral.open", content) == []
    assert len(set(GUILT)) == len(GUILT)


def test_what_a_complainant_said_stands_as_they_said_it():
    assert warn("complaint.lodge", changed("complaint.lodge", "what", "他贪污。")) == []


def test_names_and_rules_are_not_searched_for_words_of_guilt():
    assert warn("referral.open", changed("referral.open", "receiving", "违纪违法监督室")) == []


# -- limits ---------------------------------------------------------------------------------------

FIFTEEN = Limit(15, Counted.WORKING_DAYS)


def complaint(stage: SealedStage) -> SealedStream:
    return SealedStream(uuid4(), 1, "complaint", stage, date(2026, 9, 28))


def test_a_complaint_is_due_until_it_is_answered_over_a_long_holiday():
    calendar = announced()
    found = answer_due(complaint(SealedStage.LODGED), FIFTEEN, date(2026, 10, 9), calendar)
    assert found is not None
    # 国庆节 1 to 7 October 2026, with make-up working days around it.
    assert found.day is not None
    assert sum(calendar.is_working(date(2026, 10, day)) for day in range(1, 8)) == 0
    assert found.left > 0
    assert not found.late
    assert answer_due(complaint(SealedStage.ANSWERED), FIFTEEN, date(2026, 10, 9), calendar) is None
    assert answer_due(complaint(SealedStage.CLOSED), FIFTEEN, date(2027, 10, 9), calendar) is None


def test_a_clue_is_sent_within_fifteen_working_days_of_the_conclusion():
    calendar, concluded = announced(), date(2026, 11, 2)
    asked = date(2026, 12, 31)
    assert transfer_due(concluded, None, FIFTEEN, date(2026, 11, 20), calendar).day == date(2026, 11, 23)
    assert transfer_due(concluded, date(2026, 11, 23), FIFTEEN, asked, calendar).left == 0
    assert transfer_due(concluded, date(2026, 11, 24), FIFTEEN, asked, calendar).late
    assert transfer_due(concluded, None, FIFTEEN, asked, calendar).late
