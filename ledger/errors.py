"""What can go wrong in the ledger, each with a stable code.

`code` is for programs and never changes; `params` are the facts a message needs. The wording in Chinese and English
belongs to the room with the door (`api/problems.py`); `str(error)` is a plain English line for logs and developers.
"""

from typing import Any


class LedgerError(Exception):
    """Base of everything this room raises on purpose."""

    code = "ledger.error"

    def __init__(self, message: str = "", *, code: str | None = None, **params: Any) -> None:
        super().__init__(message or self.__class__.__doc__)
        if code is not None:
            self.code = code
        self.params = params


class Refused(LedgerError):
    """An input is wrong and will stay wrong: nothing was recorded. `code` says which rule refused it."""

    code = "act.refused"


class Conflict(LedgerError):
    """Other bytes stand under the same idempotency key, or the stream has moved on: nothing was recorded."""

    code = "act.conflict"


class Moved(LedgerError):
    """A stream that the decision relied on has moved on since. `params["streams"]`: stream -> version now.

    Nothing was recorded; the act is to be decided again on fresh state.
    """

    code = "act.moved"


class NotDone(LedgerError):
    """The commit failed and is known not to have happened: sending the same act again is safe and needed."""

    code = "commit.not-done"


class OutcomeUnknown(LedgerError):
    """The database went away during COMMIT and could not be asked since.

    Sending the same act again is safe: its idempotency key gives the first answer if it was recorded.
    """

    code = "commit.unknown"


class ClockStrayed(LedgerError):
    """This machine's clock and the database's, or the last line's, are too far apart to stamp lines with."""

    code = "commit.clock"


class LedgerMissing(LedgerError):
    """There is no ledger here, or not the one that was asked for."""

    code = "ledger.missing"


class LedgerFaulty(LedgerError):
    """What the database holds contradicts itself; writing stops until it has been looked at."""

    code = "ledger.faulty"


class LineAhead(LedgerFaulty):
    """The last line is dated later than every clock here; nothing can be stamped after it."""

    code = "ledger.ahead"
