"""Whether what was committed is where it must be: also on the synchronous standby, where the database has one.

PostgreSQL commits locally, then waits for the standby. A wait that somebody cancels ends in success and a warning (of
class 01, or 57P01 when the session is ended as well): the rows are there and may be lost in a failover. Such a commit
is not done. The warning's text is in any language; that there is one at all at a COMMIT is what counts.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg.errors import Diagnostic

from ledger.errors import OutcomeUnknown
from ledger.store import AnyConnection, row_values

PATIENCE = 5.0
"""Seconds that a standby is waited for before callers are told that it is away."""


class StandbyAway(OutcomeUnknown):
    """The synchronous standby has not confirmed what stands here: it may be lost yet, so nobody is told of it."""

    code = "commit.standby"


class Warnings:
    """The warnings that a connection's commits came with. Owned by whoever owns the connection."""

    def __init__(self, connection: AnyConnection) -> None:
        self._said: list[str] = []
        connection.add_notice_handler(self._note)

    def _note(self, notice: Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            self._said.append(str(notice.message_primary))

    def taken(self) -> str:
        """What was warned of since this was asked last; empty: nothing."""
        said, self._said = "; ".join(self._said), []
        return said


@contextmanager
def warned(connection: AnyConnection) -> Iterator[Warnings]:
    """The warnings during the block."""
    warnings = Warnings(connection)
    try:
        yield warnings
    finally:
        connection.remove_notice_handler(warnings._note)


def confirm(connection: AnyConnection) -> None:
    """Return once everything that stands now is also on the synchronous standby; at once where there is none.

    `connection` is in autocommit, outside any transaction. Raises `StandbyAway`; psycopg errors as they come.
    """
    rows: list[tuple[Any, ...]] = row_values(
        connection.execute("SELECT current_setting('synchronous_standby_names') <> ''").fetchall()
    )
    if not rows[0][0]:
        return
    # No timeout of the server's ends this wait: PostgreSQL calls them off before it begins to commit.
    patience = threading.Timer(PATIENCE, connection.cancel_safe)
    with warned(connection) as said, _running(patience), connection.transaction():
        # Where the role's own setting would not wait; a stronger one is left alone.
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', true)"
            " WHERE current_setting('synchronous_commit') IN ('off', 'local')"
        )
        # A commit waits for the standby only if it wrote something; what it waits for is all that was written before.
        connection.execute("SELECT pg_logical_emit_message(true, 'mingzhang', 'confirm')")
    if detail := said.taken():
        raise StandbyAway(
            f"the synchronous standby does not confirm ({detail}): what stands here may yet be lost, so it is not"
            " acknowledged; send the same again when the standby is back"
        )


@contextmanager
def _running(timer: threading.Timer) -> Iterator[None]:
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
