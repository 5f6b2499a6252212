"""Files that are nobody else's to read: keys, and what an officer keeps on their own machine."""

import os
from pathlib import Path
from uuid import uuid4


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all; never overwrites (FileExistsError)."""
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    finally:
        temporary.unlink()
