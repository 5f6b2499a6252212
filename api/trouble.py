"""What an act is told when something went wrong that is not its own fault, and nothing else is lost by it."""

import logging

from eventsourcing.persistence import InterfaceError, OperationalError, PersistenceError

from api.admit import Repeated
from domain.errors import NotAllowed
from ledger.errors import LedgerError, NotDone, OutcomeUnknown

_log = logging.getLogger("mingzhang.api")


class Trouble:
    """What one request ran into. Once the database did not answer, it is asked no more: others would wait in vain."""

    def __init__(self) -> None:
        self._away: PersistenceError | None = None

    def stop(self) -> None:
        """Raises `PersistenceError` when the database went away before."""
        if self._away is not None:
            raise self._away

    def not_done(self, error: Exception) -> Exception:
        """The outcome of an act that is known not to be recorded: `NotDone`, unless the error says more."""
        if isinstance(error, LedgerError | NotAllowed | Repeated):
            return error
        self._note(error)
        if isinstance(error, PersistenceError):
            return NotDone(
                "the database cannot be reached, nothing was recorded: send the same act again", code="database.away"
            )
        return NotDone(f"an unexpected error ({type(error).__name__}), nothing was recorded: send the same act again")

    def unknown(self, error: Exception) -> Exception:
        """The outcome of an act that was handed in: `OutcomeUnknown`, unless the error says more."""
        if isinstance(error, LedgerError):
            return error
        self._note(error)
        return OutcomeUnknown(
            "the act was handed in, and its answer was lost afterwards: send the same act again to get it"
        )

    def _note(self, error: Exception) -> None:
        if error is self._away:
            return
        if isinstance(error, OperationalError | InterfaceError):
            self._away = error
        _log.error("an act could not be answered: %s", type(error).__name__, exc_info=error)
