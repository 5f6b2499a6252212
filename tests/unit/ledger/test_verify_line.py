"""The fast check of a line accepts nothing that the strict one would not, and most of what is in order."""

from random import Random
from typing import Any
from uuid import UUID

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.act import TYP
from ledger.errors import Refused
from ledger.faults import FaultLog
from ledger.jws import key_of, sign_jws, unb64url
from ledger.keys import KeyHistory, KeyRegistered, KeyRevoked
from ledger.line import decode_line, encode_line, is_plain, line_hash
from ledger.verify_line import FastCheck, Seen, decode64
from ledger.verify_strict import check_strict
from tests.torture.rules import RULES

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OFFICER = "5f0c8d8e-6f0f-4b7e-9a52-5f2f2f1f0a01"
CASE = "0b0f6e2e-3f53-4a9e-8b39-0b9d7d9b2c11"
OTHER = "5f0c8d8e-6f0f-4b7e-9a52-5f2f2f1f0a02"
ORIGIN = "office.example/unit"
KEYS = KeyHistory([KeyRegistered(0, OFFICER, key_of(KEY.public_key()).jwk())])
AT = "2026-03-02T04:05:06.123456Z"

CLAIMS: dict[str, Any] = {
    "iss": OFFICER,
    "aud": ORIGIN,
    "jti": "0195a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b",
    "iat": 1_772_000_000,
    "on": "2026-02-25",
    "case": CASE,
    "version": 2,
    "prev": "ab" * 32,
    "act": "case.note",
    "basis": "direct",
    "data": {"finding": "meets", "seen": {"_sd": ["A" * 43]}},
    "_sd_alg": "sha-256",
}
OWN = b'{"streams":{"%b":1,"%b":7}}' % (CASE.encode(), OFFICER.encode())
"""What every act relies on: its own stream as it was, and its signer's."""
BEFORE = bytes.fromhex("cd" * 32)
"""The hash of the line before."""


def line_of(payload: bytes, relied: bytes = OWN, *, typ: str = TYP, index: int = 5, **frame: Any) -> bytes:
    state = b'{"act":"%b","relied":%b}' % (sign_jws(KEY, typ, payload).encode(), relied)
    made: dict[str, Any] = {"stream": CASE, "version": 2, "type": "case.noted", "at": AT, "prev": BEFORE.hex()} | frame
    return encode_line(
        index, made["prev"], made["at"], made["stream"], made["version"], made["type"], state, plain=True
    )


def strict(line: bytes, position: int = 5, keys: KeyHistory = KEYS) -> tuple[Seen, list[str]]:
    log = FaultLog()
    seen = check_strict(line, position, log, FaultLog(), rules=RULES, keys=keys, origin=ORIGIN)
    return seen, [fault.code for fault in log.faults()]


def both(line: bytes, position: int = 5, keys: KeyHistory = KEYS) -> list[str]:
    """The strict check's faults; the fast one must have agreed wherever it accepted."""
    seen, faults = strict(line, position, keys)
    fast = FastCheck(RULES, keys, ORIGIN).check(line, position, line_hash(line), BEFORE)
    if fast is not None:
        assert faults == []
        # That an act relied on its own stream is left out by the fast check alone.
        assert fast._replace(relied=b"", record=b"") == seen._replace(relied=b"", record=b"")
        assert fast.record[:56] + fast.record[58:] == seen.record[:56] + seen.record[58:]
    return faults


def test_an_act_in_order_is_taken_by_the_fast_check():
    line = line_of(orjson.dumps(CLAIMS))
    assert FastCheck(RULES, KEYS, ORIGIN).check(line, 5, line_hash(line), BEFORE) is not None
    assert both(line) == []


def test_a_line_that_does_not_follow_the_one_before_is_left_to_the_strict_check():
    line = line_of(orjson.dumps(CLAIMS))
    assert FastCheck(RULES, KEYS, ORIGIN).check(line, 5, line_hash(line), bytes(32)) is None
    assert FastCheck(RULES, KEYS, ORIGIN).check(line, 5, line_hash(line), b"") is None


