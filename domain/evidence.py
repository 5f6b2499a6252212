"""The line that says that an evidence bundle was made: when, and nothing else, whoever it was for.

What was asked, by whom, and for whom is sealed to the commission's reading keys and stands outside the ledger. The
line has a commitment to it, and every such line has the same members of the same size.
"""

import re
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

EVENT = "evidence.made"
SIZE = 65_536
"""Bytes of every sealed record, padded."""

_HEX = re.compile(r"[0-9a-f]{64}").fullmatch


def evidence_id(origin: str, request: str) -> UUID:
    """The stream of one request, by the SHA-256 of its JWS: made a second time, it would be a second first line."""
    return uuid5(NAMESPACE_URL, f"{origin}/evidence/{request}")


def said_of(content: str, envelope: str) -> dict[str, Any]:
    """What the line says: SHA-256 of the opened record and of the envelope that holds it."""
    return {"content": content, "envelope": envelope, "size": SIZE}


def wrong_in(said: dict[str, Any]) -> str | None:
    """What is not of the form of such a line; None: nothing."""
    for name in ("content", "envelope", "size", *said):
        value = said.get(name)
        if name == "size":
            good = type(value) is int and value == SIZE
        else:
            good = name in ("content", "envelope") and isinstance(value, str) and bool(_HEX(value))
        if not good:
            return name
    return None
