"""The limits that an act sets running: recorded with it, so that whoever reads the line knows when what is due."""

from datetime import timedelta
from typing import Any

from domain.clock import last_day
from domain.rulings.matter import Matter
from domain.unfolding import VARIANTS


def due_days(matter: Matter) -> dict[str, Any]:
    """`{"due": {limit's name: last day}}` of every limit of the rules that begins with this act; {} where none does."""
    code, case = matter.proposal.code, matter.case
    names = {code, f"{code}:{matter.data[VARIANTS[code]]}"} if code in VARIANTS else {code}
    running = {
        rule.name: str(last_day(rule.limit, matter.on + timedelta(days=rule.delay), matter.rules.calendar))
        for rule in matter.rules.limits(case.programme, case.conditions)
        if not names.isdisjoint(rule.begins)
    }
    return {"due": running} if running else {}
