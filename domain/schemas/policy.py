"""policy: the rules in force."""

from typing import Annotated

from pydantic import Field

from domain.act_type import ActType
from domain.data import Data, Day, Sha256


class Adopt(Data):
    """policy.adopt: the rule pack in force, by its digest."""

    pack: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
    sha256: Sha256
    starting: Day


ACTS = (ActType("policy.adopt", "policy.adopted", Adopt, "采用规则"),)
