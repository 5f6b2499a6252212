"""The command line against a real `mingzhang run`, as an officer and an administrator use it."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from api.cli.act import keep_receipt
from api.cli.failing import CommandError
from domain.acts import ACTS
from tests.e2e.trial import Trial, running_trial


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with running_trial() as trial:
        trial.run("try")
        yield trial


def submitted(trial: Trial) -> str:
    """A new case of the clerk's."""
    example = trial.run("act", "apply.submit", "--example")
    return trial.run("act", "apply.submit", "--key", trial.key("clerk"), "--data", example, "--quiet").strip()


def test_a_made_up_case_walks_through_all_stages_again_and_again(trial: Trial):
    said = trial.run("try")
    case = re.findall(r"案件 Case (\S+)", said)[0]
    assert trial.json("case", case)["stage"] == "exited"
    assert "officer.register" not in said
    history = trial.json("history", case)["entries"]
    assert [entry["act"].partition(".")[0] for entry in history][:1] == ["apply"]
    assert {entry["act"].partition(".")[0] for entry in history} == {
        "apply",
        "review",
        "confirm",
        "verify",
        "suspend",
        "exit",
    }
    assert all(entry["signature"]["valid"] and entry["chain"]["valid"] for entry in history)
    assert said.count("✓") == len(history)


def test_an_act_is_signed_sent_and_read_back(trial: Trial):
    case = submitted(trial)
    recorded = trial.json("act", "apply.accept", "--key", trial.key("clerk"), "--case", case)
    assert recorded["stream"] == case
    assert recorded["version"] == 2
    line = trial.run("lines", "--from", str(recorded["index"]), "--limit", "1")
    assert json.loads(line)["type"] == "apply.accepted"
    assert "受理 apply.accept" in trial.run("history", case)
    assert "accepted" in trial.run("case", case)


def test_personal_data_is_nowhere_in_the_clear(trial: Trial):
    submitted(trial)
    everything = trial.run("lines")
    assert "apply.submitted" in everything
    assert "示例甲" not in everything
    assert "000000195001010001" not in everything


def test_personal_members_can_come_from_a_file_of_their_own(trial: Trial):
    data = json.loads(trial.run("act", "apply.submit", "--example"))
    personal = json.dumps({"applicant": data.pop("applicant")})
    clerk = trial.key("clerk")
    said = trial.run(
        *("act", "apply.submit", "--key", clerk, "--data", json.dumps(data), "--personal", "-", "--quiet"),
        stdin=personal,
    )
    assert trial.json("case", said.strip())["stage"] == "submitted"


def test_a_dry_run_shows_what_would_be_signed_and_sends_nothing(trial: Trial):
    before = trial.json("head")["size"]
    example = trial.run("act", "apply.submit", "--example")
    said = trial.run("act", "apply.submit", "--key", trial.key("clerk"), "--data", example, "--dry-run")
    assert '"act": "apply.submit"' in said
    assert 'name = "示例甲"' in said
    assert trial.json("head")["size"] == before


def test_an_act_signed_before_is_sent_later_and_twice_is_once(trial: Trial):
    case, kept = submitted(trial), trial.home / f"{uuid4()}.act"
    trial.run("act", "apply.accept", "--key", trial.key("clerk"), "--case", case, "--dry-run", "--out", kept)
    assert kept.stat().st_mode & 0o077 == 0
    first, second = trial.json("send", kept), trial.json("send", kept)
    assert (first["index"], first["hash"]) == (second["index"], second["hash"])
    assert len(trial.json("history", case)["entries"]) == 2


def test_a_stale_act_is_refused_and_shows_what_has_happened_since(trial: Trial):
    case, kept = submitted(trial), trial.home / f"{uuid4()}.act"
    clerk = trial.key("clerk")
    trial.run("act", "apply.accept", "--key", clerk, "--case", case, "--dry-run", "--out", kept)
    trial.run("act", "apply.return", "--key", clerk, "--case", case, "--data", '{"missing": ["income"]}')
    said = trial.run("send", kept, code=1)
    assert "act.stale" in said
    assert "apply.return" in said


