"""RFC 3161 timestamps over checkpoints: somebody outside, whose clock we do not hold, saw this head by this moment.

Semantically, a stamp says: "the bytes with this SHA-256 existed at `at`, by my clock". It rests on the authority's
(TSA) certificate; whether to trust that authority is for the reader of the stamp, who brings its root certificate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography import x509
from cryptography.x509 import Certificate
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from ledger.errors import LedgerError

MAX_RESPONSE = 64 * 1024
"""Bytes of a response, certificates included: some kilobytes in practice."""
SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")


class TimestampError(LedgerError):
    """This is no timestamp over these bytes, or not by an authority that was named."""

    code = "timestamp.invalid"


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent to the authority (DER), and the `nonce` that its answer must bear."""

    der: bytes
    nonce: int


@dataclass(frozen=True, slots=True)
class Stamp:
    """When the bytes existed at the latest, by the clock of `authority` (its certificate's subject, RFC 4514).

    `trusted`: its certificate leads to one of the roots that were given; otherwise only to itself.
    """

    at: datetime
    authority: str
    serial: int
    trusted: bool


def stamp_request(message: bytes) -> Request:
    """A request for `message` (RFC 3161 §2.4.1): SHA-256, a nonce, and the authority's certificates with the answer."""
    built = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).cert_request(cert_request=True)
    request = built.nonce(nonce=True).build()
    assert request.nonce is not None
    return Request(request.as_bytes(), request.nonce)


def read_stamp(
    response: bytes, message: bytes, roots: Sequence[Certificate] = (), *, nonce: int | None = None
) -> Stamp:
    """The stamp over `message` that an authority answered with (RFC 3161 §2.4.2). Raises `TimestampError`.

    With `roots` its certificate must lead to one of them; without, its signature is checked with the certificates that
    it brings along, which shows that the answer is whole and names who made it, and no more. Certificates are judged at
    the moment that the stamp names: one that has run out since still proves what it proved then (design §3.4).
    """
    if len(response) > MAX_RESPONSE:
        raise TimestampError(f"a timestamp has at most {MAX_RESPONSE} bytes, this has {len(response)}")
    try:
        decoded = decode_timestamp_response(_in_order(response))
        if decoded.status not in (0, 1):
            words = "; ".join(decoded.status_string) or f"status {decoded.status}"
            raise TimestampError(f"the authority gave no timestamp: {words}", code="timestamp.refused")
        info = decoded.tst_info
        if info.message_imprint.hash_algorithm != SHA256 or info.message_imprint.message != sha256(message).digest():
            raise TimestampError("this timestamp is over other bytes", code="timestamp.imprint")
        brought = [x509.load_der_x509_certificate(der) for der in sorted(decoded.signed_data.certificates)]
        _verify(decoded, message, roots or brought, nonce)
        return Stamp(info.gen_time, _authority(decoded, brought), info.serial_number, bool(roots))
    except TimestampError:
        raise
    except VerificationError as error:
        raise TimestampError(f"this timestamp does not hold: {error}") from error
    except Exception as error:  # the bytes are anybody's, and three libraries read them
        raise TimestampError(f"this is no timestamp response of RFC 3161: {error}", code="timestamp.form") from error


def _in_order(response: bytes) -> bytes:
    """The same response with its certificates in the order of DER (X.690 §11.6), or as it came where it has none.

    OpenSSL's authorities send them as they come, and the decoder takes no other order. No signature covers the order,
    and what is kept are the bytes as they came. Only this much of ASN.1 is read here: the way to that set (RFC 5652
    §5.1), in definite lengths. Raises ValueError.
    """
    (outer,) = _elements(response)
    token = outer.inside()[1:]
    if not token:
        return response
    content = token[0].inside()[1]
    (signed,) = content.inside()
    fields = signed.inside()
    for at, certificates in enumerate(fields):
        if certificates.tag == 0xA0:
            fields[at] = _wrapped(0xA0, sorted(certificates.inside(), key=lambda one: one.der))
    content = _wrapped(content.tag, [_wrapped(signed.tag, fields)])
    ordered = _wrapped(token[0].tag, [token[0].inside()[0], content])
    return _wrapped(outer.tag, [outer.inside()[0], ordered]).der


@dataclass(frozen=True, slots=True)
class _Element:
    """One DER element: its tag, all its bytes, and where its content begins."""

    tag: int
    der: bytes
    content: int

    def inside(self) -> list["_Element"]:
        return _elements(self.der[self.content :])


def _elements(der: bytes) -> list[_Element]:
    found, at = [], 0
    while at < len(der):
        length, content = der[at + 1] if at + 1 < len(der) else 0x80, at + 2
        if length & 0x80:
            content += length & 0x7F
            if not 0 < length & 0x7F <= 4:
                raise ValueError("a length is not in the definite form")
            length = int.from_bytes(der[at + 2 : content], "big")
        if content + length > len(der):
            raise ValueError("an element is longer than what holds it")
        found.append(_Element(der[at], der[at : content + length], content - at))
        at = content + length
    return found


def _wrapped(tag: int, inside: Sequence[_Element]) -> _Element:
    body = b"".join(element.der for element in inside)
    length = len(body).to_bytes(4, "big").lstrip(b"\0")
    head = bytes([tag, len(body)]) if len(body) < 0x80 else bytes([tag, 0x80 | len(length)]) + length
    return _Element(tag, head + body, len(head))


def _verify(decoded: TimeStampResponse, message: bytes, roots: Sequence[Certificate], nonce: int | None) -> None:
    if not roots:
        raise TimestampError("this timestamp brings no certificate, and none was given")
    # No intermediates: the verifier would take them for roots, and those of the answer are its own choice. It looks for
    # the way to a root among the certificates of the answer anyway.
    VerifierBuilder(roots=list(roots), nonce=nonce).build().verify_message(decoded, message)


def _authority(decoded: TimeStampResponse, brought: Sequence[Certificate]) -> str:
    signers = decoded.signed_data.signer_infos
    for signer in signers:
        for certificate in brought:
            if (certificate.issuer, certificate.serial_number) == (signer.issuer, signer.serial_number):
                return certificate.subject.rfc4514_string()
    return next((f"certificate {signer.serial_number:x}" for signer in signers), "?")
