"""Asking the service over HTTP, as the command line does it. The act is the only thing ever sent, and it is signed."""

import os
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO
from uuid import UUID

import httpx
import orjson

from ledger.line import decode_line
from ledger.log_keys import EVENT as LOG_KEYS
from ledger.log_keys import LogKeys, log_keys_of
from ledger.store import Opened

PAUSES = (0.2, 1.0)
"""Seconds before the second and the third attempt at sending an act that nobody has answered for."""
RECORDED_NOTHING = frozenset(
    {"commit.not-done", "commit.locked", "commit.busy", "commit.closing", "request.busy", "witness.stale"}
)
"""Problems that say for certain that the act was not recorded."""
PAGE = 1000
"""Lines asked for at a time."""
PIECE = 256 * 1024
"""Bytes of a document sent at a time."""


class Unreachable(Exception):
    """Nobody answers, or what answers is no Mingzhang: it cannot be told how things stand."""


class Unanswered(Unreachable):
    """An act went out and no answer came: it may be recorded or not. Sending the same act again is safe."""


class NotRecorded(Unanswered):
    """Every answer to an act was that nothing was recorded. Sending it again later is right."""


class Problem(Exception):
    """The service's problem details (RFC 9457): `code` is stable, `detail` is in the caller's language."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", ""))
        self.title = str(problem.get("title", f"HTTP {status}"))
        self.detail = str(problem.get("detail", ""))
        self.problem = dict(problem)
        super().__init__(self.detail or self.title)


@dataclass(frozen=True)
class Seen:
    """How far a stream had come when one looked: version 0 and no hash where there is nothing yet."""

    version: int
    hash: str | None


def base_url(env: Mapping[str, str] = os.environ) -> str:
    """MINGZHANG_URL; else this machine's service at PORT (8000)."""
    return (env.get("MINGZHANG_URL") or f"http://127.0.0.1:{env.get('PORT') or 8000}").rstrip("/")


def language(env: Mapping[str, str] = os.environ) -> str:
    """`zh` or `en`, as the terminal's locale has it."""
    locale = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""
    return "zh" if locale.lower().startswith("zh") else "en"


@contextmanager
def connect(url: str | None = None) -> Iterator["Client"]:
    """The service at `url` (default: `base_url()`), until the end of the block. Nothing is asked yet.

    Raises `Unreachable` when that is no address.
    """
    try:
        address = httpx.URL(url or base_url())
    except httpx.InvalidURL as error:
        raise Unreachable(
            f"MINGZHANG_URL 或 PORT 不对（{error}）。 MINGZHANG_URL, or PORT, makes no address."
        ) from None
    if address.scheme not in ("http", "https") or not address.host:
        raise Unreachable(
            f"MINGZHANG_URL 应形如 http://127.0.0.1:8000，现为 {address}。 MINGZHANG_URL looks like http://127.0.0.1:8000."
        )
    # A proxy of the surroundings has no business between two programs of one machine.
    with httpx.Client(
        base_url=address,
        headers={"Accept-Language": language()},
        timeout=httpx.Timeout(60, connect=5),
        trust_env=False,
    ) as http:
        yield Client(http)


