"""A map over the heads of all streams whose root fits in one line: what shows that a case's last line *was* its last.

The line tree proves what is on the ledger, never what is not. This map does: by its root anybody can be shown that a
stream's latest version was n, or that there was no such stream. It is a sparse Merkle tree, 256 levels deep:

    key     = SHA-256("mingzhang stream\\n" ‖ stream id)       its bits, the highest first, lead from root to leaf
    leaf    = SHA-256(0x00 ‖ key ‖ version, 8 bytes big-endian ‖ hash of the stream's latest line, 32 bytes)
    node    = SHA-256(0x01 ‖ left ‖ right)
    nothing = 32 zero bytes

A subtree that holds exactly one leaf has that leaf's hash, so a proof is about log2(streams) hashes long. One set of
heads has one root, in whatever order they came. Whether the root is that of the ledger's true heads is what everybody
who has all lines recomputes (`verify`, monitors).
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ledger.tree import ProofError

Head = tuple[int, bytes]
"""A stream's latest version, from 1 on, and the hash of the line that brought it, 32 bytes."""

NOTHING = bytes(32)
"""The hash of an empty subtree, and the root of an empty map."""
MAX_VERSION = (1 << 64) - 1
MAX_DEPTH = 256

_DOMAIN = b"mingzhang stream\n"
_KEY, _RECORD = 32, 72
"""Bytes of a key, and of what is kept of a stream: key, version, hash."""
_FULL = 4
"""Streams a bucket holds on average before all buckets are split: few, as one change hashes its whole bucket again."""

_Subtree = bytes
"""A subtree: its hash, with "." before it where it is that of one leaf; empty where there is nothing."""
_LONE = b"."
_Leaf = tuple[int, _Subtree]
"""A leaf's key as a number, and the subtree that it is by itself."""


def map_key(stream: str) -> bytes:
    """Where a stream stands in the map: 32 bytes."""
    return sha256(_DOMAIN + stream.encode()).digest()


def leaf_hash(key: bytes, head: Head) -> bytes:
    """The leaf of the stream with this key."""
    version, hash_ = head
    return sha256(b"\x00" + key + version.to_bytes(8, "big") + hash_).digest()


@dataclass(frozen=True, slots=True)
class OtherLeaf:
    """The leaf that stands where an absent stream's would: of another stream, named by its key alone."""

    key: bytes
    head: Head


@dataclass(frozen=True, slots=True)
class MapProof:
    """That `stream` stood at `head` (None: that there was no such stream), and how that leads to a map's root.

    `siblings` are from the leaf's upward. `other` is the leaf met in an absent stream's place, None if nothing was.
    """

    stream: str
    head: Head | None
    siblings: tuple[bytes, ...]
    other: OtherLeaf | None = None

    def json(self) -> dict[str, Any]:
        """`{"stream", "version", "hash", "siblings": [hex…], "other": null | {"key", "version", "hash"}}`.

        All hashes in hex; of an absent stream `version` and `hash` are null.
        """
        version, hash_ = _written(self.head)
        other = None
        if self.other is not None:
            other_version, other_hash = _written(self.other.head)
            other = {"key": self.other.key.hex(), "version": other_version, "hash": other_hash}
        siblings = [sibling.hex() for sibling in self.siblings]
        return {"stream": self.stream, "version": version, "hash": hash_, "siblings": siblings, "other": other}

    @classmethod
    def from_json(cls, value: Any) -> "MapProof":
        """Reads what `json` writes, and nothing else. Raises `ProofError`."""
        stream, version, hash_, siblings, other = _members(value, "stream", "version", "hash", "siblings", "other")
        if not isinstance(stream, str) or not isinstance(siblings, list) or len(siblings) > MAX_DEPTH:
            raise ProofError(f"a map proof names a stream and has at most {MAX_DEPTH} siblings")
        head = None if version is None and hash_ is None else _head(version, hash_)
        met = None
        if other is not None:
            key, other_version, other_hash = _members(other, "key", "version", "hash")
            met = OtherLeaf(_hash(key), _head(other_version, other_hash))
        return cls(stream, head, tuple(_hash(sibling) for sibling in siblings), met)


