"""An embedded PostgreSQL: one server, one directory, one start at a time, nothing left running.

The binaries are driven directly. The server listens on no TCP port, only on a socket in a directory that
nobody else may enter, and asks everybody for a password (SCRAM-SHA-256, RFC 7677), its superuser too.

In DATA:
    postgres/             the cluster, unless `postgres.elsewhere` names the directory holding it (place.py)
    postgres.made         there once the cluster is whole: without it, no cluster yet; with it, one was lost
    postgres.socket       names the directory of the socket of the latest start
    postgres.log          what the server says: no statements, no row contents
    secrets/              passwords, mode 0600
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import make_conninfo

from deploy.child import bound_to_this_process
from deploy.database import make_database
from deploy.lock import held, hold, make_data_directory
from deploy.place import DeployError, Place, Say, as_account, find_place, sync_directory, write_durably
from deploy.postmaster import CHILD_ENV, end, launch, stop_orphans, wait_until_ready

DATABASE = "mingzhang"
ADMIN = "postgres"
SERVICE = "mingzhang_service"

_SOCKET_NAME = "/.s.PGSQL.5432"
_SOCKET_PATH_LIMIT = 107  # bytes; sockaddr_un.sun_path, unix(7)
_SHORT = "mingzhang-"
_FIRST_START = 100 << 20  # bytes: an empty cluster of 50 MB, and some room to begin in

_ALWAYS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_destination": "stderr",
    # Logs carry no personal data: neither failing statements nor the rows they name.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "jit": "off",
    "max_wal_size": "2GB",
    "cluster_name": DATABASE,
}


@dataclass(frozen=True)
class Access:
    """How to connect to a server that is up: the socket's directory and the passwords."""

    host: str
    admin_password: str
    service_password: str

    def admin_dsn(self, dbname: str = DATABASE) -> str:
        """libpq connection string of the superuser."""
        return self._dsn(ADMIN, self.admin_password, dbname)

    def service_dsn(self, dbname: str = DATABASE) -> str:
        """libpq connection string of the role that the service writes as."""
        return self._dsn(SERVICE, self.service_password, dbname)

    def _dsn(self, user: str, password: str, dbname: str) -> str:
        return make_conninfo(host=self.host, port="5432", user=user, password=password, dbname=dbname)


class Server:
    """The embedded server of the directory `data`, which is made if missing.

    `bindir` holds other PostgreSQL binaries (15 or newer) than the wheel's. `settings` are added to the
    server's configuration. `say` is told what a person at the terminal should know. Call `start` from a
    thread that lasts as long as the server should: when it ends, so does the server, even by `kill -9`.
    """

    def __init__(
        self,
        data: Path,
        *,
        bindir: Path | None = None,
        settings: Mapping[str, str] | None = None,
        say: Say = lambda message: print(message, file=sys.stderr),
    ) -> None:
        self.data = data.absolute()
        self._bindir = bindir
        self._settings = dict(settings or {})
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._place: Place | None = None
        self._lock: int | None = None
        self._access: Access | None = None

    def start(self) -> None:
        """Start the server, or start it again after it died; returns when it takes connections.

        Raises DeployError when another process uses `data`, or when PostgreSQL will not start. Then nothing
        runs.
        """
        if self.alive():
            return
        try:
            if self._lock is None:
                make_data_directory(self.data)
                self._place = find_place(self.data, self._bindir, self._say)
                self._lock = hold(self._place.home / "postgres.lock")
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        place = self._require_place()
        stop_orphans(place.cluster)
        passwords = [_password(self.data, ADMIN), _password(self.data, SERVICE, renewable=True)]
        _make_cluster(self.data, place, passwords[0])
        # Started again, it must be found where it was.
        sockets = Path(self._access.host) if self._access else _socket_directory(self.data, place)
        self._access = Access(str(sockets), *passwords)
        self._process = launch(self.data / "postgres.log", place, sockets, _ALWAYS | self._settings)
        wait_until_ready(self._process, self.data / "postgres.log", place.cluster, self._say)
        write_durably(self.data / "postgres.socket", f"{sockets}\n")
        make_database(self._access.admin_dsn, DATABASE, SERVICE, self._access.service_password)

    def stop(self) -> None:
        """Stop the server and everything it started. Whoever is connected is disconnected; nothing committed
        is lost."""
        process, self._process = self._process, None
        if process is not None:
            end(process)
        if self._place is None or self._lock is None:
            return  # what may be running there is another's
        stop_orphans(self._place.cluster)
        _forget_socket_directory(self.data, self._place)
        self._access = None
        os.close(self._lock)
        self._lock = None

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Process id of the postmaster."""
        if self._process is None:
            raise DeployError("PostgreSQL is not running.")
        return self._process.pid

    @property
    def cluster(self) -> Path:
        return self._require_place().cluster

    def admin_dsn(self, dbname: str = DATABASE) -> str:
        """libpq connection string of the superuser."""
        return self._require_access().admin_dsn(dbname)

    def service_dsn(self, dbname: str = DATABASE) -> str:
        """libpq connection string of the role that the service writes as."""
        return self._require_access().service_dsn(dbname)

    def _require_place(self) -> Place:
        if self._place is None:
            raise DeployError("PostgreSQL has not been started.")
        return self._place

    def _require_access(self) -> Access:
        if self._access is None:
            raise DeployError("PostgreSQL is not running.")
        return self._access


@contextlib.contextmanager
def embedded(data: Path, *, bindir: Path | None = None, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A started `Server`, stopped at the end."""
    server = Server(data, bindir=bindir, settings=settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def running(data: Path) -> Access | None:
    """How to connect to the server that another process runs on `data` now; None if there is none."""
    data = data.absolute()
    pointer = data / "postgres.elsewhere"
    home = Path(pointer.read_text("utf-8").strip()) if pointer.exists() else data
    if not (data / "postgres.socket").exists() or not held(home / "postgres.lock"):
        return None
    host = (data / "postgres.socket").read_text("utf-8").strip()
    return Access(host, _password(data, ADMIN), _password(data, SERVICE))


@contextlib.contextmanager
def at_hand(data: Path) -> Iterator[Access | Server]:
    """The server that runs on `data`, or one of our own for as long as it is needed."""
    access = running(data)
    if access is not None:
        yield access
        return
    with embedded(data) as server:
        yield server


def _password(data: Path, role: str, *, renewable: bool = False) -> str:
    """The password of `role`, made on first need and durable before anything depends on it.

    A lost one is made anew only where it is `renewable`: about to be set in the database.
    """
    path = data / "secrets" / f"postgres-{role}.password"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        return path.read_text("ascii").strip()
    except PermissionError as error:
        raise DeployError(f"{path} belongs to another user. Run as the user who made {data}.") from error
    except FileNotFoundError:
        if (data / "postgres.made").exists() and not renewable:
            raise DeployError(
                f"{path} is missing, and without it nobody gets into the database. Restore it from the "
                "backup, or set a new password as deploy/README.md says."
            ) from None
    write_durably(path, secrets.token_urlsafe(32))
    sync_directory(data)
    return path.read_text("ascii").strip()


def _make_cluster(data: Path, place: Place, password: str) -> None:
    """Make the cluster, unless there is one. It gets its name only when it is whole."""
    made = data / "postgres.made"
    if place.cluster.exists():
        _check_cluster(place)
    elif made.exists():
        raise DeployError(
            f"The database {place.cluster} was here and is gone. Restore it from its backup. "
            f"Only if nothing in {data} is needed any more, move {data} away and start anew."
        )
    else:
        for leftover in place.home.glob("postgres.new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        _check_room(place.home)
        staging = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=place.home))
        _initdb(place, staging, password)
        staging.rename(place.cluster)
        sync_directory(place.home)
    if not made.exists():
        write_durably(made, f"{_version(place)}\n")


