"""What the ledger must be told of an application's acts, so that it can admit and verify them without knowing them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from ledger.errors import Refused
from ledger.jws import key_from_jwk, parse_jws, verify_jws
from ledger.keys import KeyHistory, KeyPeriod, ReadKeys
from ledger.line import loads_strict


@dataclass(frozen=True, slots=True)
class Countersignature:
    """A second JWS inside an act's data, over exactly `payload`.

    By the key `jwk` itself (proof of possession), or, with `jwk` None, by any key that is valid at the act's position
    and belongs to somebody other than the act's signer. `ends` is the thumbprint of the key that the act itself ends:
    it is valid up to there, so it may still have signed here.
    """

    jws: str
    typ: str
    payload: dict[str, Any]
    jwk: dict[str, str] | None = None
    ends: str | None = None


class Follower(NamedTuple):
    """An unsigned line that an act brings with it."""

    stream: str
    version: int
    type: str
    state: bytes


@dataclass(frozen=True)
class ActRules:
    """`types`: act code -> event type. `key_types`: event types whose lines change keys, read by `read_keys`.

    `unsigned`: the only event types that may stand without a signature (None: any, as in applications without acts).
    `countersignatures`: claims of an act -> the countersignatures that it must carry.
    `followers`: (type, state) of a line of the types that `lead` -> the lines of `unsigned` types that must stand
    directly after it; no other may stand anywhere (None: they are not checked).
    `authority`: raises `Refused` unless whoever signed a line of `key_types` (index, type, state) may make its changes,
    judged by the keys of the lines before it (None: whoever holds a key may).
    `sealed`: those of `unsigned` that follow no act and that the ledger itself seals (`ledger.seal`) -> raises
    `Refused` unless (line, what it says) is of the strict form of its type.
    """

    types: Mapping[str, str]
    key_types: tuple[str, ...]
    read_keys: ReadKeys
    countersignatures: Callable[[dict[str, Any]], Iterable[Countersignature]]
    unsigned: frozenset[str] | None = None
    followers: Callable[[str, bytes], Iterable[Follower]] | None = None
    lead: frozenset[str] = frozenset()
    authority: Callable[[int, str, bytes, KeyHistory], None] | None = None
    sealed: Mapping[str, Callable[[Follower, dict[str, Any]], None]] = field(default_factory=dict)


def check_countersignature(sign: Countersignature, iss: str, keys: KeyHistory, index: int) -> str | None:
    """Verify one; the officer id whose registered key signed, None for a proof of possession. Raises `Refused`."""
    jws = parse_jws(sign.jws.encode())
    if jws.typ != sign.typ:
        raise Refused(f"the countersignature's typ must be {sign.typ}", code="countersignature.typ", typ=sign.typ)
    holder = None
    if sign.jwk is not None:
        key = key_from_jwk(sign.jwk)
    else:
        period = _period(jws.kid, sign.ends, keys, index)
        key, holder = period.key, period.holder
        if holder == iss:
            raise Refused("two signatures must come from two people", code="countersignature.same")
    verify_jws(jws, key)
    try:
        payload = loads_strict(jws.payload)
    except (ValueError, RecursionError):
        payload = None
    if payload != sign.payload:
        raise Refused(
            "the countersignature was made over something else",
            code="countersignature.payload",
            expected=orjson.dumps(sign.payload).decode(),
        )
    return holder


def _period(kid: str, ends: str | None, keys: KeyHistory, index: int) -> KeyPeriod:
    period = keys.get(kid)
    if kid == ends and period is not None and period.since < index == period.until:
        return period
    return keys.at(kid, index)
