"""The log's side of witnessing: heads are handed to the witnesses, and what they answer is gathered by head.

Publishing waits for them a moment, never longer: who answers late is heard in a later round, for the head that was
asked about. What they say against us is kept, to be looked at before anything is signed again.
"""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from api.witness.client import (
    Cosigned,
    Prove,
    WitnessAhead,
    WitnessClient,
    WitnessError,
    WitnessForked,
    witness_clients,
)
from ledger.note import parse_note
from ledger.witness_policy import Policy

MOMENT = 0.7
"""Seconds: heads come every second."""
_KEPT = 8
"""Heads whose late cosignatures are still heard."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A witness at `by` knows a head of this ledger that ours does not go on from, so it says: of `size` lines if it
    named them, and `note` if it showed it."""

    by: str
    size: int | None
    note: str | None


class Witnessing:
    """The witnesses of one policy. Belongs to the publishing process's one thread; asks from threads of its own."""

    def __init__(self, prove: Prove) -> None:
        self._prove = prove
        self._policy: Policy | None = None
        self._clients: list[WitnessClient] = []
        self._pool: ThreadPoolExecutor | None = None
        self._asked: dict[WitnessClient, tuple[str, Future[Cosigned]]] = {}
        self._lines: dict[str, dict[tuple[str, bytes], str]] = {}
        self._notes: dict[str, str] = {}
        self.troubles: dict[str, str] = {}
        """What is wrong with which witness, by URL."""
        self.contradictions: list[Contradiction] = []

    def follow(self, policy: Policy) -> None:
        """Ask the witnesses of this policy from now on; an answer of others that is still to come is not heard."""
        if policy == self._policy:
            return
        self.close()
        self._policy, self._clients = policy, witness_clients(policy)
        self._asked, self.troubles, self.contradictions = {}, {}, []
        self._pool = ThreadPoolExecutor(max(1, len(self._clients)), thread_name_prefix="witness")

    def close(self) -> None:
        """Let go of the connections, without waiting for anybody."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        for client in self._clients:
            client.close()

    def cosign(self, note: str) -> str:
        """The note with what the witnesses answered within a moment, and what they said of this head before."""
        text = parse_note(note).text
        self._notes[text] = note
        while len(self._notes) > _KEPT:
            del self._notes[oldest := next(iter(self._notes))]
            self._lines.pop(oldest, None)
        assert self._pool is not None
        for client in self._clients:
            if client not in self._asked:
                self._asked[client] = text, self._pool.submit(client.ask, note, self._prove)
        wait([future for _, future in self._asked.values()], MOMENT)
        self._gather()
        return self._composed(text)

    def late(self) -> list[str]:
        """The notes to whose heads cosignatures came since."""
        return [self._composed(text) for text in self._gather()]

    def latest(self, origin: str, note: str | None) -> list[Contradiction]:
        """What each witness cosigned last of this ledger, as far as it can be learnt, in the form of a doubt.

        `note` is a head that was signed before: a witness that shows nothing is asked about that, and says its size.
        """
        assert self._pool is not None
        known = list(self._pool.map(lambda client: client.latest(origin), self._clients))
        found = [
            Contradiction(client.url, None, shown) for client, shown in zip(self._clients, known, strict=True) if shown
        ]
        silent = [client for client, shown in zip(self._clients, known, strict=True) if not shown]
        if note is not None:
            for client, future in [(client, self._pool.submit(client.ask, note, self._prove)) for client in silent]:
                try:
                    future.result()
                except WitnessError as error:
                    found += self._heard(client, error)
        return found

    def _gather(self) -> set[str]:
        changed = set()
        for client, (text, future) in list(self._asked.items()):
            if not future.done():
                continue
            del self._asked[client]
            try:
                self._keep(text, future.result().lines)
                self.troubles.pop(client.url, None)
                changed.add(text)
            except WitnessError as error:
                self.contradictions += self._heard(client, error)
        return changed & self._notes.keys()

    def _heard(self, client: WitnessClient, error: WitnessError) -> list[Contradiction]:
        self.troubles[client.url] = str(error)
        if isinstance(error, WitnessAhead):
            return [Contradiction(client.url, error.size, error.latest)]
        if isinstance(error, WitnessForked):
            return [Contradiction(client.url, None, error.latest)]
        return []

    def _keep(self, text: str, lines: Iterable[str]) -> None:
        """The latest cosignature of each key."""
        kept = self._lines.setdefault(text, {})
        for line in lines:
            ((name, key_id, _),) = parse_note(f"{text}\n{line}").signatures
            kept[name, key_id] = line

    def _composed(self, text: str) -> str:
        return self._notes[text] + "".join(self._lines.get(text, {}).values())
