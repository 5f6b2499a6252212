"""`mingzhang officer deputise`, `end-deputation`, `handover`, `takeover`, `show`: standing in, leaving, succeeding."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from api.cli.act import Json, Officer
from api.cli.failing import CANNOT_TELL, CommandError, told
from api.cli.files import write_new
from api.cli.sending import load_signer, print_recorded, read_day, read_digest, read_uuid, sign_and_send
from api.cli.showing import print_json, print_pairs, print_table
from api.client import Client, connect
from api.open_cases import COLUMNS, ListError, open_cases, read_list, write_list
from domain.assignment import DUTY_ZH, Duty
from domain.handover import MAX_NAMED, list_digest

Key = Annotated[Path, typer.Option("--key", help="签名密钥 Your signing key.")]
Of = Annotated[str | None, typer.Option("--of", help="何人的 Whose: an officer id. [default: 本人 your own]")]


class Reason(StrEnum):
    """Why work is handed over: 离职, 调岗, 请假."""

    LEAVING = "leaving"
    TRANSFER = "transfer"
    ABSENCE = "absence"


@told
def show(officer: Annotated[str, typer.Argument(help="人员编号 An officer id.")], as_json: Json = False) -> None:
    """人员现状：单位、密钥、职责、代理、交接。An officer: unit, keys, duties, deputies, hand-overs.

    例 Example: `mingzhang officer show 1f2e…`
    """
    with connect() as client:
        found = client.officer(read_uuid(officer, "OFFICER"))
    if as_json:
        print_json(found)
        return
    print_pairs(
        [
            ("人员编号 Officer id", found["id"]),
            ("单位 Unit", f"{found['unit']} ({found['level']})"),
            ("管理员 Administrator", found["administrator"]),
            *(("有效密钥 Key", kid) for kid in found["keys"]),
            *(("阅读公钥 Reading key", public) for public in found["reading_keys"]),
            *(
                ("职责 Duties", f"{_duties(one['duties'])}  {one['starting']} – {one['ending'] or '…'}")
                for one in found["assignments"]
            ),
            *(
                ("代理 Deputy", f"{one['deputy']}  {one['starting']} – {one['ending']}  {', '.join(one['acts'])}")
                for one in found["deputations"]
            ),
            ("交接 Hand-over", {"none": None, "open": "未了 open", "done": "已了 done"}[found["handover"]]),
            *(
                (
                    "移交 Handed over",
                    f"{one['successor']}  {one['count']} 案 cases  {'已接收 taken' if one['taken'] else '未接收 open'}",
                )
                for one in found["handovers"]
            ),
        ]
    )


def _duties(duties: list[str]) -> str:
    return ", ".join(f"{DUTY_ZH[Duty(duty)]} {duty}" for duty in duties) or "无 none"


@told
def deputise(
    key: Key,
    deputy: Annotated[str, typer.Option(help="代理人 The deputy: an officer id of the same unit.")],
    starting: Annotated[str, typer.Option("--from", help="自何日起 From which day.")],
    until: Annotated[str, typer.Option("--until", help="至何日 Until which day, included.")],
    acts: Annotated[
        list[str],
        typer.Option("--act", help="可代理的阶段或行为 A stage (review) or an act (confirm.notify); several."),
    ],
    of: Of = None,
    officer: Officer = None,
    as_json: Json = False,
) -> None:
    """委托代理：本人不在时，由同单位的人代办若干行为。Have a colleague do some of your acts for a while.

    本人签；本人已不在时由县级签（`--of`）。代理人办理时加 `--behalf`，两个人都记在行为里。

    Signed by the officer, or, while they are away, by the county (`--of`). The deputy signs with `mingzhang act …
    --behalf ID`: the act names both.

    例 Example:

        mingzhang officer deputise --deputy 1f2e… --from 2026-12-01 --until 2026-12-14 --act review --key my.pem
    """
    signer = load_signer(key, officer)
    data = {
        "deputy": str(read_uuid(deputy, "--deputy")),
        "starting": str(read_day(starting, "--from")),
        "ending": str(read_day(until, "--until")),
        "acts": acts,
    }
    with connect() as client:
        stream = read_uuid(of, "--of") if of else signer.officer
        recorded = sign_and_send(client, signer, "officer.deputise", data, stream=stream)
    print_recorded(recorded, as_json=as_json, code="officer.deputise")


@told
def end_deputation(
    key: Key,
    deputy: Annotated[str, typer.Option(help="代理人 The deputy: an officer id.")],
    of: Of = None,
    officer: Officer = None,
    as_json: Json = False,
) -> None:
    """终止代理：本人、代理人或县级签。End a deputation: signed by the officer, the deputy, or the county.

    例 Example: `mingzhang officer end-deputation --deputy 1f2e… --key my.pem`
    """
    signer = load_signer(key, officer)
    with connect() as client:
        stream = read_uuid(of, "--of") if of else signer.officer
        data = {"deputy": str(read_uuid(deputy, "--deputy"))}
        recorded = sign_and_send(client, signer, "officer.end_deputation", data, stream=stream)
    print_recorded(recorded, as_json=as_json, code="officer.end_deputation")


@told
def hand_over(
    list_: Annotated[Path, typer.Option("--list", help="案件清单 The list of open cases, CSV.")],
    of: Of = None,
    to: Annotated[str | None, typer.Option("--to", help="接收人 The successor: an officer id.")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="签名密钥 Your signing key, or an administrator's.")] = None,
    officer: Officer = None,
    reason: Annotated[Reason, typer.Option(help="leaving 离职, transfer 调岗, absence 请假.")] = Reason.LEAVING,
    papers: Annotated[str | None, typer.Option(help="纸质材料清单 The list of papers: a file, or its SHA-256.")] = None,
    minutes: Annotated[str | None, typer.Option(help="交接记录 The signed minutes: a file, or its SHA-256.")] = None,
    as_json: Json = False,
) -> None:
    """工作交接：先列清单，再签。Hand over your work: first make the list, then sign for it.

    没有 `--to` 时，从账本列出本人最后经办且未了的案件，写入清单（不覆盖），注明最近的期限，并不签名。核对之后，加上
    `--to`、`--papers`、`--minutes`、`--key` 再来一次，即签名移交。接收人用 `takeover` 接收之前，一直算未了。

    Without `--to` it lists the open cases in which the officer was the last to act, from the ledger, and signs nothing.
    Look at the list and the days in its column `due`, then come again with `--to`, `--papers`, `--minutes` and
    `--key` to sign. It is open until the successor has taken it over (`takeover`).

    例 Examples:

        mingzhang officer handover --list mine.csv --key my.pem
        mingzhang officer handover --list mine.csv --key my.pem --to 1f2e… --papers papers.csv --minutes minutes.pdf
    """
    if key is None and of is None:
        raise CommandError("何人的工作？请给出 --of 或 --key。 Whose work? Give --of, or --key.", CANNOT_TELL)
    signer = load_signer(key, officer) if key else None
    leaving = read_uuid(of, "--of") if of else signer.officer if signer else None
    assert leaving is not None
    with connect() as client:
        if to is None:
            _make_list(client, list_, leaving)
            return
        if signer is None or papers is None or minutes is None:
            raise CommandError(
                "签名移交要有 --key、--papers 和 --minutes。 To sign, give --key, --papers and --minutes.", CANNOT_TELL
            )
        rows = _read(list_)
        _tell_difference(client, leaving, rows)
        cases = [row["case"] for row in rows]
        data: dict[str, Any] = {
            "successor": str(read_uuid(to, "--to")),
            "reason": reason.value,
            "count": len(cases),
            "listed": list_digest(map(UUID, cases)),
            "due": sum(bool(row["due"]) for row in rows),
            "papers": read_digest(papers, "--papers"),
            "minutes": read_digest(minutes, "--minutes"),
        }
        if len(cases) <= MAX_NAMED:
            data["cases"] = cases
        recorded = sign_and_send(client, signer, "officer.hand_over", data, stream=leaving)
    print_recorded(recorded, as_json=as_json, code="officer.hand_over")


def _make_list(client: Client, file: Path, leaving: UUID) -> None:
    client.officer(leaving)  # said here if there is none, rather than by an empty list
    rows = open_cases(client, leaving)
    write_new(file, write_list(rows))
    print_pairs(
        [
            ("人员 Officer", leaving),
            ("未了案件 Open cases", len(rows)),
            ("清单 List", file),
            ("下一步 Next", f"核对后 look at it, then: mingzhang officer handover --list {file} --to …"),
        ]
    )


def _read(file: Path) -> list[dict[str, str]]:
    try:
        return read_list(file.read_text("utf-8"))
    except ListError as error:
        raise CommandError(f"{file}：{error}", CANNOT_TELL) from None


def _tell_difference(client: Client, leaving: UUID, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Cases that are the leaving officer's by the ledger and not on the list; said on standard error."""
    listed = {row["case"] for row in rows}
    lacking = [row for row in open_cases(client, leaving) if row["case"] not in listed]
    for row in lacking:
        typer.echo(f"不在清单上 not on the list: {row['case']}  {row['act']}  {row['on']}", err=True)
    return lacking


