"""One household's life, as what somebody does at some time; the case's acts follow from it.

A life is a generator: it says what is done next (`Step`), and is told how that act was signed (`Signed`). What is
planted changes a life at one place; all the rest is as the law has it.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from api.simulating.office import Office, Officer, Signed
from api.simulating.people import Household
from domain.calendar import announced
from domain.clock import add_months
from ledger.act import BEIJING
from ledger.disclosure import Disclosure

CALENDAR = announced()
SUSPENDED = {
    "610924106": (date(2022, 3, 1), date(2022, 4, 29)),
    "610924114": (date(2022, 9, 1), date(2022, 10, 31)),
}
"""Towns whose power to confirm the county suspends, from which day to which: verifications had found fault."""


@dataclass(frozen=True)
class Step:
    """An act to be signed `at`, of the day `on` (None: the same). `refused`: the code that the rules answer with."""

    at: datetime
    officer: Officer
    code: str
    data: dict[str, Any]
    stream: UUID
    on: date | None = None
    disclosures: tuple[Disclosure, ...] = ()
    refused: str | None = None
    frame: dict[str, Any] = field(default_factory=dict)


LATER = ("kin_declared_late", "small_correction", "wrong_amount")
MUCH_LATER = (
    "paid_after_death", "death_in_time", "recheck_overdue", "recheck_in_time", "in_and_out", "applied_again",
    "stopped_without_notice", "stopped_with_notice",
)  # fmt: skip
"""What does not show by the confirmation: within weeks of it, or as the case is managed."""

Steps = Generator[Step, Signed, None]


@dataclass
class Life:
    """A household with its case, its dice, and the officers of its town. `now` moves on as things are done."""

    office: Office
    household: Household
    planted: str | None
    now: datetime
    until: datetime
    case: UUID = field(init=False)
    dice: Random = field(init=False)
    round: int = 0
    visited: bool = False
    """Whether the county was compelled to visit before the confirmation."""
    paid: int = 0
    """Fen a month."""
    granted: tuple[Signed, dict[str, Any]] | None = None
    """The confirmation as it was signed, and what it says."""
    shown: bool = False
    """Whether what is planted has come to show: the end of the play may come first."""

    def __post_init__(self) -> None:
        self.dice = self.office.seed.random(f"life/{self.household.number}")
        self._begin_case()

    def _begin_case(self) -> None:
        self.round += 1
        self.case = self.office.seed.id(f"case/{self.household.number}/{self.round}")

    def somebody(self, post: str) -> Officer:
        """An officer of the household's town, or of the county (`county/…`)."""
        name = post if post.startswith("county/") else f"{self.household.town}/{post}"
        return self.office.officers[name]

    def paper(self, what: str) -> str:
        """The digest of a made-up paper of this household."""
        return self.office.seed.digest(f"paper/{self.household.number}/{self.round}/{what}")

    def wait(self, days: int) -> "Life":
        """Some days go by, to a working day, at some hour of an office day; none at all: some minutes."""
        then = office_hour(self.day + timedelta(days=days), self.dice)
        if then <= self.now:
            return self.soon()
        self.now = then
        return self

    def soon(self) -> "Life":
        """Some minutes later."""
        self.now += timedelta(seconds=self.dice.randint(40, 900))
        return self

    def step(self, post: str, code: str, data: dict[str, Any], **changes: Any) -> Step:
        """An act of somebody's, now."""
        return Step(changes.pop("at", self.now), self.somebody(post), code, data, self.case, **changes)

    @property
    def handler(self) -> str:
        """Who handles the case: whose kin it is known to be stays away, and the other clerk takes it on."""
        return "clerk2" if self.planted == "kin_registered" else "clerk"

    @property
    def day(self) -> date:
        """Today in 北京时间."""
        return self.now.astimezone(BEIJING).date()


