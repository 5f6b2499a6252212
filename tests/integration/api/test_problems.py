"""Every refusal has a stable code, and says what is wrong in the reader's language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any
from uuid import uuid4

import pytest

from api.problems import TYPE, classify, language_of, problem
from api.wording import TEXTS, WHYS
from domain.errors import NotAllowed
from ledger.errors import Conflict, LedgerError, Moved, NotDone, OutcomeUnknown, Refused
from tests.county import Person
from tests.integration.api.conftest import Office

ROOT = Path(__file__).resolve().parents[3]
AT_THE_DOOR = [
    *(ROOT / "domain").rglob("*.py"),
    *(ROOT / "ledger" / f"{name}.py" for name in ("act", "batch", "disclosure", "jws", "keys", "rules")),
    *(ROOT / "api" / f"{name}.py" for name in ("acts", "admit", "cases", "ledger_routes", "receive", "trouble")),
    *(ROOT / "api" / "documents").rglob("*.py"),
    *(ROOT / "api" / "evidence").rglob("*.py"),
]


def raised() -> Iterator[tuple[str, set[str], str]]:
    """Every (code, facts, where) of a refusal that is written out in the rooms' code."""
    for path in AT_THE_DOOR:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            facts = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
            code: Any = facts.pop("code", None)
            if node.func.id == "NotAllowed":
                code = node.args[0]
            if node.func.id in ("NotAllowed", "Refused", "Conflict", "NotDone") and isinstance(code, ast.Constant):
                yield str(code.value), set(facts), f"{path.name}:{node.lineno}"


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_refusal_has_a_chinese_text_and_the_facts_that_it_names():
    found = list(raised())
    assert len(found) > 60
    missing = [(code, where) for code, _, where in found if not TEXTS.get(code, ("", ""))[0]]
    assert missing == []
    lacking = [(code, where) for code, facts, where in found if not placeholders("".join(TEXTS[code])) <= facts]
    assert lacking == []


def test_every_text_is_chinese_and_no_code_has_spaces():
    for code, (zh, _) in TEXTS.items():
        assert re.search(r"[\u4e00-\u9fff]", zh), code
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)?", code)


def test_a_refusal_of_several_whys_says_which_in_both_languages():
    refused = NotAllowed(
        "delegation.none", "suspended from 2021-08-10 on", why="suspended", since="2021-08-10", programme="low_income"
    )
    assert "自 2021-08-10 起暂停" in problem(refused, "zh")[1]["detail"]
    body = problem(refused, "en")[1]
    assert (body["code"], body["detail"]) == ("delegation.none", "suspended from 2021-08-10 on")
    for why in ("never", "other_programme", "not_yet", "ended", "limited", "suspended", "withdrawn"):
        assert re.search(r"[\u4e00-\u9fff]", WHYS["delegation.none", why][0])


def test_a_refusal_cites_the_article_it_rests_on():
    refused = NotAllowed("case.missing-step", "x", missing=["review.post"], article="民发〔2021〕57号第十九条")
    _, body = problem(refused, "zh")
    assert body["detail"].endswith("（依据：民发〔2021〕57号第十九条）")
    assert problem(refused, "en")[1]["article"] == "民发〔2021〕57号第十九条"


def test_the_kinds_of_error_have_their_statuses():
    for error, status, code in [
        (Refused("x", code="act.form"), 422, "act.form"),
        (Refused("x", code="key.unknown"), 403, "key.unknown"),
        (Refused("x", code="key.not-valid"), 403, "key.not-valid"),
        (NotAllowed("key.not-valid", "x"), 403, "key.not-valid"),
        (Conflict("x", code="act.stale"), 409, "act.stale"),
        (Moved("x", streams={}), 409, "act.moved"),
        (NotDone("x", code="commit.busy"), 503, "commit.busy"),
        (OutcomeUnknown("x"), 503, "commit.unknown"),
        (NotAllowed("officer.level", "x"), 403, "officer.level"),
        (NotAllowed("case.order", "x"), 409, "case.order"),
        (NotAllowed("data.schema", "x"), 422, "data.schema"),
        (LedgerError("x"), 503, "ledger.error"),
    ]:
        assert classify(error)[:2] == (status, code)
    with pytest.raises(ZeroDivisionError):
        classify(ZeroDivisionError())


