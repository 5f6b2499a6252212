"""Lines that the ledger itself vouches for: nobody's act, and yet not anybody's to write.

The state is `{"said":{…},"seal":"<base64>"}`. The seal is the log key's Ed25519 signature over the ledger's origin, the
line's type, stream and version, and what is said: whoever may only append to the tables can neither make such a line,
nor put one that was made into another place. Whoever holds the log key can.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import orjson

from ledger.errors import Refused
from ledger.line import loads_strict
from ledger.note import ED25519, NoteKey, NoteSigner
from ledger.rules import Follower

_HEAD, _MIDDLE, _TAIL = b'{"said":', b',"seal":"', b'"}'
_SEAL = 88
"""Characters of the base64 of 64 bytes."""


def sealed_state(signer: NoteSigner, type_: str, stream: str, version: int, said: dict[str, Any]) -> bytes:
    """The state of such a line. `signer` is the ledger's own, whose name is its origin."""
    if signer.type != ED25519:
        raise ValueError("a line is sealed by the ledger's Ed25519 key")
    body = orjson.dumps(said)
    signature = signer.private.sign(_text(signer.name, type_, stream, version, body).encode())
    return _HEAD + body + _MIDDLE + b64encode(signature) + _TAIL


def open_seal(line: Follower, origin: str, keys: Iterable[NoteKey]) -> dict[str, Any]:
    """What the line says, if one of the ledger's `keys` sealed it for this very place. Raises `Refused`."""
    end = len(line.state) - len(_TAIL)
    start = end - _SEAL
    body = line.state[len(_HEAD) : start - len(_MIDDLE)]
    if line.state != _HEAD + body + _MIDDLE + line.state[start:end] + _TAIL:
        raise Refused("it has not the form of a sealed line", code="seal.form")
    try:
        signature = b64decode(line.state[start:end], validate=True)
        text = _text(origin, line.type, line.stream, line.version, body)
        if b64encode(signature) != line.state[start:end] or not any(key.verify(text, signature) for key in keys):
            raise Refused("the ledger's own key did not seal this, or not for this place", code="seal.signature")
        said = loads_strict(body)
    except (ValueError, RecursionError):
        raise Refused("it has not the form of a sealed line", code="seal.form") from None
    if not isinstance(said, dict):
        raise Refused("it has not the form of a sealed line", code="seal.form")
    return said


def _text(origin: str, type_: str, stream: str, version: int, body: bytes) -> str:
    # No origin has a blank in it, so no checkpoint begins like this.
    return f"sealed line\n{origin}\n{type_}\n{stream}\n{version}\n{sha256(body).hexdigest()}\n"
