"""One line under verification, fast: what a flawless line yields, or None for the strict check to say what is wrong.

The fast path accepts only what the strict one (`verify_strict`) accepts: it takes JSON for clean when writing it again
gives the same bytes, base64 when its length and last character leave no other reading, and everything else by the
narrowest pattern. Whatever is unusual goes to the strict path, right or wrong.
"""

import re
from binascii import a2b_base64, unhexlify
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from ledger.act import BEIJING, MAX_ACT, TYP
from ledger.disclosure import digests_in
from ledger.jws import parse_jws
from ledger.keys import KeyHistory
from ledger.line import MAX_LINE
from ledger.rules import ActRules, check_countersignature


class Seen(NamedTuple):
    """What a line says of itself.

    `prev` is 32 bytes, and like `at` empty where it cannot be read. `record` is what `verify_streams` joins, see
    `make_record`; `relied` are the relied-on streams, 24 bytes each (stream key, version). `sealed` counts personal
    fields; `key` is the idempotency key, None where there is no act.
    """

    prev: bytes
    at: bytes
    record: bytes
    relied: bytes
    sealed: int
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
_HEAD = re.compile(
    rb'\{"index":(0|[1-9][0-9]{0,17}),"prev":"([0-9a-f]{64})",'
    rb'"at":"([0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z)",'
    rb'"stream":"([ !#-\[\]-~]*)","version":(0|[1-9][0-9]{0,17}),"type":"([ !#-\[\]-~]*)","event":'
)
is_uuid = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_is_uuid7 = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}").fullmatch
_EPOCH, _SECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=1)
_BEIJING = BEIJING.utcoffset(None) // _SECOND
_STANDARD = bytes.maketrans(b"-_+/", b"+/\0\0")
_LAST = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")
"""The characters that may end base64url of length 2 or 3 modulo 4: the others carry stray bits."""

Signer = tuple[Callable[[bytes, bytes], bool], str, int, int]


def make_record(
    stream: bytes, claim: bytes, relied: int, version: int, flag: int, hash_: bytes, digest: bytes = ZERO32
) -> bytes:
    """Stream key (16), the act's claim `prev` (32), version before it (8), number of relied-on streams (2), version
    (8), flag (1), line hash (32), act's digest (32)."""
    before = (version - 1 if version else 0).to_bytes(8, "big")
    return b"".join(
        (stream, claim, before, relied.to_bytes(2, "big"), version.to_bytes(8, "big"), bytes((flag,)), hash_, digest)
    )


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
    data = a2b_base64(text.translate(_STANDARD) + b"==")
    # Characters outside the alphabet are skipped by a2b, and leave fewer bytes.
    if len(data) != len(text) * 3 // 4:
        raise ValueError("not base64url")
    return data