def test_a_problem_carries_its_facts_and_they_never_replace_its_own_members():
    status, body = problem(
        Refused("no such act", code="act.code", act="x.y", status=200, title="fine", detail="d"), "zh"
    )
    assert status == body["status"] == 422
    assert body["type"] == TYPE + "act.code"
    assert (body["code"], body["title"], body["act"]) == ("act.code", "act.code", "x.y")
    assert "没有 x.y 这种行为" in body["detail"]
    assert problem(Refused("no such act", code="act.code"), "zh")[1]["detail"] == "no such act"
    assert problem(Refused("plain words", code="never.listed"), "zh")[1]["detail"] == "plain words"


def test_what_somebody_sent_is_quoted_and_never_taken_for_a_placeholder():
    body = problem(Refused("x", code="act.code", act="{act.__class__} {0} %s"), "zh")[1]
    assert "{act.__class__} {0} %s" in body["detail"]


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("zh-Hans-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("ZH-cn", "zh"),
        ("en-GB,zh;q=0.9", "en"),
        ("en;q=0.5, zh;q=0.9", "zh"),
        ("fr, zh;q=0.2", "zh"),
        ("fr", "en"),
        ("*", "en"),
        ("zh;q=0", "en"),
        ("zh;q=0, en;q=0", "en"),
        ("zh;q=rubbish, en;q=0.1", "en"),
        (";;;,,,q=1", "en"),
        ("zh;q=9999", "en"),
    ],
)
def test_the_language_is_the_one_the_reader_weighs_most(accept, language):
    assert language_of(accept) == language


def test_refusals_come_in_chinese_and_in_english_with_one_code(office: Office) -> None:
    unknown = office.sign(Person(), str(uuid4()), "apply.accept", {}, version=2, prev="ab" * 32)
    no_order = office.sign(office.county.clerk, str(uuid4()), "review.object", {"against": "check", "paper": "ab" * 32})
    for message in ("x", unknown, no_order):
        english = office.send(message, None, **{"accept-language": "en"})
        chinese = office.send(message, None, **{"accept-language": "zh-CN,en;q=0.5"})
        for answer, language in ((english, "en"), (chinese, "zh")):
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["content-language"] == language
        assert english.json()["code"] == chinese.json()["code"]
        assert english.json()["detail"] != chinese.json()["detail"]
        assert re.search(r"[\u4e00-\u9fff]", chinese.json()["detail"])
        assert not re.search(r"[\u4e00-\u9fff]", english.json()["detail"])


def test_errors_of_the_door_itself_are_problems_in_both_languages_too(office: Office) -> None:
    for method, path in [("GET", "/nothing"), ("PUT", "/acts"), ("GET", "/cases/nobody"), ("GET", f"/cases/{uuid4()}")]:
        details = set()
        for language in ("zh", "en"):
            answer = office.run(office.county.client.request(method, path, headers={"accept-language": language}))
            body = answer.json()
            assert answer.headers["content-type"] == "application/problem+json"
            assert body["status"] == answer.status_code
            assert {"type", "title", "status", "detail", "code"} <= set(body)
            details.add(body["detail"])
        assert len(details) == 2 or path == "/cases/nobody"


def test_an_unexpected_error_says_that_it_was_one_and_nothing_else(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*arguments: Any) -> Any:
        raise RuntimeError("示例甲 61092419000101001X")

    monkeypatch.setattr("api.acts.receive", broken)
    answer = office.send("x")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "示例甲" not in answer.text


def test_no_refusal_repeats_personal_data(office: Office) -> None:
    data = {"applicant": {"name": "示例乙", "id_number": "000000195001010001"}, "members": "示例乙"}
    for revealed in (data, {"applicant": data["applicant"]}):
        answer = office.send(office.sign(office.county.clerk, str(uuid4()), "apply.submit", revealed))
        assert answer.status_code == 422
        assert "示例乙" not in answer.text
        assert "000000195001010001" not in answer.text
