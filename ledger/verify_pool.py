"""Ranges spread over processes, results in the order of the ledger."""

import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from itertools import islice
from multiprocessing import get_context

from ledger.verify_range import RangeResult
from ledger.verify_worker import Job, Task, Worker, run_task, start_worker

AHEAD = 3
"""Tasks under way for each process: enough that none waits, few enough that memory stays small."""


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def results(job: Job, tasks: Iterable[Task], processes: int) -> Iterator[RangeResult]:
    """Each task's results, in order. With one process, or one task, everything is done in this one.

    Raises what the tasks raise, and `BrokenProcessPool` when a process was killed.
    """
    waiting = iter(tasks)
    first = list(islice(waiting, 2))
    if processes < 2 or len(first) < 2:
        with closing(Worker(job)) as worker:
            for task in [*first, *waiting]:
                yield from worker.run(task)
        return
    yield from _spread(job, first, waiting, processes)


def _threads() -> int:
    """Threads of this process, those that Python knows nothing of included (Linux)."""
    return len(os.listdir("/proc/self/task"))


def _spread(job: Job, first: list[Task], waiting: Iterator[Task], processes: int) -> Iterator[RangeResult]:
    # Starting a process afresh takes as long as checking thousands of lines. A process of one thread can be copied as
    # it is; with more, a copy might hold a lock for ever. A copy ends without touching its parent's connection.
    alone = sys.platform == "linux" and _threads() == 1
    context = get_context("fork" if alone else "spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=start_worker, initargs=(job,))
    try:
        running: deque[Future[list[RangeResult]]] = deque(pool.submit(run_task, task) for task in first)
        while running:
            running.extend(pool.submit(run_task, task) for task in islice(waiting, AHEAD * processes - len(running)))
            yield from running.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
