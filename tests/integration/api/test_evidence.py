"""Evidence bundles over HTTP: what is in them, who gets one, and what the ledger says of it."""

import hashlib
import io
import shutil
import time
import zipfile
from base64 import b64encode, urlsafe_b64decode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import bagit
import httpx
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from api.evidence.bundle import make_bundle
from api.evidence.forms import Surroundings
from api.evidence.paper import Paper, Para, pairs
from api.evidence.pdf import pdf_of
from api.evidence.printed import add_printed
from api.evidence.request import read_wanted, sign_wanted
from domain.evidence import EVENT
from ledger.checkpoint import parse_receipt
from ledger.disclosure import parse_disclosure
from ledger.envelope import Place, open_envelope, read_paper
from ledger.head_map import MapProof, verify_map_proof
from ledger.head_seal import open_head_seal
from ledger.jws import b64url
from ledger.line import decode_line, line_hash
from ledger.note import parse_note
from ledger.store import Opened
from tests.county import DIGEST, Person, day, register, uuid7
from tests.integration.api.conftest import Office
from tests.service import publish


def assign(office: Office, person: Person, duty: str) -> None:
    data = {"duties": [duty], "starting": str(day(0))}
    office.record(office.county.pen.sign(office.county.admin1, person.id, "officer.assign", data))


def give_reading_key(office: Office, person: Person) -> X25519PrivateKey:
    private = X25519PrivateKey.generate()
    data = {"kem": "X25519", "public": b64url(private.public_key().public_bytes_raw())}
    office.record(office.county.pen.sign(person, person.id, "officer.add_reading_key", data))
    return private


@pytest.fixture(scope="module")
def reading(office: Office) -> X25519PrivateKey:
    """The commission's reading key; the supervisor supervises, and a paper of the cases is stored."""
    county, commission = office.county, Person()
    office.record(register(county.pen, county.admin1, county.admin2, commission, "610924"))
    assign(office, county.supervisor, "supervise")
    assign(office, commission, "commission")
    return give_reading_key(office, commission)


PAPER = b"%PDF-1.7 nobody's paper"
STORED = sha256(PAPER).hexdigest()


@pytest.fixture(scope="module")
def case(office: Office, reading: X25519PrivateKey) -> str:
    """Confirmed, one paper of it filed and stored, the others not."""
    case = office.case_until("verify.draw")
    kind = {"content-type": "application/octet-stream"}
    assert office.run(office.county.client.put(f"/documents/{STORED}", content=PAPER, headers=kind)).is_success
    filed = {"documents": [{"kind": "other", "sha256": STORED, "pages": 1, "shelf": "610924100/1"}]}
    office.record(office.county.pen.sign(office.county.clerk, case, "archive.file", filed))
    return case


@pytest.fixture(scope="module")
def whole(office: Office, case: str) -> "Bundle":
    """The case's bundle as the commission gets it."""
    return Bundle(ask(office, of_case(case)))


def claims(office: Office, scope: dict[str, Any], person: Person | None = None, **others: Any) -> dict[str, Any]:
    return {
        "iss": (person or office.county.supervisor).id,
        "aud": office.county.pen.origin,
        "jti": str(uuid7()),
        "iat": int(time.time()),
        "scope": scope,
        "recipient": {"kind": "inspection", "name": "示例县纪委监委"},
        "withhold": [],
        "documents": True,
    } | others


def ask(office: Office, scope: dict[str, Any], person: Person | None = None, **others: Any) -> httpx.Response:
    person = person or office.county.supervisor
    return post(office, sign_wanted(person.private, claims(office, scope, person, **others)))


def post(office: Office, request: str) -> httpx.Response:
    headers = {"content-type": "application/jose"}
    answer: httpx.Response = office.run(office.county.client.post("/evidence", content=request, headers=headers))
    return answer


def of_case(case: str) -> dict[str, Any]:
    return {"kind": "case", "cases": [case]}


