"""Delegations of the power to confirm (确认权限下放).

A town's delegation is kept as dated periods, programme by programme, so that any day can be asked for: what is granted,
limited, suspended, resumed or withdrawn changes what holds from its day on and leaves what held before.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.calendar import ONE_DAY
from domain.events import Acted


class PeriodState(StrEnum):
    """Whether the town may confirm, or what took the power from it."""

    VALID = "valid"
    LIMITED = "limited"  # 限制：该项目不再下放
    SUSPENDED = "suspended"  # 暂停
    WITHDRAWN = "withdrawn"  # 收回


_HOLDING = (PeriodState.VALID, PeriodState.SUSPENDED)


@dataclass(frozen=True, slots=True)
class PilotStage:
    """A stage of a pilot: 安排部署, 组织实施 or 评估推广, both days included."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Power:
    """What one granting act says. `version` is that act's; `instrument` a digest, `number` its 文号."""

    version: int
    form: str
    instrument: str
    number: dict[str, Any] | None = None
    stages: tuple[PilotStage, ...] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """What holds for one programme from `first` to `last` (None: until further notice); `by` is the act that says so.

    `ceiling_fen`: what the town may grant a household a month at most, None where there is no ceiling.
    """

    programme: str
    first: date
    last: date | None
    state: PeriodState
    power: Power
    by: int
    ceiling_fen: int | None = None

    def covers(self, day: date) -> bool:
        """Whether `day` lies within."""
        return self.first <= day and self.reaches(day)

    def reaches(self, day: date) -> bool:
        """Whether something of it lies on `day` or later."""
        return self.last is None or self.last >= day


@dataclass(frozen=True, slots=True)
class Valid:
    """The power by which a town confirms on a day: the granting act's `version`, its form and instrument, the stage."""

    form: str
    instrument: str
    version: int
    number: dict[str, Any] | None
    stage: str | None
    ceiling_fen: int | None


@dataclass(frozen=True, slots=True)
class Delegation:
    """What the county has delegated to one town over time. Periods of one programme never overlap."""

    id: UUID
    version: int
    town: str
    periods: tuple[Period, ...]

    def at(self, programme: str, day: date) -> Valid | None:
        """By what the town may confirm cases of `programme` on `day`, None where it may not."""
        found = self.period(programme, day)
        if found is None or found.state is not PeriodState.VALID:
            return None
        power = found.power
        stage = next((one.name for one in power.stages if one.first <= day <= one.last), None)
        return Valid(power.form, power.instrument, power.version, power.number, stage, found.ceiling_fen)

    def period(self, programme: str, day: date) -> Period | None:
        """What was said of `programme` for `day`, None where nothing was."""
        for period in self.periods:
            if period.programme == programme and period.covers(day):
                return period
        return None

    def why_not(self, programme: str, day: date) -> tuple[str, date | None]:
        """(why the town may not confirm on `day`, since or from which day).

        `suspended`, `limited` and `withdrawn` name their first day, `ended` the last day of the power, `not_yet` the
        day on which it begins; `other_programme` and `never` have no day.
        """
        found = self.period(programme, day)
        if found is not None:
            return found.state.value, found.first
        own = [period for period in self.periods if period.programme == programme]
        before = [period.last for period in own if period.last is not None and period.last < day]
        if before:
            return "ended", max(before)
        if own:
            return "not_yet", min(period.first for period in own)
        return ("other_programme" if self.periods else "never"), None

    def holding(self, day: date) -> tuple[Period, ...]:
        """What the town has, or will have, on `day` or later, suspended or not: what a further act can still change."""
        return tuple(period for period in self.periods if period.state in _HOLDING and period.reaches(day))


def evolve_delegation(delegation: Delegation | None, event: Acted) -> Delegation:
    """The delegation after one more act."""
    code, data, version = event.claims["act"], event.data, event.originator_version
    if code == "delegation.grant":
        known = delegation.periods if delegation is not None else ()
        town = delegation.town if delegation is not None else data["town"]
        recorded = effective_day({}, event.on, event.relied)
        return Delegation(event.originator_id, version, town, _in_order(_granted(known, data, recorded, version)))
    assert delegation is not None
    day = effective_day(data, event.on, event.relied)
    periods = list(delegation.periods)
    if code == "delegation.withdraw":
        periods = _taken(periods, day, {period.programme for period in periods}, PeriodState.WITHDRAWN, version)
    elif code == "delegation.suspend":
        periods = _turned(periods, day, PeriodState.VALID, PeriodState.SUSPENDED, version)
    elif code == "delegation.resume":
        periods = _turned(periods, day, PeriodState.SUSPENDED, PeriodState.VALID, version)
    elif code == "delegation.limit":
        periods = _limited(periods, day, data, version)
    return replace(delegation, version=version, periods=_in_order(periods))


