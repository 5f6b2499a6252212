"""The county's rules by date: proposed by one, adopted by another, and never changed for what began under them."""

from datetime import date
from typing import Any

import pytest

from domain.calendar import announced
from domain.errors import NotAllowed
from domain.events import Acted
from domain.officer import Officer
from domain.pack import Kind, Pack
from domain.pack_text import read_pack
from domain.packs import text_of
from domain.policy import Policy, evolve
from domain.streams import policy_id
from tests.unit.domain.world import COUNTY, ORIGIN, TOWN, World, refusal

STREAM = policy_id(ORIGIN)


class Office(World):
    """A county in which no rules were adopted yet, and two of its officers."""

    def __init__(self) -> None:
        super().__init__()
        self.streams[STREAM] = None
        self.one, self.other = self.officer(COUNTY), self.officer(COUNTY)

    def propose(self, text: str, starting: str | None = None, by: Officer | None = None) -> Policy:
        policy: Policy = self.record(by or self.one, STREAM, "policy.propose", proposing(text, starting))
        return policy

    def adopt(self, text: str, starting: str | None = None) -> Policy:
        self.propose(text, starting)
        policy: Policy = self.record(self.other, STREAM, "policy.adopt", adopting(text, starting))
        return policy

    def refused(self, by: Officer, code: str, data: dict[str, Any]) -> str | None:
        return refusal(self, by, STREAM, code, data)


def proposing(text: str, starting: str | None = None, **changes: Any) -> dict[str, Any]:
    pack = read_pack(text)
    data = {"kind": str(pack.kind), "name": pack.name, "sha256": pack.sha256, "text": text}
    return data | {"starting": starting or str(pack.starting)} | changes


def adopting(text: str, starting: str | None = None, **changes: Any) -> dict[str, Any]:
    pack = read_pack(text)
    return {"pack": pack.name, "sha256": pack.sha256, "starting": starting or str(pack.starting)} | changes


def law(name: str) -> str:
    return text_of(name)


def sha(text: str) -> str:
    return read_pack(text).sha256


def county(percent: int = 40, starting: str = "2021-07-01", transition: str = "begun", days: int = 7) -> str:
    return (
        f'pack = "ours"\nkind = "county"\ntitle = "本县规定"\nstarting = {starting}\ntransition = "{transition}"\n'
        '[[article]]\nid = "1"\ncite = "本县规定第一条"\nsays = "…"\n'
        f'[[value]]\nkey = "sample.percent"\nprogrammes = ["rural_minimum"]\nvalue = {percent}\narticle = "1"\n'
        f'[[value]]\nkey = "posting.days"\nprogrammes = ["rural_minimum"]\nvalue = {days}\narticle = "1"\n'
    )


def calendar(year: int) -> str:
    return (
        f'pack = "days-{year}"\nkind = "calendar"\ntitle = "{year} 年节假日"\nstarting = {year - 1}-11-01\n[calendar]\n'
        f"first = {year}-01-01\nlast = {year}-12-31\nrest = [{weekday(year)}]\nwork = []\n"
    )


def weekday(year: int) -> date:
    return next(date(year, 1, day) for day in range(1, 8) if date(year, 1, day).weekday() < 5)


@pytest.fixture
def office() -> Office:
    return Office()


def test_nothing_is_in_force_before_two_have_agreed(office: Office):
    policy = office.propose(law("law-2021-07"))
    assert policy.in_force(date(2026, 1, 1)) is None
    proposal = policy.proposal(Kind.LAW)
    assert proposal is not None
    assert (proposal.by, str(proposal.starting)) == (office.one.id, "2021-07-01")
    policy = office.record(office.other, STREAM, "policy.adopt", adopting(law("law-2021-07")))
    rules = policy.in_force(date(2026, 1, 1))
    assert rules is not None
    assert (rules.law, rules.county) == (sha(law("law-2021-07")), None)
    assert policy.proposal(Kind.LAW) is None
    assert policy.adopted[0].by == (office.one.id, office.other.id)


def test_whoever_proposed_does_not_adopt(office: Office):
    office.propose(law("law-2021-07"))
    assert office.refused(office.one, "policy.adopt", adopting(law("law-2021-07"))) == "policy.same-person"
    assert office.refused(office.other, "policy.adopt", adopting(law("law-2021-07"))) is None


def test_only_the_county_has_a_say(office: Office):
    clerk = office.officer(TOWN)
    assert office.refused(clerk, "policy.propose", proposing(law("law-2021-07"))) == "officer.level"
    office.propose(law("law-2021-07"))
    assert office.refused(clerk, "policy.adopt", adopting(law("law-2021-07"))) == "officer.level"


