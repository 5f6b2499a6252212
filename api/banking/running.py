"""A bank return file from end to end: file, ledger, difference, acts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from api.banking.reading import BankFile, Unit, read_bank_file
from api.banking.rows import Row
from api.banking.sending import Teller, send_rows
from api.banking.standing import Standing, Verdict, judge, look_at_all
from api.client import Client, Unreachable
from api.importing.rejects import write_rejects
from api.importing.rows import Bad
from api.importing.stopped import Stopped
from ledger.act import BEIJING
from ledger.jws import PrivateKey

Watch = Callable[[str, int | None], Callable[[int], None]]
"""Told what is being done and how much of it there is (None: not known), gives what to call with each bit done."""


@dataclass(frozen=True)
class Order:
    """What is to be read in. `officer` and `private` sign, as of the day `on` (today); a dry run needs neither.

    `unit` is of an amount whose heading does not say it. `repeated`: rows go in that say what another one said.
    """

    file: Path
    officer: UUID | None = None
    private: PrivateKey | None = None
    dry: bool = False
    unit: Unit | None = None
    repeated: bool = False
    on: date | None = None


@dataclass(slots=True)
class Outcome:
    """What came of it; in a dry run, what would. `compared` is False when a dry run found no service to ask.

    `recorded` and `fen` by result: how many rows, and how much in all. `known` rows stood on the ledger before.
    """

    file: str
    rows: int = 0
    cases: int = 0
    recorded: Counter[str] = field(default_factory=Counter)
    fen: Counter[str] = field(default_factory=Counter)
    known: int = 0
    bad: list[Bad] = field(default_factory=list)
    refused_file: Path | None = None
    compared: bool = True

    def count(self, rows: Iterable[Row]) -> None:
        """These went in."""
        for row in rows:
            self.recorded[row.result] += 1
            self.fen[row.result] += row.fen


def run_bank(order: Order, client: Client, watch: Watch) -> Outcome:
    """Raises `Stopped`, `api.client.Problem` or `api.client.Unreachable`; running it again goes on from there."""
    today = datetime.now(BEIJING).date()
    found = read_bank_file(order.file, order.unit, today)
    cases: dict[UUID, list[Row]] = defaultdict(list)
    for row in found.rows:
        cases[row.case].append(row)
    outcome = Outcome(found.table.digest, len(found.rows) + len(found.bad), len(cases))
    standings = _look(order, client, cases, watch)
    outcome.compared = standings is not None
    new = _new(found, cases, standings or {}, order.repeated, outcome)
    # Before anything is sent: whatever stops the sending, the list of what is wrong is there.
    _list_refused(order, found, outcome)
    if order.dry:
        outcome.count(row for _, rows in new for row in rows)
    elif new:
        _send(order, client, new, today, found, watch, outcome)
    return outcome


def _look(order: Order, client: Client, cases: dict[UUID, list[Row]], watch: Watch) -> dict[UUID, Standing] | None:
    try:
        client.head()
        return look_at_all(client, cases, watch("看案件 Looking at the cases", len(cases)))
    except Unreachable:
        if order.dry:
            return None
        raise


def _new(
    found: BankFile, cases: dict[UUID, list[Row]], standings: dict[UUID, Standing], repeated: bool, outcome: Outcome
) -> list[tuple[Standing, list[Row]]]:
    """The rows that are to go in, by case; the others are counted or refused."""
    new: list[tuple[Standing, list[Row]]] = []
    for case, rows in cases.items():
        standing, kept = standings.get(case, Standing()), []
        for row in rows:
            verdict = judge(row, standing, repeated)
            if verdict is Verdict.NEW:
                kept.append(row)
            elif verdict is Verdict.KNOWN:
                outcome.known += 1
            else:
                found.refuse(row, str(verdict))
        if kept:
            new.append((standing, kept))
    return new


def _list_refused(order: Order, found: BankFile, outcome: Outcome) -> None:
    outcome.bad = [found.bad[number] for number in sorted(found.bad)]
    if found.bad:
        outcome.refused_file = write_rejects(
            order.file, found.table, found.bad, instead_of=outcome.refused_file, ending="refused"
        )


def _send(
    order: Order,
    client: Client,
    new: list[tuple[Standing, list[Row]]],
    today: date,
    found: BankFile,
    watch: Watch,
    outcome: Outcome,
) -> None:
    if order.officer is None or order.private is None:
        raise Stopped("要有签名人的编号和密钥 The signer's --officer and --key are needed, except with --dry-run.")
    origin = str(client.head()["origin"])
    teller = Teller(order.officer, order.private, origin, order.on or today, order.repeated)
    progress = watch("签署并发送 Signing and sending", sum(len(rows) for _, rows in new))
    sent = send_rows(client, teller, new, progress)
    outcome.count(sent.recorded)
    outcome.known += len(sent.known)
    if sent.refused:
        for row, reason in sent.refused:
            found.refuse(row, reason)
        _list_refused(order, found, outcome)
