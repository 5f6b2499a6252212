"""Signatures and keys: what is signed verifies, and every way to make two verifiers disagree is refused."""

from base64 import urlsafe_b64encode

import orjson
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.jws import MAX_HEADER, b64url, key_from_jwk, key_of, parse_jws, sign_jws, thumbprint, unb64url, verify_jws

P = 2**255 - 19
N256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
P256 = ec.derive_private_key(5, ec.SECP256R1())
BOTH = pytest.mark.parametrize("private", [ED, P256], ids=["Ed25519", "ES256"])


def refusal(call, *arguments):
    with pytest.raises(Refused) as refused:
        call(*arguments)
    return refused.value.code


def compact(header, payload=b"{}", private=ED) -> bytes:
    """A JWS with any header, honestly signed."""
    head = header if isinstance(header, bytes) else orjson.dumps(header)
    signed = f"{b64url(head)}.{b64url(payload)}".encode()
    return signed + b"." + b64url(private.sign(signed)).encode()


HEADER = {"alg": "Ed25519", "kid": key_of(ED.public_key()).kid, "typ": "t"}


@BOTH
def test_what_we_sign_verifies_and_says_what_was_signed(private):
    jws = parse_jws(sign_jws(private, "some-type", b'{"a":1}').encode())
    key = key_of(private.public_key())
    verify_jws(jws, key)
    assert (jws.kid, jws.alg, jws.typ, jws.payload) == (key.kid, key.alg, "some-type", b'{"a":1}')
    assert key_from_jwk(key.jwk()) == key or key_from_jwk(key.jwk()).kid == key.kid


@BOTH
@given(st.data())
def test_any_changed_character_is_refused(private, data):
    good = sign_jws(private, "t", b'{"amount":45000}')
    at = data.draw(st.integers(0, len(good) - 1))
    character = data.draw(st.sampled_from("ABab01-_.=+/ \n"))
    changed = good[:at] + character + good[at + 1 :]
    if changed == good:
        return
    with pytest.raises(Refused):
        verify_jws(parse_jws(changed.encode()), key_of(private.public_key()))


@BOTH
def test_a_signature_of_the_wrong_length_is_refused(private):
    head, payload, signature = sign_jws(private, "t", b"{}").split(".")
    raw = unb64url(signature.encode())
    for wrong in (b"", raw[:-1], raw[:32], raw + b"\x00", b"\x00" + raw, raw * 2):
        jws = parse_jws(f"{head}.{payload}.{b64url(wrong)}".encode())
        assert refusal(verify_jws, jws, key_of(private.public_key())) == "act.signature"


def test_es256_refuses_r_and_s_outside_the_group_and_der():
    head, payload, signature = sign_jws(P256, "t", b"{}").split(".")
    raw, key = unb64url(signature.encode()), key_of(P256.public_key())
    r, s = raw[:32], raw[32:]
    high = N256.to_bytes(32, "big")
    zero = bytes(32)
    der = P256.sign(f"{head}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))
    wrong = [zero + s, r + zero, zero + zero, high + s, r + high, b"\xff" * 64, der, s + r, high + high]
    wrong += [(int.from_bytes(r, "big") + N256).to_bytes(33, "big")[-32:] + s, der[:64].ljust(64, b"\0")]
    for one in wrong:
        jws = parse_jws(f"{head}.{payload}.{b64url(one)}".encode())
        assert refusal(verify_jws, jws, key) == "act.signature"
    assert decode_dss_signature(der)[0] < N256


def test_ed25519_refuses_s_plus_the_group_order():
    order = 2**252 + 27742317777372353535851937790883648493
    head, payload, signature = sign_jws(ED, "t", b"{}").split(".")
    raw = unb64url(signature.encode())
    stretched = raw[:32] + (int.from_bytes(raw[32:], "little") + order).to_bytes(32, "little")
    jws = parse_jws(f"{head}.{payload}.{b64url(stretched)}".encode())
    assert refusal(verify_jws, jws, key_of(ED.public_key())) == "act.signature"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (HEADER | {"alg": "none"}, "act.alg"),
        (HEADER | {"alg": "None"}, "act.alg"),
        (HEADER | {"alg": "EdDSA"}, "act.alg"),
        (HEADER | {"alg": "HS256"}, "act.alg"),
        (HEADER | {"alg": "RS256"}, "act.alg"),
        (HEADER | {"alg": "ed25519"}, "act.alg"),
        (HEADER | {"alg": ""}, "act.alg"),
        ({"kid": HEADER["kid"], "typ": "t"}, "act.alg"),
        (HEADER | {"crit": "exp"}, "act.header"),
        (HEADER | {"crit": ["exp"]}, "act.header"),
        (HEADER | {"crit": []}, "act.header"),
        (HEADER | {"b64": False}, "act.header"),
        (HEADER | {"jwk": key_of(ED.public_key()).jwk()}, "act.header"),
        (HEADER | {"jku": "https://example.com/keys"}, "act.header"),
        (HEADER | {"x5c": "MII"}, "act.header"),
        (HEADER | {"cty": "JWT"}, "act.header"),
        (HEADER | {"kid": None}, "act.header"),
        (HEADER | {"kid": 7}, "act.header"),
        ({"alg": "Ed25519", "typ": "t"}, "act.header"),
        ({"alg": "Ed25519", "kid": "k"}, "act.header"),
        ([HEADER], "act.header"),
        ("alg", "act.header"),
        (b"", "act.header"),
        (b"{", "act.header"),
        (b"\xef\xbb\xbf" + orjson.dumps(HEADER), "act.header"),
        (b'{"alg":"none","alg":"Ed25519","kid":"k","typ":"t"}', "act.header"),
        (b'{"alg":"Ed25519","kid":"k","typ":"t","typ":"t"}', "act.header"),
        (b'{"alg":"Ed25519","kid":"k","\\u0061lg":"none","typ":"t"}', "act.header"),
        (b'{"alg":"Ed25519","kid":"\\ud800","typ":"t"}', "act.header"),
        (b'{"alg":"Ed25519","kid":"\xff","typ":"t"}', "act.header"),
        (b"[" * 300, "act.header"),
        (HEADER | {"kid": "k" * MAX_HEADER}, "act.header"),
    ],
)
def test_a_header_says_alg_kid_and_typ_and_nothing_else(header, code):
    assert refusal(parse_jws, compact(header)) == code


