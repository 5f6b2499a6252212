"""Files that a command keeps for its user: evidence, so never overwritten."""

import os
from pathlib import Path
from tempfile import TemporaryFile

from api.cli.failing import CANNOT_TELL, CommandError


def write_new(path: Path, text: str) -> None:
    """Write a new file, durably. Raises `CommandError` when it is there already, OSError as it comes."""
    try:
        with open(path, "x", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        refuse_existing(path)


def refuse_unwritable(path: Path) -> None:
    """Say so before anything is sent, rather than after. Raises `CommandError`."""
    refuse_existing(path)
    try:
        with TemporaryFile(dir=path.absolute().parent):
            pass
    except OSError as error:
        raise CommandError(
            f"写不了 {path}（{error.strerror}），因此什么都没有发送。 It cannot be written, so nothing was sent.",
            CANNOT_TELL,
        ) from None


def refuse_existing(path: Path) -> None:
    """Raises `CommandError` when the file is there."""
    if path.exists():
        raise CommandError(f"{path} 已存在，不会覆盖。 It is there already and is never overwritten.")
