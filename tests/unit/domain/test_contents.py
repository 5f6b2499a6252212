"""The sealed papers: strict, by codes where judgement would creep in, and wary of words of guilt."""

from copy import deepcopy
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from api.examples.papers import PAPERS
from domain.calendar import announced
from domain.contents import CONTENTS, faults_of
from domain.contents.articles import ARTICLES
from domain.contents.neutral import GUILT, warn
from domain.pack_text import read_pack
from domain.packs import text_of
from domain.rules_in_force import overlay
from domain.sealed import STEPS, SealedStage, SealedStream
from domain.sealed_limits import answer_due, transfer_due
from tests.unit.domain.world import rules_in_force, shipped


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

RULES = rules_in_force()


def complaint(stage: SealedStage) -> SealedStream:
    return SealedStream(uuid4(), 1, "complaint", stage, date(2026, 9, 28))


def test_a_complaint_is_due_until_it_is_answered_by_the_county_s_setting():
    asked = date(2026, 11, 28)
    found = answer_due(complaint(SealedStage.LODGED), RULES, asked)
    assert found is not None
    assert (found.day, found.left, found.late) == (date(2026, 11, 27), -1, True)
    assert answer_due(complaint(SealedStage.ASSIGNED), RULES, date(2026, 11, 27)) == replace(found, left=0)
    assert answer_due(complaint(SealedStage.ANSWERED), RULES, asked) is None
    assert answer_due(complaint(SealedStage.CLOSED), RULES, asked) is None
    assert answer_due(complaint(SealedStage.LODGED), None, asked) is None, "no rules were adopted"
    own = read_pack(text_of("county-defaults").replace('"complaint.days"\nvalue = 60', '"complaint.days"\nvalue = 30'))
    shorter = answer_due(complaint(SealedStage.LODGED), overlay(shipped("law-2022-10"), own, announced()), asked)
    assert shorter is not None
    assert shorter.day == date(2026, 10, 28)


def test_a_clue_is_sent_within_fifteen_working_days_of_the_conclusion():
    concluded, asked = date(2026, 11, 2), date(2026, 12, 31)

    def seen(sent: date | None, asked: date) -> tuple[date | None, int, bool]:
        found = transfer_due(concluded, sent, RULES, asked)
        assert found is not None
        return found.day, found.left, found.late

    last = date(2026, 11, 23)
    assert seen(None, date(2026, 11, 20)) == (last, 1, False)
    assert seen(last, asked) == (last, 0, False)
    assert seen(date(2026, 11, 24), asked) == (last, -1, True)
    assert seen(None, asked)[2]
    assert transfer_due(concluded, None, None, asked) is None
