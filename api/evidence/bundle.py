"""Making a bundle: the lines of a request with what proves them, as a bag. README.md has the format."""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from api.documents.kinds import kind_of
from api.documents.store import Store
from api.evidence.bag import Content, write_bag
from api.evidence.courses import courses_of
from api.evidence.disclosing import Disclosed, disclose
from api.evidence.gather import Gathered, gather, latest_of
from api.evidence.request import Wanted
from api.publishing.directory import CHECKPOINT, COSIGNED, TileDirectory
from api.publishing.policy import policy_in_force
from api.rules import CASEWORK_TABLES
from domain.events import claims_of
from domain.papers import mentions
from ledger.act import decode_state
from ledger.checkpoint import Checkpoint, Receipt, open_checkpoint
from ledger.errors import LedgerError, LedgerFaulty
from ledger.head_seal import HeadSeal
from ledger.line import line_hash, timestamp
from ledger.log_keys import LogKeys
from ledger.note import NoteSigner
from ledger.receipts import HeadSigner
from ledger.sealer import Sealer
from ledger.store import AnyConnection, Opened
from ledger.tree import inclusion_proof, root_from_inclusion, tile_nodes
from ledger.vault import Kek

FORMAT = "mingzhang-evidence/1"
TAGS = ("README.txt", "verify.py")
"""Files that come along to look at a bundle with, from `tags/` of this package; trusted for nothing."""
_EXTENSIONS = {"jpeg": "jpg", "tiff": "tif", "text": "txt"}
PUBLISHED_WITHIN = 5.0
"""Seconds to wait for a published checkpoint that covers what is on the ledger now; then an older one must do."""


@dataclass(frozen=True)
class Place:
    """Where a bundle is made from."""

    data: Path
    directory: TileDirectory
    opened: Opened
    log_keys: LogKeys
    signer: HeadSigner
    log_signers: Sequence[NoteSigner]
    sealer: Sealer
    kek: Kek
    documents: Store


@dataclass(frozen=True)
class Paper:
    """A document that a line names, with its file where it is in the bundle."""

    index: int
    sha256: str
    path: Path | None
    extension: str
    size: int
    reason: str | None

    @property
    def name(self) -> str:
        """Below `data/`."""
        return f"documents/{self.sha256}.{self.extension}"


@dataclass(frozen=True)
class Bundle:
    """All that a bundle will hold, before it is written. `made` in UTC."""

    wanted: Wanted
    made: str
    checkpoint: str
    found: Gathered
    disclosed: Disclosed
    packs: dict[str, str]
    papers: tuple[Paper, ...]
    absent: tuple[dict[str, str], ...]
    said: dict[str, Any]
    courses: dict[int, dict[str, Any]]
    payload: dict[str, Content] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """The one folder of the zip."""
        return f"evidence-{self.payload['bundle.json'].sha256[:8]}"

    def write(self, file: BinaryIO) -> None:
        """The zip, into an empty seekable file. Raises as `write_bag` does."""
        info = [
            ("Source-Organization", str(self.said["origin"])),
            ("External-Identifier", self.folder),
            ("Bagging-Date", self.made[:10]),
        ]
        write_bag(file, self.folder, self.payload, _tags(), info)


