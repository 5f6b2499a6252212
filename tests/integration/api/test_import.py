"""Imports into a real ledger, through the whole service."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from api.app import create_app
from api.client import Client, Unreachable
from api.importing import checking, sending
from api.importing.running import Order, Outcome, run_import
from api.importing.sampling import write_sample
from api.importing.secret import secret_path
from api.importing.stopped import Stopped
from api.opening import open_county
from api.settings import Settings
from domain.streams import source_case_id, source_id
from ledger.jws import key_of
from ledger.opening import Administrator
from tests.conftest import Database
from tests.county import Pen, Person
from tests.service import served
from tests.spreadsheets import write_xlsx

SOURCE = "样例县社会救助系统（2019）"
COLUMNS = ("流水号", "业务编号", "环节", "经办人", "办理时间", "乡镇", "月救助金额", "申请人", "身份证号", "联系电话")


@dataclass
class Place:
    """A running service with a sample export beside it, and the importer's order for it."""

    client: Client
    order: Order
    pen: Pen
    importer: Person

    def run(self, **changed: Any) -> Outcome:
        return run_import(replace(self.order, **changed), self.client, lambda what, total: lambda amount: None)

    def rows(self) -> list[list[str]]:
        with self.order.file.open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    def rewrite(self, change: Callable[[list[list[str]]], None], encoding: str = "utf-8") -> None:
        rows = self.rows()
        change(rows)
        with self.order.file.open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows(rows)

    def size(self) -> int:
        return int(self.client.head()["size"])

    def history(self, case: str) -> list[dict[str, Any]]:
        stream = source_case_id(source_id(self.pen.origin, SOURCE), case)
        entries: list[dict[str, Any]] = self.client.history(stream)["entries"]
        return entries

    def grant(self, importer: str, ending: str = "2099-12-31") -> None:
        stream = source_id(self.pen.origin, SOURCE)
        data = {"name": SOURCE, "importer": importer, "ending": ending}
        self.client.send(self.pen.sign(self.importer, str(stream), "source.grant", data))


@pytest.fixture
def place(database: Database, tmp_path: Path) -> Iterator[Place]:
    settings = Settings(data=tmp_path / "data", dsn=database.service_dsn)
    people = Person(), Person()
    with psycopg.connect(database.admin_dsn, autocommit=True) as connection:
        admins = [Administrator(person.id, key_of(person.private.public_key()), "610924") for person in people]
        county = open_county(connection, settings, "test.example/import", admins)
    export, mapping = write_sample(tmp_path / "old")
    order = Order(export, mapping, UUID(people[0].id), people[0].private)
    with served(create_app(settings)) as url, httpx.Client(base_url=url, trust_env=False) as http:
        found = Place(Client(http), order, Pen(county.origin), people[0])
        found.grant(people[0].id)
        yield found


def counts(outcome: Outcome) -> tuple[int, int, int, int, int]:
    return outcome.imported, outcome.corrected, outcome.vanished, outcome.unchanged, len(outcome.bad)


def test_the_sample_goes_in_once_with_every_case_in_order_and_nothing_personal_in_the_clear(place: Place):
    assert counts(place.run()) == (12, 0, 0, 0, 0)
    assert counts(place.run()) == (0, 0, 0, 12, 0)
    entries = place.history("DB2019-0001")
    assert [entry["data"]["activity"] for entry in entries] == ["提交申请", "受理", "入户调查", "公示", "审批通过"]
    first = entries[0]
    assert (first["type"], first["basis"], first["on"], first["imported"]) == (
        "source.imported",
        "system",
        "2019-03-04",
        True,
    )
    assert (first["data"]["actor"], first["data"]["time"]) == ("村经办01", "2019-03-04T09:12:00+08:00")
    assert first["data"]["kept"] == {"乡镇": "样例镇"}
    assert all(entry["signature"]["valid"] and entry["chain"]["valid"] for entry in entries)
    lines = b"".join(place.client.lines(0))
    assert "甲子样本".encode() not in lines
    assert b"999999194602140120" not in lines


