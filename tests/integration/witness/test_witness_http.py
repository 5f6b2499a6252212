"""A witness over HTTP, and the client that asks it: statuses, what is remembered, what is believed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.witness.client import (
    WitnessAhead,
    WitnessAway,
    WitnessClient,
    WitnessForked,
    WitnessRefused,
    ask_all,
    witness_clients,
)
from api.witness.place import Witness, WitnessUnusable, add_logs, make_witness
from ledger.checkpoint import parse_checkpoint
from ledger.note import open_signatures, parse_note
from ledger.witness import MAX_REQUEST
from ledger.witness_policy import Policy
from tests.witnessing import NAME, MadeLog, serving, serving_witness, witness_of

LOG, FORKED, OTHER = MadeLog(), MadeLog(fork=100), MadeLog("log.example/other")
STRANGER = MadeLog("log.example/stranger", leaves=8)


def post(url: str, body: bytes) -> tuple[int, str, str]:
    answer = httpx.post(f"{url}/add-checkpoint", content=body, trust_env=False)
    return answer.status_code, answer.headers["content-type"], answer.text


def test_every_status_comes_over_http_and_the_latest_checkpoint_can_be_read(tmp_path: Path):
    with serving_witness(tmp_path, LOG, OTHER) as (witness, url):
        read = f"{url}/{sha256(LOG.origin.encode()).hexdigest()}/checkpoint"
        assert httpx.get(read, trust_env=False).status_code == 404
        assert post(url, STRANGER.request(0, 3))[0] == 404
        assert post(url, LOG.request(0, 7).replace(b"\n7\n", b"\n8\n"))[0] == 403
        assert post(url, LOG.request(9, 9).replace(b"old 9", b"old 10"))[0] == 400
        assert post(url, b"rubbish")[0] == 400
        assert post(url, b"x" * (MAX_REQUEST + 1))[0] == 413
        status, _, lines = post(url, LOG.request(0, 7))
        assert status == 200
        note = LOG.note(7)
        assert [key for key, _ in open_signatures(note + lines, witness.keys)[1]] == list(witness.keys)
        assert post(url, LOG.request(0, 9)) == (409, "text/x.tlog.size", "7\n")
        assert post(url, LOG.request(7, 9).replace(b"\nold", b""))[0] == 200
        assert post(url, FORKED.request(9, 150))[0] == 200  # nobody can tell yet
        assert post(url, LOG.request(150, 200))[0] == 422
        assert post(url, LOG.request(150, 150))[0] == 422
        assert post(url, OTHER.request(0, 4))[0] == 200
        kept = httpx.get(read, trust_env=False)
        assert parse_checkpoint(parse_note(kept.text).text) == FORKED.head(150)
        assert kept.headers["content-type"] == "text/plain; charset=utf-8"
        assert len(open_signatures(kept.text, [*witness.keys, LOG.signer.key])[1]) == 3
        for path in ("/x/checkpoint", "/../checkpoint", f"/{'0' * 64}/checkpoint", "/add-checkpoint"):
            assert httpx.get(url + path, trust_env=False).status_code in (404, 405)
        assert LOG.origin in httpx.get(url, trust_env=False).text
        (fork,) = witness.forks(LOG.origin)
        evidence = orjson.loads(fork.read_bytes())
        said = [parse_checkpoint(open_signatures(evidence[side], [LOG.signer.key])[0]) for side in evidence]
        assert said == [FORKED.head(150), LOG.head(150)]


def test_the_client_learns_the_size_by_itself_and_goes_on_from_it(tmp_path: Path):
    with serving_witness(tmp_path, LOG) as (witness, url), WitnessClient(url, witness.keys) as client:
        asked: list[tuple[int, int]] = []

        def prove(old: int, size: int) -> list[bytes]:
            asked.append((old, size))
            return LOG.prove(old, size)

        for size in (3, 3, 10, 256, 257):
            cosigned = client.ask(LOG.note(size, [LOG.signer, LOG.second]), prove)
            assert set(cosigned.times) == {key.vkey() for key in witness.keys}
            assert len(open_signatures(LOG.note(size) + "".join(cosigned.lines), witness.keys)[1]) == 2
        assert asked == list(pairwise([3, 10, 256, 257]))
        with WitnessClient(url, witness.keys[:1]) as another:
            assert list(another.ask(LOG.note(300), prove).times) == [witness.keys[0].vkey()]
        assert asked[-1] == (257, 300)
        client.ask(LOG.note(300), prove)  # it knew of 257 alone


def test_a_ledger_that_lost_lines_or_has_another_history_learns_it_from_its_witness(tmp_path: Path):
    with serving_witness(tmp_path, LOG) as (witness, url), WitnessClient(url, witness.keys) as client:
        client.ask(LOG.note(150), LOG.prove)
        with pytest.raises(WitnessAhead) as ahead:
            client.ask(LOG.note(149), LOG.prove)
        assert ahead.value.size == 150
        assert parse_note(ahead.value.latest or "").text == LOG.head(150).text()
        for size in (150, 151, 200):
            with pytest.raises(WitnessForked) as forked:
                client.ask(FORKED.note(size), FORKED.prove)
            assert forked.value.ours == FORKED.note(size)
            assert parse_note(forked.value.latest or "").text == LOG.head(150).text()
        assert client.ask(LOG.note(151), LOG.prove)


@contextmanager
def asking(witness: Witness, app: Starlette) -> Iterator[WitnessClient]:
    """A client that takes this application for the witness."""
    with serving(app) as url, WitnessClient(url, witness.keys) as client:
        yield client


def answering(status: int, body: str = "", kind: str = "text/plain") -> Starlette:
    async def answer(request: Request) -> Response:
        return Response(body, status, media_type=kind)

    return Starlette(routes=[Route("/add-checkpoint", answer, methods=["POST"])])


@pytest.mark.parametrize(
    ("status", "body", "kind", "error"),
    [
        (409, "", "text/plain", WitnessForked),
        (409, "7\n", "text/plain", WitnessForked),
        (422, "", "text/plain", WitnessForked),
        (404, "", "text/plain", WitnessRefused),
        (403, "", "text/plain", WitnessRefused),
        (302, "", "text/plain", WitnessRefused),
        (429, "", "text/plain", WitnessAway),
        (503, "", "text/plain", WitnessAway),
        (409, "+5\n", "text/x.tlog.size", WitnessRefused),
        (409, "05\n", "text/x.tlog.size", WitnessRefused),
        (409, "", "text/x.tlog.size", WitnessRefused),
        (409, "9" * 5000, "text/x.tlog.size", WitnessRefused),
        (409, "5\n", "text/x.tlog.size", WitnessAway),
        (200, "", "text/plain", WitnessRefused),
        (200, "ok\n", "text/plain", WitnessRefused),
        (200, LOG.signer.sign(LOG.head(7).text()), "text/plain", WitnessRefused),
        (200, "x" * 300_000, "text/plain", WitnessAway),
    ],
)
def test_every_answer_that_brings_no_cosignature_is_told_apart(tmp_path: Path, status, body, kind, error):
    witness = witness_of(tmp_path, LOG)
    with asking(witness, answering(status, body, kind)) as client, pytest.raises(error):
        client.ask(LOG.note(7), LOG.prove)


def test_a_cosignature_of_another_time_size_or_witness_is_not_believed(tmp_path: Path):
    witness, stranger = witness_of(tmp_path / "a", LOG), witness_of(tmp_path / "b", LOG)
    text, now = LOG.head(7).text(), 2**40
    good = witness.signers[0].sign(text)
    for body in (
        witness.signers[0].sign(text, now),
        witness.signers[0].sign(text, 0),
        witness.signers[0].sign(LOG.head(8).text()),
        stranger.signers[0].sign(text),
        good + witness.signers[1].sign(LOG.head(8).text()),
        good + "— broken\n",
    ):
        with asking(witness, answering(200, body)) as client, pytest.raises(WitnessRefused):
            client.ask(LOG.note(7), LOG.prove)
    with asking(witness, answering(200, stranger.signers[0].sign(text) + good)) as client:
        assert client.ask(LOG.note(7), LOG.prove).lines == (good,)


def test_all_witnesses_of_a_policy_are_asked_at_once_and_one_that_is_away_keeps_nobody(tmp_path: Path):
    with serving_witness(tmp_path / "a", LOG) as (a, url_a), serving_witness(tmp_path / "b", LOG) as (b, url_b):
        policy = Policy.parse(
            f"log {LOG.signer.key.vkey()}\n"
            f"witness a {a.keys[0].vkey()} {url_a}\nwitness a-pq {a.keys[1].vkey()} {url_a}\n"
            f"witness b {b.keys[0].vkey()} {url_b}/\n"
            f"witness gone {key_of(tmp_path / 'gone')} http://127.0.0.1:9\n"
            f"witness carried {key_of(tmp_path / 'carried')}\n"
            "group both all a b\nquorum both\n"
        )
        clients = witness_clients(policy, seconds=5)
        first, second, third = ask_all(clients, LOG.note(9), LOG.prove)
        for client in clients:
            client.close()
        assert isinstance(third, WitnessAway)
        note = LOG.note(9)
        for answer in (first, second):
            assert not isinstance(answer, Exception)
            note += "".join(answer.lines)
        checkpoint, since = policy.check(note)
        assert checkpoint == LOG.head(9)
        assert since is not None
    assert ask_all([], LOG.note(9), LOG.prove) == []


def key_of(directory: Path) -> str:
    return witness_of(directory).keys[0].vkey()


def test_what_a_witness_remembers_survives_it_and_damage_stops_it(tmp_path: Path):
    witness = witness_of(tmp_path, LOG)
    assert witness.add_checkpoint(LOG.request(0, 20)).status == 200
    again = Witness(tmp_path)
    assert again.keys == witness.keys
    assert again.add_checkpoint(LOG.request(0, 30)).body == "20\n"
    (state,) = tmp_path.glob("state/*/checkpoint")
    whole = state.read_text("utf-8")
    for damaged in ("", whole[:-9], whole.replace("\n20\n", "\n10\n"), LOG.note(20), "\udc00"):
        state.write_text(damaged, "utf-8", "surrogatepass")
        with pytest.raises(WitnessUnusable, match="put it back"):
            again.add_checkpoint(LOG.request(20, 30))
    state.write_text(whole, "utf-8")
    assert again.add_checkpoint(LOG.request(20, 30)).status == 200
    assert again.add_checkpoint(OTHER.request(0, 3)).status == 404
    add_logs(tmp_path, OTHER.policy)
    assert again.add_checkpoint(OTHER.request(0, 3)).status == 200  # without a new start
    (tmp_path / "logs" / "bad.txt").write_text("log nonsense\n")
    assert again.add_checkpoint(OTHER.request(3, 4)).status == 200
    with pytest.raises(WitnessUnusable, match=re.escape("bad.txt")):
        Witness(tmp_path)


def test_a_witness_is_made_once_and_a_crash_while_making_it_is_made_good(tmp_path: Path):
    made = make_witness(tmp_path, NAME)
    (tmp_path / "name").unlink()
    with pytest.raises(WitnessUnusable, match="witness init"):
        Witness(tmp_path)
    assert make_witness(tmp_path, NAME).keys == made.keys
    with pytest.raises(WitnessUnusable, match="never changes"):
        make_witness(tmp_path, "another.name")
    for name in ("", "with space", "a+b", "x" * 256, "line\nbreak", "全\u3000角"):
        with pytest.raises(WitnessUnusable, match="name"):
            make_witness(tmp_path / "other", name)
