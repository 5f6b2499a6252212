"""`/checkpoint`, `/tile/…` and `/ledger/consistency`: what a stranger needs to check the ledger by himself."""

from base64 import b64decode
from typing import Any

import pytest

from ledger.checkpoint import open_checkpoint
from ledger.line import line_hash
from ledger.note import NoteKey
from ledger.tree import Tree, verify_consistency
from tests.integration.api.conftest import Office
from tests.service import publish
from tests.tlog_client import Log


def fetch_from(office: Office) -> Any:
    def fetch(name: str) -> bytes | None:
        answer = office.get(f"/{name}")
        assert answer.status_code in (200, 404), answer.text
        return answer.content if answer.status_code == 200 else None

    return fetch


def in_(language: str) -> dict[str, Any]:
    return {"accept-language": language}


def lines_of(office: Office) -> list[bytes]:
    return [line for line in office.get("/ledger/lines?limit=5000").content.split(b"\n") if line]


def test_before_the_first_round_nothing_is_published(office: Office) -> None:
    answer = office.get("/checkpoint", **in_("zh"))
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert "已公布的账头" in answer.json()["detail"]
    assert office.get("/tile/0/000.p/1").status_code == 404


def test_a_stranger_verifies_every_line_from_checkpoint_tiles_and_bundles(office: Office) -> None:
    publish(office.settings)
    logs = [Log.at(fetch_from(office))]
    for _ in range(3):
        office.new_case()
        publish(office.settings)
        logs.append(Log.at(fetch_from(office)))
    keys = [NoteKey.parse(key) for key in office.get("/ledger/head").json()["log_keys"]]
    assert open_checkpoint(office.get("/checkpoint").text, keys, office.county.pen.origin).size == logs[-1].size
    lines = list(logs[-1].lines())
    assert lines == lines_of(office)[: logs[-1].size]
    for log in logs:
        log.is_whole(lines)
        logs[-1].goes_on_from(log)
    for index, line in enumerate(lines):
        logs[-1].holds(index, line)


def test_tiles_may_be_kept_for_ever_and_a_checkpoint_for_a_moment(office: Office) -> None:
    publish(office.settings)
    tile, checkpoint, entries = (
        office.get(f"/{name}") for name in ("tile/0/000.p/2", "checkpoint", "tile/entries/000.p/2")
    )
    assert "immutable" in tile.headers["cache-control"]
    assert checkpoint.headers["cache-control"] == "public, max-age=1"
    assert checkpoint.headers["content-type"] == "text/plain; charset=utf-8"
    assert {tile.headers["content-type"], entries.headers["content-type"]} == {"application/octet-stream"}
    assert entries.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "0/0",
        "0/x000/001",
        "00/000",
        "64/000",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/01",
        "0/a",
        "x/000",
        "entries/0",
        "entries/000.p/0",
    ],
)
@pytest.mark.parametrize(("language", "words"), [("zh", "哈希片地址"), ("en", "No tile is named so")])
def test_a_misspelled_tile_is_refused_in_both_languages(office: Office, path: str, language: str, words: str) -> None:
    answer = office.get(f"/tile/{path}", **in_(language))
    assert (answer.status_code, answer.json()["code"]) == (422, "tile.path")
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["0/000", "0/000.p/255", "1/000.p/1", "0/x999/999", "63/000.p/1", "entries/000", "entries/x001/000"]
)
def test_a_tile_that_the_tree_does_not_have_is_not_there(office: Office, path: str) -> None:
    publish(office.settings)
    answer = office.get(f"/tile/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_tiles_beyond_the_published_head_are_not_shown(office: Office) -> None:
    publish(office.settings)
    size = Log.at(fetch_from(office)).size
    directory = office.settings.data / "tlog/tile/0/000.p"
    (directory / str(size + 1)).write_bytes((directory / str(size)).read_bytes() + bytes(32))
    assert office.get(f"/tile/0/000.p/{size + 1}").status_code == 404


def test_a_proof_of_consistency_between_any_two_sizes_holds(office: Office) -> None:
    hashes = [line_hash(line) for line in lines_of(office)]
    tree, roots = Tree(), {}
    for hash_ in hashes:
        tree.append(hash_)
        roots[tree.size] = tree.root()
    for size in roots:
        for old in roots:
            if old <= size:
                answer = office.get(f"/ledger/consistency?from={old}&to={size}")
                proof = [b64decode(line, validate=True) for line in answer.text.splitlines()]
                verify_consistency(old, roots[old], size, roots[size], proof)
    assert office.get("/ledger/consistency?from=0&to=1").content == b""


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("from=2&to=1", "from"),
        ("from=1&to=99999", "to"),
        ("from=-1&to=1", "from"),
        ("from=x&to=1", "from"),
        ("to=1", "from"),
    ],
)
def test_sizes_that_make_no_proof_are_refused(office: Office, query: str, name: str) -> None:
    for language in ("zh", "en"):
        answer = office.get(f"/ledger/consistency?{query}", **in_(language))
        assert (answer.status_code, answer.json()["code"], answer.json()["name"]) == (422, "request.parameter", name)
