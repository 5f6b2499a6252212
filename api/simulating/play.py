"""Playing the county: everybody's next act stands in one queue by time, is signed, and goes in by the door of all.

The same seed makes the same acts, byte for byte. So a play that was stopped anywhere is simply played again: what is on
the ledger already answers as it did, and the rest goes on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Any

from api.batch import send_batch
from api.client import Client
from api.simulating.casting import Cast, cast
from api.simulating.deciding import RAISED, RISE, SUSPENDED, WITHDRAWN
from api.simulating.life import MUCH_LATER, Life, Step, Steps, office_hour
from api.simulating.managing import live
from api.simulating.office import Office, Signed, administrator, staff
from api.simulating.places import TOWNS
from api.simulating.seed import Seed
from domain.calendar import announced
from domain.pack_text import read_pack
from domain.packs import text_of
from domain.rules_in_force import overlay
from domain.streams import delegation_id, policy_id
from ledger.act import BEIJING

OPENING = datetime(2021, 6, 2, 9, tzinfo=BEIJING)
"""When everybody is registered: in the plan's 安排部署阶段."""
FIRST_DAY = date(2021, 7, 1)
"""57号 and 43号 take effect; the pilot has begun."""
PACKS = {
    "law-2021-07": date(2021, 6, 10),
    "county-defaults": date(2021, 6, 15),
    "law-2022-10": date(2022, 10, 10),
    "county-2023": date(2023, 6, 12),
    "law-2025-01": date(2024, 12, 10),
}
"""Which rules are proposed on which day; each is adopted by another the day after."""
BATCH = 400
"""Acts in a request."""
SPAN = timedelta(days=14)
"""From the first to the last of a request: the service takes no act that was signed a month before the others."""


LATE = "act.iat-late"
"""How an act is refused that was signed long before the latest one on the ledger."""
_ANOTHER = (
    "此账本上演过另一个县：种子、户数、年数都相同才能接着来，否则请换一个空的 DATA。"
    " Another county was played on this ledger: the same seed, households and years go on with it; any other takes an"
    " empty DATA.\n  DATA=var-simulation-2 mingzhang run --simulation"
)


class SimulationStopped(Exception):
    """The ledger answered something that the play does not expect."""


@dataclass(frozen=True)
class Plan:
    """How much is played. `years` from July 2021 on."""

    seed: str
    households: int
    years: int

    @property
    def until(self) -> datetime:
        """When the play ends."""
        return datetime.combine(date(FIRST_DAY.year + self.years, FIRST_DAY.month, 1), time(), BEIJING)


@dataclass
class Played:
    """What was sent so far, and what became of it."""

    acts: int = 0
    refused: int = 0
    lives: list[Life] = field(default_factory=list)


def play(client: Client, plan: Plan, tell: Callable[[datetime, int], None]) -> Played:
    """Play it all. `tell` is called after every request: the simulated time, and acts so far.

    Raises `SimulationStopped`, `api.client.Unreachable`, `api.client.Problem`.
    """
    head = client.head()
    if not head.get("simulation"):
        raise SimulationStopped(
            f"账本 {head['origin']} 是正式账本：请另开一个模拟账本。 The ledger is one in earnest: a simulation"
            " is played on one that was opened for it.\n  DATA=var-simulation mingzhang run --simulation"
        )
    office, played = Office(Seed(plan.seed), head["origin"]), Played()
    staff(office)
    if head["size"] > 1 and client.stream(next(iter(office.officers.values())).id).version == 0:
        raise SimulationStopped(_ANOTHER)
    # A key signs once its registration is committed, not before: everybody else's acts come in other requests.
    _send(client, list(registrations(office)), played)
    batch: list[tuple[Step, Signed]] = []
    for step, signed in in_order(office, plan, played):
        if batch and (len(batch) == BATCH or step.at - batch[0][0].at > SPAN):
            _send(client, batch, played)
            tell(step.at, played.acts)
            batch = []
        batch.append((step, signed))
    _send(client, batch, played)
    tell(plan.until, played.acts)
    return played


def in_order(office: Office, plan: Plan, played: Played) -> Iterator[tuple[Step, Signed]]:
    """Every act of the county in the order of time, signed as it comes."""
    queue: list[tuple[datetime, int, Steps, Step]] = []

    def put(number: int, steps: Steps, first: Step | None) -> None:
        if first is not None and first.at < plan.until:
            heappush(queue, (first.at, number, steps, first))

    for number, steps in enumerate(_everything(office, plan, played)):
        put(number, steps, next(steps, None))
    while queue:
        at, number, steps, step = heappop(queue)
        signed = office.sign(
            step.officer, step.stream, step.code, step.data, at, on=step.on, disclosures=step.disclosures,
            kept=step.refused is None, **step.frame,
        )  # fmt: skip
        yield step, signed
        try:
            put(number, steps, steps.send(signed))
        except StopIteration:
            continue


def registrations(office: Office) -> Iterator[tuple[Step, Signed]]:
    """Everybody of the office becomes an officer, by the two first administrators."""
    at = OPENING
    for officer in office.officers.values():
        at += timedelta(minutes=1)
        yield Step(at, officer, "officer.register", {}, officer.id), office.register(officer, at)


