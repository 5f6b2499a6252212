"""The supervisor behind `mingzhang run`: PostgreSQL, the ledger, publishing, the workers; all of it or nothing,
and nothing left."""

from __future__ import annotations

import contextlib
import os
import select
import shlex
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from api.opening import County, ensure_ledger
from api.publishing.policy import FILE as POLICY_FILE
from api.settings import Settings
from deploy.lock import hold, make_data_directory
from deploy.place import DeployError
from deploy.postgres import Server
from ledger.errors import LedgerError

APP = "api.app:create_app"
LOOPBACK = "127.0.0.1"  # who may read comes with a later version; until then nobody from elsewhere

_GRACE = 15.0  # seconds for a worker to finish its requests
_PAUSE = 2.0  # seconds, at least, between two starts of one worker


class RunError(Exception):
    """The service cannot be started; the message says why and what to do."""


@dataclass
class Publishing:
    """The process that publishes heads and tiles. `compared`: the reading end of a pipe, closed from the other end once
    the ledger was compared with what was signed before."""

    process: subprocess.Popen[bytes]
    began: float
    compared: int


@dataclass
class Slot:
    """A listening socket and the worker that serves it now. The socket outlives the worker: whoever connects
    in between waits for the next one."""

    listener: socket.socket
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0


def run(settings: Settings, app: str = APP, *, simulation: bool = False, demo: int = 0) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP, and return the exit code: 0, or 1 with the reason on standard
    error. `simulation`: only a simulated ledger will do. `demo`: so many households are played on it, once."""
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, signal.default_int_handler)
    try:
        with contextlib.ExitStack() as stack:
            _serve(settings, app, stack, simulation, demo)
    except KeyboardInterrupt:
        print("已停止 Stopped.")
        return 0
    except (RunError, DeployError) as error:
        print(f"mingzhang: {error}", file=sys.stderr)
    except LedgerError as error:
        print(f"mingzhang: {error}\n  ({error.code})", file=sys.stderr)
    except psycopg.errors.DiskFull as error:
        said = " ".join(str(error).split())
        print(f"mingzhang: the database's disk is full: make room, and start again. ({said})", file=sys.stderr)
    except psycopg.Error as error:
        print(f"mingzhang: PostgreSQL: {' '.join(str(error).split())}", file=sys.stderr)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"mingzhang: {where}{error.strerror or error}. Mend that, and start again.", file=sys.stderr)
    return 1


def _serve(settings: Settings, app: str, stack: contextlib.ExitStack, simulation: bool, demo: int) -> None:
    data = settings.data.absolute()
    make_data_directory(data)
    stack.callback(os.close, hold(data / "run.lock"))
    listeners = _listen(settings.port, settings.workers, stack)
    settings = replace(settings, data=data, port=listeners[0].getsockname()[1])
    server = None
    if settings.dsn is None and settings.admin_dsn is not None:
        raise RunError("MINGZHANG_ADMIN_DSN is set and MINGZHANG_DSN is not; name the service's role in it, too.")
    if settings.dsn is None:
        server = Server(data)
        stack.callback(server.stop)
        server.start()
        settings = replace(settings, dsn=server.service_dsn(), admin_dsn=server.admin_dsn())
    ledger = ensure_ledger(settings, settings.admin_dsn or settings.dsn or "", simulation=simulation)
    slots = [Slot(listener) for listener in listeners]
    publishing = _publish(settings)
    stack.callback(lambda: _stop([publishing.process]))
    stack.callback(lambda: _stop([slot.process for slot in slots if slot.process is not None]))
    stack.callback(_hear_no_more)
    _await_comparison(publishing, settings)
    _start_all(slots, settings, app)
    _greet(settings, ledger, own=server is None, demo=bool(demo))
    answers = data / "answers.jsonl"
    if demo and not answers.exists():
        stack.callback(_end, _play(settings, demo, answers))
    _watch(slots, publishing, settings, app, server)


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


def _publish(settings: Settings) -> Publishing:
    compared, tell = os.pipe()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.publishing", str(os.getpid()), str(tell)],
            env=os.environ | settings.to_env(),
            stdin=subprocess.DEVNULL,
            pass_fds=(tell,),
            start_new_session=True,
        )
    finally:
        os.close(tell)
    return Publishing(process, time.monotonic(), compared)


def _await_comparison(publishing: Publishing, settings: Settings) -> None:
    """No worker signs anything before the witnesses' word was heard. Without witnesses there is nobody to wait for:
    each worker looks at what this machine itself signed."""
    if (settings.data / POLICY_FILE).exists():
        select.select([publishing.compared], [], [])


def _start_all(slots: list[Slot], settings: Settings, app: str) -> None:
    pipes = [_start(slot, settings, app) for slot in slots]
    for pipe in pipes:
        with open(pipe, "rb") as ready:
            select.select([ready], [], [])
            if not ready.read(1):
                raise RunError("a worker ended while it was starting; the lines above say why.")


def _play(settings: Settings, households: int, answers: Path) -> subprocess.Popen[bytes]:
    """A county plays on the ledger while it is served. The answers are written at the end: where there are none, it
    was stopped, and goes on when it is played again."""
    mingzhang = str(Path(sys.executable).with_name("mingzhang"))
    program = [mingzhang, "simulate", "--households", str(households), "--out", str(answers)]
    address = {"MINGZHANG_URL": f"http://{LOOPBACK}:{settings.port}"}
    return subprocess.Popen(program, env=os.environ | address, stdin=subprocess.DEVNULL, start_new_session=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()


def _greet(settings: Settings, ledger: County, own: bool, demo: bool) -> None:
    url = f"http://{LOOPBACK}:{settings.port}"
    named = {"MINGZHANG_URL": url} if settings.port != Settings.port else {}
    named |= {"DATA": str(settings.data)} if settings.data != Settings.data.absolute() else {}
    words = [f"{name}={shlex.quote(value)}" for name, value in named.items()]
    words += [shlex.quote(os.path.relpath(Path(sys.executable).with_name("mingzhang")))]
    if ledger.simulation:
        words += ["verify"] if demo else ["simulate"]
        opened = "新开了模拟账本 a new SIMULATION was opened" if ledger.created else ""
    else:
        words += ["try"] if ledger.trial else ["act", "--list"]
        opened = "新开了试用账本 a new trial ledger was opened" if ledger.created else ""
    lines = [
        "",
        "  明账 Mingzhang" + (f"    {opened}" if opened else ""),
        "",
        f"  打开 Look        {url}/    (只限本机 this machine only)",
        f"  账本 Ledger      {ledger.origin}",
        f"  指纹 Fingerprint {ledger.fingerprint}",
        "                   请抄存于系统之外 keep a copy outside this system",
        f"  数据 Data        {settings.data}",
        f"  试试 Try         {' '.join(words)}    (另开窗口 in another window)",
        *(
            ("  示例县 A county  make demo    (另一本账 on a ledger of its own)",)
            if own and ledger.trial and not ledger.simulation
            else ()
        ),
        "  停止 Stop        Ctrl-C",
        "",
        *(_SIMULATION if ledger.simulation else _TRIAL if own and ledger.trial else ()),
        *(_UNGUARDED if ledger.unguarded else ()),
    ]
    print("\n".join(lines), flush=True)


_TRIAL = (
    "  !! 这是试用账本：管理员的密钥就在 DATA/keys/administrators 里，不可用于正式办案。",
    "  !! 正式开账：停止服务，换一个空数据库和新的 DATA，运行 mingzhang init。",
    "  !! This is a TRIAL ledger: its administrators' keys lie in DATA/keys/administrators. Not for real cases.",
    "  !! For a real one: stop this, take an empty database and a new DATA, and run mingzhang init.",
    "",
)
_SIMULATION = (
    "  !! 这是模拟账本：全县是虚构的，时间也是它自己的，密钥人人可知。永远不可用于办案。",
    "  !! This is a SIMULATION: its county is made up, its time is its own, its keys are known to everybody. Never for",
    "  !! real cases.",
    "",
)
_UNGUARDED = (
    "  !! MINGZHANG_DSN 的角色是超级用户，或拥有账本的表：只增不改此时全靠触发器，而它能关掉触发器。",
    "  !! The role of MINGZHANG_DSN is a superuser or owns the ledger's tables: append-only hangs on the triggers",
    "  !! alone, and that role can switch them off. Give the service a role of its own: deploy/README.md.",
    "",
)


def _watch(slots: list[Slot], publishing: Publishing, settings: Settings, app: str, server: Server | None) -> None:
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
        if publishing.process.poll() is not None and time.monotonic() >= publishing.began + _PAUSE:
            _say(f"the publishing process {publishing.process.pid} ended unexpectedly; starting another")
            again = _publish(settings)
            os.close(publishing.compared)
            publishing.process, publishing.began, publishing.compared = again.process, again.began, again.compared


def _hear_no_more() -> None:
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, signal.SIG_IGN)


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
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
