"""Admission of one act: form, times, key, signatures. Nothing of the ledger's state counts but whose key it is."""

from datetime import datetime
from uuid import UUID

from api.clock import Clock
from api.rules import CASEWORK_RULES, CASEWORK_TABLES, OFFLINE_DAYS
from api.service import Service
from domain.errors import NotAllowed
from ledger.act import Act, check_times, parse_act
from ledger.batch import Recorded
from ledger.errors import Conflict, Refused
from ledger.jws import Jws, parse_jws, verify_jws
from ledger.line import decode_line, line_hash
from ledger.rules import check_countersignature
from ledger.store import read_by_key
from ledger.stored import stored_line

Second = tuple[UUID, str]
"""Who countersigned, and with which key."""
Admitted = tuple[Act, Second | None]


async def admit(service: Service, message: bytes, clock: Clock) -> Admitted:
    """The act in `message`, in order by itself, and who countersigned it. Raises `Refused`, `Repeated`."""
    act, jws = parse_act(message, service.origin)
    try:
        return act, await _check(service, act, jws, clock.at(act.iat))
    except Refused as refusal:
        await raise_if_repeated(service, act, refusal)
        raise


async def _check(service: Service, act: Act, jws: Jws, now: datetime) -> Second | None:
    """Times, key and signatures. Also who countersigned, where the act must be. Raises `Refused`."""
    check_times(act, now, offline_days=OFFLINE_DAYS)
    if act.code not in CASEWORK_RULES.types:
        raise Refused(f"there is no act {act.code}", code="act.code", act=act.code)
    if service.keys.get(act.kid) is None:
        await service.read_keys()
    # Only a position after every line read so far is certain here; the commit re-checks the officer's stream.
    position = 2**62
    period = service.keys.at(act.kid, position)
    if period.holder != act.iss:
        raise Refused("the key belongs to another officer than iss", code="act.kid", kid=act.kid)
    verify_jws(jws, period.key)
    return await _countersigned(service, act, position)


async def _countersigned(service: Service, act: Act, position: int) -> Second | None:
    if not act.code.startswith("officer."):
        return None
    claims = {"act": act.code, "aud": act.aud, "case": str(act.case), "data": act.data}
    await service.read_keys()
    second = None
    try:
        for demanded in CASEWORK_RULES.countersignatures(claims):
            second = check_countersignature(demanded, act.iss, service.keys, position) or second
    except (KeyError, TypeError, AttributeError):
        # The schema, checked by the decision, says more exactly what is wrong; without signatures it cannot pass.
        lacking = "kid, second" if act.code == "officer.revoke_key" else "jwk, possession, second"
        raise Refused(f"data lacks {lacking}", code="data.schema", field="data", detail=lacking) from None
    return (UUID(second), parse_jws(act.data["second"].encode()).kid) if second else None


class Repeated(Exception):
    """The same act stands on the ledger already."""

    def __init__(self, recorded: Recorded, act: Act) -> None:
        super().__init__()
        self.recorded, self.act = recorded, act


async def raise_if_repeated(service: Service, act: Act, refusal: Exception) -> None:
    """Raises `Repeated` when the act stands on the ledger: the same act gets the same answer whenever it comes."""
    found = await service.read(lambda connection: read_by_key(connection, CASEWORK_TABLES, act.key))
    if found is None:
        return
    index, line = found
    with stored_line(index):
        parts = decode_line(line)
    if not parts.state.startswith(same(act)):
        # Only where the signature was found good: whoever signed it must know of the other one.
        if isinstance(refusal, Conflict | NotAllowed):
            raise Conflict("another act was recorded under the same iss and jti", code="act.key-reused", jti=act.jti)
        return
    raise Repeated(Recorded((index,), line_hash(line).hex(), parts.at, again=True), act)


def same(act: Act) -> bytes:
    """How the stored state of this very act begins."""
    return b'{"act":"%b"' % act.jws.encode()
