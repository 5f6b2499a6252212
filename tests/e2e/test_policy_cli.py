"""The rules on the command line: compared, proposed by one and adopted by another, rehearsed on what has happened."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.packs import text_of
from tests.e2e.trial import Trial, running_trial


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with running_trial() as trial:
        trial.run("try")
        yield trial


def raised(directory: Path, name: str) -> Path:
    """A county's own pack, made as the head of the defaults says; the rural standard goes up."""
    path = directory / f"{name}.toml"
    text = text_of("county-defaults").replace('pack = "county-defaults"', f'pack = "{name}"')
    path.write_bytes(text.replace("value = 50000", "value = 52000").encode())
    return path


def test_two_people_put_a_pack_into_force_and_see_what_it_changes_before_they_sign(trial: Trial, tmp_path: Path):
    pack = raised(tmp_path, "ours-one")
    one, other = ("--key", trial.key("county")), ("--key", trial.key("supervisor"))
    days = ("--pack", pack, "--from", "2026-01-01")
    assert "Nothing was signed" in trial.run("policy", "propose", *days, *one, stdin="n\n", code=1)
    assert "policy.not-proposed" in trial.run("policy", "adopt", *days, *other, "--yes", code=1)
    said = trial.run("policy", "propose", *days, *one, stdin="y\n")
    assert "改动  农村低保·每人每月标准，分\n        - 50000\n        + 52000\n" in said
    assert "新增 0，不再有 0，改动 1 处" in said
    assert "policy.same-person" in trial.run("policy", "adopt", *days, *one, "--yes", code=1)
    edited = tmp_path / "edited.toml"
    edited.write_text(pack.read_text().replace("value = 52000", "value = 53000"))
    elsewhere = ("--pack", edited, "--from", "2026-01-01")
    assert "policy.not-proposed" in trial.run("policy", "adopt", *elsewhere, *other, "--yes", code=1)
    assert "--yes" in trial.run("policy", "adopt", *days, *other, "--json", code=2)
    assert "policy.adopt" in trial.run("policy", "adopt", *days, *other, "--yes")
    states = {row["pack"]: row["state"] for row in trial.json("policy", "list")}
    assert states["ours-one"] == "现行 in force"
    assert states["county-defaults"] == "已采用 adopted"
    before = {row["pack"]: row["state"] for row in trial.json("policy", "list", "--on", "2025-12-31")}
    assert before["county-defaults"] == "现行 in force"


def test_a_town_proposes_no_rules(trial: Trial, tmp_path: Path):
    said = trial.run("policy", "propose", "--pack", raised(tmp_path, "x"), "--key", trial.key("clerk"), "-y", code=1)
    assert "officer.level" in said


def test_a_correction_of_the_law_says_that_it_is_one(trial: Trial):
    said = trial.run("policy", "propose", "--pack", "law-2022-10", "--key", trial.key("county"), "--yes")
    assert "This is a correction" in said


def test_a_pack_with_a_slip_is_told_where_it_is(trial: Trial, tmp_path: Path):
    pack = tmp_path / "slip.toml"
    pack.write_text(raised(tmp_path, "slip").read_text().replace("value = 52000", "value = 520.00"))
    said = trial.run("policy", "propose", "--pack", pack, "--key", trial.key("county"), code=1)
    assert "value (line " in said
    assert "应为整数" in said
    assert "shipped are county-defaults" in trial.run("policy", "show", "law-1999", code=2)
    pack.write_bytes(b"\xff\xfe")
    assert "UTF-8" in trial.run("policy", "show", pack, code=2)


def test_packs_are_compared_and_read_without_any_service():
    nobody = Trial(Path(), "http://127.0.0.1:1")
    said = nobody.run("policy", "diff", "law-2021-07", "law-2022-10")
    assert "民发〔2022〕83号第四部分第一项\n" in said
    assert "- 30个工作日，自受理至予以确认或不予确认，乡镇办理\n        + 20个工作日" in said
    changed = nobody.json("policy", "diff", "law-2021-07", "law-2022-10")
    assert {"change": "new", "kind": "value", "name": "grace.months"}.items() <= next(
        one for one in changed if one["name"] == "grace.months"
    ).items()
    assert "No difference" in nobody.run("policy", "diff", "law-2012", "law-2012")
    assert "民发〔2021〕43号第二十六条" in nobody.run("policy", "show", "law-2025-01")
    assert nobody.run("policy", "show", "county-defaults", "--text") == text_of("county-defaults")
    assert "law-2025-01" in nobody.run("policy", "list", "--shipped")


def test_a_rehearsal_says_which_decisions_would_have_come_out_otherwise(trial: Trial, tmp_path: Path):
    assert trial.json("policy", "rehearse", "county-defaults")["otherwise"] == []
    longer = tmp_path / "longer.toml"
    text = text_of("law-2025-01").replace("value = 7\nleast = 7", "value = 14\nleast = 14")
    longer.write_bytes(text.replace("number = 20\n", "number = 3\n").encode())
    found = trial.json("policy", "rehearse", longer)["otherwise"]
    assert [(one["act"], one["after"], one["article"]) for one in found[:1]] == [
        ("review.post", "case.posting-days", "民发〔2021〕57号第十九条")
    ]
    assert found[1]["act"] == "confirm.grant"
    assert found[1]["limits"] == [{"name": "total", "late_before": False, "late_after": True}]
    export = tmp_path / "ledger.txt"
    trial.run("export", export)
    assert json.loads(trial.run("policy", "rehearse", longer, "--export", export, "--json"))["otherwise"] == found
    assert "按时 in time → 逾期 late" in trial.run("policy", "rehearse", longer, "--export", export)
