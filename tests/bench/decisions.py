"""The decision itself: an act on a case of thirty events, judged by the whole law, without storage or signatures."""

import time
from typing import Any

from domain.decide import decide
from domain.officer import Officer
from domain.proposal import Proposal
from domain.view import View
from tests.bench.figures import Goal, Row, median, percentile
from tests.unit.domain.life import FORM, Life, month_after
from tests.unit.domain.world import ORIGIN, World

LIMIT = 150
"""Microseconds."""
JWS = "x" * 600 + "." + "y" * 600 + "." + "z" * 86
"""As long as an act of a case is: its digest is a part of the work."""


def decisions(times: int = 4000) -> Row:
    """Several kinds of act on one case, each decided `times` times; the slowest kind counts."""
    life = _a_long_case()
    acts: tuple[tuple[str, Officer, dict[str, Any]], ...] = (
        ("verify.draw", life.inspector, {"cause": "sampled"}),
        ("review.recheck", life.clerk, life.of_today("review.recheck")),
        ("review.visit", life.clerk, life.of_today("review.visit")),
        ("suspend.start", life.head, life.of_today("suspend.start")),
        ("review.adjust", life.head, _adjusted(life)),
    )
    found = {code: _timed(life, code, by, data, times) for code, by, data in acts}
    slowest = max(found, key=lambda code: median(found[code]))
    each = ", ".join(f"{code} {median(took):.0f}" for code, took in found.items())
    return Row(
        "decision",
        f"The decision itself, a case of {life.case.version} events",
        (Goal("p50 of the slowest act", LIMIT, "µs", median(found[slowest]), at_least=False),),
        notes=(f"p50 in µs: {each}; p99 of {slowest} {percentile(found[slowest], 99):.0f} µs",),
    )


def _a_long_case() -> Life:
    life = Life(World()).until("verify.draw")
    while life.case.version < 30:
        life.do("verify.draw")
        life.later(1).do("verify.visit")
        life.do("verify.pass")
        life.later(1)
    return life


def _adjusted(life: Life) -> dict[str, Any]:
    starting = month_after(life.today)
    return {"cause": "income", "monthly_fen": 90_000, "members": life.case.members, "starting": starting, **FORM}


def _timed(life: Life, code: str, by: Officer, data: dict[str, Any], times: int) -> list[float]:
    claims = {
        "iss": str(by.id),
        "case": str(life.id),
        "act": code,
        "version": life.case.version + 1,
        "on": str(life.today),
        "basis": "direct",
        "data": data,
    }
    took = []
    for _ in range(times):
        began = time.perf_counter()
        decide(Proposal(JWS, "key", code, claims, data), View(ORIGIN, life.today, life.world.streams))
        took.append((time.perf_counter() - began) * 1e6)
    return took
