"""The load: one lean process of many connections, each sending its next request when the last is answered.

`python -m tests.bench.load` reads a `Job` as JSON from standard input and answers with a `Result` as JSON. Acts are
signed during the run, for each names the hash in the answer before it; only whole batches are signed beforehand.
"""

import asyncio
import resource
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson
import uvloop

from tests.bench.figures import percentile
from tests.bench.scripts import Case, Cast, Pens, existing_case, new_case, preparing_case


@dataclass(frozen=True)
class Job:
    """`existing` are (id, version, line hash) of cases to go on with, every second case; none: only new ones.

    `batch` is acts a request (0: one act a request, by POST /acts). `prepare` takes new cases as far as an opinion.
    The first `warm_up` seconds do not count. `batches` ends a batch run after so many requests. `pause` is seconds
    between an answer and the next request.
    """

    port: int
    clients: int
    seconds: float
    cast: dict[str, Any]
    existing: list[tuple[str, int, str]] = field(default_factory=list)
    batch: int = 0
    batches: int = 0
    prepare: bool = False
    warm_up: float = 1.0
    pause: float = 0.0


@dataclass(frozen=True)
class Result:
    """What was answered within the time that counts: acts, latencies of requests (ms), errors; `cpu` is our own.

    `all_acts` were answered in all, warming up and the last answers included: what all the CPU time went to.
    """

    acts: int
    all_acts: int
    seconds: float
    p50: float
    p99: float
    errors: int
    first_error: str
    cpu: float
    heads: list[tuple[str, int, str]]

    @property
    def rate(self) -> float:
        """Acts a second."""
        return self.acts / self.seconds


class Source(Protocol):
    """Where a connection's requests come from."""

    def next(self) -> bytes | None: ...

    def answered(self, status: bytes, body: bytes) -> int: ...


class Singles:
    """One case after another, one act a request: every second case is one that existed before the run."""

    def __init__(self, job: Job, pens: Pens, existing: deque[Case], errors: list[str], first: bool) -> None:
        self._pens, self._existing, self._errors = pens, existing, errors
        self._old = first
        self._case = self._begin()

    def _begin(self) -> Case:
        self._old = not self._old
        return self._existing.popleft() if self._old and self._existing else new_case()

    def next(self) -> bytes | None:
        message = self._pens.sign(self._case)
        return _request(b"/acts", b"application/sd-jwt", message)

    def answered(self, status: bytes, body: bytes) -> int:
        """Count the act, and go on from the hash that the answer names."""
        if status != b"201":
            self._errors.append(body.decode(errors="replace")[:300])
            self._case = self._begin()
            return 0
        at = body.index(b'"hash":"') + 8
        self._case.prev = body[at : at + 64].decode()
        if not self._case.steps:
            self._case = self._begin()
        return 1


class Batches:
    """Requests of many acts, whole cases each, signed before the clock starts."""

    def __init__(self, requests: deque[bytes], heads: list[tuple[str, int, str]], errors: list[str]) -> None:
        self._requests, self._heads, self._errors = requests, heads, errors

    def next(self) -> bytes | None:
        return self._requests.popleft() if self._requests else None

    def answered(self, status: bytes, body: bytes) -> int:
        """Count the acts that were recorded, and keep where their streams stand."""
        if status != b"200":
            self._errors.append(body.decode(errors="replace")[:300])
            return 0
        done = 0
        for result in orjson.loads(body)["results"]:
            if result["status"] == 201:
                done += 1
                self._heads.append((result.get("stream", ""), result.get("version", 0), result["hash"]))
            else:
                self._errors.append(str(result)[:300])
        return done


def _request(path: bytes, kind: bytes, body: bytes) -> bytes:
    return (
        b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
        % (path, kind, len(body))
        + body
    )


def sign_batches(job: Job, pens: Pens, existing: deque[Case]) -> deque[bytes]:
    """`job.batches` requests of `job.batch` acts: cases in turn, new and existing."""
    requests: deque[bytes] = deque()
    old = False
    for _ in range(job.batches):
        acts: list[str] = []
        while len(acts) < job.batch:
            old = not old
            case = existing.popleft() if old and existing else preparing_case() if job.prepare else new_case()
            acts += [pens.sign(case).decode() for _ in range(len(case.steps))]
        requests.append(_request(b"/acts/batch", b"application/json", orjson.dumps({"acts": acts})))
    return requests


class Client(asyncio.Protocol):
    """One kept-alive connection."""

    def __init__(self, source: Source, run: "Run") -> None:
        self._source, self._run = source, run
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._needed = 0
        self._sent = 0.0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        assert self._transport is not None
        request = self._source.next() if time.perf_counter() < self._run.ends else None
        if request is None:
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._needed:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            at = self._buffer.index(b"content-length: ") + 16
            self._needed = end + 4 + int(self._buffer[at : self._buffer.index(b"\r", at)])
        if len(self._buffer) < self._needed:
            return
        body = self._buffer[self._buffer.index(b"\r\n\r\n") + 4 :]
        acts = self._source.answered(self._buffer[9:12], body)
        self._run.count(acts, self._sent)
        self._buffer, self._needed = b"", 0
        if self._run.pause:
            asyncio.get_running_loop().call_later(self._run.pause, self._send)
        else:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None or self._needed or self._buffer:
            self._run.errors.append(f"connection lost: {exc}")
        self.done.set_result(None)


class Run:
    """The clock and the count of one run."""

    def __init__(self, job: Job) -> None:
        self.errors: list[str] = []
        self.latencies: list[float] = []
        self.pause = job.pause
        self.acts = 0
        self.all_acts = 0
        self.began = time.perf_counter() + job.warm_up
        self.ends = self.began + job.seconds
        self.last = self.began

    def count(self, acts: int, sent: float) -> None:
        """Count a request that was answered just now, unless it is outside the time that counts."""
        now = time.perf_counter()
        self.all_acts += acts
        if self.began <= now <= self.ends:
            self.acts += acts
            self.last = now
            self.latencies.append((now - sent) * 1000)


async def _drive(job: Job) -> Result:
    pens = Pens(Cast.from_json(job.cast))
    existing = deque(existing_case(*one) for one in job.existing)
    heads: list[tuple[str, int, str]] = []
    requests = sign_batches(job, pens, existing) if job.batch else deque()
    run = Run(job)
    used = _cpu()
    clients = []
    for number in range(job.clients):
        source: Source = (
            Batches(requests, heads, run.errors)
            if job.batch
            else Singles(job, pens, existing, run.errors, number % 2 == 0)
        )
        _, client = await asyncio.get_running_loop().create_connection(
            lambda source=source: Client(source, run),  # type: ignore[misc]
            "127.0.0.1",
            job.port,
        )
        clients.append(client)
    await asyncio.gather(*(client.done for client in clients))
    return Result(
        run.acts,
        run.all_acts,
        run.last - run.began,
        percentile(run.latencies, 50),
        percentile(run.latencies, 99),
        len(run.errors),
        run.errors[0] if run.errors else "",
        _cpu() - used,
        heads,
    )


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    result = uvloop.run(_drive(Job(**orjson.loads(sys.stdin.buffer.read()))))
    with open(sys.stdout.fileno(), "wb") as out:  # where PYTHONUNBUFFERED is set, sys.stdout may write but a part
        out.write(orjson.dumps(result))
