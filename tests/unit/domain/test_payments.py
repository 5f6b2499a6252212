"""Money: what the bank says, what was paid too much, what came back; and disputes about what was done."""

from typing import Any

import pytest

from domain.pack_text import read_pack
from domain.packs import text_of
from domain.streams import policy_id
from tests.unit.domain.life import FORM, Life
from tests.unit.domain.world import DIGEST, ORIGIN, World, adopting


@pytest.fixture
def life() -> Life:
    return Life(World()).until("verify.draw")


def row(number: int, month: str = "2026-04", **changes: Any) -> dict[str, Any]:
    return {"month": month, "fen": 84_000, "result": "paid", "file": DIGEST, "row": number} | changes


def test_a_row_of_the_bank_is_recorded_once_and_on_the_bank_s_word_only(life):
    assert life.refused("payment.record", **row(1)) == "act.basis"
    life.basis = "system"
    life.do("payment.record", **row(1))
    assert life.refused("payment.record", **row(1)) == "payment.row"
    life.do("payment.record", **row(2, result="returned", reason="account_closed"))
    assert life.case.payments.describe() == {
        "paid_until": "2026-04",
        "returned": {"2026-04": "account_closed"},
        "overpaid_fen": 0,
        "recovered_fen": 0,
        "waived_fen": 0,
        "outstanding_fen": 0,
    }
    life.do("payment.record", **row(9))
    assert life.case.payments.returned == {}, "paid at last"
    assert life.refused("payment.record", **row(3, result="returned")) == "payment.reason"
    assert life.refused("payment.record", **row(3, reason="other")) == "payment.reason"


def test_no_more_comes_back_than_was_paid_too_much(life):
    receipt = {"receipt": DIGEST}
    assert life.refused("payment.recover", fen=1, **receipt) == "payment.outstanding"
    found = {"first": "2026-04", "last": "2026-06", "fen": 252_000, "cause": "unreported_change", **FORM}
    assert life.refused("payment.overpay", **found | {"last": "2026-03"}) == "payment.months"
    life.do("payment.overpay", **found)
    life.do("payment.recover", fen=200_000, **receipt)
    refused = life.why("payment.recover", fen=52_001, **receipt)
    assert (refused.code, refused.params["outstanding"]) == ("payment.outstanding", 52_000)
    waiver = {"fen": 52_000, "ground": "hardship", "decision": DIGEST}
    assert life.refused("payment.waive", **waiver) == "officer.level", "the county waives"
    assert life.do("payment.waive", life.inspector, **waiver).payments.outstanding == 0


def test_disputes_go_their_own_ways_told_apart_by_what_filed_them(life):
    assert life.refused("dispute.file", kind="petition", against=99, paper=DIGEST) == "dispute.against"
    first = life.do("dispute.file", kind="petition", against=5, paper=DIGEST).version
    second = life.do("dispute.file", kind="litigation", against=5, paper=DIGEST).version
    assert life.refused("dispute.execute", filed=first, paper=DIGEST) == "dispute.state"
    assert life.refused("dispute.decide", filed=first + 9, result="upheld", paper=DIGEST) == "dispute.unknown"
    life.do("dispute.decide", filed=first, result="changed", paper=DIGEST)
    assert life.refused("dispute.decide", filed=first, result="upheld", paper=DIGEST) == "dispute.state"
    life.do("dispute.execute", filed=first, paper=DIGEST)
    assert life.case.disputes == {first: "executed", second: "filed"}


def test_57号_art_26_custody_takes_a_written_agreement_that_the_county_has_on_file(life):
    """57号第二十六条: 代管存折、银行卡须有书面协议，并由县级备案."""
    kept = {"holder": "village_committee", "agreement": DIGEST}
    assert life.refused("payment.entrust", life.head, **kept) == "officer.level"
    assert life.do("payment.entrust", life.inspector, **kept).custody == "village_committee"
    refused = life.why("payment.entrust", life.inspector, **kept)
    assert (refused.code, refused.params["article"]) == ("payment.custody", "民发〔2021〕57号第二十六条")
    assert life.do("payment.end_custody", life.clerk, receipt=DIGEST).custody is None
    assert life.refused("payment.end_custody", life.clerk, receipt=DIGEST) == "payment.custody"


def test_what_is_waived_for_being_small_keeps_to_the_county_s_limit(life):
    """By default nothing is too small to be recovered; another ground is not bound by the limit."""
    life.do("payment.overpay", life.inspector, first="2026-05", last="2026-05", fen=900, cause="other", **FORM)
    small = {"fen": 900, "decision": DIGEST}
    assert life.refused("payment.waive", life.inspector, ground="small", **small) == "payment.waive-limit"
    assert life.refused("payment.waive", life.inspector, ground="uncollectable", **small) is None


def test_what_is_small_is_small_as_a_whole_however_it_is_cut_up(life):
    text = text_of("county-defaults").replace('"recover.waive.fen"\nvalue = 0', '"recover.waive.fen"\nvalue = 5000')
    life.world.streams[policy_id(ORIGIN)] = adopting(life.world.law, read_pack(text))
    life.do("review.open")
    life.do("payment.overpay", first="2026-04", last="2026-04", fen=5_001, cause="other", **FORM)
    small = {"ground": "small", "decision": DIGEST}
    assert life.refused("payment.waive", life.inspector, fen=1, **small) == "payment.waive-limit"
    life.do("payment.recover", fen=1, receipt=DIGEST)
    assert life.do("payment.waive", life.inspector, fen=5_000, **small).payments.outstanding == 0


def test_so_few_people_are_no_meeting():
    """集体研究: as many as the county's settings have it, three by default."""
    life = Life(World()).until("confirm.grant")
    votes = {"in_favour": 2, "against": 0, "abstained": 0, "minutes": DIGEST}
    two = [str(life.head.id), str(life.clerk.id)]
    refused = life.why("confirm.deliberate", life.head, attendees=two, **votes)
    assert (refused.code, refused.params["least"]) == ("case.meeting", 3)
    assert life.refused("confirm.deliberate", life.head, attendees=[*two, str(life.assistant.id)], **votes) is None