def test_the_act_and_its_text_say_the_same(office: Office):
    text = law("law-2021-07")
    for changes in ({"sha256": "ab" * 32}, {"name": "law-2012"}, {"kind": "county"}):
        assert office.refused(office.one, "policy.propose", proposing(text, **changes)) == "policy.text"
    office.propose(text)
    assert office.refused(office.other, "policy.adopt", adopting(text, pack="law-2012")) == "policy.text"


def test_a_text_that_is_no_pack_is_refused_by_line_with_its_mend(office: Office):
    data = proposing(county()) | {"text": county().replace("value = 40", "value = 4.0")}
    with pytest.raises(NotAllowed) as refused:
        office.decide(office.one, STREAM, "policy.propose", data)
    assert refused.value.code == "policy.pack"
    assert refused.value.params["place"] == "value 1, value (line 13)"
    assert refused.value.params["zh"].startswith("应为整数")


def test_a_rule_about_an_act_that_nobody_can_sign_is_refused(office: Office):
    step = '[[step]]\nbefore = "confirm.garnt"\nneeds = ["review.post"]\narticle = "1"\n'
    assert office.refused(office.one, "policy.propose", proposing(county() + step)) == "policy.act"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "policy.not-proposed"),
        ({"starting": "2022-01-01"}, "policy.day"),
        ({"sha256": "ab" * 32}, "policy.not-proposed"),
    ],
)
def test_what_nobody_proposed_so_is_not_adopted(office: Office, change: dict[str, str], code: str):
    if change:
        office.propose(law("law-2021-07"))
    assert office.refused(office.other, "policy.adopt", adopting(law("law-2021-07"), **change)) == code


def test_a_newer_proposal_supersedes_the_older_one_of_its_kind(office: Office):
    office.propose(county(40))
    office.propose(law("law-2021-07"))
    office.propose(county(50), by=office.other)
    assert office.refused(office.other, "policy.adopt", adopting(county(40))) == "policy.superseded"
    assert office.refused(office.one, "policy.adopt", adopting(county(50))) is None
    assert office.refused(office.other, "policy.adopt", adopting(law("law-2021-07"))) is None
    office.propose(county(40))
    assert office.refused(office.other, "policy.adopt", adopting(county(40))) is None


def test_what_is_in_force_is_not_adopted_twice(office: Office):
    office.adopt(law("law-2021-07"))
    assert office.refused(office.one, "policy.propose", proposing(law("law-2021-07"))) == "policy.in-force"
    assert office.refused(office.one, "policy.adopt", adopting(law("law-2021-07"))) == "policy.in-force"


def test_a_pack_is_in_force_no_earlier_than_it_says_itself(office: Office):
    early = proposing(law("law-2022-10"), "2022-10-19")
    assert office.refused(office.one, "policy.propose", early) == "policy.starting"
    assert office.refused(office.one, "policy.propose", proposing(law("law-2022-10"), "2023-01-01")) is None


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_each_day_has_the_rules_of_its_time_in_whatever_order_they_were_adopted(office: Office, order: tuple[int, ...]):
    names = ("law-2012", "law-2021-07", "law-2022-10")
    for number in order:
        policy = office.adopt(law(names[number]))
    for day, name in (
        ("2012-12-12", "law-2012"),
        ("2021-06-30", "law-2012"),
        ("2021-07-01", "law-2021-07"),
        ("2022-10-19", "law-2021-07"),
        ("2022-10-20", "law-2022-10"),
        ("2026-11-23", "law-2022-10"),
    ):
        rules = policy.in_force(date.fromisoformat(day))
        assert rules is not None
        assert rules.law == sha(law(name)), day
    assert policy.in_force(date(2012, 12, 11)) is None
    latest = [max(order[: at + 1]) for at in range(len(order))]
    assert [one.correction for one in policy.adopted] == [
        number < last for number, last in zip(order, latest, strict=True)
    ]


def test_a_correction_is_marked_and_names_what_it_corrects(office: Office):
    office.adopt(law("law-2021-07"))
    mended = law("law-2021-07").replace("number = 45", "number = 44")
    office.propose(mended)
    decision = office.decide(office.other, STREAM, "policy.adopt", adopting(mended))
    assert decision.event.relied["corrects"] == sha(law("law-2021-07"))
    policy = office.record(office.other, STREAM, "policy.adopt", adopting(mended))
    assert policy.adopted[-1].correction
    rules = policy.in_force(date(2021, 7, 1))
    assert rules is not None
    assert rules.limit("total", "rural_minimum", {"special"}).number == 44


