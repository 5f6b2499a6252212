"""Sample data for every act that can be signed by itself: complete, and accepted as it stands. Nobody in it exists."""

from hashlib import sha256
from typing import Any


def _paper(name: str) -> str:
    """The digest of a made-up document."""
    return sha256(f"mingzhang example: {name}".encode()).hexdigest()


TOWN = "610924100"
VILLAGE = "610924100201"
OFFICER = "00000000-0000-4000-8000-000000000001"
SECOND_OFFICER = "00000000-0000-4000-8000-000000000002"
SOURCE = "00000000-0000-4000-8000-00000000000a"

EXAMPLES: dict[str, dict[str, Any]] = {
    "apply.submit": {
        "programme": "rural_minimum",
        "town": TOWN,
        "village": VILLAGE,
        "members": 3,
        "by": "household",
        "applicant": {
            "name": "示例甲",
            "id_number": "610924190001010000",
            "phone": "00000000000",
            "address": "示例村一组",
            "account": "0000000000000000",
        },
        "documents": [
            {"kind": "application", "sha256": _paper("application")},
            {"kind": "commitment", "sha256": _paper("commitment")},
            {"kind": "authorisation", "sha256": _paper("authorisation")},
        ],
    },
    "apply.accept": {},
    "apply.return": {"missing": ["income", "authorisation"]},
    "apply.supplement": {"documents": [{"kind": "income", "sha256": _paper("income")}]},
    "apply.reject": {"reason": "withdrawn"},
    "review.check": {"result": "consistent", "report": _paper("check")},
    "review.visit": {"investigators": [OFFICER, SECOND_OFFICER], "household_present": True, "form": _paper("visit")},
    "review.appraise": {"attended": 11, "in_favour": 10, "against": 1, "minutes": _paper("minutes")},
    "review.post": {"village": VILLAGE, "days": 7, "photograph": _paper("posting")},
    "review.object": {"against": "posting", "paper": _paper("objection")},
    "review.opine": {"opinion": "eligible", "form": _paper("opinion")},
    "review.recheck": {
        "result": "increase",
        "monthly_fen": 96000,
        "starting": "2027-01",
        "form": _paper("recheck"),
    },
    "confirm.grant": {"monthly_fen": 84000, "members": 3, "starting": "2026-12"},
    "confirm.refuse": {"reason": "income"},
    "confirm.notify": {"notice": _paper("notice"), "delivered": "in_person"},
    "verify.draw": {"cause": "sampled"},
    "verify.visit": {"form": _paper("inspection")},
    "verify.pass": {},
    "verify.rectify": {"fault": "papers", "deadline": "2026-12-31"},
    "verify.overturn": {"reason": "assets"},
    "suspend.start": {"reason": "recheck_overdue", "starting": "2027-01"},
    "suspend.lift": {"starting": "2027-02"},
    "exit.end": {"reason": "income", "starting": "2027-06"},
    "officer.revoke_key": {"kid": "A" * 43, "reason": "lost"},
    "delegation.grant": {
        "town": TOWN,
        "programmes": ["urban_minimum", "rural_minimum", "extreme_poverty", "low_income"],
        "form": "entrusted",
        "instrument": _paper("instrument"),
        "starting": "2021-07-01",
    },
    "delegation.withdraw": {"instrument": _paper("withdrawal")},
    "policy.adopt": {"pack": "minimum-2021", "sha256": _paper("pack"), "starting": "2021-07-01"},
    "source.grant": {"name": "旧系统", "importer": OFFICER, "ending": "2099-12-31"},
    "source.import": {
        "source": SOURCE,
        "case": "case-1",
        "row": "row-1",
        "digest": _paper("row"),
        "activity": "受理",
        "actor": "clerk-7",
        "time": "2020-05-06T09:30:00+08:00",
        "kept": {"department": "民政办"},
    },
    "source.correct": {
        "source": SOURCE,
        "case": "case-1",
        "row": "row-1",
        "digest": _paper("row, corrected"),
        "replaces": _paper("row"),
        "activity": "受理",
        "actor": "clerk-7",
        "time": "2020-05-06T09:35:00+08:00",
        "kept": {"department": "民政办"},
    },
    "source.miss": {
        "source": SOURCE,
        "case": "case-1",
        "row": "row-1",
        "digest": _paper("row"),
        "seen": _paper("later file"),
    },
}
