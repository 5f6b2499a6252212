"""How freshly the ledger is witnessed, as a worker sees it, and what that means for acts.

No worker asks a witness: it reads what was published, and counts the quorum by the policy itself.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from api.publishing.policy import FILE, policy_in_force, read_policy
from api.publishing.published import Publication, Published
from api.publishing.publisher import HEARTBEAT
from api.settings import WitnessMode
from ledger.errors import NotDone
from ledger.log_keys import LogKeys
from ledger.note import NoteError
from ledger.witness_policy import Policy, PolicyError

STALE_AFTER = 5 * HEARTBEAT
"""Seconds: a witness that is started anew, or misses a few heartbeats, stops nobody."""
DAY = 86_400.0
EXEMPT = frozenset({"officer.revoke_key"})
"""Acts that are taken however stale the witnesses are: a stolen key must end. They are marked as others are. Changes of
witnesses and recoveries are the ledger's own lines and pass by here."""


class WitnessStale(NotDone):
    """No quorum of witnesses has seen the ledger for too long: nothing is recorded until one has."""

    code = "witness.stale"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where witnessing stands `now` (POSIX seconds).

    `quorum_at`: since when a quorum vouches for a published head, None: none does. `since`: from when the days are
    counted for which acts go on unwitnessed. `policy`: SHA-256 of the policy's text. `invalid`: why it is none.
    """

    mode: WitnessMode
    required: bool
    quorum_at: float | None
    since: float
    now: float
    policy: str
    invalid: str | None = None

    @property
    def age(self) -> int | None:
        """Whole seconds since the last quorum."""
        return None if self.quorum_at is None else max(0, int(self.now - self.quorum_at))

    @property
    def stale(self) -> bool:
        """Whether what is recorded now is unwitnessed."""
        return self.required and (self.quorum_at is None or self.now - self.quorum_at > STALE_AFTER)

    @property
    def refuses(self) -> bool:
        """Whether acts are refused."""
        return self.stale and (self.mode.refuse or self.now - self.since > self.mode.days * DAY)

    @property
    def mark(self) -> dict[str, Any]:
        """What an act that is recorded now is to say of it, among what it relied on."""
        return {"unwitnessed": _text(self.quorum_at)} if self.stale else {}

    def check(self, code: str) -> None:
        """Whether an act of this code is taken now. Raises `WitnessStale`."""
        if self.refuses and code not in EXEMPT:
            last = _text(self.quorum_at) or "never"
            why = f"; the policy is not valid: {self.invalid}" if self.invalid else ""
            raise WitnessStale(
                f"no quorum of witnesses has seen this ledger since {last}{why}: nothing is recorded until one has. See"
                " to the witnesses (GET /health says how old the last quorum is), then send the same act again",
                last=last,
                mode=self.mode.text,
            )

    def json(self) -> dict[str, Any]:
        """As /health and /ledger/head say it."""
        states = {(True, True): "refusing", (True, False): "stale", (False, False): "fresh"}
        return {
            "state": states[self.stale, self.refuses] if self.required else "unwitnessed",
            "mode": self.mode.text if self.required else None,
            "quorum_at": _text(self.quorum_at) if self.required else None,
            "quorum_age": self.age if self.required else None,
            "policy": self.policy,
            "invalid": self.invalid,
        }


class Witnessed:
    """Keeps what it read; any thread may ask. Nothing here reads the database: `changed_at` is told.

    A `simulation` is never witnessed, whatever policy lies there.
    """

    def __init__(
        self,
        data: Path,
        keys: LogKeys,
        simulation: bool,
        mode: WitnessMode,
        published: Published,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._data, self._keys, self._mode, self._published, self._clock = data, keys, mode, published, clock
        self._simulation = simulation
        self._began = clock()
        self._policy: tuple[object, str, Policy | None, str | None] | None = None
        self._quorum: tuple[object, float | None, Publication | None] = None, None, None
        self.changed_at: float | None = None
        """When the ledger last said who its witnesses are (POSIX seconds); None: not asked, or it never did."""

    def standing(self) -> Standing:
        """Where it stands now. Raises `NoteError` where what is published is none of this ledger's."""
        digest, policy, invalid = self._read_policy()
        required = not self._simulation and (policy is None or policy.quorum is not None)
        quorum_at = self._quorum_of(policy)[0] if policy is not None and required else None
        since = quorum_at if quorum_at is not None else self.changed_at if self.changed_at is not None else self._began
        return Standing(self._mode, required, quorum_at, since, self._clock(), digest, invalid)

    def vouched(self) -> tuple[str, Publication | None]:
        """What receipts are to be under: the largest published head that the witnesses vouch for (`cosigned`), or,
        where none are asked for, the latest one (`unwitnessed`). Raises as `standing` does."""
        _, policy, _ = self._read_policy()
        if self._simulation or (policy is not None and policy.quorum is None):
            return "unwitnessed", self._published.latest()
        return "cosigned", self._quorum_of(policy)[1] if policy is not None else None

    def _read_policy(self) -> tuple[str, Policy | None, str | None]:
        mark: object = None
        with suppress(FileNotFoundError):
            found = os.stat(self._data / FILE)
            mark = found.st_ino, found.st_mtime_ns, found.st_size
        if self._policy is None or self._policy[0] != mark:
            policy, invalid, text = None, None, ""
            try:
                text = policy_in_force(self._data, self._keys)
                policy = read_policy(text, self._keys)
            except PolicyError as error:
                # What cannot be read is not taken for a policy without witnesses.
                invalid = str(error)
            self._policy = mark, sha256(text.encode()).hexdigest(), policy, invalid
        return self._policy[1:]

    def _quorum_of(self, policy: Policy) -> tuple[float | None, Publication | None]:
        """The time of the latest quorum, and the largest head that has one."""
        found = [note for note in (self._published.latest(), self._published.cosigned()) if note is not None]
        mark = policy, [note.note for note in found]
        if self._quorum[0] != mark:
            latest, largest = None, None
            for one in found:
                with suppress(NoteError):
                    since = policy.check(one.note, self._keys.every)[1]
                    if since is not None:
                        latest = since if latest is None else max(latest, since)
                        largest = one if largest is None or one.head.size > largest.head.size else largest
            self._quorum = mark, latest, largest
        return self._quorum[1:]


def _text(seconds: float | None) -> str | None:
    """`2026-11-23T02:11:09Z`."""
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