def test_what_a_case_was_judged_by_stays(office: Office):
    office.adopt(law("law-2021-07"))
    policy = office.adopt(county(40))
    began = policy.in_force(date(2021, 7, 5))
    assert began is not None
    office.adopt(county(50, "2021-08-01"))
    policy = office.adopt(law("law-2022-10"))
    kept = policy.rules(began.law, began.county)
    assert (kept.law, kept.county) == (began.law, began.county)
    assert kept.number("sample.percent", "rural_minimum") == 40
    assert kept.limit("total", "rural_minimum", {"delegated"}).number == 30  # type: ignore[union-attr]
    assert policy.pinned(began.law, began.county, date(2026, 1, 1)) is kept
    with pytest.raises(NotAllowed) as refused:
        policy.rules("ab" * 32, None)
    assert refused.value.code == "policy.unknown"


def test_a_pack_may_say_that_it_takes_hold_of_open_procedures(office: Office):
    office.adopt(law("law-2021-07"))
    policy = office.adopt(county(40))
    began = policy.in_force(date(2021, 7, 5))
    assert began is not None
    policy = office.adopt(county(60, "2021-09-01", "open"))
    assert policy.pinned(began.law, began.county, date(2021, 8, 31)) is policy.rules(began.law, began.county)
    later = policy.pinned(began.law, began.county, date(2021, 9, 1))
    assert (later.law, later.number("sample.percent", "rural_minimum")) == (began.law, 60)


def test_a_county_setting_that_the_law_does_not_leave_to_it_is_refused(office: Office):
    office.adopt(law("law-2021-07"))
    with pytest.raises(NotAllowed) as refused:
        office.decide(office.one, STREAM, "policy.propose", proposing(county(days=3)))
    assert (refused.value.code, refused.value.params["settings"]) == (
        "policy.overruled",
        "posting.days (rural_minimum)",
    )
    assert refused.value.params["law"] == "law-2021-07"


def test_what_came_into_force_between_proposal_and_adoption_is_looked_at_again(office: Office):
    office.propose(county(days=3))
    office.adopt(law("law-2021-07"))
    assert office.refused(office.other, "policy.adopt", adopting(county(days=3))) == "policy.overruled"


def test_a_newer_law_prevails_over_older_county_settings(office: Office):
    policy = office.adopt(county(days=3))
    assert policy.in_force(date(2021, 8, 1)).number("posting.days", "rural_minimum") == 3  # type: ignore[union-attr]
    policy = office.adopt(law("law-2021-07"))
    rules = policy.in_force(date(2021, 8, 1))
    assert rules is not None
    assert rules.number("posting.days", "rural_minimum") == 7
    assert rules.overruled == ("posting.days (rural_minimum)",)


def test_a_year_of_working_days_can_be_adopted_as_data(office: Office):
    year = announced().last.year + 1
    day = weekday(year)
    policy = office.adopt(law("law-2021-07"))
    assert not policy.calendar.is_announced(day)
    policy = office.adopt(calendar(year))
    assert policy.calendar.is_announced(day)
    assert not policy.calendar.is_working(day)
    rules = policy.in_force(date(2026, 1, 1))
    assert rules is not None
    assert rules.calendar.is_announced(day)
    assert office.refused(office.one, "policy.propose", proposing(calendar(year + 2))) == "policy.calendar"
    assert office.refused(office.one, "policy.propose", proposing(calendar(year - 1))) == "policy.calendar"


def test_a_pack_that_was_adopted_by_digest_alone_is_passed_over():
    """So did the first version of this software: the digest stands on the ledger, the text nowhere."""
    office = Office()
    policy = office.propose(law("law-2021-07"))
    assert len(policy.adopted) == 0
    old = {"pack": "minimum-2021", "sha256": "ab" * 32, "starting": "2021-07-01"}
    claims = {"act": "policy.adopt", "iss": str(office.one.id), "data": old}
    event = Acted(STREAM, 2, "policy.adopted", "x.y.z", claims, {})
    folded = evolve(policy, event)
    assert (folded.version, folded.adopted) == (2, ())


def test_a_pack_is_parsed_once_however_often_it_is_asked_for(office: Office):
    policy = office.adopt(law("law-2021-07"))
    pack: Pack = policy.adopted[0].pack
    assert pack is read_pack(law("law-2021-07"))
    day = date(2026, 1, 1)
    assert policy.in_force(day) is policy.in_force(day)
    assert policy.in_force(day) is policy.rules(pack.sha256, None)
