"""Keys are registered by two people and the key itself, and end when they are revoked."""

from typing import Any
from uuid import uuid4

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from domain.officer import (
    POSSESSION_TYP,
    REVOCATION_TYP,
    SECOND_TYP,
    key_statement,
    registration_statement,
    revocation_statement,
)
from ledger.act import TYP
from ledger.disclosure import disclose
from ledger.jws import b64url, sign_jws
from ledger.verify import verify
from ledger.verify_database import DatabaseSource
from tests.county import TOWN, Person, submit_data
from tests.integration.api.conftest import Office

RANK = (TOWN, False)


def papers(office: Office, new: Person, second: Person, rank: tuple[str, bool] | None = None) -> dict[str, Any]:
    """A key with its proof of possession and the second signature: of a registration with `rank`, or a further key."""
    statement = orjson.dumps(key_statement(office.county.pen.origin, new.id, new.kid))
    seconded = statement
    if rank is not None:
        seconded = orjson.dumps(registration_statement(office.county.pen.origin, new.id, new.kid, *rank))
    return {
        "jwk": new.jwk,
        "possession": sign_jws(new.private, POSSESSION_TYP, statement),
        "second": sign_jws(second.private, SECOND_TYP, seconded),
    }


def registration(office: Office, new: Person, **changes: Any) -> str:
    """Signed by the first administrator, seconded by the second; `changes` go into the data."""
    county = office.county
    data = {"unit": TOWN, "administrator": False} | papers(office, new, county.admin2, RANK) | changes
    data = {name: value for name, value in data.items() if value is not None}
    return office.sign(county.admin1, new.id, "officer.register", data)


def new_administrator(office: Office) -> Person:
    """One more administrator, registered by the first two."""
    county, chief = office.county, Person()
    data = {"unit": "610924", "administrator": True} | papers(office, chief, county.admin2, ("610924", True))
    office.record(county.pen.sign(county.admin1, chief.id, "officer.register", data))
    return chief


def revocation(office: Office, holder: Person, second: Person, **others: Any) -> dict[str, Any]:
    """What ends the holder's key, with a second person's signature."""
    since = others.get("compromised_since")
    statement = revocation_statement(office.county.pen.origin, holder.id, holder.kid, since)
    signed = sign_jws(second.private, REVOCATION_TYP, orjson.dumps(statement))
    return {"kid": holder.kid, "reason": "lost", "second": signed} | others


def statement_of(office: Office, officer: str, kid: str) -> bytes:
    return orjson.dumps(key_statement(office.county.pen.origin, officer, kid))


def submission(office: Office, person: Person) -> str:
    data, disclosures = submit_data()
    return office.sign(person, str(uuid4()), "apply.submit", data, disclosures=disclosures)


def test_a_registered_key_signs_from_then_on_and_not_before(office: Office) -> None:
    new = Person()
    early = submission(office, new)
    office.refused(early, 403, "key.unknown")
    office.record(registration(office, new))
    office.record(early)


@pytest.mark.parametrize(
    "private", [Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())], ids=["Ed25519", "ES256"]
)
def test_keys_of_both_kinds_are_registered_and_sign(office: Office, private: Any) -> None:
    new = Person(private=private)
    office.record(registration(office, new))
    office.record(submission(office, new))


