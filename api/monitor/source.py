"""The ledger as it is shown to anybody, over HTTP. Nothing it answers is believed; it is only kept short."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import orjson

from api.client import Client, Problem, Unreachable
from ledger.line import MAX_LINE
from ledger.tree import ProofError

PAGE = 2000
"""Lines asked for at a time; the service sends 1 MiB or so of them at most."""
MAX_PAGE = 16 * 1024 * 1024
MAX_NOTE = 1024 * 1024
"""Bytes of an answer, beyond which it is none of Mingzhang's."""


@dataclass(frozen=True)
class Source:
    """A ledger's address. Raises `Unreachable` when nobody answers there, or not as Mingzhang would."""

    client: Client

    @property
    def url(self) -> str:
        """Where it is."""
        return str(self.client.http.base_url).rstrip("/")

    def checkpoint(self) -> str:
        """The published checkpoint as it came, a signed note; before one was published, the signed head."""
        try:
            return _text(self._get("/checkpoint", {}, MAX_NOTE))
        except Problem as problem:
            if problem.code != "not-found":
                raise
        head = orjson.loads(self._get("/ledger/head", {}, MAX_NOTE))
        if not isinstance(head, dict) or not isinstance(head.get("checkpoint"), str):
            raise Unreachable(f"{self.url} 的答复不是明账的格式。 What answers there is not Mingzhang.")
        return str(head["checkpoint"])

    def consistency(self, old: int, size: int) -> list[bytes] | None:
        """The hashes that are said to show that the tree of `size` goes on from that of `old`; None: none are offered.

        Raises `ProofError` for what is no list of hashes.
        """
        try:
            text = _text(self._get("/ledger/consistency", {"from": old, "to": size}, MAX_NOTE))
        except Problem:
            return None
        try:
            hashes = [b64decode(line, validate=True) for line in text.splitlines()]
        except Base64Error:
            raise ProofError("a proof is a list of hashes in base64") from None
        if any(len(hash_) != 32 for hash_ in hashes):
            raise ProofError("a proof is made of 32-byte hashes")
        return hashes

    def lines(self, start: int, end: int) -> Iterator[list[bytes]]:
        """Lines [start, end) by pages, without their LF, each beginning as the line in its place must.

        What is not there, or out of place, ends them early.
        """
        while start < end:
            page = self._get("/ledger/lines", {"from": start, "limit": min(PAGE, end - start)}, MAX_PAGE)
            lines = page.split(b"\n")[:-1][: end - start]
            fit = [
                line
                for index, line in enumerate(lines, start)
                if line.startswith(b'{"index":%d,' % index) and len(line) <= MAX_LINE
            ]
            if len(fit) != len(lines) or not fit:
                return
            yield fit
            start += len(fit)

    def _get(self, path: str, params: dict[str, int], most: int) -> bytes:
        try:
            with self.client.http.stream("GET", path, params=params) as answer:
                content = bytearray()
                for piece in answer.iter_bytes():
                    content += piece
                    if len(content) > most:
                        raise Unreachable(f"{self.url}{path} 的答复过长。 Its answer is longer than it may be.")
        except httpx.HTTPError as error:
            raise Unreachable(f"{self.url} 没有回应（{error}）。 Nobody answers there.") from error
        if answer.is_success:
            return bytes(content)
        try:
            problem = orjson.loads(content)
        except ValueError:
            problem = None
        if isinstance(problem, dict) and "code" in problem:
            raise Problem(answer.status_code, problem)
        raise Unreachable(f"{self.url}{path} 答复 {answer.status_code}。 It answers {answer.status_code}.")


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Unreachable("答复不是 UTF-8 文本。 What answers there is not Mingzhang.") from None
