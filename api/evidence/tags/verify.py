#!/usr/bin/env python3
"""Checks an evidence bundle of a Mingzhang ledger (明账证据包), without asking anybody.

    python3 verify.py evidence-1a2b3c4d.zip --card MZ1:<fingerprint>:<policy digest>

Needs Python 3.9 or newer and the package `cryptography` (47 or newer), nothing else: no network, no other file.
The bundle is believed in nothing. What is believed is this program, and the two values on the county's card, which
came to you on paper: the FINGERPRINT of the ledger, and the digest of the POLICY that says which witnesses must have
cosigned. Whoever forges a bundle whole, with keys of their own, gets every step right but these two: so without the
card the verdict is never better than 自洽，来源未证实 (consistent, origin not established).

The steps, in this order; each is a function below. The first that fails decides, and nothing after it is looked at:

     1 container     the zip file: one canonical form, nothing in it that a reader could take in two ways
     2 bag           BagIt: every file has the digest that the manifests say; none is missing, none is extra
     3 bundle        data/bundle.json, and that the lines it lists are the lines that are there
     4 opening       line 0, the ledger's beginning, has the fingerprint of the card
     5 checkpoint    the ledger's head is signed by all of the ledger's own keys
     6 lines         every line is well-formed and leads to that head
     7 keys          whose key was valid when: replayed from line 0, each change proven by the keys before it
     8 acts          every act is signed by its officer's key, valid there, over exactly what its line says
     9 disclosures   every personal field shown is the one signed; every one not shown is accounted for
    10 completeness  the histories claimed to be whole have no gap, and end where the ledger's seal says they end
    11 papers        rule packs and documents are those that the lines name by digest
    12 timestamps    outside time stamps fit the head they are over
    13 witnesses     enough of the policy's witnesses cosigned the head, and since when

NOT checked, because nothing on the ledger vouches for it: report.html, report.pdf, forms/, README.txt, bag-info.txt
and the verifiers that lie in the bundle. Read the acts that are printed here, not the report, where it matters.

Verdict and exit code: 0 属实 proven, or 来源已证实，未见证 proven-unwitnessed (the card's policy asks for no witness);
3 自洽，来源未证实 consistent (no card, or too few witnesses); 1 不成立 refuted (with the first failing step, code and place); 2 could not tell.
"""

import argparse
import json
import re
import struct
import sys
import zlib
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from datetime import date, datetime, timedelta, timezone
from hashlib import sha256
from uuid import NAMESPACE_URL, uuid5

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, mldsa, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
except ImportError:
    sys.exit("verify.py 需要 Python 包 cryptography（47 版或更新）。 It needs the package cryptography, 47 or newer.")

MAX_BUNDLE = 1024 * 1024 * 1024
"""Bytes of the zip file, and of all its members together when inflated: what a browser can hold, too."""
MAX_LINE = 65_535
MAX_ACT = 57_344
MAX_DEPTH = 128
"""Levels of nesting in JSON: parsers give up at different depths, so all of ours give up at the same one."""
BEIJING = timezone(timedelta(hours=8))


class Refuted(Exception):
    """The first fact that does not hold: `code` names it (WRONG, at the end, puts it into words), `where` its place."""

    def __init__(self, code, where):
        super().__init__(code, where)
        self.code, self.where = code, where


def need(holds, code, where):
    """The one way in which anything here fails."""
    if not holds:
        raise Refuted(code, where)


class Bundle:
    """What the steps have established so far. Each step adds to it and trusts only what steps before it added."""

    def __init__(self, data, card):
        self.data = data  # the bytes of the zip file
        self.card = card  # (fingerprint, policy digest), or None
        self.files = {}  # 1: name within the root folder -> bytes
        self.index = {}  # 3: data/bundle.json
        self.lines = {}  # 3: index -> bytes of the line
        self.origin = ""  # 4: the ledger's name
        self.opened = {}  # 4: what line 0 says
        self.log_keys = []  # 5: [(first size they sign, [note keys])], in order
        self.size, self.root = 0, b""  # 5: the head
        self.parsed = {}  # 6: index -> Line
        self.keys = Keys()  # 7
        self.acts = {}  # 7, 8: index -> Act
        self.shown = {}  # 9: index -> {name: value}
        self.withheld = {}  # 9: index -> how many fields are not shown
        self.quorum = None  # 13: "none", or since when there is one, POSIX seconds


# ---------------------------------------------------------------------------------------------------------------------
# Reading strictly: where two readers could differ, nothing is read
# ---------------------------------------------------------------------------------------------------------------------


class Num(str):
    """A number that is not a plain whole number below 10^15: kept as it is written, equal to no number."""


def read_json(data):
    """JSON (RFC 8259) with the holes shut. Raises ValueError for duplicate names, NaN, lone surrogates, a byte order
    mark, anything that is not UTF-8, and more than MAX_DEPTH levels."""
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_object, parse_int=_int, parse_float=Num, parse_constant=_constant
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # fails at a lone surrogate
    except RecursionError:
        raise ValueError("too deep") from None
    level, depth = [[value]], -1
    while level:
        children = [child for node in level for child in (node.values() if isinstance(node, dict) else node)]
        level, depth = [child for child in children if isinstance(child, (dict, list))], depth + 1
        if depth > MAX_DEPTH:
            raise ValueError("too deep")
    return value


def _object(pairs):
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("duplicate name")
    return value


def _int(text):
    return int(text) if re.fullmatch(r"0|-?[1-9][0-9]{0,14}", text) else Num(text)


def _constant(name):
    raise ValueError(name)


def is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_text(value):
    return isinstance(value, str) and not isinstance(value, Num)


def matches(pattern, value):
    return is_text(value) and re.fullmatch(pattern, value) is not None


HEX = r"[0-9a-f]{64}"
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
UUID7 = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
CODE = r"[a-z][a-z_]*\.[a-z][a-z_]*"


