"""The reference implementations, both ways: our log asks their witness, their logs and clients ask ours.

They are built with the machine's Go, once, beside the virtual environment; where there is no Go, or its module proxy
does not answer, these tests are skipped and say so. Nothing here leaves this machine but the download of sources.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from api.witness.client import WitnessAhead, WitnessAway, WitnessClient, WitnessForked, WitnessRefused
from ledger.checkpoint import parse_checkpoint
from ledger.note import (
    COSIGNATURE,
    ED25519,
    ML_DSA_44,
    NoteSigner,
    cosigned_at,
    open_signatures,
    parse_note,
    subtree_message,
)
from ledger.subtree import subtree_proof
from ledger.tree import range_root, root_of
from ledger.witness_policy import Policy
from tests.witnessing import NAME, MadeLog, serving_witness

HERE = Path(__file__).parent
BUILT = Path(sys.prefix) / "reference"
TESSERA = "github.com/transparency-dev/tessera/cmd/examples/posix-oneshot@v1.0.4"
pytestmark = pytest.mark.timeout(900)  # the first time, Go compiles

LOG, FORKED, STRANGER = MadeLog(), MadeLog(fork=100), MadeLog("log.example/stranger")


def build(*command: str) -> None:
    """Raises by skipping."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("there is no Go on this machine")
    environment = os.environ | {"GOBIN": str(BUILT), "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local"}
    done = subprocess.run([go, *command], cwd=HERE / "reference", env=environment, capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip().splitlines()
        pytest.skip(f"the reference peer could not be built: {said[-1] if said else done.returncode}")


@pytest.fixture(scope="module")
def peer() -> Path:
    """Their witness and client (transparency-dev/witness), behind a few lines of ours."""
    sources = b"".join((HERE / "reference" / name).read_bytes() for name in ("main.go", "go.mod", "go.sum"))
    program = BUILT / f"peer-{sha256(sources).hexdigest()[:16]}"
    if not program.exists():
        build("build", "-o", str(program), ".")
    return program


@pytest.fixture(scope="module")
def tessera() -> Path:
    """A whole log of theirs (Tessera), which asks the witnesses of its policy."""
    program = BUILT / "posix-oneshot"
    if not program.exists():
        build("install", TESSERA)
    return program


def skey(signer: NoteSigner) -> str:
    """A private key as Go's signed notes write it."""
    blob = bytes([signer.type]) + signer.private.private_bytes_raw()
    return f"PRIVATE+KEY+{signer.name}+{signer.key.key_id.hex()}+{b64encode(blob).decode()}"


THEIRS = [
    NoteSigner("reference.example/w", Ed25519PrivateKey.from_private_bytes(b"\x31" * 32), COSIGNATURE),
    NoteSigner("reference.example/w", MLDSA44PrivateKey.from_seed_bytes(b"\x32" * 32), ML_DSA_44),
]


@contextmanager
def their_witness(peer: Path) -> Iterator[str]:
    command = [str(peer), "serve", LOG.signer.key.vkey(), *map(skey, THEIRS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def opened(peer: Path, note: str, *vkeys: str) -> dict[str, Any]:
    """What they read in a note."""
    done = subprocess.run([str(peer), "open", *vkeys], input=note, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_our_client_asks_their_witness(peer: Path):
    with their_witness(peer) as url, WitnessClient(url, [one.key for one in THEIRS]) as client:
        for size in (1, 7, 7, 150):
            cosigned = client.ask(LOG.note(size, [LOG.signer, LOG.second]), LOG.prove)
            assert set(cosigned.times) == {one.key.vkey() for one in THEIRS}
        with WitnessClient(url, [THEIRS[0].key]) as forgetful:
            forgetful.ask(LOG.note(200), LOG.prove)
        with pytest.raises(WitnessAhead) as ahead:
            client.ask(LOG.note(150), LOG.prove)
        assert ahead.value.size == 200
        for size in (200, 250):
            with pytest.raises(WitnessForked):
                client.ask(FORKED.note(size), FORKED.prove)
        with pytest.raises(WitnessRefused) as refused:
            client.ask(STRANGER.note(3), STRANGER.prove)
        assert refused.value.status == 404
        # Theirs says 500 where the table has 403 for a checkpoint that no trusted key signed.
        with pytest.raises(WitnessAway):
            client.ask(LOG.note(250, [NoteSigner(LOG.origin, STRANGER.signer.private)]), LOG.prove)


def test_their_client_asks_our_witness(peer: Path, tmp_path: Path):
    with serving_witness(tmp_path, LOG) as (witness, url):

        def ask(log: MadeLog, old: int, size: int, note: str | None = None) -> dict[str, Any]:
            proof = log.prove(old, size) if 0 < old < size else []
            asked = {
                "old": old,
                "proof": [b64encode(hash_).decode() for hash_ in proof],
                "note": note or log.note(size, [log.signer, log.second]),
            }
            done = subprocess.run([str(peer), "ask", url], input=json.dumps(asked), capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            answer: dict[str, Any] = json.loads(done.stdout)
            return answer

        for old, size in ((0, 3), (3, 3), (3, 150)):
            answer = ask(LOG, old, size)
            assert answer["error"] == ""
            vkeys = [key.vkey() for key in witness.keys]
            note = LOG.note(size) + answer["lines"]
            found = opened(peer, note, LOG.signer.key.vkey(), *vkeys)
            assert (found["origin"], found["size"], len(found["times"])) == (LOG.origin, size, 2)
        stale = ask(LOG, 3, 200)
        assert (stale["error"], stale["size"]) == ("old size != current", 150)
        assert ask(FORKED, 150, 150)["error"] == "consistency proof invalid"
        assert ask(FORKED, 150, 200)["error"] == "consistency proof invalid"
        assert ask(STRANGER, 0, 3)["error"] == "unknown log"
        assert ask(LOG, 150, 200, LOG.note(200, [NoteSigner(LOG.origin, STRANGER.signer.private)]))["error"] == (
            "no valid signatures"
        )
        assert ask(LOG, 160, 155)["error"] == "old size > current"


def test_they_read_what_we_sign_of_every_kind(peer: Path):
    witness = [NoteSigner(NAME, one.private, one.type) for one in THEIRS]
    note = LOG.note(7, [LOG.signer, LOG.second, *witness])
    assert opened(peer, note, LOG.signer.key.vkey(), *(one.key.vkey() for one in witness))["size"] == 7
    assert opened(peer, note, LOG.second.key.vkey(), witness[0].key.vkey())["size"] == 7


def test_subtrees_are_signed_by_theirs_and_ours_alike(peer: Path, tmp_path: Path):
    start, end, size = 64, 100, 150
    hash_ = range_root(start, end, LOG.node)
    lines = "".join(f"{b64encode(one).decode()}\n" for one in [hash_, *subtree_proof(start, end, size, LOG.node)])
    with serving_witness(tmp_path, LOG) as (ours, our_url), their_witness(peer) as their_url:
        for url, key in ((our_url, ours.keys[1]), (their_url, THEIRS[1].key)):
            cosigned = httpx.post(f"{url}/add-checkpoint", content=LOG.request(0, size), trust_env=False).text
            body = f"subtree {start} {end}\n{lines}\n{LOG.note(size)}{cosigned}"
            answer = httpx.post(f"{url}/sign-subtree", content=body.encode(), trust_env=False)
            assert answer.status_code == 200, answer.text
            ((name, key_id, signature),) = parse_note(f"x\n\n{answer.text}").signatures
            assert (name, key_id, cosigned_at(signature)) == (key.name, key.key_id, 0)
            message = subtree_message(key.name, 0, LOG.origin, start, end, hash_)
            MLDSA44PublicKey.from_public_bytes(key.public).verify(signature[8:], message)
            said = {"origin": LOG.origin, "start": start, "end": end}
            said |= {"hash": b64encode(hash_).decode(), "signature": b64encode(signature).decode()}
            subprocess.run([str(peer), "subtree", key.vkey()], input=json.dumps(said), text=True, check=True)
            for status, wrong in (
                (400, body.replace("subtree 64", "subtree 65")),
                (400, body.replace("64 100", "0 151")),
                (422, body.replace("64 100", "64 101")),
                (403, f"subtree {start} {end}\n{lines}\n{LOG.note(size)}"),
            ):
                assert httpx.post(f"{url}/sign-subtree", content=wrong.encode(), trust_env=False).status_code == status
        other = f"subtree 0 1\n{b64encode(STRANGER.root(1)).decode()}\n\n{STRANGER.note(1)}"
        assert httpx.post(f"{our_url}/sign-subtree", content=other.encode(), trust_env=False).status_code == 404


def test_a_whole_log_of_theirs_publishes_only_what_our_witness_has_cosigned(tessera: Path, tmp_path: Path):
    signer = NoteSigner("tessera.example/log", Ed25519PrivateKey.from_private_bytes(b"\x33" * 32), ED25519)
    (tmp_path / "skey").write_text(skey(signer))
    log = MadeLog(signer.name)
    log.signer = signer
    entries, checkpoint = tmp_path / "entries", tmp_path / "log" / "checkpoint"
    entries.mkdir()
    with serving_witness(tmp_path / "witness", log) as (witness, url):
        text = f"log {signer.key.vkey()}\nwitness ours {witness.keys[0].vkey()} {url}\nquorum ours\n"
        (tmp_path / "policy").write_text(text)

        def add(*contents: bytes) -> subprocess.CompletedProcess[str]:
            for old in entries.iterdir():
                old.unlink()
            for number, content in enumerate(contents):
                (entries / f"{number:03}").write_bytes(content)
            return subprocess.run(
                [str(tessera), "--storage_dir", str(tmp_path / "log"), "--private_key", str(tmp_path / "skey"),
                 "--entries", f"{entries}/*", "--witness_policy_file", str(tmp_path / "policy")],
                capture_output=True, text=True, timeout=60,
            )  # fmt: skip

        first = [b"entry %d" % n for n in range(5)]
        done = add(*first)
        assert done.returncode == 0, done.stderr
        head, since = Policy.parse(text).check(checkpoint.read_text("utf-8"))
        assert since is not None
        assert head.root == root_of([sha256(b"\x00" + entry).digest() for entry in first])
        done = add(*(b"another %d" % n for n in range(40)))
        assert done.returncode == 0, done.stderr
        head, since = Policy.parse(text).check(checkpoint.read_text("utf-8"))
        assert (head.size, since is not None) == (45, True)
        latest = witness.latest(signer.name) or ""
        assert parse_checkpoint(parse_note(latest).text) == head
        assert len(open_signatures(latest, [signer.key, *witness.keys])[1]) == 3
