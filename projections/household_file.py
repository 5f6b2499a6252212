"""A household's file (一户一档) from the lines of its case: its papers, where they stand, what the checklist misses."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from domain.acts import EVENTS
from domain.archive import File, Settings, checklist, evolve
from domain.events import Acted, claims_of
from domain.papers import KINDS
from ledger.act import decode_state
from ledger.line import decode_line
from ledger.store import Placed
from ledger.stored import stored_line


def household_file(lines: Sequence[Placed]) -> File | None:
    """The file of a case of ours, None where the lines are of something else.

    Raises `LedgerFaulty`, naming the line, at one that cannot be read.
    """
    file: File | None = None
    for placed in lines:
        with stored_line(placed.index):
            event = _event(placed)
            if event is None or (file is None and event.type != "apply.submitted"):
                return None
            file = evolve(file, event)
    return file


def _event(placed: Placed) -> Acted | None:
    parts = decode_line(placed.line)
    act = decode_state(parts.state)
    if act is None or parts.type not in EVENTS:
        return None
    jws, relied = act
    return Acted(UUID(parts.stream), parts.version, parts.type, jws, claims_of(jws), relied)


def describe_file(file: File, settings: Settings, is_held: Callable[[str], bool]) -> dict[str, Any]:
    """The file as a reader sees it; `is_held` tells whether the scan with that digest is in the document store."""
    missing = checklist(file.programme, file.reached, file.kinds, settings, file.conditions)
    closed = file.closed
    return {
        "programme": file.programme,
        "papers": [paper.describe() | {"stored": is_held(paper.sha256)} for paper in file.papers],
        "missing": [
            {"kind": one.kind, "kind_zh": KINDS[one.kind].zh, "stage": one.stage, "article": one.article}
            for one in missing
        ],
        "astray": list(file.astray),
        "closed": closed
        and {"on": closed.on, "shelf": closed.shelf, "keep_until": closed.keep_until, "holds": list(closed.holds)},
    }
