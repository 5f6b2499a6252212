"""Sample data for the acts of officers, delegations, rules and other systems."""

from hashlib import sha256
from typing import Any

from api.examples.made_up import OFFICER, SECOND_OFFICER, SOURCE, TOWN, paper
from domain.handover import list_digest
from domain.packs import text_of

PACK = "law-2021-07"

EXAMPLES: dict[str, dict[str, Any]] = {
    "officer.declare": {
        "relatives": [
            {"person": {"name": "示例辛", "id_number": "00000019900101000X"}, "relation": "sibling"},
            {
                "person": {"name": "示例壬", "id_number": "000000195201010006"},
                "relation": "self",
                "of": "committee_member",
            },
        ]
    },
    "officer.revoke_key": {"kid": "A" * 43, "reason": "lost"},
    "officer.deputise": {
        "deputy": SECOND_OFFICER,
        "starting": "2026-12-01",
        "ending": "2026-12-31",
        "acts": ["review", "confirm.notify"],
    },
    "officer.end_deputation": {"deputy": SECOND_OFFICER},
    "officer.hand_over": {
        "successor": SECOND_OFFICER,
        "reason": "leaving",
        "count": 0,
        "listed": list_digest(()),
        "due": 0,
        "papers": paper("papers"),
        "minutes": paper("handover"),
    },
    "officer.take_over": {"handover": paper("act"), "listed": list_digest(())},
    "delegation.grant": {
        "town": TOWN,
        "programmes": ["urban_minimum", "rural_minimum", "extreme_poverty", "low_income"],
        "form": "entrusted",
        "instrument": paper("instrument"),
        "starting": "2021-07-01",
    },
    "delegation.limit": {"instrument": paper("limit"), "programmes": ["rural_minimum"], "ceiling_fen": 100000},
    "delegation.suspend": {
        "instrument": paper("suspension"),
        "reason": "verification_faults",
        "grounds": [paper("line of a verification")],
    },
    "delegation.resume": {"instrument": paper("resumption")},
    "delegation.withdraw": {"instrument": paper("withdrawal")},
    "place.merge": {
        "places": ["610924199"],
        "into": TOWN,
        "starting": "2099-01-01",
        "instrument": paper("merger"),
    },
    "policy.propose": {
        "kind": "law",
        "name": PACK,
        "sha256": sha256(text_of(PACK).encode()).hexdigest(),
        "text": text_of(PACK),
        "starting": "2021-07-01",
    },
    "policy.adopt": {
        "pack": PACK,
        "sha256": sha256(text_of(PACK).encode()).hexdigest(),
        "starting": "2021-07-01",
    },
    "source.grant": {"name": "旧系统", "importer": OFFICER, "ending": "2099-12-31"},
    "source.import": {
        "source": SOURCE,
        "case": "case-1",
        "row": "row-1",
        "digest": paper("row"),
        "activity": "受理",
        "actor": "clerk-7",
        "time": "2020-05-06T09:30:00+08:00",
        "kept": {"department": "民政办"},
    },
    "source.correct": {
        "source": SOURCE,
        "case": "case-1",
        "row": "row-1",
        "digest": paper("row, corrected"),
        "replaces": paper("row"),
        "activity": "受理",
        "actor": "clerk-7",
        "time": "2020-05-06T09:35:00+08:00",
        "kept": {"department": "民政办"},
    },
    "source.miss": {
        "source": SOURCE,
        "case": "case-1",
        "row": "row-1",
        "digest": paper("row"),
        "seen": paper("later file"),
    },
}