def _everything(office: Office, plan: Plan, played: Played) -> Iterator[Steps]:
    """The county's own acts, and every household's life."""
    yield _charge(office)
    for name, day in PACKS.items():
        yield _adopt(office, name, day)
    for number, town in enumerate(TOWNS):
        yield _delegate(office, town, number)
    for each in cast(office.seed, plan.households):
        began = _begins(office.seed.random(f"begins/{each.household.number}"), plan, each)
        life = Life(office, each.household, each.form, began, plan.until)
        played.lives.append(life)
        yield live(life)


def _charge(office: Office) -> Steps:
    """An administrator charges the county's supervisors, and whoever serves the commission."""
    at, by = OPENING + timedelta(days=1), administrator("1")
    for post, duty in (("supervisor1", "supervise"), ("supervisor2", "supervise"), ("commission", "commission")):
        at += timedelta(minutes=5)
        officer = office.officers[f"county/{post}"]
        yield Step(at, by, "officer.assign", {"duties": [duty], "starting": str(at.date())}, officer.id)


def _begins(dice: Random, plan: Plan, each: Cast) -> datetime:
    """When a household applies: more do in winter; whatever is to show within the play comes early in it."""
    days = (plan.until.date() - FIRST_DAY).days
    latest = max(30, min(days - 120, days // 3 if each.form else days, 60 if each.form in MUCH_LATER else days))
    while True:
        day = FIRST_DAY + timedelta(days=each.together if each.together else dice.randrange(1, latest))
        if each.together or dice.random() < (1.0 if day.month in (11, 12, 1, 2) else 0.6):
            return office_hour(day, dice)


def _text(name: str) -> str:
    """The text of a pack: a shipped one, or the county's settings with the higher standards."""
    if name != "county-2023":
        return text_of(name)
    text = text_of("county-defaults").replace('pack = "county-defaults"', f'pack = "{name}"')
    settings = overlay(None, read_pack(text_of("county-defaults")), announced())
    for programme, rise in RISE.items():
        before = settings.number("standard.fen", programme)
        text = text.replace(f"value = {before}\n", f"value = {before + rise}\n")
    return text.replace("starting = 2012-12-12", f"starting = {RAISED}")


def _adopt(office: Office, name: str, day: date) -> Steps:
    """One officer of the county proposes a rule pack, another adopts it."""
    text, stream = _text(name), policy_id(office.origin)
    pack = read_pack(text)
    at = datetime.combine(day, time(10), BEIJING)
    said = {"sha256": pack.sha256, "starting": str(max(pack.starting, FIRST_DAY))}
    one, other = office.officers["county/supervisor1"], office.officers["county/inspector1"]
    yield Step(at, one, "policy.propose", {"kind": pack.kind, "name": name, "text": text, **said}, stream)
    yield Step(at + timedelta(days=1), other, "policy.adopt", {"pack": name, **said}, stream)


def _delegate(office: Office, town: str, number: int) -> Steps:
    """The town gets the power to confirm; some lose it for a while."""
    chief, stream = office.officers["county/supervisor1"], delegation_id(office.origin, town)
    instrument = {"instrument": office.seed.digest("paper/plan of the pilot")}
    programmes = ["urban_minimum", "rural_minimum", "extreme_poverty", "low_income"]
    granted = {"town": town, "programmes": programmes, "form": "entrusted", "starting": "2021-07-01", **instrument}
    at = datetime.combine(date(2021, 6, 22), time(10, number), BEIJING)
    yield Step(at, chief, "delegation.grant", granted, stream)
    if town in SUSPENDED:
        first, last = SUSPENDED[town]
        notice = {"instrument": office.seed.digest(f"paper/suspension of {town}")}
        at = datetime.combine(first - timedelta(days=1), time(18), BEIJING)
        yield Step(at, chief, "delegation.suspend", {**notice, "reason": "verification_faults"}, stream)
        at = datetime.combine(last + timedelta(days=1), time(8), BEIJING)
        yield Step(at, chief, "delegation.resume", notice, stream)
    if town in WITHDRAWN:
        first, last = WITHDRAWN[town]
        at = datetime.combine(first - timedelta(days=1), time(18), BEIJING)
        notice = {"instrument": office.seed.digest(f"paper/withdrawal from {town}")}
        withdrawn = {**notice, "starting": str(first)}
        yield Step(at, chief, "delegation.withdraw", withdrawn, stream)
        at = datetime.combine(last, time(18), BEIJING)
        yield Step(at, chief, "delegation.grant", granted | {"starting": str(last + timedelta(days=1))}, stream)


def _send(client: Client, batch: list[tuple[Step, Signed]], played: Played) -> None:
    """Send what is signed, in order. An act that is to be refused is, and for the reason that it is to be.

    Where the ledger is far ahead, we play again what it has already: what stands there is answered as it was, and what
    was refused is too old by now to be judged.
    """
    if not batch:
        return
    results: list[dict[str, Any]] = send_batch(client, [signed.message for _, signed in batch])
    for (step, _), result in zip(batch, results, strict=True):
        code = result["problem"]["code"] if "problem" in result else None
        if code == LATE and step.refused is None:
            raise SimulationStopped(_ANOTHER)
        if code not in (step.refused, step.refused and LATE):
            said = result.get("problem", {}).get("detail", "it was recorded")
            raise SimulationStopped(f"{step.code} of {step.at:%Y-%m-%d}, case {step.stream}: {code}: {said}")
        played.acts += code is None
        played.refused += code is not None
