"""The source's secret: under it personal values are compared from export to export without being guessable.

It is made at the first import and kept beside the mapping, as `MAP.secret`, mode 0600: 64 hex digits. It goes to
whoever imports this source next; destroyed, it takes the last link between the ledger's row digests and the persons.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from stat import S_IMODE

from api.importing.stopped import Stopped


def secret_path(mapping: Path) -> Path:
    """Where the secret of a mapping is kept."""
    return mapping.with_name(mapping.name + ".secret")


def read_secret(path: Path) -> bytes | None:
    """The 32 bytes; None where there is no such file. Raises `Stopped`."""
    try:
        mode = S_IMODE(path.stat().st_mode)
        text = path.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Stopped(f"密文件读不了 The secret {path} cannot be read: {error}.") from None
    if mode & 0o077:
        raise Stopped(f"密文件他人可读 {path} can be read by others (mode {mode:04o}): chmod 600 it.")
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) != 32:
        raise Stopped(f"密文件已损坏 {path} is not a secret of 64 hex digits: bring it back from a backup.")
    return secret


def make_secret(path: Path) -> bytes:
    """A new secret, on disk before it is used: a digest under a secret that a crash has lost fits nothing ever after.

    Raises `Stopped`, also when somebody else made one just now.
    """
    secret = secrets.token_bytes(32)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w") as file:
            file.write(secret.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
        directory = os.open(path.parent, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)
    except OSError as error:
        raise Stopped(f"密文件写不了 The source's secret cannot be kept as {path}: {error.strerror}.") from None
    finally:
        temporary.unlink(missing_ok=True)
    return secret
