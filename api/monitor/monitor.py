"""One look at a ledger from outside: is what it shows now what it showed before, and more?

    checkpoint -> signed by the log? -> not shorter than before? -> consistent? -> all new lines -> do they lead to its
    root? -> every seal among them computed again -> statements signed -> all of it kept, the state last

Each line is fetched once and kept; a look costs what came since. Trusted: the fingerprint that was given from outside,
and through line 0, whose hash it is, the log's keys; and the monitor's own directory.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.client import Unreachable
from api.monitor.alarm import Alarm, Shown
from api.monitor.copy import Copy, Heads, not_the_copy
from api.monitor.durable import write_once
from api.monitor.place import Place, State
from api.monitor.source import Source
from ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from ledger.errors import LedgerFaulty, Refused
from ledger.head_seal import EVENT, HeadSeal, open_head_seal
from ledger.line import LineError, decode_line, line_hash
from ledger.log_keys import EVENT as LOG_KEYS
from ledger.log_keys import LogKeys, log_keys_of
from ledger.monitor_statement import Statement
from ledger.note import parse_note
from ledger.store import Opened
from ledger.tree import ProofError, Tree, consistency_proof, range_root, root_begun_with, verify_consistency

LOOKS, PAUSE = 3, 1.0
"""How often, and after how many seconds, a head shorter than before is looked at again: a cache may have been late."""
_MARK = b'"type":"%b"' % EVENT.encode()
_KEYS = b'"type":"%b"' % LOG_KEYS.encode()


@dataclass(frozen=True)
class Seen:
    """What a look found: the head, how many lines were new, and the seals that were found to hold."""

    checkpoint: Checkpoint
    new: int
    seals: Sequence[HeadSeal]


class Monitor:
    """Follows one ledger. `source` may be another address each time: the ledger is the one of the fingerprint.

    Raises, on opening, `LedgerError` where the directory is not as it was kept, and `Unreachable` also where another
    ledger answers than the one of the fingerprint.
    """

    def __init__(self, place: Place, state: State, source: Source, pause: float = PAUSE) -> None:
        self._place, self._source, self._pause = place, source, pause
        self.state, self.signer = state, place.signer(state)
        self.opened = Opened.read(self._opening())
        self._log_keys = self._kept_log_keys()
        root = self._open(state.checkpoint).root if state.checkpoint else b""
        self._copy = Copy.open(place.ledger, state.size, state.bytes, root)
        self._heads = Heads(self._copy)
        self._heads.advance(state.sealed)

    def close(self) -> None:
        """Let go of the files."""
        self._copy.close()

    def look(self) -> Seen:
        """One look; what it found is kept. Raises `Alarm`, `Unreachable`, `NoteError` where the log did not sign."""
        # Each change of keys is proven by the keys before it: one that is withheld, or made up, opens no head.
        self._log_keys = self._source.client.log_keys(self.opened)
        note = self._source.checkpoint()
        for _ in range(LOOKS):
            if self._open(note).size >= self.state.size:
                break
            time.sleep(self._pause)
            note = self._source.checkpoint()
        head = self._open(note)
        proven = self._check(note, head)
        try:
            new = self._fetch(note, head, proven)
            seals = self._check_seals(note, head.size)
        except BaseException:
            self._cut()
            raise
        self._copy.settle()
        for seal in seals:
            statement = Statement.of(self.opened.origin, seal).sign(self.signer)
            write_once(self._place.directory / "statements" / f"{seal.index}.note", statement.encode())
        state = replace(self.state, size=head.size, bytes=self._copy.bytes, checkpoint=note)
        if seals:
            state = replace(state, sealed=seals[-1].size, seal=seals[-1].index)
        # If we crash before this, the next look fetches and signs the same again.
        self._place.write(state)
        self.state = state
        return Seen(head, new, seals)

    def _opening(self) -> bytes:
        """Line 0: from the copy, else as served. What it must hash to was given from outside."""
        if self.state.size:
            with open(self._place.ledger, "rb") as file:
                line = file.readline().removesuffix(b"\n")
            if line_hash(line).hex() != self.state.fingerprint:
                raise not_the_copy(self._place.ledger)
            return line
        line = next(iter(self._source.lines(0, 1)), [b""])[0]
        if line_hash(line).hex() != self.state.fingerprint:
            raise Unreachable(
                f"{self._source.url} 的第 0 行不属指纹 {self.state.fingerprint}：地址不对，指纹抄错，或账本被换。"
                " Line 0 there has not that fingerprint: the address is wrong, the fingerprint mistyped, or the ledger"
                " was replaced."
            )
        return line

    def _kept_log_keys(self) -> LogKeys:
        """The ledger's own keys, followed from line 0 by the lines of the copy, whoever answers now."""
        if not self.state.size:
            return log_keys_of(self.opened, ())
        with open(self._place.ledger, "rb") as file:
            lines = [line.removesuffix(b"\n") for line in file if _KEYS in line]
        return log_keys_of(self.opened, [(decode_line(line).index, line) for line in lines])

    def _open(self, note: str) -> Checkpoint:
        size = parse_checkpoint(parse_note(note).text).size
        return open_checkpoint(note, self._log_keys.at(size), self.opened.origin)

    def _check(self, note: str, head: Checkpoint) -> bool:
        """The head against the one before: not another of its size, not shorter, and going on from it.

        Whether that was proven: where it was not, the new lines alone have to show it, and do as well.
        """
        size, kept = self.state.size, self.state.checkpoint
        if not size:
            return True
        root = self._copy.tree.root()
        if head.size == size and head.root != root:
            raise Alarm("fork", kept, note, f"two roots of {size} lines")
        if head.size < size:
            shown = self._begun(head.size) if head.size else Shown(0, Tree().root())
            if head.root != shown.root:
                raise Alarm("fork", kept, note, f"{head.size} lines now, {size} before", shown=shown.json())
            raise Alarm("rollback", kept, note, f"{head.size} lines now, {size} before")
        return head.size == size or self._check_proof(note, head, root)

    def _check_proof(self, note: str, head: Checkpoint, root: bytes) -> bool:
        """Whether a proof was offered; one that is must hold."""
        size, detail = self.state.size, f"{head.size} lines now do not begin with the {self.state.size} of before"
        try:
            proof = self._source.consistency(size, head.size)
        except ProofError as error:
            raise Alarm("fork", self.state.checkpoint, note, f"{detail}: {error}") from None
        if proof is None:
            return False
        try:
            verify_consistency(size, root, head.size, head.root, proof)
        except ProofError as error:
            facts = {"proof": [hash_.hex() for hash_ in proof]}
            try:
                shown = Shown(size, root_begun_with(size, head.size, head.root, proof), proof)
            except ProofError:
                raise Alarm("fork", self.state.checkpoint, note, f"{detail}: {error}", **facts) from None
            raise Alarm("fork", self.state.checkpoint, note, detail, shown=shown.json()) from None
        return True

    def _begun(self, size: int) -> Shown:
        """What our copy begins with: the root of its first `size` lines, and the proof that leads to the kept head."""
        leaves = [line_hash(line) for line in self._copy.read(0, self.state.size)]

        def node(level: int, n: int) -> bytes:
            tree = Tree()
            for leaf in leaves[n << level : (n + 1) << level]:
                tree.append(leaf)
            return tree.root()

        return Shown(size, range_root(0, size, node), consistency_proof(size, self.state.size, node))

    def _fetch(self, note: str, head: Checkpoint, proven: bool) -> int:
        """The lines that are new, which must lead to the head. How many they are."""
        start = self._copy.tree.size
        for lines in self._source.lines(start, head.size):
            self._copy.extend(lines)
        if self._copy.tree.size != head.size or self._copy.tree.root() != head.root:
            there = f"lines {start} to {self._copy.tree.size - 1} as served do not lead to the head of {head.size}"
            raise Alarm("lines" if proven else "fork", self.state.checkpoint or None, note, there)
        return head.size - start

    def _check_seals(self, note: str, size: int) -> list[HeadSeal]:
        """Every seal among the lines that are new, each computed again from all lines that it is about."""
        seals, before = list[HeadSeal](), self.state.sealed
        for line in self._copy.read(self.state.size, size, self.state.bytes):
            if _MARK not in line:
                continue
            try:
                parts = decode_line(line)
                if parts.type != EVENT:
                    continue
                seal = open_head_seal(line, self.opened.origin, self._log_keys.at(parts.index))
                if seal.size <= before:
                    raise Refused(f"it is about {seal.size} lines, the seal before about {before}", code="seal.size")
                self._heads.advance(seal.size)
            except (Refused, LineError, LedgerFaulty) as error:
                raise self._false(note, line, str(error)) from None
            stands = self._heads.map.root(), self._heads.map.streams
            if stands != (seal.root, seal.streams):
                detail = f"the seal on line {seal.index} over {seal.size} lines; their root is {stands[0].hex()}"
                raise self._false(note, line, detail)
            before = seal.size
            seals.append(seal)
        return seals

    def _false(self, note: str, line: bytes, detail: str) -> Alarm:
        return Alarm("seal", self.state.checkpoint or None, note, detail, line=line.decode("utf-8", "replace"))

    def _cut(self) -> None:
        """What did not come to anything is forgotten, in memory and on disk."""
        self._copy.close()
        root = self._open(self.state.checkpoint).root if self.state.checkpoint else b""
        self._copy = Copy.open(self._place.ledger, self.state.size, self.state.bytes, root)
        self._heads = Heads(self._copy)
        self._heads.advance(self.state.sealed)
