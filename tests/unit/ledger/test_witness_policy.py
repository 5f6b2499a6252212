"""tlog-policy: which cosignatures are enough, since when, and every way of writing it wrongly."""

from itertools import product

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint import Checkpoint
from ledger.note import COSIGNATURE, MAX_SECONDS, ML_DSA_44, NoteError, NoteKey, NoteSigner, sign_note
from ledger.witness_policy import Policy, PolicyError

ORIGIN = "log.example/county"
LOG = NoteSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))
WITNESSES = [
    NoteSigner(f"w{n}.example", Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32), COSIGNATURE)
    for n in range(10, 16)
]
LATE = NoteSigner("pq.example", MLDSA44PrivateKey.from_seed_bytes(b"\x09" * 32), ML_DSA_44)
X1, X2, X3, Y1, Y2, Y3 = (signer.key.vkey() for signer in WITNESSES)
TWO_LEVELS = (
    f"# the specification's example\nlog {LOG.key.vkey()}\n\n"
    f"witness X1 {X1}\nwitness X2\t{X2}  \nwitness X3 {X3} https://w.example/x3\ngroup X-witnesses 2 X1 X2 X3\n"
    f"  witness Y1 {Y1}\nwitness Y2 {Y2}\nwitness Y3 {Y3}\ngroup Y-witnesses any Y1 Y2 Y3\n"
    "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
)


def test_the_specification_s_example_asks_for_two_of_one_house_and_one_of_the_other():
    policy = Policy.parse(TWO_LEVELS)
    assert policy.log_keys == (LOG.key,)
    assert [(one.name, one.vkey, one.url) for one in policy.witnesses][2] == ("X3", X3, "https://w.example/x3")
    assert policy.quorum_of({X1: 5, X2: 5, Y1: 5}) == 5
    for missing in ({X1: 5, X2: 5, X3: 5}, {X1: 5, Y1: 5, Y2: 5, Y3: 5}, {Y1: 5}, {}):
        assert policy.quorum_of(missing) is None


@given(st.lists(st.none() | st.integers(0, 9), min_size=6, max_size=6))
def test_the_quorum_s_time_is_the_latest_from_which_on_cosignatures_alone_suffice(times):
    policy = Policy.parse(TWO_LEVELS)
    cosigned = {vkey: at for vkey, at in zip((X1, X2, X3, Y1, Y2, Y3), times, strict=True) if at is not None}

    def suffices(since: int) -> bool:
        x, y = (sum(cosigned.get(v, -1) >= since for v in house) for house in ((X1, X2, X3), (Y1, Y2, Y3)))
        return x >= 2 and y >= 1

    expected = max((t for t in range(10) if suffices(t)), default=None)
    assert policy.quorum_of(cosigned) == expected


def test_a_quorum_of_none_is_always_satisfied_and_says_so():
    policy = Policy.parse("quorum none\n")
    assert policy.quorum is None
    assert policy.quorum_of({}) == MAX_SECONDS


def test_every_threshold_counts_what_it_says():
    for k, n in product(range(1, 4), range(4)):
        text = f"witness a {X1}\nwitness b {X2}\nwitness c {X3}\ngroup g {k} a b c\nquorum g\n"
        cosigned = {vkey: 10 + i for i, vkey in enumerate((X1, X2, X3)[:n])}
        assert Policy.parse(text).quorum_of(cosigned) == (10 + n - k if n >= k else None)


