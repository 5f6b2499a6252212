"""The server's processes: starting, knowing when it is ready, ending, and finding those that nobody minds."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from deploy.child import bound_to_this_process
from deploy.place import DeployError, Place, Say, as_account

CHILD_ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}

# PostgreSQL's ways of stopping (postgres(1)). Neither loses a committed transaction; the immediate one leaves
# the next start some WAL to replay.
_FAST, _IMMEDIATE = signal.SIGINT, signal.SIGQUIT
_PATIENCE = 60.0  # seconds
_LOG_LIMIT = 16 << 20  # bytes


def launch(log: Path, place: Place, sockets: Path, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the postmaster as our child, in a session of its own: Ctrl-C is for us to pass on."""
    command = [str(place.bindir / "postgres"), "-D", str(place.cluster)]
    for name, value in {**settings, "unix_socket_directories": str(sockets)}.items():
        command += ["-c", f"{name}={value}"]
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_name(f"{log.name}.old"))
    with open(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as output:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            command,
            cwd="/",
            env=CHILD_ENV,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            umask=0o077,
            preexec_fn=bound_to_this_process(_FAST),
            **as_account(place.account),
        )
    return process


def wait_until_ready(process: subprocess.Popen[bytes], log: Path, cluster: Path, say: Say) -> None:
    """Return when the server takes connections. Crash recovery may take its time; only its own end is a
    failure."""
    began = time.monotonic()
    told = False
    while not _ready(process.pid, cluster):
        if process.poll() is not None:
            said = _tail(log)
            full = f"The disk of {cluster} is full: make room, and start again. " if "No space left" in said else ""
            raise DeployError(f"{full}PostgreSQL did not start. The end of {log}:\n{said}")
        if not told and time.monotonic() - began > 5:
            say(f"PostgreSQL is still starting, perhaps replaying its log after a crash; see {log}")
            told = True
        time.sleep(0.02)


def _ready(pid: int, cluster: Path) -> bool:
    """What pg_ctl looks at: the last line of postmaster.pid, once that file is this server's."""
    try:
        lines = (cluster / "postmaster.pid").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def _tail(log: Path) -> str:
    with open(log, "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 2000))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-12:])


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop our own server: fast, then immediate."""
    if process.poll() is None:
        process.send_signal(_FAST)
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.send_signal(_IMMEDIATE)
    process.wait()


def stop_orphans(cluster: Path) -> None:
    """Stop every PostgreSQL process of `cluster` whose supervisor is gone: the whole server, or backends
    whose postmaster was killed. Called under the lock of the cluster's home, so none of them is in use.

    Raises DeployError if one does not end.
    """
    orphans = _processes_of(cluster)
    if not orphans:
        _drop_stale_pidfile(cluster)
        return
    postmaster = _postmaster_of(cluster)
    if postmaster in orphans:
        _signal([postmaster], _FAST)
    else:
        _signal(orphans, _IMMEDIATE)
    deadline = time.monotonic() + _PATIENCE
    while orphans := _processes_of(cluster):
        if time.monotonic() > deadline + _PATIENCE:
            raise DeployError(f"PostgreSQL processes {orphans} of an earlier start of {cluster} do not end. End them.")
        if time.monotonic() > deadline:
            _signal(orphans, _IMMEDIATE)
        time.sleep(0.05)


def _postmaster_of(cluster: Path) -> int:
    try:
        return int((cluster / "postmaster.pid").read_text("utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return 0


def _drop_stale_pidfile(cluster: Path) -> None:
    """PostgreSQL refuses to start while the process of a stale postmaster.pid seems alive. After a restart of
    the machine or container that number may be anybody's: nothing of this cluster runs, so it is stale."""
    with contextlib.suppress(FileNotFoundError):
        if Path(f"/proc/{_postmaster_of(cluster)}/cwd").is_symlink():
            (cluster / "postmaster.pid").unlink()


def _processes_of(cluster: Path) -> list[int]:
    """Processes named postgres that stand in the directory `cluster`, as all of a server's do.

    Known from /proc; where there is none, PostgreSQL's own postmaster.pid still keeps a second server away.
    """
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended, or is another user's
            program = os.readlink(process / "exe").removesuffix(" (deleted)")
            if os.path.basename(program) == "postgres" and os.readlink(process / "cwd") == str(cluster.resolve()):
                found.append(int(process.name))
    return found


def _signal(pids: list[int], sig: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sig)
