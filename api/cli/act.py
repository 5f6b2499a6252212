"""`mingzhang act` and `mingzhang send`: an officer signs an act and sends it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.failing import CANNOT_TELL, CommandError, told
from api.cli.files import refuse_unwritable, write_new
from api.cli.sending import (
    claims_of,
    draft_act,
    keep,
    load_signer,
    print_draft,
    print_recorded,
    read_day,
    read_digest,
    read_object,
    read_uuid,
    send,
)
from api.cli.showing import print_json, print_table
from api.client import connect
from api.examples import EXAMPLES
from domain.acts import ACTS
from ledger.act import sign_act


class Basis(StrEnum):
    """Origin grade: 本人直签, 据纸质补录, 外部系统."""

    DIRECT = "direct"
    PAPER = "paper"
    SYSTEM = "system"


Key = Annotated[Path | None, typer.Option("--key", help="签名密钥 Your signing key. `mingzhang key new` makes one.")]
Officer = Annotated[
    str | None,
    typer.Option("--officer", help="人员编号 Your officer id. [default: KEY 旁的 .id 文件 from the file beside KEY]"),
]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON Print JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="只输出案卷编号 Print the stream's id only.")]
ReceiptFile = Annotated[Path | None, typer.Option("--receipt", help="收据存于 Keep the receipt in this file.")]


@told
def act(
    code: Annotated[str | None, typer.Argument(help="行为代码 The act's code, e.g. review.visit")] = None,
    key: Key = None,
    officer: Officer = None,
    case: Annotated[str | None, typer.Option(help="案件编号 The case. A new one where a case begins.")] = None,
    data: Annotated[
        str, typer.Option(help="内容 What the act says: a JSON object, a file of one, or - for standard input.")
    ] = "{}",
    personal: Annotated[
        str | None, typer.Option(help="个人信息 The personal members, likewise; merged into the data.")
    ] = None,
    on: Annotated[str | None, typer.Option(help="发生日期 The day it took place. [default: 今天 today]")] = None,
    basis: Annotated[
        Basis | None,
        typer.Option(help="来源 direct 本人直签, paper 据纸质补录, system 外部系统的记录 (source.import …)."),
    ] = None,
    paper_signer: Annotated[str | None, typer.Option(help="纸质签名人 Officer id of who signed the paper.")] = None,
    paper_scan: Annotated[str | None, typer.Option(help="扫描件 The paper's scan: a file, or its SHA-256.")] = None,
    behalf: Annotated[
        str | None, typer.Option(help="代理何人 In deputation: the officer id of whom you act for.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只看不发 Show what would be signed; send nothing.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="留存签名后的行为 Keep the signed act in this file.")] = None,
    receipt: ReceiptFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
    list_: Annotated[bool, typer.Option("--list", help="列出全部行为 List every act there is.")] = False,
    example: Annotated[bool, typer.Option("--example", help="给出内容样例 Print sample data for this act.")] = False,
) -> None:
    """签一个行为并入账。Sign an act with your own key and send it.

    个人信息自动换成摘要；原文随行送达，加密保存。与 --dry-run 同用时，--out 只签不发，以后用 `mingzhang send` 发。

    Personal members are signed as digests; what they say travels beside the act and is kept encrypted. `--dry-run`
    with `--out` signs and keeps the act, to be sent later with `mingzhang send`.

    例 Examples:

        mingzhang act --list
        mingzhang act apply.submit --example > apply.json
        mingzhang act apply.submit --key clerk.pem --data apply.json
        mingzhang act apply.accept --key clerk.pem --case CASE
    """
    if list_:
        _list(as_json)
    elif code is None:
        raise CommandError("哪个行为？`mingzhang act --list` 列出全部。 Which act? --list shows them all.", CANNOT_TELL)
    elif code not in ACTS:
        raise CommandError(
            f"没有 {code} 这个行为；`mingzhang act --list` 列出全部。 There is no such act; --list shows them all.",
            CANNOT_TELL,
        )
    elif example:
        _example(code)
    elif key is None:
        raise CommandError("请用 --key 给出签名密钥。 Give your signing key: --key FILE.", CANNOT_TELL)
    else:
        if receipt is not None:
            refuse_unwritable(receipt)
        signer = load_signer(key, officer)
        said = merge(read_object(data, "--data"), read_object(personal, "--personal") if personal else {})
        paper = _paper(paper_signer, paper_scan)
        with connect() as client:
            draft = draft_act(
                client,
                signer.officer,
                code,
                said,
                stream=read_uuid(case, "--case") if case else None,
                on=read_day(on, "--on") if on else None,
                basis=(basis or (Basis.PAPER if paper else Basis.DIRECT)).value,
                paper=paper,
                behalf=read_uuid(behalf, "--behalf") if behalf else None,
            )
            if dry_run:
                print_draft(draft)
            if dry_run and out is None:
                return
            message = sign_act(signer.private, draft.claims, draft.disclosures)
            if out is not None:
                keep(out, message)
            if not dry_run:
                recorded = send(client, message, kept=out)
                _conclude(recorded, code, receipt, as_json, quiet)


@told
def send_kept(
    file: Annotated[Path, typer.Argument(help="签名后的行为 A signed act, as --out keeps it.")],
    receipt: ReceiptFile = None,
    as_json: Json = False,
) -> None:
    """发送已签名的行为；重发无害。Send an act that was signed before. Sending it twice records it once.

    例 Example: `mingzhang send visit.act`
    """
    if receipt is not None:
        refuse_unwritable(receipt)
    message = file.read_text("utf-8-sig").strip()
    code = str(claims_of(message)["act"])
    with connect() as client:
        _conclude(send(client, message, kept=file), code, receipt, as_json)


def _conclude(recorded: dict[str, Any], code: str, receipt: Path | None, as_json: bool, quiet: bool = False) -> None:
    if quiet:
        typer.echo(recorded["stream"])
    else:
        print_recorded(recorded, as_json=as_json, code=code)
    if receipt is not None:
        keep_receipt(receipt, recorded)


def keep_receipt(path: Path, recorded: dict[str, Any]) -> None:
    """The act stands whatever becomes of the file, and can be proven later. Raises `CommandError`, saying so."""
    try:
        write_new(path, recorded["receipt"])
    except (CommandError, OSError) as error:
        index = recorded["index"]
        raise CommandError(
            f"已入账，为第 {index} 行；只是收据没有写成（{error}）。请另取：mingzhang receipt {index} --out FILE\n"
            f"  It is recorded as line {index}; only the receipt could not be kept. Fetch it with that command."
        ) from None


def _paper(signer: str | None, scan: str | None) -> dict[str, str] | None:
    if signer is None and scan is None:
        return None
    if signer is None or scan is None:
        raise CommandError(
            "据纸质补录要同时给出 --paper-signer 和 --paper-scan。 An act from paper names both.", CANNOT_TELL
        )
    return {"signer": str(read_uuid(signer, "--paper-signer")), "scan": read_digest(scan, "--paper-scan")}


def merge(one: Mapping[str, Any], other: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """Two JSON objects as one; objects that both have are merged in turn. Raises `CommandError` where both say one."""
    merged = dict(one)
    for name, value in other.items():
        if name not in merged:
            merged[name] = value
        elif isinstance(merged[name], dict) and isinstance(value, dict):
            merged[name] = merge(merged[name], value, f"{where}{name}.")
        else:
            raise CommandError(f"--data 和 --personal 都有 {where}{name}。 Both say it; keep one.", CANNOT_TELL)
    return merged


def _list(as_json: bool) -> None:
    if as_json:
        print_json([{"act": act.code, "event": act.event, "zh": act.zh} for act in ACTS.values()])
        return
    print_table(["行为 Act", "事件 Event", "法定用语 The law's word"], [(a.code, a.event, a.zh) for a in ACTS.values()])


def _example(code: str) -> None:
    if code not in EXAMPLES:
        raise CommandError(
            f"{code} 带着另外的签名，由 `mingzhang officer` 制作。 It carries more signatures: see mingzhang officer.",
            CANNOT_TELL,
        )
    print_json(EXAMPLES[code])
