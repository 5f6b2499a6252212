"""A pack's rules in Chinese words, as whoever is to approve them reads them."""

from collections.abc import Iterable

from domain.clock import Counted
from domain.pack import CONDITIONS, PROGRAMMES, LimitRule, StepRule, Value, ValueRule
from domain.vocabulary import Level

PROGRAMME_ZH = dict(zip(PROGRAMMES, ("城市低保", "农村低保", "特困人员", "低收入家庭"), strict=True))
LEVEL_ZH = {Level.COUNTY: "县级", Level.TOWN: "乡镇", Level.VILLAGE: "村（社区）"}
_COUNTED_ZH = {Counted.WORKING_DAYS: "个工作日", Counted.DAYS: "天", Counted.MONTHS: "个月"}

LIMIT_ZH = {
    "visit-begins": "启动家庭经济状况调查",
    "check-begins": "启动信息核对",
    "investigation": "调查核实",
    "appraisal": "民主评议",
    "first-opinion": "提出初审意见",
    "posting": "公示期",
    "objection-redo": "公示有异议后重办",
    "opinion": "提出确认意见",
    "total": "办结",
    "refusal-notice": "告知不予确认",
    "recheck": "定期核查",
    "death": "死亡后核查并办完变更",
    "reassess": "复核评估自理能力",
    "exit-posting": "终止前公示期",
    "exit-objection": "终止公示有异议后决定",
    "validity": "认定有效期",
    "rectification": "限期整改",
    "grace": "渐退期",
    "overturned": "核查纠正后改正",
}
VALUE_ZH = {
    "accept.papers": "受理须有的材料",
    "amount.method": "保障金算法",
    "appraise.required": "必须民主评议",
    "appraise.villagers.thirds": "评议中村（居）民代表至少三分之几",
    "archive.keep.approval": "审批类档案停保后保管，年",
    "archive.keep.management": "日常管理类档案保管，年",
    "archive.needs.accepted": "受理时档案应有",
    "archive.needs.accepted.kin": "近亲属登记的，档案另有",
    "archive.needs.accepted.proxy": "委托申请的，档案另有",
    "archive.needs.exited": "退出后档案应有",
    "archive.needs.granted": "确认后档案应有",
    "archive.needs.refused": "不予确认后档案应有",
    "archive.needs.reviewed": "审核后档案应有",
    "assess.items": "自理能力评估项目",
    "assess.partial": "部分丧失自理能力：至多几项不达",
    "care.fen.able": "照料护理（具备自理能力），分",
    "care.fen.none": "照料护理（完全丧失），分",
    "care.fen.partial": "照料护理（部分丧失），分",
    "confirm.deliberates": "确认前集体研究",
    "custody.requires": "代管存折或银行卡须有",
    "complaint.days": "举报答复期限，日",
    "delegation.allowed": "确认权限可以下放",
    "exclusive.with": "不得同时享受",
    "exclusive.with.spending": "刚性支出困难家庭不得同时属于",
    "exit.grounds": "终止情形",
    "exit.posting.days": "终止前公示天数",
    "exit.starts": "终止自何时起",
    "extend.causes": "可延长办理的情形",
    "extend.causes.delegated": "权限下放的，可延长办理的情形",
    "extend.causes.spending": "刚性支出困难家庭可延长办理的情形",
    "grace.months": "渐退期，月",
    "income.percent": "人均收入低于标准的百分之几",
    "job.refusals": "连续几次拒绝介绍的工作",
    "kin.relations": "近亲属范围",
    "meeting.attend.least": "集体研究至少几人",
    "minor.until": "未成年人可到几周岁",
    "notice.reduce": "减发的告知",
    "notice.refuse.spending": "刚性支出困难家庭不予认定的告知",
    "notice.stop": "停发的告知",
    "payment.starts": "自何时发放",
    "posting.county.days": "县级公示天数",
    "posting.days": "公示天数",
    "posting.place": "公示地点",
    "publication.long": "长期公示",
    "publication.shown": "公布的项目",
    "recover.waive.fen": "免予追回的限额，分",
    "referral.days": "移送期限，工作日",
    "sample.complaint.percent": "投诉举报的核查比例，%",
    "sample.every": "抽查周期",
    "sample.kin.percent": "近亲属登记的核查比例，%",
    "sample.percent": "抽查比例，%",
    "single.enters": "成员可作为单人户进入",
    "spending.months": "刚性支出计算期，月",
    "standard.fen": "每人每月标准，分",
    "validity.months": "认定有效期，月",
    "validity.months.spending": "刚性支出困难家庭认定有效期，月",
    "verify.remedies": "核查后可用的处置",
    "verify.systemic.percent": "提请考虑暂停下放的比例，%",
    "visit.household-signs": "在场家庭成员签字",
    "visit.investigators": "调查人员至少几人",
}
WORD_ZH = {
    "written": "书面",
    "told": "告知",
    "next_month": "下月",
    "month": "每月",
    "difference": "按差额",
    "tiers": "分档",
    "village_board": "村（社区）公开栏",
    "town_board": "乡镇公开栏",
    "applicant_name": "申请人姓名",
    "household_members": "家庭成员",
    "members": "家庭成员数量",
    "monthly_fen": "保障金额",
    "application": "申请书",
    "commitment": "承诺书",
    "authorisation": "核对授权",
    "agreement": "书面协议",
    "county_record": "县级备案",
    "identity": "户口身份证件",
    "proxy": "委托手续",
    "kin_register": "近亲属备案表",
    "check_report": "核对报告",
    "visit_form": "入户调查表",
    "assessment": "自理能力评估表",
    "opinion": "初审意见",
    "confirmation": "确认表",
    "notice": "通知书",
    "publication": "公布",
    "exit_notice": "终止通知",
    "eat": "吃饭",
    "dress": "穿衣",
    "bed": "上下床",
    "toilet": "如厕",
    "walk": "室内行走",
    "bathe": "洗澡",
    "death": "死亡",
    "labour": "具备劳动能力",
    "prison": "服刑",
    "income": "收入财产不再符合",
    "obligor": "法定义务人有能力",
    "voluntary": "自愿退出",
    "health": "身体状况",
    "household_elsewhere": "人户分离",
    "applied_elsewhere": "异地申办",
    "hard_investigation": "家庭经济状况调查难度较大",
    "objection": "公示有异议",
    "other": "其他",
    "posting": "公示",
    "check": "核对",
    "spouse": "配偶",
    "parent": "父母",
    "child": "子女",
    "sibling": "兄弟姐妹",
    "grandparent": "祖父母",
    "maternal_grandparent": "外祖父母",
    "grandchild": "孙子女",
    "maternal_grandchild": "外孙子女",
    "rectify": "限期整改",
    "stop_next_month": "下月停发",
    "recover": "追回",
    "talk": "约谈",
    "circular": "通报",
    "suspend_delegation": "暂停下放的权限",
    "withdraw_delegation": "收回下放的权限",
    "refer": "移交",
    **PROGRAMME_ZH,
}
"""Words that settings are made of; what is not here is shown as it is written."""


