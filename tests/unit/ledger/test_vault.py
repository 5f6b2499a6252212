"""The vault: opens for the right key in the right place, and for nothing else."""

import os
from base64 import b64encode
from stat import S_IMODE

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.disclosure import disclose
from ledger.vault import VaultError, create_kek, load_kek, new_case_key, open_case_key, seal, unseal

ORIGIN, CASE = "ledger.example", "0190a1b2-0000-7000-8000-000000000001"
KEK = load_kek(None, b64encode(b"\x07" * 32).decode())
NAME, ID = disclose("name", "测试甲"), disclose("id_number", "000000190001010000")


def refusal(call, *arguments):
    with pytest.raises(VaultError) as refused:
        call(*arguments)
    return refused.value.code


def test_what_was_sealed_opens_and_shows_nothing_meanwhile():
    key = new_case_key(KEK, ORIGIN, CASE)
    sealed = seal(key, ORIGIN, CASE, [NAME, ID])
    again = open_case_key(KEK, ORIGIN, CASE, key.wrapped)
    assert [unseal(again, ORIGIN, CASE, d.digest, s) for d, s in zip([NAME, ID], sealed, strict=True)] == [
        NAME.encoded,
        ID.encoded,
    ]
    assert NAME.encoded.encode() not in b"".join(sealed)
    assert seal(key, ORIGIN, CASE, [NAME, ID]) != sealed


def test_a_ciphertext_that_was_moved_does_not_open():
    key = new_case_key(KEK, ORIGIN, CASE)
    first, second = seal(key, ORIGIN, CASE, [NAME, ID])
    assert refusal(unseal, key, ORIGIN, CASE, ID.digest, first) == "vault.broken"
    assert refusal(unseal, key, ORIGIN, CASE, NAME.digest, second) == "vault.broken"
    assert refusal(unseal, key, "other.example", CASE, NAME.digest, first) == "vault.broken"
    assert refusal(unseal, key, ORIGIN, CASE.replace("1", "2"), NAME.digest, first) == "vault.broken"
    assert refusal(unseal, new_case_key(KEK, ORIGIN, CASE), ORIGIN, CASE, NAME.digest, first) == "vault.broken"


def test_a_case_key_that_was_moved_or_wrapped_by_another_key_does_not_open():
    wrapped = new_case_key(KEK, ORIGIN, CASE).wrapped
    other = load_kek(None, b64encode(b"\x08" * 32).decode())
    assert refusal(open_case_key, other, ORIGIN, CASE, wrapped) == "vault.broken"
    assert refusal(open_case_key, KEK, "other.example", CASE, wrapped) == "vault.broken"
    assert refusal(open_case_key, KEK, ORIGIN, CASE[:-1] + "2", wrapped) == "vault.broken"
    assert other.name != KEK.name


@given(st.data())
def test_any_altered_or_shortened_bytes_do_not_open(data):
    key = new_case_key(KEK, ORIGIN, CASE)
    (sealed,) = seal(key, ORIGIN, CASE, [NAME])
    at = data.draw(st.integers(0, len(sealed) - 1))
    altered = sealed[:at] + bytes([sealed[at] ^ data.draw(st.integers(1, 255))]) + sealed[at + 1 :]
    for broken in (altered, sealed[:at]):
        assert refusal(unseal, key, ORIGIN, CASE, NAME.digest, broken) == "vault.broken"
    wrapped = key.wrapped
    at = at % len(wrapped)
    assert refusal(open_case_key, KEK, ORIGIN, CASE, wrapped[:at]) == "vault.broken"


def test_a_new_vault_key_is_its_owner_s_alone_and_never_overwritten(tmp_path):
    path = tmp_path / "vault.key"
    create_kek(path)
    assert S_IMODE(path.stat().st_mode) == 0o600
    kek = load_kek(path, None)
    with pytest.raises(FileExistsError):
        create_kek(path)
    assert load_kek(path, "").name == kek.name


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o610, 0o601])
def test_a_vault_key_that_others_can_touch_is_not_used(tmp_path, mode):
    path = tmp_path / "vault.key"
    create_kek(path)
    os.chmod(path, mode)
    with pytest.raises(VaultError, match="chmod 600") as refused:
        load_kek(path, None)
    assert refused.value.code == "vault.key-exposed"


def test_a_missing_or_misshapen_vault_key_is_named(tmp_path):
    assert refusal(load_kek, tmp_path / "none.key", None) == "vault.no-key"
    assert refusal(load_kek, None, None) == "vault.no-key"
    for text in ("short", b64encode(bytes(31)).decode(), b64encode(bytes(33)).decode(), "密" * 44, " "):
        assert refusal(load_kek, None, text) == "vault.no-key"
    path = tmp_path / "vault.key"
    path.write_text("rubbish\n")
    path.chmod(0o600)
    assert refusal(load_kek, path, None) == "vault.no-key"


def test_the_environment_goes_before_the_file(tmp_path):
    path = tmp_path / "vault.key"
    create_kek(path)
    assert load_kek(path, b64encode(b"\x07" * 32).decode()).name == KEK.name
