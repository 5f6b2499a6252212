"""The signatures of others that an administrator needs: two to register a key (design §3.2), one to end another's.

The new key itself signs that it is there (proof of possession), and a second person signs that they know whose it is
and, at a registration, what its owner becomes: unit and rank, so that nobody can be made more than was seconded.
Ending an administrator's key takes a second person's signature, too.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from domain.officer import (
    POSSESSION_TYP,
    REVOCATION_TYP,
    SECOND_TYP,
    key_statement,
    registration_statement,
    revocation_statement,
)
from ledger.errors import Refused
from ledger.jws import PrivateKey, key_from_jwk, key_of, parse_jws, sign_jws, verify_jws


@dataclass(frozen=True)
class KeyRequest:
    """What the owner of a new key hands to the administrators: no secret in it."""

    origin: str
    officer: str
    jwk: dict[str, str]
    possession: str

    @property
    def kid(self) -> str:
        """The new key's thumbprint: what the owner reads out to whoever seconds it."""
        return key_from_jwk(self.jwk).kid

    def to_json(self) -> bytes:
        """The request as a file's content."""
        members = {"origin": self.origin, "officer": self.officer, "jwk": self.jwk, "possession": self.possession}
        return orjson.dumps(members, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def from_json(cls, members: dict[str, Any]) -> "KeyRequest":
        """Read a request and check that the key in it made it. Raises `Refused`."""
        try:
            request = cls(members["origin"], members["officer"], members["jwk"], members["possession"])
            jws = parse_jws(request.possession.encode())
        except (KeyError, AttributeError):
            raise Refused("this is not a key request: origin, officer, jwk, possession", code="key.request") from None
        key = key_from_jwk(request.jwk)
        verify_jws(jws, key)
        statement = key_statement(request.origin, request.officer, key.kid)
        if jws.typ != POSSESSION_TYP or orjson.loads(jws.payload) != statement:
            raise Refused("the proof of possession was made for something else", code="key.request")
        return request


def possess(private: PrivateKey, origin: str, officer: str) -> KeyRequest:
    """Ask for `private` to be registered as `officer`'s on the ledger `origin`."""
    key = key_of(private.public_key())
    statement = key_statement(origin, officer, key.kid)
    return KeyRequest(origin, officer, key.jwk(), sign_jws(private, POSSESSION_TYP, orjson.dumps(statement)))


def second(private: PrivateKey, request: KeyRequest, unit: str | None = None, administrator: bool = False) -> str:
    """The second person's signature, a compact JWS: over a registration in `unit`, or (None) over a further key."""
    if unit is None:
        statement: dict[str, Any] = dict(key_statement(request.origin, request.officer, request.kid))
    else:
        statement = registration_statement(request.origin, request.officer, request.kid, unit, administrator)
    return sign_jws(private, SECOND_TYP, orjson.dumps(statement))


def second_revocation(
    private: PrivateKey, origin: str, officer: str, kid: str, compromised_since: int | None = None
) -> str:
    """The second person's signature, a compact JWS, over the end of `officer`'s key `kid` on the ledger `origin`."""
    statement = revocation_statement(origin, officer, kid, compromised_since)
    return sign_jws(private, REVOCATION_TYP, orjson.dumps(statement))
