"""In bulk, on a simulated county: one list, looked at, then one signed act a case; stopped, it goes on."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from api.bulk import signing
from api.bulk.listing import read_listing
from api.cli.sending import load_signer
from api.client import connect
from api.simulating.office import Office
from tests.e2e.trial import Trial, running_trial
from tests.simulated import raise_standard, simulated

TOWN = "610924100"


@dataclass(frozen=True)
class Simulated:
    trial: Trial
    office: Office

    def key(self, name: str) -> Path:
        """The key file of one of the simulation's officers."""
        path = self.trial.home / f"{name.replace('/', '-')}.pem"
        if not path.exists():
            officer = self.office.officers[name]
            path.touch(0o600)
            path.write_bytes(officer.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            path.with_suffix(".id").write_text(str(officer.id))
        return path

    def client(self) -> Any:
        return connect(self.trial.url)


@pytest.fixture(scope="module")
def county() -> Iterator[Simulated]:
    with running_trial("--simulation") as trial, connect(trial.url) as client:
        office, _ = simulated(client, "bulk", 120)
        raise_standard(client, office)
        yield Simulated(trial, office)


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return [{name.partition(" ")[0]: cell for name, cell in row.items()} for row in csv.DictReader(opened)]


def test_a_raised_standard_from_the_list_to_a_result_for_each_household(county: Simulated, tmp_path: Path):
    trial, head, file = county.trial, county.key(f"{TOWN}/head"), tmp_path / "raise.csv"
    said = trial.run("bulk", "list", "standard", "--key", head, "--out", file)
    assert "To sign" in said
    rows = rows_of(file)
    assert len(rows) >= 10
    rise = {"rural_minimum": 3500, "urban_minimum": 4000}
    assert all(
        int(row["monthly_fen"]) == int(row["paid_fen"]) + rise[row["programme"]] * int(row["members"]) for row in rows
    )
    # Whoever looks at it pulls one more out, and a spreadsheet program saves it in its own encoding.
    lines = file.read_text("utf-8-sig").splitlines()
    file.write_bytes("\n".join([*lines[:3], lines[3] + "先核实收入", *lines[4:]]).encode("gb18030"))
    notice = tmp_path / "notice.txt"
    notice.write_text("提标通知")
    sign = ("bulk", "sign", file, "--key", head, "--paper", notice)
    assert "Aborted" in trial.run(*sign, stdin="n\n", code=1)
    done = trial.json(*sign, "--yes")
    expected = len([row for row in rows if not row["aside"]]) - 1
    assert (done["recorded"], done["before"], done["refused"]) == (expected, 0, 0)
    again = trial.json(*sign, "--yes")
    assert (again["recorded"], again["before"], again["refused"]) == (0, expected, 0)
    results = rows_of(Path(done["results"]))
    assert {row["case"] for row in results} == {row["case"] for row in rows if not row["aside"]} - {rows[2]["case"]}
    case = trial.json("case", results[0]["case"])
    assert case["monthly_fen"] == int(rows[int(results[0]["row"]) - 1]["monthly_fen"])
    with county.client() as client:
        assert client.holds(sha256(file.read_bytes()).hexdigest())
        entry = client.history(results[0]["case"])["entries"][-1]
        assert entry["data"]["listed"] == {"file": sha256(file.read_bytes()).hexdigest(), "row": int(results[0]["row"])}
        assert entry["data"]["form"] == sha256(notice.read_bytes()).hexdigest()


def test_stopped_after_any_request_the_next_run_goes_on_and_nothing_is_there_twice(
    county: Simulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(signing, "BATCH", 4)
    clerk, file = county.key(f"{TOWN}/clerk"), tmp_path / "open.csv"
    county.trial.run("bulk", "list", "open", "--key", clerk, "--out", file)
    listing = read_listing(file.read_text("utf-8-sig"), {})
    signer, content = load_signer(clerk, None), file.read_bytes()
    counted: list[int] = []
    with county.client() as client:
        for _ in range(len(listing.signed)):
            run = signing.sign_listing(client, listing, content, signer.officer, signer.private, lambda done: None)
            recorded = []
            for outcome in run:
                assert outcome.what != "refused", outcome.detail
                recorded += [outcome] if outcome.what == "recorded" else []
                if len(recorded) == 4:
                    break  # killed here
            counted.append(len(recorded))
            if not recorded:
                break
    assert sum(counted) == len(listing.signed) > 8
    assert len(counted) > 2


def test_a_case_that_has_moved_on_since_is_refused_and_the_others_are_not(county: Simulated, tmp_path: Path):
    clerk, file = county.key("610924101/clerk"), tmp_path / "open.csv"
    trial = county.trial
    trial.run("bulk", "list", "open", "--key", clerk, "--out", file)
    rows = [row for row in rows_of(file) if not row["aside"]]
    assert len(rows) > 1
    trial.run("act", "review.open", "--key", clerk, "--case", rows[0]["case"])
    said = trial.run("bulk", "sign", file, "--key", clerk, "--yes", "--json", code=1)
    assert f'"recorded": {len(rows) - 1}' in said
    refused = next(row for row in rows_of(tmp_path / "open.results.csv") if row["result"] == "refused")
    assert (refused["case"], refused["code"]) == (rows[0]["case"], "act.stale")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("review.open", "verify.pass", 1), "row 1, act"),
        (lambda text: text.replace("position", "place", 1), "position"),
        (lambda text: text + text.splitlines()[1] + "\n", "twice"),
        (lambda text: text.splitlines()[0] + "\n", "empty"),
        (lambda text: text.replace("-", "+", 1), "row 1, case"),
    ],
)
def test_a_list_with_a_slip_is_told_where_and_nothing_is_signed(
    county: Simulated, tmp_path: Path, change: Any, said: str
):
    clerk, file = county.key("610924102/clerk"), tmp_path / "open.csv"
    county.trial.run("bulk", "list", "open", "--key", clerk, "--out", file)
    file.write_text(change(file.read_text("utf-8-sig")))
    with county.client() as client:
        size = client.head()["size"]
        assert said in county.trial.run("bulk", "sign", file, "--key", clerk, "--yes", code=2)
        assert client.head()["size"] == size


def test_a_list_is_never_written_over_another(county: Simulated, tmp_path: Path):
    file = tmp_path / "there.csv"
    file.write_text("mine")
    said = county.trial.run("bulk", "list", "open", "--key", county.key(f"{TOWN}/clerk"), "--out", file, code=1)
    assert "never overwritten" in said
    assert file.read_text() == "mine"
