"""A case as it stood on an earlier day, from its lines."""

from collections.abc import Sequence
from datetime import date

from domain.case import Case
from domain.unfolding import evolve
from ledger.store import Placed
from ledger.stored import stored_line
from projections.household_file import case_event


def case_on(lines: Sequence[Placed], day: date) -> Case | None:
    """The case after what had taken place by the end of `day`; None where it had not begun, or is none of ours.

    What was recorded late counts for the day it took place on, unless something before it took place later. Raises
    `LedgerFaulty`, naming the line, at one that cannot be read.
    """
    case: Case | None = None
    for placed in lines:
        with stored_line(placed.index):
            event = case_event(placed)
            if event is None or (case is None and event.type != "apply.submitted"):
                return None
            if event.type.startswith("archive."):
                continue  # where papers stand changes nothing in the case
            if event.on > day:
                break
            case = evolve(case, event)
    return case
