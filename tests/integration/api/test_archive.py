"""A household's file over HTTP, on a real ledger; and the documents checked against it."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.documents.check import Named, Outcome, check_documents, named_in
from api.documents.store import Store
from domain.streams import delegation_id
from ledger.errors import LedgerFaulty
from tests.county import DIGEST, TOWN
from tests.documents import PDF, digest
from tests.integration.api.conftest import Office

SHELF = f"{TOWN}/2/14"


def put(office: Office, content: bytes) -> str:
    answer: httpx.Response = office.run(
        office.county.client.put(
            f"/documents/{digest(content)}", content=content, headers={"content-type": "application/octet-stream"}
        )
    )
    assert answer.status_code == 201, answer.text
    return digest(content)


def paper(kind: str, sha256: str, pages: int = 2, shelf: str = SHELF) -> dict[str, Any]:
    return {"kind": kind, "sha256": sha256, "pages": pages, "shelf": shelf}


def act(office: Office, case: str, code: str, data: dict[str, Any], who: Any = None) -> dict[str, Any]:
    return office.record(office.county.pen.sign(who or office.county.clerk, case, code, data))


def file_of(office: Office, case: str) -> dict[str, Any]:
    answer = office.get(f"/cases/{case}/file")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def lines(office: Office) -> list[bytes]:
    found: list[bytes] = []
    while True:
        page = office.get(f"/ledger/lines?from={len(found)}").content.split(b"\n")
        if len(page) <= 1:
            return found
        found += [line for line in page if line]


def check(office: Office) -> Outcome:
    return check_documents(Store(office.settings.data / "documents"), lines(office))


def test_a_file_fills_up_as_the_case_goes_on_and_says_what_is_missing(office: Office) -> None:
    case = office.new_case()
    file = file_of(office, case)
    assert [(one["kind"], one["shelf"], one["stored"]) for one in file["papers"]] == [
        (kind, None, False) for kind in ("application", "commitment", "authorisation")
    ]
    assert (file["missing"], file["closed"], file["programme"]) == ([], None, "rural_minimum")
    act(office, case, "apply.accept", {})
    assert [one["kind"] for one in file_of(office, case)["missing"]] == ["identity"]
    assert file_of(office, case)["missing"][0]["article"].startswith("民发〔2021〕57号")
    scan = put(office, PDF + case.encode())
    act(office, case, "archive.file", {"documents": [paper("identity", scan, 4), paper("income", scan, 4)]})
    file = file_of(office, case)
    assert file["missing"] == []
    assert [(one["kind"], one["pages"], one["shelf"], one["stored"]) for one in file["papers"][3:]] == [
        ("identity", 4, SHELF, True),
        ("income", 4, SHELF, True),
    ]
    assert file["position"] == office.size() - 1
    act(office, case, "archive.move", {"documents": [scan], "shelf": "610924/1/3"}, office.county.inspector)
    assert {one["shelf"] for one in file_of(office, case)["papers"][3:]} == {"610924/1/3"}


def test_papers_are_put_away_between_other_acts_and_after_the_end_and_the_case_goes_on(office: Office) -> None:
    case = office.new_case()
    filing = {"documents": [paper("other", digest(b"x"))]}
    for person, code, data in office.six_stages():
        act(office, case, "archive.file", filing)
        act(office, case, code, data, person)
    act(office, case, "archive.file", filing)
    ended = office.get(f"/cases/{case}").json()["ended"]
    earliest = date.fromisoformat(f"{ended}-01").replace(year=int(ended[:4]) + 5)
    early = str(earliest - timedelta(days=1))
    closing = {"holds": ["approval", "management"], "shelf": SHELF, "keep_until": early}
    body = office.refused(office.sign(office.county.clerk, case, "archive.close", closing), 409, "archive.keep")
    assert (body["earliest"], body["given"]) == (str(earliest), early)
    assert "档案管理的通知" in body["detail"]
    act(office, case, "archive.close", closing | {"keep_until": str(earliest)})
    file = file_of(office, case)
    assert file["closed"]["keep_until"] == str(earliest)
    assert "exit_notice" in [one["kind"] for one in file["missing"]]
    state = office.get(f"/cases/{case}").json()
    assert (state["stage"], state["version"]) == ("exited", 2 * len(office.six_stages()) + 3)
    # The next worker rebuilds the same case from its lines.
    assert office.get(f"/cases/{case}", office.another()).json()["stage"] == "exited"


def test_refusals_name_the_shelf_and_the_stage_in_the_readers_language(office: Office) -> None:
    case = office.new_case()
    moving = {"documents": [DIGEST], "shelf": "610924101/1"}
    for language, word in (("zh", "由谁接收并签名"), ("en", "whoever takes the papers over signs")):
        message = office.sign(office.county.clerk, case, "archive.move", moving)
        answer = office.send(message, None, **{"accept-language": language})
        assert (answer.status_code, answer.json()["code"]) == (409, "archive.shelf")
        assert word in answer.json()["detail"]
    closing = {"holds": ["approval"], "shelf": SHELF, "keep_until": "2099-01-01"}
    message = office.sign(office.county.clerk, case, "archive.close", closing)
    answer = office.send(message, None, **{"accept-language": "zh"})
    assert (answer.json()["code"], "已申请" in answer.json()["detail"]) == ("archive.open", True)


def test_there_is_no_file_where_there_is_no_case_of_ours(office: Office) -> None:
    for stream in (uuid4(), office.county.clerk.id, delegation_id(office.county.pen.origin, TOWN)):
        answer = office.get(f"/cases/{stream}/file")
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    message = office.sign(office.county.clerk, str(uuid4()), "archive.file", {"documents": [paper("other", DIGEST)]})
    office.refused(message, 409, "case.unknown")


def test_every_difference_between_store_and_ledger_is_named(office: Office) -> None:
    store = Store(office.settings.data / "documents")
    case = office.new_case()
    good, altered, unnamed = (put(office, PDF + case.encode() + word) for word in (b"good", b"altered", b"unnamed"))
    lost = digest(case.encode())
    recorded = act(office, case, "archive.file", {"documents": [paper("other", one) for one in (good, altered, lost)]})
    before = {one.sha256 for one in check(office).differences}
    assert {good, altered} & before == set()
    assert {unnamed, lost} <= before
    store.path(altered).write_bytes(PDF + b"another household's")
    (store.root / "ab").mkdir(exist_ok=True)
    strange = [store.root / "note.txt", store.root / "ab" / ("cd" * 32), store.root / "ab" / "x"]
    for path in strange:
        path.write_text("x")
    (store.incoming / "left").write_text("half")
    outcome = check(office)
    told = {one.sha256 or one.path: one for one in outcome.differences}
    assert told[altered].what == "altered"
    assert told[altered].found == digest(PDF + b"another household's")
    assert told[altered].named == Named(recorded["index"], case, "archive.file")
    assert told[lost].what == "missing"
    assert told[lost].named == told[altered].named
    assert told[unnamed].what == "unnamed"
    assert good not in told
    assert {told[str(path)].what for path in strange} == {"foreign"}
    assert told[str(store.incoming / "left")].what == "unfinished"
    order = [one.what for one in outcome.differences]
    assert order == sorted(order, key=["altered", "unreadable", "missing", "unnamed", "foreign", "unfinished"].index)
    for path in [*strange, store.incoming / "left"]:
        path.unlink()


def test_a_directory_where_a_document_should_be_and_a_link_are_named_and_not_followed(office: Office) -> None:
    store = Store(office.settings.data / "documents")
    content = put(office, PDF + b"behind a link")
    path = store.path(content)
    path.rename(store.root.parent / "elsewhere")
    path.symlink_to(store.root.parent / "elsewhere")
    try:
        told = {one.path: one.what for one in check(office).differences}
        assert told[str(path)] == "foreign"
    finally:
        path.unlink()


def test_instruments_and_the_scans_of_transcribed_acts_are_documents_too(office: Office) -> None:
    case = office.new_case()
    scan = digest(b"signed by hand")
    paper = {"signer": office.county.other.id, "scan": scan}
    office.record(office.county.pen.sign(office.county.clerk, case, "apply.accept", {}, basis="paper", paper=paper))
    named = named_in(lines(office))
    assert named[scan].act == "apply.accept"
    assert DIGEST in named
    assert [one["kind"] for one in file_of(office, case)["papers"]] == [
        "application",
        "commitment",
        "authorisation",
        "signed",
    ]


def test_a_line_that_cannot_be_read_is_named(office: Office) -> None:
    some = lines(office)
    with pytest.raises(LedgerFaulty):
        named_in([*some[:3], b"{}"])
