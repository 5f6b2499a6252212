"""What acts of several stages say of papers (一户一档)."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from domain.data import Data, Sha256

Shelf = Annotated[
    str, StringConstraints(pattern=r"^[1-9][0-9]{5}([0-9]{3}([0-9]{3})?)?(/[1-9][0-9]{0,3}){1,3}$", max_length=32)
]
"""Where a paper stands: whose (administrative code of county, town or village), then room, cabinet and box as far as
there are such, in numbers from the outside in: 610924100/2/14. Nothing else has room in it (县一室、镇一柜、村一盒)."""
Pages = Annotated[int, Field(ge=1, le=9999)]
"""页数, as counted on paper."""


class Document(Data):
    """A paper in the file, by the digest of its scan (一户一档); its pages and place once it has one."""

    kind: Literal[
        "application", "commitment", "authorisation", "identity", "income", "illness", "disability", "proxy", "other"
    ]
    sha256: Sha256
    pages: Pages | None = None
    shelf: Shelf | None = None


Documents = Annotated[list[Document], Field(min_length=1, max_length=64)]
