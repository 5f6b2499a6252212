"""`mingzhang delegation`: the power to confirm, given to towns, narrowed, stopped, taken back; what is valid when."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.act import Json, Officer
from api.cli.county import CountyKey, Instrument, Starting, Town
from api.cli.failing import CANNOT_TELL, CommandError, told
from api.cli.sending import load_signer, print_recorded, read_day, read_digest, sign_and_send
from api.cli.showing import print_json, print_pairs, print_table
from api.client import connect
from domain.streams import delegation_id
from domain.vocabulary import Programme

delegations = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help=(
        "确认权限下放：下放、限制、暂停、恢复、收回、查看。\n\n"
        "Delegation of the power to confirm, from the county to a town (57号 Art 2, 43号 Art 28)."
    ),
)


class Form(StrEnum):
    """委托 or 授权: who answers for what the town does (行政诉讼法 Art 26)."""

    ENTRUSTED = "entrusted"
    GRANTED = "granted"


class Reason(StrEnum):
    """Why a delegation is suspended."""

    VERIFICATION_FAULTS = "verification_faults"
    NOT_RECTIFIED = "not_rectified"
    INVESTIGATION = "investigation"
    STAFFING = "staffing"
    REORGANISATION = "reorganisation"


From = Annotated[str | None, typer.Option("--from", help="自何日起 From which day. [default: 入账之日 when recorded]")]
Number = Annotated[
    str | None,
    typer.Option(
        help="文号 ISSUER/YEAR/N; ISSUER: government 县政府, government_office 县政府办, civil_affairs 县民政局. "
        "紫政办发〔2021〕12号: government_office/2021/12"
    ),
]
Programmes = Annotated[list[Programme] | None, typer.Option("--programme", help="救助项目 Programmes; several times.")]
Ceiling = Annotated[
    int | None,
    typer.Option("--ceiling-fen", min=0, help="每户每月上限（分），超出由县级确认 Above it the county confirms."),
]
Grounds = Annotated[
    list[str] | None, typer.Option("--ground", help="依据：核查行的哈希 Line hashes of what was found; several times.")
]


@delegations.command("grant")
@told
def grant(
    key: CountyKey,
    town: Town,
    instrument: Instrument,
    starting: Starting,
    officer: Officer = None,
    programme: Programmes = None,
    form: Annotated[Form, typer.Option(help="entrusted 委托, granted 授权.")] = Form.ENTRUSTED,
    until: Annotated[str | None, typer.Option("--until", help="至何日 Until which day. [default: open]")] = None,
    stage: Annotated[
        list[str] | None,
        typer.Option(help="试点阶段 STAGE:FIRST:LAST, several times; preparing 安排部署, running, evaluating."),
    ] = None,
    ceiling: Ceiling = None,
    number: Number = None,
    as_json: Json = False,
) -> None:
    """县级把确认权限下放给乡镇；不写项目即全部。Let a town confirm cases of these programmes; all if none is named.

    例 Example: `mingzhang delegation grant --town 610924100 --instrument plan.pdf --from 2021-07-01 --key county.pem`
    """
    data: dict[str, Any] = {
        "town": town,
        "programmes": [chosen.value for chosen in programme or list(Programme)],
        "form": form.value,
        **_paper(instrument, number),
        "starting": str(read_day(starting, "--from")),
        "ending": str(read_day(until, "--until")) if until else None,
        "stages": [_stage(one) for one in stage or ()] or None,
        "ceiling_fen": ceiling,
    }
    _sign("delegation.grant", town, data, key, officer, as_json)


@delegations.command("limit")
@told
def limit(
    key: CountyKey,
    town: Town,
    instrument: Instrument,
    starting: From = None,
    officer: Officer = None,
    programme: Programmes = None,
    until: Annotated[str | None, typer.Option("--until", help="提前到何日止 An earlier last day.")] = None,
    ceiling: Ceiling = None,
    number: Number = None,
    as_json: Json = False,
) -> None:
    """限制：只留这些项目，或提前到期，或设上限。Keep these programmes only, end earlier, or set a ceiling.

    例 Example: `mingzhang delegation limit --town 610924100 --ceiling-fen 100000 --instrument n.pdf --key county.pem`
    """
    data = {
        **_paper(instrument, number, starting),
        "programmes": [chosen.value for chosen in programme or ()] or None,
        "ending": str(read_day(until, "--until")) if until else None,
        "ceiling_fen": ceiling,
    }
    _sign("delegation.limit", town, data, key, officer, as_json)


@delegations.command("suspend")
@told
def suspend(
    key: CountyKey,
    town: Town,
    instrument: Instrument,
    reason: Annotated[
        Reason,
        typer.Option(
            help="verification_faults 核查发现问题, not_rectified 逾期未整改, investigation 正在调查,"
            " staffing 人员不足, reorganisation 机构调整."
        ),
    ],
    starting: From = None,
    officer: Officer = None,
    ground: Grounds = None,
    number: Number = None,
    as_json: Json = False,
) -> None:
    """暂停：恢复之前由县级确认。Until it is resumed, the county confirms.

    例: `mingzhang delegation suspend --town 610924100 --reason verification_faults --instrument n.pdf --key county.pem`
    """
    data = {**_paper(instrument, number, starting), "reason": reason.value, "grounds": ground or None}
    _sign("delegation.suspend", town, data, key, officer, as_json)


@delegations.command("resume")
@told
def resume(
    key: CountyKey,
    town: Town,
    instrument: Instrument,
    starting: From = None,
    officer: Officer = None,
    number: Number = None,
    as_json: Json = False,
) -> None:
    """恢复暂停的权限。What was suspended holds again, as it was.

    例 Example: `mingzhang delegation resume --town 610924100 --instrument notice.pdf --key county.pem`
    """
    _sign("delegation.resume", town, _paper(instrument, number, starting), key, officer, as_json)


@delegations.command("withdraw")
@told
def withdraw(
    key: CountyKey,
    town: Town,
    instrument: Instrument,
    starting: From = None,
    officer: Officer = None,
    ground: Grounds = None,
    number: Number = None,
    as_json: Json = False,
) -> None:
    """收回下放的权限。Take the power back; what was confirmed before stands.

    例 Example: `mingzhang delegation withdraw --town 610924100 --instrument notice.pdf --key county.pem`
    """
    data = {**_paper(instrument, number, starting), "grounds": ground or None}
    _sign("delegation.withdraw", town, data, key, officer, as_json)


@delegations.command("show")
@told
def show(
    town: Annotated[str, typer.Argument(help="乡镇区划代码 The town's code, 9 digits.")],
    on: Annotated[str | None, typer.Option(help="何日 Which day. [default: 今天 today]")] = None,
    as_json: Json = False,
) -> None:
    """下放给乡镇的权限：历次期间，某日是否有效。A town's delegation over time, and what is valid on a day.

    例 Example: `mingzhang delegation show 610924100 --on 2021-09-30`
    """
    with connect() as client:
        found = client.delegation(town, read_day(on, "--on") if on else None)
    if as_json:
        print_json(found)
        return
    if found["gone_into"]:
        typer.echo(
            f"{town} 已并入 {found['gone_into']}，以其权限为准。 It has gone into that town, whose power counts."
        )
    columns = ["项目 Programme", "自 From", "至 Until", "状态 State", "形式 Form", "上限（分） Ceiling", "行为 Acts"]
    print_table(columns, [_period(period) for period in found["periods"]])
    typer.echo("")
    print_pairs([(f"{found['on']} {power['programme']}", _power(power)) for power in found["powers"]])


STATES = {
    "valid": "有效 valid",
    "limited": "不再下放 limited",
    "suspended": "暂停 suspended",
    "withdrawn": "已收回 withdrawn",
    "ended": "已到期 ended",
    "not_yet": "尚未生效 not yet",
    "never": "从未下放 never delegated",
    "other_programme": "未下放此项目 not delegated",
}
FORMS = {"entrusted": "委托 entrusted", "granted": "授权 granted"}
STAGES = {"preparing": "安排部署", "running": "组织实施", "evaluating": "评估推广"}


def _period(period: dict[str, Any]) -> list[str]:
    granted, changed = period["granted_version"], period["changed_version"]
    return [
        period["programme"],
        period["starting"],
        period["ending"] or "–",
        STATES[period["state"]],
        FORMS[period["form"]],
        str(period["ceiling_fen"] if period["ceiling_fen"] is not None else "–"),
        f"{granted}" if granted == changed else f"{granted} → {changed}",
    ]


def _power(power: dict[str, Any]) -> str:
    if power["valid"]:
        stage = f"，{STAGES[power['stage']]} {power['stage']}" if power["stage"] else ""
        return f"✓ {FORMS[power['form']]}{stage}"
    since = f" {power['since']}" if power["since"] else ""
    return f"✗ {STATES[power['why']]}{since}"


def _paper(instrument: str, number: str | None, starting: str | None = None) -> dict[str, Any]:
    return {
        "instrument": read_digest(instrument, "--instrument"),
        "number": read_number(number) if number else None,
        "starting": str(read_day(starting, "--from")) if starting else None,
    }


def read_number(text: str) -> dict[str, Any]:
    """文号 from the command line."""
    issuer, *numbers = text.split("/")
    if len(numbers) != 2 or not all(one.isascii() and one.isdigit() for one in numbers):
        raise CommandError(
            f"--number：{text!r} 应形如 government_office/2021/12。 It looks like government_office/2021/12.",
            CANNOT_TELL,
        )
    return {"issuer": issuer, "year": int(numbers[0]), "number": int(numbers[1])}


def _stage(text: str) -> dict[str, str]:
    stage, *days = text.split(":")
    if len(days) != 2:
        raise CommandError(
            f"--stage：{text!r} 应形如 running:2021-06-26:2021-09-30。 It looks like running:2021-06-26:2021-09-30.",
            CANNOT_TELL,
        )
    first, last = (str(read_day(day, "--stage")) for day in days)
    return {"stage": stage, "starting": first, "ending": last}


def _sign(code: str, town: str, data: dict[str, Any], key: Path, officer: str | None, as_json: bool) -> None:
    said = {name: value for name, value in data.items() if value is not None}
    signer = load_signer(key, officer)
    with connect() as client:
        stream = delegation_id(client.head()["origin"], town)
        recorded = sign_and_send(client, signer, code, said, stream=stream)
    print_recorded(recorded, as_json=as_json, code=code)
