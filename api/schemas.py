"""What the API returns, for OpenAPI and its readers. Responses are written by hand (orjson), these describe them."""

from typing import Any, Literal

from pydantic import BaseModel, Field

EXAMPLE_HASH = "4b0f3c1d5e6a7b8c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e"


SIMULATION = "whether the whole ledger is a simulation, and everything on it made up 是否模拟账本"


class ActIn(BaseModel):
    """One act: a compact JWS, or `JWS~disclosure~…~`."""

    act: str


class BatchIn(BaseModel):
    """Up to 500 acts; a later one may build on an earlier one of the same batch."""

    acts: list[str] = Field(min_length=1, max_length=500)


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


class BatchRecorded(Recorded):
    """An act that was recorded."""

    status: Literal[201]


class BatchRefused(BaseModel):
    """An act that was not."""

    status: int = Field(ge=400)
    problem: Problem


class BatchOut(BaseModel):
    """Results in the order of the acts."""

    results: list[BatchRecorded | BatchRefused]


class HeadOut(BaseModel):
    """The ledger's signed head."""

    origin: str
    fingerprint: str = Field(description="hash of line 0: the root of all trust 账本指纹")
    size: int
    root: str
    checkpoint: str = Field(description="C2SP checkpoint, signed by the ledger")
    log_keys: list[str] = Field(description="the ledger's verifier keys, as line 0 names them")
    simulation: bool = Field(description=SIMULATION)


class StreamOut(BaseModel):
    """What a signer needs to know of a stream: `version` 0 and no hash when nothing is there."""

    stream: str
    version: int
    hash: str | None


class CaseOut(BaseModel):
    """A case as it stands; no personal data."""

    id: str
    version: int
    hash: str = Field(description="of its latest line: the next act's `prev`")
    position: int = Field(description="index of the last line this answer reflects")
    simulation: bool = Field(description=SIMULATION)
    programme: str
    town: str
    village: str | None
    stage: str
    stage_zh: str
    verification: str
    members: int
    monthly_fen: int | None = Field(description="monthly amount in fen 分")
    starting: str | None = Field(description="first month of payment, YYYY-MM")
    ended: str | None


class ImportedCaseOut(BaseModel):
    """A case of an older system, as far as it was imported; not a decision of ours."""

    id: str
    version: int
    hash: str
    position: int
    simulation: bool = Field(description=SIMULATION)
    source: str
    source_case: str
    rows: int
    vanished: int


class StartOut(BaseModel):
    """Where to go from here: paths of this service."""

    service: str
    docs: str = Field(examples=["/docs"], description="for people")
    openapi: str
    health: str
    ready: str
    head: str
    lines: str


class HealthOut(BaseModel):
    """The process answers."""

    status: Literal["ok"]
    reads: str
    simulation: bool = Field(description=SIMULATION)


class ReadyOut(BaseModel):
    """Acts can be recorded."""

    status: Literal["ready"]
    origin: str
    size: int = Field(description="lines on the ledger")
    simulation: bool = Field(description=SIMULATION)


class HistoryOut(BaseModel):
    """Every line of a case."""

    case: str
    position: int
    simulation: bool = Field(description=SIMULATION)
    entries: list[dict[str, Any]]
