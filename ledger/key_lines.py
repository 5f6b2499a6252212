"""Lines that change keys, believed only when they prove themselves.

Whoever can append rows can append a registration. So each line of a key type is checked whole, in the order of the
ledger, by the keys that the lines before it made valid; one that does not hold changes nothing. The running service and
`verify` use the same function, and so cannot disagree about who is an officer.
"""

import threading

from ledger.errors import LedgerFaulty
from ledger.faults import FaultLog
from ledger.jws import key_from_jwk
from ledger.keys import KeyChange, KeyHistory, KeyRegistered, administrators_keys
from ledger.line import decode_line
from ledger.rules import ActRules
from ledger.schema import Tables
from ledger.store import AnyConnection, Opened, read_key_lines
from ledger.verify_strict import check_strict

KeyLine = tuple[int, bytes]
"""(index at which it stands, bytes)."""

PAGE = 500
"""Key lines read at once: somebody may have appended any number of them."""


def key_changes(index: int, line: bytes, rules: ActRules, keys: KeyHistory, origin: str | None) -> list[KeyChange]:
    """The changes of keys that the line at `index` makes; `keys` are those of the lines before it.

    Raises `LedgerFaulty`: `ledger.forged`, with the codes of its faults as `reason`, where the line's own signature,
    claims, countersignatures, form or authority do not hold; `key.malformed` where they do and the change is none.
    """
    log = FaultLog()
    try:
        check_strict(line, index, log, FaultLog(), rules=rules, keys=keys, origin=origin)
    except Exception as error:  # whoever writes a line that trips us must not escape by it
        log.add("line.malformed", index, detail=repr(error))
    if not log.total and rules.authority is not None:
        try:
            parts = decode_line(line)
            rules.authority(index, parts.type, parts.state, keys)
        except Exception as error:  # the application's code, on a line that anybody may have written
            log.add("key.authority", index, detail=str(error) or type(error).__name__)
    if log.total:
        reason = ", ".join(sorted({fault.code for fault in log.faults()}))
        raise LedgerFaulty(
            f"line {index} changes keys and was not signed by whoever may do that ({reason}): nothing is recorded while"
            " it stands. Run mingzhang verify, and see 'Foreign rows' in deploy/README.md",
            code="ledger.forged",
            index=index,
            reason=reason,
        )
    try:
        parts = decode_line(line)
        changes = list(rules.read_keys(index, parts.type, parts.state))
        for change in changes:
            if isinstance(change, KeyRegistered):
                key_from_jwk(change.jwk)
    except Exception as error:  # the application's code, on a line that anybody may have written
        detail = str(error) or type(error).__name__
        raise LedgerFaulty(
            f"the change of keys on line {index} cannot be read ({detail}): run mingzhang verify",
            code="key.malformed",
            index=index,
            detail=detail,
        ) from error
    return changes


class KeyLines:
    """The keys of a growing ledger, as one process believes them: `keys`, which any thread may look at.

    Guarded by `_lock`: reading on, and thereby `_read`, the last key line taken in. `_size` is the size of the ledger
    when its key lines were last known to be all taken in. Nothing after a forged line is taken in; once it is gone,
    reading goes on where it stopped.
    """

    def __init__(self, tables: Tables, rules: ActRules, opened: Opened) -> None:
        self._tables, self._rules, self._origin = tables, rules, opened.origin
        self.types = rules.key_types
        self.keys = KeyHistory(administrators_keys(opened.event()))
        self._read, self._size = 0, 0
        self._lock = threading.Lock()

    def read_until(self, connection: AnyConnection, size: int) -> None:
        """`read`, unless the ledger has as many lines as when this was asked last."""
        if size != self._size:
            self.read(connection)
            self._size = size

    def read(self, connection: AnyConnection) -> None:
        """Take in what was registered or revoked since. Raises `LedgerFaulty` at a line that does not hold."""
        with self._lock:
            while True:
                page = read_key_lines(connection, self._tables, self.types, self._read, PAGE)
                for index, line in page:
                    self.keys.apply(key_changes(index, line, self._rules, self.keys, self._origin))
                    self._read = index
                if len(page) < PAGE:
                    return
