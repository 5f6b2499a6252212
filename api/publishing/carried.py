"""DATA/carried: heads that were cosigned elsewhere and brought back as files, until the publishing process takes them.

A file is a signed note: a checkpoint of ours with our signatures, and cosignatures of one or several witnesses. Where a
quorum needs more than one witness, the files of one head are counted together.
"""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from deploy.place import sync_directory
from ledger.note import parse_note


def keep(data: Path, note: str) -> Path:
    """Put a cosigned note where it will be taken, durably; the same one twice is there once. Raises `NoteError`."""
    parse_note(note)
    directory = data / "carried"
    directory.mkdir(mode=0o700, exist_ok=True)
    path = directory / f"{sha256(note.encode()).hexdigest()[:32]}.note"
    fresh = path.with_suffix(".new")
    with open(fresh, "wb") as file:
        file.write(note.encode())
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
    sync_directory(directory)
    return path


def waiting(data: Path) -> Iterator[tuple[Path, str]]:
    """(file, note) of everything that was brought. What is no text is given as one that will not do as a note."""
    for path in sorted((data / "carried").glob("*.note")):
        yield path, path.read_text("utf-8", "replace")


def refuse(path: Path) -> None:
    """Put a file aside that will not do, under a name that nobody takes it by."""
    path.rename(path.with_suffix(".refused"))


def together(notes: list[str]) -> str:
    """One note with the signatures of all, which are of one text, each line once. Raises `NoteError`."""
    text = parse_note(notes[0]).text
    lines = dict.fromkeys(line for note in notes for line in note[len(text) + 1 :].splitlines(keepends=True))
    return f"{text}\n{''.join(lines)}"
