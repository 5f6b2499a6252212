"""Signing the steps of a plan and sending them, so that stopping anywhere costs nothing but time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.batch import send_batch
from api.client import Client, Problem
from api.compose import ComposeError, compose
from api.importing.known import KnownCase
from api.importing.planning import Step
from api.importing.stopped import Stopped
from domain.streams import source_case_id
from ledger.act import BEIJING, act_digest, sign_act
from ledger.jws import PrivateKey

MOST_ACTS = 500
MOST_BYTES = 2_000_000
"""What goes into one request."""

_THIS_ROW = ("act.too-large", "act.claim", "data.schema", "data.personal", "line.too-long", "disclosure.")
"""Refusals (codes, or how they begin) that say something of the row alone."""
_OVERTAKEN = ("act.stale", "act.moved", "source.known", "source.unknown", "source.replaces", "stream.version")


@dataclass(frozen=True)
class Importer:
    """Who attests the rows, of which source, on which ledger. `seen` is the file's SHA-256, hex."""

    officer: UUID
    private: PrivateKey
    origin: str
    source: UUID
    seen: str


@dataclass(slots=True)
class _Queue:
    """One case's steps that are still to be sent, and where its stream stands."""

    stream: UUID
    version: int
    prev: str | None
    steps: deque[Step]


Refusal = tuple[Step, str]


def send_plan(
    client: Client,
    importer: Importer,
    cases: Sequence[list[Step]],
    known: dict[str, KnownCase],
    progress: Callable[[int], None],
) -> list[Refusal]:
    """Send all steps, each case in its order. Returns the rows that the service refused for what they are.

    `progress` is told of each number of steps that are settled. Raises `Stopped`, `Problem` or `Unreachable`; what was
    recorded until then stays, and the next run finds it.
    """
    refused: list[Refusal] = []
    waiting = deque(_queue(importer, steps, known.get(steps[0].case, KnownCase())) for steps in cases)
    while waiting:
        queues = [waiting.popleft() for _ in range(min(MOST_ACTS, len(waiting)))]
        before = sum(len(queue.steps) for queue in queues)
        if batch := _fill(queues, importer, refused):
            _settle(batch, send_batch(client, [act for _, act in batch]), refused)
        waiting.extendleft(reversed([queue for queue in queues if queue.steps]))
        progress(before - sum(len(queue.steps) for queue in queues))
    return refused


def _queue(importer: Importer, steps: list[Step], case: KnownCase) -> _Queue:
    return _Queue(source_case_id(importer.source, steps[0].case), case.version, case.prev, deque(steps))


def _fill(queues: Sequence[_Queue], importer: Importer, refused: list[Refusal]) -> list[tuple[_Queue, str]]:
    """Sign as many acts as fit one request. A step stays in its queue until the answer has settled it; one that
    cannot even be composed leaves at once."""
    batch: list[tuple[_Queue, str]] = []
    size = 0
    for queue in queues:
        version, prev = queue.version, queue.prev
        for step in list(queue.steps):
            if len(batch) == MOST_ACTS or size > MOST_BYTES:
                return batch
            try:
                act = _sign(importer, queue.stream, step, version, prev)
            except ComposeError as error:
                queue.steps.remove(step)
                refused.append((step, " ".join(str(error).split())))
                continue
            batch.append((queue, act))
            size += len(act)
            version, prev = version + 1, act_digest(act.partition("~")[0])
    return batch


def _sign(importer: Importer, stream: UUID, step: Step, version: int, prev: str | None) -> str:
    draft = compose(
        step.code,
        _data(importer, step),
        officer=importer.officer,
        origin=importer.origin,
        stream=stream,
        version=version,
        prev=prev,
        on=step.row.moment.astimezone(BEIJING).date() if step.row else None,
        basis="system",
    )
    return sign_act(importer.private, draft.claims, draft.disclosures)


def _data(importer: Importer, step: Step) -> dict[str, Any]:
    data: dict[str, Any] = {"source": str(importer.source), "case": step.case, "row": step.key, "digest": step.digest}
    if step.row is None:
        return data | {"seen": importer.seen}
    row = step.row
    data |= {"activity": row.activity, "actor": row.actor, "time": row.time, "kept": row.kept}
    if row.personal:
        data["personal"] = row.personal
    return data | ({"replaces": step.replaces} if step.replaces else {})


def _settle(batch: Sequence[tuple[_Queue, str]], results: Sequence[dict[str, Any]], refused: list[Refusal]) -> None:
    """Take what is settled out of the queues. Behind a refused row the case's later acts were refused too, for naming
    it as their predecessor: they stay, to be signed again."""
    broken: set[UUID] = set()
    for (queue, _), result in zip(batch, results, strict=True):
        if result["status"] == 201:
            queue.steps.popleft()
            queue.version, queue.prev = queue.version + 1, result["hash"]
        elif queue.stream not in broken:
            broken.add(queue.stream)
            refused.append((queue.steps.popleft(), _reason(result)))


def _reason(result: dict[str, Any]) -> str:
    """Why a row was refused. Raises `Stopped` or `Problem` where the fault is not the row's."""
    problem = result["problem"]
    code = str(problem["code"])
    if code.startswith(_THIS_ROW):
        return f"{problem.get('detail') or problem['title']} ({code})"
    if code in _OVERTAKEN:
        raise Stopped(
            "案卷在导入过程中有了变动：有人同时在导入，或上次中断的请求刚刚入账。稍后再运行同一命令。"
            " The ledger moved on underneath: somebody else is importing this source, or the last request of a run that"
            f" was stopped has only just been recorded. Run the same command again in a moment. ({code})"
        )
    raise Problem(int(result["status"]), problem)
