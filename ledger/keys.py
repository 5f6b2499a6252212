"""Whose key signed: keys and the stretch of the ledger in which each was valid.

A key is valid for lines strictly between the index of its registration and that of its revocation, never by `iat`
(design §3.2). The application tells this room which of its lines change keys (`ReadKeys`); this room does the rest, the
same way when an act comes in and when the whole ledger is verified.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from ledger.errors import Refused
from ledger.jws import Key, key_from_jwk


@dataclass(frozen=True, slots=True)
class KeyRegistered:
    """The line at `index` gives `holder` (an officer id) the key `jwk`; `administrator` if it makes them one, too."""

    index: int
    holder: str
    jwk: dict[str, str]
    administrator: bool = False


@dataclass(frozen=True, slots=True)
class KeyRevoked:
    """The line at `index` ends the key. `compromised_since`: from that line on, its acts are marked."""

    index: int
    kid: str
    compromised_since: int | None = None


KeyChange = KeyRegistered | KeyRevoked
ReadKeys = Callable[[int, str, bytes], Iterable[KeyChange]]
"""(index, type, state of a line) -> the changes of keys it makes; supplied by the application."""


@dataclass(frozen=True, slots=True)
class KeyPeriod:
    """One key's life on the ledger; `until` is None while it is valid."""

    key: Key
    holder: str
    since: int
    until: int | None = None
    compromised_since: int | None = None

    def valid_at(self, index: int) -> bool:
        """Whether an act signed with it may stand on line `index`."""
        return self.since < index and (self.until is None or index < self.until)

    def suspect_at(self, index: int) -> bool:
        """Whether line `index` falls into the time in which the key is said to have been in other hands."""
        return self.compromised_since is not None and self.since < index and index >= self.compromised_since


class KeyHistory:
    """All keys of a ledger by `kid`. A key belongs to one holder for ever; a second registration changes nothing."""

    def __init__(self, changes: Iterable[KeyChange] = ()) -> None:
        self._periods: dict[str, KeyPeriod] = {}
        self._holders: set[str] = set()
        self._administrators: set[str] = set()
        self.apply(changes)

    def apply(self, changes: Iterable[KeyChange]) -> None:
        """Take in changes, in the order of the ledger. Applying one twice changes nothing."""
        for change in changes:
            if isinstance(change, KeyRegistered):
                key = key_from_jwk(change.jwk)
                self._periods.setdefault(key.kid, KeyPeriod(key, change.holder, change.index))
                self._holders.add(change.holder)
                if change.administrator:
                    self._administrators.add(change.holder)
            elif (period := self._periods.get(change.kid)) and period.until in (None, change.index):
                self._periods[change.kid] = replace(
                    period, until=change.index, compromised_since=change.compromised_since
                )

    def get(self, kid: str) -> KeyPeriod | None:
        """The period of `kid`, None when it was never registered."""
        return self._periods.get(kid)

    def is_holder(self, officer: str) -> bool:
        """Whether any key was ever registered as theirs."""
        return officer in self._holders

    def is_administrator(self, officer: str) -> bool:
        """Whether they may change other officers' keys: as line 0 says, or their registration."""
        return officer in self._administrators

    def periods(self) -> list[KeyPeriod]:
        """All of them, in order of registration."""
        return sorted(self._periods.values(), key=lambda period: period.since)

    def at(self, kid: str, index: int) -> KeyPeriod:
        """The period of a key that is valid for line `index`. Raises `Refused`: `key.unknown` or `key.not-valid`."""
        period = self._periods.get(kid)
        if period is None:
            raise Refused("nobody has registered this key", code="key.unknown", kid=kid)
        if not period.valid_at(index):
            raise Refused(
                "this key is not valid at this position of the ledger",
                code="key.not-valid",
                kid=kid,
                since=period.since,
                until=period.until,
            )
        return period


def administrators_keys(opened: dict[str, Any]) -> list[KeyChange]:
    """The keys that line 0 itself registers: those of the first administrators."""
    return [KeyRegistered(0, entry["officer"], entry["jwk"], True) for entry in opened["administrators"]]
