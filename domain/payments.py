"""What was paid of a case and came back, and what was paid too much: sums in fen, told from its acts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Payments:
    """`returned`: months whose payment came back, and why. `overpaid`, `recovered`, `waived`: fen in all."""

    paid_until: str | None = None
    returned: Mapping[str, str] = field(default_factory=dict)
    rows: frozenset[tuple[str, int]] = frozenset()
    """Rows of bank files of the latest month, by file and number: none is recorded twice."""
    overpaid: int = 0
    recovered: int = 0
    waived: int = 0

    @property
    def outstanding(self) -> int:
        """What was paid too much and is neither recovered nor waived, in fen."""
        return self.overpaid - self.recovered - self.waived

    def describe(self) -> dict[str, Any]:
        """As a reader sees it."""
        return {
            "paid_until": self.paid_until,
            "returned": dict(sorted(self.returned.items())),
            "overpaid_fen": self.overpaid,
            "recovered_fen": self.recovered,
            "waived_fen": self.waived,
            "outstanding_fen": self.outstanding,
        }


def evolve(payments: Payments, code: str, data: dict[str, Any]) -> Payments:
    """After one more act."""
    if code == "payment.record":
        return _recorded(payments, data)
    if code == "payment.overpay":
        return replace(payments, overpaid=payments.overpaid + data["fen"])
    if code == "payment.recover":
        return replace(payments, recovered=payments.recovered + data["fen"])
    return replace(payments, waived=payments.waived + data["fen"])


def _recorded(payments: Payments, data: dict[str, Any]) -> Payments:
    month, latest = data["month"], payments.paid_until or ""
    row = (data["file"], data["row"])
    rows = frozenset({row}) if month > latest else payments.rows | {row}
    returned = {one: why for one, why in payments.returned.items() if one != month}
    if data["result"] == "returned":
        returned[month] = data.get("reason") or "other"
    return replace(payments, paid_until=max(month, latest), returned=returned, rows=rows)
