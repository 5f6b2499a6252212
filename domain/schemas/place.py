"""place 行政区划: towns and villages that go into others."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from domain.act_type import ActType
from domain.data import Data, Day, Sha256
from domain.schemas.delegation import Number

Place = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{8}([0-9]{3})?$")]
"""A town's code (9 digits) or a village's (12)."""


def _distinct(codes: list[str]) -> list[str]:
    if len(set(codes)) != len(codes):
        raise ValueError("each is named once")
    return codes


class Merge(Data):
    """place.merge 撤并: `places` are part of `into` from `starting` on; all towns, or all villages.

    One village alone into a new code is a village renumbered, or moved to another town.
    """

    places: Annotated[list[Place], Field(min_length=1, max_length=64), AfterValidator(_distinct)]
    into: Place
    starting: Day
    instrument: Sha256
    number: Number | None = None

    @model_validator(mode="after")
    def _check_places(self) -> Self:
        if self.into in self.places:
            raise ValueError("a place does not go into itself: name the others only")
        if any(len(code) != len(self.into) for code in self.places):
            raise ValueError("towns (9 digits) go into a town, villages (12 digits) into a village")
        return self


ACTS = (ActType("place.merge", "place.merged", Merge, "区划撤并"),)
