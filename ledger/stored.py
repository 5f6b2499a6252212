"""Reading stored lines for an answer: whatever is wrong with one is the ledger's fault, and is told as such."""

from collections.abc import Iterator
from contextlib import contextmanager

from ledger.errors import LedgerFaulty


@contextmanager
def stored_line(index: int) -> Iterator[None]:
    """For pure work on the bytes of line `index`, as stored. Raises `LedgerFaulty` (`ledger.line`) if it fails.

    A line that a commit of ours wrote reads back; one that does not was altered, or somebody else wrote it.
    """
    try:
        yield
    except LedgerFaulty:
        raise
    except Exception as error:  # bytes that anybody may have written can trip anything
        raise not_a_line(index) from error


def not_a_line(index: int) -> LedgerFaulty:
    """The error that names line `index`."""
    return LedgerFaulty(
        f"line {index} cannot be read as what it must be: run mingzhang verify", code="ledger.line", index=index
    )


def check_place(index: int, line: bytes) -> bytes:
    """The line, for handing on as it is stored. Raises `LedgerFaulty` when it is not even one line with this index.

    Cheap: what else may be wrong with it, whoever gets it is to find out.
    """
    if not line.startswith(b'{"index":%d,' % index) or b"\n" in line:
        raise not_a_line(index)
    return line
