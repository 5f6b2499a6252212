"""Signing a list: one act a case, sent many at a time; stopped anywhere, it goes on where it was.

Nothing is kept of a run but what stands on the ledger: every act names the list and its row, so whoever signs the same
file again signs only what is not there. An act that is still under way when its twin is signed cannot be recorded
beside it: both build on the same version of the case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from api.batch import send_batch
from api.bulk.listing import Item, Listing
from api.client import Client
from api.compose import ComposeError, compose
from domain.acts import ACTS
from domain.bulk import CODES
from domain.events import claims_of
from ledger.act import decode_state, sign_act
from ledger.jws import PrivateKey
from ledger.line import decode_line

BATCH = 400
"""Acts in a request."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: `recorded` now, `before` (by an earlier run), or `refused`, with the code and why."""

    item: Item
    what: str
    index: int | None = None
    code: str = ""
    detail: str = ""


def sign_listing(
    client: Client, listing: Listing, content: bytes, officer: UUID, private: PrivateKey, tell: Callable[[int], None]
) -> Iterator[Outcome]:
    """Sign and send every row that is not on the ledger; one outcome for each, as answers come.

    `content` is the file as it was read: its digest stands in every act. `tell` is called with the rows settled. Raises
    `api.client.Unreachable` when nobody answers for long: what was recorded stays, and the next run goes on.
    """
    digest = sha256(content).hexdigest()
    there = _recorded(client, listing, digest)
    todo = []
    for item in listing.signed:
        if item.number in there:
            yield Outcome(item, "before", there[item.number])
        else:
            todo.append(item)
    tell(len(there))
    origin = client.head()["origin"]
    for batch in (todo[start : start + BATCH] for start in range(0, len(todo), BATCH)):
        yield from _send(client, listing, batch, digest, origin, officer, private)
        tell(len(batch))


def _recorded(client: Client, listing: Listing, digest: str) -> dict[int, int]:
    """The rows of this list that are on the ledger: their numbers, and the lines that they became."""
    event = ACTS[CODES[listing.kind]].event
    found = {}
    for line in client.lines(listing.position, None, (event,)):
        parts = decode_line(line)
        act = decode_state(parts.state)
        listed = claims_of(act[0])["data"].get("listed") if act else None
        if listed and listed["file"] == digest:
            found[int(listed["row"])] = parts.index
    return found


def _send(
    client: Client,
    listing: Listing,
    batch: Iterable[Item],
    digest: str,
    origin: str,
    officer: UUID,
    private: PrivateKey,
) -> Iterator[Outcome]:
    signed: list[tuple[Item, str]] = []
    for item in batch:
        data: dict[str, Any] = item.data | {"listed": {"file": digest, "row": item.number}}
        try:
            draft = compose(
                CODES[listing.kind], data, officer=officer, origin=origin, stream=item.case, version=item.version,
                prev=item.prev,
            )  # fmt: skip
        except ComposeError as error:
            yield Outcome(item, "refused", None, "data.schema", str(error))
            continue
        signed.append((item, sign_act(private, draft.claims, draft.disclosures)))
    if not signed:
        return
    for (item, _), result in zip(signed, send_batch(client, [act for _, act in signed]), strict=True):
        if "problem" in result:
            yield Outcome(item, "refused", None, result["problem"]["code"], result["problem"]["detail"])
        else:
            yield Outcome(item, "recorded", result["index"])
