"""The ledger's own private keys under DATA/keys, found by their public halves.

DATA/keys/log.pem         Ed25519: signs heads, receipts, and the lines that the ledger itself seals
DATA/keys/log-mldsa.pem   ML-DSA-44: signs published heads as well, so that they outlast Ed25519

Whoever has both can sign a false head. Which keys are in force, the ledger says; a file's name says nothing.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from api.private_files import write_private
from deploy.place import sync_directory
from ledger.errors import LedgerError
from ledger.log_keys import LogKeys
from ledger.note import ED25519, ML_DSA_44, NoteKey, NoteSigner

ED25519_FILE, ML_DSA_FILE = "log.pem", "log-mldsa.pem"
_PENDING = ("log-next.pem", "log-mldsa-next.pem")
"""Keys that are made and not yet recorded."""


def make_log_signers(directory: Path, origin: str, *, pending: bool = False) -> tuple[NoteSigner, ...]:
    """The two keys of a new ledger, made durably where they are not there yet: if we crash, the next try finds them.

    `pending`: the keys that are to follow those of a ledger that has some.
    """
    signers = []
    names = _PENDING if pending else (ED25519_FILE, ML_DSA_FILE)
    makers: list[Callable[[], Ed25519PrivateKey | MLDSA44PrivateKey]]
    makers = [Ed25519PrivateKey.generate, MLDSA44PrivateKey.generate]
    for name, make in zip(names, makers, strict=True):
        path = directory / name
        if not path.exists():
            write_private(path, make().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        signers.append(_load(path, origin))
    return tuple(signers)


def log_signers(data: Path, keys: LogKeys) -> tuple[NoteSigner, ...]:
    """A signer for each of the ledger's keys in force, the Ed25519 one first: it alone seals lines, and answers.

    Raises `LedgerError` (`ledger.no-key`) when one is missing under DATA/keys.
    """
    directory = data / "keys"
    found = {signer.key: signer for signer in (_load(path, keys.origin) for path in sorted(directory.glob("log*.pem")))}
    signers = []
    for key in sorted(keys.now, key=lambda key: key.type):
        if key not in found:
            raise _missing(directory / (ED25519_FILE if key.type == ED25519 else ML_DSA_FILE), key)
        signers.append(found[key])
    if not signers or signers[0].type != ED25519:
        raise LedgerError(
            f"the ledger {keys.origin} names no Ed25519 key of its own", code="ledger.no-key", path=directory
        )
    return tuple(signers)


def name_for_good(directory: Path, origin: str, recorded: Iterable[NoteKey]) -> None:
    """Pending keys that the ledger has recorded are pending no more; their names say their key ids."""
    known = set(recorded)
    for path in [directory / name for name in _PENDING if (directory / name).exists()]:
        key = _load(path, origin).key
        if key in known:
            path.rename(directory / f"log-{key.key_id.hex()}.pem")
    sync_directory(directory)


def _missing(path: Path, key: NoteKey) -> LedgerError:
    if path.exists():
        detail = (
            f"{path} is not the signing key {key.key_id.hex()} of the ledger {key.name} in this database, and no other"
            " beside it is: DATA and database do not belong together, or the key has yet to be put back"
        )
    else:
        detail = (
            f"the ledger's signing key {path} is missing: put it back from its safe copy; without it no head and no"
            " receipt can be signed"
        )
    return LedgerError(detail, code="ledger.no-key", path=str(path))


def _load(path: Path, origin: str) -> NoteSigner:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if isinstance(key, Ed25519PrivateKey):
        return NoteSigner(origin, key)
    if isinstance(key, MLDSA44PrivateKey):
        return NoteSigner(origin, key, ML_DSA_44)
    raise LedgerError(f"{path} is neither an Ed25519 nor an ML-DSA-44 key", code="key.invalid", path=str(path))
