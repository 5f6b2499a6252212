"""The alarm: what the ledger showed that contradicts what it showed before, kept as evidence for others to check.

The evidence is one JSON file. `kept` and `received` are checkpoints exactly as they came, each signed by the log:
whoever has the log's public keys sees that both are its own. `shown` makes a fork of different sizes plain: by the
`proof` (RFC 9162 §2.1.4) the larger of the two begins with a tree of `size` lines whose root is `root`, and the smaller
says otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from api.monitor.durable import write_once

FORMAT = "mingzhang-alarm/1"

KINDS = {
    # kind -> (中文, English)
    "fork": (
        "分叉：账本签署了两个互相矛盾的账头，历史被改写，或对不同的人出示不同的账",
        "FORK: the ledger signed two heads that contradict each other; history was rewritten, or others are shown"
        " another one",
    ),
    "rollback": (
        "倒退：账本出示的账头比以前出示过的短，恢复了旧备份，或丢失了行",
        "ROLLBACK: the ledger shows a head shorter than one that it showed before; an old backup was restored, or lines"
        " were lost",
    ),
    "seal": (
        "假封记：账本封的案卷末行不是各行所成的",
        "FALSE SEAL: what the ledger sealed as the last lines of its streams is not what its lines come to",
    ),
    "lines": (
        "行不对：账本给出的行不是它所签账头之下的行",
        "WRONG LINES: the lines that are served are not those of the head that was signed",
    ),
}


class Alarm(Exception):
    """Something that an honest ledger never shows. `kind` is one of `KINDS`; `kept` and `received` are signed notes."""

    def __init__(self, kind: str, kept: str | None, received: str, detail: str, **facts: Any) -> None:
        self.kind, self.detail = kind, detail
        self.kept, self.received, self.facts = kept, received, facts
        super().__init__(" ".join(KINDS[kind]) + f" ({detail})")


@dataclass(frozen=True)
class Shown:
    """What makes a fork of different sizes plain."""

    size: int
    root: bytes
    proof: Sequence[bytes] = field(default_factory=tuple)

    def json(self) -> dict[str, Any]:
        """As it stands in the evidence, hashes in hex."""
        return {"size": self.size, "root": self.root.hex(), "proof": [hash_.hex() for hash_ in self.proof]}


def keep_evidence(directory: Path, alarm: Alarm, about: dict[str, Any]) -> Path:
    """Write the evidence, durably; the same evidence is one file, however often it is met. Raises OSError."""
    evidence = {
        "format": FORMAT,
        "kind": alarm.kind,
        **about,
        "detail": alarm.detail,
        "kept": alarm.kept,
        "received": alarm.received,
        "shown": None,
        **alarm.facts,
    }
    digest = sha256(f"{alarm.kind}\n{alarm.kept}\n{alarm.received}".encode()).hexdigest()[:16]
    path = directory / f"{alarm.kind}-{digest}.json"
    write_once(path, orjson.dumps(evidence, option=orjson.OPT_INDENT_2) + b"\n")
    return path
