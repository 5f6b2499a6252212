"""An act as a domain event: what the aggregates are rebuilt from, and how it is stored.

The stored state is `{"act":"<JWS>","relied":{…}}`: what an act says stands only in its JWS. The topic is the type.
"""

from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from eventsourcing.persistence import Mapper, StoredEvent

from domain.streams import uuid_of


@dataclass(frozen=True, slots=True)
class Acted:
    """An act that was recorded, or is about to be. `claims` are those that the officer signed."""

    originator_id: UUID
    originator_version: int
    type: str
    jws: str
    claims: dict[str, Any]
    relied: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        """What the act says; personal members stand as digests."""
        data: dict[str, Any] = self.claims["data"]
        return data

    @property
    def officer(self) -> UUID:
        """Who signed."""
        return uuid_of(self.claims["iss"])

    @property
    def on(self) -> date:
        """The day it took place."""
        return date.fromisoformat(self.claims["on"])


@dataclass(frozen=True, slots=True)
class Claimed:
    """What the act recorded just before brings to another stream: a key or a person that is taken, or free again.

    `said` tells by which stream (`by`), and what else there is to say.
    """

    originator_id: UUID
    originator_version: int
    type: str
    said: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the ledger's own, sealed by its key: no act, and it decides nothing."""

    originator_id: UUID
    originator_version: int
    type: str
    said: dict[str, Any]


def claim_state(said: dict[str, Any]) -> bytes:
    """How it is stored; `verify` compares the bytes."""
    return orjson.dumps(said)


def claims_of(jws: str) -> dict[str, Any]:
    """The claims inside a JWS that was verified before it was recorded."""
    payload = jws.split(".")[1]
    claims: dict[str, Any] = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


class ActMapper(Mapper[UUID]):
    """Maps acts to stored events and back, bytes untouched (`MAPPER_TOPIC=domain.events:ActMapper`)."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """`act` comes first in the state, so two copies of one act begin with the same bytes."""
        if isinstance(domain_event, Claimed):
            state = claim_state(domain_event.said)
        else:
            state = b'{"act":"%b","relied":%b}' % (domain_event.jws.encode(), orjson.dumps(domain_event.relied))
        return StoredEvent(domain_event.originator_id, domain_event.originator_version, domain_event.type, state)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The event of a stored act."""
        event = orjson.loads(stored_event.state)
        originator = UUID(str(stored_event.originator_id))
        if "said" in event:
            return Said(originator, stored_event.originator_version, stored_event.topic, event["said"])
        if "act" not in event:
            return Claimed(originator, stored_event.originator_version, stored_event.topic, event)
        return Acted(
            originator,
            stored_event.originator_version,
            stored_event.topic,
            event["act"],
            claims_of(event["act"]),
            event["relied"],
        )
