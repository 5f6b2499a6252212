"""From what an officer wants to say to an act that the ledger admits."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.compose import ComposeError, Draft, compose, hide_personal, stream_of, uuid7
from api.examples import EXAMPLES
from domain.acts import ACTS
from domain.data import validate
from domain.streams import delegation_id, policy_id, source_id
from ledger.act import BEIJING, check_times, parse_act, sign_act

ORIGIN = "test.example/ledger"
NEEDS_OTHER_SIGNATURES = {"officer.register", "officer.add_key"}


def draft(code: str, **others: Any) -> Draft:
    frame: dict[str, Any] = {"officer": uuid4(), "origin": ORIGIN, "stream": uuid4(), "version": 0, "prev": None}
    return compose(code, EXAMPLES[code], **(frame | others))


def test_every_act_that_can_be_signed_alone_has_an_example():
    assert set(EXAMPLES) == set(ACTS) - NEEDS_OTHER_SIGNATURES


@pytest.mark.parametrize("code", sorted(EXAMPLES))
def test_every_example_makes_an_act_that_is_admitted_and_fits_its_schema(code: str):
    made = draft(code)
    message = sign_act(Ed25519PrivateKey.generate(), made.claims, made.disclosures)
    act, _ = parse_act(message.encode(), ORIGIN)
    check_times(act, datetime.now(UTC), offline_days=1)
    validate(ACTS[code].data, act.revealed, act.data)
    assert act.revealed == EXAMPLES[code]


def test_no_personal_member_stands_in_the_clear():
    made = draft("apply.submit")
    assert set(made.claims["data"]["applicant"]) == {"_sd"}
    assert all(set(member["person"]) == {"_sd"} for member in made.claims["data"]["household"])
    assert len(made.disclosures) == len(EXAMPLES["apply.submit"]["applicant"]) + 2 * 2
    assert "示例甲" not in str(made.claims)


def test_the_order_of_digests_does_not_tell_which_member_is_which():
    digests = draft("apply.submit").claims["data"]["applicant"]["_sd"]
    assert digests == sorted(digests)


def test_the_act_follows_the_version_and_hash_that_were_seen():
    first, later = draft("apply.accept"), draft("apply.accept", version=4, prev="ab" * 32)
    assert (first.claims["version"], "prev" in first.claims) == (1, False)
    assert (later.claims["version"], later.claims["prev"]) == (5, "ab" * 32)


def test_an_act_took_place_today_in_beijing_unless_said_otherwise():
    claims = draft("apply.accept").claims
    assert claims["on"] == str(datetime.fromtimestamp(claims["iat"], BEIJING).date())
    assert draft("apply.accept", on=date(2021, 7, 5)).claims["on"] == "2021-07-05"


def test_an_act_from_paper_carries_its_signer_and_scan():
    paper = {"signer": str(uuid4()), "scan": "cd" * 32}
    claims = draft("apply.accept", basis="paper", paper=paper).claims
    assert (claims["basis"], claims["paper"]) == ("paper", paper)


def test_every_fault_in_the_data_is_named_at_once():
    with pytest.raises(ComposeError) as caught:
        hide_personal("apply.submit", {**EXAMPLES["apply.submit"], "members": "3", "town": "1", "stranger": 1})
    for where in ("members", "town", "stranger"):
        assert f"  {where}: " in str(caught.value)


def test_a_fault_in_personal_data_does_not_repeat_the_data():
    applicant = {**EXAMPLES["apply.submit"]["applicant"], "name": ["示例甲"]}
    with pytest.raises(ComposeError) as caught:
        hide_personal("apply.submit", {**EXAMPLES["apply.submit"], "applicant": applicant})
    assert "applicant.name" in str(caught.value)
    assert "示例甲" not in str(caught.value)


def test_an_unknown_act_says_where_they_are_listed():
    with pytest.raises(ComposeError, match="--list"):
        hide_personal("apply.sign", {})


def test_the_stream_of_what_stands_once_follows_from_what_is_said():
    town = EXAMPLES["delegation.grant"]["town"]
    assert stream_of("delegation.grant", ORIGIN, EXAMPLES["delegation.grant"]) == delegation_id(ORIGIN, town)
    assert stream_of("policy.adopt", ORIGIN, {}) == policy_id(ORIGIN)
    assert stream_of("source.grant", ORIGIN, EXAMPLES["source.grant"]) == source_id(ORIGIN, "旧系统")


def test_a_case_begins_on_a_new_stream_and_goes_on_where_the_officer_says():
    assert stream_of("apply.submit", ORIGIN, {}) != stream_of("apply.submit", ORIGIN, {})
    assert stream_of("apply.accept", ORIGIN, {}) is None
    assert stream_of("delegation.grant", ORIGIN, {}) is None


def test_act_ids_are_of_version_7_and_in_order_of_time():
    ids = [uuid7() for _ in range(100)]
    assert {(id_.version, id_.variant) for id_ in ids} == {(7, UUID(int=0x8 << 60).variant)}
    assert [id_.int >> 80 for id_ in ids] == sorted(id_.int >> 80 for id_ in ids)
    assert len(set(ids)) == 100
