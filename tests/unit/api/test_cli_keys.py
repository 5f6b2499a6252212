"""An officer's key file: made once, read only when nobody else can, never shown."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from typer.testing import CliRunner

from api.cli import app
from api.cli.keys import Algorithm, create_private_key, describe, load_private_key
from api.cli.pem import KeyFileError
from ledger.jws import PrivateKey, key_from_jwk

RUNNER = CliRunner()


def pem(path: Path, key: PrivateKey | rsa.RSAPrivateKey, passphrase: bytes | None = None) -> Path:
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_new_key_is_private_to_its_owner_and_reads_back(tmp_path: Path, algorithm: Algorithm):
    path = tmp_path / "officer.pem"
    made = describe(create_private_key(path, algorithm))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert made["alg"] == algorithm
    assert describe(load_private_key(path)) == made
    assert key_from_jwk(made["jwk"]).kid == made["kid"]


def test_a_key_is_never_overwritten(tmp_path: Path):
    path = tmp_path / "officer.pem"
    create_private_key(path, Algorithm.ED25519)
    before = path.read_bytes()
    with pytest.raises(KeyFileError, match="never overwritten"):
        create_private_key(path, Algorithm.ED25519)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622, 0o666])
def test_a_key_that_others_can_reach_is_refused(tmp_path: Path, mode: int):
    path = tmp_path / "officer.pem"
    create_private_key(path, Algorithm.ED25519)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        load_private_key(path)


def test_a_missing_key_says_how_to_make_one(tmp_path: Path):
    with pytest.raises(KeyFileError, match="mingzhang key new"):
        load_private_key(tmp_path / "nobody.pem")


def test_other_kinds_of_key_and_other_files_are_refused(tmp_path: Path):
    path = tmp_path / "officer.pem"
    for key in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)):
        with pytest.raises(KeyFileError, match=r"Ed25519 and P-256"):
            load_private_key(pem(path, key))
    with pytest.raises(KeyFileError, match="encrypted"):
        load_private_key(pem(path, ec.generate_private_key(ec.SECP256R1()), b"secret"))
    path.write_text("not a key")
    with pytest.raises(KeyFileError, match="PKCS #8"):
        load_private_key(path)


def test_showing_a_key_shows_nothing_private(tmp_path: Path):
    path = tmp_path / "officer.pem"
    made = RUNNER.invoke(app, ["key", "new", str(path), "--json"])
    shown = RUNNER.invoke(app, ["key", "show", str(path), "--json"])
    assert made.exit_code == shown.exit_code == 0
    assert made.stdout == shown.stdout
    assert '"d"' not in shown.stdout
    assert "PRIVATE" not in RUNNER.invoke(app, ["key", "show", str(path)]).stdout


def test_a_refused_key_is_one_message_and_exit_code_1(tmp_path: Path):
    result = RUNNER.invoke(app, ["key", "show", str(tmp_path / "nobody.pem")])
    assert result.exit_code == 1
    assert result.stderr.count("mingzhang: ") == 1
