"""One line under verification, fast: what a flawless line yields, or None for the strict check to say what is wrong.

The fast path accepts only what the strict one (`verify_strict`) accepts: it takes JSON for clean when writing it again
gives the same bytes, base64 when its length and last character leave no other reading, and everything else by the
narrowest pattern. Whatever is unusual goes to the strict path, right or wrong.
"""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, unhexlify
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

import orjson

from ledger.act import BEIJING, MAX_ACT, TYP
from ledger.disclosure import digests_in
from ledger.errors import LedgerError
from ledger.jws import parse_jws
from ledger.keys import KeyHistory
from ledger.line import MAX_LINE
from ledger.rules import ActRules, check_countersignature

Seen = tuple[bytes, bytes, bytes, bytes, bytes, int, bytes | None, str, str, int]
"""What a line says of itself: `prev` (32 bytes), `at`, `pre`, act's digest (32 bytes), relied-on streams (24 bytes
each: stream key, version), number of personal fields, idempotency key (None: no act), type, stream, version.

`pre` is 67 bytes: stream key (16), the act's claim `prev` (32), version before it (8), number of relied-on streams (2),
version (8), flag (1). Hash and digest after it make the record that `verify_streams` joins.
"""

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
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_is_uuid = re.compile(_UUID).fullmatch
_are_ids = re.compile(
    f"{_UUID} {_UUID} [0-9a-f]{{8}}-[0-9a-f]{{4}}-7[0-9a-f]{{3}}-[89ab][0-9a-f]{{3}}-[0-9a-f]{{12}}"
).fullmatch
_is_hash = re.compile("[0-9a-f]{64}").fullmatch
_EPOCH, _SECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=1)
_BEIJING = BEIJING.utcoffset(None) // _SECOND
_STANDARD = bytes.maketrans(b"-_", b"+/")
_LAST = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")
"""The characters that may end base64url of length 2 or 3 modulo 4: the others carry stray bits."""

Signer = tuple[Callable[[bytes, bytes], bool], str, int, int]


def stream_key(stream: str) -> bytes:
    """16 bytes for a stream: those of a UUID in canonical text, else the beginning of the text's SHA-256."""
    if _is_uuid(stream):
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


def decode64(text: bytes) -> bytes | None:
    """Canonical base64url without padding, None for anything else. `text` has neither `+` nor `/`."""
    rest = len(text) % 4
    if rest and (rest == 1 or text[-1] not in _LAST[rest]):
        return None
    try:
        data = a2b_base64(text.translate(_STANDARD) + b"==")
    except Base64Error:
        return None
    # Characters outside the alphabet are skipped by a2b, and would leave fewer bytes.
    return data if len(data) == len(text) * 3 // 4 else None


