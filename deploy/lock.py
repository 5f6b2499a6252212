"""DATA has one user at a time, and says who."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path

from deploy.place import DeployError


def make_data_directory(data: Path) -> None:
    """Make `data` if missing. One that is there keeps its mode: whoever made it may have had a reason.

    Raises DeployError if it cannot be used.
    """
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            data.mkdir()
            # The server's own user must pass through root's directory, and cannot list it.
            data.chmod(0o711 if os.geteuid() == 0 else 0o700)
        owner = data.stat().st_uid
    except OSError as error:
        raise DeployError(f"{data} cannot be used ({error.strerror}). Name another directory: DATA.") from error
    if not os.access(data, os.W_OK | os.X_OK):
        raise DeployError(f"{data} belongs to another user (uid {owner}). Run as that user, or name another: DATA.")


def hold(path: Path) -> int:
    """Lock the file `path` until the returned descriptor is closed or this process ends, however it ends.

    Raises DeployError, naming the holder, if another process holds it.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if not _try(handle):
        holder = os.pread(handle, 20, 0).decode("ascii") or "unknown"
        os.close(handle)
        raise DeployError(
            f"{path.parent} is in use by another Mingzhang (process {holder}). Stop that one first, "
            "or name another directory: DATA."
        )
    os.ftruncate(handle, 0)
    os.pwrite(handle, str(os.getpid()).encode(), 0)
    return handle


def _try(handle: int) -> bool:
    for _ in range(5):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)  # `held` of another process takes the lock for an instant
        else:
            return True
    return False


def held(path: Path) -> bool:
    """Does any process hold the lock on `path` now?"""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
