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


class WitnessesOut(BaseModel):
    """How freshly the ledger is witnessed. `stale`: acts are marked 未见证; `refusing`: they are refused."""

    state: Literal["unwitnessed", "fresh", "stale", "refusing"]
    mode: str | None = Field(description="refuse or accept-marked:<days>; null without witnesses", examples=["refuse"])
    quorum_at: str | None = Field(description="since when a quorum of witnesses vouches for a published head")
    quorum_age: int | None = Field(description="seconds since then")
    policy: str = Field(description="SHA-256 of the witness policy (tlog-policy)", examples=[EXAMPLE_HASH])
    invalid: str | None = Field(description="why the policy file is none")


class PublishedOut(BaseModel):
    """The head that was published last."""

    size: int
    age: int = Field(description="seconds since it was written; a quiet ledger's is written every minute")


class HeadOut(BaseModel):
    """The ledger's signed head."""

    origin: str
    fingerprint: str = Field(description="hash of line 0: the root of all trust 账本指纹")
    size: int
    root: str
    checkpoint: str = Field(description="C2SP checkpoint, signed by the ledger")
    log_keys: list[str] = Field(description="the ledger's verifier keys that are in force")
    simulation: bool = Field(description=SIMULATION)
    witnesses: WitnessesOut


class StreamOut(BaseModel):
    """What a signer needs to know of a stream: `version` 0 and no hash when nothing is there."""

    stream: str
    version: int
    hash: str | None


class SealOut(BaseModel):
    """A seal over the heads of all streams."""

    index: int = Field(description="the line that seals")
    size: int = Field(description="it is about lines 0 to size-1")
    root: str = Field(description="of the map of stream heads, 64 hex digits")
    streams: int


class OtherLeafOut(BaseModel):
    """The leaf met where an absent stream's would stand."""

    key: str
    version: int
    hash: str


class MapProofOut(BaseModel):
    """Where a stream stood: `version` and `hash` null where there was no such stream. All hashes in hex."""

    stream: str
    version: int | None
    hash: str | None = Field(description="of its last line")
    siblings: list[str] = Field(description="from the leaf's upward")
    other: OtherLeafOut | None


class HeadProofOut(BaseModel):
    """A stream's last line at a seal, and the proof that leads to the seal's root."""

    seal: SealOut
    proof: MapProofOut


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
    procedure: str | None = Field(description="what is going on: application, recheck, change, exit; null: nothing")
    law: str | None = Field(description="SHA-256 of the rule pack that it is, or was last, judged by")
    settings: str | None = Field(description="SHA-256 of the county's settings likewise")
    verification: str
    rectify_by: str | None = Field(description="last day of a rectification that was ordered 限期整改")
    conditions: list[str] = Field(description="facts that rules depend on: kin, complaint, objection, special, …")
    missing_hands: dict[str, list[str]] = Field(description="by version of an act: whose signatures it still waits for")
    members: int
    self_care: str | None = Field(description="生活自理能力: full, partial, none")
    monthly_fen: int | None = Field(description="monthly amount in fen 分")
    starting: str | None = Field(description="first month of payment, YYYY-MM")
    until: str | None = Field(description="last month of a status that ends by itself, YYYY-MM")
    deferred_until: str | None = Field(description="last month of a grace period 渐退期")
    payments: dict[str, Any] = Field(description="paid until, payments that came back, what was overpaid, in fen 分")
    custody: str | None = Field(description="Who keeps the household's passbook or card for it 代管")
    disputes: dict[str, str] = Field(description="by version: 信访, 复议, 诉讼 filed, decided, executed")
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


class PaperOut(BaseModel):
    """A paper of a household's file."""

    kind: str = Field(examples=["visit_form"])
    kind_zh: str
    section: str = Field(description="apply, review, confirm, verify, manage, other")
    held: Literal["approval", "management"] = Field(description="审批类, 日常管理类")
    sha256: str
    pages: int | None
    shelf: str | None = Field(description="where it stands on paper, null until it was filed 存放处")
    since: str = Field(description="day of the act that named it first")
    by: str = Field(description="that act")
    stored: bool = Field(description="its scan is in the document store")


class MissingOut(BaseModel):
    """A kind of paper that the file should hold by now."""

    kind: str
    kind_zh: str
    stage: str
    article: str


class ClosedOut(BaseModel):
    """The closed file."""

    on: str
    shelf: str
    keep_until: str
    holds: list[str]


class FileOut(BaseModel):
    """The file of one household 一户一档; digests and places, no contents."""

    case: str
    position: int
    programme: str
    papers: list[PaperOut]
    missing: list[MissingOut]
    astray: list[str] = Field(description="digests that were moved and never named before")
    closed: ClosedOut | None


class DocumentOut(BaseModel):
    """A document that is kept."""

    sha256: str = Field(examples=[EXAMPLE_HASH])
    size: int = Field(description="bytes")
    kind: str = Field(examples=["pdf"], description="as told from its bytes")
    media_type: str


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
    published: PublishedOut | None
    witnesses: WitnessesOut


class ReadyOut(BaseModel):
    """Acts can be recorded."""

    status: Literal["ready"]
    origin: str
    size: int = Field(description="lines on the ledger")
    simulation: bool = Field(description=SIMULATION)