class FastCheck:
    """Checks lines one by one under given rules (None: no acts), keys and origin. Not thread-safe."""

    def __init__(self, rules: ActRules | None, keys: KeyHistory, origin: str | None) -> None:
        self._rules, self._keys, self._origin = rules, keys, origin
        self._types = {act: type_.encode() for act, type_ in rules.types.items()} if rules else {}
        self._act_types = set(self._types.values())
        self._special = self._act_types | {type_.encode() for type_ in (rules.key_types if rules else ())}
        self._signers: dict[bytes, Signer | None] = {}

    def check(self, line: bytes, position: int) -> Seen | None:
        """What the line at `position` yields, None when the strict check is to look at it."""
        head = _HEAD.match(line)
        if head is None or len(line) > MAX_LINE:
            return None
        index, prev, at, stream, version, type_ = head.groups()
        if int(index) != position or position == 0:
            return None
        start = head.end()
        try:
            seconds = seconds_of(at)
        except ValueError:
            return None
        if self._rules is not None and line.startswith(b'{"act":"', start):
            return self._act(line, position, start, prev, at, seconds, stream, version, type_)
        if type_ in self._special or not _is_clean(line[start:-1]) or line[-1] != 0x7D:
            return None
        number, name = int(version), stream.decode()
        pre = b"".join((_known_key(name), ZERO32, _ZERO8, b"\0\0", number.to_bytes(8, "big"), b"\1"))
        return unhexlify(prev), at, pre, ZERO32, b"", 0, None, type_.decode(), name, number

    def _act(
        self,
        line: bytes,
        position: int,
        start: int,
        prev: bytes,
        at: bytes,
        seconds: int,
        stream: bytes,
        version: bytes,
        type_: bytes,
    ) -> Seen | None:
        end = line.find(b'","relied":{', start + 8)
        if end < 0 or line[-2:] != b"}}":
            return None
        jws = line[start + 8 : end]
        claims, streams = self._claims(jws, position), _relied(line[end + 11 : -2])
        if claims is None or streams is None:
            return None
        try:
            case, number, iat, data = claims["case"], claims["version"], claims["iat"], claims["data"]
            sealed = len(digests_in(data))
            if (
                case.encode() != stream
                or number != int(version)
                or self._types.get(claims["act"]) != type_
                or iat > seconds
                or claims["on"] > day_of(iat)
                or claims.get("_sd_alg") != ("sha-256" if sealed else None)
            ):
                return None
            assert self._rules is not None
            for sign in self._rules.countersignatures(claims):
                check_countersignature(sign, claims["iss"], self._keys, position)
        except (LedgerError, KeyError, TypeError, ValueError, AttributeError):
            return None
        pre = b"".join(
            (
                bytes.fromhex(case.replace("-", "")),
                unhexlify(claims["prev"]) if number > 1 else ZERO32,
                (number - 1).to_bytes(8, "big"),
                (len(streams) // 24).to_bytes(2, "big"),
                number.to_bytes(8, "big"),
                b"\x12" if sealed else b"\2",
            )
        )
        act = sha256(f"{claims['iss']}\0{claims['jti']}".encode()).digest()[:16]
        digest = sha256(jws).digest()
        return unhexlify(prev), at, pre, digest, streams, sealed, act, type_.decode(), case, number

    def _claims(self, jws: bytes, position: int) -> dict[str, Any] | None:
        """The claims of an act whose form, key and signature are in order."""
        parts = jws.split(b".")
        if len(parts) != 3 or len(jws) > MAX_ACT or len(parts[2]) != 86 or b"+" in jws or b"/" in jws:
            return None
        signer = self._signer(parts[0])
        payload, signature = decode64(parts[1]), decode64(parts[2])
        if signer is None or payload is None or signature is None:
            return None
        verify, holder, since, until = signer
        claims = _clean_claims(payload, self._origin)
        if claims is None or claims["iss"] != holder or not since < position < until:
            return None
        return claims if verify(jws[:-87], signature) else None

    def _signer(self, header: bytes) -> Signer | None:
        """Whose key a header names; None for a key that needs the strict path."""
        if header not in self._signers:
            if len(self._signers) > 65_536:
                self._signers.clear()
            self._signers[header] = self._find_signer(header)
        return self._signers[header]

    def _find_signer(self, header: bytes) -> Signer | None:
        try:
            named = parse_jws(header + b"..")
        except LedgerError:
            return None
        period = self._keys.get(named.kid)
        if period is None or named.typ != TYP or named.alg != period.key.alg or period.compromised_since is not None:
            return None
        return period.key.verify, period.holder, period.since, 2**63 if period.until is None else period.until


def _is_clean(state: bytes) -> bool:
    """Whether writing `state` again gives the same bytes: one JSON object, nothing twice, nothing to misread."""
    try:
        return state[:1] == b"{" and orjson.dumps(orjson.loads(state)) == state
    except (ValueError, TypeError, RecursionError):
        return False


def _clean_claims(payload: bytes, origin: str | None) -> dict[str, Any] | None:
    """Claims of the usual kind: direct or system acts with exactly the members they need."""
    try:
        claims = orjson.loads(payload)
        if orjson.dumps(claims) != payload or claims["aud"] != origin:
            return None
        version, iat = claims["version"], claims["iat"]
        if (
            len(claims) != 10 + (version != 1) + ("_sd_alg" in claims)
            or type(version) is not int
            or not 0 < version < 2**53
            or type(iat) is not int
            or not 0 < iat < 2**40
            or claims["basis"] not in ("direct", "system")
            or not _are_ids(f"{claims['iss']} {claims['case']} {claims['jti']}")
            or (version != 1 and not _is_hash(claims["prev"]))
            or not _is_day(claims["on"])
            or type(claims["data"]) is not dict
        ):
            return None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return claims  # type: ignore[no-any-return]


def _relied(relied: bytes) -> bytes | None:
    """The relied-on streams and versions, packed; None unless it is clean JSON and they are of the usual form."""
    try:
        value = orjson.loads(relied)
        if orjson.dumps(value) != relied:
            return None
        packed = []
        for stream, version in value["streams"].items() if "streams" in value else ():
            if type(version) is not int:
                return None
            packed += [_known_key(stream), version.to_bytes(8, "big")]
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    return b"".join(packed) if len(packed) < 65_536 else None
