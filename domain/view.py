"""What a decision may read, noted with its versions as it is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from domain.project import Aggregate


class NotLoaded(Exception):
    """The decision needs a stream that the view does not hold yet: load it and decide again."""

    def __init__(self, *streams: UUID) -> None:
        super().__init__(", ".join(map(str, streams)))
        self.streams = streams


@dataclass
class View:
    """What is known of the streams (None: nothing there), and what of it the decision has read.

    `today` is the day in 北京时间 on which the act takes its place on the ledger: authority is judged by it.
    """

    origin: str
    today: date
    aggregates: Mapping[UUID, Aggregate | None]
    read: dict[UUID, int] = field(default_factory=dict)

    def get(self, stream: UUID) -> Aggregate | None:
        """The aggregate of a stream, None when there is none. Raises `NotLoaded`."""
        try:
            found = self.aggregates[stream]
        except KeyError:
            raise NotLoaded(stream) from None
        self.read[stream] = found.version if found else 0
        return found

    def rare(self, stream: UUID) -> Aggregate | None:
        """The aggregate of a stream that hardly ever exists: what was never looked at is taken for nothing.

        Nothing is decided wrongly by that: the commit finds out, and the act is decided again on what there is.
        """
        found = self.aggregates.get(stream)
        self.read[stream] = found.version if found else 0
        return found
