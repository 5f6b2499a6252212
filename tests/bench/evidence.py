"""An evidence bundle of a case of a hundred acts: asked for, made, printed, recorded, received."""

import io
import time
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from api.cli.sending import load_signer
from api.evidence.request import sign_wanted
from ledger.jws import b64url
from tests.bench.figures import Goal, Row, median
from tests.bench.house import OURS, House, running
from tests.bench.scripts import Cast
from tests.bench.world import prepare, settle
from tests.county import Pen, Person, day, uuid7

ACTS = 100


def evidence(directory: Path, rounds: int) -> Row:
    """Each round, one more act is recorded first: so the heads are sealed and published anew."""
    with running(OURS, directory) as house, httpx.Client(base_url=f"http://127.0.0.1:{house.port}", timeout=60) as http:
        cast = settle(house)
        pen, case = _long_case(http, house, cast)
        took, content = [], b""
        for number in range(rounds + 1):
            _file(http, pen, cast.clerk, case, ACTS + number)
            request = sign_wanted(cast.inspector.private, _claims(cast, case))
            began = time.perf_counter()
            answer = http.post("/evidence", content=request, headers={"Content-Type": "application/jose"})
            took.append(time.perf_counter() - began)
            if answer.status_code != 200:
                raise RuntimeError(f"no bundle: {answer.text}")
            content = answer.content
    entries = ZipFile(io.BytesIO(content)).namelist()
    return Row(
        "evidence",
        f"Evidence bundle of a case of {ACTS} acts",
        (Goal("median, with report and forms as PDF", 3, "s", median(took[1:]), at_least=False),),
        notes=(
            f"the first one {took[0]:.1f} s; {len(entries)} files, {len(content) / 1e6:.2f} MB, {ACTS} papers of a few"
            " bytes among them; each after a new act, so that the heads are sealed and a checkpoint is published first",
        ),
    )


def _long_case(http: httpx.Client, house: House, cast: Cast) -> tuple[Pen, str]:
    """A case as far as its posting, and papers filed in it until it has a hundred acts; its inspector may ask."""
    pen, keys = Pen(cast.origin), house.data / "keys" / "administrators"
    signer = load_signer(keys / "1.pem", None)
    officer, inspector = Person(str(signer.officer), signer.private), cast.inspector
    pen.recorded(inspector.id, *_head(http, inspector.id))
    duty = {"duties": ["supervise"], "starting": str(day(0))}
    _send(http, pen.sign(officer, inspector.id, "officer.assign", duty))
    public = b64url(X25519PrivateKey.generate().public_key().public_bytes_raw())
    _send(http, pen.sign(inspector, inspector.id, "officer.add_reading_key", {"kem": "X25519", "public": public}))
    ((case, version, hash_), *_) = prepare(house, cast, 16)
    pen.recorded(case, version, hash_)
    for number in range(version, ACTS):
        _file(http, pen, cast.clerk, case, number)
    return pen, case


def _file(http: httpx.Client, pen: Pen, clerk: Person, case: str, number: int) -> None:
    paper = b"%%PDF-1.7 paper %d" % number
    digest = sha256(paper).hexdigest()
    http.put(f"/documents/{digest}", content=paper, headers={"Content-Type": "application/octet-stream"})
    filed = {"documents": [{"kind": "other", "sha256": digest, "pages": 1, "shelf": "610924100/1"}]}
    _send(http, pen.sign(clerk, case, "archive.file", filed))


def _head(http: httpx.Client, stream: str) -> tuple[int, str]:
    found = orjson.loads(http.get(f"/streams/{stream}").content)
    return found["version"], found["hash"]


def _send(http: httpx.Client, message: str) -> None:
    answer = http.post("/acts", content=message, headers={"Content-Type": "application/sd-jwt"})
    if answer.status_code != 201:
        raise RuntimeError(f"an act was refused: {answer.text}")


def _claims(cast: Cast, case: str) -> dict[str, Any]:
    return {
        "iss": cast.inspector.id,
        "aud": cast.origin,
        "jti": str(uuid7()),
        "iat": int(time.time()),
        "scope": {"kind": "case", "cases": [case]},
        "recipient": {"kind": "inspection", "name": ""},
    }
