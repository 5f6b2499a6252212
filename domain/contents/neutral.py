"""Words of guilt in what a drafter writes: a warning, never a refusal, for a word may be quoted or denied.

A referral states what was seen and what is not known. Whether that was wrong, and whose wrong, the
commission says.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any

GUILT = tuple((resources.files("domain.contents") / "guilt.txt").read_text("utf-8").split())
"""One word a line, ours, and short on purpose."""

NARRATIVE = frozenset({"text", "gaps"})
"""The members that hold a drafter's own words. What a complainant said is theirs, and stands as they said it."""


@dataclass(frozen=True, slots=True)
class LoadedWord:
    """A word of guilt, and where it stands."""

    where: str
    word: str


def warn(code: str, content: dict[str, Any]) -> list[LoadedWord]:
    """Words of guilt in the narrative members of a referral's paper, in order. None for a complaint's."""
    if not code.startswith("referral."):
        return []
    return [
        LoadedWord(where, word)
        for where, text in _narratives(content, "", False)
        for word in GUILT
        if word in text.lower()
    ]


def _narratives(value: Any, where: str, own_words: bool) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _narratives(member, f"{where}.{name}".lstrip("."), name in NARRATIVE)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _narratives(item, f"{where}.{number}", own_words)
    elif isinstance(value, str) and own_words:
        yield where, value
