"""The script by which torchwood tests its own witness, played to ours: each request, its status, its body."""

import json
from pathlib import Path

from api.witness.place import Witness, add_logs, make_witness
from ledger.note import NoteKey, parse_note
from tests.witnessing import NAME

SCRIPT = json.loads((Path(__file__).parent / "litewitness.json").read_text("utf-8"))


def test_every_request_of_the_script_gets_its_status(tmp_path: Path):
    make_witness(tmp_path, NAME)
    origin = SCRIPT["requests"][0]["body"].split("\n")[2]
    add_logs(tmp_path, f"log {NoteKey(origin, bytes.fromhex(SCRIPT['log_key'])).vkey()}\nquorum none\n")
    witness = Witness(tmp_path)
    answers = [witness.add_checkpoint(request["body"].encode()) for request in SCRIPT["requests"]]
    expected = [request["status"] for request in SCRIPT["requests"]]
    # Its false signature is spelled in base64 with stray bits: ours does not read it (400), let alone find it false.
    assert expected[1] == 403
    expected[1] = 400
    assert [answer.status for answer in answers] == expected
    for answer, request in zip(answers, SCRIPT["requests"], strict=True):
        assert request["answer"] in (None, answer.body)
    assert {name for name, _, _ in parse_note(witness.latest(origin) or "").signatures} == {origin, NAME}
