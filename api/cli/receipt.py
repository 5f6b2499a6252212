"""`mingzhang receipt` and `mingzhang check-receipt`: the proof of one line, fetched here and checked anywhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from api.cli.failing import CANNOT_TELL, CommandError, told
from api.cli.files import refuse_unwritable, write_new
from api.cli.showing import print_json, print_pairs
from api.client import connect
from ledger.checkpoint import Checkpoint, Receipt, parse_checkpoint, parse_receipt
from ledger.errors import LedgerError
from ledger.line import decode_line, line_hash
from ledger.note import NoteKey, parse_note
from ledger.tree import ProofError, root_from_inclusion

PATIENCE = 60.0
"""Seconds that `--wait` waits."""
KINDS = {
    "cosigned": "已由见证方会签 cosigned by the witnesses",
    "unwitnessed": "已公布，本账本没有见证方 published; this ledger has no witnesses",
    "provisional": "临时，尚未会签 provisional, not cosigned yet",
}


@told
def receipt(
    index: Annotated[int, typer.Argument(help="行号 The line's index.", min=0)],
    out: Annotated[Path | None, typer.Option(help="收据存于 Keep the receipt in this file.")] = None,
    line: Annotated[Path | None, typer.Option(help="该行原文存于 Keep the line itself in this file.")] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="等到见证方已会签 Wait until the witnesses have cosigned it.")
    ] = False,
) -> None:
    """一行的收据：证明它在账上。A line's receipt: it proves the line.

    永久有效，离线可核。Valid for ever, and checked offline.

    刚入账的行先得账本自己签发的临时收据；`--wait` 等见证方会签（没有见证方时等到公布）。

    A new line's receipt is at first signed by the ledger alone; `--wait` waits for the witnesses or, where none are
    asked for, until the head is published.

    例 Example: `mingzhang receipt 41 --out 41.tlog-proof --line 41.json`
    """
    for path in (out, line):
        if path is not None:
            refuse_unwritable(path)
    with connect() as client:
        text, kind = client.receipt(index)
        until = time.monotonic() + PATIENCE
        while wait and kind == "provisional":
            if time.monotonic() > until:
                raise CommandError(
                    f"{PATIENCE:.0f} 秒内没有得到会签：见证方是否在运行？稍后再取，或去掉 --wait 取临时收据。"
                    f" The witnesses have not cosigned it within {PATIENCE:.0f} seconds: are they running? Ask again"
                    " later, or without --wait for the provisional receipt."
                )
            time.sleep(0.3)
            text, kind = client.receipt(index)
        content = client.line(index) if line is not None else b""
    if line is not None:
        write_new(line, content.decode() + "\n")
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_new(out, text)
        check = f"mingzhang check-receipt {out} --line {line or 'LINE'} --vkey VKEY"
        print_pairs(
            [("收据 Receipt", out), ("会签 Witnessed", KINDS.get(kind)), ("该行 Line", line), ("下一步 Next", check)]
        )


@contextmanager
def _otherwise(zh: str, en: str) -> Iterator[None]:
    """Says what is wrong with which of the things given, where something is."""
    try:
        yield
    except (LedgerError, UnicodeDecodeError) as error:
        code = f"\n  ({error.code})" if isinstance(error, LedgerError) else ""
        raise CommandError(f"{zh}。 {en}: {error}{code}") from None


def _checkpoint(proof: Receipt, leaf: bytes, keys: Sequence[NoteKey]) -> Checkpoint:
    """The head that the receipt leads to; without keys, it may be anybody's. Raises `NoteError`, `ProofError`."""
    if keys:
        return proof.verify(leaf, keys, keys[0].name)
    checkpoint = parse_checkpoint(parse_note(proof.checkpoint).text)
    if root_from_inclusion(proof.index, checkpoint.size, leaf, proof.hashes) != checkpoint.root:
        raise ProofError(f"line {proof.index} is not in the tree of this checkpoint")
    return checkpoint


@told
def check_receipt(
    file: Annotated[Path, typer.Argument(help="收据 The receipt.")],
    line: Annotated[Path, typer.Option(help="该行原文 The line itself, byte for byte.")],
    vkey: Annotated[
        list[str] | None,
        typer.Option(help="账本公钥，取自系统之外 The ledger's key (name+id+base64), from outside this system."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON Print JSON.")] = False,
) -> None:
    """离线核对收据。Check a receipt offline.

    不问服务，不用数据库。It needs no service and no database.

    退出码 Exit code：0 属实 it holds；1 不符 it does not；2 自洽而来源未证实（未给 --vkey）consistent, origin not
    established (without --vkey).

    例 Example: `mingzhang check-receipt 41.tlog-proof --line 41.json --vkey "$(cat ledger.vkey)"`
    """
    with _otherwise(f"{file} 不是收据", "it is no receipt"):
        proof = parse_receipt(file.read_text("utf-8-sig"))
    content = line.read_bytes().removesuffix(b"\n")
    with _otherwise(f"{line} 不是账本的一行", "it is no line of a ledger"):
        index = decode_line(content).index
    if index != proof.index:
        raise CommandError(f"收据是第 {proof.index} 行的。 The receipt is for line {proof.index}, not for this one.")
    with _otherwise("--vkey 不是账本公钥（名称+编号+base64）", "--vkey is no ledger's key"):
        keys = [NoteKey.parse(key) for key in vkey or ()]
    with _otherwise(f"不属实：{line} 与收据不符，或收据不是这本账签发的", "Not proven"):
        checkpoint = _checkpoint(proof, line_hash(content), keys)
    verdict = "属实 proven" if keys else "自洽，来源未证实 consistent, origin not established"
    found = {"index": proof.index, "origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}
    if as_json:
        print_json({**found, "proven": bool(keys)})
    else:
        print_pairs(
            [
                ("结论 Verdict", verdict),
                ("账本 Ledger", checkpoint.origin),
                ("行号 Index", proof.index),
                ("行数 Size", checkpoint.size),
                ("哈希 Hash", line_hash(content).hex()),
            ]
        )
    if not keys:
        raise typer.Exit(CANNOT_TELL)
