"""The limits that an act sets running: recorded with it, so that whoever reads the line knows when what is due."""

from collections.abc import Mapping
from typing import Any

from domain.clock import last_day
from domain.deadlines import concerns, running
from domain.events import Acted
from domain.rulings.matter import Matter
from domain.unfolding import VARIANTS, counts_from, evolve


def due_days(matter: Matter, relied: Mapping[str, Any]) -> dict[str, Any]:
    """`{"due": {limit's name: last day}}` of every limit of the rules that begins with this act; {} where none does.

    The limits are those of the case as the act leaves it: whose it is, how stable its income, is said by the act.
    """
    code, proposal, data = matter.proposal.code, matter.proposal, matter.data
    names = {code, f"{code}:{data[VARIANTS[code]]}"} if code in VARIANTS else {code}
    if names.isdisjoint(matter.rules.beginning):
        return {}
    version = proposal.claims["version"]
    after = evolve(matter.case, Acted(proposal.stream, version, "", proposal.jws, proposal.claims, dict(relied)))
    began = counts_from(code, data, matter.on)
    due = {
        rule.name: str(last_day(*running(after, rule, began), matter.rules.calendar))
        for rule in matter.rules.limits(after.programme, after.conditions)
        if not names.isdisjoint(rule.begins) and concerns(rule, after.stage)
    }
    return {"due": due} if due else {}