def verify_map_proof(proof: MapProof, stream: str, head: Head | None, root: bytes) -> None:
    """That in the map of `root` the stream stood at `head`; None: that it was not there. Raises `ProofError`.

    Only the one form that `HeadMap.prove` makes is taken.
    """
    if (proof.stream, proof.head) != (stream, head):
        raise ProofError("the map proof is about something else")
    if len(proof.siblings) > MAX_DEPTH:
        raise ProofError(f"a map proof has at most {MAX_DEPTH} siblings")
    if any(len(sibling) != 32 for sibling in proof.siblings):
        raise ProofError("a map proof is made of 32-byte hashes")
    if proof.siblings and proof.siblings[0] == NOTHING:
        raise ProofError("the map proof goes deeper than the map")
    key = map_key(stream)
    hash_ = _met(proof, key)
    for depth, sibling in zip(range(len(proof.siblings) - 1, -1, -1), proof.siblings, strict=True):
        hash_ = _node(sibling, hash_) if _bit(key, depth) else _node(hash_, sibling)
    if hash_ != root:
        raise ProofError("the map proof leads to another root")


def _met(proof: MapProof, key: bytes) -> bytes:
    """The hash of what the proof says stands where `key` leads."""
    if proof.head is not None:
        if proof.other is not None:
            raise ProofError("a stream that is there has no other leaf in its place")
        return leaf_hash(key, _checked(proof.head))
    if proof.other is None:
        return NOTHING
    other = proof.other.key
    if len(other) != _KEY or other == key:
        raise ProofError("the other leaf is the stream's own")
    if any(_bit(other, depth) != _bit(key, depth) for depth in range(len(proof.siblings))):
        raise ProofError("the other leaf stands elsewhere")
    return leaf_hash(other, _checked(proof.other.head))


class HeadMap:
    """The map in memory: about 170 bytes a stream; a change costs what lies on its way to the root, about 30 µs.

    Streams are kept packed and sorted in 2^depth buckets, by the first bits of their keys; the hashes above the buckets
    are kept, those within are computed again. Not thread-safe.
    """

    def __init__(self) -> None:
        self.streams = 0
        """How many there are."""
        self._depth = 0
        self._buckets: list[bytes] = [b""]
        self._levels: list[list[_Subtree]] = [[b""]]
        self._stale: set[int] = set()
        """Buckets that changed since the hashes above them were computed."""

    @classmethod
    def from_heads(cls, heads: Iterable[tuple[str, int, bytes]]) -> "HeadMap":
        """The map of these (stream, version, hash of its line); of one stream the last counts."""
        made = cls()
        for stream, version, hash_ in heads:
            made.set(stream, version, hash_)
        return made

    def set(self, stream: str, version: int, hash_: bytes) -> None:
        """The stream moved on, or is new. Raises `ProofError` for what cannot be a head."""
        _checked((version, hash_))
        key = map_key(stream)
        number, at = self._find(key)
        bucket = self._buckets[number]
        there = bucket[at : at + _KEY] == key
        rest = bucket[at + _RECORD :] if there else bucket[at:]
        self._buckets[number] = b"%b%b%b%b%b" % (bucket[:at], key, version.to_bytes(8, "big"), hash_, rest)
        self._stale.add(number)
        if not there:
            self.streams += 1
            if self.streams > _FULL << self._depth:
                self._split()

    def get(self, stream: str) -> Head | None:
        """Where the stream stands."""
        key = map_key(stream)
        number, at = self._find(key)
        record = self._buckets[number][at : at + _RECORD]
        return _unpacked(record) if record[:_KEY] == key else None

    def root(self) -> bytes:
        """The root, 32 bytes."""
        self._settle()
        return _whole(self._levels[0][0])

    def prove(self, stream: str) -> MapProof:
        """Where the stream stands, or that it is not there."""
        self._settle()
        key = map_key(stream)
        path = int.from_bytes(key, "big")
        here, at, siblings = self._levels[0][0], 0, list[bytes]()
        leaves: list[_Leaf] | None = None
        while len(here) == 32:
            depth = len(siblings)
            bit = path >> (255 - depth) & 1
            if depth < self._depth:
                pair = self._levels[depth + 1][2 * at : 2 * at + 2]
                at = 2 * at + bit
            else:
                leaves = _leaves(self._buckets[at]) if leaves is None else leaves
                halves = _halves(leaves, depth)
                pair = [_subtree(half, depth + 1) for half in halves]
                leaves = halves[bit]
            here = pair[bit]
            siblings.append(_whole(pair[1 - bit]))
        head = self.get(stream)
        other = self._other(key, len(siblings)) if head is None and here else None
        return MapProof(stream, head, tuple(reversed(siblings)), other)

    def _other(self, key: bytes, depth: int) -> OtherLeaf | None:
        """The one leaf that shares the first `depth` bits of the key, if there is one."""
        number = _prefix(key, self._depth)
        span = 1 << max(0, self._depth - depth)
        for bucket in self._buckets[number & -span : (number & -span) + span]:
            for at in range(0, len(bucket), _RECORD):
                other = bucket[at : at + _KEY]
                if _prefix(other, depth) == _prefix(key, depth):
                    return OtherLeaf(other, _unpacked(bucket[at : at + _RECORD]))
        return None

    def _find(self, key: bytes) -> tuple[int, int]:
        """(bucket, byte in it) where the key is, or would be."""
        number = _prefix(key, self._depth)
        bucket = self._buckets[number]
        starts = range(0, len(bucket), _RECORD)
        return number, bisect_left(starts, key, key=lambda at: bucket[at : at + _KEY]) * _RECORD

    def _split(self) -> None:
        """Every bucket becomes two."""
        halves = []
        for bucket in self._buckets:
            cut = 0
            while cut < len(bucket) and not _bit(bucket[cut : cut + _KEY], self._depth):
                cut += _RECORD
            halves += [bucket[:cut], bucket[cut:]]
        self._depth += 1
        self._buckets = halves
        self._levels.append([b""] * len(halves))
        self._stale = set(range(len(halves)))

    def _settle(self) -> None:
        """Hashes that changed, from the buckets up."""
        stale, self._stale = self._stale, set()
        lowest = self._levels[self._depth]
        for number in stale:
            lowest[number] = _subtree(_leaves(self._buckets[number]), self._depth)
        for depth in range(self._depth - 1, -1, -1):
            below, level = self._levels[depth + 1], self._levels[depth]
            stale = {number >> 1 for number in stale}
            for number in stale:
                level[number] = _joined(below[2 * number], below[2 * number + 1])