def test_each_missing_wrong_foreign_or_reused_piece_is_refused(office: Office) -> None:
    county, new, other = office.county, Person(), Person()
    right = statement_of(office, new.id, new.kid)
    kid_of_other = statement_of(office, new.id, other.kid)
    id_of_other = statement_of(office, other.id, new.kid)
    other_ledger = orjson.dumps({"aud": "other.example", "officer": new.id, "kid": new.kid})
    more = orjson.dumps(orjson.loads(right) | {"more": 1})
    doubled = b'{"aud":"x",' + right[1:]
    possession, second = POSSESSION_TYP, SECOND_TYP
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({"possession": None}, 422, "data.schema"),
        ({"second": None}, 422, "data.schema"),
        ({"jwk": None}, 422, "data.schema"),
        ({"possession": 7}, 422, "data.schema"),
        ({"possession": ""}, 422, "act.form"),
        ({"second": "a.b.c"}, 422, "act.base64"),
        ({"possession": sign_jws(other.private, possession, right)}, 422, "act.kid"),
        ({"possession": sign_jws(county.admin1.private, possession, right)}, 422, "act.kid"),
        ({"possession": sign_jws(new.private, second, right)}, 422, "countersignature.typ"),
        ({"possession": sign_jws(new.private, TYP, right)}, 422, "countersignature.typ"),
        ({"possession": sign_jws(new.private, possession, kid_of_other)}, 422, "countersignature.payload"),
        ({"possession": sign_jws(new.private, possession, id_of_other)}, 422, "countersignature.payload"),
        ({"possession": sign_jws(new.private, possession, other_ledger)}, 422, "countersignature.payload"),
        ({"possession": sign_jws(new.private, possession, more)}, 422, "countersignature.payload"),
        ({"possession": sign_jws(new.private, possession, b"rubbish")}, 422, "countersignature.payload"),
        ({"possession": sign_jws(new.private, possession, doubled)}, 422, "countersignature.payload"),
        ({"second": sign_jws(county.admin2.private, possession, right)}, 422, "countersignature.typ"),
        ({"second": sign_jws(county.admin2.private, second, id_of_other)}, 422, "countersignature.payload"),
        ({"second": sign_jws(county.admin2.private, second, other_ledger)}, 422, "countersignature.payload"),
        ({"second": sign_jws(county.admin1.private, second, right)}, 422, "countersignature.same"),
        ({"second": sign_jws(other.private, second, right)}, 403, "key.unknown"),
        ({"second": sign_jws(new.private, second, right)}, 403, "key.unknown"),
        ({"second": papers(office, new, county.clerk, RANK)["second"]}, 403, "officer.second"),
        ({"second": sign_jws(county.admin2.private, second, right)}, 422, "countersignature.payload"),
        ({"jwk": other.jwk}, 422, "act.kid"),
        ({"jwk": new.jwk | {"kid": new.kid}}, 422, "key.invalid"),
        ({"unit": "61092"}, 422, "countersignature.payload"),
        ({"administrator": "no"}, 422, "countersignature.payload"),
        ({"more": 1}, 422, "data.schema"),
    ]
    for changes, status, code in wrong:
        office.refused(registration(office, new, **changes), status, code)
    forged = papers(office, new, county.admin2, RANK)["second"]
    office.refused(registration(office, new, second=forged[:-8] + "AAAAAAAA"), 422, "act.signature")
    office.record(registration(office, new))


def test_a_key_of_small_order_is_refused_though_it_signs_anything(office: Office) -> None:
    neutral = (1).to_bytes(32, "little")
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64url(neutral)}
    office.refused(registration(office, Person(), jwk=jwk), 422, "key.invalid")


def test_only_administrators_register_and_nobody_twice(office: Office) -> None:
    county, new = office.county, Person()
    data = {"unit": TOWN, "administrator": False} | papers(office, new, county.admin2, RANK)
    office.refused(office.sign(county.inspector, new.id, "officer.register", data), 403, "officer.not-administrator")
    office.refused(office.sign(county.clerk, new.id, "officer.register", data), 403, "officer.not-administrator")
    office.record(registration(office, new))
    once_more = Person(id=new.id)
    message = office.sign(
        county.admin1,
        new.id,
        "officer.register",
        {"unit": TOWN, "administrator": True} | papers(office, once_more, county.admin2, (TOWN, True)),
    )
    office.refused(message, 403, "officer.exists")


def test_a_key_is_one_officer_s_for_ever(office: Office) -> None:
    county, first = office.county, Person()
    office.record(registration(office, first))
    thief = Person(private=first.private)
    office.refused(registration(office, thief), 403, "key.taken")
    office.record(county.pen.sign(county.admin1, first.id, "officer.revoke_key", {"kid": first.kid, "reason": "left"}))
    office.refused(registration(office, thief), 403, "key.taken")
    back = papers(office, first, county.admin2)
    office.refused(office.sign(county.admin1, first.id, "officer.add_key", back), 403, "key.taken")


def test_two_registrations_of_one_key_at_once_leave_one_holder(office: Office) -> None:
    second = office.another()
    private = Ed25519PrivateKey.generate()
    people = [Person(private=private), Person(private=private)]
    messages = [registration(office, person) for person in people]
    answers = office.together(
        office.county.client.post("/acts", content=messages[0]), second.post("/acts", content=messages[1])
    )
    assert sorted(answer.status_code for answer in answers) == [201, 403]
    assert {answer.json().get("code") for answer in answers} == {None, "key.taken"}


