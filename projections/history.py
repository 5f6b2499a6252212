"""The full history of a stream: every line of it as a supervisor reads it, with what can be proved of each.

Handed the lines, the keys and the neighbours' hashes, it says who, when, on what basis, and whether the signature and
the chain hold. It asks nobody; a signature that was found good on the very same bytes is not computed again.
"""

from collections.abc import Sequence
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
from ledger.proven import Proven
from ledger.store import Placed
from ledger.stored import stored_line


def history(lines: Sequence[Placed], keys: KeyHistory, proven: Proven) -> list[dict[str, Any]]:
    """One entry a line, in order. Raises `LedgerFaulty`, naming the line, at one that cannot be read."""
    entries = []
    for placed in lines:
        with stored_line(placed.index):
            entries.append(_entry(placed, keys, proven))
    return entries


def _entry(placed: Placed, keys: KeyHistory, proven: Proven) -> dict[str, Any]:
    parts = decode_line(placed.line)
    hash_ = line_hash(placed.line)
    entry: dict[str, Any] = {
        "index": parts.index,
        "version": parts.version,
        "hash": hash_.hex(),
        "type": parts.type,
        "recorded": parts.at,
        "chain": _chain(parts, hash_.hex(), placed),
    }
    act = decode_state(parts.state)
    if act is None:
        entry["event"] = orjson.loads(parts.state) if parts.plain else None
        if parts.type in EVENTS:
            entry["signature"] = {"valid": False, "reason": "act.missing"}
        return entry
    jws, relied = act
    claims = claims_of(jws)
    kind = EVENTS.get(parts.type)
    return entry | {
        "act": claims["act"],
        "act_zh": kind.zh if kind else None,
        "officer": claims["iss"],
        "behalf": claims.get("behalf"),
        "signed": datetime.fromtimestamp(claims["iat"], UTC).isoformat().replace("+00:00", "Z"),
        "on": claims["on"],
        "basis": claims["basis"],
        "paper": claims.get("paper"),
        "imported": parts.type.startswith("source."),
        "data": claims["data"],
        "relied": relied,
        "signature": _signature(jws, claims, placed.index, hash_, keys, proven),
    }


def _signature(
    jws: str, claims: dict[str, Any], index: int, hash_: bytes, keys: KeyHistory, proven: Proven
) -> dict[str, Any]:
    try:
        kid = proven.kid(hash_)
        if kid is None:
            parsed = parse_jws(jws.encode())
            kid = parsed.kid
            period = keys.at(kid, index)
            verify_jws(parsed, period.key)
            proven.add(hash_, period.key.kid)
        else:
            period = keys.at(kid, index)
    except LedgerError as error:
        return {"valid": False, "reason": error.code}
    if period.holder != claims["iss"]:
        return {"valid": False, "kid": kid, "reason": "act.kid"}
    return {"valid": True, "kid": kid, "suspect": period.suspect_at(index)}


def _chain(parts: Line, hash_: str, placed: Placed) -> dict[str, Any]:
    if parts.index != placed.index:
        return {"valid": False, "reason": "line.index"}
    if placed.before != parts.prev:
        return {"valid": False, "reason": "chain.before"}
    if placed.named_by_next not in (None, hash_):
        return {"valid": False, "reason": "chain.after"}
    return {"valid": True, "last": placed.named_by_next is None}
