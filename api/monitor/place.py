"""A monitor's state directory.

    monitor.pem         its own key, as a witness has one; nobody else's to read
    state.json          what it last saw and believed: the anchor, the head as it came, the last seal
    ledger.txt          every line up to that head, as `mingzhang export` would write them
    statements/N.note   that the seal on line N holds, signed
    alarms/…            what contradicted what; never removed, never overwritten

`state.json` is written last: what it names is on disk. If we crash before, the same is seen and written again.
"""

import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from api.monitor.durable import sweep, write_over
from api.private_files import write_private
from deploy.lock import hold, make_data_directory
from ledger.errors import LedgerError
from ledger.note import COSIGNATURE, NoteKey, NoteSigner

FORMAT = "mingzhang-monitor-state/1"


@dataclass(frozen=True)
class State:
    """`size` lines in `bytes` bytes of ledger.txt lead to the head in `checkpoint`, a note as it came ("" before any).

    `sealed` is how many lines the last seal was over that was found to hold, and `seal` the line it stands on.
    """

    fingerprint: str
    name: str
    size: int = 0
    bytes: int = 0
    checkpoint: str = ""
    sealed: int = 0
    seal: int = 0
    format: str = field(default=FORMAT)


class Place:
    """The directory, held by this process until it ends. Raises `DeployError`, OSError."""

    def __init__(self, directory: Path) -> None:
        make_data_directory(directory)
        self.directory = directory
        self._lock = hold(directory / "monitor.lock")
        sweep(directory)

    @property
    def ledger(self) -> Path:
        """The copy of the ledger."""
        return self.directory / "ledger.txt"

    def close(self) -> None:
        """Let go of it."""
        os.close(self._lock)

    def read(self) -> State | None:
        """What was kept, None before the first time. Raises `LedgerError` where the file is none of ours."""
        with suppress(FileNotFoundError):
            content = (self.directory / "state.json").read_bytes()
            try:
                found: dict[str, Any] = orjson.loads(content)
                state = State(**found)
                good = state.format == FORMAT and all(
                    type(getattr(state, name)) is type(value) for name, value in asdict(State("", "")).items()
                )
            except (TypeError, ValueError):
                good = False
            if not good:
                raise LedgerError(
                    f"{self.directory}/state.json is not a monitor's: name another directory, or restore this one",
                    code="monitor.state",
                )
            return state
        return None

    def write(self, state: State) -> None:
        """Keep it, durably."""
        write_over(self.directory / "state.json", orjson.dumps(asdict(state), option=orjson.OPT_INDENT_2) + b"\n")

    def begin(self, fingerprint: str, name: str | None) -> State:
        """What a monitor starts from; its key is made here. Nothing is kept of the ledger yet."""
        state = State(fingerprint, name or f"monitor-{token_hex(4)}")
        NoteKey.parse(NoteSigner(state.name, Ed25519PrivateKey.generate(), COSIGNATURE).key.vkey())  # a fit name
        with suppress(FileExistsError):
            pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            write_private(self.directory / "monitor.pem", pem)
        return state

    def signer(self, state: State) -> NoteSigner:
        """The monitor's key. Raises `LedgerError` where it is missing or none."""
        try:
            key = load_pem_private_key((self.directory / "monitor.pem").read_bytes(), None)
        except (OSError, ValueError, TypeError):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise LedgerError(f"{self.directory}/monitor.pem is missing, or no Ed25519 key", code="monitor.key")
        return NoteSigner(state.name, key, COSIGNATURE)
