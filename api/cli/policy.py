"""`mingzhang policy`: the county's rules. One person proposes a pack, another adopts it; both see what it changes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from api.cli.act import Json, Officer
from api.cli.failing import CANNOT_TELL, CommandError, told
from api.cli.sending import load_signer, print_recorded, read_day, sign_and_send
from api.cli.showing import print_json, print_pairs, print_table
from api.client import Client, Problem, connect
from domain.acts import TYPES
from domain.events import Acted
from domain.pack import Kind, Pack, PackError
from domain.pack_diff import Change, Difference, differences
from domain.pack_text import read_pack
from domain.packs import shipped, text_of
from domain.policy import Policy, evolve
from domain.rules_in_force import overlay
from domain.streams import policy_id
from ledger.act import BEIJING

policies = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="规则：提出、比较、采用。The rules: proposed by one person of the county, adopted by another.",
)

KIND_ZH = {Kind.LAW: "法规规则", Kind.COUNTY: "县级设定", Kind.CALENDAR: "工作日历"}
CHANGE_ZH = {Change.NEW: "新增", Change.GONE: "不再有", Change.CHANGED: "改动"}

CountyKey = Annotated[Path, typer.Option("--key", help="县级人员的密钥 A county officer's signing key.")]
PackName = Annotated[str, typer.Option("--pack", help="规则包 A pack: a file, or the name of one that is shipped.")]
PackArgument = Annotated[str, typer.Argument(help="文件，或随附规则包的名称 A file, or a shipped pack's name.")]
Starting = Annotated[
    str | None, typer.Option("--from", help="自何日起 From which day. [default: 规则包所写 as the pack says]")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="不再询问 Sign without asking.")]


@policies.command("list")
@told
def list_(
    on: Annotated[str | None, typer.Option(help="看哪一日 In force on which day. [default: 今天 today]")] = None,
    is_shipped: Annotated[bool, typer.Option("--shipped", help="随附的 Only the packs that are shipped.")] = False,
    as_json: Json = False,
) -> None:
    """列出规则：提出的、采用的、现行的。Every pack that was proposed or adopted, and which are in force.

    例 Examples: `mingzhang policy list`, `mingzhang policy list --shipped`
    """
    rows = [_shipped_row(name) for name in shipped()] if is_shipped else _ledger_rows(_day(on, "--on"))
    if as_json:
        print_json(rows)
    elif not rows:
        typer.echo("还没有提出过规则。 No pack was proposed yet. `mingzhang policy list --shipped`")
    else:
        columns = ["名称 Pack", "种类 Kind", "自 From", "状态 State", "摘要 SHA-256", "标题 Title"]
        print_table(columns, [[*map(str, row.values())] for row in rows], wrapping=("标题 Title",))


def _shipped_row(name: str) -> dict[str, Any]:
    pack = read_pack(text_of(name))
    return _row(pack, pack.starting, "随附 shipped")


def _row(pack: Pack, starting: date, state: str) -> dict[str, Any]:
    return {
        "pack": pack.name,
        "kind": f"{pack.kind} {KIND_ZH[pack.kind]}",
        "starting": str(starting),
        "state": state,
        "sha256": pack.sha256,
        "title": pack.title,
    }


def _ledger_rows(on: date) -> list[dict[str, Any]]:
    with connect() as client:
        policy = read_policy(client)
    current = {id(policy.adopted_on(kind, on)) for kind in (Kind.LAW, Kind.COUNTY)}
    rows = []
    for one in policy.adopted:
        state = "现行 in force" if id(one) in current or one.pack.kind is Kind.CALENDAR else "已采用 adopted"
        rows.append(_row(one.pack, one.starting, state + ("，更正 correction" if one.correction else "")))
    return rows + [_row(one.pack, one.starting, "待采用 proposed") for one in policy.proposed]


@policies.command("show")
@told
def show(pack: PackArgument, as_text: Annotated[bool, typer.Option("--text", help="原文 The file itself.")] = False,
         as_json: Json = False) -> None:  # fmt: skip
    """逐条看一个规则包。A pack, article by article.

    例 Examples: `mingzhang policy show law-2022-10`, `mingzhang policy show county-defaults --text > ours.toml`
    """
    text, read = load_pack(pack)
    if as_text:
        typer.echo(text, nl=False)
        return
    found = differences(None, read)
    if as_json:
        print_json({"pack": _row(read, read.starting, "")["pack"], "rules": [_described(one) for one in found]})
        return
    _print_pack(read)
    for cite, group in groupby(found, key=lambda one: one.cite):
        typer.echo(f"\n{cite}")
        for one in group:
            typer.echo(f"    {one.new}" if one.kind == "article" else f"    {one.what}：{one.new}")


@policies.command("diff")
@told
def diff(old: PackArgument, new: PackArgument, as_json: Json = False) -> None:
    """逐条比较两个规则包：新增、不再有、改动。What is new, gone and changed from one pack to another.

    例 Example: `mingzhang policy diff law-2021-07 law-2022-10`
    """
    (_, before), (_, after) = load_pack(old), load_pack(new)
    found = differences(before, after)
    if as_json:
        print_json([_described(one) for one in found])
    else:
        print_differences(before, after, found)


@policies.command("propose")
@told
def propose(
    key: CountyKey,
    pack: PackName,
    officer: Officer = None,
    starting: Starting = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """提出规则包，由另一人采用。Propose a pack; it is in force only once another person adopts it.

    先看它与现行规则逐条有何不同，再签署。规则包全文写入账本。

    It first shows what would change against what is in force from that day, then signs. The whole text goes on the
    ledger.

    例 Example: `mingzhang policy propose --pack law-2022-10 --key county.pem`
    """
    signer = load_signer(key, officer)
    text, read = load_pack(pack)
    begins = read_day(starting, "--from") if starting else read.starting
    data = {
        "kind": read.kind.value,
        "name": read.name,
        "sha256": read.sha256,
        "text": text,
        "starting": str(begins),
    }
    with connect() as client:
        _agree(read_policy(client), read, begins, yes, as_json)
        recorded = sign_and_send(client, signer, "policy.propose", data)
    print_recorded(recorded, as_json=as_json, code="policy.propose")
    if not as_json:
        typer.echo(
            "\n还须另一人采用 Another person must adopt it now:\n"
            f"  mingzhang policy adopt --pack {pack} --from {begins} --key ANOTHER.pem"
        )


@policies.command("adopt")
@told
def adopt(
    key: CountyKey,
    pack: PackName,
    officer: Officer = None,
    starting: Starting = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """采用另一人提出的规则包；此后开始的程序按它办。Adopt what somebody else has proposed.

    摘要由您自己的文件算出，不取自账本：两人看的是同一份，才能采用。

    The digest is that of your own copy of the pack, not of what stands on the ledger: two people have seen the same
    text, or it is refused. Procedures that began before keep the rules they began with, unless the pack says otherwise.

    例 Example: `mingzhang policy adopt --pack law-2022-10 --key county2.pem`
    """
    signer = load_signer(key, officer)
    _, read = load_pack(pack)
    begins = read_day(starting, "--from") if starting else read.starting
    data = {"pack": read.name, "sha256": read.sha256, "starting": str(begins)}
    with connect() as client:
        _agree(read_policy(client), read, begins, yes, as_json)
        recorded = sign_and_send(client, signer, "policy.adopt", data)
    print_recorded(recorded, as_json=as_json, code="policy.adopt")


def load_pack(name: str) -> tuple[str, Pack]:
    """The text and the pack of a file, or of a shipped name. A file goes first. Raises `CommandError`."""
    path = Path(name)
    try:
        if path.is_file():
            text = path.read_bytes().decode()
        else:
            text = text_of(name)
        return text, read_pack(text)
    except KeyError:
        raise CommandError(
            f"没有文件 {name}，也没有随附的规则包叫这个名称；随附的有 {'、'.join(shipped())}。"
            f" There is no such file, nor a shipped pack of that name; shipped are {', '.join(shipped())}.",
            CANNOT_TELL,
        ) from None
    except UnicodeDecodeError:
        raise CommandError(
            f"{name} 不是 UTF-8 文本，请另存为 UTF-8。 It is not UTF-8 text; save it as UTF-8.", CANNOT_TELL
        ) from None
    except OSError as error:
        raise CommandError(f"{name} 读不到（{error.strerror}）。 It cannot be read.", CANNOT_TELL) from None
    except PackError as fault:
        raise CommandError(f"{name}，{fault.place}：{fault.zh}。\n  {fault.en}.") from None


def read_policy(client: Client) -> Policy:
    """The rules as the ledger has them: every proposal and adoption folded."""
    stream = policy_id(client.head()["origin"])
    policy = Policy(stream, 0)
    try:
        entries = client.history(stream)["entries"]
    except Problem as problem:
        if problem.status == 404:
            return policy
        raise
    for entry in entries:
        claims = {"act": entry["act"], "data": entry["data"], "iss": entry["officer"]}
        policy = evolve(policy, Acted(UUID(str(stream)), entry["version"], TYPES[entry["act"]], "", claims, {}))
    return policy


def _agree(policy: Policy, pack: Pack, starting: date, yes: bool, as_json: bool) -> None:
    """Show what the pack changes, and ask. Raises `CommandError` when the answer is no."""
    if as_json:
        if not yes:
            raise CommandError(
                "--json 不提问：请先看 mingzhang policy diff，再加 --yes。"
                " --json asks nothing: look at mingzhang policy diff first, then add --yes.",
                CANNOT_TELL,
            )
        return
    current = policy.adopted_on(pack.kind, starting)
    before = current.pack if current else None
    print_differences(before, pack, differences(before, pack), starting)
    law, county = (policy.adopted_on(kind, starting) for kind in (Kind.LAW, Kind.COUNTY))
    if pack.kind is Kind.LAW and county is not None:
        over = overlay(pack, county.pack, policy.calendar).overruled
        if over:
            typer.echo(f"\n这些县级设定不再有效 The law prevails over these settings of the county: {', '.join(over)}")
    later = [one for one in policy.adopted if one.pack.kind is pack.kind and one.starting >= starting]
    if later:
        typer.echo(
            f"\n这是更正：已有自 {later[0].starting} 起的 {later[0].pack.name}。"
            " This is a correction: another pack begins then or later."
        )
    if law is None and pack.kind is Kind.COUNTY:
        typer.echo("\n当日没有法规规则。 No law pack is in force on that day.")
    if not yes and not typer.confirm("\n签署 Sign it?"):
        raise CommandError("没有签署。 Nothing was signed.")


def print_differences(old: Pack | None, new: Pack, found: list[Difference], starting: date | None = None) -> None:
    """Article by article, in Chinese."""
    print_pairs(
        [
            ("原规则 Old", f"{old.name} {old.title}" if old else "无 none"),
            ("新规则 New", f"{new.name} {new.title}"),
            ("自 From", starting or new.starting),
            ("摘要 SHA-256", new.sha256),
        ]
    )
    if new.calendar is not None:
        days = new.calendar
        typer.echo(f"\n工作日历 {days.first} 至 {days.last}：休 {len(days.rest)} 天，补班 {len(days.work)} 天")
        return
    for cite, group in groupby(found, key=lambda one: one.cite):
        typer.echo(f"\n{cite}")
        for one in group:
            typer.echo(f"  {CHANGE_ZH[one.change]}  {one.what}")
            for words, sign in ((one.old, "-"), (one.new, "+")):
                if words is not None:
                    typer.echo(f"        {sign} {words}")
    counts = "，".join(f"{zh} {sum(one.change is change for one in found)}" for change, zh in CHANGE_ZH.items())
    typer.echo(f"\n{counts} 处" if found else "\n没有不同 No difference.")


def _print_pack(pack: Pack) -> None:
    print_pairs(
        [
            ("规则包 Pack", f"{pack.name} {pack.title}"),
            ("种类 Kind", f"{pack.kind} {KIND_ZH[pack.kind]}"),
            ("自 From", pack.starting),
            ("过渡 Transition", f"{pack.transition}"),
            ("摘要 SHA-256", pack.sha256),
        ]
    )


def _described(one: Difference) -> dict[str, Any]:
    return {name: value for name, value in asdict(one).items() if value is not None}


def _day(text: str | None, option: str) -> date:
    return read_day(text, option) if text else datetime.now(UTC).astimezone(BEIJING).date()
