"""From what an officer wants to say to the act that is signed: claims in their frame, personal members hidden."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from pydantic import ValidationError

from api.wording.shapes import fault_zh
from domain.acts import ACTS
from domain.data import Data, Personal
from domain.streams import delegation_id, place_id, policy_id, source_case_id, source_id
from ledger.act import BEIJING
from ledger.disclosure import Disclosure, disclose


class ComposeError(ValueError):
    """What was to be said does not fit its act; the message names every fault."""


@dataclass(frozen=True)
class Draft:
    """Claims ready to be signed, and the disclosures that travel beside them."""

    claims: dict[str, Any]
    disclosures: tuple[Disclosure, ...]


def compose(
    code: str,
    data: Mapping[str, Any],
    *,
    officer: UUID,
    origin: str,
    stream: UUID,
    version: int,
    prev: str | None,
    on: date | None = None,
    basis: str = "direct",
    paper: Mapping[str, str] | None = None,
    behalf: UUID | None = None,
) -> Draft:
    """The claims of one act (design §3.1). `version` and `prev` are of the stream's latest line as it was seen.

    `on` is today in 北京时间 unless given; `paper` is {signer, scan} where `basis` is paper; `behalf` whom the officer
    acts for, in deputation. Raises `ComposeError`.
    """
    now = int(time.time())
    shown, disclosures = hide_personal(code, data)
    claims: dict[str, Any] = {
        "iss": str(officer),
        "aud": origin,
        "jti": str(uuid7()),
        "iat": now,
        "on": str(on or datetime.fromtimestamp(now, UTC).astimezone(BEIJING).date()),
        "case": str(stream),
        "version": version + 1,
        "act": code,
        "basis": basis,
        "data": shown,
    }
    if prev is not None:
        claims["prev"] = prev
    if paper is not None:
        claims["paper"] = dict(paper)
    if behalf is not None:
        claims["behalf"] = str(behalf)
    return Draft(claims, tuple(disclosures))


def hide_personal(code: str, data: Mapping[str, Any]) -> tuple[dict[str, Any], list[Disclosure]]:
    """`data` with the members of every `Personal` object as digests, and their disclosures. Raises `ComposeError`."""
    act = ACTS.get(code)
    if act is None:
        raise ComposeError(f"没有 {code} 这个行为；`mingzhang act --list` 列出全部。 There is no such act.")
    try:
        value = act.data.model_validate(data)
    except ValidationError as error:
        faults = "\n".join(map(_fault, error.errors(include_url=False)))
        raise ComposeError(
            f"{code} 的内容不合格式 The data does not fit the act:\n{faults}\n"
            f"  样例 An example: mingzhang act {code} --example"
        ) from None
    disclosures: list[Disclosure] = []
    shown: dict[str, Any] = _hide(value, data, disclosures)
    return shown, disclosures


def _fault(fault: Mapping[str, Any]) -> str:
    said = fault["msg"]
    zh = fault_zh(fault["type"], fault.get("ctx", {}), said)
    return f"  {'.'.join(map(str, fault['loc'])) or 'data'}: {zh if zh == said else f'{zh}。 {said}'}"


def _hide(value: Any, raw: Any, disclosures: list[Disclosure]) -> Any:
    if isinstance(value, Personal):
        hidden = [disclose(name, member) for name, member in raw.items()]
        disclosures.extend(hidden)
        # In the order of the members, the digests would tell which of them is there (RFC 9901 §4.2.4.1).
        return {"_sd": sorted(disclosure.digest for disclosure in hidden)}
    if isinstance(value, Data):
        return {name: _hide(getattr(value, name), member, disclosures) for name, member in raw.items()}
    if isinstance(value, list | tuple):
        return [_hide(item, raw_item, disclosures) for item, raw_item in zip(value, raw, strict=True)]
    return raw


def stream_of(code: str, origin: str, data: Mapping[str, Any]) -> UUID | None:
    """The stream an act belongs to, where that follows from what it says: a new random one where it begins something,
    None where only the officer knows."""
    try:
        if code in ("apply.submit", "officer.register", "complaint.lodge", "referral.open"):
            return uuid4()
        if code == "delegation.grant":
            return delegation_id(origin, data["town"])
        if code == "place.merge":
            return place_id(origin)
        if code in ("policy.propose", "policy.adopt"):
            return policy_id(origin)
        if code == "source.grant":
            return source_id(origin, data["name"])
        if code.startswith("source."):
            return source_case_id(UUID(data["source"]), data["case"])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    return None


def uuid7() -> UUID:
    """A UUID of version 7 (RFC 9562 §5.7): milliseconds since 1970, then 74 random bits."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)
