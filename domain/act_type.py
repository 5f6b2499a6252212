"""What an act is, to whoever lists them."""

from dataclasses import dataclass

from domain.data import Data


@dataclass(frozen=True)
class ActType:
    """An act code, the event type it becomes, its schema, and the law's word for it."""

    code: str
    event: str
    data: type[Data]
    zh: str
