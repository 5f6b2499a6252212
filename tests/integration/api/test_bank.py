"""Bank return files read in through the real service, again and again, with faults, and stopped anywhere."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from typer.testing import CliRunner, Result

from api.app import create_app
from api.banking import sending
from api.banking.running import Order, Outcome, run_bank
from api.cli import app
from api.client import Client, Problem, Unreachable
from api.importing.reading import REASON
from api.importing.stopped import Stopped
from tests.county import day
from tests.integration.api.conftest import Office
from tests.service import served
from tests.spreadsheets import Serial, write_xlsx

HEADER = ["序号", "案号", "月份", "金额（元）", "结果", "原因"]


@dataclass
class Bank:
    """A running service, its office, and a folder for the bank's files."""

    client: Client
    office: Office
    folder: Path

    def run(self, file: Path, **changed: Any) -> Outcome:
        clerk = self.office.county.clerk
        order = Order(file, UUID(clerk.id), clerk.private)
        return run_bank(replace(order, **changed), self.client, lambda what, total: lambda amount: None)

    def cases(self, number: int = 3) -> list[str]:
        """Cases that are paid."""
        return [self.office.case_until("confirm.notify") for _ in range(number)]

    def write(self, *rows: list[str], name: str = "bank.csv", encoding: str = "utf-8", header: Any = HEADER) -> Path:
        path = self.folder / name
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows([header, *([str(number), *row] for number, row in enumerate(rows, 1))])
        return path

    def payments(self, case: str) -> list[dict[str, Any]]:
        """What the ledger has of a case's payments."""
        entries = self.client.history(UUID(case))["entries"]
        assert all(entry["signature"]["valid"] and entry["chain"]["valid"] for entry in entries)
        found = [entry for entry in entries if entry["type"] == "payment.recorded"]
        assert {entry["basis"] for entry in found} <= {"system"}
        return [entry["data"] for entry in found]


@pytest.fixture(scope="module")
def service(office: Office) -> Iterator[Client]:
    with (
        served(create_app(office.settings)) as url,
        httpx.Client(base_url=url, trust_env=False, headers={"Accept-Language": "en"}) as http,
    ):
        yield Client(http)


@pytest.fixture
def bank(service: Client, office: Office, tmp_path: Path) -> Bank:
    return Bank(service, office, tmp_path)


def paid(case: str, month: str = "2026-10", amount: str = "450.00") -> list[str]:
    return [case, month, amount, "发放成功", ""]


def counts(outcome: Outcome) -> tuple[int, int, int]:
    return outcome.recorded.total(), outcome.known, len(outcome.bad)


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def reasons(outcome: Outcome) -> dict[int, str]:
    return {bad.number: "; ".join(bad.reasons) for bad in outcome.bad}


def test_each_row_becomes_an_act_that_names_the_file_and_the_row(bank: Bank):
    one, two, three = bank.cases()
    others = [two, "2026-10", "1,234.5", "退回", "户名不符"], [three, "2026-10", "0", "换卡", ""]
    file = bank.write(paid(one), *others)
    outcome = bank.run(file)
    assert counts(outcome) == (3, 0, 0)
    assert (outcome.fen["paid"], outcome.fen["returned"], outcome.refused_file) == (45_000, 123_450, None)
    said = {"month": "2026-10", "file": digest(file)}
    assert bank.payments(one) == [said | {"fen": 45_000, "result": "paid", "row": 2}]
    assert bank.payments(two) == [said | {"fen": 123_450, "result": "returned", "reason": "name_mismatch", "row": 3}]
    assert bank.payments(three) == [said | {"fen": 0, "result": "account_changed", "row": 4}]
    assert bank.client.case(UUID(two))["payments"]["returned"] == {"2026-10": "name_mismatch"}


def test_the_same_file_again_adds_nothing_not_even_after_later_months_or_by_somebody_else(bank: Bank):
    cases = bank.cases(2)
    october = bank.write(*map(paid, cases), name="10.csv")
    november = bank.write(*(paid(case, "2026-11") for case in cases), name="11.csv")
    assert counts(bank.run(october)) == (2, 0, 0)
    assert counts(bank.run(november)) == (2, 0, 0)
    size = bank.office.size()
    inspector = bank.office.county.inspector
    assert counts(bank.run(october)) == (0, 2, 0)
    assert counts(bank.run(october, officer=UUID(inspector.id), private=inspector.private)) == (0, 2, 0)
    assert counts(bank.run(november, dry=True, officer=None, private=None)) == (0, 2, 0)
    assert bank.office.size() == size