def is_day(text):
    """Whether it is a day that there was or will be, YYYY-MM-DD."""
    try:
        return matches(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and str(date.fromisoformat(text)) == text
    except ValueError:
        return False


def seconds_of(at):
    """A line's time in whole seconds since 1970; None when there is no such moment."""
    if not is_day(at[:10]) or not (at[11:13] < "24" and at[14:16] < "60" and at[17:19] < "60"):
        return None
    days = date.fromisoformat(at[:10]).toordinal() - date(1970, 1, 1).toordinal()
    return days * 86_400 + int(at[11:13]) * 3600 + int(at[14:16]) * 60 + int(at[17:19])


def day_of(seconds):
    """The day in 北京时间."""
    return datetime.fromtimestamp(seconds, BEIJING).date().isoformat()


def from_base64(text):
    """Bytes from base64 spelled the one right way (RFC 4648 §4); None for anything else."""
    if not matches(r"[A-Za-z0-9+/]*={0,2}", text) or len(text) % 4:
        return None
    data = b64decode(text)
    return data if b64encode(data).decode() == text else None


def from_base64url(text):
    """Bytes from base64url without padding, spelled the one right way (RFC 7515 §2); None for anything else."""
    if not matches(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        return None
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return data if to_base64url(data) == text else None


def to_base64url(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def line_hash(line):
    """SHA-256(0x00 ‖ line): the next line's `prev`, the act's `prev`, and the leaf of the tree, all in one."""
    return sha256(b"\x00" + line).digest()


def node_hash(left, right):
    """SHA-256(0x01 ‖ left ‖ right) (RFC 9162 §2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


# ---------------------------------------------------------------------------------------------------------------------
# Signatures: officers' (JWS), and the ledger's and its witnesses' (C2SP signed notes)
# ---------------------------------------------------------------------------------------------------------------------

P = 2**255 - 19
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
Y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
SMALL_ORDER = {0, 1, P - 1, Y8, P - Y8}
"""The y of Ed25519's points of small order: keys that sign everything."""


def is_ed25519(raw):
    """Whether these bytes may be an Ed25519 public key: canonical, and no point of small order."""
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    return len(raw) == 32 and y < P and y not in SMALL_ORDER


def ed25519_verify(raw, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class Key:
    """An officer's public key from its JWK (RFC 7517); `kid` is its RFC 7638 thumbprint. None: see `key_of`."""

    def __init__(self, alg, raw, members):
        self.alg, self.raw = alg, raw
        text = json.dumps(members, separators=(",", ":"), sort_keys=True)
        self.kid = to_base64url(sha256(text.encode()).digest())

    def verify(self, message, signature):
        """Ed25519, or ES256 with r ‖ s (RFC 7518 §3.4); 64 bytes either way."""
        if len(signature) != 64:
            return False
        if self.alg == "Ed25519":
            return ed25519_verify(self.raw, message, signature)
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        if not (0 < r < P256_ORDER and 0 < s < P256_ORDER):
            return False
        try:
            _point(self.raw).verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


def _point(raw):
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + raw)


def key_of(jwk):
    """The key of a public JWK with exactly its required members; None when we accept no such key."""
    if not isinstance(jwk, dict) or not all(is_text(value) for value in jwk.values()):
        return None
    if set(jwk) == {"kty", "crv", "x"} and (jwk["kty"], jwk["crv"]) == ("OKP", "Ed25519"):
        raw = from_base64url(jwk["x"])
        return Key("Ed25519", raw, jwk) if raw is not None and is_ed25519(raw) else None
    if set(jwk) == {"kty", "crv", "x", "y"} and (jwk["kty"], jwk["crv"]) == ("EC", "P-256"):
        x, y = from_base64url(jwk["x"]), from_base64url(jwk["y"])
        if x is None or y is None or len(x) != 32 or len(y) != 32:
            return None
        try:
            _point(x + y)
        except ValueError:
            return None
        return Key("ES256", x + y, jwk)
    return None


class Jws:
    """A compact JWS (RFC 7515) taken apart, strictly; the signature is still to be checked. Raises ValueError."""

    def __init__(self, compact):
        parts = compact.split(".")
        if len(parts) != 3 or len(parts[0]) > 512:
            raise ValueError("three parts")
        header, self.payload, self.signature = (from_base64url(part) for part in parts)
        if header is None or self.payload is None or self.signature is None:
            raise ValueError("base64url")
        header = read_json(header)
        # Anything beside these three (crit, jwk, x5c, b64 …) is a way to make two verifiers disagree.
        if not isinstance(header, dict) or set(header) != {"alg", "kid", "typ"}:
            raise ValueError("header")
        if not all(is_text(value) for value in header.values()) or header["alg"] not in ("Ed25519", "ES256"):
            raise ValueError("header")
        self.alg, self.kid, self.typ = header["alg"], header["kid"], header["typ"]
        self.signed = (parts[0] + "." + parts[1]).encode()

    def is_by(self, key):
        return self.kid == key.kid and self.alg == key.alg and key.verify(self.signed, self.signature)


LOG, COSIGNER, ML_DSA = 1, 4, 6
"""Kinds of note keys (C2SP signed-note, tlog-cosignature): a log's Ed25519; a witness's Ed25519; ML-DSA-44 of either."""
PUBLIC = {LOG: 32, COSIGNER: 32, ML_DSA: 1312}
SIGNATURE = {LOG: 64, COSIGNER: 8 + 64, ML_DSA: 8 + 2420}
NAME = "[^\x00-\x20+\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+"
HASH64 = r"[A-Za-z0-9+/]{43}="
NUMBER = r"0|[1-9][0-9]{0,14}"


class NoteKey:
    """A key of signed notes: name+hex8(id)+base64(kind ‖ public). Raises ValueError."""

    def __init__(self, vkey):
        found = re.fullmatch(f"({NAME})\\+([0-9a-f]{{8}})\\+([A-Za-z0-9+/]+={{0,2}})", vkey) if is_text(vkey) else None
        blob = from_base64(found[3]) if found else None
        if not blob or len(blob) - 1 != PUBLIC.get(blob[0]):
            raise ValueError("vkey")
        self.vkey, self.name, self.kind, self.public = vkey, found[1], blob[0], blob[1:]
        self.id = sha256(self.name.encode() + b"\n" + blob).digest()[:4]
        if self.id.hex() != found[2] or (self.kind != ML_DSA and not is_ed25519(self.public)):
            raise ValueError("vkey")

    def verify(self, checkpoint, signature):
        """Whether `signature` is this key's over a checkpoint. The latter two kinds sign a time with it."""
        if len(signature) != SIGNATURE[self.kind]:
            return False
        if self.kind == LOG:
            return ed25519_verify(self.public, checkpoint.text.encode(), signature)
        time, signature = signature[:8], signature[8:]
        if cosigned_at(time) >= 2**37:
            return False
        if self.kind == COSIGNER:
            message = f"cosignature/v1\ntime {cosigned_at(time)}\n{checkpoint.text}"
            return ed25519_verify(self.public, message.encode(), signature)
        names = [self.name.encode(), checkpoint.origin.encode()]
        if max(map(len, names)) > 255:
            return False
        by, of = (bytes([len(name)]) + name for name in names)
        size = checkpoint.size.to_bytes(8, "big")
        message = b"subtree/v1\n\x00" + by + time + of + bytes(8) + size + checkpoint.root
        try:
            mldsa.MLDSA44PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def cosigned_at(signature):
    """When a witness signed, POSIX seconds: the signature begins with it."""
    return int.from_bytes(signature[:8], "big")


class Checkpoint:
    """A signed note whose text is a ledger's head: origin, size, root (C2SP tlog-checkpoint). Raises ValueError."""

    def __init__(self, data):
        note = data.decode("utf-8")
        cut = note.rfind("\n\n")
        if cut < 0 or not note.endswith("\n") or re.search("[\x00-\x09\x0b-\x1f]", note):
            raise ValueError("note")
        self.text, signatures = note[: cut + 1], note[cut + 2 :].split("\n")[:-1]
        self.signatures = []
        if not 1 <= len(signatures) <= 64:
            raise ValueError("signatures")
        for line in signatures:
            found = re.fullmatch(f"— ({NAME}) ([A-Za-z0-9+/]+={{0,2}})", line)
            blob = from_base64(found[2]) if found else None
            if blob is None or len(blob) < 5:
                raise ValueError("signature")
            self.signatures.append((found[1], blob[:4], blob[4:]))
        lines = self.text.split("\n")
        if len(lines) != 4 or not re.fullmatch(NAME, lines[0]) or not re.fullmatch(NUMBER, lines[1]):
            raise ValueError("origin, size, root")
        self.origin, self.size, self.root = lines[0], int(lines[1]), from_base64(lines[2])
        if not re.fullmatch(HASH64, lines[2]) or self.root is None:
            raise ValueError("root")

    def signed_by(self, key):
        """The signatures that name this key; each must be good. None: one is not."""
        mine = [signature for name, id_, signature in self.signatures if (name, id_) == (key.name, key.id)]
        return mine if all(key.verify(self, signature) for signature in mine) else None


# ---------------------------------------------------------------------------------------------------------------------
# 1 container: the zip file in its one canonical form
# ---------------------------------------------------------------------------------------------------------------------


def step_1_container(bundle):
    data = bundle.data
    need(len(data) <= MAX_BUNDLE, "container.too-large", "zip")
    need(len(data) >= 22 and data[:4] == b"PK\x03\x04" and data[-22:-18] == b"PK\x05\x06", "container.not-zip", "zip")
    disk, start_disk, here, count, length, start, comment = struct.unpack("<4H2LH", data[-18:])
    end = len(data) - 22
    need((disk, start_disk, comment) == (0, 0, 0) and here == count, "container.form", "zip")
    need(start + length == end and 0 < count < 65_535, "container.form", "zip")
    at, total, previous, lower, root, files = start, 0, b"", set(), None, []
    offset = 0
    for number in range(count):
        need(at + 46 <= end and data[at : at + 4] == b"PK\x01\x02", "container.form", f"entry {number}")
        _, needs, flags, method, time, day, crc, packed, size, name_length, extra, comment = struct.unpack(
            "<6H3L3H", data[at + 4 : at + 34]
        )
        disk, _, attributes, begins = struct.unpack("<2H2L", data[at + 34 : at + 46])
        raw = data[at + 46 : at + 46 + name_length]
        need(at + 46 + name_length <= end, "container.form", f"entry {number}")
        # Names first: they say where whatever else is wrong is wrong. No `..`, no `\`, no drive, no absolute path.
        name = raw.decode("ascii", "replace")
        form = r"evidence-[0-9a-f]{8}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+"
        need(len(raw) <= 200 and re.fullmatch(form, name), "container.name", f"entry {number}")
        root = root or name[:18]
        need(name[:18] == root, "container.name", f"entry {number}")
        where = name[18:]
        need(raw > previous and name.lower() not in lower, "container.order", where)
        previous = raw
        lower.add(name.lower())
        need(not flags & 1, "container.encrypted", where)
        need((attributes >> 16) & 0o170000 != 0o120000, "container.link", where)
        need((attributes >> 16) & 0o170000 in (0, 0o100000) and not attributes & 0x10, "container.form", where)
        need(flags in (0, 0x800) and needs <= 20 and (time, day) == (0, 0x21), "container.form", where)
        need((extra, comment, disk) == (0, 0, 0), "container.form", where)
        need(method in (0, 8) and (method == 8 or packed == size), "container.method", where)
        need(size <= 1032 * packed + 64, "container.bomb", where)
        total += size
        need(total <= MAX_BUNDLE, "container.too-large", where)
        # The header that stands before the data must say the same: two readers may look at two of them.
        head = struct.pack("<4s5H3L2H", b"PK\x03\x04", needs, flags, method, time, day, crc, packed, size, len(raw), 0)
        need(begins == offset and data[offset : offset + 30 + len(raw)] == head + raw, "container.form", where)
        offset += 30 + len(raw)
        need(offset + packed <= start, "container.form", where)
        files.append((where, method, crc, data[offset : offset + packed], size))
        offset += packed
        at += 46 + name_length
    need(at == end and offset == start, "container.form", "zip")
    for where, method, crc, packed, size in files:
        content = _inflate(packed, size) if method == 8 else packed
        need(content is not None and zlib.crc32(content) == crc, "container.data", where)
        bundle.files[where] = content
    return {"files": count, "bytes": total}


def _inflate(packed, size):
    """Exactly `size` bytes, from exactly these packed ones; None for anything else: a bomb is never unpacked."""
    stream = zlib.decompressobj(-15)
    try:
        content = stream.decompress(packed, size + 1)
    except zlib.error:
        return None
    return content if len(content) == size and stream.eof and not stream.unused_data else None


# ---------------------------------------------------------------------------------------------------------------------
# 2 bag: BagIt 1.0 (RFC 8493), with SHA-256 alone
# ---------------------------------------------------------------------------------------------------------------------

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MAY_LIE_BESIDE = {"README.txt", "bag-info.txt", "verify.html", "verify.py"}
PAYLOAD, TAGS = "manifest-sha256.txt", "tagmanifest-sha256.txt"


def step_2_bag(bundle):
    files = bundle.files
    need(files.get("bagit.txt") == DECLARATION, "bag.declaration", "bagit.txt")
    for name in files:
        other = re.fullmatch(r"(?:tag)?manifest-.*|fetch\.txt", name) and name not in (PAYLOAD, TAGS)
        need(not other, "bag.algorithm", name)
        known = name.startswith("data/") or name in MAY_LIE_BESIDE | {"bagit.txt", PAYLOAD, TAGS}
        need(known, "bag.extra", name)
    payload = {name for name in files if name.startswith("data/")}
    _check_manifest(files, TAGS, set(files) - payload - {TAGS})
    _check_manifest(files, PAYLOAD, payload)
    return {"files": len(files)}


def _check_manifest(files, manifest, names):
    """Every one of `names` stands in the manifest once, with its digest, and nothing else does."""
    need(manifest in files, "bag.missing", manifest)
    text = files[manifest]
    need(text[-1:] == b"\n", "bag.manifest", manifest)
    listed = set()
    for line in text[:-1].split(b"\n"):
        found = re.fullmatch(rb"([0-9a-f]{64})  ([A-Za-z0-9._/-]+)", line)
        need(found, "bag.manifest", manifest)
        name = found[2].decode()
        need(name not in listed, "bag.manifest", manifest)
        listed.add(name)
        need(name in names, "bag.missing" if name not in files else "bag.manifest", name)
        need(sha256(files[name]).hexdigest() == found[1].decode(), "bag.digest", name)
    for name in sorted(names):
        need(name in listed, "bag.extra", name)


# ---------------------------------------------------------------------------------------------------------------------
# 3 bundle: data/bundle.json, and the lines that it lists
# ---------------------------------------------------------------------------------------------------------------------

FORMAT = "mingzhang-evidence/1"
KNOWN_FILES = (
    r"data/(?:bundle\.json|lines\.ndjson|checkpoint|policy|seal\.json|report\.html|report\.pdf)"
    r"|data/(?:forms|monitors)/.+|data/receipts/[0-9]+\.tlog-proof|data/disclosures/[0-9]+\.json"
    r"|data/packs/[0-9a-f]{64}\.toml|data/documents/[0-9a-f]{64}(?:\.[a-z0-9]+)?"
    r"|data/timestamps/[0-9]+\.(?:tsr|checkpoint|consistency|pem)"
)


def _is_index(value):
    return is_int(value) and 0 <= value < 10**15


FORM = {
    "format": lambda value: value == FORMAT,
    "origin": lambda value: matches(NAME, value),
    "fingerprint": lambda value: matches(HEX, value),
    "made": lambda value: (
        matches(r"[0-9-]{10}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z", value) and is_day(value[:10])
    ),
    "scope": lambda value: isinstance(value, dict) and is_text(value.get("kind")),
    "permission": lambda value: isinstance(value, dict),
    "simulation": lambda value: isinstance(value, bool),
    "size": lambda value: _is_index(value) and value > 0,
    "lines": lambda value: _list_of(value, _is_index) and sorted(set(value)) == value and value[:1] == [0],
    "about": lambda value: _list_of(value, _is_index),
    "subjects": lambda value: _list_of(value, _is_uuid) and len(set(value)) == len(value),
    "officers": lambda value: _list_of(value, _is_uuid),
    "seal": lambda value: value is None or _has(value, index=_is_index, size=_is_index),
    "withheld": lambda value: _list_of(value, lambda one: _has(one, index=_is_index, digest=is_text, reason=is_text)),
    "absent": lambda value: _list_of(value, lambda one: _has(one, what=is_text, reason=is_text)),
    "packs": lambda value: _list_of(value, lambda one: _has(one, sha256=_is_hex, file=is_text)),
    "documents": lambda value: _list_of(value, lambda one: _has(one, sha256=_is_hex, file=is_text, index=_is_index)),
    "timestamps": lambda value: isinstance(value, list),
}
"""The members of data/bundle.json, all of them, in the order in which they are checked."""


def _is_hex(value):
    return matches(HEX, value)


def _list_of(value, is_good):
    return isinstance(value, list) and all(is_good(one) for one in value)


def _has(value, **members):
    """Whether `value` is an object with these members, each of its kind; others may stand beside them."""
    return isinstance(value, dict) and all(name in value and good(value[name]) for name, good in members.items())


def step_3_bundle(bundle):
    index = _json_file(bundle, "data/bundle.json", "bundle.malformed")
    need(isinstance(index, dict), "bundle.malformed", "data/bundle.json")
    for name, is_good in FORM.items():
        need(name in index and is_good(index[name]), "bundle.form", f"data/bundle.json: {name}")
    for name in index:
        need(name in FORM, "bundle.form", f"data/bundle.json: {name}")
    for name in bundle.files:
        need(not name.startswith("data/") or re.fullmatch(KNOWN_FILES, name), "bundle.file", name)
    # Whoever is asked for cases says that they are whole: a claim that is missing would never be missed.
    need(
        set(index["scope"].get("cases", [])) <= set(index["subjects"]), "bundle.subjects", "data/bundle.json: subjects"
    )
    text = _file(bundle, "data/lines.ndjson")
    need(text[-1:] == b"\n", "bundle.lines", "data/lines.ndjson")
    lines = text[:-1].split(b"\n")
    need(len(lines) == len(index["lines"]), "bundle.lines", "data/lines.ndjson")
    for number, line in zip(index["lines"], lines):
        need(line.startswith(b'{"index":%d,' % number), "bundle.lines", f"line {number}")
        bundle.lines[number] = line
    need(index["lines"][-1] < index["size"], "bundle.lines", f"line {index['lines'][-1]}")
    numbers = {str(number) for number in bundle.lines}
    for name in bundle.files:
        numbered = re.fullmatch(r"data/(?:receipts|disclosures)/([0-9]+)\..*", name)
        need(not numbered or numbered[1] in numbers, "bundle.file", name)
    bundle.index = index
    return {"lines": len(lines), "made": index["made"]}


def _file(bundle, name):
    need(name in bundle.files, "bundle.missing", name)
    return bundle.files[name]


def _json_file(bundle, name, code):
    try:
        return read_json(_file(bundle, name))
    except ValueError:
        raise Refuted(code, name) from None


# ---------------------------------------------------------------------------------------------------------------------
# Lines (used from step 4 on)
# ---------------------------------------------------------------------------------------------------------------------

HEAD = re.compile(
    rb'\{"index":(0|[1-9][0-9]{0,14}),"prev":"([0-9a-f]{64})","at":"([0-9TZ:.-]{27})","stream":"([0-9a-f-]{36})"'
    rb',"version":([1-9][0-9]{0,14}),"type":"([a-z_]+\.[a-z_]+)","event":(\{.*\})\}',
    re.DOTALL,
)


class Line:
    """One line of the ledger: at `index`, after the line with hash `prev`, it recorded at `at` that `stream` reached
    `version` by an event of `type`. The line is never written again: `raw` is what is hashed."""

    def __init__(self, raw, number):
        where = f"line {number}"
        found = HEAD.fullmatch(raw)
        need(found and len(raw) <= MAX_LINE, "line.malformed", where)
        index, prev, at, stream, version, type_, state = found.groups()
        self.raw, self.hash, self.state = raw, line_hash(raw), state
        self.index, self.prev, self.version = int(index), prev.decode(), int(version)
        self.at, self.stream, self.type = at.decode(), stream.decode(), type_.decode()
        try:
            self.event = read_json(state)
        except ValueError:
            raise Refuted("line.malformed", where) from None
        need(isinstance(self.event, dict) and self.index == number, "line.malformed", where)
        need(matches(UUID, self.stream), "line.malformed", where)
        need(matches(MOMENT, self.at) and seconds_of(self.at) is not None, "line.time", where)

    @property
    def is_act(self):
        return self.state.startswith(b'{"act":"') and set(self.event) == {"act", "relied"}

    @property
    def is_sealed(self):
        return self.state.startswith(b'{"said":{') and set(self.event) == {"said", "seal"}


def ledger_stream(origin):
    """The stream of the ledger's own lines."""
    return str(uuid5(NAMESPACE_URL, f"ledger:{origin}"))


# ---------------------------------------------------------------------------------------------------------------------
# 4 opening: line 0 is the root of all trust, and its hash is the fingerprint
# ---------------------------------------------------------------------------------------------------------------------


def step_4_opening(bundle):
    line = Line(bundle.lines[0], 0)
    opened = line.event
    need((line.prev, line.version, line.type) == ("0" * 64, 1, "ledger.opened"), "opening.malformed", "line 0")
    need(opened.get("format") == "mingzhang-ledger/1", "opening.format", "line 0")
    need(opened.get("suite") == "sha256-rfc9162", "opening.format", "line 0")
    need(matches(NAME, opened.get("origin")), "opening.malformed", "line 0")
    need(line.stream == ledger_stream(opened["origin"]), "opening.malformed", "line 0")
    need(isinstance(opened.get("simulation"), bool), "opening.malformed", "line 0")
    administrators, vkeys = opened.get("administrators"), opened.get("log_keys")
    need(_list_of(administrators, lambda one: _has(one, officer=_is_uuid, jwk=key_of)), "opening.malformed", "line 0")
    need(isinstance(vkeys, list) and vkeys, "opening.malformed", "line 0")
    bundle.log_keys = [(1, _log_keys(vkeys, opened["origin"], "line 0"))]
    need(bundle.index["origin"] == opened["origin"], "opening.origin", "data/bundle.json: origin")
    own = line.hash.hex()
    need(bundle.index["fingerprint"] == own, "opening.fingerprint", "data/bundle.json: fingerprint")
    need(bundle.card is None or bundle.card[0] == own, "opening.fingerprint", "card")
    bundle.origin, bundle.opened = opened["origin"], opened
    return {"origin": bundle.origin, "fingerprint": own, "trial": "yes" if opened["simulation"] else "no"}


def _is_uuid(value):
    return matches(UUID, value)


def _log_keys(vkeys, origin, where):
    """The ledger's own keys, all named by its origin; one of them, Ed25519, seals lines."""
    try:
        keys = [NoteKey(vkey) for vkey in vkeys]
    except ValueError:
        raise Refuted("log-keys.malformed", where) from None
    need(all(key.name == origin and key.kind in (LOG, ML_DSA) for key in keys), "log-keys.malformed", where)
    need(sum(key.kind == LOG for key in keys) == 1, "log-keys.malformed", where)
    return keys


# ---------------------------------------------------------------------------------------------------------------------
# 5 checkpoint: the ledger's head, signed by all keys that the ledger had by then
# ---------------------------------------------------------------------------------------------------------------------


def step_5_checkpoint(bundle):
    name = "data/checkpoint"
    try:
        checkpoint = Checkpoint(_file(bundle, name))
    except ValueError:
        raise Refuted("checkpoint.malformed", name) from None
    need(checkpoint.origin == bundle.origin, "checkpoint.origin", name)
    need(checkpoint.size == bundle.index["size"], "checkpoint.size", name)
    for number, raw in bundle.lines.items():
        if b',"type":"ledger.log_keys_changed","event":' in raw[:400]:
            _change_log_keys(bundle, Line(raw, number))
    keys = log_keys_at(bundle, checkpoint.size)
    _check_signatures(checkpoint, keys, name)
    bundle.size, bundle.root = checkpoint.size, checkpoint.root
    return {"size": checkpoint.size, "root": checkpoint.root.hex(), "keys": len(keys)}


def _check_signatures(checkpoint, keys, where):
    for key in keys:
        signatures = checkpoint.signed_by(key)
        need(signatures is not None, "checkpoint.signature", where)
        # All of them: else whoever breaks the one kind of key could leave the other out.
        need(signatures, "checkpoint.unsigned", where)


def log_keys_at(bundle, size):
    """The ledger's keys that sign a head of so many lines."""
    return [keys for first, keys in bundle.log_keys if first <= size][-1]


def _change_log_keys(bundle, line):
    """A line by which the ledger's keys change: sealed by the old Ed25519 key, agreed to by each new one."""
    where = f"line {line.index}"
    said = open_seal(bundle, line)
    need(
        _has(said, log_keys=lambda v: isinstance(v, list), proof=lambda v: isinstance(v, list)),
        "log-keys.malformed",
        where,
    )
    keys = _log_keys(said["log_keys"], bundle.origin, where)
    bundle.log_keys.append((line.index + 1, keys))


def open_seal(bundle, line):
    """What a line says that the ledger itself vouches for: `{"said":{…},"seal":"<base64>"}`.

    The seal is the Ed25519 signature of the ledger's key over the line's place and the digest of what is said."""
    where = f"line {line.index}"
    body, middle, seal, tail = line.state[8:-99], line.state[-99:-90], line.state[-90:-2], line.state[-2:]
    need(line.is_sealed and (middle, tail) == (b',"seal":"', b'"}'), "seal.form", where)
    signature = from_base64(seal.decode("latin-1"))
    text = f"sealed line\n{bundle.origin}\n{line.type}\n{line.stream}\n{line.version}\n{sha256(body).hexdigest()}\n"
    key = next(key for key in log_keys_at(bundle, line.index + 1) if key.kind == LOG)
    need(signature and ed25519_verify(key.public, text.encode(), signature), "seal.signature", where)
    return line.event["said"]


# ---------------------------------------------------------------------------------------------------------------------
# 6 lines: each well-formed, in order, and in the tree of that one head
# ---------------------------------------------------------------------------------------------------------------------


def step_6_lines(bundle):
    before = None
    head = _file(bundle, "data/checkpoint")
    for number, raw in bundle.lines.items():
        where, name = f"line {number}", f"data/receipts/{number}.tlog-proof"
        line = Line(raw, number)
        if before is not None:
            need(before.at <= line.at, "line.time", where)
            need(before.index + 1 < number or line.prev == before.hash.hex(), "line.prev", where)
        need(name in bundle.files, "receipt.missing", where)
        index, proof, checkpoint = _receipt(bundle.files[name], where)
        need(index == number, "receipt.index", where)
        need(checkpoint == head, "receipt.checkpoint", where)
        need(_root(number, bundle.size, line.hash, proof) == bundle.root, "receipt.inclusion", where)
        bundle.parsed[number] = before = line
    return {"lines": len(bundle.parsed), "first": next(iter(bundle.parsed.values())).at, "last": before.at}


def _receipt(data, where):
    """(index, hashes from the leaf's sibling upward, the checkpoint's bytes) of a C2SP tlog-proof."""
    cut = data.find(b"\n\n")
    need(cut >= 0, "receipt.malformed", where)
    lines = data[:cut].decode("latin-1").split("\n")
    need(lines[0] == "c2sp.org/tlog-proof@v1" and 2 <= len(lines) <= 66, "receipt.malformed", where)
    found = re.fullmatch("index (0|[1-9][0-9]{0,14})", lines[1])
    need(found, "receipt.malformed", where)
    proof = [from_base64(line) for line in lines[2:]]
    need(all(hash_ is not None and len(hash_) == 32 for hash_ in proof), "receipt.malformed", where)
    return int(found[1]), proof, data[cut + 2 :]


def _root(index, size, hash_, proof):
    """The root that an inclusion proof leads to (RFC 9162 §2.1.3.2); None when its length cannot be right."""
    fn, sn = index, size - 1
    for sibling in proof:
        if sn == 0:
            return None
        if fn % 2 or fn == sn:
            hash_ = node_hash(sibling, hash_)
            while fn and fn % 2 == 0:
                fn, sn = fn // 2, sn // 2
        else:
            hash_ = node_hash(hash_, sibling)
        fn, sn = fn // 2, sn // 2
    return hash_ if sn == 0 else None


# ---------------------------------------------------------------------------------------------------------------------
# Acts (used by steps 7 and 8)
# ---------------------------------------------------------------------------------------------------------------------

REQUIRED = {"iss", "aud", "jti", "iat", "on", "case", "version", "act", "basis", "data"}
ALLOWED = REQUIRED | {"prev", "paper", "behalf", "_sd_alg"}
KEY_ACTS = {
    "officer.register": "officer.registered",
    "officer.add_key": "officer.key_added",
    "officer.revoke_key": "officer.key_revoked",
}
"""The acts that change keys, and the lines that record them."""


class Act:
    """What an officer signed: `claims`. Read strictly; the signature is checked by `check_act`."""

    def __init__(self, line):
        where = f"line {line.index}"
        need(isinstance(line.event["act"], str) and len(line.event["act"]) <= MAX_ACT, "act.form", where)
        self.line, self.jws_text, self.relied = line, line.event["act"], line.event["relied"]
        try:
            self.jws = Jws(self.jws_text)
            self.claims = read_json(self.jws.payload)
        except ValueError:
            raise Refuted("act.form", where) from None
        need(self.jws.typ == "case-act+sd-jwt" and isinstance(self.claims, dict), "act.form", where)
        _check_claims(self.claims, where)
        self.digest = sha256(self.jws_text.encode()).hexdigest()
        self.suspect = False
        self.sealed = _digests(self.claims["data"], where)
        need(self.claims.get("_sd_alg") == ("sha-256" if self.sealed else None), "act.claims", f"{where}: _sd_alg")


def _check_claims(claims, where):
    """The frame of an act. What `data` may say is the law's business, not this program's."""
    basis = claims.get("basis")
    good = {
        "iss": matches(UUID, claims.get("iss")),
        "aud": is_text(claims.get("aud")),
        "jti": matches(UUID7, claims.get("jti")),
        "iat": is_int(claims.get("iat")) and 0 < claims["iat"] < 2**37,
        "on": is_day(claims.get("on")),
        "case": matches(UUID, claims.get("case")),
        "version": is_int(claims.get("version")) and claims["version"] > 0,
        "act": matches(CODE, claims.get("act")),
        "basis": basis in ("direct", "paper", "system"),
        "data": isinstance(claims.get("data"), dict),
        "prev": claims.get("version") == 1 if "prev" not in claims else matches(HEX, claims["prev"]),
        "behalf": "behalf" not in claims or (matches(UUID, claims["behalf"]) and claims["behalf"] != claims.get("iss")),
        "paper": "paper" not in claims if basis != "paper" else _is_paper(claims.get("paper")),
    }
    for name, holds in good.items():
        need(holds, "act.claims", f"{where}: {name}")
    need(claims["version"] > 1 or "prev" not in claims, "act.claims", f"{where}: prev")
    for name in claims:
        need(name in ALLOWED, "act.claims", f"{where}: {name}")


def _is_paper(value):
    return isinstance(value, dict) and len(value) == 2 and _has(value, signer=_is_uuid, scan=_is_hex)


def _digests(data, where):
    """Digest -> the object it stands in, for every digest under any `_sd` in what an act says: they stand for personal
    fields (RFC 9901)."""
    found, level, depth = {}, [data], 0
    while level:
        below = []
        for node in level:
            for name, value in node.items() if isinstance(node, dict) else [("", one) for one in node]:
                need(name != "..." and (name == "_sd" or depth < 7), "act.digests", where)
                if name == "_sd":
                    need(isinstance(value, list) and value, "act.digests", where)
                    for digest in value:
                        need(matches(r"[A-Za-z0-9_-]{43}", digest) and digest not in found, "act.digests", where)
                        found[digest] = node
                elif isinstance(value, (dict, list)):
                    below.append(value)
        level, depth = below, depth + 1
    return found


def check_act(bundle, line):
    """An act, its signature good, and the line around it saying nothing but what was signed."""
    act = Act(line)
    claims, jws, where = act.claims, act.jws, f"line {line.index}"
    period = bundle.keys.get(jws.kid)
    need(period, "key.unknown", where)
    need(period.valid_at(line.index), "key.not-valid", where)
    need(period.holder == claims["iss"], "act.holder", where)
    need(jws.is_by(period.key), "act.signature", where)
    act.suspect = period.suspect_at(line.index)
    need(claims["aud"] == bundle.origin, "act.aud", where)
    need((claims["case"], claims["version"]) == (line.stream, line.version), "act.place", where)
    # Types are the ledger's words for what acts' codes say; only those that change keys decide anything here.
    of_keys = (
        KEY_ACTS.get(claims["act"]) == line.type if claims["act"] in KEY_ACTS else line.type not in KEY_ACTS.values()
    )
    need(of_keys and line.type.split(".")[0] == claims["act"].split(".")[0], "act.type", where)
    need(claims["iat"] <= seconds_of(line.at), "act.time", where)
    need(claims["on"] <= day_of(claims["iat"]), "act.time", where)
    # Every decision says which streams it read, and how far: at least its own, and that of whoever signed.
    streams = act.relied.get("streams") if isinstance(act.relied, dict) else None
    need(isinstance(streams, dict) and all(is_int(version) for version in streams.values()), "act.relied", where)
    need(claims["iss"] in streams and claims.get("behalf", claims["iss"]) in streams, "act.relied", where)
    need(streams.get(claims["case"]) == claims["version"] - 1, "act.relied", where)
    return act


# ---------------------------------------------------------------------------------------------------------------------
# 7 keys: whose key was valid for which lines, believed only where each change proves itself
# ---------------------------------------------------------------------------------------------------------------------


class Period:
    """One key's life: valid for lines strictly between `since` and `until`, never by the clock."""

    def __init__(self, key, holder, since):
        self.key, self.holder, self.since, self.until, self.compromised = key, holder, since, None, None

    def valid_at(self, index):
        return self.since < index and (self.until is None or index < self.until)

    def suspect_at(self, index):
        """Whether the key is said to have been in other hands by then."""
        return self.compromised is not None and index >= self.compromised


class Keys:
    """All keys by thumbprint. A key is one officer's for ever."""

    def __init__(self):
        self.periods, self.administrators = {}, set()

    def get(self, kid):
        return self.periods.get(kid)

    def holds(self, officer):
        return any(period.holder == officer for period in self.periods.values())

    def register(self, index, officer, key, administrator):
        self.periods.setdefault(key.kid, Period(key, officer, index))
        if administrator:
            self.administrators.add(officer)


def step_7_keys(bundle):
    for entry in bundle.opened["administrators"]:
        bundle.keys.register(0, entry["officer"], key_of(entry["jwk"]), True)
    changes = 0
    for line in bundle.parsed.values():
        if line.type in KEY_ACTS.values():
            need(line.is_act, "act.missing", f"line {line.index}")
            bundle.acts[line.index] = act = check_act(bundle, line)
            _change_keys(bundle, act)
            changes += 1
    return {"keys": len(bundle.keys.periods), "changes": changes}


def _change_keys(bundle, act):
    keys, claims, data = bundle.keys, act.claims, act.claims["data"]
    index, where = act.line.index, f"line {act.line.index}"
    officer, signer = claims["case"], claims["iss"]
    second = _second(bundle, act, where)
    by_two = second in keys.administrators or second == officer
    if claims["act"] == "officer.revoke_key":
        period, since = keys.get(data.get("kid")) if is_text(data.get("kid")) else None, data.get("compromised_since")
        need(period and (since is None or is_int(since)), "key.form", where)
        # Never by itself; by its holder or an administrator; an administrator's, by two.
        may = period.holder == officer and act.jws.kid != data["kid"]
        may = may and (signer == officer or signer in keys.administrators)
        need(may and (by_two or officer not in keys.administrators), "key.authority", where)
        if period.until is None:
            period.until, period.compromised = index, since
        return
    key = key_of(data.get("jwk"))
    statement = {"aud": claims["aud"], "officer": officer, "kid": key.kid}
    need(_signed(data.get("possession"), "key-possession+jwt", statement, key), "key.possession", where)
    registers = claims["act"] == "officer.register"
    if registers:
        is_new = claims["version"] == 1 and not keys.holds(officer)
        may = is_new and signer in keys.administrators and second in keys.administrators
    else:
        may = keys.holds(officer) and signer in keys.administrators and by_two
    need(may, "key.authority", where)
    # The line after it makes the key this officer's for ever: without it, the key could be another's as well.
    claimed = bundle.parsed.get(index + 1)
    need(claimed and claimed.type == "key.claimed", "key.claimed", where)
    keys.register(index, officer, key, registers and data.get("administrator") is True)


def _second(bundle, act, where):
    """Who seconded a change of keys: another person's signature over all that they second. None: nobody did."""
    claims, data = act.claims, act.claims["data"]
    statement = {"aud": claims["aud"], "officer": claims["case"]}
    if claims["act"] == "officer.revoke_key":
        if "second" not in data:
            return None
        typ, statement["kid"] = "key-revocation+jwt", data.get("kid")
        if data.get("compromised_since") is not None:
            statement["compromised_since"] = data["compromised_since"]
    else:
        key = key_of(data.get("jwk"))
        need(key, "key.form", where)
        typ, statement["kid"] = "key-second+jwt", key.kid
        if claims["act"] == "officer.register":
            need(is_text(data.get("unit")) and isinstance(data.get("administrator"), bool), "key.form", where)
            statement["unit"], statement["administrator"] = data["unit"], data["administrator"]
    try:
        kid = Jws(data["second"]).kid if is_text(data.get("second")) else None
    except ValueError:
        kid = None
    period = bundle.keys.get(kid) if kid else None
    need(period and period.valid_at(act.line.index) and period.holder != claims["iss"], "key.second", where)
    need(_signed(data["second"], typ, statement, period.key), "key.second", where)
    return period.holder


def _signed(text, typ, statement, key):
    """Whether `text` is a JWS of that typ by that key over exactly that statement."""
    try:
        jws = Jws(text) if is_text(text) else None
        return jws is not None and jws.typ == typ and jws.is_by(key) and same(read_json(jws.payload), statement)
    except ValueError:
        return False


def same(one, other):
    """Whether two flat objects are equal, in kind, too: here 1 is not true."""
    if not isinstance(one, dict) or set(one) != set(other):
        return False
    return all(type(one[name]) is type(value) and one[name] == value for name, value in other.items())


# ---------------------------------------------------------------------------------------------------------------------
# 8 acts: every other line is an act well signed, what such an act brings with it, or sealed by the ledger
# ---------------------------------------------------------------------------------------------------------------------

SEALED = r"ledger\.[a-z_]+|refusal\.recorded|evidence\.[a-z_]+"
"""Types of lines that the ledger itself vouches for."""


def step_8_acts(bundle):
    followers, sealed, streams, once = {}, 0, {}, set()
    for line in bundle.parsed.values():
        where = f"line {line.index}"
        before = streams.get(line.stream)
        need(before is None or before.version < line.version, "stream.order", where)
        streams[line.stream] = line
        if line.index == 0:
            continue
        if line.is_act:
            act = bundle.acts.get(line.index) or check_act(bundle, line)
            bundle.acts[line.index] = act
            name = (act.claims["iss"], act.claims["jti"])
            need(name not in once, "act.twice", where)
            once.add(name)
            _check_prev(bundle, act, before)
            for offset, follower in enumerate(_followers(bundle, act), 1):
                followers[line.index + offset] = follower
        elif re.fullmatch(SEALED, line.type):
            open_seal(bundle, line)
            sealed += 1
        else:
            expected = followers.get(line.index)
            need(expected and expected[:3] == (line.stream, line.version, line.type), "line.unaccounted", where)
            need(same(line.event, expected[3]), "line.unaccounted", where)
    suspect = sum(act.suspect for act in bundle.acts.values())
    return {"acts": len(bundle.acts), "officers": len({act.claims["iss"] for act in bundle.acts.values()}),
            "sealed": sealed, "suspect": suspect}  # fmt: skip


def _check_prev(bundle, act, before):
    """The officer saw what stood before: the hash of the stream's previous line, or, signing several acts at once, the
    digest of the act before. Where that line is not in the bundle, nothing can be said (step 10 says what must be)."""
    if before is None or before.version + 1 != act.line.version:
        return
    leader = bundle.acts.get(before.index)
    seen = {before.hash.hex(), leader.digest if leader else ""}
    need(act.claims["prev"] in seen, "act.prev", f"line {act.line.index}")


LEADS = ("officer.declared", "confirm.granted", "review.adjusted", "exit.ended", "review.corrected")


def _followers(bundle, act):
    """Unsigned lines that an act brings with it, directly after it: (stream, version, type, what it says).

    A new key is claimed for its officer; some acts enrol people, release them, or declare them somebody's kin."""
    where, by = f"line {act.line.index}", act.line.stream
    if act.claims["act"] in ("officer.register", "officer.add_key"):
        kid = key_of(act.claims["data"]["jwk"]).kid
        return [(str(uuid5(NAMESPACE_URL, f"{bundle.origin}/key/{kid}")), 1, "key.claimed", {"by": by})]
    if act.line.type not in LEADS:
        return []
    relied, streams = act.relied, act.relied["streams"]
    enrolled = relied.get("enrolled", {})
    people = enrolled.get("people", []) if isinstance(enrolled, dict) else None
    released, declared = relied.get("released", []), relied.get("declared", [])
    undeclared = relied.get("undeclared", [])
    need(
        _list_of(people, is_text) and _list_of(released, is_text) and _list_of(undeclared, is_text), "act.relied", where
    )
    need(_list_of(declared, lambda one: _list_of(one, is_text) and len(one) == 3), "act.relied", where)
    need(not people or is_text(enrolled.get("programme")), "act.relied", where)
    brought = [("person.enrolled", one, {"by": by, "programme": enrolled["programme"]}) for one in people]
    brought += [("person.released", one, {"by": by}) for one in released]
    brought += [("person.declared", one, {"by": by, "relation": how, "of": of}) for one, how, of in declared]
    brought += [("person.undeclared", one, {"by": by}) for one in undeclared]
    need(all(one in streams for _, one, _ in brought), "act.relied", where)
    return [(one, streams[one] + 1, type_, said) for type_, one, said in brought]


# ---------------------------------------------------------------------------------------------------------------------
# 9 disclosures: the personal fields shown are those signed, and those not shown are accounted for
# ---------------------------------------------------------------------------------------------------------------------


def step_9_disclosures(bundle):
    shown, accounted = 0, set()
    for number in bundle.lines:
        name = f"data/disclosures/{number}.json"
        if name not in bundle.files:
            continue
        texts, act = _json_file(bundle, name, "disclosure.malformed"), bundle.acts.get(number)
        need(_list_of(texts, is_text), "disclosure.malformed", name)
        bundle.shown[number] = []
        beside = {}
        for text in texts:
            field, value, data = _disclosure(text, name)
            # The digest is over the text as it is, so whoever changes a field changes the digest.
            digest = to_base64url(sha256(text.encode()).digest())
            need(act and digest in act.sealed, "disclosure.unmatched", name)
            need((number, digest) not in accounted, "disclosure.unmatched", name)
            accounted.add((number, digest))
            node = act.sealed[digest]
            names = beside.setdefault(id(node), set(node))
            need(field not in names, "disclosure.collision", name)
            names.add(field)
            bundle.shown[number].append((field, value, data))
            shown += 1
    for place, entry in enumerate(bundle.index["withheld"]):
        act, key = bundle.acts.get(entry["index"]), (entry["index"], entry["digest"])
        known = act and entry["digest"] in act.sealed and key not in accounted
        need(known, "withheld.unknown", f"data/bundle.json: withheld {place}")
        accounted.add(key)
        bundle.withheld[entry["index"]] = bundle.withheld.get(entry["index"], 0) + 1
    for number, act in bundle.acts.items():
        for digest in act.sealed:
            need((number, digest) in accounted, "disclosure.unaccounted", f"line {number}")
    return {"shown": shown, "withheld": len(bundle.index["withheld"])}


def _disclosure(text, where):
    """(name, value, JSON) of a disclosure: base64url of a JSON array [salt, name, value] (RFC 9901 §4.2.1)."""
    data = from_base64url(text)
    try:
        value = read_json(data) if data is not None else None
    except ValueError:
        value = None
    need(isinstance(value, list) and len(value) == 3, "disclosure.malformed", where)
    salt, name, content = value
    need(is_text(salt) and re.fullmatch(r"[ -~]{22,}", salt) and is_text(name), "disclosure.malformed", where)
    need(name not in ("_sd", "...", "_sd_alg") and not _digests({"": content}, where), "disclosure.malformed", where)
    return name, content, data


# ---------------------------------------------------------------------------------------------------------------------
# 10 completeness: no gap from 1 to n, and n was the last when the ledger sealed the heads of all its streams
# ---------------------------------------------------------------------------------------------------------------------


def step_10_completeness(bundle):
    seal, histories = bundle.index["seal"], {}
    for line in bundle.parsed.values():
        histories.setdefault(line.stream, []).append(line)
    size, heads = _sealed_heads(bundle, seal) if seal else (0, {})
    later = 0
    for stream in bundle.index["subjects"]:
        lines, where = histories.get(stream, []), f"stream {stream}"
        need([line.version for line in lines] == list(range(1, len(lines) + 1)), "completeness.gap", where)
        if seal:
            need(stream in heads, "completeness.unproven", where)
            need(heads[stream] == _last(lines, size), "completeness.head", where)
            later += sum(line.index >= size for line in lines)
    officers, whole = sorted({act.claims["iss"] for act in bundle.acts.values()}), 0
    for officer in officers if seal else ():
        lines, where = histories.get(officer, []), f"stream {officer}"
        need(officer in heads, "completeness.unproven", where)
        head, last = heads[officer], _last(lines, size)
        need(last is None or (head and (last[0] < head[0] or last == head)), "completeness.head", where)
        whole += head == last and [line.version for line in lines] == list(range(1, len(lines) + 1))
    return {"subjects": len(bundle.index["subjects"]), "size": size, "later": later, "whole": whole,
            "officers": len(officers)}  # fmt: skip


def _last(lines, size):
    """(version, line hash) of the last of these lines among the ledger's first `size`."""
    sealed = [line for line in lines if line.index < size]
    return (sealed[-1].version, sealed[-1].hash.hex()) if sealed else None


def _sealed_heads(bundle, seal):
    """How many lines the seal is over, and stream -> (version, hash) of its last line among them, None: no such stream.

    The sealed line has the root of a sparse Merkle tree over the heads of all streams; each proof leads there."""
    where = f"line {seal['index']}"
    line = bundle.parsed.get(seal["index"])
    need(line and line.type == "ledger.sealed" and line.stream == ledger_stream(bundle.origin), "seal.missing", where)
    said = line.event["said"]
    need(_has(said, size=_is_index, root=_is_hex), "seal.form", where)
    need(said["size"] == seal["size"] and seal["size"] <= seal["index"], "seal.form", where)
    name, heads = "data/seal.json", {}
    proofs = _json_file(bundle, name, "seal.proof")
    need(_has(proofs, index=_is_index, proofs=lambda value: isinstance(value, list)), "seal.proof", name)
    need(proofs["index"] == seal["index"], "seal.proof", name)
    for place, proof in enumerate(proofs["proofs"]):
        where = f"{name}: {place}"
        form = _has(proof, stream=is_text, siblings=lambda value: _list_of(value, _is_hex)) and len(proof) == 5
        need(form and "version" in proof and "hash" in proof and "other" in proof, "seal.proof", where)
        need(len(proof["siblings"]) <= 256 and proof["stream"] not in heads, "seal.proof", where)
        head = None if proof["version"] is None and proof["hash"] is None else (proof["version"], proof["hash"])
        need(_map_root(proof, head, where) == said["root"], "seal.proof", where)
        heads[proof["stream"]] = head
    return seal["size"], heads


def _map_root(proof, head, where):
    """The root that a proof leads to. A key's bits, the highest first, lead from the root to its leaf."""
    siblings, other = proof["siblings"], proof["other"]
    key = sha256(b"mingzhang stream\n" + proof["stream"].encode()).digest()
    need(siblings[:1] != ["0" * 64], "seal.proof", where)
    if head is not None:
        need(other is None, "seal.proof", where)
        hash_ = _leaf(key, head, where)
    elif other is None:
        hash_ = bytes(32)
    else:
        # Another stream's leaf stands where this one's would: then this one is not there.
        need(_has(other, key=_is_hex) and len(other) == 3, "seal.proof", where)
        met = bytes.fromhex(other["key"])
        shares = all(_bit(met, depth) == _bit(key, depth) for depth in range(len(siblings)))
        need(met != key and shares, "seal.proof", where)
        hash_ = _leaf(met, (other.get("version"), other.get("hash")), where)
    for depth, sibling in zip(range(len(siblings) - 1, -1, -1), map(bytes.fromhex, siblings)):
        hash_ = node_hash(sibling, hash_) if _bit(key, depth) else node_hash(hash_, sibling)
    return hash_.hex()


def _leaf(key, head, where):
    version, hash_ = head
    need(_is_index(version) and version > 0 and _is_hex(hash_), "seal.proof", where)
    return sha256(b"\x00" + key + version.to_bytes(8, "big") + bytes.fromhex(hash_)).digest()


def _bit(key, depth):
    return key[depth // 8] >> (7 - depth % 8) & 1


# ---------------------------------------------------------------------------------------------------------------------
# 11 papers: rule packs and documents have the digests that lines name
# ---------------------------------------------------------------------------------------------------------------------


def step_11_papers(bundle):
    listed = set()
    for kind in ("packs", "documents"):
        for place, entry in enumerate(bundle.index[kind]):
            where, name = f"data/bundle.json: {kind} {place}", entry["file"]
            need(re.fullmatch(f"data/{kind}/{entry['sha256']}(?:\\.[a-z0-9]+)?", name), "paper.name", where)
            need(name not in listed, "paper.name", where)
            listed.add(name)
            need(sha256(_file(bundle, name)).hexdigest() == entry["sha256"], "paper.digest", name)
            numbers = bundle.parsed if kind == "packs" else [entry["index"]]
            need(any(_names(bundle, number, entry["sha256"]) for number in numbers), "paper.unnamed", name)
    for name in bundle.files:
        need(not name.startswith(("data/packs/", "data/documents/")) or name in listed, "paper.unlisted", name)
    return {"packs": len(bundle.index["packs"]), "documents": len(bundle.index["documents"])}


def _names(bundle, number, digest):
    """Whether a line names this digest: in what was signed, in a field shown, or in what the ledger adds to it."""
    line, act = bundle.parsed.get(number), bundle.acts.get(number)
    texts = [line.state] if line else []
    texts += [act.jws.payload] if act else []
    texts += [data for _, _, data in bundle.shown.get(number, [])]
    return any(digest.encode() in text for text in texts)


# ---------------------------------------------------------------------------------------------------------------------
# 12 timestamps: RFC 3161 tokens over this head, or over an earlier one that this one continues
# ---------------------------------------------------------------------------------------------------------------------

SHA256_OID = bytes.fromhex("0609608648016503040201")
TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
CONTENT_TYPE, MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010903"), bytes.fromhex("06092a864886f70d010904")
HASHES = {
    bytes.fromhex("0609608648016503040201"): hashes.SHA256(),
    bytes.fromhex("0609608648016503040202"): hashes.SHA384(),
    bytes.fromhex("0609608648016503040203"): hashes.SHA512(),
}
RSA = bytes.fromhex("06092a864886f70d010101")
SIGNED_WITH = {
    bytes.fromhex("06092a864886f70d01010b"): ("RSA", hashes.SHA256()),
    bytes.fromhex("06092a864886f70d01010c"): ("RSA", hashes.SHA384()),
    bytes.fromhex("06092a864886f70d01010d"): ("RSA", hashes.SHA512()),
    bytes.fromhex("06082a8648ce3d040302"): ("EC", hashes.SHA256()),
    bytes.fromhex("06082a8648ce3d040303"): ("EC", hashes.SHA384()),
    bytes.fromhex("06082a8648ce3d040304"): ("EC", hashes.SHA512()),
}


def step_12_timestamps(bundle):
    """Whose authority a time stamp is, this program cannot know: it gives the certificate's digest, to be compared."""
    folder, times, unknown, signers = "data/timestamps/", [], 0, []
    stamps = [name for name in bundle.files if name.startswith(folder) and name.endswith(".tsr")]
    for name in bundle.files:
        need(not name.startswith(folder) or name.rpartition(".")[0] + ".tsr" in stamps, "timestamp.file", name)
    need(len(stamps) == len(bundle.index["timestamps"]), "timestamp.file", "data/bundle.json: timestamps")
    for name in stamps:
        stem = name[:-4]
        over = bundle.files["data/checkpoint"]
        if stem + ".checkpoint" in bundle.files:
            over = bundle.files[stem + ".checkpoint"]
            _check_earlier(bundle, over, stem)
        try:
            time, signer = _stamp(bundle.files[name], over, bundle.files.get(stem + ".pem", b""), name)
        except (ValueError, IndexError):
            raise Refuted("timestamp.malformed", name) from None
        unknown += time is None
        times += [time] if time else []
        signers += [signer] if signer and signer not in signers else []
    earliest = min(times) if times else "-"
    return {"stamps": len(stamps), "earliest": earliest, "unknown": unknown, "signers": " ".join(signers) or "-"}


def _check_earlier(bundle, data, stem):
    """An earlier head of this ledger: signed by its keys, and continued by the bundle's own head."""
    name = stem + ".checkpoint"
    try:
        earlier = Checkpoint(data)
    except ValueError:
        raise Refuted("checkpoint.malformed", name) from None
    need(earlier.origin == bundle.origin and 0 < earlier.size <= bundle.size, "timestamp.head", name)
    _check_signatures(earlier, log_keys_at(bundle, earlier.size), name)
    lines = _file(bundle, stem + ".consistency").decode("latin-1").split("\n")[:-1]
    proof = [from_base64(line) for line in lines]
    good = all(hash_ is not None and len(hash_) == 32 for hash_ in proof)
    good = good and _is_continued(earlier.size, earlier.root, bundle.size, bundle.root, proof)
    need(good, "timestamp.consistency", name)


def _is_continued(old, old_root, size, root, proof):
    """Whether the tree of `size` begins with the tree of `old` (RFC 9162 §2.1.4.2)."""
    if old == size:
        return not proof and old_root == root
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    fn, sn = old - 1, size - 1
    while fn % 2:
        fn, sn = fn // 2, sn // 2
    fr = sr = path[0]
    for hash_ in path[1:]:
        if sn == 0:
            return False
        if fn % 2 or fn == sn:
            fr, sr = node_hash(hash_, fr), node_hash(hash_, sr)
            while fn and fn % 2 == 0:
                fn, sn = fn // 2, sn // 2
        else:
            sr = node_hash(sr, hash_)
        fn, sn = fn // 2, sn // 2
    return sn == 0 and (fr, sr) == (old_root, root)


def _der(data):
    """The elements of DER that stand one after the other: (tag, content, all its bytes). Raises ValueError."""
    at, found = 0, []
    while at < len(data):
        if at + 2 > len(data) or data[at] & 0x1F == 0x1F:
            raise ValueError("tag")
        length, begin = data[at + 1], at + 2
        if length >= 0x80:
            count = length & 0x7F
            if not 1 <= count <= 4 or begin + count > len(data):
                raise ValueError("length")
            length, begin = int.from_bytes(data[begin : begin + count], "big"), begin + count
        if begin + length > len(data):
            raise ValueError("length")
        found.append((data[at], data[begin : begin + length], data[at : begin + length]))
        at = begin + length
    return found


def _inside(element, tag):
    """The elements within one of this tag. Raises ValueError."""
    if element[0] != tag:
        raise ValueError("tag")
    return _der(element[1])


def _stamp(response, over, pem, where):
    """(its time, digest of the signer's certificate) of a good time stamp; (None, None) where its algorithm is unknown.

    TimeStampResp { status, ContentInfo { SignedData { TSTInfo, certificates, SignerInfo } } } (RFC 3161, RFC 5652)."""
    SEQUENCE, SET, OCTETS = 0x30, 0x31, 0x04
    (whole,) = _der(response)
    status, token = _inside(whole, SEQUENCE)
    need(_inside(status, SEQUENCE)[0][2] in (b"\x02\x01\x00", b"\x02\x01\x01"), "timestamp.status", where)
    kind, content = _inside(token, SEQUENCE)
    signed = _inside(_inside(content, 0xA0)[0], SEQUENCE)
    encapsulated, octets = _inside(signed[2], SEQUENCE)
    (info,) = _inside(octets, 0xA0)
    need(kind[2] == SIGNED_DATA and encapsulated[2] == TST_INFO and info[0] == OCTETS, "timestamp.malformed", where)
    # What is stamped: the SHA-256 of the head's file.
    (stamped,) = _der(info[1])
    said = _inside(stamped, SEQUENCE)
    algorithm, imprint = _inside(said[2], SEQUENCE)
    need(_inside(algorithm, SEQUENCE)[0][2] == SHA256_OID and imprint[0] == OCTETS, "timestamp.imprint", where)
    need(imprint[1] == sha256(over).digest(), "timestamp.imprint", where)
    time = said[4][1].decode("latin-1")
    need(said[4][0] == 0x18 and re.fullmatch(r"[0-9]{14}(?:\.[0-9]+)?Z", time), "timestamp.malformed", where)
    # Who signed it, over which attributes, and that these name what is stamped.
    (signer,) = _inside(signed[-1], SET)
    parts = _inside(signer, SEQUENCE)
    sid, digest_algorithm, attributes = parts[1], _inside(parts[2], SEQUENCE)[0][2], parts[3]
    signature_algorithm, signature = _inside(parts[4], SEQUENCE)[0][2], parts[5][1]
    family, hash_ = SIGNED_WITH.get(signature_algorithm, (None, None))
    if signature_algorithm == RSA and digest_algorithm in HASHES:
        family, hash_ = "RSA", HASHES[digest_algorithm]
    if family is None or digest_algorithm not in HASHES:
        return None, None
    values = {}
    for attribute in _inside(attributes, 0xA0):
        name, value = _inside(attribute, SEQUENCE)
        values[name[2]] = _inside(value, SET)[0]
    need(values.get(CONTENT_TYPE, (0, b"", b""))[2] == TST_INFO, "timestamp.signature", where)
    digest = hashes.Hash(HASHES[digest_algorithm])
    digest.update(info[1])
    need(values.get(MESSAGE_DIGEST, (0, b"", b""))[1] == digest.finalize(), "timestamp.signature", where)
    certificates = [one[2] for element in signed[3:-1] if element[0] == 0xA0 for one in _der(element[1])]
    for text in re.findall(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\r\n]+)-----END CERTIFICATE-----", pem):
        certificates.append(from_base64(text.decode().replace("\r", "").replace("\n", "")) or b"")
    for certificate in certificates:
        (outer,) = _der(certificate)
        fields = _inside(_inside(outer, SEQUENCE)[0], SEQUENCE)
        fields = fields[1:] if fields[0][0] == 0xA0 else fields
        # serial, algorithm, issuer, validity, subject, public key
        named = sid[0] != SEQUENCE or sid[1] == fields[2][2] + fields[0][2]
        if named and _signed_by(fields[5][2], family, hash_, b"\x31" + attributes[2][1:], signature):
            return time, sha256(certificate).hexdigest()
    raise Refuted("timestamp.signature", where)


def _signed_by(spki, family, hash_, message, signature):
    try:
        key = serialization.load_der_public_key(spki)
        if family == "RSA" and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), hash_)
        elif family == "EC" and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(hash_))
        else:
            return False
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True


