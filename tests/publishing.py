"""Publishing a torture office's ledger into a directory, in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.publishing.directory import TileDirectory
from api.publishing.halt import Halt
from api.publishing.publisher import Publisher
from ledger.receipts import HeadSigner
from ledger.store import read_lines
from tests.tlog_client import Log, from_directory
from tests.torture.office import ORIGIN, Office
from tests.torture.rules import TABLES


def publisher_of(office: Office, data: Path, directory: TileDirectory | None = None, **options: Any) -> Publisher:
    """As the process makes it at its start."""
    directory = directory or TileDirectory(data)
    directory.prepare()
    heads = HeadSigner(ORIGIN, [office.log])
    return Publisher(directory, TABLES, ORIGIN, [office.log], [office.log.key], heads, Halt(data), **options)


def published(data: Path) -> Log:
    """What a client finds in the directory."""
    return Log.at(from_directory(data / "tlog"))


def lines_of(office: Office) -> list[bytes]:
    with office.connect() as connection:
        return read_lines(connection, TABLES, 0, 10**6)