def test_a_case_may_have_several_rows_in_one_file(bank: Bank):
    (case,) = bank.cases(1)
    months = [f"2026-{month:02d}" for month in range(1, 11)]
    file = bank.write(*(paid(case, month) for month in months), [case, "2026-10", "450.00", "退回", "deceased"])
    assert counts(bank.run(file)) == (11, 0, 0)
    assert [one["month"] for one in bank.payments(case)] == [*months, "2026-10"]
    assert counts(bank.run(file)) == (0, 11, 0)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({0: str(uuid4())}, "there is no such case"),
        ({0: "DB2019-0001"}, "no case's id"),
        ({1: "2026-13"}, "written 2026-11"),
        ({1: "202610"}, "written 2026-11"),
        ({1: "2062-10"}, "look at the year"),
        ({2: "450.001"}, "two decimals at most"),
        ({2: "-450.00"}, "two decimals at most"),
        ({2: "4,50.00"}, "two decimals at most"),
        ({2: "4.5E+2"}, "two decimals at most"),
        ({2: "４５０"}, "two decimals at most"),
        ({2: ""}, "two decimals at most"),
        ({2: "0.00"}, "an amount of 0"),
        ({2: "10000000.01"}, "look at the unit"),
        ({3: "成了"}, "paid, returned or changed"),
        ({3: "退回"}, "what came back says why"),
        ({3: "退回", 4: "银行说不行"}, "write one of"),
        ({4: "其他"}, "only what came back says why"),
    ],
)
def test_a_bad_row_is_listed_with_what_is_wrong_and_the_remedy(bank: Bank, row: dict[int, str], words: str):
    good = paid(str(uuid4()))
    file = bank.write([row.get(place, cell) for place, cell in enumerate(good)])
    outcome = bank.run(file, dry=True)
    assert (counts(outcome), outcome.bad[0].number) == ((0, 0, 1), 2)
    assert words in reasons(outcome)[2]


def test_good_rows_go_in_and_the_refused_ones_can_be_corrected_and_read_in(bank: Bank):
    one, two, three = bank.cases()
    early = bank.office.new_case()
    file = bank.write(
        paid(one),
        paid(two, amount="450,00"),
        paid(three),
        paid(three),
        paid(early),
        [*paid(two), "spare"],
    )
    bank_digest = digest(file)
    assert counts(bank.run(file, dry=True)) == (2, 0, 4)
    outcome = bank.run(file)
    assert counts(outcome) == (2, 0, 4)
    assert sorted(reasons(outcome)) == [3, 5, 6, 7]
    assert "the same as row 4: delete it" in reasons(outcome)[5]
    assert "a case that is submitted" in reasons(outcome)[6]
    assert "stray delimiter" in reasons(outcome)[7]
    refused = outcome.refused_file
    assert refused == file.with_name("bank.csv.refused.csv")
    assert refused.stat().st_mode & 0o777 == 0o600
    rows = list(csv.reader(refused.open(encoding="utf-8-sig", newline="")))
    assert (rows[0], len(rows)) == ([*HEADER, REASON], 5)
    rows[1][3] = "450.00"
    with refused.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows(rows[:3])
    again = bank.run(refused)
    # The double is the bank's row 5 still, and stays out: the ledger has the same of row 4.
    assert counts(again) == (1, 0, 1)
    assert "says the same from another file or row" in reasons(again)[3]
    assert [(said["file"], said["row"]) for said in bank.payments(two)] == [(bank_digest, 3)]
    assert counts(bank.run(refused))[:2] == (0, 1)
    assert counts(bank.run(file)) == (0, 2, 4)
    # Unless the bank really paid twice.
    assert counts(bank.run(refused, repeated=True)) == (1, 1, 0)
    assert [said["row"] for said in bank.payments(three)] == [4, 5]


