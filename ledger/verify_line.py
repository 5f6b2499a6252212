"""One line under verification, fast: what a flawless line yields, or None for the strict check to say what is wrong.

The fast path accepts only what the strict one (`verify_strict`) accepts: it takes JSON for clean when writing it again
gives the same bytes, base64 when its last character leaves no other reading, and the text around an act when it is
what the act's own claims would make it. Whatever is unusual goes to the strict path, right or wrong.
"""

import re
from binascii import hexlify, unhexlify
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from struct import Struct
from typing import Any, NamedTuple

import orjson
from pybase64 import b64decode

from ledger.act import BEIJING, MAX_ACT, TYP
from ledger.disclosure import MAX_DEPTH
from ledger.jws import parse_jws
from ledger.keys import KeyHistory
from ledger.line import MAX_DEPTH as PLAIN_DEPTH
from ledger.line import MAX_LINE
from ledger.rules import ActRules, check_countersignature


class Seen(NamedTuple):
    """What a line says of itself.

    `prev` is 32 bytes, and like `at` empty where it cannot be read. `record` is what `verify_streams` joins, see
    `make_record`; `relied` are the relied-on streams, 24 bytes each (stream key, version). `sealed` are the digests of
    personal fields; `key` is the idempotency key, None where there is no act.
    """

    prev: bytes
    at: bytes
    record: bytes
    relied: bytes
    sealed: tuple[str, ...]
    key: bytes | None
    type: str
    stream: str
    version: int

    @property
    def flag(self) -> int:
        """The record's."""
        return self.record[FLAG_AT]


RECORD, FLAG_AT, HASH_AT = 131, 66, 67
"""Bytes of a record, and where in it the flag and the line's hash stand."""

EVENT, ACT, OPENING, DAMAGED, SEALED, ABSENT, NAMELESS = 1, 2, 4, 8, 16, 32, 64
"""Flags: any event; a signed act; line 0; faults were found in the line itself; it has personal fields; no line stands
here; a line from which no stream can be read."""

ZERO32 = bytes(32)
_ZERO8 = bytes(8)
_ACT = b',"event":{"act":"'
_REST = re.compile(rb'","stream":"([ !#-\[\]-~]*)","version":(0|[1-9][0-9]{0,17}),"type":"([ !#-\[\]-~]*)","event":')
_is_at = re.compile(rb"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z").fullmatch
is_uuid = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_is_uuid7 = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}").fullmatch
_EPOCH, _SECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=1)
_BEIJING = BEIJING.utcoffset(None) // _SECOND
_LAST = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")
"""The characters that may end base64url of length 2 or 3 modulo 4: the others carry stray bits."""
_PADDING = (b"", b"", b"==", b"=")

Signer = tuple[Callable[[bytes, bytes], bool], str, int, int]


_RECORD = Struct(">16s32sQHQB32s32s")
_new_seen = tuple.__new__


def make_record(
    stream: bytes, claim: bytes, relied: int, version: int, flag: int, hash_: bytes, digest: bytes = ZERO32
) -> bytes:
    """Stream key (16), the act's claim `prev` (32), version before it (8), number of relied-on streams (2), version
    (8), flag (1), line hash (32), act's digest (32)."""
    return _RECORD.pack(stream, claim, version - 1 if version else 0, relied, version, flag, hash_, digest)


def stream_key(stream: str) -> bytes:
    """16 bytes for a stream: those of a UUID in canonical text, else the beginning of the text's SHA-256."""
    if is_uuid(stream):
        return bytes.fromhex(stream.replace("-", ""))
    return sha256(stream.encode()).digest()[:16]


@lru_cache(maxsize=65_536)
def _known_key(stream: str) -> bytes:
    return stream_key(stream)


@lru_cache(maxsize=4096)
def seconds_of(at: bytes) -> int:
    """A line's `at` as whole seconds since 1970, rounded down. Raises ValueError when there is no such moment."""
    if not _is_at(at):
        raise ValueError("not a time as lines bear it")
    moment = datetime.fromisoformat(at.decode())
    return (moment - _EPOCH) // _SECOND


@lru_cache(maxsize=4096)
def _day_of(day_number: int) -> str:
    return datetime.fromtimestamp(day_number * 86_400, UTC).date().isoformat()