@told
def take_over(
    key: Key,
    of: Annotated[str, typer.Option("--of", help="何人移交的 Whose work: the officer id of who handed it over.")],
    list_: Annotated[
        Path | None, typer.Option("--list", help="案件清单 The list, CSV. [default: 账本所记 as the ledger names them]")
    ] = None,
    officer: Officer = None,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 Sign without asking.")] = False,
    as_json: Json = False,
) -> None:
    """接收工作：看过清单再签。Take over somebody's work: the list is shown, then you sign for it.

    显示每个案件的现状，并从账本重新列出移交人未了的案件：不在清单上的逐一指出。

    Each case is shown as it stands now; open cases of theirs that the list leaves out are named.

    例 Example: `mingzhang officer takeover --of 1f2e… --list theirs.csv --key my.pem`
    """
    signer, leaving = load_signer(key, officer), read_uuid(of, "--of")
    with connect() as client:
        found = _open_handover(client, leaving, signer.officer)
        cases = [row["case"] for row in _read(list_)] if list_ else _named(client, leaving, found)
        if (len(cases), list_digest(map(UUID, cases))) != (found["count"], found["listed"]):
            raise CommandError(
                f"这份清单（{len(cases)} 案）不是所移交的那一份（{found['count']} 案）。请向移交人要来原清单。"
                " This list is not the one that was handed over: ask for that one."
            )
        rows = [{"case": case, **client.case(UUID(case))} for case in cases]
        if not as_json:
            _show(rows)
        lacking = _tell_difference(client, leaving, rows)
        if not yes:
            question = f"接收这 {len(rows)} 案{f'（另有 {len(lacking)} 案不在清单上）' if lacking else ''}？ Take over?"
            typer.confirm(question, abort=True, err=True)
        data = {"handover": found["handover"], "listed": found["listed"]}
        recorded = sign_and_send(client, signer, "officer.take_over", data, stream=leaving)
    print_recorded(recorded, as_json=as_json, code="officer.take_over")


