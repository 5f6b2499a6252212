"""An import from end to end: file, ledger, difference, acts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes
from typing import TypeVar
from uuid import UUID

from api.client import Client, Unreachable
from api.importing.checking import check_table
from api.importing.known import TYPES, Known, read_known
from api.importing.mapping import Mapping, read_mapping
from api.importing.planning import Plan, make_plan
from api.importing.reading import Table, open_table
from api.importing.rejects import write_rejects
from api.importing.rows import Bad, Row
from api.importing.secret import make_secret, read_secret, secret_path
from api.importing.sending import Importer, send_plan
from api.importing.stopped import Stopped
from domain.streams import source_id
from ledger.act import BEIJING
from ledger.jws import PrivateKey

T = TypeVar("T")
Watch = Callable[[str, int | None], Callable[[int], None]]
"""Told what is being done and how much of it there is (None: not known), gives what to call with each bit done."""

_MANY = 10
"""Rows that may change or vanish at once without being asked about, or half of what is known if that is more."""


@dataclass(frozen=True)
class Order:
    """What is to be imported. `officer` and `private` sign; a dry run needs neither. `many` lets more rows change than
    can well be true."""

    file: Path
    mapping: Path
    officer: UUID | None = None
    private: PrivateKey | None = None
    dry: bool = False
    many: bool = False


@dataclass(slots=True)
class Outcome:
    """What came of it. In a dry run `imported`, `corrected` and `vanished` are what would be.

    `compared` is False when a dry run found no service to ask what is known. `blind` as in `Plan`.
    """

    source: str
    rows: int = 0
    cases: int = 0
    imported: int = 0
    corrected: int = 0
    vanished: int = 0
    unchanged: int = 0
    repeated: int = 0
    blind: bool = False
    compared: bool = True
    bad: list[Bad] = field(default_factory=list)
    rejected_file: Path | None = None


def run_import(order: Order, client: Client, watch: Watch) -> Outcome:
    """Raises `Stopped`, `api.client.Problem` or `api.client.Unreachable`; running it again goes on from there."""
    mapping = read_mapping(order.mapping)
    table = open_table(order.file, mapping)
    origin, known = _ask(client, mapping, order, watch)
    secret = _secret(mapping, order, known)
    rows = list(_watched(check_table(table, mapping, datetime.now(UTC)), watch("读文件 Reading", None)))
    plan = make_plan(
        rows,
        known,
        secret,
        keyed=bool(mapping.row),
        complete=mapping.complete and origin is not None,
        refed=table.refed,
    )
    outcome = _outcome(mapping, plan, rows, origin is not None)
    _check_keys(mapping, known)
    outcome.rejected_file = write_rejects(order.file, table, plan.bad) if plan.bad else None
    if not order.dry and plan.cases:
        _check_amount(plan, known, order)
        _send(order, client, mapping, str(origin), table, plan, known, watch, outcome)
    return outcome


def _ask(client: Client, mapping: Mapping, order: Order, watch: Watch) -> tuple[str | None, Known]:
    """The ledger's origin (None: a dry run that nobody answers) and what it knows of the source."""
    try:
        origin = str(client.head()["origin"])
    except Unreachable:
        if order.dry:
            return None, Known()
        raise
    lines = _watched(client.lines(0, types=TYPES), watch("读账本 Reading the ledger", None))
    return origin, read_known(lines, source_id(origin, mapping.source))


def _watched(items: Iterable[T], progress: Callable[[int], None]) -> Iterable[T]:
    for item in items:
        progress(1)
        yield item


def _secret(mapping: Mapping, order: Order, known: Known) -> bytes:
    if not mapping.personal:
        return b""
    path = secret_path(order.mapping)
    found = read_secret(path)
    if found is not None:
        return found
    if known.personal:
        raise Stopped(
            f"缺少密文件 {path}：此来源已导入过个人信息，没有它就无法比对。请从上次导入的地方拷来。"
            " This source was imported before, and without its secret its personal columns cannot be compared: copy the"
            " file from where that was done."
        )
    return token_bytes(32) if order.dry else make_secret(path)


def _outcome(mapping: Mapping, plan: Plan, rows: Sequence[Row | Bad], compared: bool) -> Outcome:
    return Outcome(
        source=mapping.source,
        rows=len(rows),
        cases=len({row.case for row in rows if row.case}),
        imported=plan.count("source.import"),
        corrected=plan.count("source.correct"),
        vanished=plan.count("source.miss"),
        unchanged=plan.unchanged,
        repeated=plan.repeated,
        blind=plan.blind,
        compared=compared,
        bad=[plan.bad[number] for number in sorted(plan.bad)],
    )


def _check_keys(mapping: Mapping, known: Known) -> None:
    """Rows that were told apart in another way would all look new, and go in a second time."""
    for case in known.cases.values():
        for key in case.rows:
            if key.startswith("~") == bool(mapping.row):
                was = "没有 row 列 without" if mapping.row else "有 row 列 with"
                raise Stopped(
                    f"此来源以前导入时映射{was} columns for `row`. All rows would be taken for new ones:"
                    " leave [columns] row as it was, or give the source another name."
                )


def _check_amount(plan: Plan, known: Known, order: Order) -> None:
    changed = plan.count("source.correct") + plan.count("source.miss")
    if changed > max(_MANY, known.rows // 2) and not order.many:
        raise Stopped(
            f"已知的 {known.rows} 行中有 {changed} 行将记为变更或消失，什么都还没有发送。"
            "请核对是否用错了文件、映射或密文件；确实如此时加 --many-changes。"
            f" Of {known.rows} rows known, {changed} would be recorded as changed or vanished. Nothing was sent. Is it"
            " the right file, mapping and secret, and the whole export? If it is really so, add --many-changes."
        )


def _check_grant(known: Known, officer: UUID, source: str) -> None:
    today = datetime.now(BEIJING).date()
    if known.importer == officer and known.ending is not None and today <= known.ending:
        return
    if known.importer is None:
        why = "没有导入准许 nobody was granted the import of"
    elif known.importer != officer:
        why = f"准许的导入人是 {known.importer} is the one granted the import of"
    else:
        why = f"准许已于 {known.ending} 到期 the grant has ended for"
    raise Stopped(f"{why} “{source}”. 请管理员办理 Ask an administrator to run: mingzhang source grant")


def _send(
    order: Order,
    client: Client,
    mapping: Mapping,
    origin: str,
    table: Table,
    plan: Plan,
    known: Known,
    watch: Watch,
    outcome: Outcome,
) -> None:
    if order.officer is None or order.private is None:
        raise Stopped("要有导入人的编号和密钥 The importer's --officer and --key are needed, except with --dry-run.")
    _check_grant(known, order.officer, mapping.source)
    importer = Importer(order.officer, order.private, origin, source_id(origin, mapping.source), table.digest)
    progress = watch("签署并发送 Signing and sending", sum(map(len, plan.cases)))
    refused = send_plan(client, importer, plan.cases, known.cases, progress)
    for step, reason in refused:
        number = step.row.number if step.row else 0
        plan.bad[number] = Bad(number, (reason,), step.case, step.key)
        outcome.imported -= step.code == "source.import"
        outcome.corrected -= step.code == "source.correct"
        outcome.vanished -= step.code == "source.miss"
    if refused:
        outcome.bad = [plan.bad[number] for number in sorted(plan.bad)]
        outcome.rejected_file = write_rejects(order.file, table, plan.bad, instead_of=outcome.rejected_file)
