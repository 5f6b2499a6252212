"""The frame of a signed act: every claim checked before anything of the ledger is asked."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.act import (
    MAX_ACT,
    MAX_DISCLOSURE,
    MAX_DISCLOSURES,
    MAX_MESSAGE,
    TYP,
    act_digest,
    check_times,
    decode_state,
    encode_state,
    idempotency_key,
    parse_act,
    sign_act,
)
from ledger.disclosure import disclose
from ledger.errors import Refused
from ledger.jws import b64url, sign_jws

KEY = Ed25519PrivateKey.from_private_bytes(b"\x09" * 32)
ORIGIN = "ledger.example"
CLAIMS: dict[str, Any] = {
    "iss": "0190a1b2-0000-4000-8000-000000000001",
    "aud": ORIGIN,
    "jti": "0190a1b2-0000-7000-8000-000000000002",
    "iat": 1_700_000_000,
    "on": "2023-11-14",
    "case": "0190a1b2-0000-4000-8000-000000000003",
    "version": 2,
    "prev": "ab" * 32,
    "act": "review.visit",
    "basis": "direct",
    "data": {"n": 1},
}
PAPER = {"signer": CLAIMS["iss"], "scan": "cd" * 32}
MISSING = object()


def message(**changes: Any) -> bytes:
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not MISSING}
    return f"{sign_jws(KEY, TYP, json.dumps(claims).encode())}~".encode()


def refusal(call, *arguments, **named):
    with pytest.raises(Refused) as refused:
        call(*arguments, **named)
    return refused.value


def test_an_act_is_read_as_it_was_signed():
    text = sign_act(KEY, CLAIMS).encode()
    act, jws = parse_act(text, ORIGIN)
    assert (act.iss, act.version, act.prev, act.code, act.data) == (
        CLAIMS["iss"],
        2,
        "ab" * 32,
        "review.visit",
        {"n": 1},
    )
    assert act.jws.encode() + b"~" == text
    assert act.kid == jws.kid
    assert act.digest == act_digest(act.jws)
    assert parse_act(text.rstrip(b"~"), ORIGIN)[0] == parse_act(b"\n " + text + b"\r\n", ORIGIN)[0] == act


@pytest.mark.parametrize("claim", [name for name in CLAIMS if name != "prev"])
def test_every_claim_is_needed(claim):
    refused = refusal(parse_act, message(**{claim: MISSING}), ORIGIN)
    assert (refused.code, refused.params["claim"]) == ("act.claim-missing", claim)


@pytest.mark.parametrize("claim", ["exp", "nbf", "sub", "cnf", "_sd", "Data", "version ", "", "案"])
def test_a_claim_we_do_not_know_is_refused(claim):
    refused = refusal(parse_act, message(**{claim: 1}), ORIGIN)
    assert (refused.code, refused.params["claim"]) == ("act.claim-unknown", claim)


UUIDS: list[Any] = [
    "",
    7,
    None,
    "x",
    CLAIMS["iss"].upper(),
    CLAIMS["iss"].replace("-", ""),
    "{" + CLAIMS["iss"] + "}",
    ["a"],
]


WRONG: dict[str, list[Any]] = {
    "iss": UUIDS,
    "case": UUIDS,
    "jti": [*UUIDS, "0190a1b2-0000-4000-8000-000000000002"],
    "aud": [None, 7, [ORIGIN], {}],
    "iat": [0, -1, 1.5, 1.7e9, "1700000000", True, None, 2**37, 2**40, 2**63, 10**30],
    "version": [0, -1, 1.0, "2", True, None, 2**53, 10**30],
    "prev": ["", "ab", "AB" * 32, "xy" * 32, "ab" * 33, None, 7, ["ab" * 32]],
    "act": ["", "visit", "review.", ".visit", "Review.visit", "review.visit.x", "审核.x", "review.visit\n", None, 7],
    "basis": ["", "Direct", None, 7, [], {}],
    "data": [None, [], "x", 7],
    "on": ["", "2023-11-14T00:00", "20231114", "2023-W46-2", "2023-02-30", "2023-1-14", "２０２３-11-14", None, 7],
    "paper": [PAPER, None, {}, "x"],
    "behalf": [*UUIDS, CLAIMS["iss"]],
    "_sd_alg": ["sha-256"],
}


@pytest.mark.parametrize(("claim", "value"), [(claim, value) for claim, values in WRONG.items() for value in values])
def test_a_claim_of_the_wrong_kind_is_named(claim, value):
    refused = refusal(parse_act, message(**{claim: value}), ORIGIN)
    assert (refused.code, refused.params["claim"]) == ("act.claim", claim)


@pytest.mark.parametrize(
    "paper",
    [
        MISSING,
        None,
        {},
        PAPER | {"more": 1},
        {"signer": PAPER["signer"]},
        PAPER | {"scan": "CD" * 32},
        PAPER | {"signer": "x"},
        [],
    ],
)
def test_an_act_on_paper_names_who_signed_it_and_its_scan(paper):
    assert parse_act(message(basis="paper", paper=PAPER), ORIGIN)[0].paper == PAPER
    refused = refusal(parse_act, message(basis="paper", paper=paper), ORIGIN)
    assert (refused.code, refused.params["claim"]) == ("act.claim", "paper")


def test_only_a_stream_s_first_act_has_no_prev():
    assert parse_act(message(version=1, prev=MISSING), ORIGIN)[0].prev is None
    for changes in ({"version": 1}, {"prev": MISSING}, {"version": 1, "prev": None}):
        refused = refusal(parse_act, message(**changes), ORIGIN)
        assert (refused.code, refused.params["claim"]) == ("act.claim", "prev")


def test_an_act_for_another_ledger_is_worth_nothing_here():
    assert refusal(parse_act, message(), "other.example").code == "act.aud"
    assert refusal(parse_act, message(aud=ORIGIN + "/"), ORIGIN).code == "act.aud"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        orjson.dumps(CLAIMS) + b" x",
        b'{"version":1,' + orjson.dumps(CLAIMS)[1:],
        orjson.dumps(CLAIMS)[:-1] + b',"\\u0061ud":"other.example"}',
        orjson.dumps(CLAIMS)[:-1] + b',"data":{"n":2}}',
        orjson.dumps(CLAIMS).replace(b'"n":1', b'"n":1,"n":1'),
        orjson.dumps(CLAIMS).replace(b'"n":1', b'"n":NaN'),
        orjson.dumps(CLAIMS).replace(b'"n":1', b'"n":"\\ud800"'),
        orjson.dumps(CLAIMS).replace(b'"n":1', b'"n":"\xff"'),
        orjson.dumps(CLAIMS).replace(b'"n":1', b'"n":' + b"[" * 5000 + b"]" * 5000),
        b"\xef\xbb\xbf" + orjson.dumps(CLAIMS),
    ],
)
def test_claims_are_one_clean_json_object(payload):
    assert refusal(parse_act, sign_jws(KEY, TYP, payload).encode(), ORIGIN).code == "act.json"


def test_a_signature_over_something_else_is_no_act():
    for typ in ("JWT", "case-act", "CASE-ACT+SD-JWT", "key-second+jwt", ""):
        assert refusal(parse_act, sign_jws(KEY, typ, orjson.dumps(CLAIMS)).encode(), ORIGIN).code == "act.typ"


ONE = disclose("name", "测试甲")


def test_disclosures_travel_beside_the_act_and_are_matched():
    text = sign_act(KEY, CLAIMS | {"data": {"applicant": {"_sd": [ONE.digest]}}}, [ONE])
    act, _ = parse_act(text.encode(), ORIGIN)
    assert act.disclosures == (ONE,)
    assert act.revealed == {"applicant": {"name": "测试甲"}}
    assert act.data == {"applicant": {"_sd": [ONE.digest]}}
    assert "测试甲" not in act.jws


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda t: t.rstrip(b"~"), "act.form"),
        (lambda t: t + b"~", "disclosure.malformed"),
        (lambda t: b"~" + t, "act.form"),
        (lambda t: t.replace(b"~", b"~~", 1), "disclosure.malformed"),
        (lambda t: t + ONE.encoded.encode() + b"~", "disclosure.repeated"),
        (lambda t: t + disclose("x", 1).encoded.encode() + b"~", "disclosure.unmatched"),
        (lambda t: t.split(b"~")[0] + b"~", "act.claim"),
        (lambda t: t.split(b"~")[0], "act.claim"),
        (lambda t: t[:-2] + b"\xff~", "disclosure.malformed"),
        (lambda t: t + "é~".encode(), "disclosure.malformed"),
        (lambda t: t.split(b"~")[0] + b"~" + disclose("name", "测试乙").encoded.encode() + b"~", "disclosure.missing"),
    ],
)
def test_what_travels_beside_an_act_must_fit_it(change, code):
    text = sign_act(KEY, CLAIMS | {"data": {"_sd": [ONE.digest]}}, [ONE]).encode()
    assert refusal(parse_act, change(text), ORIGIN).code == code


def test_another_digest_algorithm_is_refused():
    claims = CLAIMS | {"data": {"_sd": [ONE.digest]}}
    for alg in ("sha-512", "SHA-256", None, MISSING):
        changed = claims if alg is MISSING else claims | {"_sd_alg": alg}
        text = sign_jws(KEY, TYP, orjson.dumps(changed)) + f"~{ONE.encoded}~"
        assert refusal(parse_act, text.encode(), ORIGIN).params["claim"] == "_sd_alg"


def test_sizes_are_bounded():
    jws_room = MAX_ACT
    filler = "x" * (jws_room * 3 // 4)
    assert refusal(parse_act, message(data={"n": filler}), ORIGIN).code == "act.too-large"
    assert parse_act(message(data={"n": filler[: len(filler) - 800]}), ORIGIN)
    assert refusal(parse_act, b"x" * (MAX_MESSAGE + 1), ORIGIN).code == "act.too-large"
    many = [disclose(f"m{n}", n) for n in range(MAX_DISCLOSURES + 1)]
    for count, code in ((MAX_DISCLOSURES, None), (MAX_DISCLOSURES + 1, "act.too-large")):
        text = sign_act(KEY, CLAIMS | {"data": {"_sd": [one.digest for one in many[:count]]}}, many[:count]).encode()
        if code is None:
            assert len(parse_act(text, ORIGIN)[0].disclosures) == count
        else:
            assert refusal(parse_act, text, ORIGIN).code == code
    long = disclose("name", "x" * MAX_DISCLOSURE)
    text = sign_act(KEY, CLAIMS | {"data": {"_sd": [long.digest]}}, [long]).encode()
    assert refusal(parse_act, text, ORIGIN).code == "act.too-large"


def test_an_act_takes_place_before_it_is_signed_and_is_signed_before_it_comes():
    now = datetime(2023, 11, 15, 12, tzinfo=UTC)
    iat = int(now.timestamp())

    def times(**changes: Any) -> str | None:
        try:
            check_times(parse_act(message(**({"on": "1999-12-31"} | changes)), ORIGIN)[0], now, offline_days=30)
        except Refused as refused:
            return refused.code
        return None

    assert times(iat=iat, on="2023-11-15") is None
    assert times(iat=iat, on="1998-01-01") is None
    assert times(iat=iat - 30 * 86_400) is None
    assert times(iat=iat - 30 * 86_400 - 1) == "act.iat-late"
    assert times(iat=1) == "act.iat-late"
    assert times(iat=iat + 1) == "act.iat-future"
    assert times(iat=2**37 - 1) == "act.iat-future"
    assert times(iat=iat, on="2023-11-16") == "act.on-future"


def test_the_day_of_an_act_is_a_day_in_beijing():
    late_evening = datetime(2023, 11, 15, 16, 30, tzinfo=UTC)
    for iat, on, code in ((late_evening, "2023-11-16", None), (late_evening - timedelta(hours=1), "2023-11-16", 1)):
        act = parse_act(message(iat=int(iat.timestamp()), on=on), ORIGIN)[0]
        if code is None:
            check_times(act, late_evening, offline_days=1)
        else:
            assert refusal(check_times, act, late_evening, offline_days=1).code == "act.on-future"


def test_the_idempotency_key_is_of_issuer_and_number_together():
    assert idempotency_key("a", "b") == idempotency_key("a", "b")
    assert len({idempotency_key(*pair) for pair in (("a", "b"), ("a", "c"), ("ab", ""), ("", "ab"), ("b", "a"))}) == 5


def test_a_stored_act_gives_back_its_bytes_and_what_it_relied_on():
    state = encode_state("a.b.c", {"policy": "ab"})
    assert state.startswith(b'{"act":"a.b.c"')
    assert decode_state(state) == ("a.b.c", {"policy": "ab"})
    for other in (
        b"{}",
        b'{"by":"x"}',
        b'{"act":"a","relied":{},"more":1}',
        b'{"act":"a"}',
        b'{ "act":"a","relied":{}}',
    ):
        assert decode_state(other) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from([*CLAIMS, "paper", "behalf", "_sd_alg"]), json_values)
def test_any_value_in_any_claim_is_read_or_refused(claim, value):
    try:
        act, _ = parse_act(message(**{claim: value}), ORIGIN)
        check_times(act, datetime(2026, 1, 1, tzinfo=UTC), offline_days=30)
    except Refused:
        pass


@given(st.binary(max_size=400), st.booleans())
def test_rubbish_is_refused_and_never_crashes(rubbish, signed):
    text = sign_jws(KEY, TYP, rubbish).encode() if signed else rubbish
    assert refusal(parse_act, text, ORIGIN)
    assert refusal(parse_act, message() + b64url(rubbish).encode() + b"~", ORIGIN)


def test_an_act_in_deputation_names_whom_it_is_done_for():
    principal = "5f0c8d8e-6f0f-4b7e-9a52-5f2f2f1f0a0f"
    assert parse_act(message(behalf=principal), ORIGIN)[0].behalf == principal
    assert parse_act(message(), ORIGIN)[0].behalf is None
