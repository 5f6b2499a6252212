"""Verification: is this ledger, every byte of it, what its lines and signatures say? Nothing stored is believed.

    source ── ranges of lines ──> processes: form, hashes, signatures, columns, tiles, vault   (verify_range)
                                     │ packed results, in order
                                     v
    this process: streams, relied-on versions, roots at every head, kept heads      (verify_streams, verify_tree)

Trusted: the program, and what is given beside the ledger (fingerprint, kept heads, their keys). Not trusted: anything
in the database or file. All processes see one snapshot; the service may go on writing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ledger.errors import LedgerFaulty
from ledger.faults import Fault, FaultLog
from ledger.head_seal import EVENT as HEAD_SEAL
from ledger.jws import key_from_jwk
from ledger.key_lines import KeyLine, key_changes
from ledger.keys import KeyChange, KeyHistory, KeyRegistered, administrators_keys
from ledger.line import line_hash, timestamp
from ledger.log_keys import EVENT as LOG_KEYS
from ledger.log_keys import log_keys_of
from ledger.note import NoteKey
from ledger.rules import ActRules
from ledger.store import Opened
from ledger.verify_database import DatabaseSource
from ledger.verify_file import FileSource
from ledger.verify_followers import Followers
from ledger.verify_kept import KeptHead, check_kept_root, check_kept_signatures, check_kept_sizes
from ledger.verify_pool import cores, results
from ledger.verify_range import RangeResult
from ledger.verify_repeats import Repeats
from ledger.verify_sealed import Sealed
from ledger.verify_seals import SealedHeads, sealed_sizes
from ledger.verify_streams import Streams
from ledger.verify_strict import read_opening
from ledger.verify_tree import Edge
from ledger.verify_worker import Job, KekSource

Source = DatabaseSource | FileSource
MAX_AHEAD = timedelta(days=1)
"""How far a line's time may be ahead of the clock of whoever verifies: clocks differ, but not by days."""
MAX_TYPES = 200
OTHERS = "…"
"""Types of unsigned lines that are counted apart, and what the rest is counted as."""

Progress = Callable[[int, int], None]
"""(lines done, lines in all)."""


@dataclass(frozen=True)
class Verdict:
    """What verification found. `faults` empty: the ledger is what it says, as far as `covered` goes.

    `size` counts lines, `root` is the root over them, hex (None: not to be recomputed). `unsigned` counts lines without
    a signed act, by type. `notes` are no faults but worth knowing. `covered` and `not_covered` are codes of parts.
    """

    origin: str | None
    fingerprint: str | None
    simulation: bool
    size: int
    root: str | None
    acts: int
    unsigned: dict[str, int]
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    covered: tuple[str, ...]
    not_covered: tuple[str, ...]


def verify(
    source: Source,
    rules: ActRules | None,
    *,
    kept: Sequence[KeptHead] = (),
    trusted: Sequence[NoteKey] = (),
    fingerprint: str | None = None,
    kek: KekSource | None = None,
    progress: Progress | None = None,
    processes: int | None = None,
    now: datetime | None = None,
) -> Verdict:
    """Verify all of it and name every fault.

    `rules` None takes every line for a plain event. `kept` heads must be signed by `trusted` keys or, without any, by
    the ledger's own key of that time. `fingerprint` is what line 0 must hash to, hex. `processes` defaults to one a
    core, `now` to this machine's clock.
    Raises `LedgerMissing`, `NotWhole`, `VaultError`, psycopg errors, OSError: then nothing is known.
    """
    if kek is not None:
        kek.load()
    with source:
        stored, told = FaultLog(), FaultLog()
        source.inspect(stored, told)
        line = source.opening()
        opened = read_opening(line)
        latest = None if opened and opened.simulation else _latest(now or datetime.now(UTC), source.clock(), told)
        heads = FaultLog()
        log_keys = log_keys_of(opened, source.key_lines([LOG_KEYS]) if kept else ()) if opened else None
        usable = check_kept_signatures(kept, log_keys, trusted, heads)
        lines = source.key_lines(rules.key_types) if rules else []
        origin = opened.origin if opened else None
        sizes = sealed_sizes(source.key_lines([HEAD_SEAL]) if rules and HEAD_SEAL in rules.sealed else [])
        while True:
            named = FaultLog()
            changes = _believed(opened, rules, lines, named)
            run = _Run(source, usable, rules, opened, sizes)
            job = Job(rules, tuple(changes), origin, source.place, kek, latest, bool(opened and opened.simulation))
            run.go(job, progress or (lambda done, total: None), processes or cores())
            if run.key_lines == lines and not run.heads.unasked:
                break
            # The type column lied about which lines change keys, or seal: the lines themselves are what counts.
            lines, sizes = run.key_lines, sizes | run.heads.unasked
        run.log.extend(named.items())
        run.finish()
    log = FaultLog()
    log.extend(stored.items())
    _check_fingerprint(line, fingerprint, log)
    log.extend(heads.items())
    log.extend(run.log.items())
    told.extend(run.notes.items())
    return Verdict(
        opened.origin if opened else None,
        line_hash(line).hex() if line is not None else None,
        opened.simulation if opened else False,
        run.size,
        run.root.hex() if run.root is not None else None,
        run.acts,
        dict(run.unsigned),
        tuple(log.faults()),
        tuple(told.faults()),
        *_coverage(source, rules, kept, fingerprint, kek),
    )


