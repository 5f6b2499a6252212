"""The SQL of a commit: what is read under the head lock, and what is written."""

from typing import Any

from ledger.schema import Tables
from ledger.standing import STANDING

CATCH_UP = 10_000
"""Lines of others that are read one by one to catch up; after more, the tree is loaded anew."""


def commit_statements(tables: Tables) -> dict[str, Any]:
    """By name. Rendered once for a committer, prepared by the server after the first uses."""
    return {
        name: tables.sql(text)
        for name, text in {
            "standing": STANDING,
            "versions": "SELECT s.stream, (SELECT l.version FROM {lines} l WHERE l.stream = s.stream"
            " ORDER BY l.version DESC LIMIT 1) FROM unnest(%s::{stream_type}[]) AS s (stream)",
            "keys": "SELECT act, index, line FROM {lines} WHERE act = ANY(%s::uuid[])",
            # With no upper bound, PostgreSQL would plan for a third of the ledger.
            "new leaves": "SELECT sha256('\\x00'::bytea || line), type = ANY(%s) FROM {lines} WHERE index >= %s"
            f" AND index < %s ORDER BY index LIMIT {CATCH_UP}",
            "insert lines": "INSERT INTO {lines} (index, version, stream, act, type, line) SELECT * FROM unnest("
            "%s::bigint[], %s::bigint[], %s::{stream_type}[], %s::uuid[], %s::text[], %b::bytea[])",
            "insert head": "INSERT INTO {heads} (size, root) VALUES (%s, %b)",
            "insert tile": "INSERT INTO {tiles} (level, n, hashes) VALUES (%s, %s, %b)",
            "insert key": "INSERT INTO {vault_keys} (stream, kek, wrapped) VALUES (%s, %s, %b)",
            "insert sealed": "INSERT INTO {vault} (index, sealed) VALUES (%s, %b::bytea[])",
        }.items()
    }
