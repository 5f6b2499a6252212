"""The ledger: append-only, hash-chained, provable; signatures and their rules. Knows nothing of welfare.

Set `PERSISTENCE_MODULE=ledger` and any `eventsourcing` application writes here.
"""

from ledger.factory import LedgerFactory

__all__ = ["LedgerFactory"]
