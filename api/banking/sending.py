"""Signing rows and sending them, so that stopping anywhere costs nothing but time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from api.banking.rows import Row
from api.banking.standing import Standing, Verdict, judge, look_at
from api.batch import send_batch
from api.client import Client, Problem
from api.compose import ComposeError, compose
from ledger.act import sign_act
from ledger.jws import PrivateKey

MOST_ACTS = 500
"""What goes into one request."""
ATTEMPTS = 5
"""How often a row is signed again because somebody else acted on its case meanwhile."""

_THIS_ROW = ("case.", "payment.", "data.", "officer.place", "officer.kin", "officer.apart", "place.", "line.too-long")
"""Refusals (how their codes begin) that say something of the row or its case alone."""
_OVERTAKEN = ("act.stale", "act.moved", "stream.version")


@dataclass(frozen=True)
class Teller:
    """Who attests the bank's rows, on which ledger, as of which day. `repeated` as in `judge`."""

    officer: UUID
    private: PrivateKey
    origin: str
    on: date
    repeated: bool = False


@dataclass(slots=True)
class Sent:
    """What became of the rows: on the ledger now, on it before (by somebody quicker), refused and why."""

    recorded: list[Row] = field(default_factory=list)
    known: list[Row] = field(default_factory=list)
    refused: list[tuple[Row, str]] = field(default_factory=list)

    @property
    def settled(self) -> int:
        """How many rows have their answer."""
        return len(self.recorded) + len(self.known) + len(self.refused)


@dataclass(slots=True)
class _Queue:
    """One case's rows that are still to be sent, and where its stream stands. `attempts`: how often it moved on."""

    case: UUID
    version: int
    prev: str | None
    rows: deque[Row]
    attempts: int = 0
    moved: bool = False


def send_rows(
    client: Client,
    teller: Teller,
    cases: Sequence[tuple[Standing, Sequence[Row]]],
    progress: Callable[[int], None],
) -> Sent:
    """Send all rows, those of a case in their order. `progress` is told of each number of rows that are settled.

    Raises `Problem` or `Unreachable`; what was recorded until then stays, and the next run finds it.
    """
    sent = Sent()
    waiting = deque(_Queue(rows[0].case, standing.version, standing.hash, deque(rows)) for standing, rows in cases)
    while waiting:
        queues = [waiting.popleft() for _ in range(min(MOST_ACTS, len(waiting)))]
        before = sent.settled
        if batch := _fill(queues, teller, sent):
            _settle(batch, send_batch(client, [act for _, act in batch]), sent)
        for queue in queues:
            if queue.moved:
                _look_again(client, teller, queue, sent)
        # Behind the others: a request takes one row of each case, so many cases make it full.
        waiting.extend(queue for queue in queues if queue.rows)
        progress(sent.settled - before)
    return sent


def _fill(queues: Sequence[_Queue], teller: Teller, sent: Sent) -> list[tuple[_Queue, str]]:
    """Sign the next row of each case. A row stays in its queue until the answer has settled it; one that cannot even
    be composed leaves at once.

    One row a case and request: others act on these cases too, and an act is to name the line that it was signed on,
    never one that is still on its way.
    """
    batch: list[tuple[_Queue, str]] = []
    for queue in queues:
        row = queue.rows[0]
        try:
            batch.append((queue, _sign(teller, row, queue.version, queue.prev)))
        except ComposeError as error:
            queue.rows.popleft()
            sent.refused.append((row, " ".join(str(error).split())))
    return batch


def _sign(teller: Teller, row: Row, version: int, prev: str | None) -> str:
    draft = compose(
        "payment.record",
        row.data,
        officer=teller.officer,
        origin=teller.origin,
        stream=row.case,
        version=version,
        prev=prev,
        on=teller.on,
        basis="system",
    )
    return sign_act(teller.private, draft.claims, draft.disclosures)


def _settle(batch: Sequence[tuple[_Queue, str]], results: Sequence[dict[str, Any]], sent: Sent) -> None:
    """Take what is settled out of the queues. Raises `Problem`, once every answer is noted, for what is no row's."""
    stop: Problem | None = None
    for (queue, _), result in zip(batch, results, strict=True):
        if result["status"] == 201:
            sent.recorded.append(queue.rows.popleft())
            queue.version, queue.prev = queue.version + 1, result["hash"]
        else:
            stop = _refused(queue, result, sent) or stop
    if stop is not None:
        raise stop


def _refused(queue: _Queue, result: dict[str, Any], sent: Sent) -> Problem | None:
    """What a refusal means: for this row, for this case, or (the problem) for everything."""
    problem = result["problem"]
    code = str(problem["code"])
    if code in _OVERTAKEN:
        queue.moved = True
    elif code == "payment.row":
        sent.known.append(queue.rows.popleft())
    elif code.startswith(_THIS_ROW):
        sent.refused.append((queue.rows.popleft(), f"{problem.get('detail') or problem['title']} ({code})"))
    else:
        return Problem(int(result["status"]), problem)
    return None


def _look_again(client: Client, teller: Teller, queue: _Queue, sent: Sent) -> None:
    """Casework goes on while a file is read in: somebody acted on this case since we looked, perhaps with our rows."""
    standing = look_at(client, queue.case, queue.rows)
    queue.moved, queue.attempts = False, queue.attempts + 1
    queue.version, queue.prev = standing.version, standing.hash
    for row in list(queue.rows):
        verdict = judge(row, standing, teller.repeated)
        if verdict is Verdict.NEW and queue.attempts < ATTEMPTS:
            continue
        queue.rows.remove(row)
        if verdict is Verdict.KNOWN:
            sent.known.append(row)
        elif verdict is Verdict.NEW:
            sent.refused.append(
                (row, "此案一直有人在办，请稍后再导入 others keep acting on this case: import it later")
            )
        else:
            sent.refused.append((row, str(verdict)))