def test_a_later_export_adds_what_is_new_and_records_what_changed_or_vanished(place: Place):
    place.run()

    def change(rows: list[list[str]]) -> None:
        del rows[9]
        rows[1][3] = "村经办09"
        rows.append(
            ["LS00013", "TK2019-0001", "发放", "镇经办06", "2019-06-10 09:00", "范例镇", "715.50", "丙寅样本", "", ""]
        )

    place.rewrite(change, "gb18030")
    assert counts(place.run()) == (1, 1, 1, 10, 0)
    assert counts(place.run()) == (0, 0, 0, 12, 0)
    corrected = place.history("DB2019-0001")[-1]
    assert (corrected["type"], corrected["data"]["row"], corrected["data"]["actor"]) == (
        "source.corrected",
        "LS00001",
        "村经办09",
    )
    vanished = place.history("DB2019-0002")[-1]
    assert (vanished["type"], vanished["data"]["row"]) == ("source.vanished", "LS00009")


def test_a_changed_personal_column_is_seen_though_nobody_can_read_it_from_the_ledger(place: Place):
    place.run()
    place.rewrite(lambda rows: rows[12].__setitem__(9, "000-0004"))
    assert counts(place.run()) == (0, 1, 0, 11, 0)


def test_bad_rows_are_listed_corrected_and_fed_again_and_the_good_ones_go_in(place: Place):
    def change(rows: list[list[str]]) -> None:
        rows[2][8], rows[7][4] = "9.99999E+17", "上周"

    place.rewrite(change)
    outcome = place.run()
    assert counts(outcome) == (10, 0, 0, 0, 2)
    assert [bad.number for bad in outcome.bad] == [3, 8]
    listed = outcome.rejected_file
    assert listed is not None
    text = (
        listed.read_text("utf-8-sig").replace("9.99999E+17", "999999194602140120").replace("上周", "2019-04-01 14:30")
    )
    listed.write_text(text, "utf-8-sig")
    assert counts(place.run(file=listed)) == (2, 0, 0, 0, 0)
    assert place.size() == 1 + 1 + 12


def test_a_spreadsheet_says_the_same_as_the_text_it_was_exported_to(place: Place):
    place.run()
    sheet = write_xlsx(place.order.file.with_suffix(".xlsx"), {"明细": place.rows()})
    assert counts(place.run(file=sheet)) == (0, 0, 0, 12, 0)


def test_a_dry_run_sends_nothing_needs_no_key_and_leaves_no_secret(place: Place):
    assert counts(place.run(dry=True, officer=None, private=None)) == (12, 0, 0, 0, 0)
    assert place.size() == 2
    assert not secret_path(place.order.mapping).exists()


def test_a_dry_run_checks_the_file_even_when_nobody_answers(place: Place):
    with httpx.Client(base_url="http://127.0.0.1:9") as nobody:
        silent = replace(place, client=Client(nobody))
        outcome = silent.run(dry=True)
        assert (counts(outcome), outcome.compared) == ((12, 0, 0, 0, 0), False)
        with pytest.raises(Unreachable):
            silent.run()


def test_without_a_grant_of_ones_own_that_still_runs_nothing_is_sent(place: Place):
    with pytest.raises(Stopped, match="is the one granted"):
        place.run(officer=UUID(int=5))
    place.grant(place.importer.id, "2020-01-01")
    with pytest.raises(Stopped, match="the grant has ended"):
        place.run()
    mapping = place.order.mapping
    mapping.write_text(mapping.read_text("utf-8").replace(SOURCE, "nobody's"), "utf-8")
    with pytest.raises(Stopped, match=r"nobody was granted.*mingzhang source grant"):
        place.run()
    assert place.size() == 3


class Cut(Exception):
    """The power went out."""


class Failing(httpx.BaseTransport):
    """Passes requests on to the service until it fails: before the batch `at` goes out, or after it came back."""

    def __init__(self, behind: httpx.Client, at: int = 0, after: bool = False, error: Exception | None = None) -> None:
        self.behind, self.at, self.after, self.error = behind, at, after, error or Cut()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/acts/batch":
            return self._pass(request)
        self.at -= 1
        if self.at == 0 and not self.after:
            raise self.error
        answer = self._pass(request)
        if self.at == 0:
            raise self.error
        return answer

    def _pass(self, request: httpx.Request) -> httpx.Response:
        answer = self.behind.request(request.method, str(request.url), content=request.read(), headers=request.headers)
        return httpx.Response(answer.status_code, content=answer.content)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_stopped_at_any_request_and_run_again_everything_is_there_once(
    place: Place, monkeypatch: pytest.MonkeyPatch, at: int, after: bool
):
    monkeypatch.setattr(sending, "MOST_ACTS", 5)
    with httpx.Client(base_url=place.client.http.base_url, transport=Failing(place.client.http, at, after)) as http:
        with pytest.raises(Cut):
            replace(place, client=Client(http)).run()
        sent = counts(place.run())
    assert sent[0] + sent[3] == 12
    assert counts(place.run()) == (0, 0, 0, 12, 0)
    assert place.size() == 2 + 12


