"""The law's words for the codes that acts and rules are made of, for whoever reads Chinese."""

from functools import lru_cache

from domain.acts import ACTS
from domain.pack_words import LEVEL_ZH, WORD_ZH

_MORE = {
    # what only acts say
    "consistent": "一致",
    "inconsistent": "不一致",
    "eligible": "符合",
    "ineligible": "不符合",
    "household": "家庭成员",
    "investigator": "调查人员",
    "investigators": "调查人员",
    "attendee": "到会人员",
    "deciders": "作出意见或决定的人员",
    "full": "具备",
    "partial": "部分丧失",
    "none": "完全丧失",
    "increase": "增发",
    "decrease": "减发",
    "unchanged": "不变",
    "phone": "电话",
    "video": "视频",
    "letter": "信函",
    "neighbours": "邻里访问",
    "home": "入户",
    "expired": "到期",
    "overturned": "核查纠正",
    "missing": "失踪",
    "imprisoned": "服刑",
    "adult": "成年",
    "moved": "迁出",
    "non_cooperation": "不配合",
    "until": "终止月份",
    "paper": "书面材料",
    "exit.grounds": "法定终止情形",
    "own": "自行",
    "court": "法院",
    "reconsideration": "复议",
    "assets": "财产",
    "id_number": "身份证号",
    "account": "账号",
    "address": "住址",
    "illness": "病情",
    "disability": "残疾",
    "village": "村（社区）",
    "programme": "项目",
}
_SEPARATORS = (", ", " / ", " or ")


@lru_cache(maxsize=1)
def _words() -> dict[str, str]:
    acts = {code: act.zh for code, act in ACTS.items()}
    return {**WORD_ZH, **{str(level): zh for level, zh in LEVEL_ZH.items()}, **_MORE, **acts}


def words_zh(text: str) -> str:
    """`公示（review.post）、承诺书（commitment）`: each code of a list with its word; what is none stays as it is."""
    for separator in _SEPARATORS:
        if separator in text:
            joined = "、" if separator == ", " else "或"
            return joined.join(words_zh(part) for part in text.split(separator))
    word = _words().get(text)
    return f"{word}（{text}）" if word else text