def _initdb(place: Place, staging: Path, password: str) -> None:
    cluster, pwfile = staging, staging.with_suffix(".password")
    locale = ["--locale=C"]
    if _version(place) >= 17:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command = [str(place.bindir / "initdb"), "-D", str(cluster), "-U", ADMIN, "-A", "scram-sha-256"]
    command += ["--pwfile", str(pwfile), "--data-checksums", "--encoding=UTF8", *locale]
    try:
        write_durably(pwfile, password)
        if not place.account.is_me():
            os.chown(cluster, place.account.uid, place.account.gid)
            os.chown(pwfile, place.account.uid, place.account.gid)
        process = subprocess.Popen(
            command,
            cwd="/",
            env=CHILD_ENV,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=bound_to_this_process(signal.SIGKILL),
            **as_account(place.account),
        )
        try:
            said, _ = process.communicate()
        except BaseException:
            # initdb has children of its own; whoever stops us means them too.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
    finally:
        pwfile.unlink(missing_ok=True)
    if process.returncode != 0:
        shutil.rmtree(staging, ignore_errors=True)
        full = f"The disk of {place.home} is full: make room, and start again. " if "No space left" in said else ""
        telling = [line for line in said.splitlines() if line.strip() and not line.endswith("... ok")]
        raise DeployError(f"{full}PostgreSQL's initdb failed in {place.home}:\n" + "\n".join(telling[-6:]))


def _check_room(home: Path) -> None:
    """A first start that runs out of room leaves nothing behind; better not to begin it."""
    free = shutil.disk_usage(home).free
    if free < _FIRST_START:
        raise DeployError(
            f"The disk of {home} has {free >> 20} MB left, and a first start takes {_FIRST_START >> 20} MB. Make room,"
            " or name a directory on another disk: DATA."
        )


def _check_cluster(place: Place) -> None:
    owner = place.cluster.stat().st_uid
    if owner != place.account.uid:
        raise DeployError(
            f"The database {place.cluster} belongs to uid {owner}, and this start would run it as "
            f"{place.account.name} (uid {place.account.uid}). Run as the user who made it."
        )
    made_by = (place.cluster / "PG_VERSION").read_text("ascii").strip()
    if made_by != str(_version(place)):
        raise DeployError(
            f"The database {place.cluster} was made by PostgreSQL {made_by}; {place.bindir} is "
            f"{_version(place)}. deploy/README.md says how to move from one to the other."
        )


def _version(place: Place) -> int:
    """Major version of the binaries."""
    output = subprocess.run([place.bindir / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(output.split()[2].split(".")[0])


def _socket_directory(data: Path, place: Place) -> Path:
    """A directory for the socket that only the server's user (and root) may enter, with a path short
    enough."""
    _forget_socket_directory(data, place)
    sockets = place.home / "postgres.sockets"
    if len(os.fsencode(str(sockets) + _SOCKET_NAME)) > _SOCKET_PATH_LIMIT:
        sockets = Path(tempfile.mkdtemp(prefix=_SHORT, dir="/tmp"))
        write_durably(data / "postgres.socket", f"{sockets}\n")
    sockets.mkdir(exist_ok=True)
    if not place.account.is_me():
        os.chown(sockets, place.account.uid, place.account.gid)
    sockets.chmod(0o700)
    return sockets


def _forget_socket_directory(data: Path, place: Place) -> None:
    """Remove the short directory of an earlier start, if it had one."""
    with contextlib.suppress(FileNotFoundError):
        old = Path((data / "postgres.socket").read_text("utf-8").strip())
        if old.name.startswith(_SHORT) and old.stat().st_uid == place.account.uid:
            shutil.rmtree(old, ignore_errors=True)
