"""What acts of several stages say of papers (一户一档)."""

from typing import Annotated, Literal

from pydantic import Field

from domain.data import Data, Sha256


class Document(Data):
    """A paper in the file, by the digest of its scan (一户一档)."""

    kind: Literal[
        "application", "commitment", "authorisation", "identity", "income", "illness", "disability", "proxy", "other"
    ]
    sha256: Sha256


Documents = Annotated[list[Document], Field(min_length=1, max_length=64)]
