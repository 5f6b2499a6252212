"""Who is who on the ledger, told from its own lines and not on the service's word.

Whoever seals a paper must know that a reader's key is that reader's: a service that named a key of its own could read
everything. So the lines that make officers, keys and duties are fetched and each is checked, from line 0 on, as
`verify` checks it. With the ledger's fingerprint from outside, nobody but the officers themselves can have put a key
there. What a lying service still could do is to leave lines out: an ended key would look valid.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from api.client import Client
from api.rules import CASEWORK_RULES
from domain.events import Acted, claims_of
from domain.officer import KEY_EVENTS, Officer, evolve, first_administrator
from ledger.act import decode_state
from ledger.errors import LedgerFaulty
from ledger.faults import FaultLog
from ledger.jws import key_from_jwk
from ledger.key_lines import key_changes
from ledger.keys import KeyHistory, administrators_keys
from ledger.line import decode_line, line_hash
from ledger.verify_strict import check_strict, read_opening

TYPES = (*KEY_EVENTS, "officer.assigned", "officer.reading_key_added", "officer.reading_key_ended")
"""The lines that it is read from."""


@dataclass
class Directory:
    """The officers of a ledger by their ids. `fingerprint` is the hash of line 0: compare it with the one you keep."""

    origin: str
    fingerprint: str
    keys: KeyHistory
    officers: dict[UUID, Officer] = field(default_factory=dict)

    def check_line(self, index: int, line: bytes) -> None:
        """The line's form, place, signature and digests. Raises `LedgerFaulty` with the codes of what does not hold."""
        log = FaultLog()
        check_strict(line, index, log, FaultLog(), rules=CASEWORK_RULES, keys=self.keys, origin=self.origin)
        if log.total:
            reason = ", ".join(sorted({fault.code for fault in log.faults()}))
            raise LedgerFaulty(f"line {index} does not hold ({reason})", code="ledger.forged", index=index)


def read_directory(client: Client) -> Directory:
    """Fetch and check it. Raises `LedgerFaulty` where a line does not hold."""
    return directory_from(client.line(0), client.lines(1, types=TYPES))


def directory_from(opening: bytes, lines: Iterable[bytes]) -> Directory:
    """It, from line 0 and all lines of `TYPES` in order. Raises `LedgerFaulty` where a line does not hold."""
    opened = read_opening(opening)
    if opened is None:
        raise LedgerFaulty("line 0 does not open a ledger", code="ledger.faulty")
    found = Directory(opened.origin, line_hash(opening).hex(), KeyHistory(administrators_keys(opened.event())))
    for admin in opened.administrators:
        id_, kid = UUID(admin["officer"]), key_from_jwk(admin["jwk"]).kid
        found.officers[id_] = first_administrator(id_, admin["unit"], [kid])
    for line in lines:
        _take_in(found, line)
    return found


def _take_in(found: Directory, line: bytes) -> None:
    parts = decode_line(line)
    if parts.type in KEY_EVENTS:
        found.keys.apply(key_changes(parts.index, line, CASEWORK_RULES, found.keys, found.origin))
    else:
        found.check_line(parts.index, line)
    act = decode_state(parts.state)
    assert act is not None
    claims = claims_of(act[0])
    officer, signer = claims["case"], claims["iss"]
    own, administrator = signer == officer, found.keys.is_administrator(signer)
    may = {
        "officer.assigned": administrator and not own,
        "officer.reading_key_added": own,
        "officer.reading_key_ended": own or administrator,
    }.get(parts.type, True)
    if not may:
        raise LedgerFaulty(
            f"line {parts.index} was not signed by whoever may do that", code="ledger.forged", index=parts.index
        )
    id_ = UUID(officer)
    event = Acted(id_, parts.version, parts.type, act[0], claims, act[1])
    kid = key_from_jwk(event.data["jwk"]).kid if "jwk" in event.data else None
    found.officers[id_] = evolve(found.officers.get(id_), event, kid)
