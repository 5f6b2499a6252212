"""Every document hashed again, and compared with what the ledger names: each difference, by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from api.documents.store import Store
from domain.acts import EVENTS
from domain.events import claims_of
from domain.papers import mentions
from ledger.act import decode_state
from ledger.line import decode_line
from ledger.stored import stored_line

WORDS = {
    "altered": "内容被改动 its bytes were changed",
    "unreadable": "读不出来 it cannot be read",
    "missing": "账上有而无文件 on the ledger, and no file",
    "unnamed": "有文件而账上无 a file that no act names",
    "foreign": "不是材料 no document of ours",
    "unfinished": "没有存完 never finished; a crash left it",
}
"""Every kind of difference, the gravest first."""


@dataclass(frozen=True, slots=True)
class Named:
    """Where a digest stands first on the ledger."""

    index: int
    stream: str
    act: str


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` is a key of `WORDS`; `found` is the digest of an altered file, or why one cannot be read."""

    what: str
    path: str
    sha256: str | None = None
    named: Named | None = None
    found: str | None = None

    def describe(self) -> dict[str, Any]:
        """For programs."""
        named = self.named
        return {
            "what": self.what,
            "sha256": self.sha256,
            "path": self.path,
            "found": self.found,
            "index": named and named.index,
            "stream": named and named.stream,
            "act": named and named.act,
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many files were hashed, how many digests the ledger names, and every difference."""

    checked: int
    named: int
    differences: tuple[Difference, ...]


def check_documents(store: Store, lines: Iterable[bytes]) -> Outcome:
    """Compare the store with the ledger's `lines`, from the first on.

    The directory is listed first and what is missing is looked for once more at the end, so a document that comes in
    meanwhile is no difference. Raises `LedgerFaulty` at a line that cannot be read.
    """
    digests, strays = store.names()
    unfinished = store.unfinished()
    named = named_in(lines)
    found = []
    for digest in digests:
        path = str(store.path(digest))
        try:
            hashed = store.hash(digest)
        except OSError as error:
            found.append(Difference("unreadable", path, digest, named.get(digest), error.strerror))
            continue
        if hashed != digest:
            found.append(Difference("altered", path, digest, named.get(digest), hashed))
        elif digest not in named:
            found.append(Difference("unnamed", path, digest))
    there = set(digests)
    for digest, where in named.items():
        if digest not in there and store.size(digest) is None:
            found.append(Difference("missing", str(store.path(digest)), digest, where))
    found += [Difference("foreign", str(path)) for path in strays]
    found += [Difference("unfinished", str(path)) for path in unfinished if path.exists()]
    order = list(WORDS)
    found.sort(key=lambda one: (order.index(one.what), one.named.index if one.named else 0, one.path))
    return Outcome(len(digests), len(named), tuple(found))


def named_in(lines: Iterable[bytes]) -> dict[str, Named]:
    """Every paper's digest that an act names, and where it does so first."""
    named: dict[str, Named] = {}
    for number, line in enumerate(lines):
        with stored_line(number):
            parts = decode_line(line)
            act = decode_state(parts.state) if parts.type in EVENTS else None
            if act is None:
                continue
            claims = claims_of(act[0])
            for paper in mentions(claims["act"], claims["data"], claims.get("paper")):
                named.setdefault(paper.sha256, Named(parts.index, parts.stream, claims["act"]))
    return named
