"""申请 to 确认, as the law has it; what is planted changes it at one place."""

from collections.abc import Generator
from typing import Any

from api.simulating.deciding import OBJECTED, be_objected_to, decide, opine, post
from api.simulating.investigating import investigate
from api.simulating.life import Life, Step, Steps, before_holiday
from api.simulating.office import Signed
from ledger.disclosure import Disclosure

KIN = ("kin_registered", "committee_kin_visited", "committee_kin_hurried")
"""Registered as near relatives; the county has to visit before they are helped (57号 Arts 11, 20)."""


def apply(life: Life) -> Generator[Step, Signed, bool]:
    """申请 → 审核 → 确认. Whether it was granted."""
    if life.planted == "over_the_holiday":
        life.now = life.hour(before_holiday(life.day))
    yield _application(life)
    life.applied = life.day
    yield from _accept(life)
    yield from investigate(life)
    yield from opine(life)
    yield from post(life)
    if life.planted in OBJECTED:
        yield from be_objected_to(life)
    return (yield from decide(life))


def _application(life: Life) -> Step:
    house, seed = life.household, life.office.seed

    def hidden(place: int, members: dict[str, str]) -> tuple[list[Disclosure], dict[str, Any]]:
        made = [seed.disclose(f"{life.case}/{place}", name, value) for name, value in members.items()]
        return made, {"_sd": sorted(one.digest for one in made)}

    first = house.people[0]
    account = house.account
    if life.planted in ("shared_account", "entrusted_account"):
        account = f"0000{house.village}{len(life.planted):03d}"
    contact = {"address": f"虚构村{house.number}号", "account": account}
    own, applicant = hidden(0, {"name": first.name, "id_number": first.id_number, **contact})
    disclosures, members = [*own], []
    for place, (one, relation) in enumerate(zip(house.people[1:], house.relations, strict=True), 1):
        made, person = hidden(place, {"name": one.name, "id_number": one.id_number})
        disclosures += made
        members.append({"person": person, "relation": relation})
    data = {
        "programme": house.programme,
        "town": house.town,
        "village": house.village,
        "members": len(house.people),
        "by": "household",
        "applicant": applicant,
        "household": members,
        "documents": [
            {"kind": kind, "sha256": life.paper(kind)} for kind in ("application", "commitment", "authorisation")
        ],
    }
    return life.step(life.handler, "apply.submit", data, disclosures=tuple(disclosures), frame={"_sd_alg": "sha-256"})


def _accept(life: Life) -> Steps:
    if life.planted in ("returned_again", "returned_once"):
        missing = {"missing": ["income", "identity"]}
        yield life.wait(1).step(life.handler, "apply.return", missing)
        papers = {"documents": [{"kind": "income", "sha256": life.paper("income")}]}
        yield life.wait(5).step(life.handler, "apply.supplement", papers)
        if life.planted == "returned_again":
            for _ in range(2):
                yield life.wait(3).step(life.handler, "apply.return", missing, refused="case.returned-before")
    by = life.handler
    if life.planted in ("over_the_holiday", "visits_in_bursts", "busy_day"):
        yield life.soon().step(by, "apply.accept", {})
        life.wait(1)
    else:
        yield life.take(life.dice.randint(0, 2)).step(by, "apply.accept", {})
    if life.planted in KIN:
        whose = "handler" if life.planted == "kin_registered" else "committee_member"
        register = {"of": whose, "relation": "sibling", "form": life.paper("register")}
        yield life.soon().step(by, "apply.register", register)
