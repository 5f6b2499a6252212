"""One line under verification, strictly: every fault of its own, by name.

Whatever the fast path (`verify_line`) does not take comes here; a line that yields no fault here is in order.
"""

import re
from binascii import unhexlify
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from ledger.act import MAX_ACT, TYP, decode_state, read_claims
from ledger.disclosure import digests_in
from ledger.errors import LedgerError, Refused
from ledger.faults import FaultLog
from ledger.jws import Jws, parse_jws, verify_jws
from ledger.keys import KeyHistory, KeyPeriod
from ledger.line import MAX_LINE, Line, LineError, decode_line, is_plain, line_hash
from ledger.opening import FORMAT, SUITE
from ledger.rules import ActRules, check_countersignature
from ledger.store import Opened
from ledger.verify_line import (
    ACT,
    DAMAGED,
    EVENT,
    NAMELESS,
    OPENING,
    SEALED,
    ZERO32,
    Seen,
    day_of,
    make_record,
    seconds_of,
    stream_key,
)

_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_HASH = re.compile(r"[0-9a-f]{64}")


def unreadable() -> Seen:
    """What a line yields that is none."""
    return Seen(b"", b"", make_record(bytes(16), ZERO32, 0, 0, NAMELESS | DAMAGED, ZERO32), b"", (), None, "", "", 0)