class DeadlineOut(BaseModel):
    """A limit in a case. `left` counts what the limit counts, negative once it is late; null `due`: it stands still."""

    name: str
    article: str | None
    number: int
    counted: Literal["working_days", "days", "months"]
    turn: Literal["county", "town", "village"]
    began: str
    due: str | None
    left: int
    late: bool
    paused: bool
    waits: bool = Field(description="what comes next comes after this day, not before it")
    provisional: bool
    done: str | None


class DeadlinesOut(BaseModel):
    """What is due in a case, as of a day."""

    case: str
    on: str
    version: int
    simulation: bool = Field(description=SIMULATION)
    deadlines: list[DeadlineOut]


class HistoryOut(BaseModel):
    """Every line of a case."""

    case: str
    position: int
    simulation: bool = Field(description=SIMULATION)
    entries: list[dict[str, Any]]


class CourseOut(HistoryOut):
    """Every line of a case, each act with its authority, rules, articles, limits and missing signatures.

    Each entry has, beside those of the history: `level`, `authority` (null where it takes none but the officer's duty),
    `rules` {law, settings}, `articles`, `met` (deadlines that ended with it; `lapsed`: only because the case did),
    `moved` (that were running, and now run to another day), `running` (that began with it, with the last day),
    `hands_missing`, `stage` after it.
    """


class PowerOut(BaseModel):
    """Whether a town may confirm cases of one programme on the day asked for; if not, why, and since when."""

    programme: str
    valid: bool
    why: str | None = Field(description="never, other_programme, not_yet, ended, limited, suspended, withdrawn")
    since: str | None
    form: str | None = Field(description="entrusted 委托: the county answers in court; granted 授权: the town does")
    granted_version: int | None = Field(description="version of the granting act in the delegation's stream")
    instrument: str | None
    number: dict[str, Any] | None = Field(description="文号")
    stage: str | None = Field(description="of a pilot: preparing 安排部署, running 组织实施, evaluating 评估推广")
    ceiling_fen: int | None = Field(description="above it, a month for a household, the county confirms")


class PeriodOut(BaseModel):
    """What holds for one programme from day to day, both included."""

    programme: str
    starting: str
    ending: str | None
    state: str = Field(description="valid, limited, suspended, withdrawn")
    form: str
    ceiling_fen: int | None
    granted_version: int
    changed_version: int = Field(description="version of the act that made it so")


class DelegationOut(BaseModel):
    """A town's delegation over time, as the ledger has it now, and what it says of one day."""

    town: str
    delegation: str = Field(description="its stream")
    version: int
    hash: str | None
    position: int
    on: str
    gone_into: str | None = Field(description="the town that this one is part of on that day: its delegation counts")
    powers: list[PowerOut]
    periods: list[PeriodOut]


class MergerOut(BaseModel):
    """A town or village that went, or will go, into another."""

    place: str
    into: str
    starting: str


class PlacesOut(BaseModel):
    """Every merger of towns and villages, in the order of days."""

    version: int
    hash: str | None
    position: int
    mergers: list[MergerOut]


class RefusalOut(BaseModel):
    """An act that the rules refused: nothing of what it said. Where `sealed` is false, the rest is missing."""

    index: int
    recorded: str
    sealed: bool = Field(description="the ledger's own key vouches for this line")
    officer: str | None = None
    kid: str | None = None
    act: str | None = Field(None, examples=["confirm.grant"])
    case: str | None = Field(None, description="the stream that the act was meant for")
    reason: str | None = Field(None, examples=["officer.place"])
    article: str | None = None
    digest: str | None = Field(None, description="SHA-256 of the refused act's JWS, hex")
    on: str | None = None
    iat: int | None = None
    more: int | None = Field(None, description="earlier refusals of this officer that were only counted")


class RefusalsOut(BaseModel):
    """Refused attempts, the newest first."""

    refusals: list[RefusalOut]
    next: int | None = Field(description="`before` of the next page; null: there is none")


class DeputationOut(BaseModel):
    """Somebody who may act for the officer, from `starting` to `ending`, both included."""

    deputy: str
    starting: str
    ending: str
    acts: list[str] = Field(description="stages or codes", examples=[["review", "confirm.notify"]])


class HandoverOut(BaseModel):
    """What the officer handed over to `successor`, who has `taken` it or not yet."""

    handover: str = Field(description="SHA-256 of the act that handed over: what `officer.take_over` names")
    successor: str
    count: int = Field(description="open cases")
    listed: str = Field(description="SHA-256 over their ids, in order, each followed by LF")
    due: int
    reason: str
    taken: bool


class AssignmentOut(BaseModel):
    """All the duties of an officer from one day on."""

    duties: list[str]
    starting: str
    ending: str | None = Field(description="the last day; null while it is open")


class OfficerOut(BaseModel):
    """An officer, without their name."""

    id: str
    version: int
    unit: str
    level: str
    administrator: bool
    keys: list[str] = Field(description="thumbprints of the keys that are valid")
    reading_keys: list[str] = Field(description="public keys that papers are sealed to: X25519, base64url")
    assignments: list[AssignmentOut] = Field(description="as recorded; a later one takes the place of those before it")
    deputations: list[DeputationOut]
    handover: Literal["none", "open", "done"]
    handovers: list[HandoverOut]
