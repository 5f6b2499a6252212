"""What an act of a case says, in a line of words: what was found, decided, for whom, how much, from when.

Digests of papers and of personal members are left out: `--data` shows them. So is what the words do not know.
"""

from collections.abc import Iterator
from typing import Any

from domain.pack_words import PROGRAMME_ZH
from domain.vocabulary import Level

MEMBERS_ZH = {
    # in the order in which they are told
    "programme": "类别", "members": "人数", "by": "办理", "alone": "单人户", "circumstances": "特殊情况",
    "missing": "缺少", "result": "结果", "opinion": "意见", "failed": "不达项", "grade": "等级", "cause": "原因",
    "reason": "理由", "kind": "事项", "day": "日期", "manner": "方式", "against": "针对", "fault": "问题",
    "deadline": "期限", "outcome": "结果", "monthly_fen": "每月", "month": "月份", "first": "自", "last": "至",
    "fen": "金额", "starting": "起始", "until": "止于", "stability": "收入", "days": "天数", "shown": "公布",
    "delivered": "送达", "of": "关系人", "relation": "关系", "attended": "到会", "in_favour": "同意",
    "abstained": "弃权", "holder": "代管人", "ground": "理由", "authority": "依据", "investigators": "调查人员",
    "attendees": "参会人员", "household_present": "家庭成员在场", "town": "乡镇", "village": "村（社区）",
    "leaving": "退出成员",
}  # fmt: skip
_FEN = ("monthly_fen", "fen")
_PEOPLE = ("investigators", "attendees")
WORDS_ZH = {
    "eligible": "符合条件", "ineligible": "不符合条件", "consistent": "相符", "inconsistent": "不相符",
    "unchanged": "不变", "increase": "增发", "decrease": "减发", "full": "具备自理能力", "partial": "部分丧失",
    "none": "完全丧失", "household": "本户", "proxy": "代办", "officer": "经办人员", "county": "县级",
    "third_party": "第三方", "income": "收入", "assets": "财产", "obligor": "法定义务人", "conditions": "条件",
    "non_cooperation": "不配合", "death": "死亡", "missing": "失踪", "imprisoned": "服刑", "labour": "恢复劳动能力",
    "moved": "迁移", "voluntary": "自愿", "overturned": "核查纠正", "expired": "到期", "adult": "成年",
    "members": "成员变化", "employment": "就业", "health": "健康", "account": "账户", "standard": "提标",
    "tier": "分档", "job_refusals": "拒绝就业", "rectification": "整改", "decision": "依决定",
    "recheck_overdue": "逾期未核查", "changed": "情况变化", "investigation": "调查中", "sampled": "抽中",
    "kin": "近亲属", "complaint": "投诉举报", "ordered": "指定", "procedure": "程序", "papers": "材料",
    "amount": "金额", "eligibility": "资格", "done": "已整改", "partly": "部分整改", "disputed": "有异议",
    "in_person": "当面", "post": "邮寄", "electronic": "电子", "left": "留置", "home": "入户", "neighbours": "邻里",
    "letter": "信函", "phone": "电话", "video": "视频", "posting": "公示", "check": "核对结果", "stable": "稳定",
    "unstable": "不固定", "paid": "发放成功", "returned": "退回", "account_changed": "换卡", "calculation": "计算",
    "unreported_change": "未报变化", "duplicate": "重复", "fraud": "欺诈", "hardship": "困难",
    "uncollectable": "无法追回", "small": "金额小", "no_estate": "无遗产", "village_committee": "村（居）委会",
    "town": "乡镇", "institution": "供养机构", "relative": "亲属", "clerical": "笔误", "evidence": "新证据",
    "law": "适用规则", "own": "本级", "reconsideration": "复议", "court": "法院", "household_elsewhere": "人户分离",
    "applied_elsewhere": "异地申办", "hard_investigation": "调查难度较大", "objection": "公示有异议",
    "spending": "刚性支出", "handler": "经办人员", "committee_member": "村（居）委会成员", "self": "本人",
    "spouse": "配偶", "parent": "父母", "child": "子女", "sibling": "兄弟姐妹", "eat": "吃饭", "dress": "穿衣",
    "bed": "上下床", "toilet": "如厕", "walk": "室内行走", "bathe": "洗澡", "application": "申请书",
    "commitment": "承诺书", "authorisation": "核对授权", "identity": "身份证件", "illness": "疾病证明",
    "disability": "残疾证明", "applicant_name": "申请人姓名", "monthly_fen": "保障金额", "petition": "信访",
    "litigation": "行政诉讼", "other": "其他", "a": "A类", "b": "B类", "c": "C类", "d": "D类",
    "disability_severe": "重度残疾", "disability_moderate": "三级智力或精神残疾", "serious_illness": "重特大疾病",
    "clergy": "宗教教职人员", "account_closed": "账户已注销", "account_unknown": "账户不存在",
    "name_mismatch": "户名不符", "deceased": "已死亡", "settled": "和解", "upheld": "维持", "revoked": "撤销",
    "dismissed": "驳回", "withdrawn": "撤回", "id_number": "身份证号", "village": "村（社区）", "programme": "类别",
    "address": "住址", "other_town": "属其他乡镇", "not_supplemented": "未补正", "grandparent": "祖父母",
    "maternal_grandparent": "外祖父母", "grandchild": "孙子女", "maternal_grandchild": "外孙子女", **PROGRAMME_ZH,
}  # fmt: skip

FORM_ZH = {"entrusted": "委托：县级应诉", "granted": "授权：镇级应诉"}
CONFIRMS_ZH = {
    "town": "镇依下放的权限",
    "principal": "县级作为委托机关",
    "county": "县级本权",
}
DUTY_ZH = {
    Level.COUNTY: "县级职责：核对、核查、监督",
    Level.TOWN: "乡镇职责：受理、审核、公示、管理",
    Level.VILLAGE: "村（社区）职责：协助",
}
HAND_ZH = {"investigator": "调查人员", "household": "在场家庭成员", "attendee": "参会人员"}
WHY_ZH = {
    "ceiling": "超过镇的限额",
    "suspended": "镇的权限已暂停",
    "withdrawn": "镇的权限已收回",
    "limited": "该类别不再下放",
    "ended": "下放已到期",
    "not_yet": "下放未开始",
    "other_programme": "下放的是其他类别",
    "never": "从未下放",
}


def said(data: dict[str, Any], *, zh_only: bool = False) -> str:
    """`意见 opinion：符合条件 eligible；…`; nothing where the act says nothing but digests."""
    told = dict(data)
    for anew in data.values():
        if isinstance(anew, dict) and "_sd" not in anew:  # a correction says one act anew
            told |= anew
    return "；".join(_members(told, zh_only))


def _members(data: dict[str, Any], zh_only: bool) -> Iterator[str]:
    for name, zh in MEMBERS_ZH.items():
        if name in data:
            yield f"{zh}{'' if zh_only else ' ' + name}：{_value(name, data[name], zh_only)}"


def _value(name: str, value: Any, zh_only: bool) -> str:
    if name in _FEN:
        return f"{value // 100}.{value % 100:02d} 元{'' if zh_only else ' yuan'}"
    if name in _PEOPLE:
        return "、".join(one[:8] for one in value)
    if isinstance(value, bool):
        yes, no = ("是", "否") if zh_only else ("是 yes", "否 no")
        return yes if value else no
    if isinstance(value, list):
        return "、".join(_value(name, one, zh_only) for one in value) or ("无" if zh_only else "无 none")
    zh = WORDS_ZH.get(str(value))
    return (zh if zh_only else f"{zh} {value}") if zh else str(value)
