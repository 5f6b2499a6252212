"""Timestamps against a real authority: `openssl ts` answers what we ask, and finds what we keep good (RFC 3161)."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509

from ledger.timestamp import TimestampError, read_stamp, stamp_request
from tests.tsa import Authority, make_authority

MESSAGE = b"ledger.example/county\n3\nhead\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("stranger"), "Somebody Else")


def roots(authority: Authority) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(authority.ca.read_bytes())


def test_an_authority_stamps_what_we_ask_and_openssl_agrees(authority: Authority, tmp_path: Path):
    request = stamp_request(MESSAGE)
    response = authority.reply(request.der)
    stamp = read_stamp(response, MESSAGE, roots(authority), nonce=request.nonce)
    assert stamp.trusted
    assert "Made-up TSA signer" in stamp.authority
    (tmp_path / "message").write_bytes(MESSAGE)
    (tmp_path / "response.tsr").write_bytes(response)
    judged = subprocess.run(
        ["openssl", "ts", "-verify", "-data", "message", "-in", "response.tsr", "-CAfile", str(authority.ca)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert judged.returncode == 0, judged.stderr
    assert "Verification: OK" in judged.stdout + judged.stderr


def test_a_stamp_of_a_stranger_does_not_lead_to_our_roots(authority: Authority, stranger: Authority):
    response = stranger.reply(stamp_request(MESSAGE).der)
    with pytest.raises(TimestampError) as error:
        read_stamp(response, MESSAGE, roots(authority))
    assert error.value.code == "timestamp.invalid"


def test_the_way_to_our_root_is_found_among_the_certificates_that_the_stamp_brings(tmp_path: Path):
    authority = make_authority(tmp_path, under_a_root=True)
    stamp = read_stamp(authority.reply(stamp_request(MESSAGE).der), MESSAGE, roots(authority))
    assert stamp.trusted


def test_without_roots_a_whole_stamp_is_read_and_not_trusted(stranger: Authority):
    stamp = read_stamp(stranger.reply(stamp_request(MESSAGE).der), MESSAGE)
    assert not stamp.trusted
    assert "Somebody Else" in stamp.authority


def test_a_stamp_over_other_bytes_is_told_so(authority: Authority):
    response = authority.reply(stamp_request(MESSAGE + b"x").der)
    with pytest.raises(TimestampError) as error:
        read_stamp(response, MESSAGE, roots(authority))
    assert error.value.code == "timestamp.imprint"


def test_an_answer_to_another_question_is_refused(authority: Authority):
    response = authority.reply(stamp_request(MESSAGE).der)
    with pytest.raises(TimestampError, match="Nonce mismatch"):
        read_stamp(response, MESSAGE, roots(authority), nonce=stamp_request(MESSAGE).nonce)


def test_no_changed_byte_of_a_stamp_trips_us_or_passes_as_another_time(authority: Authority):
    response = authority.reply(stamp_request(MESSAGE).der)
    whole = read_stamp(response, MESSAGE, roots(authority))
    for at in range(0, len(response), 7):
        changed = bytearray(response)
        changed[at] ^= 0x10
        try:
            stamp = read_stamp(bytes(changed), MESSAGE, roots(authority))
        except TimestampError:
            continue
        # Some bytes say nothing: of a certificate that the chain does not need, or of an unsigned attribute.
        assert (stamp.at, stamp.serial) == (whole.at, whole.serial), at


@pytest.mark.parametrize("rubbish", [b"", b"rubbish", b"\x30\x80", b"\x30\x03\x02\x01\x00", bytes(70_000)])
def test_rubbish_is_no_stamp(rubbish: bytes):
    with pytest.raises(TimestampError):
        read_stamp(rubbish, MESSAGE)


def test_a_refusal_is_told_in_the_authoritys_words(authority: Authority):
    refusal = bytes.fromhex("301a3018020102300f0c0d6e6f206d6f726520746f646179030203a8")
    with pytest.raises(TimestampError) as error:
        read_stamp(refusal, MESSAGE, roots(authority))
    assert error.value.code in ("timestamp.refused", "timestamp.form")
