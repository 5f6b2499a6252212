"""The skeleton of a referral's paper, from lines of case histories: what the ledger knows is filled in, a person
completes the rest. Written as TOML with the codes beside each member, since a person goes on with it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, get_args
from uuid import UUID

import orjson

from api.directory import Directory
from domain.contents.articles import ARTICLES
from domain.contents.referral import Observed

CODES = {
    "cause.kind": "verification 核查, complaint 举报, indicator 指标, audit 审计, other",
    "cause.concluded": "得出结论之日 the day it was concluded",
    "basis": "; ".join(f"{code} {text}" for code, text in ARTICLES.items()),
    "receiving": "接收机关 the receiving organ",
    "persons.party": "member 党员, probationary 预备党员, none, unknown",
    "persons.subject": "civil_servant 公务员, entrusted 受委托从事公务, village_manager 基层群众性自治组织管理人员,"
    " other_public, not_subject, unknown（监察法第十五条）",
    "facts.observed": ", ".join(get_args(Observed)),
    "facts.amount_fen": "分，没有就删去此行 in fen; delete this line where there is none",
    "facts.rule": "规则，写到条，例 down to the article: 民发〔2021〕57号第十一条",
    "handling.corrected": "yes, partly, no, not_possible, not_needed",
    "gaps": "尚未核实、尚未取得的，一项一句 what is not known or not checked yet, one sentence each",
    "confidentiality": "internal 内部, work_secret 工作秘密；国家秘密不得写在这里 state secrets do not belong here",
    "facts.text": "只写事实，不下结论 facts only, no conclusion",
}


def draft_referral(
    histories: Mapping[str, Sequence[Mapping[str, Any]]], indexes: Sequence[int], directory: Directory, kind: str
) -> dict[str, Any]:
    """The paper of `referral.open` on these lines (all of the cases' where `indexes` is empty), open members empty.

    Raises `ValueError` naming the indexes that are no lines of these cases.
    """
    chosen = [
        (case, entry)
        for case, entries in histories.items()
        for entry in entries
        if not indexes or entry["index"] in indexes
    ]
    if missing := sorted(set(indexes) - {entry["index"] for _, entry in chosen}):
        raise ValueError(", ".join(map(str, missing)))
    chosen.sort(key=lambda one: int(one[1]["index"]))
    acts = [(case, entry) for case, entry in chosen if "act" in entry]
    officers = dict.fromkeys(str(entry["officer"]) for _, entry in acts)
    days = [str(entry["on"]) for _, entry in acts]
    return {
        "cause": {"kind": kind, "concluded": ""},
        "cases": list(histories),
        "basis": [],
        "receiving": "",
        "gaps": [],
        "confidentiality": "work_secret",
        "handling": {"corrected": "", "recovered_fen": 0, "outstanding_fen": 0, "text": ""},
        "contact": {"name": "", "unit": "", "phone": ""},
        "lines": [
            {"index": entry["index"], "hash": entry["hash"], "stream": case, "act": entry["act"]}
            for case, entry in acts
        ],
        "persons": [_person(officer, directory) for officer in officers],
        "facts": [
            {
                "observed": "",
                "first": min(days, default=""),
                "last": max(days, default=""),
                "place": "",
                "amount_fen": 0,
                "rule": "",
                "lines": [entry["index"] for _, entry in acts],
                "text": "",
            }
        ],
        "evidence": [],
    }


def _person(officer: str, directory: Directory) -> dict[str, Any]:
    known = directory.officers.get(UUID(officer))
    return {
        "officer": officer,
        "name": "",
        "unit": known.unit if known else "",
        "post": "",
        "party": "unknown",
        "subject": "unknown",
    }


def to_toml(content: Mapping[str, Any]) -> str:
    """A paper as TOML 1.0, with what each member takes beside it. Two levels deep, as these papers are."""
    plain = {name: value for name, value in content.items() if not isinstance(value, dict) and not _is_tables(value)}
    written = [_table(plain, "")]
    for name, value in content.items():
        if isinstance(value, dict):
            written.append(f"\n[{name}]\n{_table(value, f'{name}.')}")
        elif _is_tables(value):
            written += [f"\n[[{name}]]\n{_table(item, f'{name}.')}" for item in value]
    return "".join(written)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _table(members: Mapping[str, Any], prefix: str) -> str:
    lines = []
    for name, value in members.items():
        if hint := CODES.get(prefix + name):
            lines.append(f"# {hint}\n")
        # Text and lists of what JSON can write are the same in TOML, but for DEL, which no skeleton holds.
        lines.append(f"{name} = {orjson.dumps(value).decode()}\n")
    return "".join(lines)
