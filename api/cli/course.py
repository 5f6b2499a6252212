"""`mingzhang course`: a household followed from application to exit, each step with what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from api.cli.failing import WRONG, told
from api.cli.read import BASIS, CaseId, Json, holds, verdict
from api.cli.sending import read_uuid
from api.cli.showing import beijing, print_json, say_if_simulated
from api.client import connect
from api.wording.course import CONFIRMS_ZH, DUTY_ZH, FORM_ZH, HAND_ZH, WHY_ZH, said
from domain.pack_words import LEVEL_ZH
from domain.vocabulary import Level


@told
def course(
    case: CaseId,
    as_json: Json = False,
    whole: Annotated[bool, typer.Option("--data", help="每步所记的内容也显示 Show what each act says, too.")] = False,
) -> None:
    """办理经过：逐步列出权限、规则、时限、签名。A case followed step by step: authority, rule, clock, signatures.

    有签名或链不完好的，退出码为 1。 Exit code 1 when a signature or the chain does not hold.

    例 Example: `mingzhang course 5e0c1f5e-…`
    """
    with connect() as client:
        found = client.course(read_uuid(case, "CASE"))
    if as_json:
        print_json(found)
    else:
        say_if_simulated(found)
        for entry in found["entries"]:
            typer.echo("\n".join(_block(entry, found["entries"], whole)))
    if not all(holds(entry) for entry in found["entries"]):
        raise typer.Exit(WRONG)


def _block(entry: dict[str, Any], entries: list[dict[str, Any]], whole: bool) -> Iterator[str]:
    what = f"{entry.get('act_zh') or ''} {entry.get('act', entry['type'])}".strip()
    yield f"{entry.get('on', '')}  {what}  行 line {entry['index']}"
    if "officer" not in entry:
        return
    if entry["act"] == "review.cosign":
        yield f"    共签 Co-signs   {_cosigned(entry, entries)}"
    elif words := said(entry["data"]):
        yield f"    内容 Says       {words}"
    yield f"    签名 Signed     {verdict(entry)} {_who(entry)}，{beijing(entry['signed'])}，{BASIS[entry['basis']]}"
    if entry.get("hands_missing"):
        yield f"    待签 Awaits     {', '.join(_hand(one) for one in entry['hands_missing'])}"
    if "level" in entry:
        yield f"    权限 Authority  {_authority(entry['authority'] or {}, Level(entry['level']))}"
    if rules := entry.get("rules"):
        named = " + ".join(name for name in (rules["law"], rules["settings"]) if name)
        yield f"    规则 Rule       {named}；{'、'.join(entry['articles'])}".rstrip("；")
    for one in entry.get("met", ()):
        yield f"    时限 Clock      {_met(one)}"
    for one in entry.get("moved", ()):
        was, due = (one[name] or "停计 paused" for name in ("was", "due"))
        yield f"    改期 Moves      {one['name_zh']} {one['name']}：{was} → {due}"
    for one in entry.get("running", ()):
        yield f"    起算 Begins     {one['name_zh']} {one['name']}：至 until {one['due']}"
    if whole:
        yield from (f"    {name:<14} {value}" for name, value in entry["data"].items())


def _cosigned(entry: dict[str, Any], entries: list[dict[str, Any]]) -> str:
    """Which act it completes, and as whom: somebody without a key signed on paper, and the signer transcribed it."""
    data = entry["data"]
    of = next((one for one in entries if one.get("version") == data["version"]), {})
    named = (
        f"行 line {of['index']} {of.get('act_zh') or ''} {of.get('act', '')}" if of else f"version {data['version']}"
    )
    paper = "，纸上签名，签署人只是转录 on paper; the signer transcribes it" if data.get("paper") else ""
    return f"{named}，作为 as {HAND_ZH[data['hand']]} {data['hand']}{paper}"


def _hand(missing: str) -> str:
    return "在场家庭成员 household" if missing == "household" else missing[:8]


def _who(entry: dict[str, Any]) -> str:
    behalf = f" 代 for {entry['behalf'][:8]}" if entry.get("behalf") else ""
    paper = entry.get("paper")
    signer = f"，纸质签名 on paper by {paper['signer'][:8]}" if paper else ""
    level = f"（{LEVEL_ZH[Level(entry['level'])]}）" if "level" in entry else ""
    return f"{entry['officer'][:8]}{level}{behalf}{signer}"


def _authority(said: dict[str, Any], level: Level) -> str:
    if "confirms" not in said:
        # What it names is whose limits the case runs under, not by what power this act is done.
        known = (
            f"；确认权限当日已下放 power to confirm delegated {said['delegation'][:8]}" if "delegation" in said else ""
        )
        return f"{DUTY_ZH[level]} duty of the {level}{known}"
    parts = [CONFIRMS_ZH[said["confirms"]]]
    if why := said.get("why"):
        parts.append(WHY_ZH.get(why, why))
    if form := said.get("form"):
        parts.append(FORM_ZH[form])
    if said.get("instrument"):
        parts.append(f"文件 instrument {said['instrument'][:16]}…")
    if said.get("delegation"):
        act = f" 第 {said['delegation_version']} 号行为" if "delegation_version" in said else ""
        parts.append(f"下放 delegation {said['delegation'][:8]}{act}")
    return "，".join(parts)


def _met(one: dict[str, Any]) -> str:
    if one["lapsed"]:
        late = "，已逾期 LATE" if one["late"] else ""
        return f"{one['name_zh']} {one['name']}：应于 due {one['due']}{late}，随退出终止 ended with the case"
    if one["waits"]:
        return f"{one['name_zh']} {one['name']}：满期 ran out {one['due']}，{one['done']} 之后办理 done after"
    verdict_ = "逾期 LATE" if one["late"] else "按时 in time"
    return f"{one['name_zh']} {one['name']}：应于 due {one['due']}，{one['done']} 办结 done，{verdict_}"
