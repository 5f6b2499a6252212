"""Refused attempts: which of them are kept, how many at most, and what is said of them.

Kept are those that the rules refuse: acts beyond an officer's duty, place, time, delegation, on kin. Not what was
malformed or out of date: that is a slip, and says nothing of anybody. Nothing of what the act says is kept, only its
digest: whoever has the act can show that it is the one, and nobody can guess it from the line.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

EVENT = "refusal.recorded"

_KEPT = frozenset(
    {"case", "confirm", "delegation", "exit", "officer", "person", "policy", "review", "suspend", "verify"}
)
"""How the codes of refusals by the rules begin. What is not here is of the act's form, or of other systems' rows."""
_SLIPS = frozenset({"case.stream", "case.unknown", "officer.exists", "officer.unknown"})
"""A wrong id: nobody attempted anything."""

PER_HOUR, PER_DAY, COUNTY_PER_DAY = 10, 30, 500
"""Lines, of one officer and of all. Beyond them refusals are counted, and the count stands in the officer's next line.

A reason that was not recorded of the officer for a day is recorded all the same, so that nobody hides an attempt
behind a heap of harmless ones; the county's bound holds whatever comes. Settings of ours, no law's.
"""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

_HEX = re.compile(r"[0-9a-f]{64}").fullmatch
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
_CODE = re.compile(r"[a-z][a-z_-]{0,31}\.[a-z][a-z_-]{0,47}").fullmatch
_KID = re.compile(r"[A-Za-z0-9_-]{43}").fullmatch
_ARTICLE = re.compile(r"[\w〔〕()（）《》、.-]{1,60}").fullmatch
"""A law's number and article, 民发〔2021〕57号第十九条: neither blanks nor sentences."""


def is_kept(code: str) -> bool:
    """Whether a refusal for this reason is recorded."""
    return code.partition(".")[0] in _KEPT and code not in _SLIPS


@dataclass(frozen=True, slots=True)
class Attempt:
    """An act that was refused, its signature found good. `digest` is the SHA-256 of its JWS, hex."""

    officer: str
    kid: str
    act: str
    case: str
    reason: str
    article: str | None
    digest: str
    on: str
    iat: int

    def said(self, more: int) -> dict[str, Any]:
        """What its line says. `more`: refusals of this officer since their last line that were only counted."""
        article = {"article": self.article} if self.article and _ARTICLE(self.article) else {}
        return {
            "officer": self.officer,
            "kid": self.kid,
            "act": self.act,
            "case": self.case,
            "reason": self.reason,
            **article,
            "digest": self.digest,
            "on": self.on,
            "iat": self.iat,
            "more": more,
        }


def wrong_in(said: dict[str, Any]) -> str | None:
    """What is not of the form of a refusal's line; None: nothing."""
    tests: dict[str, Callable[[str], object]] = {
        "officer": _UUID,
        "kid": _KID,
        "act": _CODE,
        "case": _UUID,
        "reason": _CODE,
        "article": _ARTICLE,
        "digest": _HEX,
        "on": _is_day,
    }
    counts = {"iat": 2**37, "more": 2**53}
    for name in tests.keys() | counts.keys() | said.keys():
        value = said.get(name)
        if name == "article" and name not in said:
            continue
        if name in counts:
            good = type(value) is int and 0 <= value < counts[name]
        else:
            good = name in tests and isinstance(value, str) and bool(tests[name](value))
        if not good:
            return name
    return None


def _is_day(text: str) -> bool:
    try:
        return str(date.fromisoformat(text)) == text
    except ValueError:
        return False


def has_room(reason: str, recorded: Iterable[tuple[datetime, str]], now: datetime) -> bool:
    """Whether one more of an officer's refusals is recorded; `recorded` are (when, reason) of those that were."""
    today = [(at, why) for at, why in recorded if now - at < DAY]
    if reason not in {why for _, why in today}:
        return True
    return len(today) < PER_DAY and sum(now - at < HOUR for at, _ in today) < PER_HOUR