def test_a_plain_event_is_taken_by_the_fast_check():
    line = encode_line(5, "cd" * 32, AT, "a stream", 0, "counter.moved", b'{"n":1}')
    assert FastCheck(RULES, KEYS, ORIGIN).check(line, 5, line_hash(line), BEFORE) is not None
    assert both(line) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"aud": "elsewhere"}, "act.aud"),
        ({"iss": CASE}, "act.holder"),
        ({"case": OFFICER}, "act.case"),
        ({"version": 3}, "act.version"),
        ({"act": "case.open"}, "act.type"),
        ({"act": "case.unheard"}, "act.type"),
        ({"iat": 1_999_999_999}, "act.iat"),
        ({"on": "2026-02-26"}, "act.on"),
        ({"on": "2026-2-25"}, "act.malformed"),
        ({"jti": "0195a1b2-c3d4-4e5f-8a6b-7c8d9e0f1a2b"}, "act.malformed"),
        ({"prev": "AB" * 32}, "act.malformed"),
        ({"prev": "ab" * 31 + " a"}, "act.malformed"),
        ({"prev": ""}, "act.malformed"),
        ({"prev": "ab" * 31}, "act.malformed"),
        ({"prev": "ab" * 33}, "act.malformed"),
        ({"version": 2.0}, "act.malformed"),
        ({"version": True}, "act.malformed"),
        ({"iat": "1772000000"}, "act.malformed"),
        ({"basis": "hearsay"}, "act.malformed"),
        ({"basis": "paper"}, "act.malformed"),
        ({"behalf": OFFICER}, "act.malformed"),
        ({"behalf": CASE.upper()}, "act.malformed"),
        ({"behalf": None}, "act.malformed"),
        ({"behalf": ["x"]}, "act.malformed"),
        ({"behalf": OTHER}, "act.relied-behalf"),
        ({"more": 1}, "act.malformed"),
        ({"data": []}, "act.malformed"),
        ({"_sd_alg": "sha-512"}, "act.malformed"),
        ({"data": {"finding": "meets"}}, "act.malformed"),
        ({"data": {"_sd": ["A" * 43, "A" * 43]}}, "act.malformed"),
        ({"data": {"_sd": ["A" * 42]}}, "act.malformed"),
        ({"data": {"_sd": ["A" * 43], "deep": [[[[[[[[[[1]]]]]]]]]]}}, "act.malformed"),
        ({"data": {"_sd": ["A" * 43], "deep": [[[[[[[1]]]]]]]}}, "act.malformed"),
        ({"data": {"_sd": ["A" * 43], "a": {"b": {"c": [[[[[1]]]]]}}}}, "act.malformed"),
        ({"data": {"_sd": ["A" * 43], "list": [{"_sd": ["A" * 43]}]}}, "act.malformed"),
    ],
)
def test_a_claim_that_does_not_fit_is_named(change: dict[str, Any], fault: str):
    assert fault in both(line_of(orjson.dumps(CLAIMS | change)))


def test_a_missing_claim_is_named():
    for claim in CLAIMS:
        assert both(line_of(orjson.dumps({name: value for name, value in CLAIMS.items() if name != claim})))


def test_json_that_two_readers_might_read_differently_is_named():
    clean = orjson.dumps(CLAIMS)
    assert "act.malformed" in both(line_of(clean[:-1] + b',"act":"case.note"}'))
    assert "act.malformed" in both(line_of(clean.replace(b'"meets"', b"NaN")))
    assert "act.malformed" in both(line_of(clean.replace(b'"meets"', b'"\\ud800"')))
    # Unusual but clear: whitespace and escapes are no fault.
    assert both(line_of(clean.replace(b'"meets"', b' "\\u006deets"'))) == []


def test_what_it_relied_on_is_of_one_form():
    payload = orjson.dumps(CLAIMS)
    for relied in (b'{"streams":[]}', b'{"streams":{"x":-1}}', b'{"streams":{"x":1.5}}', b'{"streams":{"x":true}}'):
        assert "act.relied-form" in both(line_of(payload, relied))
    assert both(line_of(payload, OWN[:-2] + b',"x":1,"x":2}}')) == ["line.spelling"]
    assert both(line_of(payload, b"{ " + OWN[1:])) == []