class Bundle:
    """A bundle as whoever gets it sees it."""

    def __init__(self, answer: httpx.Response) -> None:
        assert answer.status_code == 200, answer.text
        digest = b64encode(sha256(answer.content).digest()).decode()
        assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"
        self.content = answer.content
        self.zip = zipfile.ZipFile(io.BytesIO(answer.content))
        self.folder = self.zip.namelist()[0].split("/")[0]
        self.said: dict[str, Any] = orjson.loads(self.read("data/bundle.json"))
        self.lines = self.read("data/lines.ndjson").splitlines()

    def read(self, name: str) -> bytes:
        return self.zip.read(f"{self.folder}/{name}")

    def disclosed(self) -> dict[str, Any]:
        """Every member shown, by name; the last of several."""
        names = [name for name in self.zip.namelist() if "/disclosures/" in name]
        shown = [parse_disclosure(one) for name in names for one in orjson.loads(self.zip.read(name))]
        return {one.name: one.value for one in shown}


def test_a_bundle_is_a_valid_bag_and_a_canonical_zip(whole: Bundle, tmp_path: Path) -> None:
    bundle = whole
    bundle.zip.extractall(tmp_path)
    bagit.Bag(str(tmp_path / bundle.folder)).validate()
    names = bundle.zip.namelist()
    assert names == sorted(names, key=str.encode)
    assert bundle.zip.testzip() is None
    assert bundle.folder == "evidence-" + sha256(bundle.read("data/bundle.json")).hexdigest()[:8]
    for entry in bundle.zip.infolist():
        assert (entry.date_time, entry.extra, entry.comment) == ((1980, 1, 1, 0, 0, 0), b"", b"")
        assert entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def test_every_line_of_it_leads_to_its_one_checkpoint(whole: Bundle) -> None:
    bundle = whole
    opened = Opened.read(bundle.lines[0])
    assert opened.fingerprint == bundle.said["fingerprint"]
    assert [decode_line(line).index for line in bundle.lines] == bundle.said["lines"]
    for index, line in zip(bundle.said["lines"], bundle.lines, strict=True):
        receipt = parse_receipt(bundle.read(f"data/receipts/{index}.tlog-proof").decode())
        assert receipt.checkpoint.encode() == bundle.read("data/checkpoint")
        assert receipt.verify(line_hash(line), opened.log_keys, opened.origin).size == bundle.said["size"]


def test_a_seal_shows_that_what_it_has_of_the_case_is_all_there_was(whole: Bundle) -> None:
    opened = Opened.read(whole.lines[0])
    sealed = next(line for line in whole.lines if decode_line(line).index == whole.said["seal"]["index"])
    seal = open_head_seal(sealed, opened.origin, opened.log_keys)
    heads: dict[str, tuple[int, bytes]] = {}
    for line in whole.lines:
        parts = decode_line(line)
        if parts.index < seal.size:
            heads[parts.stream] = parts.version, line_hash(line)
    proofs = {one["stream"]: MapProof.from_json(one) for one in orjson.loads(whole.read("data/seal.json"))["proofs"]}
    assert proofs.keys() == {*whole.said["subjects"], *whole.said["officers"]}
    assert whole.said["subjects"][0] in heads
    for stream, proof in proofs.items():
        verify_map_proof(proof, stream, heads.get(stream), seal.root)


def test_it_rests_on_the_checkpoint_that_was_published(office: Office, case: str, whole: Bundle) -> None:
    publish(office.settings)
    try:
        bundle = Bundle(ask(office, of_case(case), documents=False))
        published = (office.settings.data / "tlog" / "checkpoint").read_bytes()
        assert bundle.read("data/checkpoint") == published != whole.read("data/checkpoint")
        signatures = parse_note(published.decode()).signatures
        assert len(signatures) == len(Opened.read(bundle.lines[0]).log_keys)
    finally:
        # Nobody goes on publishing for the other tests.
        shutil.rmtree(office.settings.data / "tlog")


