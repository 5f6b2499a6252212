"""`mingzhang case`, `history`, `head`, `lines`, `receipt`: what the service shows of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import orjson
import typer

from api.cli.failing import WRONG, CommandError, told
from api.cli.files import write_new
from api.cli.sending import read_uuid
from api.cli.showing import beijing, print_json, print_pairs, print_table, say_if_simulated
from api.client import Client, connect
from domain.streams import source_case_id, source_id
from ledger.checkpoint import open_checkpoint
from ledger.head_map import MapProof, verify_map_proof
from ledger.head_seal import HeadSeal, open_head_seal
from ledger.line import decode_line, line_hash
from ledger.note import ED25519, NoteKey
from ledger.store import Opened

CaseId = Annotated[str, typer.Argument(help="案件编号 The case's id.")]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON Print JSON.")]

Source = Annotated[
    str | None,
    typer.Option(help="外部系统名，CASE 即其案号 The other system whose number CASE is, for imported cases."),
]

BASIS = {"direct": "本人 direct", "paper": "补录 paper", "system": "外部 system"}


@told
def case(case: CaseId, source: Source = None, as_json: Json = False) -> None:
    """案件现状。A case as it stands.

    例 Example: `mingzhang case 5e0c1f5e-…`
    """
    with connect() as client:
        found = client.case(_case_id(client, case, source))
    if as_json:
        print_json(found)
    else:
        say_if_simulated(found)
        print_pairs((name, value) for name, value in found.items())


@told
def history(
    case: CaseId,
    source: Source = None,
    sealed: Annotated[
        bool, typer.Option("--sealed", help="并证明到最近封记为止是完整的 And prove it whole up to the latest seal.")
    ] = False,
    as_json: Json = False,
) -> None:
    """案件全程，逐行核验。Every line of a case, checked.

    何人、何时签、何时发生、何时入账、何种来源，签名与链是否完好。有不完好的，退出码为 1。

    Who, when signed, when it took place, when recorded, on what basis, and whether its signature and the chain hold:
    exit code 1 when something does not. The service checks them for this answer; `mingzhang verify` does it without
    the service.

    例 Examples: `mingzhang history 5e0c1f5e-…`, `mingzhang history --source "旧系统" 2019-0001`
    """
    with connect() as client:
        id_ = _case_id(client, case, source)
        found = client.history(id_)
        whole = whole_until(client, id_, found["entries"]) if sealed else None
    if as_json:
        print_json(found | ({"seal": whole.json()} if whole else {}))
    else:
        say_if_simulated(found)
        print_history(found["entries"])
        if whole:
            facts = f"第 {whole.index} 行封记，及前 {whole.size} 行 by the seal on line {whole.index}"
            print_pairs([("完整至 Whole up to", f"{facts}, over {whole.size} lines")])
    if not all(holds(entry) for entry in found["entries"]):
        raise typer.Exit(WRONG)


def whole_until(client: Client, case: UUID, entries: list[dict[str, Any]]) -> HeadSeal:
    """The latest seal, the case's lines shown to be all that it had then. Raises `CommandError`, `LedgerError`."""
    opened, found = Opened.read(client.line(0)), client.head_proof(case)
    at = found["seal"]["index"]
    seal = open_head_seal(client.line(at), opened.origin, client.log_keys(opened).at(at))
    proof = MapProof.from_json(found["proof"])
    verify_map_proof(proof, str(case), proof.head, seal.root)
    until = [(entry["version"], entry["hash"]) for entry in entries if entry["index"] < seal.size]
    last = (proof.head[0], proof.head[1].hex()) if proof.head else (0, None)
    if [version for version, _ in until] != list(range(1, last[0] + 1)) or (until[-1][1] if until else None) != last[1]:
        raise CommandError(
            f"封记（第 {seal.index} 行）时本案末版为第 {last[0]} 版，给出的历史却不是第 1 至 {last[0]} 版：有行被隐去。"
            f" By the seal on line {seal.index} its last version was {last[0]}, and the history given is not versions 1"
            f" to {last[0]}: something was left out."
        )
    return seal


def _case_id(client: Client, case: str, source: str | None) -> UUID:
    if source is None:
        return read_uuid(case, "CASE")
    return source_case_id(source_id(client.head()["origin"], source), case)


def print_history(entries: list[dict[str, Any]]) -> None:
    """A case's history as a table. Officers by the first eight digits of their ids; JSON has them whole."""
    columns = [
        "行 Index",
        "行为 Act",
        "发生 On",
        "签名 Signed +08:00",
        "入账 Recorded +08:00",
        "来源 Basis",
        "何人 Who",
        "完好 Holds",
    ]
    print_table(columns, [_row(entry) for entry in entries], wrapping=("行为 Act", "来源 Basis", "完好 Holds"))


def _row(entry: dict[str, Any]) -> list[str]:
    signed = entry.get("signed")
    imported = entry.get("imported") and "activity" in entry["data"]
    return [
        str(entry["index"]),
        _imported(entry["data"])
        if imported
        else f"{entry.get('act_zh') or ''} {entry.get('act', entry['type'])}".strip(),
        entry.get("on", ""),
        beijing(signed) if signed else "",
        beijing(entry["recorded"]),
        BASIS.get(entry.get("basis", ""), "")
        + (" 未见证 unwitnessed" if "unwitnessed" in entry.get("relied", {}) else ""),
        entry.get("officer", "")[:8] + (f" 代 for {entry['behalf'][:8]}" if entry.get("behalf") else ""),
        verdict(entry),
    ]