# ---------------------------------------------------------------------------------------------------------------------
# 13 witnesses: enough of those that the card's policy names cosigned the head
# ---------------------------------------------------------------------------------------------------------------------


def step_13_witnesses(bundle):
    name = "data/policy"
    if name not in bundle.files:
        need(bundle.card is None or bundle.card[1] == "none", "policy.missing", name)
        bundle.quorum = "none"
        return {"quorum": "none", "cosigned": 0, "witnesses": 0}
    data = bundle.files[name]
    need(bundle.card is None or bundle.card[1] == sha256(data).hexdigest(), "policy.digest", name)
    logs, witnesses, groups, quorum = _policy(data, name)
    mine = [key.vkey for key in log_keys_at(bundle, bundle.size)]
    need(not logs or any(vkey in logs for vkey in mine), "policy.log", name)
    checkpoint = Checkpoint(bundle.files["data/checkpoint"])
    since, cosigned = {}, 0
    for one, key in witnesses.items():
        signatures = checkpoint.signed_by(key)
        need(signatures is not None, "witness.signature", "data/checkpoint")
        since[one] = max(map(cosigned_at, signatures)) if signatures else None
        cosigned += bool(signatures)
    for group, (threshold, members) in groups.items():
        # The latest moment by which so many of its members had cosigned nothing older.
        times = sorted((since[member] for member in members if since[member] is not None), reverse=True)
        since[group] = times[threshold - 1] if len(times) >= threshold else None
    if quorum == "none":
        bundle.quorum = "none"
    else:
        # Too few is no contradiction: nothing is refuted by it, and nothing proven.
        stands = since[quorum] is not None
        bundle.quorum = stands and datetime.fromtimestamp(since[quorum], timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"quorum": bundle.quorum or "未达 not reached", "cosigned": cosigned, "witnesses": len(witnesses)}


