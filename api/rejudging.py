"""Decisions judged again, as faults of a verification: what no signature proves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from api.identities import people_in
from api.problems import problem
from api.rules import CASEWORK_TABLES
from api.service import brought_kid
from domain.events import Acted
from domain.rehearsal import Recorded
from domain.rejudging import Doubt, Reading, Revealed, judge_again
from ledger.disclosure import digests_in, parse_disclosure, reveal
from ledger.errors import LedgerError
from ledger.faults import FaultLog
from ledger.jws import parse_jws
from ledger.line import LineError, decode_line
from ledger.store import AnyConnection, read_page, read_wrapped_key
from ledger.vault import CaseKey, Kek, open_case_key, unseal
from ledger.verify import Verdict
from ledger.verify_reading import read_file
from projections.standing import opened_by, recorded

PAGE = 500
Lines = Iterable[tuple[int, bytes]]
"""(index, line) in order, from line 0 on."""


def with_decisions(verdict: Verdict, lines: Lines, vault: Vault | None, done: Callable[[int], None]) -> Verdict:
    """The verdict with what judging every decision again has found. `done` is told how many lines were judged."""
    log = FaultLog()
    reading = iter(lines)
    try:
        origin, administrators = opened_by(next(reading)[1])
    except (LineError, LedgerError, ValueError, KeyError, TypeError, StopIteration):
        return verdict  # nothing can be judged without line 0, whose faults have been named
    reveals = vault.reveals if vault is not None else _nothing
    judged = _judged(reading, log, done)
    for doubt in judge_again(judged, origin, administrators, Reading(_kid, brought_kid, _second, reveals)):
        _add(log, doubt)
    faults = sorted(
        (*verdict.faults, *log.faults()),
        key=lambda fault: (fault.index is not None, fault.index or 0, fault.code),
    )
    return replace(
        verdict,
        faults=tuple(faults),
        covered=(*verdict.covered, "decisions"),
        not_covered=tuple(part for part in verdict.not_covered if part != "decisions"),
    )


def lines_in_file(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of an exported ledger. Raises OSError, `NotWhole`."""
    yield from enumerate(read_file(path, FaultLog()))


def lines_in_database(connection: AnyConnection, size: int) -> Iterator[tuple[int, bytes]]:
    """The first `size` lines."""
    start = 0
    while start < size and (page := read_page(connection, CASEWORK_TABLES, start, PAGE)):
        yield from ((index, line) for index, line in page if index < size)
        start = page[-1][0] + 1


@dataclass
class Vault:
    """What acts reveal, where the vault's key and the one that leads to people are at hand: so that a line cannot say
    that somebody else applied than did. Nothing that is opened is kept, and no message holds any of it."""

    connection: AnyConnection
    origin: str
    kek: Kek
    identity_key: bytes

    def reveals(self, index: int, event: Acted) -> Revealed | None:
        """None where it cannot be opened: that is a fault of the vault, and named as one."""
        if "_sd_alg" not in event.claims:
            return None
        row = self.connection.execute(
            CASEWORK_TABLES.sql("SELECT sealed FROM {vault} WHERE index = %s"), (index,)
        ).fetchone()
        try:
            return self._opened(event, [bytes(one) for one in row[0]]) if row else None
        except (LedgerError, TypeError, ValueError):
            return None

    def _opened(self, event: Acted, sealed: list[bytes]) -> Revealed:
        case = str(event.originator_id)
        key = self._key(event)
        opened = [
            parse_disclosure(unseal(key, self.origin, case, digest, one))
            for digest, one in zip(digests_in(event.data), sealed, strict=True)
        ]
        data: dict[str, Any] = reveal(event.data, {one.digest: one for one in opened})
        return data, people_in(data, self.identity_key, self.origin)

    def _key(self, event: Acted) -> CaseKey:
        wrapped = read_wrapped_key(self.connection, CASEWORK_TABLES, event.originator_id)
        return open_case_key(self.kek, self.origin, str(event.originator_id), wrapped or b"")


def _nothing(index: int, event: Acted) -> Revealed | None:
    return None


def _judged(lines: Lines, log: FaultLog, done: Callable[[int], None]) -> Iterator[Recorded]:
    """What can be read; the rest is named by the verification of lines, and changes nothing here."""
    for index, line in lines:
        try:
            yield recorded(decode_line(line))
        except (LineError, LedgerError, ValueError, KeyError, TypeError, IndexError):
            log.add("decision.unreadable", index)
        done(index + 1)


def _add(log: FaultLog, doubt: Doubt) -> None:
    if doubt.refused is not None:
        said = {language: problem(doubt.refused, language)[1]["detail"] for language in ("zh", "en")}
        code = doubt.refused.code
        log.add("decision.refused", doubt.index, kind=f"{code} {doubt.index}", act=doubt.act, reason=code, **said)
    elif doubt.differs == ("line",):
        log.add("decision.unreadable", doubt.index)
    else:
        what = ", ".join(doubt.differs)
        log.add("decision.relied", doubt.index, kind=f"{what} {doubt.index}", act=doubt.act, what=what)


def _kid(event: Acted) -> str:
    return parse_jws(event.jws.encode()).kid


def _second(event: Acted) -> str | None:
    second = event.data.get("second") if event.type.startswith("officer.") else None
    return parse_jws(second.encode()).kid if second else None
