"""A witness's directory: its keys, the logs it knows, and what it cosigned last.

DIR/name                               its name, in every cosignature
DIR/key.pem, key-mldsa.pem             it cosigns with both; trusted: whoever has them can cosign in its name
DIR/logs/*.txt                         tlog-policies: their log lines say whose checkpoints it cosigns, by origin
DIR/state/<SHA-256(origin)>/checkpoint the latest checkpoint that it cosigned: lost, it begins anew; put back from an
                                       old copy, it could contradict itself
DIR/state/…/fork-<16 hex>.json         two checkpoints of a log that contradict each other, with its signatures
DIR/lock                               held from reading the latest checkpoint to keeping the next

Several processes may use one directory: the lock makes each read, decide and keep in one go.
"""

import fcntl
import logging
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from api.private_files import write_private
from deploy.place import sync_directory
from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.errors import LedgerError
from ledger.note import COSIGNATURE, ML_DSA_44, NoteError, NoteKey, NoteSigner, is_key_name, open_note, signed_by_alone
from ledger.witness import RequestError, Verdict, judge, judge_subtree, parse_request, parse_subtree_request
from ledger.witness_policy import MAX_BYTES, Policy

MAX_FORKS = 100
"""Files of evidence kept of one log: one convicts it."""
_ED25519_FILE, _ML_DSA_FILE = "key.pem", "key-mldsa.pem"
_log = logging.getLogger("mingzhang.witness")


class WitnessUnusable(LedgerError):
    """This directory is no witness's, or something in it cannot be used; the message says what to do."""

    code = "witness.unusable"


@dataclass(frozen=True)
class Answer:
    """What an add-checkpoint request is answered: HTTP status, body and its media type."""

    status: int
    body: str
    media_type: str = "text/plain; charset=utf-8"


