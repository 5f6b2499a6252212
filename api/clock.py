"""What time it is for an act that comes in: this machine's, or on a simulated ledger the acts' own."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from ledger.act import BEIJING


@dataclass(slots=True)
class Clock:
    """A ledger in earnest: `now` is this machine's time, whatever an act says of when it was signed."""

    now: datetime

    def at(self, iat: int) -> datetime:
        """The time at which an act signed at `iat` (seconds since 1970) would take its place."""
        return self.now

    def day(self, iat: int) -> date:
        """The day in 北京时间 of that time."""
        return self.at(iat).astimezone(BEIJING).date()

    def reach(self, iat: int) -> None:
        """An act signed at `iat` takes its place before those that are looked at next."""


class SimulatedClock(Clock):
    """A simulation: time is what the latest act says, and never runs backwards. `now` is the last line's `at`."""

    def at(self, iat: int) -> datetime:
        """When it was signed, if that is not past."""
        return max(self.now, datetime.fromtimestamp(iat, UTC))

    def reach(self, iat: int) -> None:
        """The act carries time forward."""
        self.now = self.at(iat)
