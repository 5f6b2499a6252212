"""The keys that sealed papers are opened with: X25519, apart from those that officers sign with."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from api.cli.pem import KeyFileError, read_pem, write_pem
from ledger.jws import b64url


def create_reading_key(path: Path) -> X25519PrivateKey:
    """Write a new reading key to `path`, mode 0600; never overwrites. Raises `KeyFileError`."""
    private = X25519PrivateKey.generate()
    write_pem(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return private


def load_reading_key(path: Path) -> X25519PrivateKey:
    """A reading key from a PEM file that only its owner can read. Raises `KeyFileError`."""
    private = read_pem(path)
    if not isinstance(private, X25519PrivateKey):
        raise KeyFileError(
            f"{path} 不是阅读密钥（X25519）：用 `mingzhang key new {path} --for reading` 生成。"
            " It is no reading key (X25519): make one with --for reading."
        )
    return private


def public_of(private: X25519PrivateKey) -> str:
    """The public part as it stands on the ledger: 32 bytes, base64url."""
    return b64url(private.public_key().public_bytes_raw())
