"""When a complaint is to be answered and a clue to be handed on. The numbers are settings of the county's rules.

Which complaints are anonymous shows nowhere on the ledger, so the limit of a named one (57号 Art 37) runs for all.
"""

from datetime import date

from domain.clock import Counted, Due, Limit, due
from domain.rules_in_force import Rules
from domain.sealed import SealedStage, SealedStream

ANSWER_KEY = "complaint.days"
"""Days (日) from the day a complaint is lodged. 57号 Art 37 gives no number."""
TRANSFER_KEY = "referral.days"
"""Working days (工作日) from the conclusion of what the clue comes from."""

_ANSWERED = (SealedStage.ANSWERED, SealedStage.CLOSED)


def answer_due(complaint: SealedStream, rules: Rules | None, asked: date) -> Due | None:
    """When a complaint is to be answered, as seen on `asked`; None once it has been, and where no rule says."""
    limit = _limit(rules, ANSWER_KEY, Counted.DAYS)
    if rules is None or limit is None or complaint.stage in _ANSWERED:
        return None
    return due(limit, complaint.began, asked, rules.calendar)


def transfer_due(concluded: date, sent: date | None, rules: Rules | None, asked: date) -> Due | None:
    """When a clue is to be sent, after what it comes from was concluded; once it was sent, how it stood on that day.

    `concluded` stands in the sealed paper alone (`cause.concluded`), so only its readers can ask. None where no rule
    says.
    """
    limit = _limit(rules, TRANSFER_KEY, Counted.WORKING_DAYS)
    return due(limit, concluded, sent or asked, rules.calendar) if rules is not None and limit is not None else None


def _limit(rules: Rules | None, key: str, counted: Counted) -> Limit | None:
    return Limit(rules.number(key), counted, rules.article(key)) if rules is not None and rules.sets(key) else None