def _open_handover(client: Client, leaving: UUID, successor: UUID) -> dict[str, Any]:
    for one in client.officer(leaving)["handovers"]:
        if one["successor"] == str(successor) and not one["taken"]:
            found: dict[str, Any] = one
            return found
    raise CommandError(
        f"{leaving} 没有待您接收的移交。 There is nothing of theirs for you to take over:"
        f" mingzhang officer show {leaving}"
    )


def _named(client: Client, leaving: UUID, found: dict[str, Any]) -> list[str]:
    """The cases that the hand-over itself names."""
    for entry in reversed(client.history(leaving)["entries"]):
        data = entry.get("data") or {}
        if (
            entry.get("act") == "officer.hand_over"
            and data["listed"] == found["listed"]
            and data.get("cases") is not None
        ):
            cases: list[str] = data["cases"]
            return cases
    raise CommandError(
        f"移交的案件太多，账本上只有数目和摘要。请用 --list 给出清单。 The ledger has only the number and digest of"
        f" {found['count']} cases: give the list with --list.",
        CANNOT_TELL,
    )


def _show(rows: list[dict[str, Any]]) -> None:
    names = [name for name in COLUMNS if name in ("case", "programme", "town", "village", "stage")]
    print_table(names, [[str(row.get(name) or "") for name in names] for row in rows])