def test_an_officer_s_new_key_is_seconded_by_their_old_one_or_by_another_administrator(office: Office) -> None:
    county, officer = office.county, Person()
    office.record(registration(office, officer))
    for seconder, status, code in [
        (county.clerk, 403, "officer.second"),
        (county.admin1, 422, "countersignature.same"),
        (Person(), 403, "key.unknown"),
    ]:
        new = Person(id=officer.id)
        message = office.sign(county.admin1, officer.id, "officer.add_key", papers(office, new, seconder))
        office.refused(message, status, code)
    for seconder in (officer, county.admin2):
        new = Person(id=officer.id)
        office.record(office.sign(county.admin1, officer.id, "officer.add_key", papers(office, new, seconder)))
        office.record(submission(office, new))
    office.record(submission(office, officer))
    stranger = Person()
    unknown = office.sign(county.admin1, stranger.id, "officer.add_key", papers(office, stranger, county.admin2))
    office.refused(unknown, 403, "officer.unknown")


def test_an_administrator_adds_no_key_to_themselves_alone(office: Office) -> None:
    county = office.county
    new = Person(id=county.admin1.id)
    alone = office.sign(county.admin1, county.admin1.id, "officer.add_key", papers(office, new, county.admin1))
    office.refused(alone, 422, "countersignature.same")
    office.record(office.sign(county.admin1, county.admin1.id, "officer.add_key", papers(office, new, county.admin2)))
    by_new_key = office.sign(
        new, county.admin1.id, "officer.add_key", papers(office, Person(id=county.admin1.id), county.admin1)
    )
    office.refused(by_new_key, 422, "countersignature.same")


def test_a_revoked_key_signs_and_seconds_nothing_more(office: Office) -> None:
    county = office.county
    chief, new = new_administrator(office), Person()
    seconded = papers(office, new, chief)
    revoke = revocation(office, chief, county.admin2, reason="replaced")
    office.record(county.pen.sign(county.admin1, chief.id, "officer.revoke_key", revoke))
    office.refused(registration(office, new, **seconded), 403, "key.not-valid")
    office.refused(submission(office, chief), 403, "key.not-valid")
    office.refused(office.sign(county.admin1, chief.id, "officer.revoke_key", revoke), 403, "key.not-held")


def test_one_administrator_ends_no_other_administrator_s_key(office: Office) -> None:
    county = office.county
    chief = new_administrator(office)
    alone = {"kid": chief.kid, "reason": "lost"}
    said = office.refused(
        office.sign(county.admin1, chief.id, "officer.revoke_key", alone), 403, "officer.second-needed"
    )
    assert "second-revoke" in said["detail"]
    origin = county.pen.origin
    right = orjson.dumps(revocation_statement(origin, chief.id, chief.kid, None))
    of_other = orjson.dumps(revocation_statement(origin, county.admin2.id, chief.kid, None))
    suspect = orjson.dumps(revocation_statement(origin, chief.id, chief.kid, 3))
    elsewhere = orjson.dumps(revocation_statement("other.example", chief.id, chief.kid, None))
    wrong: list[tuple[Any, int, str]] = [
        (None, 422, "data.schema"),
        (7, 422, "data.schema"),
        ("", 422, "act.form"),
        (sign_jws(county.admin1.private, REVOCATION_TYP, right), 422, "countersignature.same"),
        (sign_jws(county.admin2.private, SECOND_TYP, right), 422, "countersignature.typ"),
        (sign_jws(county.admin2.private, REVOCATION_TYP, of_other), 422, "countersignature.payload"),
        (sign_jws(county.admin2.private, REVOCATION_TYP, suspect), 422, "countersignature.payload"),
        (sign_jws(county.admin2.private, REVOCATION_TYP, elsewhere), 422, "countersignature.payload"),
        (sign_jws(county.clerk.private, REVOCATION_TYP, right), 403, "officer.second"),
        (sign_jws(Person().private, REVOCATION_TYP, right), 403, "key.unknown"),
    ]
    for second, status, code in wrong:
        message = office.sign(county.admin1, chief.id, "officer.revoke_key", alone | {"second": second})
        office.refused(message, status, code)
    doubtful = alone | {"compromised_since": 3, "second": sign_jws(county.admin2.private, REVOCATION_TYP, right)}
    office.refused(
        office.sign(county.admin1, chief.id, "officer.revoke_key", doubtful), 422, "countersignature.payload"
    )


def test_an_administrator_seconds_the_end_of_their_own_key_with_that_very_key(office: Office) -> None:
    county, chief = office.county, new_administrator(office)
    revoke = revocation(office, chief, chief, reason="left")
    message = county.pen.sign(county.admin1, chief.id, "officer.revoke_key", revoke)
    recorded = office.record(message)
    again = office.send(message, office.another())
    assert (again.status_code, again.json()["index"]) == (201, recorded["index"])
    verdict = verify(DatabaseSource(county.dsn, CASEWORK_TABLES), CASEWORK_RULES, processes=1)
    assert [fault for fault in verdict.faults if fault.code.startswith(("act", "key"))] == []


