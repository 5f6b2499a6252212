"""A bundle checked by the `verify.py` that lies in it: proven with the card, and refuted whatever is changed in it.

1. A real service makes a bundle of one case.
2. Somebody changes it: as a stranger would, who leaves the manifests as they are; as an insider would, who writes all
   manifests anew; as a forger would, with a ledger and keys of their own.
3. The verifier names the first step that does not hold.
"""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.evidence.tags import verify as verifier
from ledger.note import COSIGNATURE, NoteSigner
from tests.county import day
from tests.integration.api.conftest import Office
from tests.integration.api.test_evidence import Bundle, ask, case, reading, whole  # noqa: F401

Files = dict[str, bytes]


def card_of(bundle: Bundle) -> tuple[str, str]:
    return bundle.said["fingerprint"], sha256(bundle.read("data/policy")).hexdigest()


def files_of(bundle: Bundle) -> Files:
    return {name.split("/", 1)[1]: bundle.zip.read(name) for name in bundle.zip.namelist()}


def zipped(files: Files, folder: str | None = None) -> bytes:
    """The canonical zip of these files, as they are."""
    folder = folder or "evidence-" + sha256(files["data/bundle.json"]).hexdigest()[:8]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(files, key=lambda name: f"{folder}/{name}".encode()):
            entry = zipfile.ZipInfo(f"{folder}/{name}", (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 0, 0
            archive.writestr(entry, files[name])
    return out.getvalue()


def with_manifests(files: Files) -> Files:
    """All manifests written anew, as an insider would who knows the format."""

    def listed(names: list[str]) -> bytes:
        return "".join(f"{sha256(files[name]).hexdigest()}  {name}\n" for name in names).encode()

    files = dict(files)
    payload = [name for name in files if name.startswith("data/")]
    info = files["bag-info.txt"].decode().splitlines()
    octets = f"Payload-Oxum: {sum(len(files[name]) for name in payload)}.{len(payload)}"
    info = [octets if line.startswith("Payload-Oxum") else line for line in info]
    files["bag-info.txt"] = ("\n".join(info) + "\n").encode()
    files["manifest-sha256.txt"] = listed(sorted(payload))
    tags = [name for name in files if not name.startswith("data/") and name != "tagmanifest-sha256.txt"]
    files["tagmanifest-sha256.txt"] = listed(sorted(tags))
    return files


def refuted(content: bytes, card: tuple[str, str] | None) -> tuple[int, str]:
    found = verifier.check(content, card)
    assert found["verdict"] == "refuted", found["verdict"]
    return found["failed"]["step"], found["failed"]["code"]


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def test_it_is_proven_with_the_card_and_only_consistent_without(whole: Bundle) -> None:  # noqa: F811
    assert verifier.check(whole.content, card_of(whole))["verdict"] == "proven-unwitnessed"
    assert verifier.check(whole.content)["verdict"] == "consistent"


def test_written_anew_with_nothing_changed_it_is_the_same(whole: Bundle) -> None:  # noqa: F811
    files = files_of(whole)
    assert with_manifests(files) == files
    assert verifier.check(zipped(files), card_of(whole))["verdict"] == "proven-unwitnessed"


def test_the_card_of_another_ledger_or_policy_refutes_it(whole: Bundle) -> None:  # noqa: F811
    fingerprint, policy = card_of(whole)
    assert refuted(whole.content, ("0" * 64, policy))[0] == 4
    assert refuted(whole.content, (fingerprint, "0" * 64))[0] == 13


def test_a_head_that_too_few_witnesses_cosigned_proves_nothing_and_refutes_nothing(whole: Bundle) -> None:  # noqa: F811
    vkey = NoteSigner("witness.example/1", Ed25519PrivateKey.generate(), COSIGNATURE).key.vkey()
    logs = whole.read("data/policy").decode().replace("quorum none\n", "")
    policy = f"{logs}witness one {vkey}\nquorum one\n".encode()
    changed = zipped(with_manifests(files_of(whole) | {"data/policy": policy}))
    found = verifier.check(changed, (whole.said["fingerprint"], sha256(policy).hexdigest()))
    assert (found["verdict"], found["failed"]) == ("consistent", None)


def test_any_byte_of_any_members_content_refutes_it(whole: Bundle) -> None:  # noqa: F811
    files, folder = files_of(whole), whole.folder
    for name, content in files.items():
        for at in {0, len(content) // 2, len(content) - 1}:
            step, _ = refuted(zipped(files | {name: flipped(content, at)}, folder), card_of(whole))
            assert step <= 3, (name, at)


def test_a_member_too_many_or_too_few_refutes_it(whole: Bundle) -> None:  # noqa: F811
    files = files_of(whole)
    assert refuted(zipped(files | {"data/more.txt": b"more"}), None)[0] == 2
    for name in files:
        fewer = {other: content for other, content in files.items() if other != name}
        assert refuted(zipped(fewer, whole.folder), None)[0] <= 3, name


PROVEN = ("lines.ndjson", "checkpoint", "policy", "seal.json", "receipts/", "disclosures/", "packs/", "documents/")


def test_an_insider_who_writes_the_manifests_anew_is_caught_by_what_was_signed(whole: Bundle) -> None:  # noqa: F811
    files = files_of(whole)
    names = [name for name in files if name.removeprefix("data/").startswith(PROVEN)]
    assert len(names) > 30
    for name in names:
        for at in {0, len(files[name]) // 3, len(files[name]) - 2}:
            changed = with_manifests(files | {name: flipped(files[name], at)})
            step, _ = refuted(zipped(changed), card_of(whole))
            assert step >= 3, (name, at)


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (lambda said: said | {"subjects": []}, 3),
        (lambda said: said | {"size": said["size"] + 1}, 5),
        (lambda said: said | {"origin": "another.example/ledger"}, 4),
        (lambda said: said | {"fingerprint": "0" * 64}, 4),
        (lambda said: said | {"lines": said["lines"][:-1]}, 3),
    ],
)
def test_a_table_of_contents_that_says_otherwise_is_refuted(
    whole: Bundle,  # noqa: F811
    change: Callable[[dict[str, Any]], dict[str, Any]],
    step: int,
) -> None:
    files = files_of(whole)
    said = json.dumps(change(json.loads(files["data/bundle.json"])), ensure_ascii=False, separators=(",", ":"))
    found = verifier.check(zipped(with_manifests(files | {"data/bundle.json": said.encode()})), card_of(whole))
    assert found["verdict"] == "refuted"
    assert found["failed"]["step"] <= step


def test_an_act_left_out_of_the_middle_of_the_case_is_missed(whole: Bundle) -> None:  # noqa: F811
    files = files_of(whole)
    said = json.loads(files["data/bundle.json"])
    lines = files["data/lines.ndjson"].splitlines(keepends=True)
    of_case = [n for n, line in enumerate(lines) if said["subjects"][0].encode() in line[:220]]
    gone = said["lines"][of_case[len(of_case) // 2]]
    lines.pop(of_case[len(of_case) // 2])
    said |= {name: [index for index in said[name] if index != gone] for name in ("lines", "about")}
    said["withheld"] = [one for one in said["withheld"] if one["index"] != gone]
    changed = {name: content for name, content in files.items() if f"/{gone}." not in name}
    changed |= {
        "data/lines.ndjson": b"".join(lines),
        "data/bundle.json": json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode(),
    }
    assert refuted(zipped(with_manifests(changed)), card_of(whole))[0] in (3, 8, 10)


def test_a_zip_that_two_readers_could_read_in_two_ways_is_none(whole: Bundle) -> None:  # noqa: F811
    files = files_of(whole)
    for bad in ("../escape", "/root", "a\\b", "data/../x", "C:x"):
        assert refuted(zipped(files | {bad: b"x"}), None)[0] <= 2, bad
    twice = io.BytesIO(whole.content)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(twice, "a") as archive:
        archive.writestr(f"{whole.folder}/data/checkpoint", b"another")
    assert refuted(twice.getvalue(), None)[0] == 1
    bomb = with_manifests(files | {"data/zeros": bytes(200 * 1024 * 1024)})
    assert refuted(zipped(bomb), None)[0] <= 3
    for rubbish in (b"", b"PK", whole.content[:-1], b"x" + whole.content, whole.content + b"x"):
        assert refuted(rubbish, None)[0] == 1


def test_it_runs_alone_out_of_the_bundle_and_the_command_line_says_the_same(
    whole: Bundle,  # noqa: F811
    tmp_path: Path,
) -> None:
    (tmp_path / "verify.py").write_bytes(whole.read("verify.py"))
    (tmp_path / "bundle.zip").write_bytes(whole.content)
    (tmp_path / "bad.zip").write_bytes(flipped(whole.content, len(whole.content) // 2))
    card = "MZ1:" + ":".join(card_of(whole))
    mingzhang = [str(Path(sys.executable).with_name("mingzhang")), "check"]
    for program in ([sys.executable, "-I", "verify.py"], mingzhang):
        for arguments, code in ((["bundle.zip", "--card", card], 0), (["bundle.zip"], 3), (["bad.zip"], 1)):
            done = subprocess.run([*program, *arguments, "--json"], cwd=tmp_path, capture_output=True, text=True)
            assert done.returncode == code, done.stdout + done.stderr
            assert json.loads(done.stdout)["verdict"] in ("proven-unwitnessed", "consistent", "refuted")
        for wrong in (["bundle.zip", "--card", "MZ1:12"], ["nothing.zip"]):
            assert subprocess.run([*program, *wrong], cwd=tmp_path, capture_output=True).returncode == 2


def test_every_kind_of_bundle_is_proven(office: Office, case: str) -> None:  # noqa: F811
    other, today = office.case_until("apply.accept"), str(day(0))
    clerk = office.county.clerk.id
    scopes: list[dict[str, Any]] = [
        {"kind": "cases", "cases": [case, other]},
        {"kind": "officer", "officer": clerk, "starting": today, "ending": today},
    ]
    recipients = [{"kind": "none"}, {"kind": "court", "name": "示例县人民法院"}]
    for scope in scopes:
        for recipient in recipients:
            bundle = Bundle(ask(office, scope, recipient=recipient))
            found = verifier.check(bundle.content, card_of(bundle))
            assert found["verdict"] == "proven-unwitnessed", found["failed"]
