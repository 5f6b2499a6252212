"""What was done in one go from one list (成批办理): each act names the list that was looked at, and its row in it."""

from typing import Annotated

from pydantic import Field

from domain.data import Data, Sha256


class Listed(Data):
    """`file`: the list's digest; `row`: the row's number in it, the first under the headings being 1."""

    file: Sha256
    row: Annotated[int, Field(ge=1, lt=2**31)]