GOOD = compact(HEADER)
HEAD, PAYLOAD, SIGNATURE = GOOD.split(b".")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"", "act.form"),
        (b".", "act.form"),
        (HEAD + b"." + PAYLOAD, "act.form"),
        (GOOD + b".", "act.form"),
        (GOOD + b"." + SIGNATURE, "act.form"),
        (b"..", "act.header"),
        (HEAD + b"=." + PAYLOAD + b"." + SIGNATURE, "act.base64"),
        (HEAD + b"." + PAYLOAD + b"=." + SIGNATURE, "act.base64"),
        (GOOD + b"==", "act.base64"),
        (HEAD + b"." + PAYLOAD + b"AA." + SIGNATURE, "act.base64"),
        (HEAD + b"." + PAYLOAD + b"." + SIGNATURE[:-1] + b"+", "act.base64"),
        (HEAD + b"." + PAYLOAD + b"." + SIGNATURE[:-1] + b"/", "act.base64"),
        (HEAD + b". " + PAYLOAD + b"." + SIGNATURE, "act.base64"),
        (HEAD + b"." + PAYLOAD + b"." + SIGNATURE[:40] + b"\n" + SIGNATURE[40:], "act.base64"),
        (HEAD + b"." + PAYLOAD + b"." + SIGNATURE[:-1] + "é".encode(), "act.base64"),
        (b"\x00" + GOOD, "act.base64"),
    ],
)
def test_a_compact_jws_has_three_parts_of_clean_base64url(message, code):
    assert refusal(parse_jws, message) == code


@pytest.mark.parametrize("length", range(1, 7))
def test_every_text_has_one_spelling_only(length):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    data = bytes(range(200, 200 + length))
    text = urlsafe_b64encode(data).rstrip(b"=").decode()
    others = [text[:-1] + letter for letter in alphabet if letter != text[-1]]
    same = [other for other in others if decodes_to(other, data)]
    assert same == []
    assert unb64url(text.encode()) == data


def decodes_to(text, data):
    try:
        return unb64url(text.encode()) == data
    except Refused:
        return False


def test_the_key_named_must_be_the_key_that_signed():
    other = Ed25519PrivateKey.generate()
    named_wrongly = compact(HEADER, private=other)
    assert refusal(verify_jws, parse_jws(named_wrongly), key_of(ED.public_key())) == "act.signature"
    assert refusal(verify_jws, parse_jws(named_wrongly), key_of(other.public_key())) == "act.kid"
    as_es256 = compact(HEADER | {"alg": "ES256"})
    assert refusal(verify_jws, parse_jws(as_es256), key_of(ED.public_key())) == "act.kid"


