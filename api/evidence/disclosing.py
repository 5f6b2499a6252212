"""Which personal members a recipient sees: the rest stays a digest, and the bundle says which and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from api.evidence.gather import Gathered
from api.evidence.request import Wanted
from api.rules import CASEWORK_TABLES
from domain.events import claims_of
from ledger.act import decode_state
from ledger.disclosure import Disclosure, parse_disclosure
from ledger.errors import Refused
from ledger.store import AnyConnection, read_sealed, read_wrapped_key
from ledger.stored import stored_line
from ledger.vault import CaseKey, Kek, VaultError, open_case_key, unseal

REASONS = {
    # why a digest is not disclosed
    "recipient": "收件人依法不得看",
    "asked": "申请人要求不列入",
    "context": "所在的行只为证明密钥和权限而列入，与本案的人无关",
    "lost": "保密库中已没有这一项（已依法销毁，或遗失）",
}


@dataclass
class Disclosed:
    """`shown`: what may be seen, by line; `withheld`: (index, digest, reason) of everything else, in order."""

    shown: dict[int, list[Disclosure]] = field(default_factory=dict)
    withheld: list[tuple[int, str, str]] = field(default_factory=list)


def disclose(connection: AnyConnection, found: Gathered, wanted: Wanted, origin: str, kek: Kek) -> Disclosed:
    """Decide for every digest of every line. Raises `LedgerFaulty` where a line's digests cannot be read."""
    vault = _Vault(connection, origin, kek)
    result = Disclosed()
    actors = frozenset(found.officers)
    for index, parts in found.parts.items():
        with stored_line(index):
            act = decode_state(parts.state)
            claims = claims_of(act[0]) if act is not None else {}
            digests = list(_digests(claims.get("data"), ()))
        if not digests:
            continue
        sealed = vault.entries(parts.stream, index, len(digests))
        for place, (path, digest) in enumerate(digests):
            reason = _barred(index in found.about, parts.type, parts.stream, path, wanted, actors)
            disclosure = None
            if reason is None:
                disclosure = vault.open(parts.stream, digest, sealed[place])
                reason = _unwanted(disclosure, wanted)
            if reason is None and disclosure is not None:
                result.shown.setdefault(index, []).append(disclosure)
            else:
                result.withheld.append((index, digest, reason or "lost"))
    return result


def _barred(
    about: bool, type_: str, stream: str, path: tuple[str, ...], wanted: Wanted, actors: frozenset[str]
) -> str | None:
    kind = wanted.recipient.kind
    if kind == "none":
        return "recipient"
    if not about:
        # Who signed is named; whom they declared as relatives is nobody's business here.
        named = type_ == "officer.registered" and stream in actors and path[:1] == ("person",)
        return None if named else "context"
    # A household sees its own; not who objected, who complained, or how they voted.
    if kind == "party" and path[:1] not in (("applicant",), ("household",)):
        return "recipient"
    return None


def _unwanted(disclosure: Disclosure | None, wanted: Wanted) -> str | None:
    if disclosure is None:
        return "lost"
    return "asked" if disclosure.name in wanted.withhold else None


def _digests(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """(path to the object, digest) in document order, as `ledger.disclosure.digests_in` has them."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            if name == "_sd":
                yield from ((path, digest) for digest in value)
            else:
                yield from _digests(value, (*path, name))
    elif isinstance(node, list):
        for value in node:
            yield from _digests(value, path)


class _Vault:
    """The vault, read as it is needed; a case's key is opened once."""

    def __init__(self, connection: AnyConnection, origin: str, kek: Kek) -> None:
        self._connection, self._origin, self._kek = connection, origin, kek
        self._keys: dict[str, CaseKey | None] = {}

    def entries(self, stream: str, index: int, count: int) -> list[bytes | None]:
        """The sealed disclosures of a line in the order of its digests; None where there is none."""
        sealed = read_sealed(self._connection, CASEWORK_TABLES, index) if self._key(stream) else []
        return [*sealed, *([None] * count)][:count]

    def open(self, stream: str, digest: str, sealed: bytes | None) -> Disclosure | None:
        """A disclosure; None where it is not there, or does not open: `mingzhang verify` says which."""
        key = self._key(stream)
        if key is None or sealed is None:
            return None
        try:
            disclosure = parse_disclosure(unseal(key, self._origin, stream, digest, sealed))
        except (VaultError, Refused):
            return None
        return disclosure if disclosure.digest == digest else None

    def _key(self, stream: str) -> CaseKey | None:
        if stream not in self._keys:
            wrapped = read_wrapped_key(self._connection, CASEWORK_TABLES, UUID(stream))
            try:
                key = open_case_key(self._kek, self._origin, stream, wrapped) if wrapped else None
            except VaultError:
                key = None
            self._keys[stream] = key
        return self._keys[stream]