@dataclass(frozen=True)
class Client:
    """Every method raises `Unreachable` when nobody answers and `Problem` when the service says no."""

    http: httpx.Client

    def head(self) -> dict[str, Any]:
        """origin, fingerprint, size, root, checkpoint (a signed note), log_keys (vkeys)."""
        return read_object(self._get("/ledger/head"))

    def stream(self, stream: UUID) -> Seen:
        """How far a stream has come."""
        found = read_object(self._get(f"/streams/{stream}"))
        return Seen(found["version"], found["hash"])

    def case(self, case: UUID) -> dict[str, Any]:
        """A case as it stands."""
        return read_object(self._get(f"/cases/{case}"))

    def officer(self, officer: UUID) -> dict[str, Any]:
        """An officer as the ledger has them."""
        return read_object(self._get(f"/officers/{officer}"))

    def history(self, case: UUID) -> dict[str, Any]:
        """Every line of a case, checked by the service."""
        return read_object(self._get(f"/cases/{case}/history"))

    def course(self, case: UUID) -> dict[str, Any]:
        """The history of a case, each act with its authority, rules, limits and missing signatures."""
        return read_object(self._get(f"/cases/{case}/course"))

    def file(self, case: UUID) -> dict[str, Any]:
        """The household's file: papers, what is missing, whether it is closed."""
        return read_object(self._get(f"/cases/{case}/file"))

    def deadlines(self, case: UUID, on: date | None = None) -> dict[str, Any]:
        """What is due in a case as of a day (today unless given)."""
        return read_object(self._get(f"/cases/{case}/deadlines", {"on": str(on)} if on else None))

    def holds(self, digest: str) -> bool:
        """Whether the service keeps the document with this SHA-256."""
        try:
            answer = self.http.head(f"/documents/{digest}")
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        if answer.status_code == httpx.codes.NOT_FOUND and "problem" in answer.headers.get("content-type", ""):
            return False
        _checked(answer)
        return True

    def keep(self, digest: str, file: BinaryIO) -> dict[str, Any]:
        """Send a document to be kept: sha256, size, kind, media_type, and `new` when it was not there before.

        Safe to repeat. The file is read from its beginning.
        """
        file.seek(0)
        try:
            answer = self.http.put(
                f"/documents/{digest}",
                content=iter(lambda: file.read(PIECE), b""),
                headers={"Content-Type": "application/octet-stream", "Content-Length": str(_size(file))},
                timeout=httpx.Timeout(180, connect=5),
            )
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        return read_object(_checked(answer)) | {"new": answer.status_code == httpx.codes.CREATED}

    def delegation(self, town: str, on: date | None = None) -> dict[str, Any]:
        """A town's delegation: its periods, and what holds on a day (today unless given)."""
        return read_object(self._get(f"/delegations/{town}", {"on": str(on)} if on else None))

    def places(self) -> dict[str, Any]:
        """Every merger of towns and villages."""
        return read_object(self._get("/places"))

    def refusals(self, officer: UUID | None, limit: int) -> list[dict[str, Any]]:
        """Up to `limit` refused attempts, of this officer only, the newest first."""
        found: list[dict[str, Any]] = []
        asked: dict[str, Any] = {"officer": str(officer)} if officer else {}
        while len(found) < limit:
            page = read_object(self._get("/refusals", asked | {"limit": min(limit - len(found), 500)}))
            found += page["refusals"]
            if page["next"] is None:
                break
            asked["before"] = page["next"]
        return found

    def line(self, index: int) -> bytes:
        """One line, exactly as committed, without LF."""
        return self._get(f"/ledger/lines/{index}").content.removesuffix(b"\n")

    def checkpoint(self) -> str:
        """The head that was published last: a signed note."""
        return self._get("/checkpoint").text

    def consistency(self, old: int, size: int) -> list[bytes]:
        """The proof that the first `old` of `size` lines are those of the earlier head."""
        return [
            b64decode(line, validate=True)
            for line in self._get("/ledger/consistency", {"from": old, "to": size}).text.split()
        ]

    def log_keys(self, opened: Opened) -> LogKeys:
        """The ledger's own keys over time, followed from line 0 by the lines that the service shows."""
        changes = [(decode_line(line).index, line) for line in self.lines(1, types=[LOG_KEYS])]
        return log_keys_of(opened, changes)

    def lines(self, start: int, limit: int | None = None, types: Sequence[str] = ()) -> Iterator[bytes]:
        """The lines from index `start` on, page by page, at most `limit` of them, of these types only."""
        while limit is None or limit > 0:
            page = PAGE if limit is None else min(PAGE, limit)
            answer = self._get("/ledger/lines", {"from": start, "limit": page, "type": list(types)})
            found = [line for line in answer.content.split(b"\n") if line]
            if not found:
                return
            yield from found
            start = int(orjson.loads(found[-1])["index"]) + 1
            limit = None if limit is None else limit - len(found)

    def receipt(self, index: int) -> tuple[str, str]:
        """The receipt of a line (C2SP tlog-proof), and whether it is `provisional`, `cosigned` or `unwitnessed`."""
        answer = self._get(f"/receipts/{index}")
        return answer.text, answer.headers.get("Mingzhang-Receipt", "provisional")

    def seal(self) -> dict[str, Any]:
        """Seal the heads of all streams now: index, size, root, streams. Safe to repeat."""
        try:
            return read_object(_checked(self.http.post("/ledger/seals", timeout=httpx.Timeout(600, connect=5))))
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def head_proof(self, stream: UUID) -> dict[str, Any]:
        """Where a stream stood at the latest seal: seal, proof."""
        return read_object(self._get(f"/streams/{stream}/head-proof"))

    def send(self, act: str) -> dict[str, Any]:
        """Send one act: index, hash, at, stream, version, receipt of the line it became.

        Asks again when no answer came, which is safe: the same act is recorded once and gets the same answer. Raises
        `Unanswered` when none came in the end, `NotRecorded` when every answer was that nothing was recorded.
        """
        recorded_nothing = True
        for pause in (*PAUSES, None):
            try:
                return read_object(self._send(act))
            except Unreachable as error:
                last: Exception = error
                recorded_nothing = False
            except Problem as error:
                if error.status < httpx.codes.INTERNAL_SERVER_ERROR:
                    raise
                last = error
                recorded_nothing = recorded_nothing and error.code in RECORDED_NOTHING
            if pause is not None:
                time.sleep(pause)
        raise (NotRecorded if recorded_nothing else Unanswered)(str(last)) from last

    def _send(self, act: str) -> httpx.Response:
        try:
            answer = self.http.post("/acts", content=act, headers={"Content-Type": "application/sd-jwt"})
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        return _checked(answer)

    def evidence(self, request: str, write: Callable[[bytes], object]) -> Mapping[str, str]:
        """Have a bundle made by a signed request, handed on piece by piece; the headers that came with it."""
        headers = {"Content-Type": "application/jose"}
        try:
            with self.http.stream("POST", "/evidence", content=request, headers=headers, timeout=300) as answer:
                if not answer.is_success:
                    answer.read()
                    _checked(answer)
                for piece in answer.iter_bytes():
                    write(piece)
                return dict(answer.headers)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def envelope(self, record: UUID) -> bytes:
        """The sealed record of a bundle."""
        return self._get(f"/evidence/{record}/envelope").content

    def _get(self, path: str, params: Mapping[str, Any] | None = None) -> httpx.Response:
        try:
            return _checked(self.http.get(path, params=params))
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> Unreachable:
        return Unreachable(
            f"{self.http.base_url} 没有回应（{error}）。请先 `mingzhang run`，或用 MINGZHANG_URL 指明地址。"
            f" Nobody answers there. Start the service with `mingzhang run`, or name its address in MINGZHANG_URL."
        )


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    try:
        problem = orjson.loads(answer.content)
    except ValueError:
        problem = None
    if not isinstance(problem, dict) or "code" not in problem:
        raise Unreachable(
            f"{answer.url} 答复 {answer.status_code}，不像明账服务。"
            f" It answers {answer.status_code} there, not as Mingzhang would; is this the right address?"
        )
    raise Problem(answer.status_code, problem)


def read_object(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object that it answers. Raises `Unreachable` where it is none: then it is no Mingzhang."""
    try:
        value = orjson.loads(answer.content)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Unreachable(f"{answer.url} 的答复不是明账的格式。 What answers there is not Mingzhang.")
    return value
