"""Asking a witness for its cosignature (C2SP tlog-witness), as the log does it.

What a witness answers is believed when it verifies with its key from our policy. Its refusals are not all alike: that
it knows a larger tree than ours means that *we* lost lines; that it knows another one, that one of two is forged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from types import TracebackType

import httpx

from ledger.checkpoint import parse_checkpoint
from ledger.note import NoteError, NoteKey, cosigned_at, open_signatures, parse_note
from ledger.witness import request_body
from ledger.witness_policy import Policy

Prove = Callable[[int, int], Sequence[bytes]]
"""(old, size) with 0 < old < size -> the consistency proof between our own trees. May be called by several threads."""

CONNECT_SECONDS = 3.0
SECONDS = 10.0
"""For one request, from beginning to end: a witness that dawdles counts as one that is away."""
MAX_ANSWER = 256 * 1024
MAX_AHEAD = 300
"""Seconds that a cosignature's time may be ahead of this clock: one from tomorrow would look fresh all day."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_TRIES = 3
"""Another process of ours may be asking, too: then the size that the witness names has passed before we come again."""


class WitnessError(Exception):
    """No cosignature came; `str(error)` says why."""


class WitnessAway(WitnessError):
    """It does not answer, or not now. Asking again later is right."""


class WitnessRefused(WitnessError):
    """It does not know us, our keys, or what we send; or its answer is none. Somebody has to look."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class WitnessAhead(WitnessError):
    """It cosigned `size` lines of this origin, more than we have: lines of ours were lost, or somebody else signs."""

    def __init__(self, size: int, latest: str | None) -> None:
        super().__init__(f"the witness has cosigned {size} lines of this ledger, more than are here now")
        self.size, self.latest = size, latest


class WitnessForked(WitnessError):
    """What it cosigned is no beginning of our tree: two histories of one ledger were signed.

    `ours` is what it was asked to cosign, `latest` what it says it cosigned last (None: it does not show it): where the
    log signed both, they are the evidence.
    """

    def __init__(self, detail: str, ours: str, latest: str | None) -> None:
        super().__init__(f"the witness has cosigned another history of this ledger: {detail}")
        self.ours, self.latest = ours, latest


@dataclass(frozen=True)
class Cosigned:
    """Cosignature lines, verified, each with its LF; `times`: vkey -> POSIX seconds."""

    lines: tuple[str, ...]
    times: dict[str, int]


class WitnessClient:
    """One witness at `url` (its submission prefix), known by `keys`. Remembers which size it cosigned last.

    Not for several threads at once. Close it, or use it as a context.
    """

    def __init__(self, url: str, keys: Iterable[NoteKey], *, seconds: float = SECONDS) -> None:
        self.url, self.keys = url.rstrip("/"), tuple(keys)
        self._seconds = seconds
        self._known = 0
        # Proxies and CAs of the surroundings are for the outside, not for two programs of one machine.
        outside = httpx.URL(url).host not in _LOOPBACK
        self._http = httpx.Client(timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS), trust_env=outside)

    def __enter__(self) -> WitnessClient:
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def ask(self, note: str, prove: Prove) -> Cosigned:
        """Have our signed checkpoint cosigned. Raises `WitnessError`, by kind."""
        checkpoint = parse_checkpoint(parse_note(note).text)
        old = min(self._known, checkpoint.size)
        for _ in range(_TRIES):
            proof = prove(old, checkpoint.size) if 0 < old < checkpoint.size else ()
            status, kind, text = self._post(request_body(old, proof, note))
            if status == 200:
                cosigned = self._verified(note, text)
                self._known = checkpoint.size
                return cosigned
            if status == 409 and kind == "text/x.tlog.size":
                old = self._known = self._size(text)
                if old > checkpoint.size:
                    raise WitnessAhead(old, self.latest(checkpoint.origin))
                continue
            if status in (409, 422):
                # 422 says it; a bare 409 is what version 1.0.0 of the protocol said of another root of one size.
                raise WitnessForked(f"{status} {text.strip()[:200]}", note, self.latest(checkpoint.origin))
            if status == 429 or status >= 500:
                raise WitnessAway(f"{self.url}: HTTP {status} {text.strip()[:200]}")
            raise WitnessRefused(f"{self.url}: HTTP {status} {text.strip()[:200]}", status)
        raise WitnessAway(f"{self.url}: it names another size each time: is another service signing this ledger?")

    def _post(self, body: bytes) -> tuple[int, str, str]:
        return self._send(self._http.build_request("POST", f"{self.url}/add-checkpoint", content=body))

    def _send(self, request: httpx.Request) -> tuple[int, str, str]:
        """(status, media type, body). Raises `WitnessAway`."""
        end = time.monotonic() + self._seconds
        body = bytearray()
        try:
            answer = self._http.send(request, stream=True)
            try:
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > MAX_ANSWER or time.monotonic() > end:
                        raise WitnessAway(f"{self.url}: the answer is too long, or takes too long")
            finally:
                answer.close()
        except httpx.HTTPError as error:
            raise WitnessAway(f"{self.url}: {str(error) or type(error).__name__}") from error
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        return answer.status_code, kind, body.decode("utf-8", "replace")

    def _size(self, text: str) -> int:
        digits = text.removesuffix("\n")
        if not (digits.isascii() and digits.isdigit() and str(int(digits[:20])) == digits and int(digits) < 2**63):
            raise WitnessRefused(f"{self.url}: a 409 whose body is no size: {text[:40]!r}", 409)
        return int(digits)

    def _verified(self, note: str, lines: str) -> Cosigned:
        text = parse_note(note).text
        try:
            signatures = open_signatures(f"{text}\n{lines}", self.keys)[1]
            times = {key.vkey(): cosigned_at(signature) for key, signature in signatures}
            parsed = parse_note(f"{text}\n{lines}").signatures
        except NoteError as error:
            raise WitnessRefused(f"{self.url}: its answer does not hold: {error}", 200) from None
        if not times:
            raise WitnessRefused(f"{self.url}: it signed with none of the keys that our policy names", 200)
        if not all(0 < at <= time.time() + MAX_AHEAD for at in times.values()):
            raise WitnessRefused(f"{self.url}: its clock and ours are too far apart; set both right", 200)
        ours = {(key.name, key.key_id, signature) for key, signature in signatures}
        kept = [f"{line}\n" for line, one in zip(lines.split("\n"), parsed, strict=False) if one in ours]
        return Cosigned(tuple(kept), times)

    def latest(self, origin: str) -> str | None:
        """What the witness shows as cosigned last, if it does, signed by itself."""
        hash_ = sha256(origin.encode()).hexdigest()
        try:
            status, _, note = self._send(self._http.build_request("GET", f"{self.url}/{hash_}/checkpoint"))
            return note if status == 200 and open_signatures(note, self.keys)[1] else None
        except (WitnessAway, NoteError):
            return None


def witness_clients(policy: Policy, *, seconds: float = SECONDS) -> list[WitnessClient]:
    """A client for each address of the policy, with all keys that it names there."""
    urls = dict.fromkeys(one.url for one in policy.witnesses if one.url is not None)
    return [
        WitnessClient(url, [one.key for one in policy.witnesses if one.url == url], seconds=seconds) for url in urls
    ]


def ask_all(clients: Sequence[WitnessClient], note: str, prove: Prove) -> list[Cosigned | WitnessError]:
    """Ask all at once; an answer or an error of each, in their order. Waits for the slowest, within its bound."""

    def ask(client: WitnessClient) -> Cosigned | WitnessError:
        try:
            return client.ask(note, prove)
        except WitnessError as error:
            return error

    if not clients:
        return []
    with ThreadPoolExecutor(len(clients), thread_name_prefix="witness") as pool:
        return list(pool.map(ask, clients))
