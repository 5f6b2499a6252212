"""The supervisor behind `mingzhang run`: PostgreSQL, the ledger, the workers; all of it or nothing, and
nothing left."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from api.settings import Settings
from deploy.lock import hold, make_data_directory
from deploy.place import DeployError
from deploy.postgres import Server

APP = "api.app:create_app"
LOOPBACK = "127.0.0.1"  # who may read comes with a later version; until then nobody from elsewhere

_GRACE = 15.0  # seconds for a worker to finish its requests
_PAUSE = 2.0  # seconds, at least, between two starts of one worker


class RunError(Exception):
    """The service cannot be started; the message says why and what to do."""


@dataclass
class Slot:
    """A listening socket and the worker that serves it now. The socket outlives the worker: whoever connects
    in between waits for the next one."""

    listener: socket.socket
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0


def run(settings: Settings, app: str = APP) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP, and return the exit code: 0, or 1 with the reason on standard
    error."""
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, signal.default_int_handler)
    try:
        with contextlib.ExitStack() as stack:
            _serve(settings, app, stack)
    except KeyboardInterrupt:
        print("已停止 Stopped.")
        return 0
    except (RunError, DeployError) as error:
        print(f"mingzhang: {error}", file=sys.stderr)
    except psycopg.OperationalError as error:
        print(f"mingzhang: PostgreSQL does not let us in ({error}). Check MINGZHANG_DSN.", file=sys.stderr)
    return 1


def _serve(settings: Settings, app: str, stack: contextlib.ExitStack) -> None:
    from api.opening import ensure_ledger

    data = settings.data.absolute()
    make_data_directory(data)
    stack.callback(os.close, hold(data / "run.lock"))
    listeners = _listen(settings.port, settings.workers, stack)
    settings = replace(settings, data=data, port=listeners[0].getsockname()[1])
    server = None
    if settings.dsn is None:
        server = Server(data)
        stack.callback(server.stop)
        server.start()
        settings = replace(settings, dsn=server.service_dsn(), admin_dsn=server.admin_dsn())
    ledger = ensure_ledger(settings, settings.admin_dsn or settings.dsn or "")
    slots = [Slot(listener) for listener in listeners]
    stack.callback(_stop, slots)
    stack.callback(_hear_no_more)
    _start_all(slots, settings, app)
    _greet(settings, ledger.origin, ledger.fingerprint, ledger.created)
    _watch(slots, settings, app, server)


def _listen(port: int, workers: int, stack: contextlib.ExitStack) -> list[socket.socket]:
    """One listening socket a worker, all on one port: the kernel deals connections out evenly, and no worker
    takes a whole burst of them. Raises RunError if the port is taken."""
    listeners = []
    try:
        # SO_REUSEPORT would let us join another service of the same user; a socket without it tells.
        with socket.socket() as alone:
            alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            alone.bind((LOOPBACK, port))
            port = alone.getsockname()[1]
        for _ in range(workers):
            listener = stack.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            listener.bind((LOOPBACK, port))
            listener.listen(2048)
            listeners.append(listener)
    except OSError as error:
        raise RunError(f"port {port} cannot be used ({error.strerror}). Choose another one: PORT=8001") from error
    return listeners


def _start(slot: Slot, settings: Settings, app: str) -> int:
    """Start a worker; returns the reading end of a pipe that gets one byte when the worker is ready."""
    ready, tell = os.pipe()
    listener = slot.listener.fileno()
    try:
        slot.began = time.monotonic()
        slot.process = subprocess.Popen(
            [sys.executable, "-m", "api.worker", str(listener), str(tell), str(os.getpid()), app],
            env=os.environ | settings.to_env(),
            stdin=subprocess.DEVNULL,
            pass_fds=(listener, tell),
            start_new_session=True,  # Ctrl-C at the terminal is for us to pass on
        )
    finally:
        os.close(tell)
    return ready


def _start_all(slots: list[Slot], settings: Settings, app: str) -> None:
    pipes = [_start(slot, settings, app) for slot in slots]
    for pipe in pipes:
        with open(pipe, "rb") as ready:
            select.select([ready], [], [])
            if not ready.read(1):
                raise RunError("a worker ended while it was starting; the lines above say why.")


def _greet(settings: Settings, origin: str, fingerprint: str, created: bool) -> None:
    url = f"http://{LOOPBACK}:{settings.port}"
    command = Path(sys.executable).with_name("mingzhang")
    named = {"MINGZHANG_URL": url} if settings.port != Settings.port else {}
    named |= {"DATA": str(settings.data)} if settings.data != Settings.data.absolute() else {}
    elsewhere = "".join(f" {name}={value}" for name, value in named.items())
    lines = [
        "",
        "  明账 Mingzhang" + ("    新账本已开 a new ledger was opened" if created else ""),
        "",
        f"  打开 Look        {url}/docs    (只限本机 this machine only)",
        f"  账本 Ledger      {origin}",
        f"  指纹 Fingerprint {fingerprint}",
        "                   请抄存于系统之外 keep a copy outside this system",
        f"  数据 Data        {settings.data}",
        f"  试试 Try        {elsewhere} {os.path.relpath(command)} try    (另开窗口 in another window)",
        "  停止 Stop        Ctrl-C",
        "",
    ]
    print("\n".join(lines), flush=True)


def _watch(slots: list[Slot], settings: Settings, app: str, server: Server | None) -> None:
    """Put back whatever dies, until a signal ends this."""
    while True:
        time.sleep(0.2)
        if server is not None and not server.alive():
            _say("PostgreSQL ended unexpectedly; starting it again")
            server.start()
        for slot in slots:
            if slot.process is None or slot.process.poll() is None or time.monotonic() < slot.began + _PAUSE:
                continue
            _say(f"worker {slot.process.pid} ended unexpectedly; starting another")
            os.close(_start(slot, settings, app))


def _hear_no_more() -> None:
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, signal.SIG_IGN)


def _stop(slots: list[Slot]) -> None:
    processes = [slot.process for slot in slots if slot.process is not None]
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + _GRACE
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _say(message: str) -> None:
    print(f"mingzhang: {message}", file=sys.stderr, flush=True)
