"""Places (行政区划): which town or village another one has gone into, and from which day on.

Old lines keep the code that was right when they were signed; what a code stands for on a day is worked out here.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import NotAllowed
from domain.events import Acted
from domain.streams import place_id

if TYPE_CHECKING:
    from domain.view import View

_TOWN = 9
"""Digits of a town's code; a village's is its town's and three more."""


@dataclass(frozen=True, slots=True)
class Places:
    """The county's mergers (撤并): code -> (first day, code it has gone into). Each code goes once, and no chain ends
    where it began."""

    id: UUID
    version: int
    mergers: dict[str, tuple[date, str]] = field(default_factory=dict)

    def current(self, code: str, day: date) -> str:
        """The code of the place that the town or village `code` is, or belongs to, on `day`."""
        while (merger := self.mergers.get(code)) is not None and merger[0] <= day:
            code = merger[1]
        return code

    def home(self, town: str, village: str | None, day: date) -> tuple[str, str | None]:
        """(town, village) on `day` of a household that lived there when its case began.

        A village that has gone to another town takes its households with it.
        """
        if not self.mergers:
            return town, village
        if village is None:
            return self.current(town, day), None
        village = self.current(village, day)
        return self.current(village[:_TOWN], day), village


NO_MERGERS = Places(UUID(int=0), 0)
"""As long as nothing was ever recorded."""


def places_of(view: "View") -> Places:
    """The county's places as the view has them. Raises `NotLoaded`."""
    found = view.get(place_id(view.origin))
    return found if isinstance(found, Places) else NO_MERGERS


def covers(unit: str, code: str | None, places: Places, day: date) -> bool:
    """Whether the place `code` lies within an officer's `unit` on `day`, both as they are called on that day.

    Who served a town that has gone into another serves that one (行政诉讼法 Art 26(6): powers pass on with the organ).
    """
    if code is None:
        return False
    if not places.mergers:
        return code.startswith(unit)
    unit, code = places.current(unit, day), places.current(code, day)
    if len(code) > _TOWN >= len(unit):
        code = places.current(code[:_TOWN], day)
    return code.startswith(unit)


@dataclass(frozen=True, slots=True)
class Home:
    """Where a household lives on `day`, by the codes of that day."""

    town: str
    village: str | None
    places: Places
    day: date

    def lies_in(self, unit: str) -> bool:
        """Whether it lies within an officer's unit."""
        return covers(unit, self.town, self.places, self.day) or covers(unit, self.village, self.places, self.day)


def home_of(town: str, village: str | None, view: "View") -> Home:
    """Where a household that lived there lives today. Raises `NotLoaded`."""
    places = places_of(view)
    return Home(*places.home(town, village, view.today), places, view.today)


def check_exists(places: Places, day: date, *codes: str | None) -> None:
    """That none of these places has gone into another by `day`. Raises `NotAllowed` (`place.gone`)."""
    for code in codes:
        if code is not None and (into := places.current(code, day)) != code:
            raise NotAllowed("place.gone", f"{code} has gone into {into}: name that", place=code, into=into)


def evolve(places: Places | None, event: Acted) -> Places:
    """The places after one more act."""
    known = places or Places(event.originator_id, 0)
    merger = date.fromisoformat(event.data["starting"]), event.data["into"]
    mergers = known.mergers | dict.fromkeys(event.data["places"], merger)
    return replace(known, version=event.originator_version, mergers=mergers)