def test_without_the_service_an_act_is_kept_and_can_be_sent_once_it_is_back(trial: Trial):
    case, kept = submitted(trial), trial.home / f"{uuid4()}.act"
    trial.run("act", "apply.accept", "--key", trial.key("clerk"), "--case", case, "--dry-run", "--out", kept)
    said = trial.run("send", kept, code=2, MINGZHANG_URL="http://127.0.0.1:1")
    assert f"mingzhang send {kept}" in said
    assert trial.json("send", kept)["version"] == 2


def test_an_act_from_paper_names_its_signer_and_scan(trial: Trial):
    case = submitted(trial)
    scan = trial.home / f"{case}.pdf"
    scan.write_bytes(b"a scan")
    signer = str(uuid4())
    arguments = ("act", "apply.accept", "--key", trial.key("clerk"), "--case", case, "--paper-signer", signer)
    trial.run(*arguments, code=2)
    trial.run(*arguments, "--paper-scan", scan)
    entry = trial.json("history", case)["entries"][1]
    assert entry["basis"] == "paper"
    assert entry["paper"]["signer"] == signer


def test_a_refusal_tells_why_in_the_readers_language(trial: Trial):
    case = submitted(trial)
    arguments = ("act", "exit.end", "--key", trial.key("leader"), "--case", case)
    data = ("--data", trial.run("act", "exit.end", "--example"))
    assert "is not possible while the case is submitted" in trial.run(*arguments, *data, code=1)
    assert "不能办理" in trial.run(*arguments, *data, code=1, LC_ALL="zh_CN.UTF-8")


def test_wrong_data_names_every_fault_and_the_example(trial: Trial):
    case = submitted(trial)
    said = trial.run("act", "confirm.grant", "--key", trial.key("leader"), "--case", case, "--data", '{"x": 1}', code=1)
    for word in ("monthly_fen", "members", "starting", "x:", "confirm.grant --example"):
        assert word in said


def test_every_act_is_listed_with_the_laws_word(trial: Trial):
    said = trial.run("act", "--list")
    for act in ACTS.values():
        assert act.code in said
        assert act.zh in said
    assert {entry["act"] for entry in trial.json("act", "--list")} == set(ACTS)


def test_lines_come_whole_page_after_page(trial: Trial, monkeypatch: pytest.MonkeyPatch):
    everything = trial.run("lines")
    monkeypatch.setattr("api.client.PAGE", 5)
    assert trial.run("lines") == everything
    assert trial.run("lines", "--from", "3", "--limit", "7").splitlines() == everything.splitlines()[3:10]
    granted = [line for line in everything.splitlines() if json.loads(line)["type"] == "confirm.granted"]
    assert trial.run("lines", "--type", "confirm.granted").splitlines() == granted


def test_a_case_is_shown_to_be_whole_up_to_a_seal(trial: Trial):
    case = submitted(trial)
    made = trial.json("seal")
    assert trial.json("seal") == made
    assert trial.json("history", case, "--sealed")["seal"] == made
    assert f"by the seal on line {made['index']}" in trial.run("history", case, "--sealed")


def test_a_receipt_proves_its_line_without_the_service(trial: Trial, tmp_path: Path):
    proof, line = tmp_path / "8.tlog-proof", tmp_path / "8.json"
    trial.run("receipt", "8", "--out", proof, "--line", line)
    vkey = trial.json("head")["log_keys"][0]
    nowhere = "http://127.0.0.1:1"
    check = ("check-receipt", proof, "--line", line)
    assert "属实 proven" in trial.run(*check, "--vkey", vkey, MINGZHANG_URL=nowhere)
    assert "not established" in trial.run(*check, code=2, MINGZHANG_URL=nowhere)
    line.write_text(line.read_text().replace('"version":1', '"version":2'))
    assert "proof.invalid" in trial.run(*check, "--vkey", vkey, code=1, MINGZHANG_URL=nowhere)


