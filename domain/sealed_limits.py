"""When a complaint is to be answered and a clue to be handed on. The numbers are settings of the county's rules.

Which complaints are anonymous shows nowhere on the ledger, so the limit of a named one (57号 Art 37) runs for all.
"""

from datetime import date

from domain.calendar import Calendar
from domain.clock import Due, Limit, due
from domain.sealed import SealedStage, SealedStream

ANSWER_KEY = "complaint.answer_limit"
"""57号 Art 37 gives no number: a county's setting, with no default of ours."""
TRANSFER_KEY = "referral.transfer_limit"
"""Counties have 15 working days from the conclusion; a county's setting."""

_ANSWERED = (SealedStage.ANSWERED, SealedStage.CLOSED)


def answer_due(complaint: SealedStream, limit: Limit, asked: date, calendar: Calendar) -> Due | None:
    """When a complaint is to be answered, as seen on `asked`; None once it has been."""
    return None if complaint.stage in _ANSWERED else due(limit, complaint.began, asked, calendar)


def transfer_due(concluded: date, sent: date | None, limit: Limit, asked: date, calendar: Calendar) -> Due:
    """When a clue is to be sent, after what it comes from was concluded; once it was sent, how it stood on that day.

    `concluded` stands in the sealed paper alone (`cause.concluded`), so only its readers can ask.
    """
    return due(limit, concluded, sent or asked, calendar)
