"""`mingzhang bulk`: a raised standard, a meeting, a round of re-checks; one list, then one signed act a case."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from api.bulk.listing import ListError, Listing, paper_member, read_listing, write_listing
from api.bulk.signing import Outcome, sign_listing
from api.cli.act import Json, Key, Officer
from api.cli.failing import CANNOT_TELL, WRONG, CommandError, told
from api.cli.files import refuse_unwritable, write_new
from api.cli.sending import load_signer, read_day, read_digest, read_object, read_uuid
from api.cli.showing import print_json, print_pairs, print_table
from api.client import Client, connect, language
from api.problems import problem
from api.service import brought_kid
from domain.bulk import Kind, Row, Terms, judged, lies_with, listed
from domain.officer import Officer as Registered
from domain.view import View
from ledger.act import BEIJING
from projections.standing import Standing, read_standing

bulk = typer.Typer(no_args_is_help=True, help="成批办理：提标、例会、定期核查、期满 One list, one signed act a case.")

ASIDE_ZH = {
    "suspended": "停发中",
    "under-way": "另有程序未办结",
    "deferred": "渐退期内",
    "verification": "县级核查中",
    "dispute": "复议诉讼未结",
    "refused": "规则不准",
}
_KIND_ZH = {
    Kind.STANDARD: "提标",
    Kind.OPEN: "启动到期的定期核查",
    Kind.RECHECK: "核查无变化",
    Kind.MEETING: "集体研究",
    Kind.GRANT: "予以确认",
    Kind.COSIGN: "待我签署",
    Kind.EXPIRE: "认定期满",
}
KIND_HELP = ", ".join(f"{kind} {zh}" for kind, zh in _KIND_ZH.items())


@bulk.command("list")
@told
def list_(
    kind: Annotated[Kind, typer.Argument(help=KIND_HELP)],
    out: Annotated[Path, typer.Option("--out", help="清单存于 Write the list to this new CSV file.")],
    key: Key = None,
    officer: Officer = None,
    until: Annotated[
        str | None,
        typer.Option(help="open：此日前到期的 Re-checks due by that day. [default: 30 天内 within 30 days]"),
    ] = None,
    as_json: Json = False,
) -> None:
    """从账本算出清单：本辖区内每个涉及的案件一行，例外已剔除并注明原因。什么都不写入账本。

    用表格软件核对：在 `aside` 列写几个字即剔除该行；金额、材料摘要可以填写。然后 `mingzhang bulk sign`。

    The list, computed from the ledger: a row for each case of your area that this concerns, exceptions pulled out with
    the reason. Look at it, pull out more by writing into `aside`, fill in amounts and papers; then `mingzhang bulk
    sign`. Nothing is recorded.

    例 Example: `mingzhang bulk list standard --key my.pem --out raise.csv`
    """
    if key is None and officer is None:
        raise CommandError("谁来签？请给出 --key 或 --officer。 Who will sign? Give --key, or --officer.", CANNOT_TELL)
    who = load_signer(key, officer).officer if key else read_uuid(officer or "", "--officer")
    refuse_unwritable(out)
    today = datetime.now(BEIJING).date()
    terms = Terms(today, who, read_day(until, "--until") if until else today + timedelta(days=30))
    with connect() as client:
        standing = read_standing(client.lines(0), brought_kid)
    rows = list(_rows(kind, standing, terms))
    written = [(row, standing.hashes[row.case.id], _why_aside(row)) for row in rows]
    write_new(out, write_listing(kind, written, standing.size))
    _summarise(kind, rows, out, as_json)


def _rows(kind: Kind, standing: Standing, terms: Terms) -> Iterator[Row]:
    """The rows of the officer's area, judged."""
    officer, policy = standing.streams[terms.officer], standing.policy
    if not isinstance(officer, Registered):
        raise CommandError(f"账本上没有人员 {terms.officer}。 There is no such officer on the ledger.")
    if policy is None:
        raise CommandError("本县还没有采用任何规则。 The county has adopted no rules: mingzhang policy adopt.")
    view = View(standing.origin, terms.on, standing.streams)
    for row in listed(kind, standing.streams, policy, terms):
        if lies_with(row, officer, view):
            yield judged(row, kind, terms, view)


def _why_aside(row: Row) -> str:
    if row.refused is not None:
        return f"{problem(row.refused, language())[1]['detail']} ({row.refused.code})"
    return f"{row.aside} {ASIDE_ZH[row.aside]}" if row.aside else ""


