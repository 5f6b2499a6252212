"""delegation 权限下放 (57号 Art 2, 43号 Art 28)."""

from typing import Annotated, Literal

from pydantic import Field

from domain.act_type import ActType
from domain.data import Data, Day, Sha256, Town
from domain.vocabulary import Programme


class Delegate(Data):
    """delegation.grant 权限下放 (57号 Art 2, 43号 Art 28): per town, programmes and period, by an instrument."""

    town: Town
    programmes: Annotated[list[Annotated[Programme, Field(strict=False)]], Field(min_length=1, max_length=4)]
    form: Literal["entrusted", "granted"]
    instrument: Sha256
    starting: Day
    ending: Day | None = None


class Withdraw(Data):
    """delegation.withdraw 收回权限."""

    instrument: Sha256


ACTS = (
    ActType("delegation.grant", "delegation.granted", Delegate, "下放权限"),
    ActType("delegation.withdraw", "delegation.withdrawn", Withdraw, "收回权限"),
)