def _policy(data, where):
    """(logs' vkeys, name -> witness's key, name -> (how many, of whom), quorum) of a C2SP tlog-policy."""
    logs, witnesses, groups, quorum = [], {}, {}, None
    members, publics = set(), set()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refuted("policy.malformed", where) from None
    need(text.endswith("\n") and len(data) <= 256 * 1024, "policy.malformed", where)
    for number, line in enumerate(text[:-1].split("\n"), 1):
        place = f"{where}: {number}"
        need(not re.search("[\x00-\x08\x0b-\x1f\x7f]", line), "policy.malformed", place)
        words = [word for word in re.split("[ \t]+", line) if word]
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "log" and len(words) in (2, 3):
            logs.append(_policy_key(words[1], (LOG, ML_DSA), publics, place).vkey)
        elif words[0] == "witness" and len(words) in (3, 4):
            need(words[1] != "none" and words[1] not in witnesses and words[1] not in groups, "policy.malformed", place)
            witnesses[words[1]] = _policy_key(words[2], (COSIGNER, ML_DSA), publics, place)
        elif words[0] == "group" and len(words) > 3:
            name, threshold, of = words[1], words[2], words[3:]
            need(name != "none" and name not in witnesses and name not in groups, "policy.malformed", place)
            for member in of:
                need((member in witnesses or member in groups) and member not in members, "policy.malformed", place)
                members.add(member)
            if threshold not in ("all", "any"):
                is_number = re.fullmatch("[1-9][0-9]{0,2}", threshold)
                need(is_number and int(threshold) <= len(of), "policy.malformed", place)
            groups[name] = ({"all": len(of), "any": 1}.get(threshold) or int(threshold), of)
        elif words[0] == "quorum" and len(words) == 2:
            known = words[1] == "none" or words[1] in witnesses or words[1] in groups
            need(quorum is None and known, "policy.malformed", place)
            quorum = words[1]
        else:
            raise Refuted("policy.malformed", place)
    need(quorum is not None, "policy.malformed", where)
    return logs, witnesses, groups, quorum


