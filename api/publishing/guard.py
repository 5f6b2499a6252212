"""What every process asks before it records or signs after a head."""

from api.publishing.halt import Halt, Reason
from api.publishing.published import Published
from ledger.store import Head

HERE = "DATA/tlog/checkpoint"
"""What this machine itself remembers to have signed."""


class Guard:
    """Two looks at files; any thread may ask."""

    def __init__(self, halt: Halt, published: Published) -> None:
        self._halt, self._published = halt, published

    def __call__(self, head: Head) -> None:
        """Raises `LedgerFaulty` (`ledger.behind`, `ledger.forked`) where this head contradicts one that was signed."""
        reason, latest = self._halt.reason(), self._published.latest()
        if reason is not None:
            raise reason.error()
        # The publishing process would say so within a second: until then, nobody else signs either.
        if latest is not None and head.size < latest.head.size:
            raise Reason("ledger.behind", head.size, latest.head.size, HERE, None).error()
        if latest is not None and head.size == latest.head.size and head.root != latest.head.root:
            raise Reason("ledger.forked", head.size, latest.head.size, HERE, None).error()