def test_a_checkpoint_is_held_against_the_policy_whole():
    policy = Policy.parse(
        f"log {LOG.key.vkey()}\nwitness a {X1}\nwitness b {LATE.key.vkey()}\ngroup both all a b\nquorum both\n"
    )
    text = Checkpoint(ORIGIN, 3, bytes(32)).text()
    bare = sign_note(text, [LOG])
    assert policy.check(bare) == (Checkpoint(ORIGIN, 3, bytes(32)), None)
    half = bare + WITNESSES[0].sign(text, 100)
    assert policy.check(half)[1] is None
    whole = half + LATE.sign(text, 90) + WITNESSES[0].sign(text, 80) + WITNESSES[5].sign(text, 200)
    assert policy.check(whole)[1] == 90
    assert policy.cosigned(whole) == {X1: 100, LATE.key.vkey(): 90}
    with pytest.raises(NoteError, match="does not fit"):
        policy.check(whole + WITNESSES[0].sign(text.replace("3", "4"), 300))
    with pytest.raises(NoteError, match="no log key"):
        policy.check(text + "\n" + whole.split("\n\n")[1].split("\n", 1)[1])
    elsewhere = Checkpoint("log.example/other", 3, bytes(32)).text()
    with pytest.raises(NoteError, match="no log key"):
        policy.check(sign_note(elsewhere, [LOG]))


A = f"witness a {X1}\n"
SAME_KEY = NoteKey("other.name", WITNESSES[0].key.public, COSIGNATURE).vkey()
AS_LOG = NoteKey("other.name", WITNESSES[0].key.public).vkey()


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("", 0, "does not end"),
        ("\n", 0, "quorum line"),
        (A, 0, "quorum line"),
        ("quorum none", 0, "does not end"),
        ("quorum none\nquorum none\n", 2, "exactly one"),
        (A + "quorum b\n", 2, "not defined"),
        ("quorum a\n" + A, 1, "not defined"),
        ("quorum none\r\n", 1, "control"),
        ("quorum none\n\x00\n", 2, "control"),
        ("quorum\u00a0none\n", 1, "begins with"),
        ("quorum none twice\n", 1, "other parts"),
        ("Quorum none\n", 1, "begins with"),
        (f"witness none {X1}\nquorum none\n", 1, "taken"),
        (A + f"witness a {X2}\nquorum a\n", 2, "taken"),
        (A + "group a any a\nquorum a\n", 2, "taken"),
        (A + "group g any g\nquorum g\n", 2, "not defined"),
        (A + "group g any none\nquorum g\n", 2, "not defined"),
        (A + "group g any\nquorum g\n", 2, "other parts"),
        (A + "group g any a a\nquorum g\n", 2, "one place only"),
        (A + "group g any a\ngroup h any a g\nquorum h\n", 3, "one place only"),
        (A + "group g 0 a\nquorum g\n", 2, "from 1 to 1"),
        (A + "group g 2 a\nquorum g\n", 2, "from 1 to 1"),
        (A + "group g 01 a\nquorum g\n", 2, "from 1 to 1"),
        (A + "group g +1 a\nquorum g\n", 2, "from 1 to 1"),
        (A + "group g １ a\nquorum g\n", 2, "from 1 to 1"),
        (A + "group g most a\nquorum g\n", 2, "from 1 to 1"),
        (A + f"witness b {SAME_KEY}\nquorum a\n", 2, "already"),
        (A + f"log {AS_LOG}\nquorum a\n", 2, "already"),
        (f"log {LOG.key.vkey()}\nlog {LOG.key.vkey()}\nquorum none\n", 2, "already"),
        (f"log {X1}\nquorum none\n", 1, "not of type 4"),
        (f"witness a {LOG.key.vkey()}\nquorum a\n", 1, "not of type 1"),
        (f"witness a {X1[:-1]}\nquorum a\n", 1, "verifier key"),
        ("witness a\nquorum a\n", 1, "other parts"),
        (f"witness a {X1} http://a http://b\nquorum a\n", 1, "other parts"),
        ("#" * 300_000 + "\nquorum none\n", 0, "bytes"),
        ("# \ud800\nquorum none\n", 1, "control"),
    ],
)
def test_what_is_no_policy_is_refused_with_its_line(text, line, why):
    with pytest.raises(PolicyError, match=why) as refused:
        Policy.parse(text)
    assert refused.value.params["line"] == line


@given(st.text(alphabet="aloghwitnesqrump \t\n#1+", max_size=80))
def test_rubbish_is_refused_and_crashes_nothing(text):
    try:
        Policy.parse(text)
    except PolicyError:
        return
    assert "quorum none" in " ".join(text.split())
