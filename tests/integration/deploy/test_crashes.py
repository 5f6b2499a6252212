"""Whatever is killed, the next start finds everything, and nothing runs that nobody minds."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.place import as_account, server_account
from deploy.postgres import Server, embedded

SUPERVISOR = """
import sys, time
from pathlib import Path
from deploy.postgres import Server
server = Server(Path(sys.argv[1]), bindir=Path(sys.argv[2]) if sys.argv[2] else None)
server.start()
print(server.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def supervisors(open_path: Path, bindir: Path | None) -> Iterator["list[subprocess.Popen[str]]"]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def supervise(started: "list[subprocess.Popen[str]]", data: Path, bindir: Path | None) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", SUPERVISOR, str(data), str(bindir or "")]
    started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    return started[-1]


def runs(pid: int) -> bool:
    """A zombie that an uninterested init never reaps does not run."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def wait_until_gone(pid: int) -> None:
    while runs(pid):
        time.sleep(0.02)


def keep(server: Server) -> None:
    with psycopg.connect(server.admin_dsn()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")


def kept(server: Server) -> bool:
    with psycopg.connect(server.service_dsn()) as connection:
        return bool(connection.execute("SELECT 1 FROM pg_tables WHERE tablename = 'kept'").fetchone())


def sleep(connection: psycopg.Connection) -> None:
    with contextlib.suppress(psycopg.Error):
        connection.execute("SELECT pg_sleep(600)")


def test_a_killed_server_starts_again_where_it_was(open_path: Path, bindir: Path | None):
    with embedded(open_path / "data", bindir=bindir) as server:
        keep(server)
        dsn, pid = server.service_dsn(), server.pid
        asleep = psycopg.connect(dsn)
        query = threading.Thread(target=sleep, args=(asleep,))
        query.start()
        os.kill(pid, signal.SIGKILL)
        while server.alive():
            time.sleep(0.02)
        server.start()
        query.join()
        assert server.pid != pid
        assert server.service_dsn() == dsn
        assert kept(server)


def test_a_killed_backend_does_not_end_the_server(open_path: Path, bindir: Path | None):
    with embedded(open_path / "data", bindir=bindir) as server:
        keep(server)
        with psycopg.connect(server.admin_dsn()) as connection:
            os.kill(connection.info.backend_pid, signal.SIGKILL)
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                assert kept(server)
                break
        assert server.alive()


def test_when_the_supervisor_is_killed_its_server_ends(open_path: Path, bindir: Path | None, supervisors):
    data = open_path / "data"
    supervisor = supervise(supervisors, data, bindir)
    assert supervisor.stdout is not None
    pid = int(supervisor.stdout.readline())
    supervisor.kill()
    wait_until_gone(pid)
    with embedded(data, bindir=bindir) as server:
        assert not kept(server)


def test_a_killed_first_start_is_made_good_by_the_next(open_path: Path, bindir: Path | None, supervisors):
    data = open_path / "data"
    supervisor = supervise(supervisors, data, bindir)
    while not list(data.glob("postgres.new-*/PG_VERSION")):
        time.sleep(0.005)
    supervisor.kill()
    supervisor.wait()
    assert not (data / "postgres").exists()
    with embedded(data, bindir=bindir) as server:
        keep(server)
    assert not list(data.glob("postgres.new-*"))


def test_an_orphan_is_stopped_before_the_next_start(open_path: Path, bindir: Path | None):
    data = open_path / "data"
    with embedded(data, bindir=bindir) as server:
        keep(server)
        program = Path(f"/proc/{server.pid}/exe").readlink()
    command = [
        str(program),
        "-D",
        str(server.cluster),
        "-c",
        "listen_addresses=",
        "-k",
        str(data / "postgres.sockets"),
    ]
    orphan = subprocess.Popen(
        command, cwd="/", start_new_session=True, stderr=subprocess.DEVNULL, **as_account(server_account())
    )
    while "ready" not in pidfile(server):
        time.sleep(0.02)
    with embedded(data, bindir=bindir) as server:
        assert orphan.wait() == 0
        assert kept(server)


def pidfile(server: Server) -> str:
    with contextlib.suppress(FileNotFoundError):
        return (server.cluster / "postmaster.pid").read_text()
    return ""


def test_a_stale_pid_that_is_anothers_by_now_is_no_obstacle(open_path: Path, bindir: Path | None):
    data = open_path / "data"
    with embedded(data, bindir=bindir) as server:
        keep(server)
        stale = pidfile(server)
    with subprocess.Popen(["sleep", "600"], cwd="/", **as_account(server_account())) as stranger:
        try:
            (server.cluster / "postmaster.pid").write_text("\n".join([str(stranger.pid), *stale.split("\n")[1:]]))
            with embedded(data, bindir=bindir) as server:
                assert kept(server)
            assert stranger.poll() is None
        finally:
            stranger.kill()
