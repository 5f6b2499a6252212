"""Files that are there whole or not at all, and after a crash still are."""

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4


def write_once(path: Path, content: bytes) -> bool:
    """Write a file that is not there yet; one that is there stays. Whether it was written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = _write_beside(path, content)
    try:
        os.link(fresh, path)
    except FileExistsError:
        return False
    finally:
        fresh.unlink()
    _settle(path.parent)
    return True


def write_over(path: Path, content: bytes) -> None:
    """Have this content stand under the name. If we crash, the old one does, or the new one."""
    os.replace(_write_beside(path, content), path)
    _settle(path.parent)


def sweep(directory: Path) -> None:
    """Remove what a crash left half-written."""
    for path in directory.glob(".*.fresh"):
        with suppress(FileNotFoundError):
            path.unlink()


def _write_beside(path: Path, content: bytes) -> Path:
    fresh = path.with_name(f".{path.name}.{uuid4().hex}.fresh")
    with open(fresh, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return fresh


def _settle(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
