"""Sample data for every act of a case."""

from typing import Any

from api.examples.made_up import OFFICER, SECOND_OFFICER, TOWN, VILLAGE, paper

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
            {"kind": "application", "sha256": paper("application")},
            {"kind": "commitment", "sha256": paper("commitment")},
            {"kind": "authorisation", "sha256": paper("authorisation")},
        ],
    },
    "apply.accept": {},
    "apply.return": {"missing": ["income", "authorisation"]},
    "apply.supplement": {"documents": [{"kind": "income", "sha256": paper("income")}]},
    "apply.reject": {"reason": "withdrawn"},
    "review.check": {"result": "consistent", "report": paper("check")},
    "review.visit": {"investigators": [OFFICER, SECOND_OFFICER], "household_present": True, "form": paper("visit")},
    "review.appraise": {"attended": 11, "in_favour": 10, "against": 1, "minutes": paper("minutes")},
    "review.post": {"village": VILLAGE, "days": 7, "photograph": paper("posting")},
    "review.object": {"against": "posting", "paper": paper("objection")},
    "review.opine": {"opinion": "eligible", "form": paper("opinion")},
    "review.recheck": {
        "result": "increase",
        "monthly_fen": 96000,
        "starting": "2027-01",
        "form": paper("recheck"),
    },
    "confirm.grant": {"monthly_fen": 84000, "members": 3, "starting": "2026-12"},
    "confirm.refuse": {"reason": "income"},
    "confirm.notify": {"notice": paper("notice"), "delivered": "in_person"},
    "verify.draw": {"cause": "sampled"},
    "verify.visit": {"form": paper("inspection")},
    "verify.pass": {},
    "verify.rectify": {"fault": "papers", "deadline": "2026-12-31"},
    "verify.overturn": {"reason": "assets"},
    "suspend.start": {"reason": "recheck_overdue", "starting": "2027-01"},
    "suspend.lift": {"starting": "2027-02"},
    "exit.end": {"reason": "income", "starting": "2027-06"},
}
