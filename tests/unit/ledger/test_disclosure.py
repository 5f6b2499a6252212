"""Personal fields as digests: each digest one disclosure, each disclosure one digest."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.disclosure import MAX_DEPTH, digest_of, digests_in, disclose, match, parse_disclosure, reveal
from ledger.errors import Refused
from ledger.jws import b64url

NAME, ID = disclose("name", "测试甲"), disclose("id_number", "000000190001010000")
SALT = "A" * 22


def refusal(call, *arguments):
    with pytest.raises(Refused) as refused:
        call(*arguments)
    return refused.value.code


def encoded(value) -> str:
    return b64url(value if isinstance(value, bytes) else orjson.dumps(value))


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_disclosure_reads_back_and_never_looks_the_same_twice(name, value):
    one, other = disclose(name, value), disclose(name, value)
    if name not in ("_sd", "...", "_sd_alg"):
        assert parse_disclosure(one.encoded) == one
    assert one.encoded != other.encoded
    assert one.digest != other.digest


def test_digests_are_those_of_rfc_9901():
    # RFC 9901 §4.2.3 and appendix A: the digest is over the encoded text, spaces of the JSON and all.
    known = {
        "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0": (
            "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0",
            ("family_name", "Möbius"),
        ),
        "WyIyR0xDNDJzS1F2ZUNmR2ZyeU5STjl3IiwgImdpdmVuX25hbWUiLCAiSm9obiJd": (
            "jsu9yVulwQQlhFlM_3JlzMaSFzglhQG0DpfayQwLUK4",
            ("given_name", "John"),
        ),
    }
    for text, (digest, content) in known.items():
        read = parse_disclosure(text)
        assert digest_of(text) == read.digest == digest
        assert (read.name, read.value) == content
    element = "WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0"
    assert digest_of(element) == "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs"
    assert refusal(parse_disclosure, element) == "disclosure.malformed"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "A",
        encoded(b"\xff"),
        encoded(b""),
        encoded([]),
        encoded([SALT, "name"]),
        encoded([SALT, "name", "value", 1]),
        encoded({"a": 1, "b": 2, "c": 3}),
        encoded(SALT + "ab"),
        encoded("abc"),
        encoded([1, "name", "value"]),
        encoded([SALT, 1, "value"]),
        encoded([SALT, None, "value"]),
        encoded([SALT[:-1], "name", "value"]),
        encoded(["", "name", "value"]),
        encoded(b'["%b","name",NaN]' % SALT.encode()),
        encoded(b'["%b","name",{"a":1,"a":2}]' % SALT.encode()),
        encoded(b'["%b","name","\\ud800"]' % SALT.encode()),
        encoded(b'["%b","name",%b]' % (SALT.encode(), b"[" * 3000 + b"]" * 3000)),
        NAME.encoded + "=",
        NAME.encoded + "\n",
        "é" + NAME.encoded,
    ],
)
def test_a_malformed_disclosure_is_refused(text):
    assert refusal(parse_disclosure, text) == "disclosure.malformed"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_sd", ["x"]),
        ("...", "x"),
        ("_sd_alg", "sha-256"),
        ("name", {"_sd": [NAME.digest]}),
        ("name", [{"...": NAME.digest}]),
        ("name", [[[[[[[[[[]]]]]]]]]]),
    ],
)
def test_a_disclosure_hides_nothing_itself(name, value):
    assert refusal(parse_disclosure, encoded([SALT, name, value])) == "disclosure.nested"


def test_disclosures_come_out_in_the_order_of_their_digests():
    data = {"a": {"_sd": [ID.digest]}, "b": [{"_sd": [NAME.digest]}]}
    assert match(data, [NAME.encoded, ID.encoded]) == [ID, NAME]
    assert digests_in(data) == [ID.digest, NAME.digest]


def test_every_digest_has_its_disclosure_and_every_disclosure_its_digest():
    assert match({"n": 1}, []) == []
    assert refusal(match, {"_sd": [NAME.digest]}, []) == "disclosure.missing"
    assert refusal(match, {"_sd": [NAME.digest, ID.digest]}, [ID.encoded]) == "disclosure.missing"
    assert refusal(match, {"_sd": [NAME.digest]}, [NAME.encoded, ID.encoded]) == "disclosure.unmatched"
    assert refusal(match, {}, [NAME.encoded]) == "disclosure.unmatched"
    assert refusal(match, {"_sd": [NAME.digest]}, [NAME.encoded, NAME.encoded]) == "disclosure.repeated"
    other = encoded(orjson.loads(orjson.dumps([SALT, "name", "测试甲"])))
    assert refusal(match, {"_sd": [NAME.digest]}, [other]) == "disclosure.missing"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"_sd": [NAME.digest, NAME.digest]}, "disclosure.repeated"),
        ({"a": {"_sd": [NAME.digest]}, "b": {"_sd": [NAME.digest]}}, "disclosure.repeated"),
        ({"_sd": []}, "disclosure.malformed"),
        ({"_sd": NAME.digest}, "disclosure.malformed"),
        ({"_sd": {"0": NAME.digest}}, "disclosure.malformed"),
        ({"_sd": [7]}, "disclosure.malformed"),
        ({"_sd": [None]}, "disclosure.malformed"),
        ({"_sd": [NAME.digest[:-1]]}, "disclosure.malformed"),
        ({"_sd": [[NAME.digest]]}, "disclosure.malformed"),
        ({"a": [{"...": NAME.digest}]}, "disclosure.array"),
        ({"...": 1}, "disclosure.array"),
    ],
)
def test_digests_stand_once_each_in_sd_lists_only(data, code):
    assert refusal(match, data, [NAME.encoded]) == code


def test_data_is_nested_as_deep_as_allowed_and_no_deeper():
    def nested(levels):
        return {"a": nested(levels - 1)} if levels else 1

    assert digests_in(nested(MAX_DEPTH - 1)) == []
    assert refusal(digests_in, nested(MAX_DEPTH)) == "act.depth"
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert refusal(digests_in, deep) == "act.depth"


def test_revealing_puts_members_in_their_places_and_leaves_out_what_is_not_shown():
    data = {"applicant": {"_sd": [NAME.digest, ID.digest]}, "rows": [{"_sd": [NAME.digest], "n": 1}], "n": 2}
    shown = reveal(data, {NAME.digest: NAME})
    assert shown == {"applicant": {"name": "测试甲"}, "rows": [{"n": 1, "name": "测试甲"}], "n": 2}
    assert reveal(data, {}) == {"applicant": {}, "rows": [{"n": 1}], "n": 2}


def test_a_member_may_not_stand_in_the_clear_and_in_a_disclosure():
    twice = disclose("name", "测试乙")
    for data in ({"_sd": [NAME.digest], "name": "x"}, {"_sd": [NAME.digest, twice.digest]}):
        by_digest = {NAME.digest: NAME, twice.digest: twice}
        assert refusal(reveal, data, by_digest) == "disclosure.collision"
