"""That a bundle was made stands on the ledger; what it was, and for whom, only the commission can read.

Order of things, and what a crash after each leaves: the bundle is written (into a file without a name: nothing); the
envelope is written (an envelope that no line names: harmless); the line is committed (a bundle that is on record and
that nobody got: whoever asked asks again); the bundle is sent.
"""

import os
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from api.directory import TYPES, Directory, directory_from
from api.evidence.request import Wanted
from api.private_files import write_private
from api.rules import CASEWORK_TABLES
from api.service import Service
from domain.assignment import Duty
from domain.evidence import EVENT, SIZE, evidence_id, said_of
from domain.officer import Officer
from ledger.batch import Command, NewEvent
from ledger.envelope import SLOTS, Place, commitment, seal, write_paper
from ledger.errors import Conflict, LedgerError, OutcomeUnknown, Refused
from ledger.seal import sealed_state
from ledger.store import AnyConnection, read_key_lines, read_last_of, read_line

PAGE = 500


@dataclass(frozen=True)
class Asked:
    """An admitted request: its JWS, what it wants, its asker as the ledger has them, the keys its record is sealed to,
    each 32 bytes."""

    jws: str
    wanted: Wanted
    asker: Officer
    readers: tuple[bytes, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the JWS, hex."""
        return sha256(self.jws.encode()).hexdigest()


def envelope_path(data: Path, stream: UUID) -> Path:
    """Where the sealed record of one bundle lies."""
    return data / "evidence" / f"{stream}.envelope"


def check_unused(connection: AnyConnection, origin: str, digest: str) -> None:
    """Raises `Conflict` (`evidence.used`) where a bundle was made for this very request."""
    if read_last_of(connection, CASEWORK_TABLES, evidence_id(origin, digest)) is not None:
        raise _used()


def read_directory(connection: AnyConnection) -> Directory:
    """Who is who, each line of it checked: whoever can write rows must not make himself a reader of these records."""
    return directory_from(read_line(connection, CASEWORK_TABLES, 0) or b"", _lines(connection))


def _lines(connection: AnyConnection) -> Iterator[bytes]:
    after = 0
    while page := read_key_lines(connection, CASEWORK_TABLES, TYPES, after, PAGE):
        yield from (line for _, line in page)
        after = page[-1][0]


def readers_of(directory: Directory, asker: Officer, today: date) -> tuple[bytes, ...]:
    """The reading keys of everybody who serves the commission today, and the asker's own, who knows it anyway.

    At most as many as an envelope has room for, the commission's first. Raises `Refused` (`evidence.no-reader`).
    """
    commission = [one for one in directory.officers.values() if one.has_duty(Duty.COMMISSION, today)]
    keys = [key for one in (*commission, asker) for key in sorted(one.reading_keys)]
    if not keys:
        raise Refused(
            "nobody could ever read the record of this bundle: let somebody of the commission register a reading key",
            code="evidence.no-reader",
        )
    return tuple(urlsafe_b64decode(key + "=") for key in dict.fromkeys(keys))[:SLOTS]


async def record(service: Service, data: Path, asked: Asked, bundle: dict[str, Any]) -> int:
    """Seal what was made and commit its line; the line's index. Raises `Conflict` (`evidence.used`) and what a commit
    raises: then nothing is on record."""
    stream = evidence_id(service.origin, asked.digest)
    place = Place(service.origin, str(stream), EVENT)
    paper = write_paper(place, {"request": asked.jws, "bundle": bundle}, (SIZE,))
    envelope = seal(paper, place, asked.readers)
    path = envelope_path(data, stream)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    said = said_of(commitment(paper), sha256(envelope).hexdigest())
    event = NewEvent(stream, 1, EVENT, sealed_state(service.log, EVENT, str(stream), 1, said), plain=True)
    # Whoever asks is still who they were when they were let in.
    command = Command((event,), ((asked.asker.id, asked.asker.version),))
    try:
        write_private(path, envelope)
    except FileExistsError:
        raise _used() from None
    answer = service.answers.expect()
    try:
        service.committer.hand_in([(command, answer)])
        return (await answer.future).recorded.indexes[0]
    except Conflict:
        raise _used() from None
    except OutcomeUnknown:
        raise
    except LedgerError:
        with suppress(FileNotFoundError):
            os.unlink(path)
        raise


def _used() -> Conflict:
    return Conflict("a bundle was made for this very request: sign a new one", code="evidence.used")