def test_the_receipt_that_comes_with_an_act_proves_it_too(trial: Trial, tmp_path: Path):
    case, proof, line = submitted(trial), tmp_path / "proof", tmp_path / "line"
    arguments = ("act", "apply.accept", "--key", trial.key("clerk"), "--case", case)
    index = json.loads(trial.run(*arguments, "--receipt", proof, "--json"))["index"]
    line.write_text(trial.run("lines", "--from", str(index), "--limit", "1"))
    trial.run("check-receipt", proof, "--line", line, "--vkey", trial.json("head")["log_keys"][0])


def test_a_head_is_kept_once_and_never_overwritten(trial: Trial, tmp_path: Path):
    kept = tmp_path / "head"
    trial.run("head", "--out", kept)
    before = kept.read_text()
    assert before.startswith(trial.json("head")["origin"])
    submitted(trial)
    trial.run("head", "--out", kept, code=1)
    assert kept.read_text() == before


def test_nothing_is_sent_when_its_receipt_could_not_be_kept(trial: Trial, tmp_path: Path):
    example, size = trial.run("act", "apply.submit", "--example"), trial.json("head")["size"]
    arguments = ("act", "apply.submit", "--key", trial.key("clerk"), "--data", example)
    assert "nothing was sent" in trial.run(*arguments, "--receipt", tmp_path / "no" / "proof", code=2)
    assert trial.json("head")["size"] == size


def test_a_receipt_that_cannot_be_kept_in_the_end_leaves_no_doubt_of_the_act(tmp_path: Path):
    for path in (tmp_path, tmp_path / "no" / "proof"):  # taken, or gone, since the act was sent
        with pytest.raises(CommandError) as said:
            keep_receipt(path, {"index": 41, "receipt": "…"})
        assert "It is recorded as line 41" in str(said.value)
        assert "mingzhang receipt 41 --out" in str(said.value)


def test_an_unknown_act_is_refused_before_any_key_is_asked_for(trial: Trial, tmp_path: Path):
    assert "no such act" in trial.run("act", "apply.nothing", "--key", tmp_path / "no.pem", code=2)


def test_data_may_begin_with_a_byte_order_mark_and_must_be_utf_8(trial: Trial, tmp_path: Path):
    example, file = trial.run("act", "apply.submit", "--example"), tmp_path / "data.json"
    arguments = ("act", "apply.submit", "--key", trial.key("clerk"), "--data", file)
    file.write_text(example, "utf-8-sig")
    trial.run(*arguments)
    file.write_text(example, "gb18030")
    assert "save it as UTF-8" in trial.run(*arguments, code=2)


def test_the_trial_in_another_directory_says_where_to_go_and_leaves_nothing(trial: Trial, tmp_path: Path):
    assert "go where it runs" in trial.run("try", "--data", tmp_path / "var", code=1)
    assert list(tmp_path.iterdir()) == []
    said = trial.run("act", "apply.submit", "--key", tmp_path / "keys" / "try" / "clerk.pem", code=1)
    assert "key new" not in said


def test_what_is_not_there_is_said_in_chinese_too(trial: Trial):
    case = str(uuid4())
    assert f"没有案件 {case}" in trial.run("case", case, code=1, LC_ALL="zh_CN.UTF-8")
    assert "没有第 999999 行" in trial.run("receipt", "999999", code=1, LC_ALL="zh_CN.UTF-8")