def _imported(data: dict[str, Any]) -> str:
    """What another system says was done, and by whom: not an act of ours."""
    return f"导入 imported: {data['activity']} · {data['actor']} · {data['time'][11:16]}"


def verdict(entry: dict[str, Any]) -> str:
    """What is wrong with a line, or that nothing is."""
    faults = []
    if not entry["chain"]["valid"]:
        faults.append(f"链断 chain: {entry['chain']['reason']}")
    signature = entry.get("signature")
    if signature is not None and not signature["valid"]:
        faults.append(f"签名不符 signature: {signature['reason']}")
    elif signature is not None and signature.get("suspect"):
        faults.append("密钥存疑 key in doubt")
    return "✗ " + ", ".join(faults) if faults else "✓"


def holds(entry: dict[str, Any]) -> bool:
    return bool(entry["chain"]["valid"] and entry.get("signature", {"valid": True})["valid"])


@told
def head(
    out: Annotated[Path | None, typer.Option(help="把签名的账头存入此文件 Keep the signed head in this file.")] = None,
    as_json: Json = False,
) -> None:
    """签名的账头：账本此刻的样子。The signed head: what the ledger is now.

    请存到本系统之外；日后 `mingzhang verify --since 文件` 能看出其间有没有改写。

    Keep it outside this system: `mingzhang verify --since FILE` will show any rewriting of what it covers.

    例 Example: `mingzhang head --out head-2026-11.txt`
    """
    with connect() as client:
        found = client.head()
        opening = client.line(0)
        keys = client.log_keys(Opened.read(opening)).at(found["size"])
    check_head(found, opening, keys)
    if out is not None:
        write_new(out, found["checkpoint"])
    if as_json:
        print_json(found)
        return
    say_if_simulated(found)
    print_pairs(
        [
            ("账本 Ledger", found["origin"]),
            ("指纹 Fingerprint", found["fingerprint"]),
            ("行数 Size", found["size"]),
            ("树根 Root", found["root"]),
            *map(_shown_key, found["log_keys"]),
            ("见证 Witnessed", _witnessed(found["witnesses"])),
            ("已存 Kept", out),
        ]
    )


def _witnessed(witnesses: dict[str, Any]) -> str:
    """How old the last quorum is, and what that means for acts."""
    states = {
        "unwitnessed": "没有见证方 no witnesses",
        "fresh": "见证及时 fresh",
        "stale": "见证逾时，行为标记未见证 stale: acts are marked",
        "refusing": "见证逾时，拒绝行为 stale: acts are refused",
    }
    at = witnesses["quorum_at"]
    last = f"；最近 last {beijing(at)} +08:00" if at else "；从未 never" if witnesses["state"] != "unwitnessed" else ""
    return states[witnesses["state"]] + last


def _shown_key(vkey: str) -> tuple[str, str]:
    """An ML-DSA-44 key fills twenty lines: `--json` has it whole."""
    key = NoteKey.parse(vkey)
    if key.type == ED25519:
        return "公钥 Key", vkey
    return "抗量子公钥 PQ key", f"{key.name}+{key.key_id.hex()}+…（全文 whole: --json）"


def check_head(found: dict[str, Any], opening: bytes, keys: Sequence[NoteKey] | None = None) -> None:
    """A head is worth keeping only if a key of the ledger signed it, and line 0 is the one with that fingerprint.

    `keys`: those of that time, by line 0 and the lines that changed them; None: line 0's.

    Raises `NoteError`, or `CommandError` when it contradicts itself.
    """
    event = orjson.loads(decode_line(opening).state)
    first = [NoteKey.parse(key) for key in event["log_keys"]]
    checkpoint = open_checkpoint(found["checkpoint"], keys or first, event["origin"])
    said = (found["origin"], found["fingerprint"], found["size"], found["root"])
    if said != (checkpoint.origin, line_hash(opening).hex(), checkpoint.size, checkpoint.root.hex()):
        raise CommandError(
            "服务给出的账头自相矛盾，未保存。 The head that the service gave contradicts itself; not kept."
        )


@told
def lines(
    start: Annotated[int, typer.Option("--from", help="从第几行起 First index.", min=0)] = 0,
    limit: Annotated[int | None, typer.Option(help="最多几行 At most so many lines.", min=1)] = None,
    types: Annotated[list[str] | None, typer.Option("--type", help="只要这些事件 Only these event types.")] = None,
) -> None:
    """账本原文，逐字节。The lines themselves, byte for byte.

    每行一个 JSON 对象，与入账时逐字节相同。One JSON object a line, exactly as committed.

    例 Examples: `mingzhang lines --from 0 --limit 1 > line0.json`, `mingzhang lines --type confirm.granted`
    """
    out = typer.get_binary_stream("stdout")
    with connect() as client:
        for line in client.lines(start, limit, types or ()):
            out.write(line + b"\n")
    out.flush()
