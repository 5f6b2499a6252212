"""What an act says is told in words: every word of the schemas has its Chinese one, and digests are left out."""

from collections.abc import Iterator
from typing import Any

from api.cli.course import _block
from api.wording.course import MEMBERS_ZH, WORDS_ZH, said
from domain.acts import ACTS
from domain.duties import DUTIES

DIGEST = "ab" * 32


def enumerated(schema: dict[str, Any]) -> Iterator[str]:
    """The words that a member of a schema is made of."""
    yield from (word for word in schema.get("enum", ()) if isinstance(word, str))
    if isinstance(schema.get("const"), str):
        yield schema["const"]
    for inner in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])):
        yield from enumerated(inner)


def test_every_word_an_act_of_a_case_can_say_has_its_chinese_one() -> None:
    unknown = {
        (code, name, word)
        for code in DUTIES
        for name, member in ACTS[code].data.model_json_schema()["properties"].items()
        if name in MEMBERS_ZH
        for word in enumerated(member)
        if word not in WORDS_ZH
    }
    assert unknown == set()


def test_it_tells_what_was_decided_and_leaves_digests_out() -> None:
    told = said({"monthly_fen": 45_005, "members": 2, "starting": "2021-09", "covered": [0, 1], "form": DIGEST})
    assert told == "人数 members：2；每月 monthly_fen：450.05 元 yuan；起始 starting：2021-09"
    assert said({"notice": DIGEST}) == ""


def test_a_correction_tells_what_it_says_anew() -> None:
    told = said({"version": 3, "reason": "clerical", "authority": "own", "grant": {"monthly_fen": 100}})
    assert "理由 reason：笔误 clerical" in told
    assert "每月 monthly_fen：1.00 元 yuan" in told


def test_a_signature_on_paper_is_the_households_and_not_its_transcribers() -> None:
    visit = {"index": 7, "version": 4, "act": "review.visit", "act_zh": "入户调查"}
    data = {"version": 4, "act": DIGEST, "hand": "household", "paper": DIGEST}
    cosign: dict[str, Any] = {
        "index": 8, "type": "review.cosigned", "act": "review.cosign", "act_zh": "共同签署", "officer": "0" * 36,
        "on": "2021-07-21", "signed": "2021-07-21T03:00:00Z", "basis": "direct", "chain": {"valid": True}, "data": data,
    }  # fmt: skip
    shown = "\n".join(_block(cosign, [visit, cosign], whole=False))
    assert "行 line 7 入户调查 review.visit" in shown
    assert "在场家庭成员 household，纸上签名" in shown