def test_an_officer_is_registered_on_three_machines_and_the_key_revoked_again(trial: Trial, tmp_path: Path):
    key, asked, seconded = tmp_path / "new.pem", tmp_path / "request", tmp_path / "second"
    kid = trial.json("key", "new", key, "--alg", "ES256")["kid"]
    trial.run("officer", "possess", "--key", key, "--out", asked)
    assert kid in trial.run(
        "officer", "second", asked, "--key", trial.administrator(2), "--unit", "610924100", "--out", seconded
    )
    trial.run(
        *("officer", "register", "--request", asked, "--second", seconded, "--unit", "610924100", "--name", "示例庚"),
        *("--key", trial.administrator(1)),
    )
    example = trial.run("act", "apply.submit", "--example")
    trial.run("act", "apply.submit", "--key", key, "--data", example)
    id_ = key.with_suffix(".id").read_text().strip()
    revoke = ("--of", id_, "--reason", "lost", "--key", trial.administrator(1))
    assert "key.not-held" in trial.run("officer", "revoke", "-" + kid[1:], *revoke, code=1)
    trial.run("officer", "revoke", kid, *revoke)
    assert "key.not-valid" in trial.run("act", "apply.submit", "--key", key, "--data", example, code=1)


def test_an_administrators_key_ends_by_two_signatures_from_two_machines(trial: Trial, tmp_path: Path):
    key, seconded = tmp_path / "fourth.pem", tmp_path / "revoke.second"
    kid = trial.json("key", "new", key)["kid"]
    two = ("--key", trial.administrator(1), "--second-key", trial.administrator(2))
    trial.run("officer", "register", *two, "--new-key", key, "--unit", "610924", "--administrator")
    id_ = key.with_suffix(".id").read_text().strip()
    which = (kid, "--of", id_, "--compromised-since", "3")
    ending = ("officer", "revoke", *which, "--reason", "lost", "--key", trial.administrator(1))
    said = trial.run(*ending, code=1)
    assert f"mingzhang officer second-revoke {kid} --of {id_} --compromised-since 3" in said
    assert "officer.second-needed" in said
    assert "两个人" in trial.run(*ending, code=1, LC_ALL="zh_CN.UTF-8")
    assert kid in trial.run("officer", "second-revoke", *which, "--key", trial.administrator(3), "--out", seconded)
    another_since = (*ending[:-4], "--compromised-since", "4", *ending[-4:])
    assert "countersignature.payload" in trial.run(*another_since, "--second", seconded, code=1)
    assert "--second-key" in trial.run(*ending, "--second", seconded, "--second-key", key, code=2)
    assert "officer.revoke_key" in trial.run(*ending, "--second", seconded)


def test_an_administrators_key_ends_at_once_where_both_keys_are_at_hand(trial: Trial, tmp_path: Path):
    key = tmp_path / "leaving.pem"
    kid = trial.json("key", "new", key)["kid"]
    two = ("--key", trial.administrator(1), "--second-key", trial.administrator(2))
    trial.run("officer", "register", *two, "--new-key", key, "--unit", "610924", "--administrator")
    id_ = key.with_suffix(".id").read_text().strip()
    ending = ("officer", "revoke", kid, "--of", id_, "--reason", "left", "--key", trial.administrator(1))
    trial.run(*ending, "--second-key", key)  # the very key that ends
    assert trial.run("verify")


def test_an_officer_gets_one_more_key_with_the_older_ones_signature(trial: Trial, tmp_path: Path):
    old, new = tmp_path / "old.pem", tmp_path / "new.pem"
    for key in (old, new):
        trial.run("key", "new", key)
    administrators = ("--key", trial.administrator(1), "--second-key", trial.administrator(2))
    trial.run("officer", "register", *administrators, "--new-key", old, "--unit", "610924100")
    id_ = old.with_suffix(".id").read_text().strip()
    trial.run("officer", "add-key", "--of", id_, "--new-key", new, "--second-key", old, "--key", trial.administrator(1))
    example = trial.run("act", "apply.submit", "--example")
    for _ in range(4):  # whichever worker answers
        trial.run("act", "apply.submit", "--key", new, "--data", example)


def test_two_signatures_come_from_two_people(trial: Trial, tmp_path: Path):
    key = tmp_path / "new.pem"
    trial.run("key", "new", key)
    one = trial.administrator(1)
    said = trial.run(
        *("officer", "register", "--key", one, "--second-key", one, "--new-key", key, "--unit", "610924100"), code=1
    )
    assert "countersignature.same" in said


