"""The report of a bundle (证据包报告), in Chinese: who, when, by what authority and rule, on what they saw; what is
proven, and what is not in the bundle, and why. It is read off the bundle's own lines and adds nothing to them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from api.evidence.bundle import Bundle
from api.evidence.disclosing import REASONS
from api.evidence.paper import Block, Heading, Paper, Para, Table, pairs
from api.evidence.request import RECIPIENTS
from api.evidence.told import Told, beijing, told
from api.wording.course import CONFIRMS_ZH, DUTY_ZH, FORM_ZH, HAND_ZH, WHY_ZH, said
from domain.pack_words import LEVEL_ZH, PROGRAMME_ZH
from domain.papers import KINDS, mentions
from domain.vocabulary import Level
from ledger.checkpoint import parse_checkpoint
from ledger.note import parse_note

SIMULATION = "模拟账本：人员、案件全是虚构的，不是证据"
ABSENT_ZH = {
    "not-stored": "未存入材料库；账上只有摘要，另有原件的可据摘要比对",
    "altered": "材料库里的文件与账上摘要不符，未列入",
    "recipient": "收件人依法不得看",
    "asked": "申请人要求不列入",
    "not-on-ledger": "账本早期只记了摘要，原文不在账上",
}
MEMBERS_ZH = {
    "name": "姓名", "id_number": "公民身份号码", "phone": "电话", "address": "住址", "account": "账户", "post": "职务",
}  # fmt: skip
BASIS_ZH = {"direct": "本人直签", "paper": "据纸质补录", "system": "外部系统记录"}
KIND_ZH = {"case": "一个案件", "cases": "若干案件", "officer": "一名人员在一段时间内的行为", "referral": "一件移交"}
NOT_CLAIMED = (
    "《人民法院在线诉讼规则》第十六条（区块链存储数据上链后未经篡改的推定）：本账本不是区块链，不主张。",
    "《最高人民法院关于民事诉讼证据的若干规定》第九十四条第一款第二项（中立第三方平台提供或者确认）："
    "账本由办理机关自己运行，不主张；见证人的签名只证明账头存在过。",
    "同条第一款第四项（以档案管理方式保管）：本包未经归档，不主张。",
    "《电子签名法》第十三条、第十四条（可靠的电子签名与手写签名或者盖章效力相同）：人员密钥由本系统登记，"
    "没有依法设立的电子认证服务者认证，不主张；签名能否采信，由审查机关判断。",
)


def report_of(bundle: Bundle) -> Paper:
    """The whole report."""
    facts = told(bundle)
    blocks = [
        *_summary(bundle, facts),
        *_parties(bundle, facts),
        *_timeline(facts),
        *_acts(bundle, facts),
        *_missing(bundle),
        *_proof(bundle, facts),
        *_not_claimed(),
    ]
    foot = f"明账证据包报告　{bundle.said['origin']}　{beijing(bundle.made)}（北京时间）"
    return Paper("证据包报告", foot, tuple(blocks), SIMULATION if bundle.said["simulation"] else "")


def _summary(bundle: Bundle, facts: Told) -> Iterator[Block]:
    wanted, scope = bundle.wanted, bundle.wanted.scope
    kind, basis = RECIPIENTS[wanted.recipient.kind]
    yield Heading("一、概要")
    yield pairs(
        [
            ("账本", bundle.said["origin"]),
            ("指纹", bundle.said["fingerprint"]),
            ("制作时间", f"{beijing(bundle.made)}（北京时间）"),
            ("申请人", facts.who(wanted.officer)),
            ("收件人", f"{kind}　{wanted.recipient.name}".strip()),
            ("个人信息", f"依{basis}列出" if basis else "不列出"),
            ("范围", KIND_ZH[scope.kind]),
            ("案件", "\n".join(scope.cases)),
            ("移交", scope.referral or ""),
            ("人员", f"{facts.who(scope.officer)}　{scope.officer}" if scope.officer else ""),
            ("入账期间", f"{scope.starting} 至 {scope.ending}" if scope.starting else ""),
            ("截至", f"账本的前 {bundle.found.size} 行"),
            (
                "收录",
                f"{len(bundle.found.lines)} 行，所申请的 {len(bundle.found.about)} 行；其余用于证明密钥、权限、规则",
            ),
        ]
    )
    wrong = [entry["index"] for entry in facts.entries if not entry["signature"]["valid"]]
    doubt = [entry["index"] for entry in facts.entries if entry["signature"].get("suspect")]
    if wrong:
        yield Para(f"注意：第 {'、'.join(map(str, wrong))} 行的签名不成立。", strong=True)
    if doubt:
        yield Para(f"注意：第 {'、'.join(map(str, doubt))} 行签署时，密钥被报称已为他人掌握。", strong=True)
    yield Para("本报告供阅读，由账本各行推出；是否属实，以 verify.py 凭包外的核验卡核验为准。")


def _parties(bundle: Bundle, facts: Told) -> Iterator[Block]:
    yield Heading("二、当事人和办理人员")
    for entry in facts.entries:
        if entry["act"] == "apply.submit":
            yield Heading(f"案件 {entry['stream']}", 3)
            data, shown = entry["data"], facts.revealed(entry)
            yield pairs(
                [
                    ("类别", PROGRAMME_ZH.get(data["programme"], data["programme"])),
                    ("乡镇、村", "　".join(data[name] for name in ("town", "village") if data.get(name))),
                    ("申请人", _person(shown.get("applicant", {}))),
                    *(
                        (f"家庭成员 {number}", _person(one.get("person", {})))
                        for number, one in enumerate(shown.get("household", ()), 1)
                    ),
                    ("人数", str(data["members"])),
                ]
            )
    rows = []
    for officer in facts.acting:
        known = facts.officers.get(officer)
        unit = known.unit if known else ""
        rows.append((facts.name(officer), facts.post(officer), unit, _level_zh(unit), officer))
    yield Heading("办理人员", 3)
    columns = (("姓名", 0.14), ("职务", 0.22), ("单位代码", 0.16), ("层级", 0.12), ("人员编号", 0.36))
    yield Table(columns, tuple(rows))


def _person(shown: Mapping[str, Any]) -> str:
    words = [f"{MEMBERS_ZH.get(name, name)}：{value}" for name, value in shown.items() if name != "_sd"]
    return "；".join(words) or "（未列出）"


def _level_zh(unit: str) -> str:
    return LEVEL_ZH[Level.of(unit)] if len(unit) in (6, 9, 12) else ""


def _timeline(facts: Told) -> Iterator[Block]:
    yield Heading("三、时间线")
    rows = [
        (entry["on"], beijing(entry["recorded"]), _act_zh(entry), facts.who(entry["officer"]), str(entry["index"]))
        for entry in facts.entries
    ]
    columns = (("发生", 0.13), ("入账（北京时间）", 0.21), ("行为", 0.3), ("何人", 0.26), ("行号", 0.1))
    yield Table(columns, tuple(rows))


def _act_zh(entry: Mapping[str, Any]) -> str:
    data = entry["data"]
    if entry["imported"] and "activity" in data:
        return f"外部系统：{data['activity']}（{data['actor']}）"
    return str(entry.get("act_zh") or entry["act"])


def _acts(bundle: Bundle, facts: Told) -> Iterator[Block]:
    yield Heading("四、逐项行为")
    if bundle.wanted.scope.kind == "officer":
        yield Para("权限、规则条款和时限由各案全部的行推出；各案其他的行不在本包。")
    for entry in facts.entries:
        yield Heading(f"第 {entry['index']} 行　{_act_zh(entry)}（{entry['act']}）", 3)
        yield pairs(_act(bundle, facts, entry), 0.14)


def _act(bundle: Bundle, facts: Told, entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "案卷", f"{entry['stream']}　第 {entry['version']} 版"
    yield "时间", f"发生 {entry['on']}；签署 {beijing(entry['signed'])}；入账 {beijing(entry['recorded'])}"
    yield "经办", _hand(facts, entry)
    yield "内容", _content(facts, entry)
    yield "权限", _authority(entry)
    yield "规则条款", _rules(entry)
    yield "时限", "；".join(_limits(entry))
    yield "所见", _seen(facts, entry)
    yield "材料", "；".join(_papers(bundle, entry))
    yield "签名", _signature(entry)
    yield "证明", f"收据 receipts/{entry['index']}.tlog-proof，在本包账头的 {bundle.found.size} 行之中"


def _hand(facts: Told, entry: Mapping[str, Any]) -> str:
    words = facts.who(entry["officer"])
    if entry.get("level"):
        words += f"（{LEVEL_ZH[Level(entry['level'])]}）"
    if entry.get("behalf"):
        words += f"，代 {facts.who(entry['behalf'])}"
    words += f"；{BASIS_ZH[entry['basis']]}"
    if entry.get("paper"):
        words += f"，纸质签名人 {facts.who(entry['paper']['signer'])}"
    if entry.get("hands_missing"):
        missing = ("在场家庭成员" if one == "household" else facts.who(one) for one in entry["hands_missing"])
        words += f"；尚待共签：{'、'.join(missing)}"
    return words


def _content(facts: Told, entry: Mapping[str, Any]) -> str:
    data = entry["data"]
    if entry["act"] == "review.cosign":
        return f"共签本案第 {data['version']} 版的行为，作为{HAND_ZH[data['hand']]}" + (
            "；纸上签名，由签署人转录" if data.get("paper") else ""
        )
    words = [
        said({name: value for name, value in data.items() if name not in ("investigators", "attendees")}, zh_only=True)
    ]
    for name, label in (("investigators", "调查人员"), ("attendees", "参会人员")):
        if name in data:
            words.append(f"{label}：{'、'.join(facts.who(one) for one in data[name])}")
    shown = [
        _person({name: value for name, value in one.items() if name in MEMBERS_ZH}) for one in facts.shown_in(entry)
    ]
    return "；".join(one for one in (*words, *shown) if one)


def _authority(entry: Mapping[str, Any]) -> str:
    level, known = entry.get("level"), entry.get("authority") or {}
    if level is None:
        return ""
    if "confirms" not in known:
        return DUTY_ZH[Level(level)]
    parts = [CONFIRMS_ZH[known["confirms"]]]
    if why := known.get("why"):
        parts.append(WHY_ZH.get(why, why))
    if form := known.get("form"):
        parts.append(FORM_ZH[form])
    if known.get("delegation"):
        parts.append(f"下放案卷 {known['delegation']} 第 {known.get('delegation_version', '?')} 版")
    if known.get("instrument"):
        parts.append(f"文件摘要 {known['instrument']}")
    return "，".join(parts)


def _rules(entry: Mapping[str, Any]) -> str:
    rules = entry.get("rules")
    if not rules:
        return ""
    named = " + ".join(name for name in (rules["law"], rules["settings"]) if name)
    return f"{named}；{'、'.join(entry['articles'])}".strip("；")


def _limits(entry: Mapping[str, Any]) -> Iterator[str]:
    for one in entry.get("met", ()):
        if one["lapsed"]:
            yield f"{one['name_zh']}应于 {one['due']}，随退出终止"
        elif one["waits"]:
            yield f"{one['name_zh']}于 {one['due']} 届满，{one['done']} 之后办理"
        else:
            yield f"{one['name_zh']}应于 {one['due']}，{one['done']} 办结，{'逾期' if one['late'] else '按时'}"
    for one in entry.get("moved", ()):
        yield f"{one['name_zh']}由 {one['was'] or '停计'} 改至 {one['due'] or '停计'}"
    for one in entry.get("running", ()):
        yield f"{one['name_zh']}自此起算，至 {one['due']}"


def _seen(facts: Told, entry: Mapping[str, Any]) -> str:
    """What the signer saw (`prev`), and what the decision relied on."""
    if entry["prev"] is None:
        words = ["案卷的第一项行为，此前无行"]
    else:
        before = facts.places.get(entry["prev"])
        where = f"第 {before} 行" if before is not None else "（不在本包）"
        words = [f"本人签署时所见为本案前一版，{where}，哈希 {entry['prev']}"]
    others = 0
    for stream, version in entry["relied"].get("streams", {}).items():
        if stream == entry["stream"]:
            continue
        named = facts.stream_zh(stream)
        if named is None:
            others += 1
        elif version:
            words.append(f"所据{named}第 {version} 版")
    if others:
        words.append(f"另核对 {others} 个案卷（当时有无在册、占用或拒绝的记录），其内容不在本包")
    if "unwitnessed" in entry["relied"]:
        words.append(f"未见证：上次达到见证人数为 {entry['relied']['unwitnessed']}")
    return "；".join(words)


def _papers(bundle: Bundle, entry: Mapping[str, Any]) -> Iterator[str]:
    held = {one.sha256: one for one in bundle.papers}
    for mention in mentions(entry["act"], entry["data"], entry.get("paper")):
        paper = held.get(mention.sha256)
        where = paper.name if paper and paper.path else ABSENT_ZH.get((paper and paper.reason) or "not-stored", "")
        yield f"{KINDS[mention.kind].zh}（SHA-256 {mention.sha256}）：{where}"


def _signature(entry: Mapping[str, Any]) -> str:
    found = entry["signature"]
    if not found["valid"]:
        return f"不成立（{found['reason']}）"
    doubt = "；但该密钥在此之前被报称已为他人掌握" if found["suspect"] else ""
    return f"成立，密钥 {found['kid']}{doubt}"


def _missing(bundle: Bundle) -> Iterator[Block]:
    yield Heading("五、不在本包中的内容，及原因")
    rows = []
    for (index, reason), count in sorted(Counter((index, why) for index, _, why in bundle.disclosed.withheld).items()):
        rows.append((f"第 {index} 行的 {count} 项个人信息（只列摘要）", REASONS[reason]))
    named = {f"documents/{one.sha256}": f"第 {one.index} 行所列材料 {one.sha256}" for one in bundle.papers}
    for one in bundle.absent:
        rows.append((named.get(one["what"], one["what"]), ABSENT_ZH[one["reason"]]))
    rows.append(("与所申请范围无关的其他案件、人员的行", "不在申请范围内；账本总行数和各行位置由账头证明"))
    rows.append((f"第 {bundle.found.size} 行及以后入账的行", "晚于本包的账头"))
    if any(entry.type.startswith(("complaint.", "referral.")) for entry in bundle.found.parts.values()):
        rows.append(("举报、移交的内容", "密封给指明的人，账上只有承诺；持阅读密钥者另行打开密封件"))
    yield Table((("内容", 0.45), ("原因", 0.55)), tuple(rows))


def _proof(bundle: Bundle, facts: Told) -> Iterator[Block]:
    checkpoint = parse_checkpoint(parse_note(bundle.checkpoint).text)
    names = Counter(name for name, _, _ in parse_note(bundle.checkpoint).signatures)
    own = names.pop(bundle.said["origin"], 0)
    witnesses = "、".join(sorted(names)) or "无；本包的账头未经见证"
    seal = bundle.said["seal"]
    subjects = "、".join(bundle.said["subjects"]) or "无（一名人员的行为散见各案，账本不证明没有遗漏）"
    yield Heading("六、证明情况")
    yield pairs(
        [
            ("账头", f"{checkpoint.size} 行，树根 {checkpoint.root.hex()}"),
            ("账本签名", f"{own} 个"),
            ("见证人签名", witnesses),
            ("外部时间戳", f"{len(bundle.said['timestamps'])} 个" if bundle.said["timestamps"] else "无"),
            ("声明完整的案卷", subjects),
            (
                "完整性",
                f"截至第 {seal['index']} 行的封记（账本的前 {seal['size']} 行）；{_later(bundle, seal['size'])}"
                if seal
                else "各版连续并由签署人逐一相连；没有封记可证明最后一版之后再无其他",
            ),
            (
                "签名",
                f"{len(facts.entries)} 项行为，{sum(entry['signature']['valid'] for entry in facts.entries)} 项成立",
            ),
            ("密钥", "密钥的登记、增加、注销各行全部在包内，从第 0 行起可重算"),
        ]
    )


def _later(bundle: Bundle, size: int) -> str:
    later = [index for index in bundle.said["about"] if index >= size]
    return f"第 {'、'.join(map(str, later))} 行在此之后入账" if later else "本包所申请的各行都在其内"


def _not_claimed() -> Iterator[Block]:
    yield Heading("七、不主张的法律推定")
    yield Para("本包只证明：各行在账头所定的时刻之前已在账上，未被改动，由所列密钥签署。以下推定均不主张：")
    yield Table((("", 0.06), ("", 0.94)), tuple((str(n), one) for n, one in enumerate(NOT_CLAIMED, 1)), titled=False)
    yield Para("所记内容是否与事实相符，账本不证明；办理是否合法，由审查机关判断。")
