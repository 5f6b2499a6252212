"""What the API returns, for OpenAPI and its readers. Responses are written by hand (orjson), these describe them."""

from typing import Any

from pydantic import BaseModel, Field

EXAMPLE_HASH = "4b0f3c1d5e6a7b8c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e"


class ActIn(BaseModel):
    """One act: a compact JWS, or `JWS~disclosure~…~`."""

    act: str = Field(examples=["eyJhbGciOiJFZDI1NTE5Iiwia2lkIjoi….eyJpc3MiOiI….c2lnbmF0dXJl"])


class BatchIn(BaseModel):
    """Up to 500 acts; a later one may build on an earlier one of the same batch."""

    acts: list[str] = Field(max_length=500)


class Recorded(BaseModel):
    """An act's place on the ledger."""

    index: int = Field(examples=[41], description="position on the ledger 账本行号")
    hash: str = Field(examples=[EXAMPLE_HASH], description="hash of the line: the next act's `prev`")
    at: str = Field(examples=["2026-11-23T02:11:09.123456Z"], description="when it was recorded")
    stream: str
    version: int
    receipt: str = Field(description="provisional receipt: a C2SP tlog-proof")


class Problem(BaseModel):
    """RFC 9457 problem details; `code` is stable, `detail` follows Accept-Language."""

    type: str
    title: str
    status: int
    detail: str
    code: str


class BatchResult(BaseModel):
    """One act's outcome: the members of `Recorded`, or a problem."""

    status: int
    problem: Problem | None = None


class BatchOut(BaseModel):
    """Results in the order of the acts."""

    results: list[dict[str, Any]]


class HeadOut(BaseModel):
    """The ledger's signed head."""

    origin: str
    fingerprint: str = Field(description="hash of line 0: the root of all trust 账本指纹")
    size: int
    root: str
    checkpoint: str = Field(description="C2SP checkpoint, signed by the ledger")


class StreamOut(BaseModel):
    """What a signer needs to know of a stream: `version` 0 and no hash when nothing is there."""

    stream: str
    version: int
    hash: str | None


class CaseOut(BaseModel):
    """A case as it stands; no personal data."""

    id: str
    version: int
    hash: str
    position: int = Field(description="index of the last line this answer reflects")


class HistoryOut(BaseModel):
    """Every line of a case."""

    case: str
    position: int
    entries: list[dict[str, Any]]
