"""A row of a bank return file: what it says, in the words of `payment.record`, and which row of which file it is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Row:
    """A good row. `number` is where it stands in the file at hand; `file` (SHA-256, hex) and `row` are what its act
    names: the bank's own file and row, also where the row comes from a corrected list of refused ones."""

    number: int
    file: str
    row: int
    case: UUID
    month: str
    fen: int
    result: str
    reason: str | None = None

    @property
    def data(self) -> dict[str, Any]:
        """What its act says."""
        said = {"month": self.month, "fen": self.fen, "result": self.result, "file": self.file, "row": self.row}
        return said | ({"reason": self.reason} if self.reason else {})

    @property
    def words(self) -> tuple[UUID, str, int, str]:
        """The same for rows that say the same of the same case."""
        return self.case, self.month, self.fen, self.result


RESULTS = {
    "paid": "发放成功",
    "returned": "退回",
    "account_changed": "换卡",
}
REASONS = {
    "account_closed": "账户已销户",
    "account_unknown": "账户不存在",
    "name_mismatch": "户名不符",
    "deceased": "已死亡",
    "other": "其他",
}


def yuan(fen: int) -> str:
    """An amount as it is read: `84,000.50`."""
    return f"{Decimal(fen).scaleb(-2):,.2f}"