def office_hour(day: date, dice: Random) -> datetime:
    """Some time in the office hours of the first working day from `day` on."""
    while not CALENDAR.is_working(day):
        day += timedelta(days=1)
    seconds = dice.randint(9 * 3600, 17 * 3600)
    return datetime.combine(day, time(), BEIJING) + timedelta(seconds=seconds)


def month_after(day: date, months: int = 1) -> str:
    """The month `months` after that of `day`."""
    return str(add_months(day.replace(day=1), months))[:7]


def live(life: Life) -> Steps:
    """From the application to the end of the simulation, or of the case."""
    if life.planted == "kin_registered":
        yield declare(life)
        life.wait(1)
    granted = yield from apply(life)
    life.shown = life.planted is not None and life.planted not in (*LATER, *MUCH_LATER)
    if not granted:
        return
    yield from settle(life)
    life.shown = life.shown or life.planted in LATER
    yield from be_managed(life)


def apply(life: Life) -> Generator[Step, Signed, bool]:
    """申请 → 审核 → 确认. Whether it was granted."""
    yield _application(life)
    yield from _accept(life)
    yield from _investigate(life)
    opinion = "ineligible" if life.dice.random() < 0.08 and life.planted is None else "eligible"
    said = {"opinion": opinion, "form": life.paper("opinion")}
    yield life.wait(life.dice.randint(1, 4)).step(life.handler, "review.opine", said)
    yield from _post(life)
    return (yield from _decide(life, opinion))


def _application(life: Life) -> Step:
    house, seed = life.household, life.office.seed

    def hidden(place: int, members: dict[str, str]) -> tuple[list[Disclosure], dict[str, Any]]:
        made = [seed.disclose(f"{life.case}/{place}", name, value) for name, value in members.items()]
        return made, {"_sd": sorted(one.digest for one in made)}

    first = house.people[0]
    contact = {"address": f"虚构村{house.number}号", "account": house.account}
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
    yield life.wait(life.dice.randint(0, 2)).step(by, "apply.accept", {})
    if life.planted == "kin_registered":
        register = {"of": "handler", "relation": "sibling", "form": life.paper("register")}
        yield life.soon().step(by, "apply.register", register)


def _investigate(life: Life) -> Steps:
    by = life.handler
    if life.planted in ("slow", "slow_and_told"):
        life.wait(24)
    late = {"on": life.day} if life.planted == "backfilled" else {}
    if late:
        life.wait(12)
    yield life.soon().step(by, "review.request_check", {}, **late)
    if life.planted == "slow_and_told":
        yield life.soon().step(by, "review.extend", {"cause": "hard_investigation", "notice": life.paper("extension")})
    if not late:
        life.wait(life.dice.randint(0, 2))
    yield life.soon().step("county/inspector1", "review.begin_check", {})
    report = {"result": "consistent", "report": life.paper("check")}
    yield life.soon().step("county/inspector1", "review.check", report, **late)
    if not late:
        life.wait(life.dice.randint(0, 1))
    yield from _visit(life, by, late)
    if life.household.programme == "extreme_poverty":
        lost = ["walk", "bathe"][: life.dice.randint(0, 2)]
        grade = "partial" if lost else "full"
        assessed = {"failed": lost, "grade": grade, "by": "county", "form": life.paper("assessment")}
        yield life.wait(2).step("county/assessor", "review.assess", assessed)


