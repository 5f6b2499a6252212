"""The lines that the ledger itself sealed: each by the key of its time, for its own place, in the strict form of its
type.

What this cannot tell: that the service left one out, and whether what it says took place. It is the word of whoever
holds the log key, which is not the word of whoever may write to the tables.
"""

from ledger.errors import Refused
from ledger.faults import FaultLog
from ledger.log_keys import EVENT as LOG_KEYS
from ledger.log_keys import log_keys_of
from ledger.rules import ActRules
from ledger.seal import open_seal
from ledger.store import Opened
from ledger.verify_line import ABSENT, DAMAGED, FLAG_AT, NAMELESS, RECORD
from ledger.verify_range import RangeResult
from ledger.verify_seals import SealedHeads

_DOUBTFUL = ABSENT | DAMAGED | NAMELESS


class Sealed:
    """Looks at each range's sealed lines. `opened` None: no key is known, and each is at fault.

    `heads` judges what those say that seal the heads of all streams.
    """

    def __init__(self, rules: ActRules | None, opened: Opened | None, heads: SealedHeads, log: FaultLog) -> None:
        self._forms = rules.sealed if rules else {}
        self._origin = opened.origin if opened else ""
        self._keys = log_keys_of(opened, ()) if opened else None
        self._heads, self._log = heads, log

    def join(self, result: RangeResult) -> None:
        """The next range. What is at fault by itself was named already."""
        for index, line in result.followers:
            form = self._forms.get(line.type)
            if form is None or result.records[(index - result.start) * RECORD + FLAG_AT] & _DOUBTFUL:
                continue
            try:
                said = open_seal(line, self._origin, self._keys.at(index) if self._keys else ())
                form(line, said)
                if self._keys and line.type == LOG_KEYS:
                    self._keys = self._keys.after(index, line, said)
            except Refused as refusal:
                self._log.add("line.seal", index, type=line.type, detail=str(refusal))
            except Exception as error:  # the application's code, on a line that anybody may have written
                self._log.add("line.seal", index, type=line.type, detail=type(error).__name__)
            else:
                self._heads.check(index, line, said)
