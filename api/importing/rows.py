"""A row of an export, good or bad, and the digest of what it says."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import orjson


@dataclass(frozen=True, slots=True)
class Row:
    """A good row. `key` tells it from the other rows of its case; None where `kind` and an ordinal have to.

    `time` is RFC 3339 with the offset as given, `moment` the same as a value. `kept` and `personal` hold columns
    that are not empty.
    """

    number: int
    case: str
    key: str | None
    activity: str
    actor: str
    time: str
    moment: datetime
    kept: dict[str, str]
    personal: dict[str, str]

    @property
    def kind(self) -> str:
        """The same for rows of a case that have activity and time in common."""
        return kind_of(self.activity, self.moment)


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that cannot go in, and why. `case`, `key` and `kind` as far as they could be read."""

    number: int
    reasons: tuple[str, ...]
    case: str | None = None
    key: str | None = None
    kind: str | None = None


def kind_of(activity: str, moment: datetime) -> str:
    """What a derived row key begins with: `~` and 96 bits of SHA-256 over the activity and the point in time."""
    said = orjson.dumps([activity, moment.timestamp()])
    return "~" + sha256(said).hexdigest()[:24]


def content_digest(row: Row, secret: bytes) -> str:
    """SHA-256 in hex over what the row says: a JSON array [case, activity, actor, time, kept, personal], keys sorted.

    Personal values stand in it as HMAC-SHA256 under `secret`, or else anybody could find an ID number out by trying.
    """
    sealed = {
        name: hmac.digest(secret, orjson.dumps([row.case, name, value]), "sha256").hex()
        for name, value in row.personal.items()
    }
    said = [row.case, row.activity, row.actor, row.time, row.kept, sealed]
    return sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
