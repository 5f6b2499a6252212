"""`mingzhang run`, as a person at a terminal meets it."""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

MINGZHANG = str(Path(sys.executable).with_name("mingzhang"))
Start = Callable[..., "Running"]


class Running:
    """A started service. Whatever it leaves behind is found by its DATA."""

    def __init__(self, data: Path, port: int, **environment: str) -> None:
        self.data = data
        handle, name = tempfile.mkstemp(suffix=".log", dir=data.parent)
        self.log = Path(name)
        known = {name: value for name, value in os.environ.items() if not name.startswith("MINGZHANG_")}
        self.process = subprocess.Popen(
            [MINGZHANG, "run"],
            env=known | {"DATA": str(data), "PORT": str(port)} | environment,
            cwd=data.parent,
            stdout=handle,
            stderr=handle,
        )
        os.close(handle)

    def said(self) -> str:
        return self.log.read_text("utf-8")

    def up(self) -> "Running":
        """Wait until it has greeted; the port that it says is the one to ask."""
        while not (greeting := re.search(r"http://127\.0\.0\.1:(\d+)/ ", self.said())):
            assert self.process.poll() is None, self.said()
            time.sleep(0.02)
        self.port = int(greeting[1])
        return self

    def get(self, path: str) -> int:
        """HTTP status; 0 where nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", path)
            return connection.getresponse().status
        return 0

    def until_answered(self, path: str) -> None:
        while self.get(path) != 200:
            assert self.process.poll() is None, self.said()
            time.sleep(0.05)

    def workers(self) -> set[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return {int(pid) for pid in children if b"api.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()}

    def publishing(self) -> set[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return {int(pid) for pid in children if b"api.publishing" in Path(f"/proc/{pid}/cmdline").read_bytes()}

    def end(self, sig: signal.Signals) -> int:
        self.process.send_signal(sig)
        return self.process.wait()

    def left(self) -> list[str]:
        """Processes that stand in this DATA or name it in their command line or environment; zombies do not."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                text = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
                text += os.fsencode(os.readlink(process / "cwd"))
                if bytes(self.data) in text:
                    found.append(text.split(b"\0", 1)[0].decode())
        return found


@pytest.fixture
def start(open_path: Path) -> Iterator[Start]:
    started: list[Running] = []

    def run(name: str = "data", port: int = 0, **environment: str) -> Running:
        started.append(Running(open_path / name, port, **environment))
        return started[-1]

    yield run
    for running in started:
        running.process.terminate()
        running.process.wait()


def test_it_serves_and_says_where_to_look(start: Start):
    running = start().up()
    said = running.said()
    assert running.get("/health") == 200
    assert re.search(r"\b[0-9a-f]{64}\b", said)
    assert "mingzhang try" in said
    assert str(running.data) in said
    assert len(running.workers()) == 2


def test_heads_are_published_and_a_publishing_process_that_died_is_put_back(start: Start):
    running = start().up()
    running.until_answered("/checkpoint")
    checkpoint = running.data / "tlog" / "checkpoint"
    (pid,), before = running.publishing(), checkpoint.stat().st_ino
    os.kill(pid, signal.SIGKILL)
    while checkpoint.stat().st_ino == before:  # a new process publishes at once
        time.sleep(0.05)
    assert "ended unexpectedly; starting another" in running.said()
    assert running.publishing().isdisjoint({pid})


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopping_leaves_nothing_running(start: Start, sig: signal.Signals):
    running = start().up()
    assert running.left()
    assert running.end(sig) == 0
    assert running.left() == []
    assert "Traceback" not in running.said()


def test_stopping_while_it_starts_leaves_nothing_running(start: Start):
    running = start()
    while not list(running.data.glob("postgres*/PG_VERSION")):
        time.sleep(0.005)
    assert running.end(signal.SIGTERM) == 0
    assert running.left() == []
    assert start().up().get("/health") == 200


def test_a_first_start_without_room_says_so_and_the_next_with_room_begins_anew(start: Start, open_path: Path):
    command = f"ulimit -f 4096; exec {MINGZHANG} run"  # blocks of 512 bytes: no file over 2 MB
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MINGZHANG_")}
    environment |= {"DATA": str(open_path / "data"), "PORT": "0"}
    first = subprocess.run(["sh", "-c", command], env=environment, cwd=open_path, capture_output=True, text=True)
    assert first.returncode == 1
    assert "initdb failed" in first.stderr
    assert "Traceback" not in first.stderr
    assert not list((open_path / "data").glob("postgres*/PG_VERSION"))
    assert not (open_path / "data" / "keys").exists()
    assert start().up().get("/health") == 200


