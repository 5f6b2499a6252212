"""What is wrong with an act of a case, a delegation, the rules, another system."""

TEXTS: dict[str, tuple[str, str]] = {
    "data.schema": ("{field} 不符合该行为的格式：{detail}", "{field}: {detail}"),
    "data.time": ("{field} 的日期不合常理，应在 {first} 至 {last} 之间。", ""),
    "data.personal": ("{field} 中个人信息的签署方式不对：个人信息只能以摘要签署，其他内容不得隐藏。", ""),
    "case.order": ("案件现为“{stage}”，不能办理 {act}；须在“{stages}”时办理。", ""),
    "case.unknown": ("没有这个案件；案件从 apply.submit 开始。", ""),
    "case.opinion": ("初审意见为不符合，只能不予确认。", ""),
    "case.check": ("最近一次信息核对为不一致：请先复查，或提出不符合的初审意见。", ""),
    "case.amount": ("核查结果 {result} 与金额不符：现为每月 {paid} 分，此后为 {then} 分。", ""),
    "case.posting": ("公示应贴在该户所在的村（社区）{village}。", ""),
    "case.village": ("村（社区）{village} 不属于 {town}。", ""),
    "case.missing-step": ("尚缺步骤：{missing}。", ""),
    "case.stream": ("{stream} 不是本账本的案件。", ""),
    "source.no-grant": ("没有从该系统导入的有效准许。请管理员办理 mingzhang source grant。", ""),
    "source.case": ("记录所指的系统或案件与所在案卷不符。", ""),
    "source.known": ("该行已导入过：{row}。", ""),
    "source.unknown": ("该行从未导入：{row}。", ""),
    "source.replaces": ("该行此后又有变动：{row}。", ""),
}
