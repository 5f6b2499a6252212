"""Following the ledger: every line once, in order, whatever happens to the listening connection.

The library's own subscription can lose the wake-up between its first pull and its LISTEN, dies with its listener, and
rereads the whole ledger for a rare topic. Here LISTEN comes before the first pull, a lost connection is replaced, a
poll every second stands behind the notifications, and a filter moves past what it has looked at.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from eventsourcing.persistence import ApplicationRecorder, Notification, PersistenceError, Subscription
from psycopg import sql

from ledger.store import AnyConnection

_log = logging.getLogger("mingzhang.ledger")

PAGE = 500
POLL_SECONDS = 1.0
LOST = "connection to the ledger lost, reconnecting: %s"


class LedgerSubscription(Subscription[ApplicationRecorder]):
    """Iterates over notifications with ids above `gt`, of `topics` if given; waits for more; ends on `stop()`.

    Position and pages belong to the iterating thread; the listening thread only ever sets `_woken`.
    """

    def __init__(
        self,
        recorder: ApplicationRecorder,
        connect: Callable[[], AnyConnection],
        channel: str,
        gt: int | None = None,
        topics: Sequence[str] = (),
    ) -> None:
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._connect, self._channel = connect, channel
        self._position = gt or 0
        self._page: deque[Notification] = deque()
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._listener: threading.Thread | None = None

    def stop(self) -> None:
        """End the iteration; also from another thread, or before it began."""
        super().stop()
        self._stopping.set()
        self._woken.set()

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        super().__exit__(*args, **kwargs)
        if self._listener is not None:
            self._listener.join()

    def __next__(self) -> Notification:
        while not self._stopping.is_set():
            if self._page:
                return self._page.popleft()
            # Cleared before the pull: a commit after this line leaves `_woken` set, so it cannot be slept through.
            self._woken.clear()
            if self._pull():
                continue
            if self._listener is None:
                # It wakes us once it listens: what was committed before is pulled then, not at the next NOTIFY.
                self._listener = threading.Thread(target=self._listen, name="ledger-listener", daemon=True)
                self._listener.start()
            self._woken.wait(POLL_SECONDS)
        raise StopIteration

    def _pull(self) -> bool:
        """Fetch the next page; whether there may be more. The database being away means: nothing yet."""
        try:
            # Commits are serialised under the head lock, so everything up to the largest id is there for good.
            last = self._recorder.max_notification_id() or 0
            if last <= self._position:
                return False
            page = self._recorder.select_notifications(
                self._position, PAGE, stop=last, topics=self._topics, inclusive_of_start=False
            )
        except PersistenceError as error:
            _log.warning(LOST, error)
            return False
        self._page.extend(page)
        self._position = page[-1].id if len(page) == PAGE else last
        self._last_notification_id = self._position
        return True

    def _listen(self) -> None:
        listen = sql.SQL("LISTEN {}").format(sql.Identifier(self._channel))
        while not self._stopping.is_set():
            try:
                with self._connect() as connection:
                    connection.autocommit = True
                    connection.execute(listen)
                    self._woken.set()
                    while not self._stopping.is_set():
                        for _ in connection.notifies(timeout=0.2, stop_after=1):
                            self._woken.set()
            except psycopg.Error as error:
                _log.warning(LOST, error)
                time.sleep(0.2)