class FastCheck:
    """Checks lines one by one under given rules (None: no acts), keys and origin. Not thread-safe."""

    def __init__(self, rules: ActRules | None, keys: KeyHistory, origin: str | None) -> None:
        self._keys, self._origin = keys, origin
        self._has_acts = rules is not None
        self._types = dict(rules.types) if rules else {}
        self._countersignatures = rules.countersignatures if rules else None
        self._special = frozenset(self._types.values()) | frozenset(rules.key_types if rules else ())
        self._unsigned = rules.unsigned if rules else None
        self._signers: dict[bytes, Signer | None] = {}

    def check(self, line: bytes, position: int, hash_: bytes) -> Seen | None:
        """What the line at `position` yields, None when the strict check is to look at it. `hash_` is the line's."""
        head = _HEAD.match(line)
        if head is None or len(line) > MAX_LINE:
            return None
        index, prev, at, stream, version, type_ = head.groups()
        start = head.end()
        try:
            if int(index) != position or position == 0:
                return None
            if self._has_acts and line.startswith(b'{"act":"', start):
                return self._act(
                    line, start + 8, position, hash_, prev, at, stream.decode(), int(version), type_.decode()
                )
            return self._event(line, start, hash_, prev, at, stream.decode(), int(version), type_.decode())
        except Exception:  # whatever trips us here, the strict check names
            return None

    def _event(
        self, line: bytes, start: int, hash_: bytes, prev: bytes, at: bytes, stream: str, version: int, type_: str
    ) -> Seen | None:
        seconds_of(at)
        state = line[start:-1]
        if self._unsigned is not None and type_ not in self._unsigned:
            return None
        if type_ in self._special or line[-1] != 0x7D or state[0] != 0x7B or orjson.dumps(orjson.loads(state)) != state:
            return None
        record = make_record(_known_key(stream), ZERO32, 0, version, EVENT, hash_)
        return Seen(unhexlify(prev), at, record, b"", 0, None, type_, stream, version)

    def _act(
        self,
        line: bytes,
        start: int,
        position: int,
        hash_: bytes,
        prev: bytes,
        at: bytes,
        stream: str,
        version: int,
        type_: str,
    ) -> Seen | None:
        end = line.find(b'"', start)
        if line[end : end + 12] != b'","relied":{' or line[-2:] != b"}}":
            return None
        jws = line[start:end]
        claims = self._claims(jws, position)
        if claims is None or claims["case"] != stream or claims["version"] != version:
            return None
        iat, prev_claim = claims["iat"], claims.get("prev")
        sealed = len(digests_in(claims["data"]))
        if (
            self._types[claims["act"]] != type_
            or iat > seconds_of(at)
            or claims["on"] > _day_of((iat + _BEIJING) // 86_400)
            or claims.get("_sd_alg") != ("sha-256" if sealed else None)
        ):
            return None
        claim = unhexlify(prev_claim) if prev_claim else ZERO32
        # Fails where the claim has capital letters or blanks; the strict check names it.
        if prev_claim and claim.hex() != prev_claim:
            return None
        for sign in self._countersignatures(claims) if self._countersignatures else ():
            check_countersignature(sign, claims["iss"], self._keys, position)
        relied = _relied(line[end + 11 : -2], stream, version)
        record = make_record(
            _known_key(stream),
            claim,
            len(relied) // 24,
            version,
            ACT | SEALED if sealed else ACT,
            hash_,
            sha256(jws).digest(),
        )
        key = sha256(f"{claims['iss']}\0{claims['jti']}".encode()).digest()[:16]
        return Seen(unhexlify(prev), at, record, relied, sealed, key, type_, stream, version)

    def _claims(self, jws: bytes, position: int) -> dict[str, Any] | None:
        """The claims of an act whose form, key and signature are in order. Raises ValueError, TypeError, KeyError."""
        header, encoded, signed = jws.split(b".")
        signer = self._signers.get(header) or self._signer(header)
        if signer is None or len(jws) > MAX_ACT or len(signed) != 86:
            return None
        verify, holder, since, until = signer
        payload = decode64(encoded)
        claims = orjson.loads(payload)
        if (
            orjson.dumps(claims) != payload
            or claims["iss"] != holder
            or not since < position < until
            or not _is_framed(claims, self._origin)
            or not verify(jws[:-87], decode64(signed))
        ):
            return None
        return claims  # type: ignore[no-any-return]

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


def _is_framed(claims: dict[str, Any], origin: str | None) -> bool:
    """Whether these are claims of the usual kind (direct or system), with exactly the members they need.

    `iss`, and that `case` is the line's own stream, `act` a known one and `prev` a hash, is for the caller to check.
    """
    version, iat = claims["version"], claims["iat"]
    return (
        type(version) is int
        and 0 < version < 2**53
        and type(iat) is int
        and 0 < iat < 2**40
        and len(claims) == 10 + ("prev" in claims) + ("_sd_alg" in claims)
        and ("prev" in claims) == (version > 1)
        and claims["aud"] == origin
        and claims["basis"] in ("direct", "system")
        and _is_uuid7(claims["jti"]) is not None
        and _known_uuid(claims["case"])
        and _is_day(claims["on"])
        and type(claims["data"]) is dict
    )


@lru_cache(maxsize=65_536)
def _known_uuid(text: str) -> bool:
    return is_uuid(text) is not None


def _relied(relied: bytes, stream: str, version: int) -> bytes:
    """The relied-on streams and versions, packed. Raises ValueError, TypeError… unless all is of the usual form.

    That an act relies on its own stream as it stood before it goes without saying, and is left out.
    """
    value = orjson.loads(relied)
    if orjson.dumps(value) != relied:
        raise ValueError("not clean JSON")
    packed: list[bytes] = []
    for other, seen in value["streams"].items() if "streams" in value else ():
        if type(seen) is not int:
            raise TypeError("a version is a whole number")
        if seen != version - 1 or other != stream:
            packed += (_known_key(other), seen.to_bytes(8, "big"))
    return b"".join(packed)
