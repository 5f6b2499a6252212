"""policy: the rules in force. One county officer proposes a pack, another adopts it."""

from typing import Annotated, Literal

from pydantic import Field

from domain.act_type import ActType
from domain.data import Data, Day, Sha256

PackName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]


class Propose(Data):
    """policy.propose: a whole rule pack, so that whoever reads the ledger reads the rules.

    `text` is TOML as `domain.pack_text` reads it: rules and articles, never anything of a person.
    """

    kind: Literal["law", "county", "calendar"]
    name: PackName
    sha256: Sha256
    text: Annotated[str, Field(min_length=1, max_length=38_000)]
    starting: Day


class Adopt(Data):
    """policy.adopt: by another than who proposed it, naming the same digest and day."""

    pack: PackName
    sha256: Sha256
    starting: Day


ACTS = (
    ActType("policy.propose", "policy.proposed", Propose, "提出规则"),
    ActType("policy.adopt", "policy.adopted", Adopt, "采用规则"),
)
