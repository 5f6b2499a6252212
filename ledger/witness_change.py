"""Lines `ledger.witnesses_changed`: by whom the ledger's heads are to be witnessed from here on.

Semantically, such a line says: "from this index on, a head of this ledger counts as witnessed by this tlog-policy, and
this is what becomes of acts while none does". It stands on the ledger's own stream, sealed by its key. Whoever compares
the digest with the card that was printed sees that the witnesses were exchanged.
"""

import re
from hashlib import sha256
from typing import Any

from ledger.errors import Refused
from ledger.rules import Follower

EVENT = "ledger.witnesses_changed"
_is_mode = re.compile(r"refuse|accept-marked:[1-9][0-9]{0,2}").fullmatch


def said(policy: str, mode: str) -> dict[str, Any]:
    """What the line says: the policy's text, its SHA-256 (hex), `refuse` or `accept-marked:<days>`."""
    return {"policy": policy, "sha256": sha256(policy.encode()).hexdigest(), "mode": mode}


def check_form(line: Follower, content: dict[str, Any]) -> None:
    """Raises `Refused` unless it is strictly what such a line says."""
    if line.type != EVENT or content.keys() != {"policy", "sha256", "mode"}:
        raise Refused("a change of witnesses says policy, sha256 and mode", code="seal.form")
    policy, mode = content["policy"], content["mode"]
    if not isinstance(policy, str) or not isinstance(mode, str) or not _is_mode(mode):
        raise Refused("a change of witnesses says a policy's text and a mode", code="seal.form")
    if content != said(policy, mode):
        raise Refused("the digest is not that of the policy", code="seal.form")
