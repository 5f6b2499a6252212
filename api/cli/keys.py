"""`mingzhang key`: an officer's own key. The private part stays in its file and is never sent anywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from stat import S_IMODE
from typing import Annotated, Any

import orjson
import typer
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from api.cli.failing import CommandError, told
from api.opening import write_private
from ledger.jws import PrivateKey, key_of

keys = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="密钥：生成、查看。Keys: make one, look at one.\n\n例 Example: `mingzhang key new officer.pem`",
)


class Algorithm(StrEnum):
    """Both are strong; browsers and most smart cards know ES256."""

    ED25519 = "Ed25519"
    ES256 = "ES256"


class KeyFileError(CommandError):
    """The file is not a private key that may be used."""


def load_private_key(path: Path) -> PrivateKey:
    """A private key from a PEM file (PKCS #8, Ed25519 or P-256, not encrypted) that only its owner can read.

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
        private = load_pem_private_key(pem, password=None)
    except TypeError:
        raise KeyFileError(
            f"{path} 有口令保护，请给出无口令的 PKCS #8 文件。 It is encrypted; give one without a passphrase."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeyFileError(f"{path} 不是 PEM 私钥（PKCS #8）。 It is not a private key in PEM (PKCS #8).") from None
    if isinstance(private, Ed25519PrivateKey):
        return private
    if isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(private.curve, ec.SECP256R1):
        return private
    raise KeyFileError(f"{path}：只用 Ed25519 或 P-256 密钥。 Only Ed25519 and P-256 keys are used here.")


def _remedy(path: Path) -> str:
    """A key of one's own can be made; those of a trial ledger are made by `mingzhang run` and `try`."""
    if path.parent.name in ("administrators", "try") and path.parent.parent.name == "keys":
        return (
            "试用账本的密钥在 DATA/keys 里：请到运行 `mingzhang run` 的目录，先 `mingzhang try`。"
            " a trial ledger's keys lie in its DATA/keys: go where `mingzhang run` runs, and `mingzhang try` first."
        )
    return f"make one with `mingzhang key new {path}`"


def describe(private: PrivateKey) -> dict[str, Any]:
    """`kid` (RFC 7638 thumbprint), `alg`, and the public `jwk`."""

    key = key_of(private.public_key())
    return {"kid": key.kid, "alg": key.alg, "jwk": key.jwk()}


def create_private_key(path: Path, algorithm: Algorithm) -> PrivateKey:
    """Write a new key to `path`, mode 0600; never overwrites. Raises `KeyFileError`."""

    if algorithm is Algorithm.ED25519:
        private: PrivateKey = Ed25519PrivateKey.generate()
    else:
        private = ec.generate_private_key(ec.SECP256R1())
    try:
        write_private(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    except FileExistsError:
        raise KeyFileError(f"{path} 已存在，不会覆盖。 It is there already and is never overwritten.") from None
    except OSError as error:
        raise KeyFileError(f"写不了 {path}（{error.strerror}）。 It cannot be written.") from None
    return private


@keys.command("new")
@told
def new(
    file: Annotated[Path, typer.Argument(help="写到何处 Where to write it (PEM, mode 0600).")],
    algorithm: Annotated[
        Algorithm, typer.Option("--alg", help="算法 Algorithm: Ed25519 or ES256.")
    ] = Algorithm.ED25519,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON Print JSON.")] = False,
) -> None:
    """生成一把自己的签名密钥。Make a signing key of your own.

    私钥只留在这个文件里，不上传；请备份，丢了就要重新登记。

    The private key stays in this file and is never sent. Keep a safe copy: a lost key means a new registration.

    例 Example: `mingzhang key new officer.pem --alg ES256`
    """
    _print(file, describe(create_private_key(file, algorithm)), as_json)


@keys.command("show")
@told
def show(
    file: Annotated[Path, typer.Argument(help="密钥文件 The key file.")],
    only_kid: Annotated[bool, typer.Option("--kid", help="只输出指纹 Print the thumbprint only.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON Print JSON.")] = False,
) -> None:
    """看一把密钥的指纹和公钥；不显示私钥。Show a key's thumbprint and public part, never the private one.

    例 Example: `mingzhang key show officer.pem`
    """
    described = describe(load_private_key(file))
    if only_kid:
        typer.echo(described["kid"])
    else:
        _print(file, described, as_json)


def _print(file: Path, described: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps(described).decode())
        return
    typer.echo(f"文件 File        {file}")
    typer.echo(f"算法 Algorithm   {described['alg']}")
    typer.echo(f"指纹 Thumbprint  {described['kid']}")
    typer.echo(f"公钥 Public key  {orjson.dumps(described['jwk']).decode()}")