def _leaves(bucket: bytes) -> list[_Leaf]:
    return [
        (
            int.from_bytes(bucket[at : at + _KEY], "big"),
            _LONE + sha256(b"\x00" + bucket[at : at + _RECORD]).digest(),
        )
        for at in range(0, len(bucket), _RECORD)
    ]


def _subtree(leaves: list[_Leaf], depth: int) -> _Subtree:
    """The subtree over these leaves, sorted, that share their first `depth` bits."""
    if len(leaves) < 2:
        return leaves[0][1] if leaves else b""
    left, right = _halves(leaves, depth)
    return _joined(_subtree(left, depth + 1), _subtree(right, depth + 1))


def _halves(leaves: list[_Leaf], depth: int) -> tuple[list[_Leaf], list[_Leaf]]:
    cut, mask = 0, 1 << (255 - depth)
    while cut < len(leaves) and not leaves[cut][0] & mask:
        cut += 1
    return leaves[:cut], leaves[cut:]


def _joined(left: _Subtree, right: _Subtree) -> _Subtree:
    if left and right:
        return sha256(b"\x01" + left[-32:] + right[-32:]).digest()
    one = left or right
    return _node(_whole(left), _whole(right)) if len(one) == 32 else one


def _whole(subtree: _Subtree) -> bytes:
    """Its hash."""
    return subtree[-32:] or NOTHING


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _bit(key: bytes, depth: int) -> int:
    return key[depth >> 3] >> (7 - (depth & 7)) & 1


def _prefix(key: bytes, depth: int) -> int:
    """The key's first `depth` bits as a number."""
    return int.from_bytes(key, "big") >> (MAX_DEPTH - depth)


def _unpacked(record: bytes) -> Head:
    return int.from_bytes(record[_KEY : _KEY + 8], "big"), record[_KEY + 8 :]


def _checked(head: Head) -> Head:
    version, hash_ = head
    if not 1 <= version <= MAX_VERSION or len(hash_) != 32:
        raise ProofError("a stream's head is a version from 1 on and the 32-byte hash of a line")
    return head


def _written(head: Head | None) -> tuple[int | None, str | None]:
    return (None, None) if head is None else (head[0], head[1].hex())


def _members(value: Any, *names: str) -> Sequence[Any]:
    if not isinstance(value, dict) or set(value) != set(names):
        raise ProofError(f"a map proof has exactly the members {', '.join(names)}")
    return [value[name] for name in names]


def _hash(value: Any) -> bytes:
    try:
        hash_ = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        hash_ = b""
    if len(hash_) != 32 or hash_.hex() != value:
        raise ProofError("a map proof's hashes are 64 lowercase hex digits")
    return hash_


def _head(version: Any, hash_: Any) -> Head:
    if type(version) is not int:
        raise ProofError("a version is a whole number")
    return _checked((version, _hash(hash_)))