def _policy_key(vkey, kinds, publics, where):
    try:
        key = NoteKey(vkey)
    except ValueError:
        raise Refuted("policy.malformed", where) from None
    need(key.kind in kinds and key.public not in publics, "policy.malformed", where)
    publics.add(key.public)
    return key


# ---------------------------------------------------------------------------------------------------------------------
# The verdict
# ---------------------------------------------------------------------------------------------------------------------

STEPS = [
    step_1_container, step_2_bag, step_3_bundle, step_4_opening, step_5_checkpoint, step_6_lines, step_7_keys,
    step_8_acts, step_9_disclosures, step_10_completeness, step_11_papers, step_12_timestamps, step_13_witnesses,
]  # fmt: skip


def check(data, card=None):
    """The verdict on a bundle's bytes, as `--json` prints it. `card`: (fingerprint, policy digest or "none")."""
    bundle, steps, failed = Bundle(data, card), [], None
    for number, step in enumerate(STEPS, 1):
        try:
            found = step(bundle)
        except Refuted as refuted:
            failed = {"step": number, "code": refuted.code, "where": refuted.where}
            said = " ".join(WRONG[refuted.code]) + f" [{refuted.where}]"
            steps.append({"step": number, "code": refuted.code, "ok": False, "said": said})
            break
        said = " ".join(SAID[number - 1]).format(**found)
        steps.append({"step": number, "code": step.__name__.split("_", 2)[2], "ok": True, "said": said})
    if failed:
        verdict = "refuted"
    elif card is None or not bundle.quorum:
        verdict = "consistent"
    else:
        verdict = "proven-unwitnessed" if bundle.quorum == "none" else "proven"
    return {"verdict": verdict, "failed": failed, "steps": steps, "acts": [] if failed else _acts(bundle)}


