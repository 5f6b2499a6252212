"""A line of the ledger: built once, read back strictly."""

import json
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.line import (
    MAX_LINE,
    ZERO_HASH,
    Line,
    LineError,
    LineTooLong,
    decode_line,
    encode_line,
    is_plain,
    line_hash,
    loads_strict,
    timestamp,
)

AT = "2021-07-05T02:11:09.123456Z"
STREAM = "0190a1b2-0000-7000-8000-000000000001"
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def line_of(state: bytes, stream: str = STREAM, type_: str = "review.visited") -> bytes:
    return encode_line(41, ZERO_HASH, AT, stream, 3, type_, state)


@given(st.binary(max_size=300), texts, texts)
def test_any_bytes_under_any_names_come_back_exactly(state, stream, type_):
    line = encode_line(41, "ab" * 32, AT, stream, 3, type_, state)
    assert decode_line(line) == Line(41, "ab" * 32, AT, stream, 3, type_, state, is_plain(state))
    assert b"\n" not in line
    json.loads(line)


@given(st.dictionaries(texts, json_values, max_size=5))
def test_a_json_object_stands_in_the_line_as_it_is(value):
    state = json.dumps(value, ensure_ascii=False).encode()
    line = line_of(state)
    assert line.endswith(b',"event":' + state + b"}")
    assert json.loads(line)["event"] == value


def test_the_members_stand_in_the_order_the_format_promises():
    line = line_of(b'{"n":1}')
    assert line == (
        b'{"index":41,"prev":"%b","at":"2021-07-05T02:11:09.123456Z","stream":"%b","version":3,'
        b'"type":"review.visited","event":{"n":1}}' % (ZERO_HASH.encode(), STREAM.encode())
    )
    assert line_hash(line) == sha256(b"\x00" + line).digest()


@pytest.mark.parametrize(
    "name", [',"event":', '","event":{', 'x","event":{}}', ',"state":"', "\\", '"', "\x00\x1f", "案卷", "\u2028"]
)
def test_a_name_that_looks_like_a_member_stays_a_name(name):
    for state in (b'{"n":1}', b"\xff"):
        line = line_of(state, stream=name, type_=name)
        parts = decode_line(line)
        assert (parts.stream, parts.type, parts.state) == (name, name, state)


@pytest.mark.parametrize(
    "state",
    [
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":2}',
        b'{"x":{"a":1,"a":1}}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xff"}',
        b'{"a":1}\n',
        b'{"a":\n1}',
        b'{"a":"\n"}',
        b' {"a":1}',
        b'{"a":1} ',
        b'\xef\xbb\xbf{"a":1}',
        b"[1]",
        b'"text"',
        b"1",
        b"",
        b"{",
        b"}",
        b'{"a":1}{"b":2}',
        b'{"a":01}',
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"a":' + b"[" * 128 + b"]" * 128 + b"}",
        b'{"a":"\x01"}',
    ],
)
def test_what_two_parsers_could_read_differently_is_kept_as_base64(state):
    assert not is_plain(state)
    line = line_of(state)
    assert b',"event":' not in line
    assert decode_line(line).state == state


@pytest.mark.parametrize(
    "state",
    [
        b"{}",
        b'{"a":\r1}',
        b'{"a":"\\n"}',
        '{"姓名":"\U0001f600"}'.encode(),
        b'{"a" : 1}',
        b'{"a":' + b"[" * 127 + b"]" * 127 + b"}",
        b'{"a":[' + b"{}," * 500 + b'"[["]}',
    ],
)
def test_one_clean_object_is_plain_whatever_its_spacing(state):
    assert is_plain(state)
    assert decode_line(line_of(state)).plain


def test_a_line_may_be_65535_bytes_long_and_not_one_more():
    room = MAX_LINE - len(line_of(b'{"s":""}'))
    longest = line_of(b'{"s":"%b"}' % (b"x" * room))
    assert len(longest) == MAX_LINE
    assert len(decode_line(longest).state) == room + len(b'{"s":""}')
    with pytest.raises(LineTooLong, match="keep documents outside") as refused:
        line_of(b'{"s":"%b"}' % (b"x" * (room + 1)))
    assert refused.value.params == {"length": MAX_LINE + 1, "limit": MAX_LINE}


GOOD = line_of(b'{"n":1}')
GOOD_STATE = line_of(b"\xff\xfe\xfd\xfc")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"null",
        GOOD + b"\n",
        GOOD + b" ",
        b" " + GOOD,
        GOOD[:-2],
        GOOD.replace(b'"index":41', b'"index":41.0'),
        GOOD.replace(b'"index":41', b'"index":"41"'),
        GOOD.replace(b'"index":41', b'"index":041'),
        GOOD.replace(b'"index":41', b'"index":true'),
        GOOD.replace(b'"index":41', b'"index":41,"index":41'),
        GOOD.replace(b'"index":41', b'"index": 41'),
        GOOD.replace(b'"index":41,', b""),
        GOOD.replace(b'"version":3', b'"version":3,"more":1'),
        GOOD.replace(b'"version":3', b'"version":3e0'),
        GOOD.replace(b'"stream":"%b"' % STREAM.encode(), b'"stream":5'),
        GOOD.replace(b'"type":"review.visited"', b'"type":null'),
        GOOD.replace(b'"prev":"00', b'"prev":"\\u00300'),
        GOOD.replace(b'"prev":"', b'"prev":7,"x":"'),
        GOOD.replace(b"review.visited", b"review\\u002evisited"),
        GOOD_STATE.replace(b"//79/A==", b"//79/A"),
        GOOD_STATE.replace(b"//79/A==", b"//79/B=="),
        GOOD_STATE.replace(b"//79/A==", b"//79 /A=="),
        GOOD_STATE.replace(b"//79/A==", b"__79_A=="),
    ],
)
def test_bytes_that_would_be_built_otherwise_are_no_line(line):
    assert line not in (GOOD, GOOD_STATE)
    with pytest.raises(LineError):
        decode_line(line)


@given(st.binary(max_size=200))
def test_rubbish_is_refused_and_never_crashes(rubbish):
    with pytest.raises(LineError):
        decode_line(rubbish)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_line_read_from_changed_bytes_is_built_again_from_its_parts_or_refused(at, byte):
    changed = GOOD[:at] + bytes([byte]) + GOOD[at + 1 :]
    try:
        parts = decode_line(changed)
    except LineError:
        return
    again = encode_line(
        parts.index, parts.prev, parts.at, parts.stream, parts.version, parts.type, parts.state, plain=parts.plain
    )
    assert again == changed


def test_times_are_utc_and_their_text_order_is_their_order():
    beijing = datetime(2021, 7, 5, 10, 11, 9, 5, timezone(timedelta(hours=8)))
    assert timestamp(beijing) == "2021-07-05T02:11:09.000005Z"
    moments = [datetime(2021, 7, 5, tzinfo=UTC) + timedelta(microseconds=n * 333_333) for n in range(20)]
    assert sorted(map(timestamp, moments)) == [timestamp(moment) for moment in moments]
    assert {len(timestamp(moment)) for moment in moments} == {27}


@pytest.mark.parametrize("text", [b'{"a":1,"a":1}', b"NaN", b"[1,NaN]", b'"\\ud800"', b"", b"{} {}", b"\xff"])
def test_strict_json_refuses_what_readers_disagree_on(text):
    with pytest.raises(ValueError, match=r"."):
        loads_strict(text)
