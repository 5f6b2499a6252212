"""Whose stream an ID number leads to: by a keyed digest, so that nobody without the key can tell (design §6).

The key lies beside the vault's (DATA/keys/identity.key) and never enters the database. Whoever has it and the ledger
can ask whether a given ID number is there; without it the ledger's people are random ids. It is never replaced: with
another key, everybody known so far would be a stranger.
"""

import os
from base64 import b64decode
from functools import lru_cache
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.id_number import check_digit, fault
from domain.streams import person_id
from ledger.errors import LedgerError
from ledger.vault import create_kek

FILE = "identity.key"
VARIABLE = "MINGZHANG_IDENTITY_KEY"


class IdentityKeyMissing(LedgerError):
    """The ledger knows people, and the key that leads to them is not there."""

    code = "identity.no-key"


def create_identity_key(keys: Path) -> None:
    """Make the key beside the others, unless it is there or in the environment. Mode 0600, durable."""
    path = keys / FILE
    if not path.exists() and not os.environ.get(VARIABLE):
        create_kek(path)


def load_identity_key(keys: Path) -> bytes:
    """The key: 32 bytes. Raises `IdentityKeyMissing`."""
    text = os.environ.get(VARIABLE) or _read(keys / FILE)
    try:
        key = b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise IdentityKeyMissing(f"{keys / FILE} is not a key: base64 of 32 bytes", path=str(keys / FILE))
    return key


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise IdentityKeyMissing(
            f"{path} cannot be read ({error.strerror}): without it nobody who is known is recognised; restore it from"
            " the backup of DATA/keys",
            path=str(path),
        ) from None


def people_in(revealed: Any, key: bytes, origin: str) -> dict[str, UUID]:
    """The person streams of all valid ID numbers in an act's data, by number as it stands there."""
    found: dict[str, UUID] = {}
    _collect(revealed, key, origin, found)
    return found


def _collect(value: Any, key: bytes, origin: str, found: dict[str, UUID]) -> None:
    if isinstance(value, dict):
        number = value.get("id_number")
        if isinstance(number, str) and fault(number) is None:
            found[number] = _person(origin, key, _normal(number))
        for member in value.values():
            _collect(member, key, origin, found)
    elif isinstance(value, list):
        for item in value:
            _collect(item, key, origin, found)


@lru_cache(maxsize=65_536)
def _person(origin: str, key: bytes, number: str) -> UUID:
    return person_id(origin, digest(key, number.encode(), sha256))


def _normal(number: str) -> str:
    """Old numbers of 15 digits and new ones of the same person are one (GB 11643-1999)."""
    if len(number) == 15:
        first = f"{number[:6]}19{number[6:]}"
        return first + check_digit(first)
    return number.upper()