def test_it_has_the_whole_case_and_everybodys_keys_and_the_rules_that_were_applied(
    office: Office, case: str, whole: Bundle
) -> None:
    bundle = whole
    history = office.get(f"/cases/{case}/history").json()["entries"]
    assert [entry["index"] for entry in history] == bundle.said["about"]
    on_ledger = [orjson.loads(line)["index"] for line in office.get("/ledger/lines?type=key.claimed").text.splitlines()]
    assert set(on_ledger) <= set(bundle.said["lines"])
    cited = {entry["relied"][name] for entry in history for name in ("policy", "settings") if name in entry["relied"]}
    assert {pack["sha256"] for pack in bundle.said["packs"]} == cited
    for pack in bundle.said["packs"]:
        assert sha256(bundle.read(pack["file"])).hexdigest() == pack["sha256"]
    signers = {entry["officer"] for entry in history}
    assert signers <= set(bundle.said["officers"])


def test_a_paper_that_is_stored_comes_along_and_one_that_is_not_is_said_to_be_absent(whole: Bundle) -> None:
    (document,) = whole.said["documents"]
    assert (document["sha256"], document["file"]) == (STORED, f"data/documents/{STORED}.pdf")
    assert document["index"] in whole.said["about"]
    assert whole.read(document["file"]) == PAPER
    assert {"what": f"documents/{DIGEST}", "reason": "not-stored"} in whole.said["absent"]


def test_each_recipient_sees_what_they_may_and_every_other_digest_is_accounted_for(
    office: Office, case: str, whole: Bundle
) -> None:
    assert whole.disclosed()["phone"] == "10000000000"
    less = Bundle(ask(office, of_case(case), withhold=["phone"], documents=False))
    assert "phone" not in less.disclosed()
    assert [one["reason"] for one in less.said["withheld"]] == ["asked"]
    assert less.said["documents"] == []
    assert {"what": f"documents/{STORED}", "reason": "asked"} in less.said["absent"]
    assert "申请人要求不列入" in less.read("data/report.html").decode()
    assert "10000000000" not in less.read("data/report.html").decode()
    party = Bundle(ask(office, of_case(case), recipient={"kind": "party", "name": ""}))
    assert party.disclosed()["phone"] == "10000000000"
    assert {one["reason"] for one in party.said["absent"]} == {"recipient"}
    none = Bundle(ask(office, of_case(case), recipient={"kind": "none", "name": ""}))
    assert none.disclosed() == {}
    for bundle in (whole, less, party, none):
        digests = set(_digests([orjson.loads(_payload(line)) for line in bundle.lines if b'"act":"' in line]))
        names = [name for name in bundle.zip.namelist() if "/disclosures/" in name]
        shown = {parse_disclosure(one).digest for name in names for one in orjson.loads(bundle.zip.read(name))}
        assert shown | {one["digest"] for one in bundle.said["withheld"]} == digests


def _payload(line: bytes) -> bytes:
    payload = orjson.loads(decode_line(line).state)["act"].split(".")[1]
    return urlsafe_b64decode(payload + "=" * (-len(payload) % 4))