def test_thumbprints_are_those_of_the_rfcs():
    # RFC 8037 appendix A.3
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert thumbprint(jwk) == key_from_jwk(jwk).kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


# -- keys that are none ----------------------------------------------------------------------------


def okp(raw: bytes) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": b64url(raw)}


D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int]


def add(a: Point, b: Point) -> Point:
    """The addition law of edwards25519: -x² + y² = 1 + d x² y² (RFC 8032 §5.1.4)."""
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + t, P - 2, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - t, P - 2, P)
    return x % P, y % P


def times(n: int, point: Point) -> Point:
    result = (0, 1)
    for bit in bin(n)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def square_root(a: int) -> int | None:
    root = pow(a, (P + 3) // 8, P)
    for candidate in (root, root * pow(2, (P - 1) // 4, P) % P):
        if candidate * candidate % P == a % P:
            return candidate
    return None


def some_points():
    for y in range(2, 60):
        x = square_root((y * y - 1) * pow(D * y * y + 1, P - 2, P))
        if x is not None:
            yield x, y


def small_order_points() -> set[Point]:
    """The eight points of order 1, 2, 4, 8: the multiples of order × (a point outside the prime subgroup)."""
    order = 2**252 + 27742317777372353535851937790883648493
    found: set[Point] = set()
    for point in some_points():
        torsion = times(order, point)
        for n in range(8):
            found.add(times(n, torsion))
        if len(found) == 8:
            return found
    raise AssertionError("the curve has eight such points")


def encodings(point: Point) -> set[bytes]:
    """Every 32 bytes that some verifier decodes to this point: y or y + p, and both signs where x is 0."""
    x, y = point
    signs = (0, 1) if x == 0 else (x & 1,)
    return {(value | sign << 255).to_bytes(32, "little") for value in (y, y + P) if value < 2**255 for sign in signs}


def test_a_key_of_small_order_is_refused_in_every_spelling():
    points = small_order_points()
    assert len(points) == 8
    assert all(times(8, point) == (0, 1) for point in points)
    spelled = set().union(*map(encodings, points))
    assert len(spelled) == 14
    for raw in spelled:
        assert refusal(key_from_jwk, okp(raw)) == "key.invalid", raw.hex()


def test_a_coordinate_beyond_the_field_is_refused():
    for y in range(P, 2**255):
        for sign in (0, 1):
            assert refusal(key_from_jwk, okp((y | sign << 255).to_bytes(32, "little"))) == "key.invalid"


EC = {"kty": "EC", "crv": "P-256"} | {n: key_of(P256.public_key()).jwk()[n] for n in ("x", "y")}
OKP = okp(ED.public_key().public_bytes_raw())


@pytest.mark.parametrize(
    "jwk",
    [
        None,
        [],
        "key",
        {},
        {"kty": "OKP"},
        OKP | {"d": b64url(b"\x05" * 32)},
        OKP | {"kid": "k"},
        OKP | {"alg": "Ed25519"},
        OKP | {"crv": "Ed448"},
        OKP | {"crv": "X25519"},
        OKP | {"kty": "EC"},
        OKP | {"x": OKP["x"] + "="},
        OKP | {"x": OKP["x"][:-1]},
        OKP | {"x": OKP["x"] + "AA"},
        OKP | {"x": ""},
        OKP | {"x": 7},
        OKP | {"x": "\ud800"},
        OKP | {"y": OKP["x"]},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        EC | {"crv": "P-384"},
        EC | {"crv": "secp256k1"},
        EC | {"x": EC["y"], "y": EC["x"]},
        EC | {"x": b64url(bytes(32)), "y": b64url(bytes(32))},
        EC | {"x": b64url(b"\x00" + unb64url(EC["x"].encode()))},
        EC | {"x": b64url(b"\xff" * 32)},
        EC | {"d": "AAAA"},
        {n: v for n, v in EC.items() if n != "y"},
    ],
)
def test_a_key_is_its_required_members_and_a_point_on_its_curve(jwk):
    assert refusal(key_from_jwk, jwk) == "key.invalid"


def test_a_coordinate_with_leading_zeroes_keeps_its_32_bytes():
    for n in range(1, 2000):
        private = ec.derive_private_key(n, ec.SECP256R1())
        numbers = private.public_key().public_numbers()
        if numbers.x >> 248 == 0 or numbers.y >> 248 == 0:
            break
    key = key_of(private.public_key())
    assert {len(key.jwk()[name]) for name in "xy"} == {43}
    assert key_from_jwk(key.jwk()).kid == key.kid
    verify_jws(parse_jws(sign_jws(private, "t", b"{}").encode()), key)
