"""By what authority, rules and limits each act was done: told by the course of its whole case.

An officer's acts are scattered over cases whose other lines are not in the bundle; these are read here, a few cases
at a time, and the report says so.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any
from uuid import UUID

from api.evidence.gather import Gathered
from api.rules import CASEWORK_TABLES
from domain.events import Acted
from domain.policy import Policy, evolve
from ledger.line import decode_line
from ledger.store import AnyConnection, Placed, read_streams
from ledger.stored import stored_line
from projections.course import course
from projections.standing import recorded

CASES = 50
"""Whose lines are in memory at once."""


def courses_of(connection: AnyConnection, found: Gathered) -> dict[int, dict[str, Any]]:
    """What the course adds to each act that was asked for, by its line. Raises `LedgerFaulty`, naming a line."""
    policy = _policy(found)
    streams = sorted({UUID(found.parts[index].stream) for index in found.about})
    told: dict[int, dict[str, Any]] = {}
    for first in range(0, len(streams), CASES):
        after = [(stream, 0) for stream in streams[first : first + CASES]]
        rows = (row for row in read_streams(connection, CASEWORK_TABLES, after) if row[1] < found.size)
        for _, lines in groupby(rows, key=lambda row: row[0]):
            told.update(_steps([(index, line) for _, index, line in lines], found, policy))
    return told


def _steps(
    lines: list[tuple[int, bytes]], found: Gathered, policy: Policy | None
) -> Iterator[tuple[int, dict[str, Any]]]:
    steps = course([Placed(index, line, None, None) for index, line in lines], policy) or {}
    for index, line in lines:
        with stored_line(index):
            version = decode_line(line).version
        if index in found.about and version in steps:
            yield index, steps[version]


def _policy(found: Gathered) -> Policy | None:
    policy: Policy | None = None
    for index, parts in found.parts.items():
        if parts.type.startswith("policy."):
            with stored_line(index):
                event = recorded(parts).event
                assert isinstance(event, Acted)
                policy = evolve(policy, event)
    return policy
