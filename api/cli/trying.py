"""`mingzhang try`: a made-up case walks through all six stages on a trial ledger, every act really signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer

from api.cli.act import Quiet
from api.cli.failing import CommandError, told
from api.cli.keys import Algorithm, create_private_key
from api.cli.officer import register_officer
from api.cli.policy import read_policy
from api.cli.read import print_history
from api.cli.sending import Signer, load_signer, sign_and_send
from api.client import Client, connect
from api.countersign import possess, second
from api.examples import EXAMPLES
from api.examples.made_up import TOWN, made_up_number
from api.private_files import write_private
from api.settings import Settings
from domain.acts import ACTS
from domain.pack_text import read_pack
from domain.packs import text_of
from domain.rulings.amounts import month_after
from domain.streams import delegation_id
from ledger.act import BEIJING

OFFICERS = {
    # file name: (unit, made-up name, made-up post)
    "county": (TOWN[:6], "示例丙", "县民政局经办"),
    "supervisor": (TOWN[:6], "示例己", "县民政局负责人"),
    "clerk": (TOWN, "示例丁", "镇经办人员"),
    "assistant": (TOWN, "示例庚", "镇民政助理员"),
    "leader": (TOWN, "示例戊", "镇负责人"),
}

PACKS = ("law-2025-01", "county-defaults")

WALK = (
    # 申请 → 审核 → 确认 → 核查 → 停 → 退出: (act, who signs it, how many days ago it took place)
    ("apply.submit", "clerk", 60),
    ("apply.accept", "clerk", 60),
    ("review.request_check", "clerk", 60),
    ("review.begin_check", "county", 59),
    ("review.check", "county", 57),
    ("review.visit", "clerk", 58),
    ("review.cosign", "assistant", 58),
    ("review.cosign", "clerk", 58),
    ("review.opine", "clerk", 55),
    ("review.post", "clerk", 54),
    ("confirm.grant", "leader", 45),
    ("confirm.notify", "clerk", 44),
    ("confirm.publish", "clerk", 44),
    ("verify.draw", "supervisor", 30),
    ("verify.visit", "supervisor", 28),
    ("verify.pass", "supervisor", 27),
    ("suspend.start", "leader", 20),
    ("suspend.lift", "leader", 10),
    ("exit.end", "leader", 0),
)
STAYING = [code for code, _, _ in WALK].index("suspend.start")
"""So many steps, and the household is in the middle of being helped."""


@told
def try_(
    data: Annotated[
        Path | None, typer.Option(help="数据目录 Where `mingzhang run` keeps everything. [env: DATA, default: ./var]")
    ] = None,
    stay: Annotated[
        bool, typer.Option("--stay", help="确认、核查之后留在册上 The household goes on being helped: no exit.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """试走一遍：虚构案件走完六个阶段。Walk a made-up case through all six stages.

    登记三名虚构人员，下放权限，每个行为都由其本人的密钥真实签名。只用于试用账本：记上的就留下了。

    Three made-up officers are registered, a town gets its delegation, and every act is signed with its officer's own
    key. The keys stay in DATA/keys/try, to try `mingzhang act` with. For trial ledgers only, as `mingzhang run` opens
    them: what is recorded stays recorded.

    例 Example: `mingzhang run` in one window, `mingzhang try` in another
    """
    keys = (data or Settings.from_env().data) / "keys"
    with connect() as client:
        with redirect_stdout(StringIO()) if quiet else nullcontext():
            signers = _register_all(client, keys)
            _adopt(client, signers["county"], signers["supervisor"])
            _delegate(client, signers["county"])
            case = _walk(client, signers, WALK[:STAYING] if stay else WALK)
        if quiet:
            typer.echo(str(case))
            return
        typer.echo(f"\n案件 Case {case}\n")
        print_history(client.history(case)["entries"])
    typer.echo(f"\n再看 See also: mingzhang case {case}    mingzhang verify")


def _register_all(client: Client, keys: Path) -> dict[str, Signer]:
    """The made-up officers, registered now unless they were before."""
    if not (keys / "administrators").is_dir():
        raise CommandError(
            f"{keys} 里没有试用账本的管理员密钥：请到运行 `mingzhang run` 的目录，或用 --data 指明它的 DATA。"
            " There are no keys of a trial ledger's administrators, as `mingzhang run` makes them: go where it runs, or"
            " name its DATA with --data."
        )
    first, other = (load_signer(keys / "administrators" / f"{number}.pem", None) for number in (1, 2))
    directory = keys / "try"
    directory.mkdir(mode=0o700, exist_ok=True)
    return {name: _register(client, directory / f"{name}.pem", name, first, other) for name in OFFICERS}


def _register(client: Client, path: Path, name: str, first: Signer, other: Signer) -> Signer:
    # Run again after a crash anywhere in here: it goes on with the files that are there.
    if not path.exists():
        create_private_key(path, Algorithm.ED25519)
    if not path.with_suffix(".id").exists():
        write_private(path.with_suffix(".id"), f"{uuid4()}\n".encode())
    signer = load_signer(path, None)
    if client.stream(signer.officer).version == 0:
        unit, person, post = OFFICERS[name]
        asked = possess(signer.private, client.head()["origin"], str(signer.officer))
        data: dict[str, Any] = {"unit": unit, "administrator": False, "person": {"name": person, "post": post}}
        recorded = register_officer(client, first, asked, second(other.private, asked, unit), data)
        _say(recorded, "officer.register", f"{name} {unit}")
    return signer


def _adopt(client: Client, one: Signer, other: Signer) -> None:
    """The newest law and the county's defaults, proposed by one and adopted by the other, unless they were before."""
    policy = read_policy(client)
    for name in PACKS:
        text = text_of(name)
        pack = read_pack(text)
        said = {"sha256": pack.sha256, "starting": str(pack.starting)}
        if any(adopted.pack.kind is pack.kind for adopted in policy.adopted):
            continue
        # After a crash between the two: proposed again, which does no harm.
        data = {"kind": pack.kind.value, "name": name, "text": text, **said}
        _say(sign_and_send(client, one, "policy.propose", data), "policy.propose", f"county {name}")
        _say(sign_and_send(client, other, "policy.adopt", {"pack": name, **said}), "policy.adopt", f"supervisor {name}")


