"""The map over stream heads, against its definition written down a second time, naively; and its proofs."""

import random
from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.head_map import NOTHING, Head, HeadMap, MapProof, OtherLeaf, map_key, verify_map_proof
from ledger.tree import ProofError

# -- the definition, word for word ---------------------------------------------------------------

Bits = tuple[int, ...]


def key_of(stream: str) -> bytes:
    return sha256(b"mingzhang stream\n" + stream.encode()).digest()


@cache
def bits_of(stream: str) -> Bits:
    return tuple(int(bit) for byte in key_of(stream) for bit in f"{byte:08b}")


def leaf_of(stream: str, head: Head) -> bytes:
    return sha256(b"\x00" + key_of(stream) + head[0].to_bytes(8, "big") + head[1]).digest()


def naive_root(heads: dict[str, Head], prefix: Bits = ()) -> bytes:
    if not heads:
        return bytes(32)
    if len(heads) == 1:
        return leaf_of(*next(iter(heads.items())))
    left, right = ({s: h for s, h in heads.items() if bits_of(s)[len(prefix)] == bit} for bit in (0, 1))
    return sha256(b"\x01" + naive_root(left, (*prefix, 0)) + naive_root(right, (*prefix, 1))).digest()


# -- helpers -------------------------------------------------------------------------------------


def some_hash(n: int) -> bytes:
    return sha256(n.to_bytes(8, "big")).digest()


def many(count: int) -> dict[str, Head]:
    return {f"stream-{n}": (n % 9 + 1, some_hash(n)) for n in range(count)}


def mapped(heads: dict[str, Head]) -> HeadMap:
    return HeadMap.from_heads((stream, *head) for stream, head in heads.items())


STREAMS = st.text(max_size=4) | st.uuids().map(str)
HEADS = st.tuples(st.integers(1, 2**64 - 1), st.binary(min_size=32, max_size=32))


# -- roots ---------------------------------------------------------------------------------------


def test_an_empty_map_has_the_root_of_nothing() -> None:
    assert HeadMap().root() == NOTHING == bytes(32)


def test_a_map_has_the_same_bytes_for_ever() -> None:
    one = {"00000000-0000-4000-8000-000000000001": (1, bytes(range(32)))}
    two = one | {"00000000-0000-4000-8000-000000000002": (7, bytes(32))}
    assert mapped(one).root().hex() == "b3decb6d87bb27263d5de12bdbbbd44ccaa7294c359a88761ec3ffd11e9c1a21"
    assert mapped(two).root().hex() == "53a609d08ac8b383fc2fa00e602cb4ab22470f1b36589c79007ba552cb365f7e"


@given(st.lists(st.tuples(STREAMS, HEADS), max_size=40))
def test_whatever_the_order_and_however_often_set_the_root_is_that_of_the_heads(moves: list[tuple[str, Head]]) -> None:
    made, heads = HeadMap(), dict[str, Head]()
    for stream, head in moves:
        made.set(stream, *head)
        heads[stream] = head
        assert made.root() == naive_root(heads)
    assert made.streams == len(heads)
    assert mapped(dict(sorted(heads.items()))).root() == made.root()


def test_a_large_map_that_changes_here_and_there_has_the_root_of_one_made_afresh() -> None:
    heads, chance = many(500), random.Random(4)
    made = mapped(heads)
    for _ in range(8):
        for stream in chance.sample(sorted(heads), 25):
            heads[stream] = (heads[stream][0] + 1, chance.randbytes(32))
            made.set(stream, *heads[stream])
        assert made.root() == mapped(heads).root()
    assert made.root() == naive_root(heads)


@pytest.mark.parametrize("head", [(0, bytes(32)), (-1, bytes(32)), (2**64, bytes(32)), (1, b""), (1, bytes(33))])
def test_what_cannot_be_a_head_is_no_head(head: Head) -> None:
    with pytest.raises(ProofError, match="a version from 1 on"):
        HeadMap().set("a", *head)


# -- proofs --------------------------------------------------------------------------------------