def _summarise(kind: Kind, rows: list[Row], out: Path, as_json: bool) -> None:
    kept, aside = [row for row in rows if not row.aside], Counter(row.aside for row in rows if row.aside)
    before = sum(row.case.monthly_fen or 0 for row in kept)
    after = sum(row.data.get("monthly_fen", row.case.monthly_fen) or 0 for row in kept)
    people = sum(row.case.members for row in kept)
    if as_json:
        counted = {"cases": len(kept), "members": people, "before_fen": before, "after_fen": after}
        print_json({"kind": kind, "file": str(out), **counted, "aside": dict(aside)})
        return
    pairs: list[tuple[str, Any]] = [
        ("清单 List", out),
        ("待签 To sign", f"{len(kept)} 户 cases, {people} 人 people"),
        ("每月 A month", f"{yuan(before)} → {yuan(after)} 元 yuan"),
    ]
    pairs += [(f"剔除 Aside: {ASIDE_ZH[word]} {word}", f"{number} 户 cases") for word, number in aside.items()]
    print_pairs([*pairs, ("下一步 Next", f"核对后 look at it, then: mingzhang bulk sign {out} --key …")])


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals, by whole numbers only."""
    return f"{fen // 100:,}.{fen % 100:02d}"


@bulk.command("sign")
@told
def sign(
    file: Annotated[Path, typer.Argument(help="核对过的清单 The list that was looked at, CSV.")],
    key: Key = None,
    officer: Officer = None,
    paper: Annotated[
        str | None,
        typer.Option(help="依据的文件 The paper behind every act (notice, minutes), or its SHA-256."),
    ] = None,
    data: Annotated[
        str,
        typer.Option(help="每案相同的内容 What every act says alike: a JSON object, or a file of one."),
    ] = "{}",
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 Sign without asking.")] = False,
    as_json: Json = False,
) -> None:
    """签清单：每案一个行为，一次发出；逐案给出结果。中断后再运行同一命令即接着办，不会重复。

    清单做出以后有了新行为的案件会被拒，留待单独办理。清单本身存入文书库，每个行为都记有它的摘要和行号。

    Sign the list: one act a case, sent in one go, with a result for each. Stopped anywhere, the same command goes on,
    and nothing goes in twice. A case that has moved on since the list was made is refused. The list is kept as a
    document; every act names its digest and row.

    例 Example: `mingzhang bulk sign raise.csv --key my.pem --paper notice.pdf`
    """
    if key is None:
        raise CommandError("要签名须给出 --key。 Give --key to sign.", CANNOT_TELL)
    signer, content = load_signer(key, officer), file.read_bytes()
    listing = _read(file, content, paper, data)
    outcomes = []
    with connect() as client:
        if not yes:
            aside = len(listing.items) - len(listing.signed)
            typer.confirm(f"签署 {len(listing.signed)} 案（剔除 {aside} 案）？ Sign?", abort=True, err=True)
        _keep_list(client, file, content)
        with Progress(transient=True) as progress:
            bar = progress.add_task(str(listing.kind), total=len(listing.signed))
            for outcome in sign_listing(
                client, listing, content, signer.officer, signer.private, lambda done: progress.advance(bar, done)
            ):
                outcomes.append(outcome)
    results = file.with_name(f"{file.stem}.results.csv")
    results.write_text(write_results(outcomes), "utf-8")
    _tell(outcomes, results, as_json)


def _read(file: Path, content: bytes, paper: str | None, data: str) -> Listing:
    """The list, with what its acts share. Saved by a spreadsheet program it may be GB18030."""
    shared = read_object(data, "--data")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", "replace")
    try:
        listing = read_listing(text, shared)
        member = paper_member(listing.kind)
        if paper and member:
            listing = read_listing(text, {member: read_digest(paper, "--paper"), **shared})
    except ListError as error:
        raise CommandError(f"{file}：{error}", CANNOT_TELL) from None
    return listing


def _keep_list(client: Client, file: Path, content: bytes) -> None:
    with file.open("rb") as opened:
        client.keep(sha256(content).hexdigest(), opened)


def write_results(outcomes: Iterable[Outcome]) -> str:
    """What became of every row, as CSV."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["row 行", "case 案件编号", "result 结果", "line 账本行", "code", "detail 说明"])
    for one in sorted(outcomes, key=lambda outcome: outcome.item.number):
        line = "" if one.index is None else one.index
        writer.writerow([one.item.number, one.item.case, one.what, line, one.code, one.detail])
    return "\ufeff" + out.getvalue()


def _tell(outcomes: list[Outcome], results: Path, as_json: bool) -> None:
    counted = Counter(outcome.what for outcome in outcomes)
    refused = Counter((one.code, one.detail.partition("。")[0][:80]) for one in outcomes if one.what == "refused")
    if as_json:
        named = {name: counted[name] for name in ("recorded", "before", "refused")}
        print_json({**named, "results": str(results)})
    else:
        print_pairs(
            [
                ("已记录 Recorded", counted["recorded"]),
                ("先前已记录 Before", counted["before"]),
                ("被拒 Refused", counted["refused"]),
                ("逐案结果 Results", results),
            ]
        )
        if refused:
            print_table(["户 Cases", "", ""], [[str(number), *why] for why, number in refused.most_common(10)])
    if refused:
        raise typer.Exit(WRONG)
