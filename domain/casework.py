"""The casework application: an ordinary `eventsourcing` application whose events are signed acts."""

from uuid import UUID

from eventsourcing.application import Application


class Casework(Application[UUID]):
    """Set `PERSISTENCE_MODULE=ledger`, and every act becomes a line of a ledger."""

    name = "casework"
    env = {"MAPPER_TOPIC": "domain.events:ActMapper"}  # noqa: RUF012  # the library's own way of configuration