def make_witness(directory: Path, name: str) -> "Witness":
    """Make its keys and directories; run again after a crash, it goes on with the keys that are there.

    Raises `WitnessUnusable` when there is a witness of another name.
    """
    if not is_key_name(name):
        raise WitnessUnusable(f"a witness's name has 1 to 255 bytes, no spaces and no +: {name!r}")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for part in ("logs", "state"):
        (directory / part).mkdir(mode=0o700, exist_ok=True)
    for file, make in ((_ED25519_FILE, Ed25519PrivateKey.generate), (_ML_DSA_FILE, MLDSA44PrivateKey.generate)):
        if not (directory / file).exists():
            write_private(directory / file, make().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    if not (directory / "name").exists():
        write_private(directory / "name", f"{name}\n".encode())
    sync_directory(directory)
    witness = Witness(directory)
    if witness.name != name:
        raise WitnessUnusable(f"{directory} is the witness {witness.name}: its name never changes. Name another one.")
    return witness


def add_logs(directory: Path, text: str) -> None:
    """Witness the logs of this tlog-policy from now on; under its own digest, so that it is there once.

    Raises `WitnessUnusable`.
    """
    _identity(directory)
    path = directory / "logs" / f"{sha256(text.encode()).hexdigest()[:16]}.txt"
    if not path.exists():
        _replace(path, text)
    read_log_keys(path)


class Witness:
    """A witness at work. Any thread and any process may call it: what is known of a log is read anew under the lock."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.name, self.signers = _identity(directory)
        self._logs: dict[str, tuple[NoteKey, ...]] = {}
        self._seen: object = None
        self.logs()

    @property
    def keys(self) -> tuple[NoteKey, ...]:
        """Its public keys, Ed25519 and ML-DSA-44."""
        return tuple(signer.key for signer in self.signers)

    def logs(self) -> Mapping[str, tuple[NoteKey, ...]]:
        """Origin -> trusted keys, from the files below `logs`, read again when one changed.

        Raises `WitnessUnusable` at first; later, those that were good go on while a file is none.
        """
        paths = sorted((self._directory / "logs").glob("*.txt"))
        seen = [(path.name, stat.st_mtime_ns, stat.st_size) for path in paths for stat in [path.stat()]]
        if seen != self._seen:
            first, self._seen = self._seen is None, seen
            try:
                self._logs = _by_origin(paths)
            except WitnessUnusable as error:
                if first:
                    raise
                _log.error("%s; the logs known before stay", error)
        return self._logs

    def add_checkpoint(self, body: bytes) -> Answer:
        """Judge, keep, cosign, in this order. Raises `WitnessUnusable`, OSError: then nothing was cosigned."""
        try:
            request = parse_request(body)
        except RequestError as error:
            return Answer(400, f"{error}\n")
        logs = self.logs()
        if request.checkpoint.origin not in logs:
            return _answer(judge(logs, None, request))
        with self._lock():
            place = self._place(request.checkpoint.origin)
            kept = self._kept(place, request.checkpoint.origin)
            verdict = judge(logs, kept[1] if kept else None, request)
            if verdict.fork and kept:
                _keep_fork(place, kept[0], request.note)
            if verdict.status != 200:
                return _answer(verdict)
            at = int(time.time())
            lines = "".join(signer.sign(request.parsed.text, at) for signer in self.signers)
            # What others signed is not ours to keep.
            note = signed_by_alone(request.note, logs[request.checkpoint.origin])
            # If we crash before the next line is done, nothing was cosigned; after it, the log asks once more.
            _replace(place / "checkpoint", note + lines)
        return Answer(200, lines)

    def sign_subtree(self, body: bytes) -> Answer:
        """Judge and sign a part of what was cosigned before; nothing is kept, for nothing new is said."""
        try:
            request = parse_subtree_request(body)
        except RequestError as error:
            return Answer(400, f"{error}\n")
        verdict = judge_subtree(self.logs(), self.keys, request)
        if verdict.status != 200:
            return _answer(verdict)
        able = [signer for signer in self.signers if signer.type == ML_DSA_44]
        origin, span = request.checkpoint.origin, (request.start, request.end)
        return Answer(200, "".join(signer.sign_subtree(origin, *span, request.hash) for signer in able))

    def latest(self, origin: str) -> str | None:
        """The latest checkpoint cosigned of this origin, with the cosignatures; None: none was."""
        return self.latest_by_hash(sha256(origin.encode()).hexdigest())

    def latest_by_hash(self, hash_: str) -> str | None:
        """The same by the lowercase hex SHA-256 of the origin, as it is asked for by HTTP."""
        try:
            return (self._directory / "state" / hash_ / "checkpoint").read_text("utf-8")
        except FileNotFoundError:
            return None

    def forks(self, origin: str) -> list[Path]:
        """Files of evidence that this log contradicted itself."""
        return sorted(self._place(origin).glob("fork-*.json"))

    def _place(self, origin: str) -> Path:
        return self._directory / "state" / sha256(origin.encode()).hexdigest()

    def _kept(self, place: Path, origin: str) -> tuple[str, Checkpoint] | None:
        """What was cosigned last. A file that says anything else stops the witness: it must not begin anew."""
        try:
            note = (place / "checkpoint").read_text("utf-8")
            checkpoint = parse_checkpoint(open_note(note, self.keys)[0])
        except FileNotFoundError:
            return None
        except (NoteError, UnicodeDecodeError) as error:
            raise WitnessUnusable(f"{place / 'checkpoint'} was damaged: put it back ({error})") from None
        if checkpoint.origin != origin:
            raise WitnessUnusable(f"{place / 'checkpoint'} is of {checkpoint.origin}, not of {origin}: put it back")
        return note, checkpoint

    @contextmanager
    def _lock(self) -> Iterator[None]:
        handle = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def read_log_keys(path: Path) -> tuple[NoteKey, ...]:
    """The log keys of a tlog-policy. Raises `WitnessUnusable` when it is none, or names no log."""
    try:
        with path.open("rb") as file:
            policy = Policy.parse(file.read(MAX_BYTES + 1).decode())
    except ValueError as error:
        raise WitnessUnusable(f"{path} is no tlog-policy: {error}") from None
    if not policy.log_keys:
        raise WitnessUnusable(f"{path} names no log: it needs a line: log VKEY")
    return policy.log_keys


def _by_origin(paths: Iterable[Path]) -> dict[str, tuple[NoteKey, ...]]:
    keys = dict.fromkeys(key for path in paths for key in read_log_keys(path))
    return {name: tuple(key for key in keys if key.name == name) for name in {key.name for key in keys}}


def _identity(directory: Path) -> tuple[str, tuple[NoteSigner, ...]]:
    try:
        name = (directory / "name").read_text("utf-8").removesuffix("\n")
        keys = [load_pem_private_key((directory / f).read_bytes(), None) for f in (_ED25519_FILE, _ML_DSA_FILE)]
    except FileNotFoundError as error:
        raise WitnessUnusable(
            f"{error.filename} is missing: make a witness with `mingzhang witness init`, or put it back"
        ) from None
    first, second = keys
    if not isinstance(first, Ed25519PrivateKey) or not isinstance(second, MLDSA44PrivateKey) or not is_key_name(name):
        raise WitnessUnusable(f"in {directory}, name, {_ED25519_FILE} or {_ML_DSA_FILE} is not what it should be")
    return name, (NoteSigner(name, first, COSIGNATURE), NoteSigner(name, second, ML_DSA_44))


def _answer(verdict: Verdict) -> Answer:
    if verdict.status == 409:
        return Answer(409, f"{verdict.size}\n", "text/x.tlog.size")
    return Answer(verdict.status, f"{verdict.detail}\n")


def _keep_fork(place: Path, cosigned: str, contradicting: str) -> None:
    """Two signed checkpoints of one size and different roots: nothing of it can be explained away."""
    path = place / f"fork-{sha256(contradicting.encode()).hexdigest()[:16]}.json"
    if not path.exists() and len(list(place.glob("fork-*.json"))) < MAX_FORKS:
        _replace(path, orjson.dumps({"cosigned": cosigned, "contradicting": contradicting}).decode())


def _replace(path: Path, text: str) -> None:
    """Whole or not at all, and on disk when this returns. The lock makes the one temporary name ours."""
    if not path.parent.exists():
        path.parent.mkdir(mode=0o700)
        sync_directory(path.parent.parent)
    temporary = path.with_name(".new")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_directory(path.parent)
