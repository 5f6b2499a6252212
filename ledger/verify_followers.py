"""The unsigned lines that signed ones bring with them: each stands directly after its act, and nowhere else.

Nobody signs them, so this is what keeps a forger from adding one, moving one, or leaving one out. What stands after a
line that is at fault itself is not judged: the fault has been named.
"""

from ledger.faults import FaultLog
from ledger.line import decode_line
from ledger.rules import ActRules, Follower
from ledger.verify_line import ABSENT, DAMAGED, FLAG_AT, NAMELESS, RECORD
from ledger.verify_range import RangeResult

_DOUBTFUL = ABSENT | DAMAGED | NAMELESS


class Followers:
    """What is expected of the lines to come. The order of a ledger is the order of calls."""

    def __init__(self, rules: ActRules | None, log: FaultLog) -> None:
        self._followers = rules.followers if rules else None
        self._alone = frozenset(rules.sealed) if rules else frozenset()
        self._log = log
        self._expected: dict[int, Follower] = {}
        self._end, self._doubtful = 0, False

    def join(self, result: RangeResult) -> None:
        """The next range. What its last line brings is looked for in the one after it, if there is one."""
        if self._followers is None:
            return
        for index, line in result.leaders:
            try:
                parts = decode_line(line)
                self._expected |= enumerate(self._followers(parts.type, parts.state), index + 1)
            except Exception:  # the application's code, on a line that anybody may have written: it is named elsewhere
                continue
        for index, follower in result.followers:
            if follower.type in self._alone:
                continue
            expected = self._expected.pop(index, None)
            if follower != expected and not self._is_doubtful(index - 1, result):
                self._log.add("follower.stray", index, type=follower.type)
        for index in [index for index in self._expected if index < result.end]:
            expected = self._expected.pop(index)
            if not self._is_doubtful(index - 1, result) and not self._is_doubtful(index, result):
                self._log.add("follower.missing", index, type=expected.type)
        self._doubtful, self._end = self._is_doubtful(result.end - 1, result), result.end

    def _is_doubtful(self, index: int, result: RangeResult) -> bool:
        """Whether the line, of this range or the last of the one before, is missing or at fault."""
        if index < result.start:
            return self._doubtful or result.start != self._end
        return bool(result.records[(index - result.start) * RECORD + FLAG_AT] & _DOUBTFUL)