def _visit(life: Life, by: str, late: dict[str, Any]) -> Steps:
    if life.planted in ("visits_in_bursts", "busy_day"):
        # Everybody of whom this is told is visited on one and the same day of the month.
        first = life.day.replace(day=1) + timedelta(days=31)
        life.now = office_hour(first.replace(day=14), life.dice)
    form = life.paper("visit")
    if life.planted == "cloned_survey":
        form = life.office.seed.digest(f"paper/cloned/{life.household.town}")
    people = [str(life.somebody(post).id) for post in (by, "assistant")]
    data = {"investigators": people, "household_present": True, "form": form}
    if life.planted == "from_paper":
        visited = life.day
        paper = {"signer": str(life.somebody("assistant").id), "scan": life.paper("scan of the visit")}
        frame = {"basis": "paper", "paper": paper}
        signed = yield life.wait(1).step(by, "review.visit", data, on=visited, frame=frame)
    else:
        signed = yield life.soon().step(by, "review.visit", data, **late)
        named = {"version": signed.version, "act": signed.digest}
        yield life.soon().step("assistant", "review.cosign", {**named, "hand": "investigator"}, **late)
    named = {"version": signed.version, "act": signed.digest}
    signature = {**named, "hand": "household", "paper": life.paper("signature")}
    yield life.soon().step(by, "review.cosign", signature, **late)


def _post(life: Life) -> Steps:
    posting = {"village": life.household.village, "days": 7, "photograph": life.paper("posting")}
    posted = life.wait(1).day
    if life.planted == "posting_backdated":
        life.wait(9)
    elif life.planted == "posting_recorded_late":
        life.wait(2)
    yield life.soon().step("assistant", "review.post", posting, on=posted)
    cause = "kin" if life.planted == "kin_registered" else None
    if life.planted is None and life.dice.random() < 0.02:
        cause = "complaint"
    if cause:
        life.visited = True
        yield life.wait(1).step("county/inspector2", "verify.draw", {"cause": cause})
        yield life.wait(2).step("county/inspector2", "verify.visit", {"form": life.paper(f"visit: {cause}")})
    if life.planted != "posting_backdated":
        life.wait(max(0, 8 - (life.day - posted).days))


def _decide(life: Life, opinion: str) -> Generator[Step, Signed, bool]:
    refusing = opinion == "ineligible" or life.planted in ("wrongly_refused", "rightly_refused")
    if refusing:
        life.wait(life.dice.randint(0, 2))
        yield life.step(_confirmer(life), "confirm.refuse", {"reason": "income"})
        yield life.wait(1).step(life.handler, "confirm.notify", _notice(life, "refusal"))
        if life.planted in ("wrongly_refused", "rightly_refused"):
            yield from _verify_refusal(life)
        return False
    life.wait(life.dice.randint(0, 2))
    grant = _grant(life)
    life.paid = grant["monthly_fen"]
    life.granted = ((yield life.step(_confirmer(life), "confirm.grant", grant)), grant)
    yield life.wait(1).step(life.handler, "confirm.notify", _notice(life, "grant"))
    shown = {"village": life.household.village, "shown": ["applicant_name"], "photograph": life.paper("publication")}
    yield life.soon().step("assistant", "confirm.publish", shown)
    return True


def _confirmer(life: Life) -> str:
    """The head of the town, as long as it has the power; the county, while it is suspended."""
    first, last = SUSPENDED.get(life.household.town, (date.max, date.min))
    return "county/supervisor1" if first <= life.day <= last else "head"


def _verify_refusal(life: Life) -> Steps:
    yield life.wait(20).step("county/inspector2", "verify.draw", {"cause": "sampled"})
    yield life.wait(3).step("county/inspector2", "verify.visit", {"form": life.paper("inspection")})
    if life.planted == "rightly_refused":
        yield life.wait(1).step("county/inspector2", "verify.pass", {})
    else:
        yield life.wait(1).step("county/inspector2", "verify.overturn", {"reason": "income"})


def _notice(life: Life, what: str) -> dict[str, Any]:
    return {"notice": life.paper(f"notice of {what}"), "delivered": "in_person"}


def amount(life: Life) -> int:
    """A month, in fen: a gap to the standard that differs from household to household."""
    if life.household.programme == "low_income":
        return 0
    size = len(life.household.people)
    if life.planted == "equal_amounts":
        return 60_000
    if life.planted == "equal_by_size":
        return 38_000 * size
    return size * life.dice.randrange(18_000, 46_000, 500)


