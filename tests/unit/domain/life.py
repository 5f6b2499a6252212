"""One household's life in a small world, act by act: who does it by custom, on which day, saying what."""

from datetime import date, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from domain.case import Case
from domain.clock import add_months
from domain.errors import NotAllowed
from domain.officer import Officer
from tests.unit.domain.world import COUNTY, DIGEST, HIDDEN, SHOWN, SIGNED, TOWN, VILLAGE, World

JWS = "x.y.z"
FORM = {"form": DIGEST}
SAID: dict[str, dict[str, Any]] = {
    "apply.return": {"missing": ["income"]},
    "apply.supplement": {"documents": [{"kind": "income", "sha256": DIGEST}]},
    "apply.register": {"of": "handler", "relation": "child", **FORM},
    "review.check": {"result": "consistent", "report": DIGEST},
    "review.inform": {"notice": DIGEST},
    "review.appraise": {"attended": 9, "in_favour": 8, "against": 1, "minutes": DIGEST},
    "review.assess": {"failed": ["walk"], "grade": "partial", "by": "county", **FORM},
    "review.opine": {"opinion": "eligible", **FORM},
    "review.post": {"village": VILLAGE, "days": 7, "photograph": DIGEST},
    "review.object": {"against": "posting", "paper": DIGEST},
    "confirm.refuse": {"reason": "income"},
    "confirm.notify": {"notice": DIGEST, "delivered": "in_person"},
    "confirm.publish": {"village": VILLAGE, "shown": ["applicant_name"], "photograph": DIGEST},
    "verify.draw": {"cause": "sampled"},
    "verify.visit": FORM,
    "verify.report": {"outcome": "done", **FORM},
    "verify.overturn": {"reason": "assets"},
    "exit.propose": {"reason": "labour", **FORM},
}
COUNTYS = ("verify.", "review.begin_check", "review.assess")


def month_after(day: date, months: int = 1) -> str:
    return str(add_months(day.replace(day=1), months))[:7]


def hidden(said: Any) -> Any:
    """The same as it is signed: everybody who is named in it by a digest."""
    if isinstance(said, dict):
        return {name: HIDDEN if name == "person" else hidden(value) for name, value in said.items()}
    return [hidden(one) for one in said] if isinstance(said, list) else said


class Life:
    """A household in a town that has the power to confirm. `today` is the day on which the next act takes place."""

    def __init__(self, world: World, programme: str = "rural_minimum", began: date = date(2026, 3, 2)) -> None:
        self.world, self.today = world, began
        self.clerk, self.assistant, self.head = (world.officer(TOWN) for _ in range(3))
        self.inspector = world.officer(COUNTY)
        world.delegate(programmes=frozenset({programme}))
        self.id: UUID = uuid4()
        self.programme = programme
        self.alone = False
        """Whether one member applies for themself (单人户)."""
        self.basis = "direct"

    @property
    def known(self) -> bool:
        """Whether the case has begun."""
        return self.world.streams[self.id] is not None

    @property
    def case(self) -> Case:
        case = self.world.streams[self.id]
        assert isinstance(case, Case)
        return case

    def later(self, days: int) -> "Life":
        """Some days pass."""
        self.today += timedelta(days=days)
        return self

    def do(self, code: str, by: Officer | None = None, **data: Any) -> Case:
        """The act is done today. Raises `NotAllowed`."""
        signer = by or self.by_custom(code)
        said = SAID.get(code, {}) | self.of_today(code) | data
        said, revealed = hidden(said), said
        if code == "apply.submit":
            own: dict[str, Any] = {"programme": self.programme}
            if self.alone:
                own |= {"members": 1, "household": [], "alone": "disability_severe"}
            said, revealed = SIGNED | own | data, SHOWN | own | data
        day = {"on": str(self.today), "today": self.today, "basis": self.basis}
        self.world.record(signer, self.id, code, said, revealed, **day)
        return self.case

    def refused(self, code: str, by: Officer | None = None, **data: Any) -> str | None:
        """The code of the refusal, None where it is allowed: it is done then."""
        try:
            self.do(code, by, **data)
        except NotAllowed as refused:
            return refused.code
        return None

    def why(self, code: str, by: Officer | None = None, **data: Any) -> NotAllowed:
        """The refusal itself."""
        try:
            self.do(code, by, **data)
        except NotAllowed as refused:
            return refused
        raise AssertionError(f"{code} was allowed")

    def until(self, code: str) -> "Life":
        """Everything by custom before `code`, on fitting days."""
        for step, days in CUSTOM:
            if step == code:
                return self
            self.later(days)
            if step == "review.assess" and self.programme != "extreme_poverty":
                continue
            if step == "exit.end" and self.programme == "extreme_poverty":
                self.do("exit.propose", reason="income")
                self.do("review.post")
                self.later(7)
            if step == "review.visit":
                self.visit()
            else:
                self.do(step)
        return self

    def visit(self, **data: Any) -> Case:
        """A visit, and everybody's signature."""
        self.do("review.visit", **data)
        version = self.case.version
        self.cosign(version, self.assistant)
        return self.cosign(version)

    def cosign(self, version: int, by: Officer | None = None) -> Case:
        """A signature on the act of this version: an officer's, or (`by` None) the household's on paper."""
        named = {"version": version, "act": sha256(JWS.encode()).hexdigest()}
        if by is None:
            return self.do("review.cosign", self.clerk, **named, hand="household", paper=DIGEST)
        return self.do("review.cosign", by, **named, hand="investigator")

    def by_custom(self, code: str) -> Officer:
        if code.startswith(COUNTYS) and code != "verify.report":
            return self.inspector
        return self.head if code.startswith("confirm.") else self.clerk

    def of_today(self, code: str) -> dict[str, Any]:
        following = month_after(self.today)
        if code == "review.visit":
            return {
                "investigators": [str(self.clerk.id), str(self.assistant.id)],
                "household_present": True,
                **FORM,
            }
        if code == "confirm.grant":
            status = self.programme == "low_income"
            until = {"until": month_after(self.today, 12)} if status else {}
            return {
                "monthly_fen": 0 if status else 84_000,
                "members": self.case.members,
                "starting": following,
                **until,
            }
        if code == "review.recheck":
            return {"result": "unchanged", "monthly_fen": self.case.monthly_fen, "starting": following, **FORM}
        if code == "review.report":
            return {"kind": "income", "day": str(self.today)}
        if code == "verify.rectify":
            return {"fault": "papers", "deadline": str(self.today + timedelta(days=14))}
        if code in ("suspend.start", "suspend.lift", "exit.end"):
            reason = {} if code == "suspend.lift" else {"reason": "changed" if code == "suspend.start" else "income"}
            return {"starting": following, **reason}
        return {}


CUSTOM = (
    # what comes by custom before a confirmation and after it, and how many days after the step before
    ("apply.submit", 0),
    ("apply.accept", 0),
    ("review.request_check", 0),
    ("review.begin_check", 1),
    ("review.check", 2),
    ("review.visit", 0),
    ("review.assess", 1),
    ("review.opine", 2),
    ("review.post", 0),
    ("confirm.grant", 7),
    ("confirm.notify", 1),
    ("confirm.publish", 0),
    ("verify.draw", 10),
    ("verify.visit", 2),
    ("verify.pass", 1),
    ("suspend.start", 30),
    ("suspend.lift", 30),
    ("exit.end", 60),
    ("", 0),
)