def test_an_act_relies_on_its_own_stream_and_its_signers():
    payload = orjson.dumps(CLAIMS)
    for relied in (
        b"{}",
        b'{"streams":{}}',
        OWN.replace(CASE.encode(), b"x"),
        OWN.replace(b'":1,', b'":2,'),
        OWN.replace(b'":1,', b'":0,'),
    ):
        assert "act.relied-own" in both(line_of(payload, relied))
    assert "act.relied-signer" in both(line_of(payload, OWN.replace(OFFICER.encode(), b"x")))
    for relied in (OWN.replace(b'":1,', b'":true,'), OWN.replace(b'":1,', b'":1.0,')):
        assert "act.relied-form" in both(line_of(payload, relied))


def test_an_act_in_deputation_relies_on_whom_it_is_done_for_too():
    payload = orjson.dumps(CLAIMS | {"behalf": OTHER})
    line = line_of(payload, OWN[:-2] + b',"%b":3}}' % OTHER.encode())
    assert FastCheck(RULES, KEYS, ORIGIN).check(line, 5, line_hash(line), BEFORE) is not None
    assert both(line) == []


@pytest.mark.parametrize("levels", [6, 120, 126, 127, 128, 129, 200])
def test_what_is_nested_too_deep_to_stand_plainly_is_named(levels: int):
    nested = b"[" * levels + b"1" + b"]" * levels
    plain = b'{"n":%b}' % nested
    line = encode_line(5, "cd" * 32, AT, "a stream", 0, "counter.moved", plain, plain=True)
    assert ("line.spelling" in both(line)) == (not is_plain(plain))
    act = line_of(orjson.dumps(CLAIMS), OWN[:-1] + b',"more":%b}' % nested)
    assert ("line.spelling" in both(act)) == (not is_plain(decode_line(act).state))


@pytest.mark.parametrize("levels", range(1, 9))
@pytest.mark.parametrize("objects", [False, True])
def test_data_is_nested_as_deep_as_both_checks_agree(levels: int, objects: bool):
    deep: Any = 1
    for level in range(levels):
        deep = {"x": deep} if objects and level % 2 else [deep]
    both(line_of(orjson.dumps(CLAIMS | {"data": {"seen": {"_sd": ["A" * 43]}, "deep": deep}})))


def test_the_line_around_the_act_is_checked_too():
    payload = orjson.dumps(CLAIMS)
    assert both(line_of(payload, index=6)) == ["line.index"]
    assert both(line_of(payload, at="2026-02-30T04:05:06.123456Z")) == ["line.time"]
    assert both(line_of(payload, at="2026-03-02T04:05:06Z")) == ["line.time"]
    assert both(line_of(payload, stream=OFFICER)) == ["act.case"]
    assert both(line_of(payload, version=3)) == ["act.version"]
    assert both(line_of(payload, type="case.opened")) == ["act.type"]
    assert both(line_of(payload, prev="CD" * 32)) == ["line.malformed"]
    assert both(line_of(payload, typ="something+jwt")) == ["act.malformed"]


def test_a_line_without_its_act_or_in_the_wrong_spelling_is_named():
    for type_ in ("case.noted", "officer.revoked"):
        assert both(encode_line(5, "00" * 32, AT, CASE, 2, type_, b'{"n":1}')) == ["act.missing"]
    assert both(encode_line(5, "00" * 32, AT, CASE, 2, "counter.moved", b'{"n":1}', plain=False)) == ["line.spelling"]
    assert both(encode_line(5, "00" * 32, AT, CASE, 2, "counter.moved", b'{"n":1,"n":2}', plain=True)) == [
        "line.spelling"
    ]
    assert both(encode_line(5, "00" * 32, AT, CASE, 2, "counter.moved", b"\x00\xff")) == []


