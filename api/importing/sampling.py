"""The made-up export that ships with the program, to try an import on."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from api.importing.stopped import Stopped


def write_sample(directory: Path) -> tuple[Path, Path]:
    """Write export and mapping into `directory` and return where. Raises `Stopped` rather than overwrite anything."""
    written = directory / "export.csv", directory / "mapping.toml"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path in written:
            with path.open("xb") as file:
                file.write((files("api.importing") / "sample" / path.name).read_bytes())
    except OSError as error:
        raise Stopped(f"样例写不了 The sample cannot be written: {error.filename}: {error.strerror}.") from None
    return written