def _grant(life: Life) -> dict[str, Any]:
    status = {"until": month_after(life.day, 12)} if life.household.programme == "low_income" else {}
    members = len(life.household.people)
    return {"monthly_fen": amount(life), "members": members, "starting": month_after(life.day), **status}


def settle(life: Life) -> Steps:
    """What comes in the weeks after a confirmation: the county's sample, corrections, kin that comes to light."""
    if life.planted == "kin_declared_late":
        yield declare(life.wait(30))
    if life.planted == "small_correction" and life.granted is not None:
        signed, said = life.granted
        life.paid += 1_000
        right = said | {"monthly_fen": life.paid}
        named = {"version": signed.version, "act": signed.digest, "paper": life.paper("slip of the pen")}
        yield life.soon().step("head", "review.correct", {
            **named, "reason": "clerical", "authority": "own", "grant": right,
        })  # fmt: skip
    if life.planted == "wrong_amount":
        yield from _found_wrong(life)
    elif life.visited:
        yield life.wait(5).step("county/inspector2", "verify.pass", {})
    elif life.dice.random() < 0.3:
        yield life.wait(life.dice.randint(8, 25)).step("county/inspector2", "verify.draw", {"cause": "sampled"})
        yield life.wait(3).step("county/inspector2", "verify.visit", {"form": life.paper("inspection")})
        yield life.soon().step("county/inspector2", "verify.pass", {})


def declare(life: Life) -> Step:
    """The town's clerk declares a member of this household, beside everybody they declared before."""
    clerk, seed = life.somebody("clerk"), life.office.seed
    relatives = life.office.declared.setdefault(clerk.name, [])
    relatives.append(life.household.people[-1])
    made, said = [], []
    for one in relatives:
        about = f"kin/{clerk.name}/{len(relatives)}/{one.id_number}"
        two = [seed.disclose(about, "name", one.name), seed.disclose(about, "id_number", one.id_number)]
        made += two
        said.append({"person": {"_sd": sorted(each.digest for each in two)}, "relation": "sibling"})
    frame = {"_sd_alg": "sha-256"}
    return Step(life.now, clerk, "officer.declare", {"relatives": said}, clerk.id, disclosures=tuple(made), frame=frame)


def _found_wrong(life: Life) -> Steps:
    yield life.wait(10).step("county/inspector2", "verify.draw", {"cause": "sampled"})
    yield life.wait(3).step("county/inspector2", "verify.visit", {"form": life.paper("inspection")})
    ordered = {"fault": "amount", "deadline": str(life.day + timedelta(days=14))}
    yield life.soon().step("county/inspector2", "verify.rectify", ordered)
    members, life.paid = len(life.household.people), life.paid + 11_100
    right = {"cause": "rectification", "monthly_fen": life.paid, "members": members}
    life.wait(5)
    adjusted = {**right, "starting": month_after(life.day), "form": life.paper("adjustment")}
    yield life.step("head", "review.adjust", adjusted)
    yield life.soon().step(life.handler, "verify.report", {"outcome": "done", "form": life.paper("report")})
    yield life.wait(4).step("county/inspector2", "verify.pass", {})


def be_managed(life: Life) -> Steps:
    """动态管理 until the end: re-checks, changes, a stop now and then, exit."""
    if life.planted in ("paid_after_death", "death_in_time"):
        yield from die(life)
    elif life.planted in ("in_and_out", "applied_again"):
        yield from go_in_and_out(life)
    elif life.planted in ("stopped_without_notice", "stopped_with_notice"):
        yield from be_stopped(life)
    else:
        yield from grow_older(life)


