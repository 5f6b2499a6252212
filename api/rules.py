"""What the ledger is told of casework: the one place where the two rooms' words for an act meet."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from domain.acts import TYPES
from domain.events import claim_state, claims_of
from domain.evidence import EVENT as EVIDENCE
from domain.evidence import wrong_in as wrong_in_evidence
from domain.officer import (
    KEY_EVENTS,
    POSSESSION_TYP,
    REVOCATION_TYP,
    SECOND_TYP,
    brought_key,
    ended_key,
    key_statement,
    makes_administrator,
    registration_statement,
    revocation_statement,
)
from domain.person import FOLLOWED, PERSON_EVENTS
from domain.person import followers as person_followers
from domain.refusal import EVENT as REFUSAL
from domain.refusal import wrong_in
from domain.streams import key_claim_id
from ledger.act import decode_state
from ledger.errors import Refused
from ledger.head_seal import EVENT as HEAD_SEAL
from ledger.head_seal import check_form as head_seal_form
from ledger.jws import key_from_jwk, parse_jws
from ledger.keys import KeyChange, KeyHistory, KeyRegistered, KeyRevoked
from ledger.log_keys import EVENT as LOG_KEYS
from ledger.log_keys import check_form as log_keys_form
from ledger.rules import ActRules, Countersignature, Follower
from ledger.schema import Tables
from ledger.witness_change import EVENT as WITNESSES
from ledger.witness_change import check_form as witnesses_form

CASEWORK_TABLES = Tables("ledger", "casework")
"""Where the county's ledger lives in its database."""
OFFLINE_DAYS = 30
"""How old an act's `iat` may be: acts signed where there is no network are welcome."""


def read_keys(index: int, type_: str, state: bytes) -> Iterable[KeyChange]:
    """The changes of keys that a line makes."""
    act = decode_state(state)
    if act is None:
        return
    if brought := brought_key(type_, act[0]):
        yield KeyRegistered(index, *brought, makes_administrator(type_, act[0]))
    if ended := ended_key(type_, act[0]):
        kid, since = ended
        # A line forged past us may hold anything here.
        if {type(kid), type(since)} - {str, int, type(None)}:
            raise ValueError("kid is text and compromised_since an index")
        yield KeyRevoked(index, kid, since)


def countersignatures(claims: dict[str, Any]) -> Iterable[Countersignature]:
    """Registering a key takes the key's own signature, and a second person's over all that they second.

    A revocation's second signature is checked wherever there is one; that an administrator's key takes one is for
    `authority`, which is told who is an administrator. The key that ends may be the one that seconds its own end.
    """
    if claims["act"] in ("officer.register", "officer.add_key"):
        data = claims["data"]
        kid = key_from_jwk(data["jwk"]).kid
        statement = key_statement(claims["aud"], claims["case"], kid)
        yield Countersignature(data["possession"], POSSESSION_TYP, statement, data["jwk"])
        if claims["act"] == "officer.register":
            seconded = registration_statement(claims["aud"], claims["case"], kid, data["unit"], data["administrator"])
        else:
            seconded = statement
        yield Countersignature(data["second"], SECOND_TYP, seconded)
    elif claims["act"] == "officer.revoke_key" and "second" in (data := claims["data"]):
        kid = data["kid"]
        statement = revocation_statement(claims["aud"], claims["case"], kid, data.get("compromised_since"))
        yield Countersignature(data["second"], REVOCATION_TYP, statement, ends=kid)


def followers(type_: str, state: bytes) -> Iterable[Follower]:
    """What is recorded with an act, directly after it: the claim that makes a key one officer's for ever, and what the
    act brings to people's streams."""
    act = decode_state(state)
    if act is None:
        return
    jws, relied = act
    if brought := brought_key(type_, jws):
        officer, jwk = brought
        stream = key_claim_id(claims_of(jws)["aud"], key_from_jwk(jwk).kid)
        yield Follower(str(stream), 1, "key.claimed", claim_state({"by": officer}))
    if type_ in FOLLOWED:
        for claimed in person_followers(type_, UUID(claims_of(jws)["case"]), relied):
            state_of = claim_state(claimed.said)
            yield Follower(str(claimed.originator_id), claimed.originator_version, claimed.type, state_of)


def authority(index: int, type_: str, state: bytes, keys: KeyHistory) -> None:
    """Who may change whose keys, told from the lines before alone: the rules of `domain.decide` once more.

    There they keep an act out. Here they see to it that a row which somebody else put into the tables makes nobody an
    administrator, and ends nobody's key, however well an ordinary officer's key has signed it. Raises `Refused`.
    """
    act = decode_state(state)
    if act is None:
        raise Refused("nobody signed this line", code="key.authority")
    claims = claims_of(act[0])
    data, signer, officer = claims["data"], claims["iss"], claims["case"]
    period = keys.get(parse_jws(data["second"].encode()).kid) if data.get("second") else None
    second = period.holder if period and period.holder != signer else ""
    by_two = keys.is_administrator(second) or second == officer
    if type_ == "officer.registered":
        is_new = claims["version"] == 1 and not keys.is_holder(officer)
        may = is_new and keys.is_administrator(signer) and keys.is_administrator(second)
    elif type_ == "officer.key_added":
        may = keys.is_holder(officer) and keys.is_administrator(signer) and by_two
    else:
        ended = keys.get(data["kid"])
        may = (
            ended is not None
            and ended.holder == officer
            and parse_jws(act[0].encode()).kid != data["kid"]
            and (signer == officer or keys.is_administrator(signer))
            and (by_two or not keys.is_administrator(officer))
        )
    if not may:
        raise Refused("whoever signed this line may not change that officer's keys", code="key.authority")


def refusal_form(line: Follower, said: dict[str, Any]) -> None:
    """A refused attempt on its officer's own stream, strictly of its form: no text of anybody's. Raises `Refused`.

    The line does not name the ledger: `ledger.seal` has seen to that, and to its stream being the one it was made for.
    """
    wrong = wrong_in(said)
    if wrong is not None:
        raise Refused(f"{wrong} is not as a refusal has it", code="seal.form")


def evidence_form(line: Follower, said: dict[str, Any]) -> None:
    """That a bundle was made, and nothing more, in lines that are all alike. Raises `Refused`."""
    wrong = wrong_in_evidence(said)
    if wrong is not None or line.version != 1:
        raise Refused(f"{wrong or 'version'} is not as the record of a bundle has it", code="seal.form")


CASEWORK_RULES = ActRules(
    TYPES,
    KEY_EVENTS,
    read_keys,
    countersignatures,
    PERSON_EVENTS | {"key.claimed", REFUSAL, EVIDENCE, HEAD_SEAL, LOG_KEYS, WITNESSES},
    followers,
    FOLLOWED | set(KEY_EVENTS),
    authority,
    {
        REFUSAL: refusal_form,
        EVIDENCE: evidence_form,
        HEAD_SEAL: head_seal_form,
        LOG_KEYS: log_keys_form,
        WITNESSES: witnesses_form,
    },
)