def check_strict(
    line: bytes,
    position: int,
    log: FaultLog,
    notes: FaultLog,
    *,
    rules: ActRules | None,
    keys: KeyHistory,
    origin: str | None,
) -> Seen:
    """Everything that can be said of the line at `position` by itself; `prev` or `at` empty where unreadable."""
    before, sealed = log.total, tuple[str, ...]()
    if len(line) > MAX_LINE:
        # No more than its beginning is ever read.
        log.add("line.too-long", position, limit=MAX_LINE)
        return unreadable()
    try:
        parts = decode_line(line)
    except LineError as error:
        log.add("line.malformed", position, detail=str(error))
        return unreadable()
    _check_frame(parts, position, log)
    act = _act_of(parts, rules)
    if position == 0:
        check_opening(line, log)
    if (act is None and rules is not None and parts.type in {*rules.types.values(), *rules.key_types}) or (
        act is None and position and rules is not None and parts.type not in (rules.unsigned or {parts.type})
    ):
        log.add("act.missing", position, type=parts.type)
    if act is None:
        stream, version, claim, digest = parts.stream, parts.version, ZERO32, ZERO32
        flag, relied, key = OPENING if position == 0 else EVENT, b"", None
    else:
        assert rules is not None
        found = _Act(parts, position, log, notes, rules, keys, origin)
        found.check(*act)
        stream, version, claim = found.stream, found.version, found.prev
        digest = sha256(act[0].encode()).digest()
        flag, relied, sealed, key = ACT, found.relied, found.sealed, found.key
    if version < 0 or version >= 2**63:
        log.add("stream.version", position, version=version)
        version = 0
    flag |= (SEALED if sealed else 0) | (DAMAGED if log.total > before else 0)
    record = make_record(stream_key(stream), claim, len(relied) // 24, version, flag, line_hash(line), digest)
    prev = unhexlify(parts.prev) if _HASH.fullmatch(parts.prev) else b""
    at = parts.at.encode() if _AT.fullmatch(parts.at) else b""
    return Seen(prev, at, record, relied, sealed, key, parts.type, parts.stream, parts.version)


def _check_frame(parts: Line, position: int, log: FaultLog) -> None:
    if parts.index != position:
        log.add("line.index", position, says=parts.index)
    if not _HASH.fullmatch(parts.prev):
        log.add("line.malformed", position, detail="prev")
    if not _AT.fullmatch(parts.at) or _seconds(parts.at) is None:
        log.add("line.time", position, at=parts.at)
    if parts.plain != is_plain(parts.state):
        log.add("line.spelling", position)


def _seconds(at: str) -> int | None:
    try:
        return seconds_of(at.encode())
    except ValueError:
        return None


def _act_of(parts: Line, rules: ActRules | None) -> tuple[str, Any] | None:
    if rules is None or not parts.plain:
        return None
    try:
        return decode_state(parts.state)
    except (ValueError, RecursionError):
        return None


class _Act:
    """An act on a line, while its claims are compared with the line and with the keys."""

    def __init__(
        self,
        parts: Line,
        position: int,
        log: FaultLog,
        notes: FaultLog,
        rules: ActRules,
        keys: KeyHistory,
        origin: str | None,
    ) -> None:
        self._parts, self._position, self._log, self._notes = parts, position, log, notes
        self._rules, self._keys, self._origin = rules, keys, origin
        self.stream, self.version, self.prev = parts.stream, parts.version, ZERO32
        self.relied = b""
        self.sealed: tuple[str, ...] = ()
        self.key: bytes | None = None

    def _fault(self, code: str, **params: Any) -> None:
        self._log.add(code, self._position, **params)

    def check(self, text: str, relied: Any) -> None:
        self._check_relied(relied)
        try:
            jws = parse_jws(text.encode())
            claims = read_claims(jws.payload)
        except (Refused, UnicodeEncodeError) as error:
            self._fault("act.malformed", detail=str(error))
            return
        if jws.typ != TYP or len(text) > MAX_ACT:
            self._fault("act.malformed", detail=f"typ {jws.typ}, {len(text)} bytes")
        self.key = sha256(f"{claims['iss']}\0{claims['jti']}".encode()).digest()[:16]
        if "prev" in claims:
            self.prev = bytes.fromhex(claims["prev"])
        if self._signed(jws, claims):
            # What was signed tells better where the act belongs than what was written around it.
            self.stream, self.version = claims["case"], claims["version"]
        self._compare(claims)
        self._check_own(relied, claims)
        self._check_times(claims)
        self._check_digests(claims)
        self._check_countersignatures(claims)

    def _signed(self, jws: Jws, claims: dict[str, Any]) -> bool:
        period = self._keys.get(jws.kid)
        if period is None:
            self._fault("key.unknown", kid=jws.kid)
            return False
        if not period.valid_at(self._position):
            self._fault("key.not-valid", kid=jws.kid, since=period.since, until=period.until)
        if period.holder != claims["iss"]:
            self._fault("act.holder", kid=jws.kid, iss=claims["iss"], holder=period.holder)
        try:
            verify_jws(jws, period.key)
        except Refused:
            self._fault("act.signature", kid=jws.kid)
            return False
        self._note_suspect(period)
        return True

    def _note_suspect(self, period: KeyPeriod) -> None:
        if period.suspect_at(self._position):
            self._notes.add("key.compromised", self._position, kid=period.key.kid, since=period.compromised_since)

    def _compare(self, claims: dict[str, Any]) -> None:
        parts = self._parts
        for code, said, stands in (
            ("act.aud", claims["aud"], self._origin),
            ("act.case", claims["case"], parts.stream),
            ("act.version", claims["version"], parts.version),
            ("act.type", self._rules.types.get(claims["act"]), parts.type),
        ):
            if said != stands and not (code == "act.aud" and stands is None):
                self._fault(code, signed=said, stands=stands)

    def _check_times(self, claims: dict[str, Any]) -> None:
        seconds = _seconds(self._parts.at)
        if seconds is not None and claims["iat"] > seconds:
            self._fault("act.iat", iat=claims["iat"], at=self._parts.at)
        if claims["on"] > day_of(claims["iat"]):
            self._fault("act.on", on=claims["on"], signed=day_of(claims["iat"]))

    def _check_digests(self, claims: dict[str, Any]) -> None:
        try:
            self.sealed = tuple(digests_in(claims["data"]))
        except Refused as error:
            self._fault("act.malformed", detail=str(error))
            return
        if claims.get("_sd_alg") != ("sha-256" if self.sealed else None):
            self._fault("act.malformed", detail="_sd_alg")

    def _check_countersignatures(self, claims: dict[str, Any]) -> None:
        try:
            for sign in self._rules.countersignatures(claims):
                check_countersignature(sign, claims["iss"], self._keys, self._position)
        except (LedgerError, KeyError, TypeError, ValueError, AttributeError) as error:
            self._fault("act.countersignature", detail=str(error) or type(error).__name__)

    def _check_own(self, relied: Any, claims: dict[str, Any]) -> None:
        """Every decision reads the stream that it goes on with, and the stream of whoever signed."""
        streams = relied.get("streams") if isinstance(relied, dict) else None
        if not isinstance(streams, dict):
            self._fault("act.relied-own", stream=claims["case"], version=claims["version"] - 1)
            return
        if claims["iss"] not in streams:
            self._fault("act.relied-signer", stream=claims["iss"])
        if "behalf" in claims and claims["behalf"] not in streams:
            self._fault("act.relied-behalf", stream=claims["behalf"])
        if streams.get(claims["case"]) != claims["version"] - 1:
            self._fault("act.relied-own", stream=claims["case"], version=claims["version"] - 1)

    def _check_relied(self, relied: Any) -> None:
        packed = []
        try:
            if not isinstance(relied, dict):
                raise ValueError("relied is not an object")
            for stream, version in relied.get("streams", {}).items():
                if isinstance(version, bool) or not isinstance(version, int):
                    raise ValueError("a version is a whole number")
                packed += [stream_key(stream), version.to_bytes(8, "big")]
        except (ValueError, AttributeError, OverflowError) as error:
            self._fault("act.relied-form", detail=str(error))
            return
        self.relied = b"".join(packed)


def read_opening(line: bytes | None) -> Opened | None:
    """What line 0 says, None when it does not open a ledger."""
    try:
        opened = Opened.read(line) if line is not None else None
        return opened if opened is not None and isinstance(opened.origin, str) else None
    except Exception:  # whatever somebody may have put there instead
        return None


def check_opening(line: bytes, log: FaultLog) -> None:
    """Line 0: its event, its stream, its place in it."""
    opened = read_opening(line)
    if opened is None:
        log.add("opening.malformed", 0)
        return
    parts = decode_line(line)
    event = orjson.loads(parts.state)
    if (event.get("format"), event.get("suite")) != (FORMAT, SUITE):
        log.add("opening.format", 0, format=event.get("format"), suite=event.get("suite"))
    if (parts.stream, parts.version) != (str(uuid5(NAMESPACE_URL, f"ledger:{opened.origin}")), 1):
        log.add("opening.malformed", 0, stream=parts.stream)
