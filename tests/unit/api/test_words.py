"""What is wrong is said in the officer's language: codes with the law's words, shapes of data in Chinese."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from api.problems import problem
from api.wording.shapes import VALUE_ERRORS, fault_zh
from api.wording.words import words_zh
from domain.acts import ACTS
from domain.data import validate
from domain.errors import NotAllowed

DOMAIN = Path(__file__).resolve().parents[3] / "domain"
DIGEST = "ab" * 32


def test_a_list_of_codes_is_said_with_the_laws_words():
    assert words_zh("commitment, authorisation") == "承诺书（commitment）、核对授权（authorisation）"
    assert words_zh("review.visit / review.appraise") == "入户调查（review.visit）或民主评议（review.appraise）"
    assert words_zh("town") == "乡镇（town）"
    assert words_zh("0 somebody, 7") == "0 somebody、7"


@pytest.mark.parametrize(
    ("code", "facts", "said"),
    [
        ("case.papers-missing", {"missing": "commitment"},
         "申请材料尚缺：承诺书（commitment）。请一次性告知补正（apply.return）。"),
        ("case.missing-step", {"act": "confirm.grant", "missing": "review.post"},
         "办理 予以确认（confirm.grant） 之前尚缺步骤：公示（review.post）。"),
        ("officer.level", {"act": "review.assess", "level": "town"},
         "自理能力评估（review.assess） 不由该层级（乡镇（town））办理。"),
        ("case.grade", {"lost": 2, "grade": "partial"}, "丧失 2 项自理能力，等级应为 部分丧失（partial）。"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_is_missing_in_chinese(code, facts, said):
    assert problem(NotAllowed(code, "x", **facts), "zh")[1]["detail"] == said


@pytest.mark.parametrize(
    ("code", "data", "said"),
    [
        ("review.check", {"result": "maybe", "report": DIGEST}, "之一：一致（consistent）、不一致（inconsistent）"),
        ("review.check", {"result": "consistent", "report": "x"}, "应为 SHA-256 摘要"),
        ("review.check", {"result": "consistent"}, "缺少这一项"),
        ("review.check", {"result": "consistent", "report": DIGEST, "note": "张三"}, "没有这一项"),
        ("review.report", {"kind": "death", "day": "张三"}, "日期应写作 2026-12-01"),
        ("verify.rectify", {"fault": "papers", "deadline": "9999-01-01"}, "日期不合常理"),
        ("confirm.grant", {"monthly_fen": 450.5, "members": 1, "starting": "2026-12"}, "应为整数（金额以分计）"),
        ("confirm.grant", {"monthly_fen": -1, "members": 1, "starting": "2026-12"}, "不得小于 0"),
        ("confirm.grant", {"monthly_fen": 1, "members": 1, "starting": "12月"}, "应为月份"),
        ("apply.return", {"missing": []}, "至少 1 项"),
        ("review.assess", {"failed": ["eat", "eat"], "grade": "partial", "by": "county", "form": DIGEST}, "只写一次"),
    ],
)  # fmt: skip
def test_data_of_the_wrong_shape_is_named_in_chinese_and_never_repeated(code, data, said):
    with pytest.raises(NotAllowed) as refused:
        validate(ACTS[code].data, data, data)
    for language in ("zh", "en"):
        detail = problem(refused.value, language)[1]["detail"]
        assert "张三" not in detail
        assert (said in detail) == (language == "zh"), detail


def test_every_fault_that_a_schema_raises_itself_has_chinese_words():
    raised = set()
    for path in [DOMAIN / "data.py", *(DOMAIN / "schemas").glob("*.py")]:
        raised |= set(re.findall(r'raise ValueError\("([^"]+)"\)', path.read_text("utf-8")))
    assert len(raised) > 10
    assert raised <= set(VALUE_ERRORS)
    assert all(re.search(r"[\u4e00-\u9fff]", zh) for zh in VALUE_ERRORS.values())


def test_a_kind_of_paper_that_there_is_none_of_is_answered_with_those_there_are():
    paper = {"kind": "photo", "sha256": DIGEST, "pages": 1, "shelf": "610924100/1/1"}
    with pytest.raises(ValidationError) as found:
        ACTS["archive.file"].data.model_validate({"documents": [paper]})
    fault = next(one for one in found.value.errors() if one["type"] == "value_error")
    assert fault_zh(fault["type"], fault.get("ctx", {}), fault["msg"]).startswith("应为以下之一：申请书（application）")
