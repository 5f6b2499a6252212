"""Somebody outside who has a checkpoint and fetches tiles: C2SP tlog-tiles and RFC 9162, nothing of ours.

Tiles are named here by the words of the specification, not by `ledger.tiles`.
"""

from __future__ import annotations

import functools
import http.server
import threading
import urllib.error
import urllib.request
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

Fetch = Callable[[str], "bytes | None"]
"""A path below the prefix -> its content, None where there is none."""


@dataclass
class Log:
    """One head of a log: its size, its root, and where its tiles are."""

    fetch: Fetch
    size: int
    root: bytes
    asked: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, fetch: Fetch) -> Log:
        content = fetch("checkpoint")
        assert content is not None
        _, size, root, *_ = content.decode().split("\n")
        return cls(fetch, int(size), b64decode(root))

    def tile(self, level: int, n: int) -> bytes:
        """The hashes that this head says the tile has; the full tile where the partial one is gone."""
        width = min((self.size >> 8 * level) - 256 * n, 256)
        assert width > 0
        for name in (f"{path(level, n)}.p/{width}", path(level, n)) if width < 256 else (path(level, n),):
            self.asked.append(name)
            content = self.fetch(f"tile/{name}")
            if content is not None:
                return content[: 32 * width]
        raise AssertionError(f"tile {level}/{n} of width {width} is nowhere")

    def hash(self, start: int, end: int) -> bytes:
        """RFC 9162 §2.1.1 over the leaves [start, end), from whole subtrees that the tiles have."""
        span = end - start
        if span & (span - 1) == 0 and start % span == 0:
            return self._whole(span.bit_length() - 1, start // span)
        k = 1 << ((span - 1).bit_length() - 1)
        return node(self.hash(start, start + k), self.hash(start + k, end))

    def _whole(self, height: int, n: int) -> bytes:
        level, up = divmod(height, 8)
        first = n << up
        tile = self.tile(level, first // 256)
        hashes = [tile[32 * i : 32 * i + 32] for i in range(first % 256, first % 256 + (1 << up))]
        while len(hashes) > 1:
            hashes = [node(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
        return hashes[0]

    def holds(self, index: int, line: bytes) -> None:
        """The line stands at that index under this head."""
        hash_ = sha256(b"\x00" + line).digest()
        assert self._fold(0, self.size, index, hash_) == self.root

    def _fold(self, start: int, end: int, index: int, leaf: bytes) -> bytes:
        if end - start == 1:
            return leaf
        k = start + (1 << ((end - start - 1).bit_length() - 1))
        if index < k:
            return node(self._fold(start, k, index, leaf), self.hash(k, end))
        return node(self.hash(start, k), self._fold(k, end, index, leaf))

    def goes_on_from(self, old: Log) -> None:
        """The older head is a beginning of this one: both roots are made from this head's tiles."""
        assert 0 < old.size <= self.size
        assert self.hash(0, old.size) == old.root
        assert self.hash(0, self.size) == self.root

    def lines(self) -> Iterator[bytes]:
        """All entries, from the bundles."""
        for n in range(-(-self.size // 256)):
            width = min(self.size - 256 * n, 256)
            content = self.fetch(f"tile/{path('entries', n)}" + (f".p/{width}" if width < 256 else ""))
            assert content is not None
            for _ in range(width):
                length = int.from_bytes(content[:2], "big")
                yield content[2 : 2 + length]
                content = content[2 + length :]
            assert content == b""

    def is_whole(self, lines: list[bytes]) -> None:
        """Every tile is there, and made of these lines."""
        assert len(lines) >= self.size
        below = [sha256(b"\x00" + line).digest() for line in lines[: self.size]]
        level = 0
        while below:
            for n in range(-(-len(below) // 256)):
                assert self.tile(level, n) == b"".join(below[256 * n : 256 * n + 256]), (level, n)
            below = [_root(below[256 * n : 256 * n + 256]) for n in range(len(below) // 256)]
            level += 1
        assert self.hash(0, self.size) == self.root


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _root(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = [node(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def path(level: int | str, n: int) -> str:
    """1234067 is x001/x234/067."""
    text = f"{n:03}"
    text = "0" * (-len(text) % 3) + text
    groups = [text[i : i + 3] for i in range(0, len(text), 3)]
    return f"{level}/" + "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])


def from_directory(directory: Path) -> Fetch:
    def fetch(name: str) -> bytes | None:
        file = directory / name
        return file.read_bytes() if file.is_file() else None

    return fetch


def from_url(url: str) -> Fetch:
    def fetch(name: str) -> bytes | None:
        try:
            with urllib.request.urlopen(f"{url}/{name}") as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            return None

    return fetch


@contextmanager
def plain_web_server(directory: Path) -> Iterator[str]:
    """Python's own, which knows nothing of tiles; gives its URL."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(directory))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