def test_a_second_start_goes_on_with_the_same_ledger(start: Start):
    first = start().up()
    first.end(signal.SIGINT)
    second = start().up()
    fingerprints = [re.findall(r"\b[0-9a-f]{64}\b", running.said()) for running in (first, second)]
    assert len(fingerprints[0]) == 1
    assert fingerprints[0] == fingerprints[1]


def test_a_killed_supervisor_takes_all_with_it_and_the_next_goes_on(start: Start):
    running = start().up()
    running.process.kill()
    running.process.wait()
    while running.left():
        time.sleep(0.02)
    start().up().until_answered("/ledger/head")


def test_a_killed_worker_is_replaced(start: Start):
    running = start().up()
    before = running.workers()
    os.kill(min(before), signal.SIGKILL)
    while len(running.workers()) < 2 or running.workers() == before:
        assert running.process.poll() is None
        time.sleep(0.02)
    running.until_answered("/health")


def test_a_flood_of_large_batches_costs_a_bounded_amount_of_memory(start: Start):
    running = start(MINGZHANG_WORKERS="1").up()
    (worker,) = running.workers()
    batch = b'{"acts":["%b"]}' % (b"x" * 4_000_000)
    said: set[int] = set()

    def send() -> None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)) as connection:
            connection.request("POST", "/acts/batch", batch, {"Content-Type": "application/json"})
            said.add(connection.getresponse().status)

    for _ in range(3):
        with ThreadPoolExecutor(48) as clients:
            for sent in [clients.submit(send) for _ in range(48)]:
                sent.result()
    assert said <= {200, 503}
    status = Path(f"/proc/{worker}/status").read_text()
    # 3 * 48 * 4 MB were sent; the process itself takes 80 MB.
    assert int(re.findall(r"VmHWM:\s*(\d+) kB", status)[0]) < 250_000


def test_a_killed_postgresql_is_started_again_and_the_workers_go_on(start: Start):
    running = start().up()
    workers = running.workers()
    running.until_answered("/ledger/head")
    os.kill(int((running.data / "postgres" / "postmaster.pid").read_text().split("\n")[0]), signal.SIGKILL)
    while "starting it again" not in running.said():
        time.sleep(0.02)
    running.until_answered("/ledger/head")
    assert running.workers() == workers


def test_a_taken_port_is_a_clear_error_and_nothing_is_left(start: Start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        running = start(port=taken.getsockname()[1])
        assert running.process.wait() == 1
    assert "PORT=" in running.said()
    assert "Traceback" not in running.said()
    assert running.left() == []


def test_one_data_has_one_service(start: Start):
    first = start().up()
    second = start()
    assert second.process.wait() == 1
    assert f"in use by another Mingzhang (process {first.process.pid})" in second.said()
    assert first.get("/health") == 200


def test_another_service_on_the_same_port_is_refused_though_it_is_ours(start: Start):
    first = start().up()
    second = start("other", port=first.port)
    assert second.process.wait() == 1
    assert first.get("/health") == 200


def test_a_wrong_setting_is_named(start: Start):
    running = start(MINGZHANG_WORKERS="many")
    assert running.process.wait() == 2
    assert "MINGZHANG_WORKERS" in running.said()
    assert not running.data.exists()


def test_a_server_of_ones_own_that_is_not_there_is_a_clear_error(start: Start, open_path: Path):
    running = start(MINGZHANG_DSN=f"host={open_path} dbname=mingzhang user=mingzhang_service")
    assert running.process.wait() == 1
    assert "MINGZHANG_DSN" in running.said()
    assert "Traceback" not in running.said()


def test_nobody_from_elsewhere_gets_in(start: Start):
    running = start().up()
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    sockets = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()]
    loopback, listening = "0100007F", "0A"  # as proc(5) writes them on this byte order
    ours = {
        local for _, local, _, state, *_ in sockets if state == listening and local.endswith(f":{running.port:04X}")
    }
    assert ours == {f"{loopback}:{running.port:04X}"}