@given(st.dictionaries(STREAMS, HEADS, max_size=30), STREAMS)
def test_every_stream_is_proven_where_it_stands_and_every_other_absent(heads: dict[str, Head], asked: str) -> None:
    made = mapped(heads)
    for stream in [*heads, asked]:
        proof = made.prove(stream)
        assert proof.head == heads.get(stream) == made.get(stream)
        verify_map_proof(proof, stream, heads.get(stream), made.root())
        assert MapProof.from_json(proof.json()) == proof


@given(st.dictionaries(STREAMS, HEADS, max_size=30), STREAMS, HEADS)
def test_no_proof_shows_another_head_than_the_true_one(heads: dict[str, Head], asked: str, other: Head) -> None:
    made = mapped(heads)
    proof = made.prove(asked)
    for lie in {None, other} - {heads.get(asked)}:
        with pytest.raises(ProofError):
            verify_map_proof(proof, asked, lie, made.root())
        for leaf in {proof.other, None}:
            with pytest.raises(ProofError):
                verify_map_proof(MapProof(asked, lie, proof.siblings, leaf), asked, lie, made.root())


def test_a_proof_is_as_long_as_the_map_is_deep() -> None:
    made = mapped(many(4000))
    lengths = [len(made.prove(stream).siblings) for stream in many(200)]
    assert sum(lengths) / len(lengths) < 16


def test_a_present_stream_is_not_shown_absent_by_a_neighbours_leaf() -> None:
    heads = many(30)
    made = mapped(heads)
    for stream, head in heads.items():
        proof = made.prove(stream)
        own = OtherLeaf(map_key(stream), head)
        for neighbour in heads:
            for leaf in (own, OtherLeaf(map_key(neighbour), heads[neighbour])):
                for cut in range(len(proof.siblings) + 1):
                    forged = MapProof(stream, None, proof.siblings[cut:], leaf)
                    with pytest.raises(ProofError):
                        verify_map_proof(forged, stream, None, made.root())


def test_a_proof_with_any_sibling_changed_added_or_left_out_is_refused() -> None:
    made = mapped(many(100))
    for stream in ["stream-7", "stream-absent"]:
        proof = made.prove(stream)
        siblings = proof.siblings
        for changed in (
            *((*siblings[:i], bytes(31) + b"\x01", *siblings[i + 1 :]) for i in range(len(siblings))),
            *(siblings[:i] + siblings[i + 1 :] for i in range(len(siblings))),
            (bytes(32), *siblings),
            (*siblings, bytes(32)),
            (siblings[0][:-1], *siblings[1:]),
            siblings + (bytes(32),) * 300,
        ):
            with pytest.raises(ProofError):
                verify_map_proof(MapProof(stream, proof.head, changed, proof.other), stream, proof.head, made.root())


def test_a_single_stream_beside_nothing_is_not_taken_in_a_longer_form() -> None:
    """One leaf and an empty half collapse; whoever hashes them together has made another map."""
    head = (1, some_hash(1))
    leaf, bit = leaf_of("a", head), bits_of("a")[0]
    root = sha256(b"\x01" + (bytes(32) + leaf if bit else leaf + bytes(32))).digest()
    with pytest.raises(ProofError, match="deeper"):
        verify_map_proof(MapProof("a", head, (bytes(32),)), "a", head, root)


JSON = mapped(many(20)).prove("stream-absent").json()


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        JSON | {"more": 1},
        {name: JSON[name] for name in list(JSON)[1:]},
        JSON | {"stream": 1},
        JSON | {"version": 1},
        JSON | {"hash": "00" * 32},
        JSON | {"version": True, "hash": "00" * 32},
        JSON | {"version": 0, "hash": "00" * 32},
        JSON | {"version": 1.0, "hash": "00" * 32},
        JSON | {"version": 2**64, "hash": "00" * 32},
        JSON | {"siblings": None},
        JSON | {"siblings": ["00" * 31]},
        JSON | {"siblings": ["AA" * 32]},
        JSON | {"siblings": [" " + "00" * 32]},
        JSON | {"siblings": ["00" * 32] * 257},
        JSON | {"other": {}},
        JSON | {"other": {"key": "00", "version": 1, "hash": "00" * 32}},
    ],
)
def test_json_that_is_no_map_proof_is_refused(wrong: object) -> None:
    with pytest.raises(ProofError):
        MapProof.from_json(wrong)
