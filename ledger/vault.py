"""The vault: disclosures at rest, encrypted under one data key per case (design §6).

Each disclosure is sealed with AES-256-GCM under its case's key and bound to ledger, case and digest, so a ciphertext
that is moved elsewhere does not open. The case's key is stored wrapped by the key-encryption key (KEK), which never
enters the database: whoever has the database alone has nothing.
"""

import os
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from stat import S_IMODE

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.disclosure import Disclosure
from ledger.errors import LedgerError

_NONCE = 12


class VaultError(LedgerError):
    """The vault's key is missing, or what the vault holds does not open with it."""

    code = "vault.closed"


@dataclass(frozen=True)
class Kek:
    """The key-encryption key. `name` tells keys apart without saying anything of them."""

    name: str
    cipher: AESGCM


@dataclass(frozen=True)
class CaseKey:
    """A case's data key, open (`cipher`) and wrapped as the database keeps it."""

    cipher: AESGCM
    wrapped: bytes


def load_kek(path: Path | None, environment: str | None) -> Kek:
    """The KEK from the environment (base64 of 32 bytes), else from a file of mode 0600. Raises `VaultError`."""
    if environment:
        return _kek(environment, "the vault key in the environment")
    if path is None or not path.exists():
        raise VaultError(f"there is no vault key at {path}", code="vault.no-key", path=str(path))
    mode = S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise VaultError(
            f"{path} can be read by others (mode {mode:04o}): chmod 600 it, and think about who has read it",
            code="vault.key-exposed",
            path=str(path),
        )
    return _kek(path.read_text().strip(), str(path))


def create_kek(path: Path) -> None:
    """Write a new random KEK to `path`, mode 0600, durably; never overwrites (FileExistsError)."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(b64encode(os.urandom(32)).decode() + "\n")
        file.flush()
        os.fsync(file.fileno())


def _kek(text: str, where: str) -> Kek:
    try:
        raw = b64decode(text, validate=True)
        if len(raw) != 32:
            raise ValueError
    except ValueError:
        raise VaultError(f"{where} is not base64 of 32 bytes", code="vault.no-key", path=where) from None
    return Kek(sha256(b"mingzhang kek\x00" + raw).hexdigest()[:16], AESGCM(raw))


def new_case_key(kek: Kek, origin: str, case: str) -> CaseKey:
    """A fresh data key for `case`, wrapped."""
    raw, nonce = AESGCM.generate_key(256), os.urandom(_NONCE)
    return CaseKey(AESGCM(raw), nonce + kek.cipher.encrypt(nonce, raw, _bind(origin, case)))


def open_case_key(kek: Kek, origin: str, case: str, wrapped: bytes) -> CaseKey:
    """Unwrap. Raises `VaultError` when it was altered, moved to another case, or wrapped by another KEK."""
    try:
        raw = kek.cipher.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _bind(origin, case))
    except (InvalidTag, ValueError):
        raise VaultError(f"the data key of case {case} does not open", code="vault.broken", case=case) from None
    return CaseKey(AESGCM(raw), wrapped)


def seal(key: CaseKey, origin: str, case: str, disclosures: Sequence[Disclosure]) -> list[bytes]:
    """One ciphertext (nonce ‖ sealed) per disclosure, in the order given."""
    sealed = []
    for disclosure in disclosures:
        nonce = os.urandom(_NONCE)
        bound = _bind(origin, case, disclosure.digest)
        sealed.append(nonce + key.cipher.encrypt(nonce, disclosure.encoded.encode(), bound))
    return sealed


def unseal(key: CaseKey, origin: str, case: str, digest: str, sealed: bytes) -> str:
    """The encoded disclosure. Raises `VaultError` when it was altered, moved, or belongs to another digest."""
    try:
        return unsealed(key, origin, case, digest, sealed).decode()
    except ValueError:
        raise VaultError(f"a disclosure of case {case} does not open", code="vault.broken", case=case) from None


def unsealed(key: CaseKey, origin: str, case: str, digest: str, sealed: bytes) -> bytes:
    """The encoded disclosure's bytes. Raises `VaultError` as `unseal` does."""
    try:
        return key.cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _bind(origin, case, digest))
    except (InvalidTag, ValueError):
        raise VaultError(f"a disclosure of case {case} does not open", code="vault.broken", case=case) from None


def _bind(*parts: str) -> bytes:
    return b"\x00".join(part.encode() for part in parts)