def test_a_key_in_rotation_takes_a_second_person_too(office: Office) -> None:
    county, chief = office.county, new_administrator(office)
    newer = Person(id=chief.id)
    office.record(county.pen.sign(county.admin1, chief.id, "officer.add_key", papers(office, newer, chief)))
    alone = {"kid": chief.kid, "reason": "replaced"}
    office.refused(office.sign(newer, chief.id, "officer.revoke_key", alone), 403, "officer.second-needed")
    by_both = revocation(office, chief, chief)
    office.refused(office.sign(newer, chief.id, "officer.revoke_key", by_both), 422, "countersignature.same")
    seconded = revocation(office, chief, county.admin2, compromised_since=5)
    office.record(county.pen.sign(newer, chief.id, "officer.revoke_key", seconded))


def test_a_second_signature_under_a_clerk_s_revocation_is_checked_where_there_is_one(office: Office) -> None:
    county, officer = office.county, Person()
    office.record(registration(office, officer))
    for second, status, code in [(county.clerk, 403, "officer.second"), (county.admin1, 422, "countersignature.same")]:
        message = office.sign(county.admin1, officer.id, "officer.revoke_key", revocation(office, officer, second))
        office.refused(message, status, code)
    office.record(
        county.pen.sign(county.admin1, officer.id, "officer.revoke_key", revocation(office, officer, officer))
    )


def test_officers_revoke_their_own_keys_and_nobody_else_s(office: Office) -> None:
    county, officer = office.county, Person()
    office.record(registration(office, officer))
    revoke = {"kid": officer.kid, "reason": "lost"}
    office.refused(
        office.sign(county.clerk, officer.id, "officer.revoke_key", revoke), 403, "officer.not-administrator"
    )
    wrong = {"kid": county.clerk.kid, "reason": "lost"}
    office.refused(office.sign(county.admin1, officer.id, "officer.revoke_key", wrong), 403, "key.not-held")
    for since in (-1, "3", 2**60, 1.5):
        message = office.sign(county.admin1, officer.id, "officer.revoke_key", revoke | {"compromised_since": since})
        office.refused(message, 422, "data.schema")
    office.refused(office.sign(officer, officer.id, "officer.revoke_key", revoke), 403, "key.self")
    newer = Person(id=officer.id)
    office.record(office.sign(county.admin1, officer.id, "officer.add_key", papers(office, newer, officer)))
    office.record(office.sign(newer, officer.id, "officer.revoke_key", revoke))
    office.refused(submission(office, officer), 403, "key.not-valid")
    office.record(submission(office, newer))


def test_lines_since_the_compromise_are_marked_and_stay_valid(office: Office) -> None:
    county, officer = office.county, Person()
    office.record(registration(office, officer))
    before, after = (office.record(submission(office, officer)) for _ in range(2))
    revoke = {"kid": officer.kid, "reason": "compromised", "compromised_since": after["index"]}
    office.record(county.pen.sign(county.admin1, officer.id, "officer.revoke_key", revoke))
    for recorded, suspect in ((before, False), (after, True)):
        for client in (county.client, office.another()):
            (entry,) = office.get(f"/cases/{recorded['stream']}/history", client).json()["entries"]
            assert entry["signature"] == {"valid": True, "kid": officer.kid, "suspect": suspect}


def test_a_registration_names_a_person_only_by_digests(office: Office) -> None:
    county, new = office.county, Person()
    name = disclose("name", "测试官")
    data = {"unit": TOWN, "administrator": False} | papers(office, new, county.admin2, RANK)
    clear = office.sign(county.admin1, new.id, "officer.register", data | {"person": {"name": "测试官"}})
    office.refused(clear, 422, "data.personal")
    hidden = data | {"person": {"_sd": [name.digest]}}
    office.record(office.sign(county.admin1, new.id, "officer.register", hidden, disclosures=[name]))


def test_nobody_is_made_more_than_was_seconded(office: Office) -> None:
    """The second administrator signs unit and rank: a village clerk's paper makes no second administrator."""
    new, county = Person(), office.county
    seconded = papers(office, new, county.admin2, RANK)
    for raised in ({"unit": TOWN, "administrator": True}, {"unit": "610924", "administrator": False}):
        office.refused(
            office.sign(county.admin1, new.id, "officer.register", raised | seconded), 422, "countersignature.payload"
        )
    office.record(registration(office, new))


def test_a_first_administrators_key_is_nobody_elses(office: Office) -> None:
    """Line 0 gave it away; a second holder could end it behind the first one's back."""
    twin = Person(private=office.county.admin1.private)
    message = registration(office, twin)
    office.refused(message, 403, "key.taken")
