"""The full history of a stream: every line of it as a supervisor reads it, with what can be proved of each.

Pure: handed the lines, the keys and the neighbours' hashes, it says who, when, on what basis, and whether the signature
and the chain hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from domain.acts import EVENTS
from domain.events import claims_of
from ledger.act import decode_state
from ledger.errors import LedgerError
from ledger.jws import parse_jws, verify_jws
from ledger.keys import KeyHistory
from ledger.line import Line, decode_line, line_hash


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Around a line: the hash of the line before it, and the `prev` that the next line names (None: there is none)."""

    before: str | None
    named_by_next: str | None


def history(lines: Sequence[bytes], around: Mapping[int, Neighbours], keys: KeyHistory) -> list[dict[str, Any]]:
    """One entry a line, in order."""
    return [_entry(line, around, keys) for line in lines]


def _entry(line: bytes, around: Mapping[int, Neighbours], keys: KeyHistory) -> dict[str, Any]:
    parts = decode_line(line)
    hash_ = line_hash(line).hex()
    entry: dict[str, Any] = {
        "index": parts.index,
        "version": parts.version,
        "hash": hash_,
        "type": parts.type,
        "recorded": parts.at,
        "chain": _chain(parts, hash_, around.get(parts.index)),
    }
    act = decode_state(parts.state)
    if act is None:
        return entry | {"event": orjson.loads(parts.state) if parts.plain else None}
    jws, relied = act
    claims = claims_of(jws)
    kind = EVENTS.get(parts.type)
    return entry | {
        "act": claims["act"],
        "act_zh": kind.zh if kind else None,
        "officer": claims["iss"],
        "signed": datetime.fromtimestamp(claims["iat"], UTC).isoformat().replace("+00:00", "Z"),
        "on": claims["on"],
        "basis": claims["basis"],
        "paper": claims.get("paper"),
        "imported": parts.type.startswith("source."),
        "data": claims["data"],
        "relied": relied,
        "signature": _signature(jws, claims, parts.index, keys),
    }


def _signature(jws: str, claims: dict[str, Any], index: int, keys: KeyHistory) -> dict[str, Any]:
    try:
        parsed = parse_jws(jws.encode())
        period = keys.at(parsed.kid, index)
        verify_jws(parsed, period.key)
    except LedgerError as error:
        return {"valid": False, "reason": error.code}
    if period.holder != claims["iss"]:
        return {"valid": False, "kid": parsed.kid, "reason": "act.kid"}
    return {"valid": True, "kid": parsed.kid, "suspect": period.suspect_at(index)}


def _chain(parts: Line, hash_: str, around: Neighbours | None) -> dict[str, Any]:
    if around is None:
        return {"valid": False, "reason": "line.missing"}
    if around.before != parts.prev:
        return {"valid": False, "reason": "chain.before"}
    if around.named_by_next not in (None, hash_):
        return {"valid": False, "reason": "chain.after"}
    return {"valid": True, "last": around.named_by_next is None}
