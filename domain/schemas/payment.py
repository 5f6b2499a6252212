"""payment 发放: what the bank's return files say, and what was paid too much (57号 Arts 25, 32)."""

from typing import Annotated, Literal

from pydantic import Field

from domain.act_type import ActType
from domain.data import Data, Fen, Month, Sha256

Paid = Annotated[int, Field(ge=1, le=10_000_000_00)]
"""Money that moved, in fen (分)."""


class Record(Data):
    """payment.record 银行回盘: one row of a bank's return file, on the word of the bank (`basis` system).

    `file` is the file's digest, `row` the row's number in it. A row that came back says why.
    """

    month: Month
    fen: Fen
    result: Literal["paid", "returned", "account_changed"]
    reason: Literal["account_closed", "account_unknown", "name_mismatch", "deceased", "other"] | None = None
    file: Sha256
    row: Annotated[int, Field(ge=1, lt=2**31)]


class Overpay(Data):
    """payment.overpay 多发认定: from which month to which, how much in all, and why."""

    first: Month
    last: Month
    fen: Paid
    cause: Literal["death", "unreported_change", "calculation", "duplicate", "fraud", "other"]
    form: Sha256


class Recover(Data):
    """payment.recover 追回: so much came back."""

    fen: Paid
    receipt: Sha256


class Waive(Data):
    """payment.waive 免予追回, by a decision."""

    fen: Paid
    ground: Literal["hardship", "uncollectable", "small", "no_estate"]
    decision: Sha256


class Entrust(Data):
    """payment.entrust 代管备案: somebody else keeps the household's passbook or card, by a written agreement that the
    county has on file (57号 Art 26)."""

    holder: Literal["village_committee", "town", "institution", "relative", "other"]
    agreement: Sha256


class EndCustody(Data):
    """payment.end_custody 终止代管: the household has it back, and signs for it."""

    receipt: Sha256


ACTS = (
    ActType("payment.record", "payment.recorded", Record, "银行回盘"),
    ActType("payment.overpay", "payment.overpaid", Overpay, "多发认定"),
    ActType("payment.recover", "payment.recovered", Recover, "追回"),
    ActType("payment.waive", "payment.waived", Waive, "免予追回"),
    ActType("payment.entrust", "payment.entrusted", Entrust, "代管备案"),
    ActType("payment.end_custody", "payment.custody_ended", EndCustody, "终止代管"),
)
