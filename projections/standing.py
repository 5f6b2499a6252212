"""Everything as it stands after a ledger's lines: every case, officer, delegation, and the rules, in memory.

For questions over a whole county that are asked now and then: about 12,000 lines a second, and some kilobytes a case.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from eventsourcing.persistence import JSONTranscoder, StoredEvent

from domain.events import Acted, ActMapper
from domain.officer import Officer, first_administrator
from domain.policy import Policy
from domain.project import Aggregate, project
from domain.rehearsal import Recorded
from domain.streams import policy_id
from ledger.act import BEIJING
from ledger.jws import key_from_jwk
from ledger.line import Line, decode_line, line_hash

_MAPPER = ActMapper(JSONTranscoder())
MIDNIGHT = timedelta(minutes=5)
"""How much later than decided an act may be recorded, at most."""


class Streams(dict[UUID, Aggregate | None]):
    """Every stream; what is not there is nothing, not a mistake."""

    def __missing__(self, stream: UUID) -> None:
        return None


@dataclass
class Standing:
    """`streams` at the ledger's `size`; `hashes` of each one's latest line."""

    origin: str
    streams: Streams = field(default_factory=Streams)
    hashes: dict[UUID, str] = field(default_factory=dict)
    size: int = 0

    @property
    def policy(self) -> Policy | None:
        """The county's rules, None where none were ever proposed."""
        found = self.streams[policy_id(self.origin)]
        return found if isinstance(found, Policy) else None


def read_standing(lines: Iterable[bytes], brings: Callable[[Acted], str | None]) -> Standing:
    """All lines of a ledger, from line 0 on. Raises `LineError` at what is no line."""
    reading = iter(lines)
    origin, administrators = opened_by(next(reading))
    standing = Standing(origin, Streams({officer.id: officer for officer in administrators}), size=1)
    for line in reading:
        parts = decode_line(line)
        stream = UUID(parts.stream)
        event = recorded(parts).event
        standing.streams[stream] = project(standing.streams[stream], event, brings)
        standing.hashes[stream] = line_hash(line).hex()
        standing.size = parts.index + 1
    return standing


def opened_by(line: bytes) -> tuple[str, list[Officer]]:
    """The origin and the first administrators of line 0."""
    opened: dict[str, Any] = orjson.loads(decode_line(line).state)
    return opened["origin"], [
        first_administrator(UUID(one["officer"]), one["unit"], [key_from_jwk(one["jwk"]).kid])
        for one in opened["administrators"]
    ]


def recorded(parts: Line) -> Recorded:
    """A line from 1 on: when it was recorded, and the event it holds."""
    at = datetime.fromisoformat(parts.at).astimezone(BEIJING)
    eve = (at - MIDNIGHT).date()
    event = _MAPPER.to_domain_event(StoredEvent(UUID(parts.stream), parts.version, parts.type, parts.state))
    return Recorded(parts.index, at.date(), event, eve if eve != at.date() else None)