def effective_day(data: dict[str, Any], on: date, relied: dict[str, Any]) -> date:
    """The day from which an act holds: the one it names, else the one on which it was recorded, which stands in
    `relied`; lines of the time before it did took effect on the day they were signed for."""
    named = data.get("starting") or relied.get("from")
    return date.fromisoformat(named) if named else on


def _granted(periods: Iterable[Period], data: dict[str, Any], recorded: date, version: int) -> list[Period]:
    """What is granted takes the place of what held for the same programmes from its first day on, and of what was to
    hold later. It does not reach back behind the day it was recorded where something was said of the programme before:
    what was suspended or withdrawn then stays so."""
    power = Power(version, data["form"], data["instrument"], data.get("number"), _stages(data))
    starting = date.fromisoformat(data["starting"])
    ending = date.fromisoformat(data["ending"]) if data.get("ending") else None
    found = list(periods)
    for programme in data["programmes"]:
        known = any(period.programme == programme for period in found)
        first = max(starting, recorded) if known else starting
        if ending is None or first <= ending:
            found = _without(found, first, programme)
            state = PeriodState.VALID
            found.append(Period(programme, first, ending, state, power, version, data.get("ceiling_fen")))
    return found


def _stages(data: dict[str, Any]) -> tuple[PilotStage, ...]:
    return tuple(
        PilotStage(one["stage"], date.fromisoformat(one["starting"]), date.fromisoformat(one["ending"]))
        for one in data.get("stages") or ()
    )


def _taken(
    periods: Iterable[Period], day: date, programmes: Iterable[str], state: PeriodState, version: int
) -> list[Period]:
    """The power over these programmes is gone from `day` on, until another grant; also where it had yet to begin."""
    found = list(periods)
    for programme in programmes:
        losing = [p for p in found if p.programme == programme and p.state in _HOLDING and p.reaches(day)]
        if losing:
            found = _without(found, day, programme)
            found.append(Period(programme, day, None, state, losing[-1].power, version))
    return found


def _without(periods: Iterable[Period], day: date, programme: str) -> list[Period]:
    """The periods, with nothing said of `programme` from `day` on."""
    return _from(periods, day, lambda period: period.programme == programme, lambda _: None)


def _turned(
    periods: Iterable[Period], day: date, before: PeriodState, after: PeriodState, version: int
) -> list[Period]:
    return _from(
        periods, day, lambda period: period.state is before, lambda rest: replace(rest, state=after, by=version)
    )


def _limited(periods: Iterable[Period], day: date, data: dict[str, Any], version: int) -> list[Period]:
    found = list(periods)
    if data.get("programmes"):
        others = {period.programme for period in found} - set(data["programmes"])
        found = _taken(found, day, others, PeriodState.LIMITED, version)
    ending = date.fromisoformat(data["ending"]) if data.get("ending") else None
    ceiling = data.get("ceiling_fen")

    def narrowed(rest: Period) -> Period | None:
        last = rest.last if ending is None or (rest.last is not None and rest.last <= ending) else ending
        if last is not None and last < rest.first:
            return None
        return replace(rest, last=last, ceiling_fen=rest.ceiling_fen if ceiling is None else ceiling, by=version)

    if ending is None and ceiling is None:
        return found
    return _from(found, day, lambda period: period.state in _HOLDING, narrowed)


def _from(
    periods: Iterable[Period],
    day: date,
    applies: Callable[[Period], bool],
    change: Callable[[Period], Period | None],
) -> list[Period]:
    """The periods, with what lies on `day` or later of those that `applies` names changed, or gone."""
    found: list[Period] = []
    for period in periods:
        if not period.reaches(day) or not applies(period):
            found.append(period)
            continue
        if period.first < day:
            found.append(replace(period, last=day - ONE_DAY))
        changed = change(replace(period, first=max(period.first, day)))
        if changed is not None:
            found.append(changed)
    return found


def _in_order(periods: Iterable[Period]) -> tuple[Period, ...]:
    return tuple(sorted(periods, key=lambda period: (period.programme, period.first)))
