"""A log made up for witnesses: plain leaves, signed heads, proofs; two of one seed agree up to where one was forked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from api.witness.app import witness_app
from api.witness.place import Witness, add_logs, make_witness
from api.worker import configuration
from ledger.checkpoint import Checkpoint
from ledger.note import ML_DSA_44, NoteSigner
from ledger.tree import EMPTY_ROOT, Tree, consistency_proof, range_root
from ledger.witness import request_body

NAME = "witness.example/commission"


class MadeLog:
    """`fork`: the index from which on its leaves are others."""

    def __init__(self, origin: str = "log.example/county", leaves: int = 300, fork: int | None = None) -> None:
        self.origin = origin
        seed = sha256(origin.encode()).digest()
        self.signer = NoteSigner(origin, Ed25519PrivateKey.from_private_bytes(seed))
        self.second = NoteSigner(origin, MLDSA44PrivateKey.from_seed_bytes(seed), ML_DSA_44)
        self._tree = Tree()
        for n in range(leaves):
            self._tree.append(sha256(b"%d %d" % (n, fork is not None and n >= fork)).digest())

    @property
    def policy(self) -> str:
        """A tlog-policy that names its keys."""
        return f"log {self.signer.key.vkey()}\nlog {self.second.key.vkey()}\nquorum none\n"

    def node(self, level: int, n: int) -> bytes:
        return self._tree.node(level, n)

    def root(self, size: int) -> bytes:
        return range_root(0, size, self._tree.node) if size else EMPTY_ROOT

    def head(self, size: int) -> Checkpoint:
        return Checkpoint(self.origin, size, self.root(size))

    def note(self, size: int, signers: Sequence[NoteSigner] = ()) -> str:
        return self.head(size).sign(signers or [self.signer])

    def prove(self, old: int, size: int) -> list[bytes]:
        return consistency_proof(old, size, self._tree.node)

    def request(self, old: int, size: int) -> bytes:
        return request_body(old, self.prove(old, size) if 0 < old < size else [], self.note(size))


def witness_of(directory: Path, *logs: MadeLog) -> Witness:
    """A new witness that knows these logs."""
    make_witness(directory, NAME)
    for log in logs:
        add_logs(directory, log.policy)
    return Witness(directory)


@contextmanager
def serving(app: object) -> Iterator[str]:
    """An ASGI application, on a port of its own on loopback; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(configuration(app))  # type: ignore[arg-type]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def serving_witness(directory: Path, *logs: MadeLog) -> Iterator[tuple[Witness, str]]:
    """A witness that can be asked, and its address."""
    witness = witness_of(directory, *logs)
    with serving(witness_app(witness)) as url:
        yield witness, url