def make_bundle(connection: AnyConnection, place: Place, wanted: Wanted, made: datetime) -> Bundle:
    """Collect everything. Raises `NotFound`, `Refused`, `LedgerFaulty`: then nothing was made."""
    last = latest_of(connection, wanted.scope)
    seal = _seal(connection, place, last)
    checkpoint = _checkpoint(connection, place, max(last, seal.index if seal else 0))
    size = open_checkpoint(checkpoint, place.log_keys.every, place.opened.origin).size
    if seal is not None and seal.index >= size:
        seal = None  # it is not under this checkpoint
    found = gather(connection, place.opened, wanted.scope, size, seal.index if seal else None)
    disclosed = disclose(connection, found, wanted, place.opened.origin, place.kek)
    packs, unknown = _packs(found)
    papers = tuple(_papers(found, wanted, place.documents))
    absent = [{"what": f"packs/{digest}.toml", "reason": "not-on-ledger"} for digest in unknown]
    absent += [{"what": f"documents/{one.sha256}", "reason": one.reason} for one in papers if one.reason]
    said = {
        "format": FORMAT,
        "origin": place.opened.origin,
        "fingerprint": place.opened.fingerprint,
        "made": timestamp(made),
        "scope": wanted.scope.describe(),
        "permission": wanted.permission(),
        "simulation": place.opened.simulation,
        "size": size,
        "lines": list(found.lines),
        "about": sorted(found.about),
        "subjects": list(found.subjects),
        "officers": list(found.officers),
        "seal": {"index": seal.index, "size": seal.size} if seal else None,
        "withheld": [
            {"index": index, "digest": digest, "reason": reason} for index, digest, reason in disclosed.withheld
        ],
        "absent": absent,
        "packs": [{"sha256": digest, "file": f"data/packs/{digest}.toml"} for digest in packs],
        "documents": [
            {"sha256": one.sha256, "file": f"data/{one.name}", "index": one.index} for one in papers if one.path
        ],
        "timestamps": [],
    }
    courses = courses_of(connection, found)
    bundle = Bundle(wanted, timestamp(made), checkpoint, found, disclosed, packs, papers, tuple(absent), said, courses)
    bundle.payload.update(_payload(connection, place, bundle))
    if seal is not None:
        proofs = place.sealer.prove(connection, seal, [*found.subjects, *found.officers])
        proven = {"index": seal.index, "proofs": [proof.json() for proof in proofs]}
        bundle.payload["seal.json"] = Content.of(orjson.dumps(proven) + b"\n")
    return bundle


def _payload(connection: AnyConnection, place: Place, bundle: Bundle) -> Iterator[tuple[str, Content]]:
    yield "bundle.json", Content.of(orjson.dumps(bundle.said, option=orjson.OPT_INDENT_2) + b"\n")
    yield "lines.ndjson", Content.of(b"".join(line + b"\n" for line in bundle.found.lines.values()))
    yield "checkpoint", Content.of(bundle.checkpoint.encode())
    yield "policy", Content.of(policy_in_force(place.data, place.log_keys).encode())
    for receipt in _receipts(connection, place, bundle):
        yield f"receipts/{receipt.index}.tlog-proof", Content.of(receipt.text().encode())
    for index, disclosures in bundle.disclosed.shown.items():
        encoded = [disclosure.encoded for disclosure in disclosures]
        yield f"disclosures/{index}.json", Content.of(orjson.dumps(encoded) + b"\n")
    for digest, text in bundle.packs.items():
        yield f"packs/{digest}.toml", Content.of(text.encode())
    for paper in bundle.papers:
        if paper.path is not None:
            yield paper.name, Content(paper.path, paper.sha256, paper.size)


def _seal(connection: AnyConnection, place: Place, last: int) -> HeadSeal | None:
    """The latest seal, made anew where it is not about line `last`; None where there is none and none can be made now.

    Whoever asks has a right to what there is: that nothing can be recorded at this moment keeps no evidence back.
    """
    latest = place.sealer.latest(connection)
    if latest is not None and latest.size > last:
        return latest
    try:
        return place.sealer.seal(connection)
    except LedgerFaulty:
        raise
    except LedgerError:
        return latest


def _checkpoint(connection: AnyConnection, place: Place, last: int) -> str:
    """The published checkpoint with a quorum of witnesses' signatures, once it covers line `last`; after a while the
    latest one without; where none was ever published, our own.

    Raises `LedgerFaulty` as `HeadSigner` does, `NoteError` where the published file is none of this ledger's.
    """
    until = time.monotonic() + PUBLISHED_WITHIN
    while (note := place.directory.read_note(CHECKPOINT)) is not None:
        best = place.directory.read_note(COSIGNED) or note
        if open_checkpoint(best, place.log_keys.every, place.opened.origin).size > last:
            return best
        if time.monotonic() > until:
            return note
        time.sleep(0.05)
    head, _ = place.signer.sign_current(connection, CASEWORK_TABLES)
    # With every key that the ledger has, as a published one: a bundle outlives any one of them.
    return Checkpoint(place.opened.origin, head.size, head.root).sign(place.log_signers)


