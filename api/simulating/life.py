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
from ledger.act import BEIJING
from ledger.disclosure import Disclosure

CALENDAR = announced()


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


LATER = (
    "kin_declared_late", "small_correction", "wrong_amount", "entrusted_account", "edited_after_draw",
    "corrected_before_draw", "objection_brushed_off", "objection_looked_into", "kickback", "unfounded_complaint",
    "overturned_often", "sampled_often", "paper_differs", "relatives_account",
)  # fmt: skip
MUCH_LATER = (
    "paid_after_death", "death_in_time", "recheck_overdue", "recheck_in_time", "in_and_out", "applied_again",
    "stopped_without_notice", "stopped_with_notice", "split_household", "grown_up_leaves", "joined_household",
    "spouse_joins", "inherited", "account_renewed", "reported_and_kept", "reported_and_changed", "half_year_missed",
    "half_year_kept", "burst_before_inspection", "rechecked_in_bulk", "paper_filed_later",
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
    grade: str = "full"
    """生活自理能力, of 特困."""
    applied: date = date.min
    """The day of the application that stands."""
    granted: tuple[Signed, dict[str, Any]] | None = None
    """The confirmation as it was signed, and what it says."""
    opined: tuple[Signed, dict[str, Any]] | None = None
    """The opinion, likewise."""
    form: str = ""
    """The digest of the visit's form."""
    checked: date = date.min
    """The day of the confirmation, or of the latest re-check."""
    unsteady: bool = False
    """Income is not steady: checked again every half-year."""
    refusing: bool = False
    """Whoever applies here is found ineligible."""
    over: bool = False
    """What was confirmed did not stand."""
    apart: UUID | None = None
    """The case of a member who was split off, or of somebody who joins."""
    sealed: list[UUID] = field(default_factory=list)
    """Complaints and referrals about the case."""
    shown: bool = False
    """Whether what is planted has come to show: the end of the play may come first."""

    def __post_init__(self) -> None:
        self.dice = self.office.seed.random(f"life/{self.household.number}")
        self.begin_case()

    def begin_case(self) -> None:
        """An application of its own, and its case."""
        self.round += 1
        self.case = self.office.seed.id(f"case/{self.household.number}/{self.round}")

    def somebody(self, post: str) -> Officer:
        """An officer of the household's town, or of the county (`county/…`)."""
        name = post if post.startswith("county/") else f"{self.household.town}/{post}"
        return self.office.officers[name]

    def paper(self, what: str) -> str:
        """The digest of a made-up paper of this household."""
        return self.office.seed.digest(f"paper/{self.household.number}/{self.round}/{what}")

    def notice(self, what: str) -> dict[str, Any]:
        """A notice that is served in person."""
        return {"notice": self.paper(f"notice of {what}"), "delivered": "in_person"}

    def wait(self, days: int) -> "Life":
        """Some days go by, to a working day, at some hour of an office day; none at all: some minutes."""
        then = self.hour(self.day + timedelta(days=days))
        if then <= self.now:
            return self.soon()
        self.now = then
        return self

    def take(self, days: int) -> "Life":
        """As many days as whoever handles the case takes for what others do in so many."""
        return self.wait(round(days * self.somebody(self.handler).habit.pace))

    def hour(self, day: date) -> datetime:
        """An hour of the first working day from `day` on, as whoever handles the case works."""
        return office_hour(day, self.dice, self.somebody(self.handler).habit.mornings)

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


def office_hour(day: date, dice: Random, mornings: float = 0.5) -> datetime:
    """Some time in the office hours of the first working day from `day` on."""
    while not CALENDAR.is_working(day):
        day += timedelta(days=1)
    begins, ends = (9, 12) if dice.random() < mornings else (13, 17)
    return datetime.combine(day, time(), BEIJING) + timedelta(seconds=dice.randint(begins * 3600, ends * 3600))


def before_holiday(day: date) -> date:
    """The last working day, from `day` on, before six or more days off."""
    while not CALENDAR.is_working(day) or any(CALENDAR.is_working(day + timedelta(days=n)) for n in range(1, 7)):
        day += timedelta(days=1)
    return day
