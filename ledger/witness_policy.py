"""C2SP tlog-policy: which logs, which witnesses, and how many of these must have cosigned a checkpoint.

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <member>…
    quorum <name>|none

Stricter than the specification where it leaves room: UTF-8, a last line that ends, and no log that is its own witness.
Whoever holds a checkpoint and this text decides alone; the names mean nothing outside it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.errors import LedgerError
from ledger.note import (
    COSIGNATURE,
    ED25519,
    MAX_SECONDS,
    ML_DSA_44,
    NoteError,
    NoteKey,
    cosigned_at,
    open_signatures,
)

MAX_BYTES = 256 * 1024
"""Room for a hundred keys of ML-DSA-44."""
_THRESHOLD = re.compile(r"[1-9][0-9]{0,2}")


class PolicyError(LedgerError, ValueError):
    """This is no tlog-policy. `params["line"]` is the line, from 1 on; 0 where it is no one line's."""

    code = "witness-policy.invalid"

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(f"line {line}: {detail}" if line else detail, line=line, detail=detail)


@dataclass(frozen=True, slots=True)
class PolicyWitness:
    """A witness as a policy names it; `url` is its submission prefix, where it can be reached."""

    name: str
    key: NoteKey
    url: str | None

    @property
    def vkey(self) -> str:
        """The verifier key in text."""
        return self.key.vkey()


@dataclass(frozen=True, slots=True)
class PolicyGroup:
    """At least `threshold` of `members` (names of witnesses and groups defined before it)."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as it was parsed. `quorum` names a witness or a group; None: no cosignature is asked for."""

    log_keys: tuple[NoteKey, ...]
    witnesses: tuple[PolicyWitness, ...]
    groups: tuple[PolicyGroup, ...]
    quorum: str | None

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """Read the text of a policy. Raises `PolicyError`, which names the line."""
        return _Reader().read(text)

    def quorum_of(self, cosigned: Mapping[str, int]) -> int | None:
        """Since when the quorum stands, POSIX seconds; None: it does not.

        `cosigned`: vkey of a witness -> the time of its cosignature. The answer is the largest t such that the
        cosignatures of time ≥ t alone satisfy the quorum. `quorum none` is satisfied at every time: `MAX_SECONDS`.
        """
        if self.quorum is None:
            return MAX_SECONDS
        since: dict[str, int | None] = {one.name: cosigned.get(one.vkey) for one in self.witnesses}
        for group in self.groups:
            times = sorted((at for name in group.members if (at := since[name]) is not None), reverse=True)
            since[group.name] = times[group.threshold - 1] if len(times) >= group.threshold else None
        return since[self.quorum]

    def cosigned(self, note: str) -> dict[str, int]:
        """Vkey -> latest time (POSIX seconds) of the cosignatures in `note` by witnesses of this policy, verified.

        Raises `NoteError` when it is no note, or one of theirs does not fit.
        """
        found: dict[str, int] = {}
        for key, signature in open_signatures(note, [one.key for one in self.witnesses])[1]:
            found[key.vkey()] = max(cosigned_at(signature), found.get(key.vkey(), 0))
        return found

    def check(self, note: str, log_keys: Iterable[NoteKey] | None = None) -> tuple[Checkpoint, int | None]:
        """A checkpoint signed by a log of this policy (or of `log_keys`), and since when its quorum stands.

        The log's key has the name of the checkpoint's origin. Raises `NoteError`.
        """
        text, signed = open_signatures(note, self.log_keys if log_keys is None else log_keys)
        checkpoint = parse_checkpoint(text)
        if not any(key.name == checkpoint.origin for key, _ in signed):
            raise NoteError(f"no log key of {checkpoint.origin} that we trust signed this checkpoint")
        return checkpoint, self.quorum_of(self.cosigned(note))


class _Reader:
    """Reads one policy, line by line: every name and key is known before it is used."""

    def __init__(self) -> None:
        self._logs: list[NoteKey] = []
        self._witnesses: list[PolicyWitness] = []
        self._groups: list[PolicyGroup] = []
        self._names: set[str] = set()
        self._members: set[str] = set()
        self._publics: dict[bytes, str] = {}
        self._quorum: list[str] = []
        self._line = 0

    def read(self, text: str) -> Policy:
        if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            raise PolicyError(0, f"a policy has at most {MAX_BYTES} bytes")
        if not text.endswith("\n"):
            raise PolicyError(0, "the last line does not end: is the file whole?")
        for self._line, line in enumerate(text[:-1].split("\n"), 1):
            if any((c < " " and c != "\t") or c == "\x7f" or "\ud800" <= c <= "\udfff" for c in line):
                raise self._error("control characters are not allowed; lines end with LF alone")
            words = [word for word in re.split(r"[ \t]+", line) if word]
            if words and not words[0].startswith("#"):
                self._take(words[0], words[1:])
        if not self._quorum:
            raise PolicyError(0, "a policy has a quorum line")
        quorum = self._quorum[0]
        return Policy(
            tuple(self._logs), tuple(self._witnesses), tuple(self._groups), None if quorum == "none" else quorum
        )

    def _take(self, keyword: str, words: list[str]) -> None:
        match keyword, words:
            case "log", [vkey, *url] if len(url) <= 1:
                key = self._key(vkey, (ED25519, ML_DSA_44), "log")
                self._logs.append(key)
            case "witness", [name, vkey, *url] if len(url) <= 1:
                self._define(name)
                key = self._key(vkey, (COSIGNATURE, ML_DSA_44), "witness")
                self._witnesses.append(PolicyWitness(name, key, url[0] if url else None))
            case "group", [name, threshold, *members] if members:
                group = self._group(name, threshold, members)
                self._define(name)
                self._groups.append(group)
            case "quorum", [name]:
                if self._quorum:
                    raise self._error("there is exactly one quorum line")
                if name != "none" and name not in self._names:
                    raise self._error(f"{name} is not defined before this line")
                self._quorum.append(name)
            case (("log" | "witness" | "group" | "quorum"), _):
                raise self._error(f"{keyword} is written with other parts than these")
            case _:
                raise self._error("a line begins with log, witness, group or quorum")

    def _group(self, name: str, threshold: str, members: list[str]) -> PolicyGroup:
        for member in members:
            if member not in self._names:
                raise self._error(f"{member} is not defined before this line")
            if member in self._members:
                raise self._error(f"{member} is a member already: each can be in one place only")
            self._members.add(member)
        if threshold in ("all", "any"):
            return PolicyGroup(name, len(members) if threshold == "all" else 1, tuple(members))
        if not _THRESHOLD.fullmatch(threshold) or int(threshold) > len(members):
            raise self._error(f"a group of {len(members)} needs all, any, or a number from 1 to {len(members)} of them")
        return PolicyGroup(name, int(threshold), tuple(members))

    def _define(self, name: str) -> None:
        if name == "none" or name in self._names:
            raise self._error(f"the name {name} is taken")
        self._names.add(name)

    def _key(self, vkey: str, types: tuple[int, ...], of: str) -> NoteKey:
        try:
            key = NoteKey.parse(vkey)
        except NoteError as error:
            raise self._error(str(error)) from None
        if key.type not in types:
            raise self._error(f"a {of}'s key is not of type {key.type}")
        if key.public in self._publics:
            raise self._error(f"this key stands here already, under whatever name, as a {self._publics[key.public]}'s")
        self._publics[key.public] = of
        return key

    def _error(self, detail: str) -> PolicyError:
        return PolicyError(self._line, detail)
