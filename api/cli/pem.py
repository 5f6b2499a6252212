"""Files of private keys: PEM, mode 0600, never overwritten, read only when nobody else can."""

from pathlib import Path
from stat import S_IMODE

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from api.cli.failing import CommandError
from api.private_files import write_private


class KeyFileError(CommandError):
    """The file is not a private key that may be used."""


def read_pem(path: Path) -> object:
    """Whatever private key a PEM file (PKCS #8, not encrypted) holds that only its owner can read.

    Raises `KeyFileError`.
    """
    try:
        mode, pem = S_IMODE(path.stat().st_mode), path.read_bytes()
    except OSError as error:
        raise KeyFileError(
            f"读不了密钥文件 {path}（{error.strerror}）。 The key file cannot be read; {_remedy(path)}"
        ) from None
    if mode & 0o077 and b"PRIVATE KEY-----" in pem:
        raise KeyFileError(
            f"{path} 别人也能读（权限 {mode:04o}）：先 `chmod 600 {path}`，再想想谁可能读过它。"
            f" Others can read it: chmod 600 it, and think about who may have read it."
        )
    try:
        return load_pem_private_key(pem, password=None)
    except TypeError:
        raise KeyFileError(
            f"{path} 有口令保护，请给出无口令的 PKCS #8 文件。 It is encrypted; give one without a passphrase."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeyFileError(f"{path} 不是 PEM 私钥（PKCS #8）。 It is not a private key in PEM (PKCS #8).") from None


def _remedy(path: Path) -> str:
    """A key of one's own can be made; those of a trial ledger are made by `mingzhang run` and `try`."""
    if path.parent.name in ("administrators", "try") and path.parent.parent.name == "keys":
        return (
            "试用账本的密钥在 DATA/keys 里：请到运行 `mingzhang run` 的目录，先 `mingzhang try`。"
            " a trial ledger's keys lie in its DATA/keys: go where `mingzhang run` runs, and `mingzhang try` first."
        )
    return f"make one with `mingzhang key new {path}`"


def write_pem(path: Path, pem: bytes) -> None:
    """Write a key file, mode 0600; never overwrites. Raises `KeyFileError`."""
    try:
        write_private(path, pem)
    except FileExistsError:
        raise KeyFileError(f"{path} 已存在，不会覆盖。 It is there already and is never overwritten.") from None
    except OSError as error:
        raise KeyFileError(f"写不了 {path}（{error.strerror}）。 It cannot be written.") from None