def test_a_row_that_is_on_the_ledger_cannot_be_written_over_in_a_corrected_list(bank: Bank):
    (case,) = bank.cases(1)
    file = bank.write(paid(case))
    bank.run(file)
    row, tag = paid(case, amount="540.00"), f"corrected [~{digest(file)}.2]"
    corrected = bank.write([*row, tag], name="corrected.csv", header=[*HEADER, REASON])
    outcome = bank.run(corrected)
    assert counts(outcome) == (0, 0, 1)
    assert "in other words: delete it here" in reasons(outcome)[2]


def test_the_same_payments_in_another_file_are_stopped_unless_they_are_other_payments(bank: Bank):
    cases = bank.cases(2)
    first = bank.write(*map(paid, cases), name="first.csv")
    bank.run(first)
    other = bank.write(paid(cases[0]), [cases[1], "2026-10", "450.00", "退回", "其他"], name="other.csv")
    outcome = bank.run(other)
    assert counts(outcome) == (1, 0, 1)
    assert "add --repeated" in reasons(outcome)[2]
    # What came back is paid once more: another payment without a doubt.
    assert counts(bank.run(bank.write(paid(cases[1]), name="third.csv"))) == (1, 0, 0)
    assert counts(bank.run(other, repeated=True)) == (1, 1, 0)
    assert counts(bank.run(other, repeated=True)) == (0, 2, 0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_utf8_with_or_without_its_mark_and_gb18030_are_read(bank: Bank, encoding: str):
    (case,) = bank.cases(1)
    file = bank.write([case, "2026-10", "450.00", "退回", "账户已销户"], encoding=encoding)
    assert counts(bank.run(file)) == (1, 0, 0)
    assert bank.payments(case)[0]["reason"] == "account_closed"


def test_another_encoding_is_not_guessed_at(bank: Bank):
    file = bank.folder / "bank.csv"
    file.write_bytes(",".join(HEADER).encode() + "\n1,退回".encode()[:-1] + b"\xff\xff\n")
    with pytest.raises(Stopped, match="Save it again as UTF-8"):
        bank.run(file)


def test_a_spreadsheet_is_read_to_the_fen_and_its_month_from_text_or_date(bank: Bank):
    one, two, three = bank.cases()
    file = write_xlsx(
        bank.folder / "bank.xlsx",
        {
            "回盘": [
                HEADER,
                [1, one, "2026-10", 450.1, "发放成功", None],
                [2, two, Serial(46296), 1234.56, "退回", "其他"],
                [3, three, "2026-10", 0.1 + 0.2, "发放成功", None],
                [4, three, Serial(46297), 450, "发放成功", None],
            ]
        },
    )
    outcome = bank.run(file)
    assert (counts(outcome), sorted(reasons(outcome))) == ((2, 0, 2), [4, 5])
    assert bank.payments(one)[0]["fen"] == 45_010
    assert (bank.payments(two)[0]["fen"], bank.payments(two)[0]["month"]) == (123_456, "2026-10")
    assert counts(bank.run(file)) == (0, 2, 2)


def test_the_unit_of_an_amount_is_never_guessed(bank: Bank):
    (case,) = bank.cases(1)
    header = ["序号", "案号", "月份", "金额", "结果"]
    file = bank.write(paid(case, amount="45000")[:4], header=header)
    with pytest.raises(Stopped, match="--unit yuan"):
        bank.run(file)
    assert counts(bank.run(file, unit="fen")) == (1, 0, 0)
    assert bank.payments(case)[0]["fen"] == 45_000
    both = bank.write(paid(case), name="both.csv", header=["序号", "案号", "月份", "金额（元）", "结果", "fen"])
    with pytest.raises(Stopped, match="keep one of the columns"):
        bank.run(both)
    for missing in range(1, 5):
        broken = [name if place != missing else "别的" for place, name in enumerate(HEADER)]
        with pytest.raises(Stopped, match="has no column"):
            bank.run(bank.write(paid(case), name=f"{missing}.csv", header=broken))


def test_a_dry_run_without_a_service_checks_the_file_and_nothing_else(bank: Bank):
    file = bank.write(paid(str(uuid4())), paid("nobody"))
    with httpx.Client(base_url="http://127.0.0.1:9") as nobody:
        silent = replace(bank, client=Client(nobody))
        outcome = silent.run(file, dry=True, officer=None, private=None)
        assert (counts(outcome), outcome.compared) == ((1, 0, 1), False)
        with pytest.raises(Unreachable):
            silent.run(file)
    with pytest.raises(Stopped, match="--key"):
        bank.run(bank.write(paid(*bank.cases(1))), officer=None, private=None)


def test_the_command_says_what_went_in_what_did_not_and_ends_with_its_code(bank: Bank):
    one, two = bank.cases(2)
    clerk = bank.office.county.clerk
    key = bank.folder / "clerk.pem"
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key.write_bytes(clerk.private.private_bytes(*pem))
    key.chmod(0o600)
    key.with_suffix(".id").write_text(clerk.id)
    file = bank.write(paid(one), [two, "2026-10", "1234.50", "退回", "其他"], paid(two, amount="45O.00"))

    def mingzhang(*arguments: Any) -> Result:
        env = {"MINGZHANG_URL": str(bank.client.http.base_url), "LC_ALL": "C.UTF-8"}
        return CliRunner().invoke(app, ["bank", *map(str, arguments)], env=env)

    looked = mingzhang(file, "--dry-run")
    assert (looked.exit_code, bank.payments(one)) == (1, [])
    assert "将记 Would record 发放成功 paid" in looked.stdout
    said = mingzhang(file, "--key", key, "--on", day(1))
    assert said.exit_code == 1
    for words in ("1 行 rows, 450.00 元 yuan", "1 行 rows, 1,234.50 元 yuan", digest(file), "bank.csv.refused.csv"):
        assert words in said.stdout, words
    assert "45O.00" in said.stdout
    entries = bank.client.history(UUID(one))["entries"]
    assert (entries[-1]["act"], entries[-1]["on"]) == ("payment.record", str(day(1)))
    again = json.loads(mingzhang(file, "--key", key, "--json").stdout)
    assert (again["recorded"], again["unchanged"], again["refused"]) == (
        {"paid": 0, "returned": 0, "account_changed": 0},
        2,
        1,
    )
    fine = mingzhang(bank.write(paid(one, "2026-11"), name="fine.csv"), "--key", key)
    assert (fine.exit_code, "退回 Refused" in fine.stdout) == (0, True)
    later = bank.write(paid(one, "2026-12"), name="later.csv")
    wrong: list[tuple[tuple[Any, ...], str]] = [
        ((file,), "--key"),
        ((bank.folder / "nothing.csv", "--dry-run"), "nothing.csv"),
        ((file, "--dry-run", "--on", "yesterday"), "2021-07-05"),
        ((later, "--key", key, "--officer", str(uuid4())), "goes in once"),
    ]
    for arguments, word in wrong:
        failed = mingzhang(*arguments)
        assert failed.exit_code == 2, failed.output
        assert word in failed.output


class Cut(Exception):
    """The power went out."""


class Interfering(httpx.BaseTransport):
    """Passes requests on; before batch `at` goes out, or after its answer came back, something happens."""

    def __init__(self, behind: httpx.Client, happens: Any, at: int = 1, after: bool = False) -> None:
        self.behind, self.happens, self.at, self.after = behind, happens, at, after

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        batch = request.url.path == "/acts/batch"
        self.at -= batch
        if batch and self.at == 0 and not self.after:
            self.happens()
        answer = self.behind.request(request.method, str(request.url), content=request.read(), headers=request.headers)
        if batch and self.at == 0 and self.after:
            self.happens()
        return httpx.Response(answer.status_code, content=answer.content)


def cut() -> None:
    raise Cut


def lost() -> None:
    raise httpx.ReadError("the cable was pulled")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_stopped_in_the_middle_and_run_again_everything_is_there_once(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, at: int, after: bool
):
    monkeypatch.setattr(sending, "MOST_ACTS", 2)
    cases = bank.cases(2)
    file = bank.write(*(paid(case, month) for month in ("2026-08", "2026-09", "2026-10") for case in cases))
    size = bank.office.size()
    failing = Interfering(bank.client.http, cut, at, after)
    with httpx.Client(base_url=bank.client.http.base_url, transport=failing) as http, pytest.raises(Cut):
        replace(bank, client=Client(http)).run(file)
    recorded, known, bad = counts(bank.run(file))
    assert (recorded + known, known, bad) == (6, 2 * (at if after else at - 1), 0)
    assert bank.office.size() == size + 6
    assert counts(bank.run(file)) == (0, 6, 0)


@pytest.mark.parametrize("after", [False, True])
def test_a_lost_answer_is_asked_for_again(bank: Bank, monkeypatch: pytest.MonkeyPatch, after: bool):
    monkeypatch.setattr("api.batch.PAUSES", (0.0,))
    cases = bank.cases(2)
    file = bank.write(*map(paid, cases))
    failing = Interfering(bank.client.http, lost, 1, after)
    with httpx.Client(base_url=bank.client.http.base_url, transport=failing) as http:
        assert counts(replace(bank, client=Client(http)).run(file)) == (2, 0, 0)
    assert [len(bank.payments(case)) for case in cases] == [1, 1]


def test_casework_and_another_run_of_the_same_file_may_come_between(bank: Bank):
    cases = bank.cases(3)
    file = bank.write(*(paid(case, month) for case in cases for month in ("2026-09", "2026-10")))
    county = bank.office.county

    def work() -> None:
        data = {"fen": 1, "first": "2026-09", "last": "2026-09", "cause": "other", "form": "ab" * 32}
        bank.office.record(county.pen.sign(county.clerk, cases[0], "payment.overpay", data))
        assert counts(bank.run(bank.write(paid(cases[1], "2026-11"), name="quick.csv"))) == (1, 0, 0)
        assert counts(bank.run(file)) == (6, 0, 0)

    with httpx.Client(base_url=bank.client.http.base_url, transport=Interfering(bank.client.http, work)) as http:
        assert counts(replace(bank, client=Client(http)).run(file)) == (0, 6, 0)
    assert [len(bank.payments(case)) for case in cases] == [2, 3, 2]


def test_what_somebody_else_did_meanwhile_does_not_keep_the_rows_out(bank: Bank):
    cases = bank.cases(2)
    file = bank.write(*(paid(case, month) for case in cases for month in ("2026-09", "2026-10")))
    county = bank.office.county

    def work() -> None:
        data = {"fen": 1, "first": "2026-09", "last": "2026-09", "cause": "other", "form": "ab" * 32}
        bank.office.record(county.pen.sign(county.clerk, cases[0], "payment.overpay", data))

    working = Interfering(bank.client.http, work)
    with httpx.Client(base_url=bank.client.http.base_url, transport=working) as http:
        assert counts(replace(bank, client=Client(http)).run(file)) == (4, 0, 0)
    assert [[one["month"] for one in bank.payments(case)] for case in cases] == [["2026-09", "2026-10"]] * 2


def test_a_signer_who_may_not_stops_everything_and_nothing_went_in(bank: Bank):
    one, two = bank.cases(2)
    file = bank.write(paid(one), paid(two))
    nobody = replace(bank.office.county.clerk, id=str(uuid4()))
    with pytest.raises(Problem):
        bank.run(file, officer=UUID(nobody.id), private=nobody.private)
    assert (bank.payments(one), bank.payments(two)) == ([], [])


def test_a_row_the_service_refuses_is_listed_and_can_be_read_in_later(bank: Bank, monkeypatch: pytest.MonkeyPatch):
    one, two = bank.cases(2)
    file = bank.write(paid(one), paid(two))

    def work() -> None:
        county = bank.office.county
        data = {"fen": 1, "first": "2026-09", "last": "2026-09", "cause": "other", "form": "ab" * 32}
        bank.office.record(county.pen.sign(county.clerk, one, "payment.overpay", data))

    monkeypatch.setattr(sending, "ATTEMPTS", 1)
    working = Interfering(bank.client.http, work)
    with httpx.Client(base_url=bank.client.http.base_url, transport=working) as http:
        outcome = replace(bank, client=Client(http)).run(file)
    assert counts(outcome) == (1, 0, 1)
    assert "others keep acting" in reasons(outcome)[2]
    assert outcome.refused_file is not None
    assert counts(bank.run(outcome.refused_file)) == (1, 0, 0)
    assert [one["row"] for one in bank.payments(one)] == [2]
