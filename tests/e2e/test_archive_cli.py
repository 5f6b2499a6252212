"""`mingzhang document` and `mingzhang archive` against a real service, as a clerk and the archives use them."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents import PDF, digest
from tests.e2e.trial import Trial, running_trial
from tests.spreadsheets import write_xlsx

SHELF = "610924100/2/14"


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with running_trial() as trial:
        trial.run("try")
        yield trial


@pytest.fixture
def case(trial: Trial) -> str:
    example = trial.run("act", "apply.submit", "--example")
    clerk = trial.key("clerk")
    case = trial.run("act", "apply.submit", "--key", clerk, "--data", example, "--quiet").strip()
    trial.run("act", "apply.accept", "--key", clerk, "--case", case)
    return case


def scan(tmp_path: Path, name: str) -> Path:
    path = tmp_path / f"{name}.pdf"
    path.write_bytes(PDF + name.encode())
    return path


def filed(trial: Trial, case: str, *arguments: str | Path) -> list[str | Path]:
    return ["document", "add", *arguments, "--case", case, "--shelf", SHELF, "--key", trial.key("clerk")]


def test_scans_are_kept_and_filed_in_one_go_and_again_does_nothing(trial: Trial, case: str, tmp_path: Path):
    one, other = scan(tmp_path, f"one{case}"), scan(tmp_path, f"other{case}")
    command = filed(trial, case, one, other, "--kind", "identity", "--kind", "income", "--pages", "4", "--pages", "1")
    said = trial.json(*command)
    assert [(each["sha256"], each["new"]) for each in said["documents"]] == [
        (digest(one.read_bytes()), True),
        (digest(other.read_bytes()), True),
    ]
    assert said["recorded"]["version"] == 3
    again = trial.json(*command)
    assert (again["recorded"], [each["new"] for each in again["documents"]]) == (None, [False, False])
    assert "nothing was recorded" in trial.run(*command)
    stored = trial.home / "var" / "documents" / digest(one.read_bytes())[:2] / digest(one.read_bytes())
    assert stored.read_bytes() == one.read_bytes()
    assert stored.stat().st_mode & 0o777 == 0o600
    shown = trial.run("archive", "show", case)
    assert "身份证、户口簿复印件" in shown
    assert SHELF in shown
    file = trial.json("archive", "show", case)
    assert [(p["kind"], p["pages"], p["stored"]) for p in file["papers"]][-2:] == [
        ("identity", 4, True),
        ("income", 1, True),
    ]
    assert file["missing"] == []


def test_a_command_that_broke_off_between_file_and_act_goes_on_where_it_was(trial: Trial, case: str, tmp_path: Path):
    path = scan(tmp_path, f"alone{case}")
    trial.run("document", "add", path)
    checked = json.loads(trial.run("document", "check", "--json", code=1))
    assert digest(path.read_bytes()) in [d["sha256"] for d in checked["differences"] if d["what"] == "unnamed"]
    trial.run(*filed(trial, case, path, "--kind", "other", "--pages", "1"))
    checked = json.loads(trial.run("document", "check", "--json", code=1))
    assert digest(path.read_bytes()) not in [d["sha256"] for d in checked["differences"]]


def test_what_is_wrong_is_found_before_anything_is_sent(trial: Trial, case: str, tmp_path: Path):
    path = scan(tmp_path, "unsent")
    clerk = trial.key("clerk")
    wrong: list[tuple[list[str | Path], str]] = [
        (filed(trial, case, path, "--kind", "secret", "--pages", "1"), "identity"),
        (filed(trial, case, path, "--kind", "identity"), "--pages"),
        (filed(trial, case, path, "--kind", "identity", "--pages", "1", "--pages", "2"), "--pages"),
        (["document", "add", path, "--case", case, "--kind", "identity", "--pages", "1", "--key", clerk], "--shelf"),
        ([*filed(trial, case, path, "--kind", "identity", "--pages", "1"), "--shelf", "屋角"], "shelf"),
        (filed(trial, "nobody", path, "--kind", "identity", "--pages", "1"), "UUID"),
        (["document", "add", tmp_path / "nothing.pdf"], "nothing.pdf"),
    ]
    for arguments, word in wrong:
        assert word in trial.run(*arguments, code=2)
    assert not (trial.home / "var" / "documents" / digest(path.read_bytes())[:2] / digest(path.read_bytes())).exists()
    no_case = filed(trial, "5e0c1f5e-0000-4000-8000-000000000001", path, "--kind", "identity", "--pages", "1")
    assert "not-found" in trial.run(*no_case, code=1)
    strange = tmp_path / "strange.pdf"
    strange.write_bytes(b"\x7fELF\x00")
    assert "document.kind" in trial.run("document", "add", strange, code=1)


def test_a_changed_file_and_a_lost_one_are_named_with_their_lines(trial: Trial, case: str, tmp_path: Path):
    paths = [scan(tmp_path, f"{name}{case}") for name in ("changed", "lost")]
    recorded = trial.json(*filed(trial, case, *paths, "--kind", "other", "--pages", "1"))["recorded"]
    changed, lost = (digest(path.read_bytes()) for path in paths)
    store = trial.home / "var" / "documents"
    (store / changed[:2] / changed).write_bytes(PDF)
    (store / lost[:2] / lost).unlink()
    said = trial.run("document", "check", code=1)
    assert "内容被改动" in said
    assert f"line {recorded['index']}" in said
    told = json.loads(trial.run("document", "check", "--json", code=1))["differences"]
    found = {(d["sha256"], d["what"], d["index"], d["stream"]) for d in told}
    assert {(changed, "altered", recorded["index"], case), (lost, "missing", recorded["index"], case)} <= found
    (store / changed[:2] / changed).unlink()
    trial.run("document", "add", *paths)
    told = json.loads(trial.run("document", "check", "--json", code=1))["differences"]
    assert {changed, lost} & {d["sha256"] for d in told} == set()


def inventory(tmp_path: Path, case: str, *rows: tuple[str, str, str]) -> Path:
    path = tmp_path / "inventory.csv"
    lines = [",".join((case, *row)) for row in rows]
    path.write_text("\n".join(["案件编号,材料种类,页数,存放处", *lines]), "utf-8")
    return path


def test_an_inventory_that_agrees_and_one_that_does_not(trial: Trial, case: str, tmp_path: Path):
    clerk = trial.key("clerk")
    documents = trial.json("archive", "show", case)["papers"]
    data = {"documents": [{"kind": d["kind"], "sha256": d["sha256"], "pages": 2, "shelf": SHELF} for d in documents]}
    trial.run("act", "archive.file", "--case", case, "--key", clerk, "--data", json.dumps(data))
    agreeing = [("申请书", "2", SHELF), ("诚信承诺书", "2", SHELF), ("核对授权书", "2", SHELF)]
    assert "Differences  0" in trial.run("archive", "compare", inventory(tmp_path, case, *agreeing))
    path = inventory(
        tmp_path, case, ("申请书", "3", SHELF), ("诚信承诺书", "2", "610924100/2/15"), ("公示及照片", "1", SHELF)
    )
    said = trial.run("archive", "compare", path, code=1)
    for word in ("页数不同", "存放处不同", "清单上有，账上无", "账上有，清单上无"):
        assert word in said.replace("\n", "")
    out = tmp_path / "differences.csv"
    trial.run("archive", "compare", path, "--out", out, code=1)
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["row"], r["difference"], r["inventory"], r["ledger"]) for r in rows] == [
        ("2", "pages", "3", "2"),
        ("3", "shelf", "610924100/2/15", SHELF),
        ("4", "not_on_ledger", f"1 页 pages, {SHELF}", ""),
        ("", "not_on_paper", "", f"2 页 pages, {SHELF}"),
    ]
    assert "已存在" in trial.run("archive", "compare", path, "--out", out, code=1)
    as_json = tmp_path / "differences.json"
    said_json = json.loads(trial.run("archive", "compare", path, "--json", "--out", as_json, code=1))
    assert said_json["differences"] == json.loads(as_json.read_text("utf-8"))


def test_a_spreadsheet_is_an_inventory_too_and_no_formula_comes_out(trial: Trial, case: str, tmp_path: Path):
    path = write_xlsx(
        tmp_path / "inventory.xlsx",
        {
            "清单": [
                ["案件编号", "材料种类", "页数", "存放处"],
                ["=1+1", "申请书", 2, SHELF],
                [case, "申请书", 2, SHELF],
            ]
        },
    )
    out = tmp_path / "differences.csv"
    trial.run("archive", "compare", path, "--out", out, code=1)
    text = out.read_text("utf-8-sig")
    assert "\n2,'=1+1,," in text.replace("\r", "")
    assert "not_filed" in text
    assert "--out" in trial.run("archive", "compare", path, "--out", tmp_path / "x.txt", code=2)
    no_inventory = tmp_path / "other.csv"
    no_inventory.write_text("a,b\n1,2\n")
    assert "案件编号" in trial.run("archive", "compare", no_inventory, code=2)
