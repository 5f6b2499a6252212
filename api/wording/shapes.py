"""What is wrong with the data of an act, in Chinese: pydantic says it in English only."""

import re
from collections.abc import Mapping
from typing import Any

from api.wording.words import words_zh

PATTERNS = {
    # how the pattern begins: what it is
    r"^[0-9a-f]{64}$": "应为 SHA-256 摘要：64 位小写十六进制",
    r"^[12][0-9]{3}-": "应为月份，如 2026-12",
    r"^[1-9][0-9]{8}$": "应为 9 位乡镇代码",
    r"^[1-9][0-9]{11}$": "应为 12 位村（社区）代码",
    r"^[1-9][0-9]{5}(": "应为 6 位县、9 位乡镇或 12 位村（社区）代码",
}
VALUE_ERRORS = {
    "a day is YYYY-MM-DD": "日期应写作 2026-12-01",
    "a UUID is written lowercase, with hyphens": "编号应为小写并带连字符的 UUID",
    "each is named once": "同一项只写一次",
    "each duty is named once": "同一职责只写一次",
    "each paper is named once": "同一材料只写一次",
    "stages come in the order preparing, running, evaluating, each once": "试点阶段依次为准备、实施、评估，各一次",
    "stages follow each other, none begins before the one before has ended": "前一阶段结束之后，后一阶段才开始",
    "the last day lies before the first": "止日早于起日",
    "the town confirms from the stage running on: starting lies before it": "乡镇自实施阶段起确认，起日不得更早",
    "a limit names programmes, ending or ceiling_fen": "限制须写明 programmes、ending 或 ceiling_fen",
    "the last day lies before the first; to end the power, withdraw it": "止日早于起日；要收回权限，请办理收回",
    "a place does not go into itself: name the others only": "并入的地方不得是其本身：只写其他的",
    "towns (9 digits) go into a town, villages (12 digits) into a village": "乡镇（9 位）并入乡镇，村（12 位）并入村",
    "who serves the commission has no other duty here": "为纪检监察服务的，在此没有其他职责",
    "it ends before it starts": "止日早于起日",
    "the fact ends before it begins": "事实的止日早于起日",
}
_PLAIN = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这一项：请删去，或核对拼写",
    "int_type": "应为整数（金额以分计）",
    "bool_type": "应为 true 或 false",
    "string_type": "应为文字",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "none_required": "应留空",
}
_COUNTED = {
    "greater_than_equal": ("ge", "不得小于 {}"),
    "greater_than": ("gt", "须大于 {}"),
    "less_than_equal": ("le", "不得大于 {}"),
    "less_than": ("lt", "须小于 {}"),
    "too_short": ("min_length", "至少 {} 项"),
    "too_long": ("max_length", "至多 {} 项"),
    "string_too_short": ("min_length", "至少 {} 个字"),
    "string_too_long": ("max_length", "至多 {} 个字"),
}


def fault_zh(kind: str, facts: Mapping[str, Any], said: str) -> str:
    """One of `ValidationError.errors()` in Chinese, from its `type`, `ctx` and `msg`; `said` where we have no words."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _COUNTED:
        name, words = _COUNTED[kind]
        return words.format(facts[name])
    if kind in ("literal_error", "enum"):
        return _one_of(", ".join(re.findall(r"'([^']*)'", str(facts["expected"]))))
    if kind == "string_pattern_mismatch":
        pattern = str(facts["pattern"])
        return next((zh for begins, zh in PATTERNS.items() if pattern.startswith(begins)), f"格式应为 {pattern}")
    if kind == "data.time":
        return f"日期不合常理，应在 {facts['first']} 至 {facts['last']} 之间"
    said = said.removeprefix("Value error, ")
    begins, listed, words = said.partition("one of ")
    if listed and begins in ("", "a legal basis is "):
        return _one_of(words)
    return VALUE_ERRORS.get(said, said)


def _one_of(words: str) -> str:
    return f"应为以下之一：{words_zh(words)}"