def grow_older(life: Life) -> Steps:
    """Re-checked every year; some move up, some leave."""
    life.shown = life.shown or (life.planted == "recheck_overdue" and life.until - life.now > timedelta(days=450))
    pause = {"recheck_overdue": 700, "recheck_in_time": 330}.get(life.planted or "", 345)
    while life.wait(pause - life.dice.randint(0, 20)).now < life.until:
        if life.household.programme == "low_income":
            ended = {"reason": "income", "starting": month_after(life.day)}
            yield life.step("head", "exit.end", ended)
            return
        yield life.step(life.handler, "review.open", {})
        result = {"result": "unchanged", "form": life.paper(f"recheck {life.day.year}")}
        life.wait(3)
        recheck = {**result, "monthly_fen": life.paid, "starting": month_after(life.day)}
        yield life.step(life.handler, "review.recheck", recheck)
        life.shown = life.shown or life.planted == "recheck_in_time"
        if life.dice.random() < 0.1 and life.planted is None:
            yield from leave(life, "voluntary")
            return


def leave(life: Life, reason: str) -> Steps:
    """退出, with notice."""
    if life.household.programme == "extreme_poverty":
        yield life.wait(3).step("head", "exit.propose", {"reason": reason, "form": life.paper("proposal to end")})
        posting = {"village": life.household.village, "days": 7, "photograph": life.paper("posting of the end")}
        yield life.wait(1).step("assistant", "review.post", posting)
        life.wait(4)
    life.wait(5)
    ended = {"reason": reason, "starting": month_after(life.day)}
    if reason == "voluntary":
        ended["paper"] = life.paper("voluntary exit")
    yield life.step("head", "exit.end", ended)
    yield life.wait(1).step(life.handler, "confirm.notify", _notice(life, "exit"))


def die(life: Life) -> Steps:
    """Somebody who lives alone dies; it is reported in time, or the payments go on."""
    died = life.wait(60).day
    months = 2 if life.planted == "death_in_time" else 8
    paid = life.paid
    for month in range(1, months):
        row = {"month": month_after(died, month), "fen": paid, "result": "paid"}
        bank = {"file": life.office.seed.digest(f"bank/{row['month']}"), "row": life.household.number + 1}
        yield life.wait(30).step("county/supervisor2", "payment.record", {**row, **bank}, frame={"basis": "system"})
    if life.now >= life.until:
        return
    report = {"kind": "death", "day": str(died), "members": 1, "paper": life.paper("death")}
    yield life.wait(3).step("assistant", "review.report", report)
    yield life.wait(4).step("head", "exit.end", {"reason": "death", "starting": month_after(died)})
    life.shown = True
    if life.planted == "death_in_time":
        found = {"first": month_after(died), "last": month_after(died, months - 1), "fen": paid * (months - 1)}
        form = {"cause": "death", "form": life.paper("overpayment")}
        yield life.wait(5).step("county/supervisor2", "payment.overpay", {**found, **form})
        back = {"fen": paid * (months - 1), "receipt": life.paper("receipt")}
        yield life.wait(10).step("county/supervisor2", "payment.recover", back)


def go_in_and_out(life: Life) -> Steps:
    """Out, and in again."""
    times, pause = (3, 6) if life.planted == "in_and_out" else (1, 380)
    for _ in range(times):
        if life.wait(90).now >= life.until:
            return
        yield from leave(life, "income")
        if life.wait(pause).now >= life.until - timedelta(days=60):
            return
        life._begin_case()
        granted = yield from apply(life)
        life.shown = life.round > (2 if life.planted == "in_and_out" else 1)
        if not granted:
            return


def be_stopped(life: Life) -> Steps:
    """停发, and resumed two months later."""
    if life.wait(120).now >= life.until:
        return
    yield life.step("head", "suspend.start", {"reason": "changed", "starting": month_after(life.day)})
    if life.planted == "stopped_with_notice":
        yield life.wait(1).step(life.handler, "confirm.notify", _notice(life, "suspension"))
    yield life.wait(60).step("head", "suspend.lift", {"starting": month_after(life.day)})
    life.shown = True