def test_a_key_counts_strictly_between_its_lines():
    line, kid = line_of(orjson.dumps(CLAIMS)), key_of(KEY.public_key()).kid
    registered = KeyRegistered(5, OFFICER, key_of(KEY.public_key()).jwk())
    assert both(line, keys=KeyHistory([registered])) == ["key.not-valid"]
    assert both(line, keys=KeyHistory([KeyRegistered(4, OFFICER, registered.jwk)])) == []
    registered = KeyRegistered(0, OFFICER, registered.jwk)
    assert both(line, keys=KeyHistory([registered, KeyRevoked(5, kid)])) == ["key.not-valid"]
    assert both(line, keys=KeyHistory()) == ["key.unknown"]


def test_a_compromised_key_marks_its_acts_and_is_no_fault():
    keys = KeyHistory(
        [
            KeyRegistered(0, OFFICER, key_of(KEY.public_key()).jwk()),
            KeyRevoked(9, key_of(KEY.public_key()).kid, compromised_since=3),
        ]
    )
    line, notes, log = line_of(orjson.dumps(CLAIMS)), FaultLog(), FaultLog()
    assert FastCheck(RULES, keys, ORIGIN).check(line, 5, line_hash(line), BEFORE) is None
    check_strict(line, 5, log, notes, rules=RULES, keys=keys, origin=ORIGIN)
    assert [note.code for note in notes.faults()] == ["key.compromised"]
    assert log.faults() == []


def test_no_changed_byte_gets_past():
    line = line_of(orjson.dumps(CLAIMS), OWN[:-1] + b',"policy":"p1"}')
    random, accepted = Random(5), 0
    start, end = line.index(b'{"act":"'), line.index(b'","relied"')
    for _ in range(1500):
        other = bytearray(line)
        at = random.randrange(len(line))
        other[at] = random.randrange(256)
        accepted += not both(bytes(other))
        if start + 8 <= at < end and bytes(other) != line:
            assert both(bytes(other)), at
    # `prev`, the time and what was relied on are not signed: only the next line and the tree hold them.
    assert accepted < 400


def test_base64url_has_one_reading():
    assert decode64(b"") == b""
    assert decode64(b"-_8") == b"\xfb\xff"
    for text in (b"A", b"AB", b"AAB", b"+/8A", b"AA=A", b"AA==", b"A A\n", b"AA\xc3\xa9"):
        with pytest.raises(ValueError, match=r"base64|stray|padding|characters"):
            decode64(text)


def test_the_quick_reading_of_base64url_is_the_strict_one():
    random = Random(7)
    alphabet = b"ABCXYZabcxyz0189-_" + b"+/= \n\x00\xc3"
    for _ in range(20_000):
        text = bytes(random.choices(alphabet, [20] * 18 + [1] * 7, k=random.randrange(9)))
        try:
            strict_reading = unb64url(text)
        except Refused:
            with pytest.raises((ValueError, Refused)):
                decode64(text)
        else:
            assert decode64(text) == strict_reading


def test_digests_are_found_as_the_strict_check_finds_them():
    random = Random(11)

    def made(depth: int) -> Any:
        kind = random.random()
        if depth and kind < 0.5:
            return {random.choice(["a", "b", "_sd", "...", "c"]): made(depth - 1) for _ in range(random.randrange(4))}
        if depth and kind < 0.6:
            return [made(depth - 1) for _ in range(random.randrange(3))]
        if kind < 0.8:
            return [random.choice("AB") * random.choice([43, 43, 43, 42]) for _ in range(random.randrange(1, 3))]
        return random.choice([1, None, "_sd", "..."])

    agreed = 0
    for _ in range(3000):
        data = {"data": {"x": made(random.randrange(10)), "y": {"_sd": ["C" * 43]}}}
        line = line_of(orjson.dumps(CLAIMS | data))
        faults = both(line)
        agreed += not faults and FastCheck(RULES, KEYS, ORIGIN).check(line, 5, line_hash(line), BEFORE) is not None
    assert agreed > 500


def test_stream_ids_need_not_be_uuids():
    line = encode_line(5, "00" * 32, AT, 'quoted "Ω"', 1, "counter.moved", b'{"n":1}')
    seen, faults = strict(line)
    assert faults == []
    assert seen.stream == 'quoted "Ω"'
    assert seen.record[:16] != UUID(int=0).bytes