def day_of(iat: int) -> str:
    """The day in 北京时间 of a moment in seconds since 1970, as text."""
    return _day_of((iat + _BEIJING) // 86_400)


@lru_cache(maxsize=65_536)
def _is_day(text: str) -> bool:
    try:
        return str(date.fromisoformat(text)) == text
    except ValueError:
        return False


def decode64(text: bytes) -> bytes:
    """Canonical base64url without padding. Raises ValueError for anything else."""
    rest = len(text) % 4
    if rest and (rest == 1 or text[-1] not in _LAST[rest]):
        raise ValueError("stray bits")
    if b"+" in text or b"/" in text:
        raise ValueError("base64, not base64url")
    data: bytes = b64decode(text + _PADDING[rest], b"-_", True)
    # Padding of its own leaves fewer bytes.
    if len(data) != len(text) * 3 // 4:
        raise ValueError("padding")
    return data


class FastCheck:
    """Checks lines one by one under given rules (None: no acts), keys and origin. Not thread-safe."""

    def __init__(self, rules: ActRules | None, keys: KeyHistory, origin: str | None) -> None:
        self._keys, self._origin = keys, origin
        self._has_acts = rules is not None
        types = rules.types if rules else {}
        self._types = {act: (b',"type":' + orjson.dumps(type_), type_) for act, type_ in types.items()}
        self._countersignatures = rules.countersignatures if rules else None
        self._special = frozenset(types.values()) | frozenset(rules.key_types if rules else ())
        self._unsigned = rules.unsigned if rules else None
        self._signers: dict[bytes, Signer | None] = {}

    def check(self, line: bytes, position: int, hash_: bytes, before: bytes) -> Seen | None:
        """What the line at `position` yields, None when the strict check is to look at it.

        `hash_` is the line's, `before` that of the line before it, which its `prev` must be.
        """
        head = b'{"index":%d,"prev":"%b","at":"' % (position, hexlify(before))
        if not line.startswith(head) or position == 0 or len(line) > MAX_LINE:
            return None
        start = len(head)
        rest = start + 27
        at = line[start:rest]
        try:
            seconds = seconds_of(at)
            mark = line.find(_ACT, rest) if self._has_acts else -1
            if mark < 0:
                return self._event(line, rest, hash_, before, at)
            return self._act(line, rest, mark, position, hash_, before, at, seconds)
        except Exception:  # whatever trips us here, the strict check names
            return None

    def _event(self, line: bytes, rest: int, hash_: bytes, before: bytes, at: bytes) -> Seen | None:
        found = _REST.match(line, rest)
        if found is None:
            return None
        stream, type_, version = found[1].decode(), found[3].decode(), int(found[2])
        state = line[found.end() : -1]
        if self._unsigned is not None and type_ not in self._unsigned:
            return None
        if (
            _may_be_deep(state)
            or type_ in self._special
            or line[-1] != 0x7D
            or state[0] != 0x7B
            or orjson.dumps(orjson.loads(state)) != state
        ):
            return None
        record = make_record(_known_key(stream), ZERO32, 0, version, EVENT, hash_)
        return Seen(before, at, record, b"", (), None, type_, stream, version)

    def _act(
        self, line: bytes, rest: int, mark: int, position: int, hash_: bytes, before: bytes, at: bytes, seconds: int
    ) -> Seen | None:
        start = mark + len(_ACT)
        end = line.find(b'"', start)
        jws = line[start:end]
        header, encoded, signed = jws.split(b".")
        signer = self._signers.get(header) or self._signer(header)
        if signer is None or len(signed) != 86 or len(jws) > MAX_ACT:
            return None
        verify, holder, since, until = signer
        payload = decode64(encoded)
        claims = orjson.loads(payload)
        version, iat, case, prev = claims["version"], claims["iat"], claims["case"], claims.get("prev")
        key, (named, type_) = _uuid_key(case), self._types[claims["act"]]
        # What stands around the act is what the act says, spelled in the one way.
        if (
            orjson.dumps(claims) != payload
            or line[rest:mark] != b'","stream":"%b","version":%d%b' % (case.encode(), version, named)
            or not key
            or claims["iss"] != holder
            or not since < position < until
            or not _is_framed(claims, version, iat, prev, self._origin)
            or iat > seconds
            or claims["on"] > _day_of((iat + _BEIJING) // 86_400)
        ):
            return None
        sealed = _sealed_in(payload, claims)
        if claims.get("_sd_alg") != ("sha-256" if sealed else None):
            return None
        claim = ZERO32 if prev is None else unhexlify(prev)
        # Not where the claim is shorter or longer, or has capital letters or blanks; the strict check names it.
        if prev is not None and (len(claim) != 32 or claim.hex() != prev):
            return None
        for sign in self._countersignatures(claims) if self._countersignatures else ():
            check_countersignature(sign, holder, self._keys, position)
        relied = _relied(line, end, case, version - 1, holder, claims.get("behalf", holder))
        if relied is None or not verify(jws[:-87], decode64(signed)):
            return None
        record = _RECORD.pack(
            key, claim, version - 1, len(relied) // 24, version, ACT | SEALED if sealed else ACT, hash_,
            sha256(jws).digest(),
        )  # fmt: skip
        act_key = sha256(f"{holder}\0{claims['jti']}".encode()).digest()[:16]
        return _new_seen(Seen, (before, at, record, relied, sealed, act_key, type_, case, version))

    def _signer(self, header: bytes) -> Signer | None:
        """Whose key a header names; None for a key that needs the strict check."""
        if header not in self._signers:
            if len(self._signers) > 65_536:
                self._signers.clear()
            self._signers[header] = self._find_signer(header)
        return self._signers[header]

    def _find_signer(self, header: bytes) -> Signer | None:
        named = parse_jws(header + b"..")
        period = self._keys.get(named.kid)
        if (
            period is None
            or named.typ != TYP
            or named.alg != period.key.alg
            or period.compromised_since is not None
            or not is_uuid(period.holder)
        ):
            return None
        return period.key.verify, period.holder, period.since, 2**63 if period.until is None else period.until


def _is_framed(claims: dict[str, Any], version: Any, iat: Any, prev: Any, origin: str | None) -> bool:
    """Whether these are claims of the usual kind (direct or system), with exactly the members they need.

    `iss`, and that `case` is the line's own stream, `act` a known one and `prev` a hash, is for the caller to check.
    """
    return (
        type(version) is int
        and 0 < version < 2**53
        and type(iat) is int
        and 0 < iat < 2**37
        and len(claims) == 10 + (prev is not None) + ("_sd_alg" in claims) + ("behalf" in claims)
        and ("behalf" not in claims or (is_uuid(claims["behalf"]) is not None and claims["behalf"] != claims["iss"]))
        and (prev is not None) == (version > 1)
        and claims["aud"] == origin
        and claims["basis"] in ("direct", "system")
        and _is_uuid7(claims["jti"]) is not None
        and _is_day(claims["on"])
        and type(claims["data"]) is dict
    )


@lru_cache(maxsize=65_536)
def _uuid_key(text: str) -> bytes:
    """The stream key of a UUID; nothing for any other text."""
    return stream_key(text) if is_uuid(text) else b""


def _may_be_deep(state: bytes) -> bool:
    """Whether JSON may be nested too deep to stand plainly in a line; `relied` stands one level further down."""
    return state.count(b"{") + state.count(b"[") >= PLAIN_DEPTH


def _sealed_in(payload: bytes, claims: dict[str, Any]) -> tuple[str, ...]:
    """The digests of the act's personal fields. Raises ValueError where they are not as they must be.

    `payload` is JSON spelled in the one way: without these texts in it there are none, and brackets bound its depth.
    """
    if b"_sd" not in payload and b"..." not in payload and payload.count(b"{") + payload.count(b"[") < MAX_DEPTH:
        return ()
    found: list[str] = []
    _collect(claims["data"], found, MAX_DEPTH - 1)
    if len(set(found)) != len(found):
        raise ValueError("a digest stands twice")
    return tuple(found)


def _collect(node: dict[str, Any], found: list[str], depth: int) -> None:
    """As `disclosure.digests_in`, for objects in objects alone: what is more goes to the strict check by an error."""
    if depth == 0:
        raise ValueError("too deep")
    for name, value in node.items():
        kind = type(value)
        if name == "...":
            raise ValueError("digests stand in _sd only")
        if kind is dict and name != "_sd":
            _collect(value, found, depth - 1)
        elif kind is list:
            if name != "_sd":
                _collect_none(value, depth - 1)
            elif not value or any(type(one) is not str or len(one) != 43 for one in value):
                raise ValueError("_sd is a list of digests")
            else:
                found += value
        elif name == "_sd":
            raise ValueError("_sd is a list of digests")


def _collect_none(items: list[Any], depth: int) -> None:
    """Raises ValueError where a list is nested too deep, or holds digests at any depth."""
    if depth == 0:
        raise ValueError("too deep")
    for item in items:
        if type(item) is dict:
            found: list[str] = []
            _collect(item, found, depth - 1)
            if found:
                raise ValueError("digests in a list")
        elif type(item) is list:
            _collect_none(item, depth - 1)


def _relied(line: bytes, end: int, case: str, before: int, signer: str, principal: str) -> bytes | None:
    """The relied-on streams and versions, packed; None, or an error raised, unless all is of the usual form.

    That an act relies on its own stream as it stood before it goes without saying, and is left out.
    """
    if line[end : end + 12] != b'","relied":{' or line[-2:] != b"}}":
        return None
    relied = line[end + 11 : -2]
    value = orjson.loads(relied)
    streams = value["streams"]
    if _may_be_deep(relied) or orjson.dumps(value) != relied or streams[case] != before:
        return None
    if signer not in streams or principal not in streams:
        return None
    packed: list[bytes] = []
    for other, seen in streams.items():
        if type(seen) is not int:
            return None
        if other != case:
            packed += (_known_key(other), seen.to_bytes(8, "big"))
    return b"".join(packed)