@pytest.mark.parametrize("after", [False, True])
def test_a_lost_answer_is_asked_for_again_and_nothing_goes_in_twice(
    place: Place, monkeypatch: pytest.MonkeyPatch, after: bool
):
    monkeypatch.setattr("api.batch.PAUSES", (0.0,))
    lost = Failing(place.client.http, 1, after, httpx.ReadError("the cable was pulled"))
    with httpx.Client(base_url=place.client.http.base_url, transport=lost) as http:
        assert counts(replace(place, client=Client(http)).run()) == (12, 0, 0, 0, 0)
    assert place.size() == 2 + 12


def test_of_two_imports_at_once_one_is_told_to_run_again_and_then_finds_everything_there(place: Place):
    class Overtaking(Failing):
        """Lets another import run between our look at the ledger and our first request."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path == "/acts/batch":
                place.run()
            return self._pass(request)

    overtaking = Overtaking(place.client.http)
    secret_path(place.order.mapping).write_text("ab" * 32)
    os.chmod(secret_path(place.order.mapping), 0o600)
    with httpx.Client(base_url=place.client.http.base_url, transport=overtaking) as http:
        late = replace(place, client=Client(http))
        with pytest.raises(Stopped, match="Run the same command again"):
            late.run()
    assert counts(place.run()) == (0, 0, 0, 12, 0)
    assert place.size() == 2 + 12


def test_a_row_the_service_refuses_is_listed_and_the_rest_of_its_case_goes_in(
    place: Place, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(checking, "_MOST_KEPT", 1_000_000)
    place.order.mapping.write_text(
        place.order.mapping.read_text("utf-8").replace('"乡镇", ', '"乡镇", "甲", "乙", "丙", "丁", '), "utf-8"
    )

    def change(rows: list[list[str]]) -> None:
        rows[0] += ["甲", "乙", "丙", "丁"]
        for row in rows[1:]:
            row += ["长" * 4000 if row[0] == "LS00002" else ""] * 4

    place.rewrite(change)
    outcome = place.run()
    assert counts(outcome) == (11, 0, 0, 0, 1)
    assert (outcome.bad[0].number, "act.too-large" in outcome.bad[0].reasons[0]) == (3, True)
    assert [entry["version"] for entry in place.history("DB2019-0001")] == [1, 2, 3, 4]
    assert outcome.rejected_file is not None
    assert len(outcome.rejected_file.read_text("utf-8-sig").splitlines()) == 2


def test_a_lost_secret_is_asked_for_rather_than_replaced(place: Place):
    place.run()
    secret = secret_path(place.order.mapping)
    kept = secret.read_text()
    secret.unlink()
    with pytest.raises(Stopped, match="without its secret"):
        place.run()
    secret.write_text("rubbish")
    with pytest.raises(Stopped, match="can be read by others"):
        place.run()
    secret.chmod(0o600)
    with pytest.raises(Stopped, match="64 hex digits"):
        place.run()
    secret.write_text("ab" * 32)
    with pytest.raises(Stopped, match=r"12 would be recorded as changed.*--many-changes"):
        place.run()
    secret.write_text(kept)
    assert counts(place.run()) == (0, 0, 0, 12, 0)


def test_another_way_of_telling_rows_apart_is_refused_before_everything_goes_in_again(place: Place):
    place.run()
    mapping = place.order.mapping
    mapping.write_text(mapping.read_text("utf-8").replace('row = ["流水号"]', ""), "utf-8")
    with pytest.raises(Stopped, match="leave \\[columns\\] row as it was"):
        place.run()


def test_rows_without_a_key_of_their_own_go_in_once_too(place: Place):
    mapping = place.order.mapping
    mapping.write_text(mapping.read_text("utf-8").replace('row = ["流水号"]', ""), "utf-8")
    place.rewrite(lambda rows: rows.append(rows[1]))
    assert counts(place.run()) == (13, 0, 0, 0, 0)
    assert counts(place.run()) == (0, 0, 0, 13, 0)
