"""A first mapping for an export that nobody has mapped yet: a draft to be looked over, never used unseen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import orjson

from api.importing.reading import Table, peek_table, text_of
from domain import id_number

_LOOKED_AT = 200
"""Rows from which it is seen whether a column holds ID numbers."""
_CASE = r"case:concept:name|case.?(id|no|number)\b|(业务|案件|个案|受理|申请)(编号|号)|^case$"
_ACTIVITY = r"^concept:name$|activity|环节|步骤|节点|事项|动作"
_ACTOR = r"org:resource|actor|operator|\buser|经办|办理人|操作(员|人)|审批人"
_TIME = r"time:timestamp|timestamp|(办理|操作|处理|完成|审批)(时间|日期)|时间|日期|\b(date)?time\b|\bdate\b"
_ROW = r"concept:instance|(event|task|row|record).?(id|no)\b|流水号|记录号|任务号"
_PERSONAL = (
    r"姓名|申请人|户主|成员|身份证|证件号|电话|手机|住址|地址|银行|账号|卡号|残疾|病|备注"
    r"|person|phone|address|account|remark|note"
)
_ID_NUMBER = r"身份证|证件号"


def guess_mapping(path: Path) -> str:
    """The text of a mapping file. Raises `Stopped` where the file cannot be read."""
    table = peek_table(path)
    names = [name for name in dict.fromkeys(table.columns) if name]
    left = [name for name in names if name not in (identifying := _identifying(table)) and not _like(_PERSONAL, name)]
    case, activity, actor, row = (_take(pattern, left) for pattern in (_CASE, _ACTIVITY, _ACTOR, _ROW))
    time = _take(_TIME, left)
    personal = [name for name in names if name in identifying or _like(_PERSONAL, name)]
    numbers = [name for name in personal if name in identifying or _like(_ID_NUMBER, name)]
    lines = [
        "# 草稿：请逐项核对 A draft: look over every line. `mingzhang import --help` tells more.",
        f"# 列 Columns: {', '.join(names)}".replace("\n", " "),
        f"source = {_text(path.stem)}   # 来源名称，定了就不要再改 the source's name: never change it again",
        "complete = false   # true：每次导出都是全部历史 every export is the whole history",
        "",
        "[columns]",
        f"case = {_text(case)}   # 案件编号 the case's number",
        f"activity = {_text(activity)}   # 办了什么 what was done",
        f"actor = {_text(actor)}   # 谁办的 by whom" if actor else '# actor = ""   # 谁办的 by whom',
        f"time = {_text(time)}   # 何时 when",
        f"row = [{_text(row)}]   # 一案之中区分各行 tells the rows of a case apart" if row else '# row = [""]',
        f"keep = {_list(left)}   # 一并保留，明文 kept in the clear: strike out what is not needed",
        f"personal = {_list(personal)}   # 个人信息，加密保存 kept encrypted",
        f"id_number = {_list(numbers)}   # 身份证号 ID numbers",
    ]
    return "\n".join(lines) + "\n"


def _like(pattern: str, name: str) -> bool:
    return re.search(pattern, name, re.IGNORECASE) is not None


def _take(pattern: str, left: list[str]) -> str:
    """The first column like this, taken out of `left`; empty where there is none."""
    found = next((name for name in left if _like(pattern, name)), "")
    if found:
        left.remove(found)
    return found


def _identifying(table: Table) -> set[str]:
    """The columns in which ID numbers stand."""
    return {
        name
        for _, cells in islice(table.rows(), _LOOKED_AT)
        for name, cell in zip(table.columns, cells, strict=False)
        if id_number.stands_in(text_of(cell))
    }


def _text(name: str) -> str:
    # A TOML basic string is written as JSON writes it.
    return orjson.dumps(name).decode()


def _list(names: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, names))}]"
