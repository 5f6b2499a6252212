"""The vault under verification: with the key-encryption key, every ciphertext is opened and compared with its digest.

What is opened is dropped at once; no message holds any of it.
"""

from hashlib import sha256
from typing import Any

from psycopg import Connection
from pybase64 import b64encode

from ledger.act import MAX_DISCLOSURE
from ledger.errors import LedgerError
from ledger.faults import FaultLog
from ledger.schema import Tables
from ledger.vault import CaseKey, Kek, open_case_key, unsealed
from ledger.verify_line import Seen, is_uuid
from ledger.verify_rows import Rows

MIN_SEALED, MAX_SEALED = 12 + 40 + 16, 12 + MAX_DISCLOSURE + 16
"""Bytes of a sealed disclosure: nonce, base64url of [salt of 22 characters, name, value], tag. See `vault.seal`."""
WRAPPED = 12 + 32 + 16
"""Bytes of a wrapped data key."""
_AT_ONCE = 128
"""Entries fetched at once: each may be of two megabytes."""


class VaultCheck:
    """Opens what the vault holds for a range of lines."""

    def __init__(self, connection: Connection[Any], tables: Tables, kek: Kek, origin: str) -> None:
        self._connection, self._tables, self._kek, self._origin = connection, tables, kek, origin

    def check(self, rows: Rows, seen: list[Seen], log: FaultLog) -> None:
        """Every vault entry of these lines opens, and holds the disclosure of the digest in its place."""
        acts = {p: one for p, one in enumerate(seen, rows.start) if one.sealed and p not in rows.odd}
        if not acts:
            return
        streams = sorted({one.stream for one in acts.values()})
        # An altered line may name a stream that PostgreSQL would refuse even to look for.
        if self._tables.stream_type == "uuid":
            streams = [stream for stream in streams if is_uuid(stream)]
        keys = self._keys([stream for stream in streams if "\0" not in stream], min(acts), log)
        places = list(acts)
        for first in range(0, len(places), _AT_ONCE):
            self._open(places[first : first + _AT_ONCE], acts, keys, log)

    def _open(self, places: list[int], acts: dict[int, Seen], keys: dict[str, CaseKey], log: FaultLog) -> None:
        found = self._connection.execute(
            self._tables.sql("SELECT index, sealed FROM {vault} WHERE index = ANY(%s) ORDER BY index"),
            (places,),
            binary=True,
        ).fetchall()
        for position, sealed in found:
            one = acts[position]
            key = keys.get(one.stream)
            if key is not None and not self._opens(key, one.stream, one.sealed, sealed):
                log.add("vault.broken", position, where="vault")

    def _keys(self, streams: list[str], index: int, log: FaultLog) -> dict[str, CaseKey]:
        rows = self._connection.execute(
            self._tables.sql(
                "SELECT stream::text, left(kek, 100), substring(wrapped FOR 100) FROM {vault_keys}"
                " WHERE stream = ANY(%s::{stream_type}[])"
            ),
            (streams,),
        ).fetchall()
        keys = {}
        for stream, kek, wrapped in rows:
            try:
                keys[stream] = open_case_key(self._kek, self._origin, stream, bytes(wrapped or b""))
            except LedgerError:
                log.add("vault.key-broken", index, where="vault", kind=stream, stream=stream)
                continue
            if kek != self._kek.name:
                log.add("vault.key-name", index, where="vault", kind=stream, stream=stream, kek=kek)
        return keys

    def _opens(self, key: CaseKey, stream: str, digests: tuple[str, ...], sealed: list[Any]) -> bool:
        """Whether each opens where it stands, bound to its digest, and is what the digest says (`vault.unseal`)."""
        try:
            return all(
                b64encode(sha256(unsealed(key, self._origin, stream, digest, one)).digest(), b"-_")[:43]
                == digest.encode()
                for digest, one in zip(digests, sealed, strict=False)
            )
        except (LedgerError, TypeError, ValueError):
            return False
