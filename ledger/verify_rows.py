"""What a source hands to verification: a range of lines as they were found, and what was stored about them."""

from collections.abc import Sequence
from dataclasses import dataclass

Columns = tuple[int | None, str | None, bytes | None, str | None]
"""(version, stream, act, type) of a row of the database: any may be NULL where somebody took the constraint away."""


@dataclass
class Rows:
    """Lines [start, start + len(lines)) as they were found; None where there is none.

    `after` is the line that follows the range, `is_last` says that the ledger ends here. `extra` rows claimed an index
    that another row has. `tiles` are the stored tiles of level 0, `heads` the stored (size, root) with
    start < size ≤ end, `sealed` the number of vault entries by index; None where the source has no such thing. `odd`
    are indexes of vault entries that cannot be what they should be. `ask` are sizes at which the root is wanted, too.
    """

    start: int
    lines: list[bytes | None]
    columns: list[Columns | None] | None = None
    after: bytes | None = None
    is_last: bool = False
    extra: int = 0
    tiles: dict[int, bytes] | None = None
    heads: list[tuple[int, bytes]] | None = None
    sealed: dict[int, int] | None = None
    odd: frozenset[int] = frozenset()
    ask: Sequence[int] = ()

    @property
    def end(self) -> int:
        """The index after the last."""
        return self.start + len(self.lines)