class _Run:
    """One pass over all lines under given keys: ranges joined in order."""

    def __init__(
        self,
        source: Source,
        kept: Sequence[KeptHead],
        rules: ActRules | None,
        opened: Opened | None,
        sealed: frozenset[int],
    ) -> None:
        self._source, self._kept = source, kept
        self.log, self.notes = FaultLog(), FaultLog()
        self._streams, self._edge, self._repeats = Streams(self.log), Edge(), Repeats()
        self.heads = SealedHeads(sealed, opened.origin if opened else "", self.log)
        self._followers, self._sealed = Followers(rules, self.log), Sealed(rules, opened, self.heads, self.log)
        self._found, self._last_head = 0, 0
        self._open = {head.checkpoint.size for head in kept}
        """Sizes of kept heads that no range was asked for yet."""
        self.size, self.acts = 0, 0
        self.root: bytes | None = None
        self.unsigned: Counter[str] = Counter()
        self.key_lines: list[KeyLine] = []

    def go(self, job: Job, progress: Progress, processes: int) -> None:
        """All ranges."""
        sizes = tuple(sorted({head.checkpoint.size for head in self._kept}))
        total = self._source.lines
        progress(0, total)
        for result in results(job, self._source.tasks(sizes, self.log), processes):
            self._join(result)
            progress(min(self._found, total), total)

    def _join(self, result: RangeResult) -> None:
        if result.start != self.size:
            self.log.add("line.missing", self.size, result.start - 1, count=result.start - self.size)
            self._edge.broken = True
            self._streams.lose()
        self.log.extend(result.faults)
        self.notes.extend(result.notes)
        self._streams.join(result.start, result.records, result.relied)
        self._followers.join(result)
        self.heads.join(result)
        self._sealed.join(result)
        self._check_heads(result)
        self._edge.append(result.part)
        self._repeats.add(result.act_keys)
        self._found += result.found
        self.size, self.acts = result.end, self.acts + result.acts
        for type_, count in result.unsigned.items():
            known = type_ in self.unsigned or len(self.unsigned) < MAX_TYPES
            self.unsigned[type_ if known else OTHERS] += count
        self.key_lines += result.key_lines

    def _check_heads(self, result: RangeResult) -> None:
        """The root at every size at which one is stored or was kept, and at the end."""
        for size, within, stored in result.heads:
            root = None if within is None or self._edge.broken else self._edge.root(within)
            if stored is not None and root != stored:
                code = "head.wrong" if root is not None else "head.unverifiable"
                self.log.add(code, size, where="head", after=self._last_head, line=size - 1)
            if stored is not None:
                self._last_head = size
            check_kept_root(self._kept, size, root, self.log)
            self._open.discard(size)
        self.root = None if self._edge.broken or not result.part.complete else self._edge.root(result.part.root)

    def finish(self) -> None:
        """What belongs to no one range."""
        if self.size == 0:
            self.log.add("line.missing", 0)
        self._source.finish(self._found, self._edge, self._streams, self.log)
        for index, first in self._repeats.found():
            self.log.add("act.twice", index, first=first)
        for size in sorted(size for size in self._open if size <= self.size):
            check_kept_root(self._kept, size, None, self.log)
        check_kept_sizes(self._kept, self.size, self.log)


def _latest(now: datetime, server: datetime | None, notes: FaultLog) -> bytes:
    """The latest time that a line may bear. Whose clock is behind is not for us to say: the later one counts."""
    if server is not None and abs(server - now) > MAX_AHEAD:
        notes.add("clock.differs", where="database", here=timestamp(now), there=timestamp(server))
    return timestamp(max(now, server or now) + MAX_AHEAD).encode()


def _believed(
    opened: Opened | None, rules: ActRules | None, lines: Iterable[KeyLine], log: FaultLog
) -> list[KeyChange]:
    """The changes of keys that hold: line 0's, and of each line that proves itself by those before it.

    A line that does not hold is named where all lines are checked; here, only a change that cannot be understood.
    """
    believed: list[KeyChange] = []
    for entry in opened.administrators if opened else ():
        try:
            for change in administrators_keys({"administrators": [entry]}):
                assert isinstance(change, KeyRegistered)
                key_from_jwk(change.jwk)
                believed.append(change)
        except Exception as error:  # whatever somebody may have put there instead
            log.add("key.malformed", 0, detail=str(error) or type(error).__name__)
    keys = KeyHistory(believed)
    for index, line in lines:
        assert rules is not None
        try:
            made = key_changes(index, line, rules, keys, opened.origin if opened else None)
        except LedgerFaulty as faulty:
            if faulty.code == "key.malformed":
                log.add("key.malformed", index, detail=faulty.params["detail"])
            elif faulty.params.get("reason") == "key.authority":
                log.add("key.authority", index)
            continue
        keys.apply(made)
        believed += made
    return believed


def _check_fingerprint(line: bytes | None, fingerprint: str | None, log: FaultLog) -> None:
    own = line_hash(line).hex() if line is not None else None
    if fingerprint is not None and own != fingerprint.lower():
        log.add("opening.fingerprint", 0, given=fingerprint, stands=own)


def _coverage(
    source: Source, rules: ActRules | None, kept: Sequence[KeptHead], fingerprint: str | None, kek: KekSource | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(covered, not covered): codes of the parts of a ledger's world."""
    stored = source.place is not None
    parts: dict[str, bool] = {
        "lines": True,
        "streams": True,
        "signatures": rules is not None,
        "keys": rules is not None,
        "tree": True,
        "columns": stored,
        "tiles": stored,
        "heads": stored,
        "seals": rules is not None and HEAD_SEAL in rules.sealed,
        "protection": stored,
        "vault": stored,
        "vault-contents": stored and kek is not None,
        "kept-head": bool(kept),
        "fingerprint": fingerprint is not None,
        "decisions": False,
        "projections": False,
        "tracking": False,
        "documents": False,
    }
    return tuple(part for part, is_so in parts.items() if is_so), tuple(part for part, so in parts.items() if not so)
