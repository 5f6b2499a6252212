"""What a bundle's lines tell of each act, in the terms that a report needs: names, places, what holds."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.evidence.bundle import Bundle
from api.rules import CASEWORK_RULES
from domain.delegation import Delegation
from domain.events import claims_of
from domain.officer import KEY_EVENTS, Officer
from domain.policy import Policy
from domain.project import Aggregate, project
from ledger.act import BEIJING, act_digest, decode_state
from ledger.disclosure import reveal
from ledger.errors import LedgerFaulty
from ledger.jws import key_from_jwk
from ledger.key_lines import key_changes
from ledger.keys import KeyHistory, administrators_keys
from ledger.line import decode_line, line_hash
from ledger.proven import Proven
from ledger.store import Opened, Placed
from projections.history import history
from projections.standing import opened_by, recorded


def beijing(at: str) -> str:
    """`2021-07-05 10:11:09` in 北京时间, from a time in UTC."""
    return datetime.fromisoformat(at).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True)
class Told:
    """`entries`: the acts asked for, in the order of the ledger, each as its case's history and course have it, with
    `stream` and `prev`. `places`: where a line with that hash, or an act with that digest, stands in the bundle."""

    entries: tuple[dict[str, Any], ...]
    officers: Mapping[str, Officer]
    streams: Mapping[str, Aggregate | None]
    names: Mapping[str, Mapping[str, Any]]
    places: Mapping[str, int]
    disclosures: Mapping[int, Mapping[str, Any]]

    @property
    def acting(self) -> list[str]:
        """Ids of everybody who acted, in the order of their first act."""
        return list(dict.fromkeys(one for entry in self.entries for one in (entry["officer"], entry["behalf"]) if one))

    def name(self, officer: str) -> str:
        """An officer's name, as far as the recipient may know it."""
        return str(self.names.get(officer, {}).get("name", "（未列出）"))

    def post(self, officer: str) -> str:
        """Their post, likewise."""
        return str(self.names.get(officer, {}).get("post") or "")

    def who(self, officer: str) -> str:
        """Name, and the first digits of the id."""
        name = self.names.get(officer, {}).get("name")
        return f"{name}（{officer[:8]}）" if name else f"人员 {officer[:8]}"

    def stream_zh(self, stream: str) -> str | None:
        """What a stream is about, where the bundle tells."""
        if stream in self.officers:
            return f"人员登记 {self.who(stream)} "
        found = self.streams.get(stream)
        if isinstance(found, Policy):
            return "规则库"
        return "权限下放案卷" if isinstance(found, Delegation) else None

    def revealed(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """An act's data with the members that the recipient may see in their places."""
        data: dict[str, Any] = reveal(entry["data"], dict(self.disclosures.get(entry["index"], {})))
        return data

    def shown_in(self, entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Every object of an act in which personal members are shown; a household stands among the parties instead."""
        if entry["act"] != "apply.submit" and entry["index"] in self.disclosures:
            yield from _objects(self.revealed(entry), entry["data"])


def told(bundle: Bundle) -> Told:
    """Read it off the lines. Raises `LedgerFaulty`, naming the line, at one that cannot be read."""
    found, opening = bundle.found, bundle.found.lines[0]
    streams: dict[str, Aggregate | None] = {str(one.id): one for one in opened_by(opening)[1]}
    keys = KeyHistory(administrators_keys(Opened.read(opening).event()))
    about: dict[str, list[Placed]] = {}
    places: dict[str, int] = {}
    for index, line in found.lines.items():
        parts = found.parts[index]
        places[line_hash(line).hex()] = index
        if act := decode_state(parts.state):
            places[act_digest(act[0])] = index
        if parts.type in KEY_EVENTS:
            # A forged one gives nobody a key: what that key signed is then said not to hold.
            with suppress(LedgerFaulty):
                keys.apply(key_changes(index, line, CASEWORK_RULES, keys, bundle.said["origin"]))
        if index in found.about:
            about.setdefault(parts.stream, []).append(Placed(index, line, parts.prev, None))
        if parts.stream in found.officers or parts.type.startswith(("policy.", "delegation.")):
            streams[parts.stream] = project(streams.get(parts.stream), recorded(parts).event, _brought)
    entries = [entry for lines in about.values() for entry in _entries(bundle, lines, keys)]
    officers = {id_: one for id_, one in streams.items() if isinstance(one, Officer)}
    disclosures = {index: {one.digest: one for one in shown} for index, shown in bundle.disclosed.shown.items()}
    entries.sort(key=lambda entry: int(entry["index"]))
    return Told(tuple(entries), officers, streams, _names(bundle), places, disclosures)


def _brought(event: Any) -> str | None:
    return key_from_jwk(event.data["jwk"]).kid if "jwk" in event.data else None


def _entries(bundle: Bundle, lines: list[Placed], keys: KeyHistory) -> Iterator[dict[str, Any]]:
    claims = {placed.index: _claims(placed.line) for placed in lines}
    for entry in history(lines, keys, Proven()):
        if "act" in entry:
            index = entry["index"]
            place = {"stream": bundle.found.parts[index].stream, "prev": claims[index].get("prev")}
            yield entry | bundle.courses.get(index, {}) | place


def _claims(line: bytes) -> dict[str, Any]:
    act = decode_state(decode_line(line).state)
    return claims_of(act[0]) if act else {}


def _names(bundle: Bundle) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for index, shown in bundle.disclosed.shown.items():
        parts = bundle.found.parts[index]
        if parts.type == "officer.registered":
            found[parts.stream] = {one.name: one.value for one in shown}
    return found


def _objects(shown: Any, signed: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(signed, list):
        for one, other in zip(shown, signed, strict=True):
            yield from _objects(one, other)
    elif isinstance(signed, dict):
        if "_sd" in signed:
            yield shown
        for name, value in signed.items():
            if name != "_sd":
                yield from _objects(shown[name], value)