def test_the_county_delegates_and_takes_back(trial: Trial, tmp_path: Path):
    paper = tmp_path / "plan.pdf"
    paper.write_bytes(b"a plan")
    county = ("--town", "610924101", "--instrument", paper, "--key", trial.key("county"))
    trial.run("delegation", "grant", *county, "--from", "2021-07-01", "--programme", "rural_minimum")
    assert trial.json("delegation", "withdraw", *county)["version"] == 2
    assert "delegation.nothing" in trial.run("delegation", "withdraw", *county, code=1)


def test_a_delegation_is_limited_suspended_resumed_and_shown(trial: Trial, tmp_path: Path):
    paper = tmp_path / "plan.pdf"
    paper.write_bytes(b"a plan")
    county = ("--town", "610924102", "--instrument", paper, "--key", trial.key("county"))
    said = trial.run("delegation", "show", "610924102")
    assert said.count("从未下放 never delegated") == 4
    stages = ("--stage", "preparing:2021-06-02:2021-06-25", "--stage", "running:2021-06-26:2021-09-30")
    number = ("--number", "government_office/2021/12")
    too_early = trial.run("delegation", "grant", *county, *stages, *number, "--from", "2021-06-20", code=1)
    assert "from the stage running on" in too_early
    trial.run("delegation", "grant", *county, *stages, *number, "--from", "2021-06-26")
    trial.run("delegation", "limit", *county, "--programme", "rural_minimum", "--ceiling-fen", "100000")
    trial.run("delegation", "suspend", *county, "--reason", "verification_faults", "--ground", "ab" * 32)
    shown = trial.json("delegation", "show", "610924102")
    power = next(one for one in shown["powers"] if one["programme"] == "rural_minimum")
    assert (shown["version"], power["why"]) == (3, "suspended")
    assert trial.json("delegation", "resume", *county)["version"] == 4
    then = trial.run("delegation", "show", "610924102", "--on", "2021-09-30")
    assert "✓ 委托 entrusted，组织实施 running" in then
    no_stage = ("--stage", "x", "--from", "2021-07-01")
    assert "running:2021-06-26" in trial.run("delegation", "grant", *county, *no_stage, code=2)
    assert "government_office/2021/12" in trial.run("delegation", "resume", *county, "--number", "12", code=2)


def test_a_source_is_granted(trial: Trial):
    importer = trial.key("county").with_suffix(".id").read_text().strip()
    granted = ("source", "grant", "--name", "旧系统", "--importer", importer, "--until", "2099-12-31")
    assert UUID(trial.json(*granted, "--key", trial.administrator(1))["stream"]).version == 5


def test_what_is_not_there_is_said(trial: Trial):
    assert "not-found" in trial.run("case", str(uuid4()), code=1)
    assert "not-found" in trial.run("receipt", "999999", code=1)
    assert "mingzhang run" in trial.run("head", code=2, MINGZHANG_URL="http://127.0.0.1:1")
    assert "UUID" in trial.run("case", "case-1", code=2)


def test_a_refused_attempt_is_kept_and_listed(trial: Trial):
    case, clerk = submitted(trial), trial.key("clerk")
    example = trial.run("act", "verify.draw", "--example")
    refused = trial.run("act", "verify.draw", "--key", clerk, "--case", case, "--data", example, code=1)
    assert "case.order" in refused
    officer = clerk.with_suffix(".id").read_text().strip()
    deadline = time.monotonic() + 10
    while not (found := trial.json("refusals", "--officer", officer)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (found[0]["act"], found[0]["case"], found[0]["reason"]) == ("verify.draw", case, "case.order")
    said = trial.run("refusals", "--limit", "1")
    assert "verify.draw" in said
    assert officer[:8] in said
    line = trial.run("lines", "--from", str(found[0]["index"]), "--limit", "1")
    assert json.loads(line)["type"] == "refusal.recorded"
    assert "refusal.recorded" in trial.run("verify")
    assert trial.json("refusals", "--officer", str(uuid4())) == []
