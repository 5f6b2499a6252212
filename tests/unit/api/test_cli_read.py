"""What the command line says of what the service answers, and what it does not take from it."""

from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.cli.failing import CommandError
from api.cli.read import check_head, print_history
from ledger.checkpoint import Checkpoint
from ledger.line import ZERO_HASH, encode_line, line_hash
from ledger.note import NoteError, NoteSigner

ORIGIN = "test.example/ledger"
SIGNER = NoteSigner(ORIGIN, Ed25519PrivateKey.generate())


def entry(**others: Any) -> dict[str, Any]:
    return {
        "index": 8,
        "version": 1,
        "type": "apply.accepted",
        "act": "apply.accept",
        "act_zh": "受理",
        "on": "2026-07-05",
        "signed": "2026-07-05T02:11:09Z",
        "recorded": "2026-07-05T02:11:10.123456Z",
        "basis": "direct",
        "officer": "0f3a5b7c-0000-4000-8000-000000000001",
        "imported": False,
        "data": {},
        "chain": {"valid": True},
        "signature": {"valid": True, "kid": "k", "suspect": False},
    } | others


def shown(capsys: pytest.CaptureFixture[str], **others: Any) -> str:
    print_history([entry(**others)])
    return capsys.readouterr().out.splitlines()[1]


def test_a_line_of_a_history_says_who_when_and_that_it_holds(capsys: pytest.CaptureFixture[str]):
    line = shown(capsys)
    for word in ("受理 apply.accept", "2026-07-05 10:11:09", "2026-07-05 10:11:10", "本人 direct", "0f3a5b7c", "✓"):
        assert word in line


def test_what_does_not_hold_is_marked_with_its_cause(capsys: pytest.CaptureFixture[str]):
    assert "✗ 链断 chain: chain.before" in shown(capsys, chain={"valid": False, "reason": "chain.before"})
    assert "✗ 签名不符 signature: act.signature" in shown(capsys, signature={"valid": False, "reason": "act.signature"})
    assert "密钥存疑 key in doubt" in shown(capsys, signature={"valid": True, "kid": "k", "suspect": True})


def test_an_imported_row_is_shown_as_what_it_is(capsys: pytest.CaptureFixture[str]):
    row = {"activity": "公示", "actor": "clerk-7", "time": "2019-03-12T08:30:00+08:00"}
    line = shown(capsys, type="source.imported", act="source.import", basis="system", imported=True, data=row)
    assert "导入 imported: 公示 · clerk-7 · 08:30" in line
    assert "外部 system" in line


def opening() -> bytes:
    event = {"origin": ORIGIN, "log_keys": [SIGNER.key.vkey()], "administrators": []}
    at = "2026-07-05T02:11:10.123456Z"
    return encode_line(0, ZERO_HASH, at, "s", 1, "ledger.opened", orjson.dumps(event))


def head(**others: Any) -> dict[str, Any]:
    checkpoint = Checkpoint(ORIGIN, 9, b"\x07" * 32)
    return {
        "origin": ORIGIN,
        "fingerprint": line_hash(opening()).hex(),
        "size": 9,
        "root": checkpoint.root.hex(),
        "checkpoint": checkpoint.sign([SIGNER]),
    } | others


def test_a_head_signed_by_a_key_of_line_0_is_worth_keeping():
    check_head(head(), opening())


@pytest.mark.parametrize(
    "others", [{"size": 10}, {"root": "08" * 32}, {"origin": "another"}, {"fingerprint": "09" * 32}]
)
def test_a_head_that_contradicts_itself_is_not_kept(others: dict[str, Any]):
    with pytest.raises(CommandError, match="contradicts itself"):
        check_head(head(**others), opening())


def test_a_head_signed_by_a_stranger_is_not_kept():
    stranger = NoteSigner(ORIGIN, Ed25519PrivateKey.generate())
    with pytest.raises(NoteError):
        check_head(head(checkpoint=Checkpoint(ORIGIN, 9, b"\x07" * 32).sign([stranger])), opening())