def _receipts(connection: AnyConnection, place: Place, bundle: Bundle) -> Iterator[Receipt]:
    """One a line, under the one checkpoint. Raises `LedgerFaulty` where a line does not lead to it."""
    checkpoint = open_checkpoint(bundle.checkpoint, place.log_keys.every, place.opened.origin)
    checked = place.signer.check(connection, CASEWORK_TABLES)
    if checkpoint.size > checked.head.size:
        raise LedgerFaulty(
            f"a head of {checkpoint.size} lines was published, and there are {checked.head.size}: run mingzhang verify",
            code="ledger.shrunk",
            size=checked.head.size,
            seen=checkpoint.size,
        )
    node = tile_nodes(checked.tiles(connection, CASEWORK_TABLES))
    memo: dict[int, bytes] = {}
    for index, line in bundle.found.lines.items():
        proof = tuple(inclusion_proof(index, checkpoint.size, node, memo))
        if root_from_inclusion(index, checkpoint.size, line_hash(line), proof) != checkpoint.root:
            raise LedgerFaulty(
                f"line {index} is not the line that was recorded: run mingzhang verify",
                code="ledger.altered",
                index=index,
            )
        yield Receipt(index, proof, bundle.checkpoint)


def _packs(found: Gathered) -> tuple[dict[str, str], list[str]]:
    """(digest: text of every rule pack that the acts cite, digests of those whose text is not on the ledger)."""
    cited: set[str] = set()
    texts: dict[str, str] = {}
    for index, parts in found.parts.items():
        act = decode_state(parts.state)
        if act is None:
            continue
        if index in found.about:
            cited |= {act[1][name] for name in ("policy", "settings") if isinstance(act[1].get(name), str)}
        elif parts.type == "policy.proposed":
            text = claims_of(act[0])["data"].get("text", "")
            texts[sha256(text.encode()).hexdigest()] = text
    return {digest: texts[digest] for digest in sorted(cited) if digest in texts}, sorted(cited - texts.keys())


def _papers(found: Gathered, wanted: Wanted, store: Store) -> Iterator[Paper]:
    """Every paper that the acts name, and the instruments of the delegations they cite: each once."""
    seen: set[str] = set()
    for index, parts in found.parts.items():
        act = decode_state(parts.state)
        if act is None or not (index in found.about or parts.type.startswith("delegation.")):
            continue
        claims = claims_of(act[0])
        for digest in _named(claims):
            if digest not in seen:
                seen.add(digest)
                yield _paper(index, digest, wanted, store)


def _named(claims: dict[str, Any]) -> Iterator[str]:
    code: str = claims["act"]
    for mention in mentions(code, claims["data"], claims.get("paper")):
        yield mention.sha256
    if code.startswith(("complaint.", "referral.")):
        yield claims["data"]["envelope"]


def _paper(index: int, digest: str, wanted: Wanted, store: Store) -> Paper:
    size = store.size(digest) if re.fullmatch("[0-9a-f]{64}", digest) else None
    reason = None
    if wanted.recipient.kind in ("party", "none"):
        reason = "recipient"
    elif not wanted.documents:
        reason = "asked"
    elif size is None:
        reason = "not-stored"
    elif store.hash(digest) != digest:
        reason = "altered"
    if reason is not None or size is None:
        return Paper(index, digest, None, "", 0, reason)
    kind = kind_of(store.path(digest)) or "bin"
    return Paper(index, digest, store.path(digest), _EXTENSIONS.get(kind, kind), size, None)


def _tags() -> dict[str, bytes]:
    directory = files("api.evidence") / "tags"
    return {name: (directory / name).read_bytes() for name in TAGS if (directory / name).is_file()}
