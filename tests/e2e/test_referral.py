"""A complaint and a referral from the command line: lodged, drafted, sent, received, answered, read; told nowhere."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest

from tests.e2e.trial import Trial, running_trial

TOWN = "610924100"


@dataclass(frozen=True)
class Bureau:
    """A trial ledger with a supervisor, a colleague, somebody of the commission, and a case."""

    trial: Trial
    ids: dict[str, str]
    case: str

    def key(self, name: str) -> Path:
        return self.trial.home / f"{name}.pem"

    def reading(self, name: str) -> Path:
        return self.trial.home / f"{name}.reading"

    def write(self, name: str, content: object) -> Path:
        path = self.trial.home / f"{uuid4()}-{name}.json"
        path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        return path

    def place(self) -> Path:
        """A directory of its own for envelopes."""
        path = self.trial.home / f"{uuid4()}"
        path.mkdir()
        return path

    def example(self, kind: str, step: str) -> dict[str, object]:
        example: dict[str, object] = json.loads(self.trial.run(kind, "example", step))
        return example


def register(trial: Trial, name: str, unit: str, duty: str | None) -> str:
    key = trial.home / f"{name}.pem"
    trial.run("key", "new", key)
    admins = ("--key", trial.administrator(1), "--second-key", trial.administrator(2))
    trial.run("officer", "register", "--unit", unit, "--new-key", key, "--name", f"示例{name}", *admins)
    id_ = key.with_suffix(".id").read_text().strip()
    if duty is not None:
        reading = trial.home / f"{name}.reading"
        trial.run("key", "new", reading, "--for", "reading")
        trial.run("officer", "add-reading-key", "--reading-key", reading, "--key", key)
        assign = ("officer", "assign", "--of", id_, "--duty", duty, "--from", "2021-07-01")
        trial.run(*assign, "--key", trial.administrator(1))
    return id_


@pytest.fixture(scope="module")
def bureau() -> Iterator[Bureau]:
    with running_trial() as trial:
        said = trial.run("try")
        case = re.findall(r"案件 Case (\S+)", said)[0]
        people = {"supervisor": "supervise", "colleague": "supervise", "inspector": "commission"}
        ids = {name: register(trial, name, TOWN[:6], duty) for name, duty in people.items()}
        ids["townsman"] = register(trial, "townsman", TOWN, None)
        trial.run("key", "new", trial.home / "townsman.reading", "--for", "reading")
        yield Bureau(trial, ids, case)


def test_a_complaint_is_lodged_assigned_answered_closed_and_read_by_its_readers_only(bureau: Bureau):
    trial, ids, place = bureau.trial, bureau.ids, bureau.place()
    key, to = ("--key", bureau.key("supervisor"), "--out", place), ("--to", ids["colleague"])
    lodge = bureau.example("complaint", "lodge") | {"what": "来电反映：示例丑家有车。"}
    lodged = trial.json("complaint", "lodge", "--content", bureau.write("lodge", lodge), *to, *key)
    id_ = lodged["stream"]
    (listed,) = [one for one in trial.json("complaint", "list") if one["id"] == id_]
    assert (date.fromisoformat(listed["due"]) - date.fromisoformat(listed["began"])).days == 60
    assert f"{listed['due']}" in trial.run("complaint", "list")
    assign = bureau.write("assign", {"to": [ids["colleague"]]})
    trial.run("complaint", "assign", id_, "--content", assign, *to, *key)
    refused = trial.run("complaint", "close", id_, "--content", '{"reason": "answered"}', *key, code=1)
    assert "sealed.order" in refused
    answer = bureau.example("complaint", "answer") | {"lines": []}
    colleague = ("--key", bureau.key("colleague"), "--out", place)
    trial.run(
        "complaint", "answer", id_, "--content", bureau.write("answer", answer), "--to", ids["supervisor"], *colleague
    )
    trial.run("complaint", "close", id_, "--content", '{"reason": "answered"}', *key)

    read = ("complaint", "read", id_, "--envelope", place)
    papers = trial.json(*read, "--reading-key", bureau.reading("supervisor"))["papers"]
    assert [paper["opened"] for paper in papers] == [True] * 4
    assert papers[0]["content"] == lodge
    assert not any(paper["wrong"] for paper in papers)
    papers = trial.json(*read, "--reading-key", bureau.reading("colleague"))["papers"]
    assert [paper["opened"] for paper in papers] == [True, True, True, False]
    for outsider in ("inspector", "townsman"):
        said = trial.run(*read, "--reading-key", bureau.reading(outsider), code=2)
        assert said.count("envelope.not-for-you") == 4, "a wrong key says so, line by line"
        assert "这把阅读密钥打不开" in said
        assert "示例丑" not in said
    (listed,) = [one for one in trial.json("complaint", "list") if one["id"] == id_]
    assert (listed["stage"], len(listed["lines"]), listed["due"]) == ("closed", 4, None)
    assert id_ in trial.run("complaint", "list")
    assert "已办结" in trial.run("complaint", "list")


def test_a_referral_is_drafted_from_case_lines_completed_sent_received_answered(bureau: Bureau):
    trial, ids, place = bureau.trial, bureau.ids, bureau.place()
    entries = trial.json("history", bureau.case)["entries"]
    cited = [entry for entry in entries if entry["act"] in ("review.visit", "confirm.grant")]
    toml = trial.home / "referral.toml"
    indexes = ",".join(str(entry["index"]) for entry in cited)
    trial.run("referral", "draft", "--case", bureau.case, "--lines", indexes, "--out", toml)
    draft = toml.read_text("utf-8")
    for entry in cited:
        assert entry["hash"] in draft
        assert entry["officer"] in draft
    key, to = ("--key", bureau.key("supervisor"), "--out", place), ("--to", ids["inspector"])
    incomplete = trial.run("referral", "open", "--content", toml, *to, *key, code=1)
    for place_ in ("receiving", "facts.0.observed", "basis", "handling.corrected", "persons.0.name", "contact.phone"):
        assert place_ in incomplete
    filled = fill(draft)
    toml.write_text(filled, "utf-8")
    id_ = trial.run("referral", "open", "--content", toml, *to, *key, "--quiet").strip()

    steps = [
        ("send", "supervisor", "inspector"),
        ("receive", "inspector", "supervisor"),
        ("answer", "inspector", "supervisor"),
    ]
    for step, who, reader in steps:
        paper = bureau.write(step, bureau.example("referral", step))
        trial.run(
            *("referral", step, id_, "--content", paper, "--to", ids[reader]),
            *("--key", bureau.key(who), "--out", place),
        )
    trial.run("referral", "close", id_, "--content", '{"reason": "answered"}', *key)
    read = ("referral", "read", id_, "--reading-key", bureau.reading("inspector"), "--envelope", place)
    told = trial.json(*read)
    papers = told["papers"]
    assert told["due"] == "2026-12-09", "fifteen working days after the conclusion"
    assert "移送期限 To be sent by  2026-12-09" in trial.run(*read)
    assert [paper["opened"] for paper in papers] == [True, True, True, True, False]
    assert [line["hash"] for line in papers[0]["content"]["lines"]] == [entry["hash"] for entry in cited]
    assert {person["officer"] for person in papers[0]["content"]["persons"]} == {entry["officer"] for entry in cited}
    assert "相符 holds" in trial.run(*read)

    # The opened paper is checked with nothing but a hash.
    kept = trial.home / "opened.json"
    trial.run(*read, "--version", "1", "--paper", kept)
    line = json.loads(trial.run("lines", "--from", str(papers[0]["index"]), "--limit", "1"))
    history = trial.json("history", id_)["entries"]
    assert history[0]["data"]["content"] == sha256(kept.read_bytes()).hexdigest()
    assert line["type"] == "referral.opened"


def fill(draft: str) -> str:
    """What a person writes into the skeleton."""
    said = {
        'concluded = ""': "concluded = 2026-11-18",
        "basis = []": 'basis = ["assistance-66-3", "supervision-37"]',
        'receiving = ""': 'receiving = "示例县监察委员会"',
        "gaps = []": 'gaps = ["车辆登记日期尚未核实。"]',
        'corrected = ""': 'corrected = "partly"',
        'phone = ""': 'phone = "00000000000"',
        'observed = ""': 'observed = "same_hand"',
        'place = ""': 'place = "示例村"',
        'rule = ""': 'rule = "民发〔2021〕57号第十五条"',
        'name = ""': 'name = "示例某"',
        'unit = ""': 'unit = "示例县民政局"',
        'post = ""': 'post = "工作人员"',
        'text = ""': 'text = "入户调查与确认由同一人签名。"',
        "amount_fen = 0\n": "",
    }
    for empty, filled in said.items():
        draft = draft.replace(empty, filled)
    return draft


def opened(bureau: Bureau, **changes: object) -> tuple[str, ...]:
    content = bureau.example("referral", "open") | {"lines": [], "cases": [], "persons": []}
    content["facts"] = [{**content["facts"][0], "lines": []}]  # type: ignore[index]
    paper = bureau.write("open", content | changes)
    return "referral", "open", "--content", str(paper), "--key", str(bureau.key("supervisor"))


def test_nothing_is_sealed_to_a_town_to_the_concerned_or_to_whoever_has_no_key(bureau: Bureau):
    trial, ids, place = bureau.trial, bureau.ids, ("--out", bureau.place())
    before = trial.json("head")["size"]
    person = bureau.example("referral", "open")["persons"][0]  # type: ignore[index]
    about_colleague = opened(bureau, persons=[{**person, "officer": ids["colleague"]}])
    about_oneself = opened(bureau, persons=[{**person, "officer": ids["supervisor"]}])
    county = trial.key("county").with_suffix(".id").read_text().strip()
    for command, to, expected in [
        (opened(bureau), ids["townsman"], "监督或纪检监察职责"),
        (opened(bureau), county, "监督或纪检监察职责"),
        (opened(bureau), str(uuid4()), "未登记"),
        (about_colleague, ids["colleague"], "所涉人员"),
        (about_oneself, ids["inspector"], "涉及您本人"),
    ]:
        assert expected in trial.run(*command, "--to", to, *place, code=1)
    wrong = [{"index": 3, "hash": "ab" * 32}, {"index": 10**6, "hash": "ab" * 32}]
    said = trial.run(*opened(bureau, lines=wrong), "--to", ids["inspector"], *place, code=1)
    assert "  3: " in said
    assert "  1000000: 没有这一行" in said
    another = trial.run(*opened(bureau), "--to", ids["inspector"], *place, "--fingerprint", "ab" * 32, code=1)
    assert "账本指纹不符" in another
    assert trial.json("head")["size"] == before
    assert list(place[1].iterdir()) == []


def test_a_town_has_no_reading_key_and_no_step_of_these(bureau: Bureau):
    trial, place = bureau.trial, bureau.place()
    key = ("--key", bureau.key("townsman"))
    reading = ("officer", "add-reading-key", "--reading-key", bureau.reading("townsman"), *key)
    assert "officer.level" in trial.run(*reading, code=1)
    lodge = bureau.write("lodge", bureau.example("complaint", "lodge"))
    to = ("--to", bureau.ids["supervisor"], "--out", place)
    assert "officer.level" in trial.run("complaint", "lodge", "--content", lodge, *to, *key, code=1)


def test_what_is_served_and_kept_names_nobody_a_paper_is_about(bureau: Bureau):
    trial, ids, place = bureau.trial, bureau.ids, bureau.place()
    about = {"cases": [bureau.case], "officers": [ids["townsman"]], "units": [TOWN], "others": [{"name": "示例壬"}]}
    lodge = bureau.example("complaint", "lodge") | {"about": about}
    person = {**bureau.example("referral", "open")["persons"][0], "officer": ids["townsman"]}  # type: ignore[index]
    to = ("--to", ids["inspector"], "--out", place)
    key = ("--key", bureau.key("supervisor"))
    lodged = trial.json("complaint", "lodge", "--content", bureau.write("lodge", lodge), *to, *key)
    referred = trial.json(*opened(bureau, cases=[bureau.case], persons=[person]), *to)
    told = [envelope.read_text("utf-8") for envelope in place.iterdir()]
    for recorded in (lodged, referred):
        told += [json.dumps(trial.json("history", recorded["stream"]), ensure_ascii=False)]
        told += [trial.run("lines", "--from", str(recorded["index"]), "--limit", "1")]
    for secret in (bureau.case, ids["townsman"], TOWN, "示例", "2026-17"):
        assert not any(secret in text for text in told), secret
    sizes = {
        entry["data"]["size"] for one in (lodged, referred) for entry in trial.json("history", one["stream"])["entries"]
    }
    assert len(sizes) == 1, "neither tells by its length what it says"


def test_an_officer_is_shown_with_duties_and_reading_keys(bureau: Bureau):
    trial, id_ = bureau.trial, bureau.ids["inspector"]
    found = trial.json("officer", "show", id_)
    assert found["assignments"] == [{"duties": ["commission"], "starting": "2021-07-01", "ending": None}]
    assert found["reading_keys"] == [trial.json("key", "show", bureau.reading("inspector"))["public"]]
    assert "纪检监察 commission  2021-07-01 – …" in trial.run("officer", "show", id_)


def test_words_of_guilt_are_a_note_to_the_drafter(bureau: Bureau):
    said = bureau.trial.run(
        *opened(bureau, gaps=["是否贪污尚不清楚。"]), "--to", bureau.ids["inspector"], "--out", bureau.place()
    )
    assert "贪污" not in said  # a note, on standard error
    assert "referral.open" in said


def test_a_paper_is_handed_on_word_for_word(bureau: Bureau):
    trial, ids, place = bureau.trial, bureau.ids, bureau.place()
    id_ = trial.json(*opened(bureau), "--out", place)["stream"]
    inspector = ("--reading-key", bureau.reading("inspector"))
    assert trial.run("referral", "read", id_, *inspector, "--envelope", place, code=2)
    again = place / "again.envelope"
    trial.run(
        *("referral", "share", id_, "--version", "1", "--reading-key", bureau.reading("supervisor")),
        *("--to", ids["inspector"], "--envelope", place, "--out", again),
    )
    (paper,) = trial.json("referral", "read", id_, *inspector, "--envelope", again)["papers"]
    assert paper["opened"]
    assert paper["wrong"] == []


def test_an_altered_envelope_and_a_missing_one_are_told_apart(bureau: Bureau):
    trial, place = bureau.trial, bureau.place()
    id_ = trial.json(*opened(bureau), "--to", bureau.ids["inspector"], "--out", place)["stream"]
    (envelope,) = place.iterdir()
    read = ("referral", "read", id_, "--reading-key", bureau.reading("inspector"), "--envelope")
    assert "不在手边" in trial.run(*read, bureau.place(), code=2)
    members = json.loads(envelope.read_text())
    sealed = members["sealed"]
    members["sealed"] = ("B" if sealed[0] == "A" else "A") + sealed[1:]
    envelope.unlink()
    (place / "altered.envelope").write_text(json.dumps(members))
    assert "envelope.altered" in trial.run(*read, place, code=1)


def test_a_signing_key_opens_nothing_and_a_reading_key_signs_nothing(bureau: Bureau):
    trial = bureau.trial
    assert "阅读密钥" in trial.run("referral", "read", str(uuid4()), "--reading-key", bureau.key("inspector"), code=1)
    reading = bureau.reading("supervisor")
    assert trial.run("act", "apply.accept", "--key", reading, "--case", bureau.case, code=1)
    assert trial.json("key", "show", reading)["alg"] == "X25519"
    assert trial.run("key", "new", trial.home / "x.pem", "--for", "reading", "--alg", "ES256", code=2)


def test_duties_end_and_reading_keys_end(bureau: Bureau):
    trial = bureau.trial
    id_ = register(trial, "passing", TOWN[:6], "supervise")
    command: tuple[str | Path, ...] = (*opened(bureau)[:4], "--key", bureau.key("passing"), "--out", bureau.place())
    trial.run(*command)
    public = trial.json("key", "show", bureau.reading("passing"))["public"]
    trial.run("officer", "end-reading-key", public, "--reason", "lost", "--key", bureau.key("passing"))
    to_passing = trial.run(*opened(bureau), "--to", id_, "--out", bureau.place(), code=1)
    assert "没有登记阅读公钥" in to_passing
    assert "没有读者" in trial.run(*command, code=1)
    trial.run("officer", "assign", "--of", id_, "--from", "2021-07-01", "--key", trial.administrator(1))
    said = trial.run(*command, "--to", bureau.ids["inspector"], code=1)
    assert "officer.duty" in said


def test_the_ledger_verifies(bureau: Bureau):
    bureau.trial.run("verify")