def _digests(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [*node.get("_sd", ()), *(one for value in node.values() for one in _digests(value))]
    return [one for value in node for one in _digests(value)] if isinstance(node, list) else []


def test_an_officers_acts_of_a_period_are_found_wherever_they_stand(office: Office, case: str) -> None:
    clerk = office.county.clerk
    assign(office, clerk, "handle")  # a line of the clerk's own stream that somebody else signed
    scope = {"kind": "officer", "officer": clerk.id, "starting": str(day(0)), "ending": str(day(0))}
    bundle = Bundle(ask(office, scope))
    assert all(
        index in bundle.said["about"]
        for index, line in zip(bundle.said["lines"], bundle.lines, strict=True)
        if decode_line(line).stream == clerk.id
    )
    signed = [
        orjson.loads(line)["index"]
        for line in office.get("/ledger/lines?limit=5000").text.splitlines()
        if b'"act":"' in line.encode() and orjson.loads(_payload(line.encode()))["iss"] == clerk.id
    ]
    assert set(signed) <= set(bundle.said["about"])
    assert bundle.said["subjects"] == []
    report = bundle.read("data/report.html").decode()
    course = office.get(f"/cases/{case}/course").json()["entries"]
    articles = {article for entry in course if entry["officer"] == clerk.id for article in entry.get("articles", ())}
    assert articles
    assert all(article in report for article in articles)
    earlier = scope | {"starting": str(day(9)), "ending": str(day(1))}
    assert ask(office, earlier).json()["code"] == "evidence.nothing"


def test_the_report_tells_who_did_what_by_which_rule_and_what_is_not_there(
    office: Office, case: str, whole: Bundle
) -> None:
    report = whole.read("data/report.html").decode()
    for entry in office.get(f"/cases/{case}/course").json()["entries"]:
        assert f"第 {entry['index']} 行" in report
        assert entry["officer"][:8] in report
        assert all(article in report for article in entry.get("articles", ()))
        assert entry["signature"]["kid"] in report
    assert whole.disclosed()["name"] in report
    for said in ("未存入材料库", "不主张", "在线诉讼规则", "未经见证", "北京时间"):
        assert said in report
    assert "<script" not in report
    assert "//" not in report.replace("http-equiv", "")


def test_the_pdf_embeds_its_font_and_is_the_same_for_the_same_bundle(whole: Bundle) -> None:
    bundle = whole
    for name in ("report.pdf", "forms/forms.pdf"):
        pdf = bundle.read(f"data/{name}")
        assert pdf.startswith(b"%PDF-1.")
        assert pdf.count(b"/FontFile3") == pdf.count(b"/Type /FontDescriptor") == 1
        assert b"Helvetica" not in pdf
    paper = Paper("题", "脚", (Para("行为 act"), pairs([("名", "𠮷")])))
    first, again = (pdf_of([paper], datetime(2026, 1, 1, tzinfo=UTC)) for _ in range(2))
    assert first == again


def test_the_inventory_lists_every_file_with_both_digests(case: str, whole: Bundle) -> None:
    bundle = whole
    inventory = bundle.read("data/forms/inventory.html").decode()
    names = [name.partition("/data/")[2] for name in bundle.zip.namelist() if "/data/" in name]
    for name in names:
        if not name.startswith("forms/"):
            content = bundle.read(f"data/{name}")
            assert name in inventory
            assert sha256(content).hexdigest() in inventory
            assert hashlib.new("sm3", content).hexdigest() in inventory
    extraction = bundle.read("data/forms/extraction.html").decode()
    assert all(word in extraction for word in ("案由", "提取人员", "持有人（提供人）", "见证人", case))
    assert "PostgreSQL" in bundle.read("data/forms/custody.html").decode()


def test_several_cases_or_a_referral_with_its_cases_are_one_bundle(office: Office, case: str) -> None:
    other, referral, county = office.new_case(), str(uuid4()), office.county
    commitments = {"content": "1" * 64, "envelope": "2" * 64, "size": 32_768}
    office.record(county.pen.sign(county.supervisor, referral, "referral.open", commitments))
    both = Bundle(ask(office, {"kind": "cases", "cases": [case, other]}, documents=False))
    assert set(both.said["subjects"]) == {case, other}
    scope = {"kind": "referral", "referral": referral, "cases": [other]}
    bundle = Bundle(ask(office, scope))
    assert set(bundle.said["subjects"]) == {referral, other}
    assert {"what": f"documents/{'2' * 64}", "reason": "not-stored"} in bundle.said["absent"]
    assert "密封给指明的人" in bundle.read("data/report.html").decode()
    assert ask(office, scope | {"referral": other}).json()["code"] == "not-found"


def test_the_same_request_at_the_same_moment_makes_the_same_bytes(office: Office, case: str) -> None:
    state, payload = office.county.app.state, claims(office, of_case(case))
    wanted = read_wanted(orjson.dumps(payload), office.county.pen.origin)
    made = datetime(2026, 1, 1, tzinfo=UTC)

    def once() -> bytes:
        bundle = office.run(
            state.service.read(lambda connection: make_bundle(connection, state.evidence, wanted, made))
        )
        add_printed(bundle, Surroundings("PostgreSQL", state.service.opened.at))
        file = io.BytesIO()
        bundle.write(file)
        return file.getvalue()

    publish(office.settings)  # a head that is signed now bears the time of its signature
    assert once() == once()


def test_a_paper_that_was_altered_is_left_out_and_said_to_be(office: Office, case: str) -> None:
    path = office.county.app.state.documents.path(STORED)
    path.write_bytes(b"%PDF-1.7 another paper")
    try:
        bundle = Bundle(ask(office, of_case(case)))
    finally:
        path.write_bytes(PAPER)
    assert bundle.said["documents"] == []
    assert {"what": f"documents/{STORED}", "reason": "altered"} in bundle.said["absent"]


def test_the_ledger_says_that_a_bundle_was_made_and_only_the_commission_can_read_more(
    office: Office, case: str, reading: X25519PrivateKey
) -> None:
    answers = [ask(office, of_case(case)), ask(office, of_case(case), recipient={"kind": "none", "name": ""})]
    lines = [decode_line(office.get(f"/ledger/lines/{one.headers['mingzhang-record']}").content) for one in answers]
    assert {line.type for line in lines} == {EVENT}
    assert len({len(line.state) for line in lines}) == 1
    envelopes = [office.get(f"/evidence/{line.stream}/envelope").content for line in lines]
    assert len({len(envelope) for envelope in envelopes}) == 1
    for answer, line, envelope in zip(answers, lines, envelopes, strict=True):
        said = orjson.loads(line.state)["said"]
        assert sha256(envelope).hexdigest() == said["envelope"]
        place = Place(office.county.pen.origin, line.stream, EVENT)
        content = read_paper(open_envelope(envelope, reading, place, said["content"]), place)
        assert content["bundle"]["sha256"] == sha256(answer.content).hexdigest()
        assert office.county.supervisor.id.encode() not in envelope + line.state


def test_a_request_is_good_once(office: Office, case: str) -> None:
    request = sign_wanted(office.county.supervisor.private, claims(office, of_case(case)))
    first, again = office.together(*(_post(office, request) for _ in range(2)))
    assert sorted((first.status_code, again.status_code)) == [200, 409]
    assert post(office, request).json()["code"] == "evidence.used"


async def _post(office: Office, request: str) -> httpx.Response:
    return await office.county.client.post("/evidence", content=request, headers={"content-type": "application/jose"})


def test_who_may_not_ask_or_asks_wrongly_gets_nothing_and_nothing_is_recorded(office: Office, case: str) -> None:
    county, scope = office.county, of_case(case)
    size = office.size()

    def refused(status: int, code: str, answer: httpx.Response) -> None:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text

    refused(403, "officer.evidence", ask(office, scope, county.clerk))
    refused(403, "key.unknown", ask(office, scope, Person(id=county.supervisor.id)))
    refused(422, "act.kid", ask(office, scope, Person(county.clerk.id, county.supervisor.private)))
    refused(422, "evidence.stale", ask(office, scope, iat=int(time.time()) - 400))
    refused(422, "evidence.stale", ask(office, scope, iat=int(time.time()) + 400))
    refused(422, "act.aud", ask(office, scope, aud="another.example/ledger"))
    refused(422, "evidence.request", ask(office, {"kind": "case", "cases": []}))
    refused(422, "evidence.request", ask(office, {"kind": "cases", "cases": [case, case]}))
    refused(422, "evidence.request", ask(office, scope, recipient={"kind": "everybody", "name": ""}))
    refused(404, "not-found", ask(office, of_case(str(uuid4()))))
    refused(404, "not-found", ask(office, of_case(county.clerk.id)))
    signed = sign_wanted(county.supervisor.private, claims(office, scope))
    refused(422, "act.signature", post(office, signed[:-10] + "AAAAAAAAAA"))
    refused(422, "act.form", post(office, "{}"))
    act = office.sign(county.clerk, case, "verify.draw", {"cause": "sampled"})
    refused(422, "evidence.request", post(office, act.split("~")[0]))
    assert office.size() == size
