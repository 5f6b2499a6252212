"""A verdict as a person reads it, in their language."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from api.cli.showing import print_pairs
from api.faults import PARTS, place, say
from ledger.faults import Fault, plain
from ledger.verify import Verdict

SEPARATELY = 20
"""Faults of one code that are told one by one; more are told together, each still by its place."""
PLACES = 100
"""Places that are named then, and the last one; all of them are in the JSON."""
TYPES = 20
"""Types of unsigned lines that are named."""


def language_of(environment: Mapping[str, str] = os.environ) -> str:
    """`zh` or `en`, by the locale (POSIX: LC_ALL before LC_MESSAGES before LANG)."""
    chosen = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return "zh" if chosen.lower().startswith("zh") else "en"


def as_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict for programs. Codes are stable; `zh` and `en` are for people."""
    return {
        "clean": not verdict.faults,
        "origin": verdict.origin,
        "fingerprint": verdict.fingerprint,
        "simulation": verdict.simulation,
        "lines": verdict.size,
        "root": verdict.root,
        "acts": verdict.acts,
        "unsigned": verdict.unsigned,
        "faults": [_fault_json(fault) for fault in verdict.faults],
        "notes": [_fault_json(note) for note in verdict.notes],
        "covered": list(verdict.covered),
        "not_covered": list(verdict.not_covered),
    }


def _fault_json(fault: Fault) -> dict[str, Any]:
    return {
        "code": fault.code,
        "where": fault.where,
        "first": fault.index,
        "last": fault.last,
        "count": fault.count,
        "params": fault.params,
        "zh": say(fault, "zh"),
        "en": say(fault, "en"),
    }


def print_verdict(verdict: Verdict, language: str) -> list[str]:
    """Print what was verified; the lines that tell the faults come back, to be printed last."""
    zh = language == "zh"
    unsigned = "、".join if zh else ", ".join
    others = unsigned(f"{plain(type_)} {count}" for type_, count in sorted(verdict.unsigned.items())[:TYPES])
    if len(verdict.unsigned) > TYPES:
        others += " …"
    count = f"{verdict.size}（签署的行为 {verdict.acts}" if zh else f"{verdict.size} ({verdict.acts} signed acts"
    if others:
        count += f"；未签署：{others}" if zh else f"; unsigned: {others}"
    print_pairs(
        [
            (
                "账本" if zh else "Ledger",
                f"{plain(verdict.origin or '?')}" + (_simulation(zh) if verdict.simulation else ""),
            ),
            ("指纹" if zh else "Fingerprint", verdict.fingerprint),
            ("行数" if zh else "Lines", count + ("）" if zh else ")")),
            ("树根" if zh else "Root", verdict.root or ("缺行，无法计算" if zh else "unknown: lines are missing")),
            ("已核对" if zh else "Covered", _parts(verdict.covered, zh)),
            ("未核对" if zh else "Not covered", _parts(verdict.not_covered, zh)),
        ]
    )
    lines = _told(verdict.notes, language)
    if lines:
        lines.insert(0, "注意" if zh else "Notes")
    if verdict.faults:
        total = sum(fault.count for fault in verdict.faults)
        lines.append(f"发现 {total} 处问题" if zh else f"Faults: {total}")
        lines += _told(verdict.faults, language)
    else:
        lines.append("没有发现问题。" if zh else "No fault was found.")
    return lines


def _simulation(zh: bool) -> str:
    return "（模拟账本）" if zh else " (SIMULATION)"


def _parts(codes: Sequence[str], zh: bool) -> str:
    return ("；" if zh else "; ").join(PARTS[code][not zh] for code in codes)


def _told(faults: Iterable[Fault], language: str) -> list[str]:
    by_code = {
        code: list(same)
        for code, same in groupby(sorted(faults, key=lambda fault: fault.code), key=lambda fault: fault.code)
    }
    singly = sorted(
        (fault for same in by_code.values() if len(same) <= SEPARATELY for fault in same),
        key=lambda fault: (fault.index is None, fault.index or 0),
    )
    lines = [f"  {_one(fault, language)}" for fault in singly]
    for code, same in by_code.items():
        if len(same) > SEPARATELY:
            places = ", ".join(place(fault, language) for fault in same[:PLACES])
            if len(same) > PLACES:
                places += f" … {place(same[-1], language)}"
            total = sum(fault.count for fault in same)
            lines.append(f"  {code} ×{total}: {say(same[0], language)}\n    {places}")
    return lines


def _one(fault: Fault, language: str) -> str:
    where = place(fault, language)
    many = f" ×{fault.count}" if fault.count > 1 else ""
    return (
        f"{where}{many}: {say(fault, language)} [{fault.code}]" if where else f"{say(fault, language)} [{fault.code}]"
    )
