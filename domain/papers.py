"""Every kind of paper there is in a household's file, and which act brings which."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


class Kind(NamedTuple):
    """`section` is the part of the file it stands in, `held` the class that says how long it is kept."""

    zh: str
    section: str
    held: str


KINDS: dict[str, Kind] = {
    "application": Kind("申请书", "apply", "approval"),
    "commitment": Kind("诚信承诺书", "apply", "approval"),
    "authorisation": Kind("核对授权书", "apply", "approval"),
    "identity": Kind("身份证、户口簿复印件", "apply", "approval"),
    "income": Kind("收入证明", "apply", "approval"),
    "illness": Kind("疾病证明", "apply", "approval"),
    "disability": Kind("残疾证明", "apply", "approval"),
    "proxy": Kind("委托手续", "apply", "approval"),
    "acceptance": Kind("受理通知书", "apply", "approval"),
    "supplement": Kind("补正通知书", "apply", "approval"),
    "kin_register": Kind("近亲属备案表", "apply", "approval"),
    "check_report": Kind("信息核对报告", "review", "approval"),
    "check_notice": Kind("核对结果告知书", "review", "approval"),
    "visit_form": Kind("入户调查表", "review", "approval"),
    "minutes": Kind("民主评议记录", "review", "approval"),
    "assessment": Kind("生活自理能力评估表", "review", "approval"),
    "posting": Kind("公示及照片", "review", "approval"),
    "objection": Kind("异议材料", "review", "approval"),
    "opinion": Kind("初审意见", "review", "approval"),
    "extension": Kind("延长办理告知书", "review", "approval"),
    "confirmation": Kind("确认审批表", "confirm", "approval"),
    "notice": Kind("确认或不予确认通知书", "confirm", "approval"),
    "publication": Kind("确认后公布", "confirm", "approval"),
    "inspection": Kind("县级核查表", "verify", "management"),
    "rectification": Kind("整改材料", "verify", "management"),
    "recheck": Kind("定期核查表", "manage", "management"),
    "change": Kind("增发、减发、停发审批表", "manage", "management"),
    "correction": Kind("更正依据", "manage", "management"),
    "exit_notice": Kind("停发、退出通知书", "manage", "management"),
    "bank_file": Kind("银行回盘文件", "manage", "management"),
    "custody": Kind("代管协议", "manage", "management"),
    "overpayment": Kind("多发、追回材料", "manage", "management"),
    "dispute": Kind("信访、复议、诉讼材料", "manage", "management"),
    "signed": Kind("补录所据的签名原件", "other", "approval"),
    "handover": Kind("移交清单", "other", "management"),
    "other": Kind("其他", "other", "approval"),
}
SECTIONS = {
    "apply": "申请",
    "review": "审核",
    "confirm": "确认",
    "verify": "核查",
    "manage": "动态管理",
    "other": "其他",
}

NAMED: dict[str, tuple[tuple[str, str | None], ...]] = {
    # act code: (field with a digest, or of objects with one; the kind of paper, None: each says itself)
    "apply.submit": (("documents", None),),
    "apply.supplement": (("documents", None),),
    "apply.register": (("form", "kin_register"),),
    "apply.withdraw": (("paper", "application"),),
    "review.check": (("report", "check_report"),),
    "review.inform": (("notice", "check_notice"),),
    "review.visit": (("form", "visit_form"), ("emergency", "other")),
    "review.cosign": (("paper", "signed"),),
    "review.appraise": (("minutes", "minutes"),),
    "review.assess": (("form", "assessment"),),
    "review.post": (("photograph", "posting"),),
    "review.object": (("paper", "objection"),),
    "review.opine": (("form", "opinion"),),
    "review.extend": (("notice", "extension"),),
    "review.recheck": (("form", "recheck"),),
    "review.report": (("paper", "change"),),
    "review.adjust": (("form", "change"),),
    "review.move": (("paper", "change"),),
    "review.correct": (("paper", "correction"),),
    "confirm.deliberate": (("minutes", "minutes"),),
    "confirm.notify": (("notice", "notice"),),
    "confirm.publish": (("photograph", "publication"),),
    "verify.visit": (("form", "inspection"),),
    "verify.report": (("form", "rectification"),),
    "exit.propose": (("form", "change"),),
    "exit.defer": (("form", "change"),),
    "exit.end": (("paper", "change"),),
    "payment.record": (("file", "bank_file"),),
    "payment.overpay": (("form", "overpayment"),),
    "payment.recover": (("receipt", "overpayment"),),
    "payment.waive": (("decision", "overpayment"),),
    "payment.entrust": (("agreement", "custody"),),
    "payment.end_custody": (("receipt", "custody"),),
    "dispute.file": (("paper", "dispute"),),
    "dispute.decide": (("paper", "dispute"),),
    "dispute.execute": (("paper", "dispute"),),
    "archive.file": (("documents", None),),
    "archive.move": (("handover", "handover"),),
    "delegation.grant": (("instrument", "other"),),
    "delegation.withdraw": (("instrument", "other"),),
    "delegation.limit": (("instrument", "other"),),
    "delegation.suspend": (("instrument", "other"),),
    "delegation.resume": (("instrument", "other"),),
    "officer.hand_over": (("papers", "handover"), ("minutes", "minutes")),
    "place.merge": (("instrument", "other"),),
}
"""A new act with a paper has its row here; a test compares the table with the schemas."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A paper as an act names it."""

    kind: str
    sha256: str
    pages: int | None = None
    shelf: str | None = None


def mentions(code: str, data: Mapping[str, Any], paper: Mapping[str, Any] | None = None) -> Iterator[Mention]:
    """The papers that an act names; `paper` is its frame's, where it was transcribed from one."""
    for field, kind in NAMED.get(code, ()):
        said = data.get(field)
        if kind is not None:
            if said is not None:
                yield Mention(kind, said)
            continue
        for each in said or ():
            yield Mention(each["kind"], each["sha256"], each.get("pages"), each.get("shelf"))
    if paper is not None:
        yield Mention("signed", paper["scan"])