def _acts(bundle):
    """What was proven, for people to read: each act with the fields that are shown."""
    return [
        {
            "index": number, "at": act.line.at, "on": act.claims["on"], "act": act.claims["act"],
            "stream": act.line.stream, "version": act.line.version, "officer": act.claims["iss"],
            "basis": act.claims["basis"], "suspect": act.suspect, "withheld": bundle.withheld.get(number, 0),
            "shown": [[name, json.loads(data.decode())[2]] for name, _, data in bundle.shown.get(number, [])],
        }
        for number, act in sorted(bundle.acts.items())
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------------
# Words: what each step found, and what each fault means (verify.html is built with the same ones)
# ---------------------------------------------------------------------------------------------------------------------

TITLES = [
    ("容器", "container"), ("袋", "bag"), ("清单", "bundle"), ("起始行", "opening"), ("账头", "checkpoint"),
    ("各行", "lines"), ("密钥", "keys"), ("行为", "acts"), ("披露", "disclosures"), ("完整", "completeness"),
    ("材料", "papers"), ("时间戳", "timestamps"), ("见证", "witnesses"),
]  # fmt: skip

SAID = [
    ("压缩包形式规范：{files} 个文件，{bytes} 字节。",
     "The zip file has its canonical form: {files} files, {bytes} bytes."),
    ("全部 {files} 个文件与清单的摘要相符，不多不少。",
     "All {files} files have the digests that the manifests say; none is missing, none is extra."),
    ("共 {lines} 行，与清单所列一致。自称制作于 {made}。",
     "{lines} lines, those that are listed. It says that it was made at {made}."),
    ("账本 {origin}，指纹 {fingerprint}。模拟账本：{trial}。",
     "Ledger {origin}, fingerprint {fingerprint}. A simulation: {trial}."),
    ("账头由账本的全部 {keys} 把密钥签署：{size} 行，根 {root}。",
     "The head is signed by all {keys} keys of the ledger: {size} lines, root {root}."),
    ("{lines} 行逐行证明在该账头之下，自 {first} 至 {last}。",
     "Each of {lines} lines is proven to stand under that head, from {first} to {last}."),
    ("自起始行重算密钥：{keys} 把，{changes} 次变更，每次均经有权者签署并会签。",
     "Keys replayed from line 0: {keys} keys, {changes} changes, each by whoever may make it, and seconded."),
    ("{officers} 人签署的 {acts} 项行为签名全部有效；账本封签 {sealed} 行；密钥其后报失而存疑的 {suspect} 项。",
     "{acts} acts by {officers} officers, every signature good; {sealed} lines sealed by the ledger; {suspect} acts"
     " signed with a key later said to have been in other hands."),
    ("出示的个人信息 {shown} 项与签名所含摘要相符；未出示 {withheld} 项，均已列明。",
     "{shown} personal fields shown are those signed; {withheld} are not shown, each accounted for."),
    ("{subjects} 条卷宗自第 1 号起无缺；封签覆盖前 {size} 行，其后另有 {later} 行；签署人自身卷宗齐全的 {whole}/{officers}，"
     "其余无法排除有密钥变更未收入本包。",
     "{subjects} histories have no gap from version 1 on; the seal is over the first {size} lines, {later} came later;"
     " the signers' own histories are whole for {whole} of {officers}; for the others it is not shown that no change of"
     " keys was left out."),
    ("规则包 {packs} 个、材料 {documents} 份，与各行所记摘要相符。",
     "{packs} rule packs and {documents} documents are those that lines name by digest."),
    ("时间戳 {stamps} 个，最早 {earliest}；算法未知而未核 {unknown} 个。签发证书 SHA-256：{signers}（是否可信请自行比对）。",
     "{stamps} time stamps, the earliest {earliest}; {unknown} not checked, their algorithm being unknown. Certificates"
     " of the signers, SHA-256: {signers} (whether to trust them is for you to compare)."),
    ("见证人 {witnesses} 个，其中 {cosigned} 个已联署；达到法定数的时间：{quorum}。",
     "{cosigned} of {witnesses} witnesses cosigned; the quorum stands since: {quorum}."),
]  # fmt: skip
"""For each step, in Chinese and in English, what has been established when it is passed."""

WRONG = {
    "container.not-zip": ("不是压缩包，或文件不完整：请重新复制原文件。", "This is no zip file, or not all of one: copy the original again."),
    "container.too-large": ("超过 1 GiB，不予展开。", "It is larger than 1 GiB and is not unpacked."),
    "container.form": ("压缩包不是规范形式：已被改动或重新打包，请取原文件。", "The zip file has not its canonical form: it was altered or packed anew. Get the original."),
    "container.name": ("文件名不合规，可能企图写到别处。", "A file's name is not allowed; it may try to be written elsewhere."),
    "container.order": ("文件重复或次序不对。", "A file stands twice, or out of order."),
    "container.encrypted": ("文件被加密。", "A file is encrypted."),
    "container.link": ("文件是链接。", "A file is a link."),
    "container.method": ("压缩方法不被允许。", "A file is packed by a method that is not allowed."),
    "container.bomb": ("文件自称展开后的大小不可能为真。", "A file says that it unpacks to more than it can."),
    "container.data": ("文件内容损坏，或展开后与所称大小不符。", "A file's content is damaged, or unpacks to another size than it says."),
    "bag.declaration": ("不是 BagIt 1.0 袋。", "This is no BagIt 1.0 bag."),
    "bag.algorithm": ("袋中有不被允许的清单。", "There is a manifest that is not allowed."),
    "bag.extra": ("袋中多出清单未列的文件。", "There is a file that no manifest lists."),
    "bag.missing": ("清单所列的文件缺失。", "A file that the manifest lists is missing."),
    "bag.manifest": ("清单的形式不对。", "A manifest has not its form."),
    "bag.digest": ("文件内容与清单的摘要不符：已被改动。", "A file's content has not the digest that the manifest says: it was altered."),
    "bundle.malformed": ("bundle.json 不是严格的 JSON。", "bundle.json is not strict JSON."),
    "bundle.form": ("bundle.json 的成员缺失、多余或形式不对。", "A member of bundle.json is missing, unknown, or not of its form."),
    "bundle.file": ("袋中有本格式所无的文件。", "There is a file that this format does not have."),
    "bundle.subjects": ("所要的案卷没有全部声明完整。", "Not every case that was asked for is claimed to be whole."),
    "bundle.missing": ("缺少必需的文件。", "A file that is needed is missing."),
    "bundle.lines": ("账本各行与清单所列不一致。", "The lines are not those that are listed."),
    "opening.malformed": ("第 0 行不是账本的起始行。", "Line 0 opens no ledger."),
    "opening.format": ("账本格式未知，需更新的核验程序。", "The ledger's format is unknown: a newer verifier is needed."),
    "opening.origin": ("账本名称与起始行不符。", "The ledger's name is not that of line 0."),
    "opening.fingerprint": ("指纹不符：这不是该卡片所属的账本。", "The fingerprint differs: this is not the ledger of that card."),
    "log-keys.malformed": ("账本密钥的形式不对。", "The ledger's keys have not their form."),
    "log-keys.unproven": ("新的账本密钥未自行签署。", "A new key of the ledger did not sign for itself."),
    "checkpoint.malformed": ("账头的形式不对。", "A head has not its form."),
    "checkpoint.origin": ("账头属于另一本账。", "The head is another ledger's."),
    "checkpoint.size": ("账头的行数与清单不符。", "The head's size is not the one listed."),
    "checkpoint.signature": ("账头上账本的签名无效。", "The ledger's signature on a head is not good."),
    "checkpoint.unsigned": ("账头缺少账本某把密钥的签名。", "A key of the ledger has not signed the head."),
    "line.malformed": ("该行不是规范的账本行。", "The line has not the form of a ledger's line."),
    "line.time": ("该行时间有误或早于前行。", "The line's time is none, or runs backwards."),
    "line.prev": ("该行与前一行不相连。", "The line does not follow the line before it."),
    "receipt.missing": ("该行没有收据。", "There is no receipt for the line."),
    "receipt.malformed": ("收据的形式不对。", "The receipt has not its form."),
    "receipt.index": ("收据是另一行的。", "The receipt is another line's."),
    "receipt.checkpoint": ("收据指向另一个账头。", "The receipt leads to another head."),
    "receipt.inclusion": ("该行不在账头之下：行或收据已被改动。", "The line does not stand under the head: it or its receipt was altered."),
    "act.missing": ("变更密钥的行没有签名行为。", "A line that changes keys has no signed act."),
    "act.form": ("行为不是规范的签名形式。", "The act is not in the form in which acts are signed."),
    "act.claims": ("行为的内容形式不对。", "What the act claims has not its form."),
    "act.digests": ("行为中的个人信息摘要形式不对。", "The digests of personal fields in the act have not their form."),
    "act.holder": ("签名密钥不属于所称的人员。", "The key that signed is not the officer's who is named."),
    "act.signature": ("签名无效。", "The signature is not good."),
    "act.aud": ("行为是为另一本账签署的。", "The act was signed for another ledger."),
    "act.place": ("行为签署的卷宗或序号与所在行不符。", "The act was signed for another history or version than its line's."),
    "act.type": ("行为与该行的类型不符。", "The act is not of its line's type."),
    "act.time": ("签署时间晚于入账时间，或早于行为发生之日。", "It was signed after it was recorded, or before the day it took place."),
    "act.relied": ("该行未说明决定所依据的卷宗。", "The line does not say which histories the decision read."),
    "act.twice": ("同一行为出现两次。", "One act stands twice."),
    "act.prev": ("行为不是接着卷宗的前一行签署的：其间有行被换或被抽。", "The act was not signed upon the history's line before it: one was exchanged or taken out."),
    "key.unknown": ("无人登记过该密钥。", "Nobody registered this key."),
    "key.not-valid": ("密钥在该行处无效（未登记或已吊销）。", "The key was not valid there (not yet, or revoked)."),
    "key.form": ("密钥变更的内容形式不对。", "What changes a key has not its form."),
    "key.possession": ("新密钥未证明为持有人所有。", "The new key's holder did not prove to have it."),
    "key.second": ("缺少第二人的有效会签。", "The second person's signature is missing or not good."),
    "key.authority": ("签署人无权变更该人员的密钥。", "Whoever signed may not change that officer's keys."),
    "key.claimed": ("新密钥之后没有归属登记行。", "The line that claims the new key for its officer does not follow."),
    "seal.form": ("封签行的形式不对。", "A line sealed by the ledger has not its form."),
    "seal.signature": ("封签无效。", "The ledger's seal on the line is not good."),
    "seal.missing": ("缺少所称的封签行。", "The sealed line that is named is missing."),
    "seal.proof": ("卷宗末行的证明不成立。", "A proof of where a history ended does not hold."),
    "stream.order": ("卷宗的序号重复或颠倒。", "A history's versions repeat or run backwards."),
    "line.unaccounted": ("该行既无签名，也非任何行为所带来。", "Nobody signed the line, and no act brought it."),
    "disclosure.malformed": ("披露项的形式不对。", "A field that is shown has not its form."),
    "disclosure.unmatched": ("披露项与签名所含摘要不符：已被改动。", "A field that is shown is not the one signed: it was altered."),
    "disclosure.collision": ("披露项与签名内容同名。", "A field that is shown has the name of one beside it."),
    "disclosure.unaccounted": ("有个人信息既未出示，也未列为不出示。", "A personal field is neither shown nor listed as withheld."),
    "withheld.unknown": ("列为不出示的项目并不存在，或已出示。", "A field listed as withheld does not exist, or is shown."),
    "completeness.gap": ("声称完整的卷宗有缺。", "A history that is said to be whole has a gap."),
    "completeness.unproven": ("没有卷宗末行的证明。", "There is no proof of where a history ended."),
    "completeness.head": ("封签时卷宗的末行不是此行：有行被抽掉。", "When the ledger was sealed the history ended elsewhere: lines were left out."),
    "paper.name": ("材料的文件名不是其摘要。", "A paper's file is not named by its digest."),
    "paper.digest": ("材料内容与摘要不符：已被改动。", "A paper has not the digest that is said: it was altered."),
    "paper.unnamed": ("没有任何行记载该材料。", "No line names this paper."),
    "paper.unlisted": ("材料未列入清单。", "A paper is not listed."),
    "timestamp.file": ("时间戳文件与清单不符。", "The files of time stamps are not those listed."),
    "timestamp.head": ("时间戳所盖的账头不属于本账。", "A time stamp is over a head that is not this ledger's."),
    "timestamp.consistency": ("现账头并非接续时间戳所盖的账头：账本被改写过。", "The head does not continue the one that was stamped: the ledger was rewritten."),
    "timestamp.malformed": ("时间戳的形式不对。", "A time stamp has not its form."),
    "timestamp.status": ("时间戳机构未予签发。", "The time stamp was not granted."),
    "timestamp.imprint": ("时间戳所盖的是别的内容。", "A time stamp is over something else."),
    "timestamp.signature": ("时间戳的签名无效。", "A time stamp's signature is not good."),
    "policy.missing": ("卡片指定了见证规则，而包中没有。", "The card names a witness policy, and the bundle has none."),
    "policy.digest": ("见证规则与卡片不符：请确认是否有更新的卡片。", "The witness policy is not the card's: is there a newer card?"),
    "policy.malformed": ("见证规则的形式不对。", "The witness policy has not its form."),
    "policy.log": ("见证规则不是这本账的。", "The witness policy is another ledger's."),
    "witness.signature": ("见证人的签名无效。", "A witness's signature is not good."),
}  # fmt: skip

VERDICTS = {
    "proven": ("属实", "proven"),
    "proven-unwitnessed": ("来源已证实，未见证", "proven, not witnessed"),
    "consistent": ("自洽，来源未证实", "consistent, origin not established"),
    "refuted": ("不成立", "refuted"),
}
EXIT = {"proven": 0, "proven-unwitnessed": 0, "consistent": 3, "refuted": 1}
CARD = f"MZ1:({HEX}):({HEX}|none)"
"""What the card's QR code says: fingerprint, and digest of the witness policy (none: the ledger has no witnesses)."""


def print_verdict(found):
    for step, (zh, en) in zip(found["steps"], TITLES):
        print(f"{'✓' if step['ok'] else '✗'} {step['step']:2} {zh} {en}: {step['said']}")
    zh, en = VERDICTS[found["verdict"]]
    if found["acts"]:
        print("\n经核实的行为（报告与表单未经核实，以此为准） The acts as proven; the report and the forms are not:")
    for act in found["acts"]:
        doubt = "  密钥存疑 key in doubt" if act["suspect"] else ""
        print(f"  {act['index']:>8}  {act['at'][:19]}Z  {act['act']:20} {act['stream']} #{act['version']}"
              f"  {act['officer']}{doubt}")  # fmt: skip
        for name, value in act["shown"]:
            print(f"{'':12}{name}: {json.dumps(value, ensure_ascii=False)}")
    if found["failed"]:
        print(f"\n第一处不成立 First that fails: {found['failed']['code']}, {found['failed']['where']}")
        print("请保留此文件，并向出具方索取原件。 Keep this file, and ask whoever gave it to you for the original.")
    if found["verdict"] == "consistent":
        print(
            "\n未给出卡片上的数值，或联署的见证人未达法定数：账本的主人或旁人能自造一个自洽的包。请以 --card 给出卡片所载。"
        )
        print("Without the card's values, or enough witnesses, somebody could have made this bundle up: give --card.")
    print(f"\n结论 Verdict: {zh} {en}")


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description="核验明账证据包，不联网，不问任何人。 Checks an evidence bundle of a Mingzhang ledger, offline.",
        epilog="退出码 Exit codes: 0 属实 proven, 3 自洽，来源未证实 consistent, 1 不成立 refuted, 2 无法判断 could not tell.",
    )
    parser.add_argument("bundle", help="证据包 the bundle (.zip)")
    parser.add_argument(
        "--card", help="卡片二维码的内容 what the card's QR code says: MZ1:<fingerprint>:<policy digest>"
    )
    parser.add_argument("--json", action="store_true", help="输出 JSON print JSON")
    options = parser.parse_args(arguments)
    card = re.fullmatch(CARD, options.card.strip()) if options.card is not None else None
    if options.card is not None and not card:
        print("--card 应为 MZ1:<64 位十六进制>:<64 位十六进制或 none>，照卡片抄录。", file=sys.stderr)
        print("--card is MZ1:<64 hex digits>:<64 hex digits, or none>, as the card has it.", file=sys.stderr)
        return 2
    try:
        with open(options.bundle, "rb") as file:
            data = file.read(MAX_BUNDLE + 1)
    except OSError as error:
        print(f"无法读取 Cannot read {options.bundle}: {error.strerror}", file=sys.stderr)
        return 2
    found = check(data, card.groups() if card else None)
    if options.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        print_verdict(found)
    return EXIT[found["verdict"]]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(2)
    except Exception as error:  # a fault of this program has told nothing about the bundle
        print(f"核验程序自身出错，无法判断 The verifier itself failed, nothing is known: {error!r}", file=sys.stderr)
        sys.exit(2)
