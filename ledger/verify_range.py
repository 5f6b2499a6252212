"""A range of lines under verification: what one process checks without knowing what stands before it.

A range begins at a multiple of `RANGE` lines, so the tree over it is made of whole subtrees: everything in it is
checked here, and what depends on the lines before (streams, roots) goes back compactly, to be joined in order.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from ledger.faults import Fault, FaultLog
from ledger.keys import KeyHistory
from ledger.line import MAX_LINE, LineError, decode_line
from ledger.rules import ActRules, Follower
from ledger.verify_leaves import settle
from ledger.verify_line import (
    ABSENT,
    ACT,
    DAMAGED,
    EVENT,
    FLAG_AT,
    HASH_AT,
    NAMELESS,
    ZERO32,
    FastCheck,
    Seen,
    make_record,
    stream_key,
)
from ledger.verify_rows import Columns, Rows
from ledger.verify_stored import check_heads, check_tiles, check_vault
from ledger.verify_strict import check_strict, unreadable
from ledger.verify_tree import Part, Subtree

OpenVault = Callable[[Rows, list[Seen], FaultLog], None]
_ABSENT = Seen(b"", b"", make_record(bytes(16), ZERO32, 0, 0, ABSENT, ZERO32), b"", (), None, "", "", 0)


@dataclass
class RangeResult:
    """What a range yields. `records` and `relied` are for `verify_streams`, `part` is for the tree.

    `heads` are (size, root within the range, stored root): the first None when lines are unknown before that size, the
    second None when it was only asked for. `key_lines` are (index, line) of lines that change keys, `followers` the
    lines without an act of the types that the rules leave unsigned; `leaders` those that followers
    stand after. `act_keys` are idempotency keys with their index, 24 bytes each, where no database holds them.
    `unsigned` counts by type.
    """

    start: int
    end: int
    found: int
    acts: int
    records: bytes
    relied: bytes
    part: Part
    heads: list[tuple[int, bytes | None, bytes | None]]
    key_lines: list[tuple[int, bytes]]
    leaders: list[tuple[int, bytes]]
    followers: list[tuple[int, Follower]]
    act_keys: bytes
    unsigned: Counter[str]
    faults: list[tuple[str, Fault]]
    notes: list[tuple[str, Fault]]


class RangeCheck:
    """Checks ranges under given rules, keys and origin; no line's time is after `latest` (as in a line; None: any).

    The lines of a `simulation` bear the times of their acts, not of their commits.
    """

    def __init__(
        self,
        rules: ActRules | None,
        keys: KeyHistory,
        origin: str | None,
        latest: bytes | None = None,
        simulation: bool = False,
    ) -> None:
        self._rules, self._keys, self._origin, self._latest = rules, keys, origin, latest
        self._simulation = simulation
        self._fast = FastCheck(rules, keys, origin)
        self._key_types = frozenset(rules.key_types if rules else ())
        self._unsigned = (rules.unsigned if rules and rules.followers else None) or frozenset()
        self._leading = rules.lead if rules else frozenset()
        self._special = self._key_types | self._leading | self._unsigned
        self._act_types = frozenset(rules.types.values() if rules else ())

    def check(self, rows: Rows, log: FaultLog, notes: FaultLog, open_vault: OpenVault | None = None) -> RangeResult:
        """Everything about these rows that can be told without those before them; faults go to `log` and the result."""
        seen, hashes = self._look(rows, log, notes)
        after = self._ahead(rows)
        leaves, altered = settle(rows, hashes, [one.prev for one in seen[1:]] + [after.prev if after else b""], log)
        ats = [b"" if i in altered else one.at for i, one in enumerate(seen)] + ([after.at] if after else [])
        _check_order(rows, ats, log)
        self._check_ahead(rows, ats, log)
        if rows.columns is not None:
            self._check_columns(rows, rows.columns, seen, log)
        subtree = Subtree(leaves)
        check_heads(rows, ats, log, notes, self._simulation)
        check_tiles(rows, subtree, log)
        check_vault(rows, seen, log)
        if open_vault is not None:
            open_vault(rows, seen, log)
        return self._result(rows, seen, hashes, leaves, altered, subtree, log, notes)

    def _look(self, rows: Rows, log: FaultLog, notes: FaultLog) -> tuple[list[Seen], list[bytes | None]]:
        fast = self._fast.check
        seen: list[Seen] = []
        hashes: list[bytes | None] = []
        before = b""
        for position, line in enumerate(rows.lines, rows.start):
            if line is None:
                log.add("line.missing", position)
                seen.append(_ABSENT)
                hashes.append(None)
                before = b""
            else:
                hash_ = sha256(b"\0" + line).digest()
                # Of a line that is too long only the beginning is there.
                hashes.append(hash_ if len(line) <= MAX_LINE else None)
                seen.append(fast(line, position, hash_, before) or self._strict(line, position, log, notes))
                before = hash_
        return seen, hashes

    def _strict(self, line: bytes, position: int, log: FaultLog, notes: FaultLog) -> Seen:
        try:
            return check_strict(line, position, log, notes, rules=self._rules, keys=self._keys, origin=self._origin)
        except Exception as error:  # whoever writes a line that trips us must not escape by it
            log.add("line.malformed", position, detail=type(error).__name__)
            return unreadable()

    def _ahead(self, rows: Rows) -> Seen | None:
        """The line after the range, for its `prev` and `at` alone: its faults are named with its own range."""
        if rows.after is None:
            return None
        nobody = FaultLog()
        try:
            return check_strict(rows.after, rows.end, nobody, nobody, rules=None, keys=self._keys, origin=None)
        except Exception:
            return unreadable()

    def _check_ahead(self, rows: Rows, ats: list[bytes], log: FaultLog) -> None:
        """No line is of a time that is yet to come."""
        latest = self._latest
        if latest is None or max(ats, default=b"") <= latest:
            return
        for position, at in enumerate(ats[: len(rows.lines)], rows.start):
            if at > latest:
                log.add("line.ahead", position, at=at.decode())

    def _check_columns(self, rows: Rows, columns: list[Columns | None], seen: list[Seen], log: FaultLog) -> None:
        """Every column of the index against the line's own content."""
        for i, (one, row) in enumerate(zip(seen, columns, strict=True)):
            if row is None or (
                row[0] == one.version and row[1] == one.stream and row[2] == one.key and row[3] == one.type
            ):
                continue
            if one.flag & NAMELESS:
                # The line cannot be read: its stream goes on by what the columns say.
                seen[i] = self._from_columns(row)
                continue
            own = one.version, one.stream, one.key, one.type
            for name, stands, says in zip(("version", "stream", "act", "type"), row[:4], own, strict=True):
                if stands != says:
                    log.add("column.differs", rows.start + i, kind=name, column=name, stands=_text(stands),
                            line=_text(says))  # fmt: skip

    def _from_columns(self, row: Columns) -> Seen:
        version = max(row[0] or 0, 0)
        flag = DAMAGED | (ACT if row[3] in self._act_types else EVENT)
        record = make_record(stream_key(row[1] or ""), ZERO32, 0, version, flag, ZERO32)
        return Seen(b"", b"", record, b"", (), None, row[3] or "", row[1] or "", version)

    def _result(
        self,
        rows: Rows,
        seen: list[Seen],
        hashes: list[bytes | None],
        leaves: list[bytes | None],
        altered: set[int],
        subtree: Subtree,
        log: FaultLog,
        notes: FaultLog,
    ) -> RangeResult:
        records = [one.record for one in seen]
        for i, (leaf, own) in enumerate(zip(leaves, hashes, strict=True)) if leaves != hashes else ():
            if leaf is not None and leaf != own:
                flag = bytes([records[i][FLAG_AT] | (DAMAGED if i in altered else 0)])
                records[i] = records[i][:FLAG_AT] + flag + leaf + records[i][HASH_AT + 32 :]
        plain = Counter([one.type for one in seen if not one.record[FLAG_AT] & ACT])
        acts = len(seen) - plain.total()
        plain.pop("", None)
        keys = (
            []
            if rows.columns is not None
            else [
                key + position.to_bytes(8, "big") for position, one in enumerate(seen, rows.start) if (key := one.key)
            ]
        )
        special = [(i, one) for i, one in enumerate(seen) if one.type in self._special]
        key_lines = [(rows.start + i, rows.lines[i] or b"") for i, one in special if one.type in self._key_types]
        leaders = [(rows.start + i, rows.lines[i] or b"") for i, one in special if one.type in self._leading]
        followers = [
            (rows.start + i, Follower(one.stream, one.version, one.type, _state(rows.lines[i])))
            for i, one in special
            if one.type in self._unsigned and not one.flag & ACT
        ]
        stored: dict[int, bytes | None] = dict.fromkeys(rows.ask)
        stored.update(rows.heads or ())
        heads = [(size, subtree.root(size - rows.start), root) for size, root in sorted(stored.items())]
        return RangeResult(
            rows.start, rows.end, len(rows.lines) - rows.lines.count(None) + rows.extra, acts, b"".join(records),
            b"".join([one.relied for one in seen]), subtree.part(), heads, key_lines, leaders, followers,
            b"".join(keys), plain if self._rules else Counter(), log.items(), notes.items(),
        )  # fmt: skip


def _state(line: bytes | None) -> bytes:
    try:
        return decode_line(line or b"").state
    except LineError:
        return b""


def _text(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


def _check_order(rows: Rows, ats: list[bytes], log: FaultLog) -> None:
    """Time never runs backwards on the ledger; each line is compared with the one before it."""
    if ats == sorted(ats):
        return
    before = b""
    for position, at in enumerate(ats, rows.start):
        if at and at < before:
            log.add("line.time", position, at=at.decode(), before=before.decode())
        before = at or before
