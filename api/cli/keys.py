"""`mingzhang key`: an officer's own key. The private part stays in its file and is never sent anywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from api.cli.failing import CANNOT_TELL, CommandError, told
from api.cli.pem import KeyFileError, read_pem, write_pem
from api.cli.reading_keys import create_reading_key, public_of
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


class Use(StrEnum):
    """What a key is for: 签名, 阅读."""

    SIGNING = "signing"
    READING = "reading"


def load_private_key(path: Path) -> PrivateKey:
    """A private key from a PEM file (PKCS #8, Ed25519 or P-256, not encrypted) that only its owner can read.

    Raises `KeyFileError`.
    """

    private = read_pem(path)
    if isinstance(private, Ed25519PrivateKey):
        return private
    if isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(private.curve, ec.SECP256R1):
        return private
    raise KeyFileError(f"{path}：只用 Ed25519 或 P-256 密钥签名。 Only Ed25519 and P-256 keys sign here.")


def describe(private: PrivateKey | X25519PrivateKey) -> dict[str, Any]:
    """`kid` (RFC 7638 thumbprint), `alg`, and the public `jwk`; of a reading key `alg` and `public`."""

    if isinstance(private, X25519PrivateKey):
        return {"alg": "X25519", "public": public_of(private)}
    key = key_of(private.public_key())
    return {"kid": key.kid, "alg": key.alg, "jwk": key.jwk()}


def create_private_key(path: Path, algorithm: Algorithm) -> PrivateKey:
    """Write a new key to `path`, mode 0600; never overwrites. Raises `KeyFileError`."""

    if algorithm is Algorithm.ED25519:
        private: PrivateKey = Ed25519PrivateKey.generate()
    else:
        private = ec.generate_private_key(ec.SECP256R1())
    write_pem(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return private


@keys.command("new")
@told
def new(
    file: Annotated[Path, typer.Argument(help="写到何处 Where to write it (PEM, mode 0600).")],
    algorithm: Annotated[
        Algorithm | None, typer.Option("--alg", help="算法 Algorithm: Ed25519 or ES256. [default: Ed25519]")
    ] = None,
    use: Annotated[
        Use,
        typer.Option("--for", help="用途 signing 签名; reading 阅读密封件 opens sealed papers (X25519)."),
    ] = Use.SIGNING,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON Print JSON.")] = False,
) -> None:
    """生成一把自己的密钥：签名用，或阅读密封件用。Make a key of your own, to sign or to read sealed papers with.

    私钥只留在这个文件里，不上传；请备份，丢了就要重新登记。

    The private key stays in this file and is never sent. Keep a safe copy: a lost key means a new registration.

    例 Examples: `mingzhang key new officer.pem --alg ES256`, `mingzhang key new reading.pem --for reading`
    """
    if use is Use.READING and algorithm is not None:
        raise CommandError("--alg 只用于签名密钥。 --alg is for signing keys only.", CANNOT_TELL)
    if use is Use.READING:
        _print(file, describe(create_reading_key(file)), as_json)
    else:
        _print(file, describe(create_private_key(file, algorithm or Algorithm.ED25519)), as_json)


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
    private = read_pem(file)
    described = describe(private if isinstance(private, X25519PrivateKey) else load_private_key(file))
    if only_kid and "kid" not in described:
        raise CommandError("阅读密钥没有指纹，只有公钥。 A reading key has no thumbprint.", CANNOT_TELL)
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
    if "kid" in described:
        typer.echo(f"指纹 Thumbprint  {described['kid']}")
    typer.echo(f"公钥 Public key  {described.get('public') or orjson.dumps(described['jwk']).decode()}")
