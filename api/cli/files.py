"""Files that a command keeps for its user: evidence, so never overwritten."""

import os
from pathlib import Path

from api.cli.failing import CommandError


def write_new(path: Path, text: str) -> None:
    """Write a new file, durably. Raises `CommandError` when it is there already, OSError as it comes."""
    try:
        with open(path, "x", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        refuse_existing(path)


def refuse_existing(path: Path) -> None:
    """Say so before anything is sent, rather than after. Raises `CommandError`."""
    if path.exists():
        raise CommandError(f"{path} 已存在，不会覆盖。 It is there already and is never overwritten.")