def _delegate(client: Client, county: Signer) -> None:
    if client.stream(delegation_id(client.head()["origin"], TOWN)).version == 0:
        recorded = sign_and_send(client, county, "delegation.grant", EXAMPLES["delegation.grant"])
        _say(recorded, "delegation.grant", f"county → {TOWN}")


def _walk(client: Client, signers: Mapping[str, Signer], steps: Sequence[tuple[str, str, int]]) -> UUID:
    case, today = uuid4(), datetime.now(BEIJING).date()
    visit: Mapping[str, Any] = {}
    for code, name, ago in steps:
        on = today - timedelta(days=ago)
        data = EXAMPLES[code] | _said_here(code, name, on, signers, visit)
        recorded = sign_and_send(client, signers[name], code, data, stream=case, on=on)
        if code == "review.visit":
            visit = recorded
        _say(recorded, code, name)
    return case


def _said_here(
    code: str, name: str, on: date, signers: Mapping[str, Signer], visit: Mapping[str, Any]
) -> dict[str, Any]:
    """What an example cannot know: who visited, which act is signed by more hands, from which month on."""
    if code == "apply.submit":
        return _made_up_household()
    if code == "review.visit":
        return {"investigators": [str(signers[one].officer) for one in ("clerk", "assistant")]}
    if code == "review.cosign":
        named = {"version": visit["version"], "act": visit["digest"]}
        # The household has no key: it signs on paper, which the clerk transcribes.
        return named | ({"hand": "investigator", "paper": None} if name == "assistant" else {})
    return {"starting": month_after(on)} if "starting" in EXAMPLES[code] else {}


def _made_up_household() -> dict[str, Any]:
    """The example's people with other ID numbers: nobody is helped twice, and one may try more than once."""
    sample = EXAMPLES["apply.submit"]
    others = [member | {"person": member["person"] | {"id_number": made_up_number()}} for member in sample["household"]]
    return {"applicant": sample["applicant"] | {"id_number": made_up_number()}, "household": others}


def _say(recorded: Mapping[str, Any], code: str, who: str) -> None:
    typer.echo(f"{recorded['index']:>6}  {recorded['hash'][:16]}…  {code:<16}  {who:<18}  {ACTS[code].zh}")
