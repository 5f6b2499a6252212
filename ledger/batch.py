"""What one transaction will write: each waiting command judged by itself, on what stands under the head lock.

Pure: no I/O. The same rules hold for an act and for any event of any `eventsourcing` application.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from ledger.errors import Conflict, LedgerError, Moved, Refused
from ledger.line import decode_line, encode_line, line_hash, timestamp
from ledger.stored import stored_line

Stream = UUID | str


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be recorded. `plain`: `state` is known to be one clean JSON object (None: look)."""

    stream: Stream
    version: int
    type: str
    state: bytes
    plain: bool | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """What succeeds or fails together: some events, and what they were decided on.

    `relied` are streams with the version that was read (0: nothing there). `key` is the idempotency key of the first
    event, and `same` the beginning of its state that makes a repetition "the same". `sealed` are the first event's
    disclosures, `case_key` the (stream, KEK name, wrapped key) to be kept with them. `not_before` is the act's `iat`.
    """

    events: tuple[NewEvent, ...]
    relied: tuple[tuple[Stream, int], ...] = ()
    key: UUID | None = None
    same: bytes = b""
    sealed: tuple[bytes, ...] = ()
    case_key: tuple[UUID, str, bytes] | None = None
    not_before: datetime | None = None
    also: Any = None
    """Called with the connection inside the transaction, alone: how a process recorder moves its tracking."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the database says under the head lock, reduced to what this batch touches."""

    size: int
    last_hash: str
    last_at: str
    versions: dict[Stream, int]
    keys: dict[UUID, tuple[int, bytes]]
    """Idempotency keys that stand on the ledger: index and line."""


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line about to be written, with its index columns."""

    index: int
    version: int
    stream: Stream
    act: UUID | None
    type: str
    line: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Recorded:
    """A command that stands on the ledger. `hash` is the first line's, hex. `again`: it stood there already."""

    indexes: tuple[int, ...]
    hash: str
    at: str
    again: bool = False


Outcome = Recorded | LedgerError


@dataclass(slots=True)
class Plan:
    """What to write, and each command's outcome if the transaction commits."""

    lines: list[NewLine] = field(default_factory=list)
    sealed: list[tuple[int, list[bytes]]] = field(default_factory=list)
    case_keys: list[tuple[UUID, str, bytes]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)


def make_plan(commands: Sequence[Command], situation: Situation, now: datetime | None) -> Plan:
    """Judge the commands in order, each on the ledger as the ones before it will leave it.

    `now` None: a simulation, whose time is what its acts say of when they were signed; each is recorded at that moment,
    or at the last line's where that is later.
    """
    plan = Plan()
    versions, written = dict(situation.versions), dict[UUID, tuple[bytes, Recorded]]()
    prev = situation.last_hash
    # Time never runs backwards on the ledger; how far the clock may lag behind the last line is the committer's check.
    at = situation.last_at if now is None else max(timestamp(now), situation.last_at)
    for command in commands:
        try:
            if command.key is not None:
                again = _recorded_before(command, situation, written)
                if again is not None:
                    plan.outcomes.append(again)
                    continue
            _check(command, versions, now)
            if now is None and command.not_before is not None:
                at = max(timestamp(command.not_before), at)
            lines = _lines(command, situation.size + len(plan.lines), prev, at)
        except LedgerError as error:
            plan.outcomes.append(error)
            continue
        for line in lines:
            versions[line.stream] = line.version
        recorded = Recorded(tuple(line.index for line in lines), lines[0].hash.hex() if lines else "", at)
        if lines:
            prev = lines[-1].hash.hex()
        if command.key is not None:
            written[command.key] = command.events[0].state, recorded
        if command.sealed:
            plan.sealed.append((lines[0].index, list(command.sealed)))
        if command.case_key is not None:
            plan.case_keys.append(command.case_key)
        plan.lines.extend(lines)
        plan.outcomes.append(recorded)
    return plan


def _recorded_before(
    command: Command, situation: Situation, written: dict[UUID, tuple[bytes, Recorded]]
) -> Recorded | None:
    assert command.key is not None
    if command.key in written:
        state, recorded = written[command.key]
        again = Recorded(recorded.indexes, recorded.hash, recorded.at, again=True)
    elif command.key in situation.keys:
        index, bytes_ = situation.keys[command.key]
        with stored_line(index):
            line = decode_line(bytes_)
        state, again = line.state, Recorded((line.index,), line_hash(bytes_).hex(), line.at, again=True)
    else:
        return None
    if not state.startswith(command.same):
        raise Conflict("another act was recorded under the same iss and jti", code="act.key-reused")
    return again


def _check(command: Command, versions: dict[Stream, int], now: datetime | None) -> None:
    moved = {
        str(stream): versions.get(stream, 0) for stream, version in command.relied if versions.get(stream, 0) != version
    }
    if moved:
        raise Moved(f"{len(moved)} stream(s) moved on since the decision", streams=moved)
    own: dict[Stream, int] = {}
    for event in command.events:
        last = own.get(event.stream, versions.get(event.stream, -1))
        if event.version <= last:
            raise Conflict(
                f"stream {event.stream} already has version {last}",
                code="stream.version",
                stream=str(event.stream),
                version=last,
            )
        own[event.stream] = event.version
    if command.not_before is not None and now is not None and now < command.not_before:
        raise Refused("the act is dated in the future", code="act.iat-future", iat=command.not_before.isoformat())


def _lines(command: Command, index: int, prev: str, at: str) -> list[NewLine]:
    lines = []
    for position, event in enumerate(command.events):
        line = encode_line(
            index, prev, at, str(event.stream), event.version, event.type, event.state, plain=event.plain
        )
        hash_ = line_hash(line)
        act = command.key if position == 0 else None
        lines.append(NewLine(index, event.version, event.stream, act, event.type, line, hash_))
        index, prev = index + 1, hash_.hex()
    return lines
