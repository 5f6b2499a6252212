"""Sample data for duties, reading keys, complaints and referrals."""

from typing import Any

from api.examples.made_up import paper
from domain.sealed import SIZES, STEPS

_READING_KEY = "A" * 42 + "8"


def _sealed(code: str) -> dict[str, Any]:
    return {"content": paper(f"{code} content"), "envelope": paper(f"{code} envelope"), "size": SIZES[0]}


EXAMPLES: dict[str, dict[str, Any]] = {
    "officer.assign": {"duties": ["supervise"], "starting": "2026-12-01"},
    "officer.add_reading_key": {"kem": "X25519", "public": _READING_KEY},
    "officer.end_reading_key": {"public": _READING_KEY, "reason": "replaced"},
    **{code: _sealed(code) for code in STEPS},
}
