"""Personal fields as salted digests (Selective Disclosure for JWTs, RFC 9901), the part of it that acts use.

In `data`, an object's personal members are replaced by digests in its `_sd` array; each disclosure, travelling beside
the JWS, is base64url(JSON [salt, name, value]). We take object members only: no array elements, no decoys, no
disclosure within a disclosure, so every digest has exactly one disclosure when an act comes in.
"""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from os import urandom
from typing import Any

import orjson

from ledger.errors import Refused
from ledger.jws import b64url, unb64url
from ledger.line import loads_strict

MAX_DEPTH = 8
"""Levels of nesting in an act's `data`: more than any schema has."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One personal field: its name, value, the encoded text that is hashed, and the digest standing in the act."""

    name: str
    value: Any
    encoded: str
    digest: str


def disclose(name: str, value: Any, salt: bytes | None = None) -> Disclosure:
    """Make a disclosure with a fresh 128-bit salt (RFC 9901 §4.2.1).

    `salt` is only ever given for people who do not exist: whoever can foretell it can guess what it hides.
    """
    encoded = b64url(orjson.dumps([b64url(salt or urandom(16)), name, value]))
    return Disclosure(name, value, encoded, digest_of(encoded))


def digest_of(encoded: str) -> str:
    """base64url(SHA-256(ASCII of the encoded disclosure)) (RFC 9901 §4.2.3)."""
    return urlsafe_b64encode(sha256(encoded.encode("ascii")).digest()).rstrip(b"=").decode()


def parse_disclosure(encoded: str) -> Disclosure:
    """Read one disclosure. Raises `Refused` (`disclosure.malformed`)."""
    try:
        value = loads_strict(unb64url(encoded.encode("ascii"), what="a disclosure"))
        salt, name, content = value
        if not isinstance(salt, str) or not isinstance(name, str) or len(salt) < 22 or not isinstance(value, list):
            raise ValueError
    except (ValueError, TypeError, RecursionError, Refused):
        raise Refused(
            "a disclosure is base64url of a JSON array [salt of at least 128 bits, name, value]",
            code="disclosure.malformed",
        ) from None
    if name in ("_sd", "...", "_sd_alg") or _holds_digests(content, MAX_DEPTH):
        raise Refused("a disclosure may not hold digests of its own", code="disclosure.nested")
    return Disclosure(name, content, encoded, digest_of(encoded))


def digests_in(data: Any) -> list[str]:
    """Every digest under any `_sd` in `data`, in document order. Raises `Refused` on malformed or repeated ones."""
    found: list[str] = []
    _collect(data, found, MAX_DEPTH)
    if len(set(found)) != len(found):
        raise Refused("a digest stands in the act twice", code="disclosure.repeated")
    return found


def _collect(node: Any, found: list[str], depth: int) -> None:
    if depth == 0:
        raise Refused(f"data is nested deeper than {MAX_DEPTH} levels", code="act.depth", limit=MAX_DEPTH)
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "_sd":
                _collect_sd(value, found)
            elif name == "...":
                raise Refused("digests stand in `_sd` only", code="disclosure.array")
            else:
                _collect(value, found, depth - 1)
    elif isinstance(node, list):
        for value in node:
            _collect(value, found, depth - 1)


def _collect_sd(digests: Any, found: list[str]) -> None:
    if not isinstance(digests, list) or not digests:
        raise Refused("_sd is a list of digests", code="disclosure.malformed")
    for digest in digests:
        if not isinstance(digest, str) or len(digest) != 43:
            raise Refused("a digest is 43 characters of base64url", code="disclosure.malformed")
        found.append(digest)


def _holds_digests(node: Any, depth: int) -> bool:
    if depth == 0:
        return True
    if isinstance(node, dict):
        return any(name in ("_sd", "...") or _holds_digests(value, depth - 1) for name, value in node.items())
    return isinstance(node, list) and any(_holds_digests(value, depth - 1) for value in node)


def match(data: Any, encoded: Sequence[str]) -> list[Disclosure]:
    """The disclosures in the order of their digests in `data`, each digest matched exactly once.

    Raises `Refused`: `disclosure.unmatched` (fits no digest), `disclosure.repeated`, `disclosure.missing`.
    """
    by_digest: dict[str, Disclosure] = {}
    for text in encoded:
        disclosure = parse_disclosure(text)
        if disclosure.digest in by_digest:
            raise Refused("the same disclosure is sent twice", code="disclosure.repeated")
        by_digest[disclosure.digest] = disclosure
    digests = digests_in(data)
    missing = [digest for digest in digests if digest not in by_digest]
    if missing:
        raise Refused(
            f"{len(missing)} digest(s) come without their disclosure; send every disclosure beside the act",
            code="disclosure.missing",
            digests=missing,
        )
    if len(by_digest) > len(digests):
        strangers = sorted(set(by_digest) - set(digests))
        raise Refused(
            f"{len(strangers)} disclosure(s) match no digest in the act", code="disclosure.unmatched", digests=strangers
        )
    return [by_digest[digest] for digest in digests]


def reveal(data: Any, by_digest: dict[str, Disclosure]) -> Any:
    """`data` with every disclosed digest replaced by its member (RFC 9901 §7.1); undisclosed digests are left out.

    Raises `Refused` (`disclosure.collision`) when a disclosed name already stands beside it.
    """
    if isinstance(data, list):
        return [reveal(value, by_digest) for value in data]
    if not isinstance(data, dict):
        return data
    members = {name: reveal(value, by_digest) for name, value in data.items() if name != "_sd"}
    for digest in data.get("_sd", ()):
        disclosure = by_digest.get(digest)
        if disclosure is None:
            continue
        if disclosure.name in members:
            raise Refused(
                f"{disclosure.name} stands in the act twice", code="disclosure.collision", name=disclosure.name
            )
        members[disclosure.name] = disclosure.value
    return members
