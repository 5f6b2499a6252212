"""A signed act: the claims an officer signs (design §3.1), and their admission before any lock.

This room knows the frame of an act, whoever uses it; what `act` and `data` may say is the application's business.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cached_property
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from ledger.disclosure import Disclosure, match, reveal
from ledger.errors import Refused
from ledger.jws import Jws, PrivateKey, parse_jws, sign_jws
from ledger.line import loads_strict

TYP = "case-act+sd-jwt"
MAX_ACT = 57_344
"""Bytes of the compact JWS: leaves room in a line of 65,535 bytes for what the decision relied on."""
MAX_DISCLOSURES = 128
MAX_DISCLOSURE = 16_384
MAX_MESSAGE = MAX_ACT + 1_048_576
"""Bytes of an act with its disclosures."""

BEIJING = timezone(timedelta(hours=8), "UTC+8")
"""Days in claims are days in 北京时间; China has had no daylight saving since 1991."""

_CODE = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
_HEX = re.compile(r"[0-9a-f]{64}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_REQUIRED = frozenset({"iss", "aud", "jti", "iat", "on", "case", "version", "act", "basis", "data"})
_ALLOWED = _REQUIRED | {"prev", "paper", "behalf", "_sd_alg"}


@dataclass(frozen=True)
class Act:
    """An admitted act. `data` is as signed (digests under `_sd`); `revealed` has the personal fields in their places.

    `iat` is in whole seconds since 1970; `on` the day the act took place; `prev` the hash the officer saw, as hex.
    `behalf` is the id of whoever the signer acts for, None: for themselves.
    """

    jws: str
    kid: str
    iss: str
    aud: str
    jti: str
    iat: int
    on: date
    case: UUID
    version: int
    prev: str | None
    code: str
    basis: str
    paper: dict[str, str] | None
    data: dict[str, Any]
    disclosures: tuple[Disclosure, ...]
    revealed: dict[str, Any]
    behalf: str | None = None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the JWS, lowercase hex: how the next act of one batch names this one in `prev`."""
        return act_digest(self.jws)

    @cached_property
    def key(self) -> UUID:
        """The idempotency key."""
        return idempotency_key(self.iss, self.jti)


def act_digest(jws: str) -> str:
    """SHA-256 over the ASCII of a compact JWS, lowercase hex."""
    return sha256(jws.encode()).hexdigest()


def idempotency_key(iss: str, jti: str) -> UUID:
    """(`iss`, `jti`) in 16 bytes: the first half of SHA-256(iss ‖ 0x00 ‖ jti)."""
    return UUID(bytes=sha256(iss.encode() + b"\x00" + jti.encode()).digest()[:16])


def sign_act(private: PrivateKey, claims: dict[str, Any], disclosures: Sequence[Disclosure] = ()) -> str:
    """Sign `claims` and put the disclosures beside: `JWS~disclosure~…~` (RFC 9901 §4)."""
    if disclosures:
        claims = claims | {"_sd_alg": "sha-256"}
    jws = sign_jws(private, TYP, orjson.dumps(claims))
    return "~".join([jws, *(disclosure.encoded for disclosure in disclosures), ""])


def parse_act(message: bytes, origin: str) -> tuple[Act, Jws]:
    """Admit the form of an act: size, header, claims, disclosures. The signature is still to be checked.

    `message` is `JWS`, or `JWS~disclosure~…~`. Raises `Refused`; nothing here depends on the ledger's state.
    """
    if len(message) > MAX_MESSAGE:
        raise Refused("the act and its disclosures are too large", code="act.too-large", limit=MAX_MESSAGE)
    compact, *encoded = message.strip().split(b"~")
    if len(compact) > MAX_ACT:
        raise Refused(f"an act is at most {MAX_ACT} bytes", code="act.too-large", limit=MAX_ACT)
    if encoded and encoded.pop() != b"":
        raise Refused("an act with disclosures ends with ~", code="act.form")
    if len(encoded) > MAX_DISCLOSURES or any(len(text) > MAX_DISCLOSURE for text in encoded):
        raise Refused("too many or too long disclosures", code="act.too-large", limit=MAX_DISCLOSURE)
    try:
        texts = [text.decode("ascii") for text in encoded]
    except UnicodeDecodeError:
        raise Refused("a disclosure is base64url", code="disclosure.malformed") from None
    jws = parse_jws(compact)
    if jws.typ != TYP:
        raise Refused(f"typ must be {TYP}", code="act.typ", typ=jws.typ)
    return _read_claims(compact.decode(), jws, origin, texts), jws


def _read_claims(compact: str, jws: Jws, origin: str, encoded: list[str]) -> Act:
    claims = read_claims(jws.payload)
    if claims["aud"] != origin:
        raise Refused(f"this act was signed for {claims['aud']}", code="act.aud", aud=claims["aud"], origin=origin)
    data = claims["data"]
    if ("_sd_alg" in claims) != bool(encoded) or claims.get("_sd_alg", "sha-256") != "sha-256":
        raise _bad("_sd_alg", "sha-256, present if and only if there are disclosures")
    disclosures = match(data, encoded)
    return Act(
        jws=compact,
        kid=jws.kid,
        iss=claims["iss"],
        aud=claims["aud"],
        jti=claims["jti"],
        iat=claims["iat"],
        on=date.fromisoformat(claims["on"]),
        case=UUID(claims["case"]),
        version=claims["version"],
        prev=claims.get("prev"),
        code=claims["act"],
        basis=claims["basis"],
        paper=claims.get("paper"),
        data=data,
        disclosures=tuple(disclosures),
        revealed=reveal(data, {disclosure.digest: disclosure for disclosure in disclosures}) if encoded else data,
        behalf=claims.get("behalf"),
    )