def programmes_zh(programmes: Iterable[str]) -> str:
    """城市低保、农村低保; all of them are 各项."""
    named = [zh for code, zh in PROGRAMME_ZH.items() if code in set(programmes)]
    return "各项" if len(named) in (0, len(PROGRAMME_ZH)) else "、".join(named)


def when_zh(when: Iterable[str]) -> str:
    """（确认权限已下放、特殊情况）, or nothing."""
    words = "、".join(zh for word, zh in CONDITIONS.items() if word in set(when))
    return f"（{words}）" if words else ""


def limit_zh(rule: LimitRule, acts: dict[str, str]) -> str:
    """`20个工作日，自受理至予以确认或不予确认，乡镇办理`; `acts` gives the words of act codes."""
    begins, ends = ("或".join(_act_zh(code, acts) for code in codes) for codes in (rule.begins, rule.ends))
    delay = f"后第{rule.delay}天" if rule.delay else ""
    waits = "，期满方可办理" if rule.wait else f"，{LEVEL_ZH[rule.turn]}办理"
    pauses = "".join(f"，{_act_zh(since, acts)}至{_act_zh(until, acts)}期间停计" for since, until in rule.pauses)
    bounds = _bounds_zh(rule.least, rule.most)
    return f"{rule.number}{_COUNTED_ZH[rule.counted]}，自{begins}{delay}至{ends}{waits}{pauses}{bounds}"


def step_zh(rule: StepRule, acts: dict[str, str]) -> str:
    """`须先有入户调查、信息核对`."""
    needs = ("或" if rule.any else "、").join(_act_zh(code, acts) for code in rule.needs)
    by = f"（由{LEVEL_ZH[rule.by]}）" if rule.by else ""
    since = f"{_act_zh(rule.since, acts)}之后" if rule.since else ""
    return f"{since}须先有{needs}{by}"


def value_zh(rule: ValueRule) -> str:
    """`7（不少于7）`, `是（县级可另定）`."""
    return plain_zh(rule.value) + _bounds_zh(rule.least, rule.most) + ("（县级可另定）" if rule.open else "")


def plain_zh(value: Value) -> str:
    """A setting's value."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join(WORD_ZH.get(one, one) for one in value)
    return WORD_ZH.get(str(value), str(value))


def _bounds_zh(least: int | None, most: int | None) -> str:
    words = [f"不少于{least}"] if least is not None else []
    words += [f"不超过{most}"] if most is not None else []
    return f"（{'、'.join(words)}）" if words else ""


def _act_zh(code: str, acts: dict[str, str]) -> str:
    name, _, kind = code.partition(":")
    return acts.get(name, name) + (f"（{WORD_ZH.get(kind, kind)}）" if kind else "")
