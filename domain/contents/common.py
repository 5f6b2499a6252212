"""What papers of both kinds speak of: words, lines of the ledger, pieces of evidence."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from domain.data import Data, Sha256, StreamId

Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A name, a place, a title."""
Narrative = Annotated[str, StringConstraints(min_length=1, max_length=8000)]
"""What a person has to say in their own words."""
Confidentiality = Literal["internal", "work_secret"]
"""内部, 工作秘密. What is a state secret (国家秘密) belongs on no machine of this kind."""
Index = Annotated[int, Field(ge=0, lt=2**53)]


class CitedLine(Data):
    """A line of the ledger that is relied on: whoever opens the paper compares the hash."""

    index: Index
    hash: Sha256
    stream: StreamId | None = None
    act: Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$")] | None = None


class Evidence(Data):
    """A piece of evidence by its digest; `where` its original stands."""

    kind: Literal["line", "document", "export", "photograph", "recording", "statement", "bank", "other"]
    sha256: Sha256
    title: Words
    where: Words | None = None


CitedLines = Annotated[list[CitedLine], Field(max_length=400)]
EvidenceList = Annotated[list[Evidence], Field(max_length=400)]
Streams = Annotated[list[StreamId], Field(max_length=100)]