def read_claims(payload: bytes) -> dict[str, Any]:
    """The claims of an act as JSON, their frame checked. Raises `Refused`."""
    try:
        claims = loads_strict(payload)
    except (ValueError, RecursionError):
        raise Refused("the claims are not clean JSON (duplicate keys? NaN?)", code="act.json") from None
    if not isinstance(claims, dict):
        raise Refused("the claims are a JSON object", code="act.json")
    for name in sorted(_REQUIRED - claims.keys()):
        raise Refused(f"the claim {name} is missing", code="act.claim-missing", claim=name)
    for name in sorted(claims.keys() - _ALLOWED):
        raise Refused(f"{name} is no claim of an act", code="act.claim-unknown", claim=name)
    _check_claims(claims)
    return claims


def _check_claims(claims: dict[str, Any]) -> None:
    for name in ("iss", "case", "jti"):
        if not _is_uuid(claims[name]):
            raise _bad(name, "a UUID, lowercase with hyphens")
    if not _UUID7.fullmatch(claims["jti"]):
        raise _bad("jti", "a UUID of version 7")
    if not isinstance(claims["aud"], str):
        raise _bad("aud", "the ledger's origin")
    if not _is_int(claims["iat"]) or not 0 < claims["iat"] < 2**37:
        raise _bad("iat", "whole seconds since 1970")
    if not _is_int(claims["version"]) or not 0 < claims["version"] < 2**53:
        raise _bad("version", "a whole number from 1")
    if not _is_day(claims["on"]):
        raise _bad("on", "a day, YYYY-MM-DD")
    if (claims["version"] == 1) != ("prev" not in claims):
        raise _bad("prev", "absent on a stream's first act and present on every later one")
    if "prev" in claims and not (isinstance(claims["prev"], str) and _HEX.fullmatch(claims["prev"])):
        raise _bad("prev", "64 lowercase hex digits")
    if not isinstance(claims["act"], str) or not _CODE.fullmatch(claims["act"]):
        raise _bad("act", "a code such as review.visit")
    if claims["basis"] not in ("direct", "paper", "system"):
        raise _bad("basis", "direct, paper or system")
    if not isinstance(claims["data"], dict):
        raise _bad("data", "a JSON object")
    if "behalf" in claims and (not _is_uuid(claims["behalf"]) or claims["behalf"] == claims["iss"]):
        raise _bad("behalf", "the officer id of somebody else, for whom the signer acts")
    _check_paper(claims)


def _check_paper(claims: dict[str, Any]) -> None:
    """`paper` 据纸质补录 names who signed the paper and the digest of its scan."""
    paper = claims.get("paper")
    if (claims["basis"] == "paper") != ("paper" in claims):
        raise _bad("paper", "present if and only if basis is paper")
    if "paper" in claims and not (
        isinstance(paper, dict)
        and set(paper) == {"signer", "scan"}
        and _is_uuid(paper["signer"])
        and isinstance(paper["scan"], str)
        and _HEX.fullmatch(paper["scan"])
    ):
        raise _bad("paper", "{signer: officer id, scan: SHA-256 in hex}")


def check_times(act: Act, now: datetime, *, offline_days: int) -> None:
    """`on` ≤ day of `iat` ≤ now, and `iat` no older than `offline_days` (design §3.1). Raises `Refused`."""
    signed = datetime.fromtimestamp(act.iat, UTC)
    if signed > now:
        raise Refused(
            "the act is dated in the future; set the signing device's clock and sign again",
            code="act.iat-future",
            iat=signed.isoformat(),
            now=now.isoformat(timespec="seconds"),
        )
    if now - signed > timedelta(days=offline_days):
        raise Refused(f"the act was signed more than {offline_days} days ago", code="act.iat-late", days=offline_days)
    if act.on > signed.astimezone(BEIJING).date():
        raise Refused("an act cannot be signed before the day it took place", code="act.on-future", on=str(act.on))


def _is_uuid(text: Any) -> bool:
    return isinstance(text, str) and _UUID.fullmatch(text) is not None


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_day(text: Any) -> bool:
    try:
        return isinstance(text, str) and len(text) == 10 and str(date.fromisoformat(text)) == text
    except ValueError:
        return False


def _bad(claim: str, expected: str) -> Refused:
    return Refused(f"the claim {claim} must be {expected}", code="act.claim", claim=claim, expected=expected)


def encode_state(jws: str, relied: dict[str, Any]) -> bytes:
    """The stored state of an act's event: `{"act":"<JWS>","relied":{…}}`; `act` comes first."""
    return b'{"act":"%b","relied":%b}' % (jws.encode(), orjson.dumps(relied))


def decode_state(state: bytes) -> tuple[str, dict[str, Any]] | None:
    """(JWS, relied) of an act's stored state; None when the state is not an act's."""
    if not state.startswith(b'{"act":"'):
        return None
    event = orjson.loads(state)
    if not isinstance(event, dict) or set(event) != {"act", "relied"} or not isinstance(event["act"], str):
        return None
    return event["act"], event["relied"]
