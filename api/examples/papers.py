"""Sample papers of complaints and referrals, complete and valid. Nobody in them exists, and nothing of it happened."""

from typing import Any

from api.examples.made_up import OFFICER, TOWN, paper

_CASE = "00000000-0000-4000-8000-00000000000c"
_LINES = [
    {"index": 41, "hash": paper("line 41"), "stream": _CASE, "act": "review.visit"},
    {"index": 52, "hash": paper("line 52"), "stream": _CASE, "act": "confirm.grant"},
]
_FORM = {"kind": "document", "sha256": paper("visit"), "title": "入户调查表", "where": "镇档案室 2026-12 盒"}

PAPERS: dict[str, dict[str, Any]] = {
    "complaint.lodge": {
        "received": {"on": "2026-11-02", "channel": "hotline", "reference": "2026-17"},
        "complainant": {"name": "示例庚", "phone": "00000000000"},
        "about": {"cases": [_CASE], "officers": [OFFICER], "units": [TOWN], "others": []},
        "what": "来电称该户家中有车，办理时无人入户。",
        "evidence": [],
        "confidentiality": "work_secret",
    },
    "complaint.assign": {"to": [OFFICER], "due": "2026-11-30"},
    "complaint.answer": {
        "result": "partly",
        "told": "phone",
        "on": "2026-11-20",
        "text": "经县级入户核查：登记车辆一辆，办理时调查表有两人签名。结果已电话告知。",
        "lines": _LINES,
        "evidence": [_FORM],
    },
    "complaint.close": {"reason": "referred"},
    "referral.open": {
        "cause": {"kind": "verification", "concluded": "2026-11-18", "stream": _CASE},
        "cases": [_CASE],
        "lines": _LINES,
        "basis": ["assistance-66-3", "supervision-37"],
        "receiving": "示例县监察委员会案件监督管理室",
        "persons": [
            {
                "officer": OFFICER,
                "name": "示例辛",
                "unit": "示例镇人民政府",
                "post": "民政办工作人员",
                "party": "unknown",
                "subject": "civil_servant",
            }
        ],
        "facts": [
            {
                "observed": "same_hand",
                "first": "2026-10-12",
                "last": "2026-10-19",
                "place": "示例镇示例村",
                "amount_fen": 84_000,
                "rule": "民发〔2021〕57号第十五条",
                "lines": [41, 52],
                "text": "入户调查表的一名签名人与确认人为同一人。",
            }
        ],
        "handling": {
            "corrected": "yes",
            "recovered_fen": 84_000,
            "outstanding_fen": 0,
            "text": "2026年11月18日纠正确认，已发资金当日退回。",
        },
        "gaps": ["该车辆登记日期与申请日期的先后尚未核实。"],
        "evidence": [_FORM],
        "contact": {"name": "示例壬", "unit": "示例县民政局", "phone": "00000000000"},
        "confidentiality": "work_secret",
    },
    "referral.send": {
        "on": "2026-11-24",
        "receiving": "示例县监察委员会案件监督管理室",
        "letter": paper("letter"),
        "number": "示民移〔2026〕1号",
        "by": "in_person",
        "evidence": [],
    },
    "referral.receive": {"on": "2026-11-25", "by": "示例癸"},
    "referral.answer": {"on": "2026-12-20", "outcome": "under_review"},
    "referral.close": {"reason": "answered"},
    "referral.withdraw": {"reason": "duplicate"},
}
