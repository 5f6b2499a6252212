"""One line of the ledger: its bytes, its hash, and how to read it back.

A line is one JSON object in a fixed member order (design §3.2):

    {"index":41,"prev":"<hex>","at":"…Z","stream":"…","version":3,"type":"review.visited","event":{…}}

Semantically, a line says: "at this position, after the line with hash `prev`, the ledger recorded that `stream` reached
`version` by an event of `type`, whose stored state is exactly the bytes of `event`." Nothing here is ever
re-serialised: a line is built once, and from then on it is bytes.
"""

import json
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NoReturn

import orjson

from ledger.errors import LedgerError

MAX_LINE = 65_535
"""Bytes; an entry of a C2SP tlog-tiles bundle has a 16-bit length."""

MAX_DEPTH = 128
"""Levels of nesting that `event` may have: parsers give up at different depths, some of them depending on who calls."""

ZERO_HASH = "0" * 64
"""`prev` of line 0."""

_EVENT = b',"event":'
_STATE = b',"state":'


class LineError(LedgerError, ValueError):
    """These bytes are not a line of a ledger."""

    code = "line.malformed"


class LineTooLong(LedgerError, ValueError):
    """The line would be longer than 65,535 bytes; documents stay outside, by digest."""

    code = "line.too-long"


def line_hash(line: bytes) -> bytes:
    """SHA-256(0x00 ‖ line), 32 bytes: chain link, act's `prev` and RFC 9162 §2.1.1 leaf hash in one."""
    return sha256(b"\x00" + line).digest()


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def timestamp(at: datetime) -> str:
    """`2021-07-05T02:11:09.123456Z`, always 27 characters, so text order is time order."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def encode_line(
    index: int, prev: str, at: str, stream: str, version: int, type_: str, state: bytes, *, plain: bool | None = None
) -> bytes:
    """Build the bytes of a line.

    `plain` says that `state` is known to be one clean JSON object (see `is_plain`); None has it checked here.
    Raises `LineTooLong`.
    """
    head = b'{"index":%d,"prev":"%b","at":"%b","stream":%b,"version":%d,"type":%b' % (
        index,
        prev.encode(),
        at.encode(),
        orjson.dumps(stream),
        version,
        orjson.dumps(type_),
    )
    if is_plain(state) if plain is None else plain:
        line = head + _EVENT + state + b"}"
    else:
        line = head + _STATE + b'"' + b64encode(state) + b'"}'
    if len(line) > MAX_LINE:
        raise LineTooLong(
            f"a line of {len(line)} bytes is over the limit of {MAX_LINE}; keep documents outside, by digest",
            length=len(line),
            limit=MAX_LINE,
        )
    return line


@dataclass(frozen=True, slots=True)
class Line:
    """A line taken apart. `state` is the event's stored bytes, exactly as the application handed them in."""

    index: int
    prev: str
    at: str
    stream: str
    version: int
    type: str
    state: bytes
    plain: bool
    """Whether `state` stands as JSON under `event` (else it stood base64 under `state`)."""


def decode_line(line: bytes) -> Line:
    """Take a line apart, strictly: building it again from the parts must give the same bytes. Raises `LineError`.

    Whether `state` may stand as it does is a question of its own (`is_plain`), asked by `verify`.
    """
    cut, plain = line.find(_EVENT), True
    if cut < 0:
        cut, plain = line.rfind(_STATE), False
    if cut < 0 or line[-1:] != b"}":
        raise LineError("a line ends with its event or state")
    state = line[cut + len(_EVENT) : -1]
    try:
        head = orjson.loads(line[:cut] + b"}")
        if not isinstance(head["stream"], str) or not isinstance(head["type"], str):
            raise LineError("stream and type are strings")
        if not plain:
            state = b64decode(state[1:-1], validate=True)
        again = encode_line(
            head["index"], head["prev"], head["at"], head["stream"], head["version"], head["type"], state, plain=plain
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise LineError(f"not a ledger line: {error}") from None
    if again != line:
        raise LineError("a line has exactly the members index, prev, at, stream, version, type, event, in that order")
    return Line(head["index"], head["prev"], head["at"], head["stream"], head["version"], head["type"], state, plain)


def is_plain(state: bytes) -> bool:
    """Whether `state` may stand in a line as it is: one UTF-8 JSON object, no duplicate key, no raw LF.

    Anything a strict parser might read differently (NaN, lone surrogates, more than `MAX_DEPTH` levels) is not either.
    """
    if b"\n" in state or not state.startswith(b"{") or not state.endswith(b"}"):
        return False
    try:
        if _is_deep(state, orjson.loads(state)):
            return False
        json.loads(state, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except ValueError:
        return False
    return True


def _is_deep(state: bytes, value: Any) -> bool:
    if state.count(b"{") + state.count(b"[") <= MAX_DEPTH:
        return False
    level, depth = [value], 0
    while level:
        depth += 1
        children = [child for node in level for child in (node.values() if isinstance(node, dict) else node)]
        level = [child for child in children if isinstance(child, dict | list)]
    return depth > MAX_DEPTH


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate key")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def loads_strict(text: bytes) -> Any:
    """JSON by RFC 8259 with the holes shut: no duplicate keys, no NaN, no lone surrogates. Raises ValueError."""
    value = orjson.loads(text)
    # Writing what was read gives the same bytes: no key was dropped, no number changed.
    with suppress(TypeError):  # nested too deep for orjson to write
        if orjson.dumps(value) == text:
            return value
    return json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
