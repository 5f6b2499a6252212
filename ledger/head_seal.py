"""Lines `ledger.sealed`: the ledger's own word for what the last line of every stream was.

Semantically, such a line says: "over lines 0 … size-1 the map of stream heads (`ledger.head_map`) has this root, and so
many streams are in it". It stands on the ledger's own stream, that of line 0, under the log key's seal, somewhere after
the lines that it is about: nothing waits while a map is computed. Each seal is about more lines than the one before.

The log key alone could seal a false root. That it did is seen by whoever has the lines: `verify`, and every monitor.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from ledger.errors import Refused
from ledger.line import decode_line
from ledger.note import NoteKey
from ledger.rules import Follower
from ledger.seal import open_seal

EVENT = "ledger.sealed"
MAX_SIZE = 2**62

_is_root = re.compile(r"[0-9a-f]{64}").fullmatch


@dataclass(frozen=True, slots=True)
class HeadSeal:
    """A seal: on line `index`, over the map of the heads of lines 0 … `size`-1."""

    index: int
    size: int
    root: bytes
    streams: int

    def json(self) -> dict[str, Any]:
        """`{"index", "size", "root": hex, "streams"}`."""
        return {"index": self.index, **said(self.size, self.root, self.streams)}


def own_stream(origin: str) -> UUID:
    """The ledger's own stream: that of line 0, of its seals, and of whatever else it says of itself."""
    return uuid5(NAMESPACE_URL, f"ledger:{origin}")


def said(size: int, root: bytes, streams: int) -> dict[str, Any]:
    """What the line says."""
    return {"size": size, "root": root.hex(), "streams": streams}


def check_form(line: Follower, said: dict[str, Any]) -> None:
    """Raises `Refused` unless it is strictly what a seal says."""
    if line.type != EVENT or said.keys() != {"size", "root", "streams"}:
        raise Refused("a seal says size, root and streams", code="seal.form")
    size, root, streams = said["size"], said["root"], said["streams"]
    if type(size) is not int or type(streams) is not int or not 1 <= streams <= size < MAX_SIZE:
        raise Refused("a seal's size and streams are whole numbers from 1 on", code="seal.form")
    if not isinstance(root, str) or not _is_root(root):
        raise Refused("a seal's root is 64 hex digits", code="seal.form")


def open_head_seal(line: bytes, origin: str, keys: Iterable[NoteKey]) -> HeadSeal:
    """The seal on this line, if one of the ledger's `keys` made it and it stands in its place.

    Raises `Refused`, and `LineError` where the line is none.
    """
    parts = decode_line(line)
    follower = Follower(parts.stream, parts.version, parts.type, parts.state)
    if parts.stream != str(own_stream(origin)):
        raise Refused("a seal stands on the ledger's own stream", code="seal.place")
    content = open_seal(follower, origin, keys)
    check_form(follower, content)
    if content["size"] > parts.index:
        raise Refused("a seal is about lines that stand before it", code="seal.size")
    return HeadSeal(parts.index, content["size"], bytes.fromhex(content["root"]), content["streams"])
