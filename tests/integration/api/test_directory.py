"""Who is who, as the one who seals a paper finds out: from lines, each checked, on nobody's word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from api.app import create_app
from api.client import Client, connect
from api.directory import Directory, read_directory
from api.rules import CASEWORK_TABLES
from domain.assignment import Duty
from ledger.act import encode_state
from ledger.errors import LedgerFaulty
from ledger.jws import b64url
from ledger.line import line_hash
from tests.county import Person, register
from tests.forging import append_line, remove_beyond
from tests.integration.api.conftest import Office
from tests.service import served

STARTING = "2021-07-01"


@pytest.fixture(scope="module")
def client(office: Office) -> Iterator[Client]:
    """Of the ledger on a real socket; the supervisor has a duty and a reading key."""
    county = office.county
    assigned = {"duties": ["supervise"], "starting": STARTING}
    office.record(county.pen.sign(county.admin1, county.supervisor.id, "officer.assign", assigned))
    office.record(county.pen.sign(county.supervisor, county.supervisor.id, "officer.add_reading_key", reading_key()))
    with served(create_app(office.settings)) as url, connect(url) as client:
        yield client


def reading_key() -> dict[str, str]:
    return {"kem": "X25519", "public": b64url(X25519PrivateKey.generate().public_key().public_bytes_raw())}


def supervisor_in(directory: Directory, office: Office) -> Any:
    return directory.officers[UUID(office.county.supervisor.id)]


def test_officers_stand_with_their_duties_and_reading_keys(office: Office, client: Client) -> None:
    directory = read_directory(client)
    found = supervisor_in(directory, office)
    assert found.has_duty(Duty.SUPERVISE, date(2026, 1, 1))
    assert len(found.reading_keys) == 1
    assert directory.fingerprint == line_hash(client.line(0)).hex()
    assert directory.officers[UUID(office.county.admin1.id)].administrator


def test_what_a_duty_s_end_and_a_key_s_end_leave_is_nothing(office: Office, client: Client) -> None:
    county = office.county
    person = Person()
    office.record(register(county.pen, county.admin1, county.admin2, person, "610924"))
    key = reading_key()
    office.record(county.pen.sign(person, person.id, "officer.add_reading_key", key))
    ended = {"public": key["public"], "reason": "lost"}
    office.record(county.pen.sign(county.admin1, person.id, "officer.end_reading_key", ended))
    assert read_directory(client).officers[UUID(person.id)].reading_keys == frozenset()


def in_the_supervisor_s_name(office: Office, thief: Person) -> tuple[str, str, Person, dict[str, Any]]:
    """A key of the thief's own, for papers meant for the supervisor."""
    iss = Person(office.county.supervisor.id, thief.private)
    return "officer.add_reading_key", "officer.reading_key_added", iss, reading_key()


def by_a_colleague(office: Office, thief: Person) -> tuple[str, str, Person, dict[str, Any]]:
    """Truly signed, by somebody whose reading key it is not."""
    return "officer.add_reading_key", "officer.reading_key_added", office.county.inspector, reading_key()


def duties_of_one_s_own(office: Office, thief: Person) -> tuple[str, str, Person, dict[str, Any]]:
    """Truly signed, by somebody who assigns nothing."""
    data = {"duties": ["commission"], "starting": STARTING}
    return "officer.assign", "officer.assigned", office.county.supervisor, data


def a_key_ended_by_a_colleague(office: Office, thief: Person) -> tuple[str, str, Person, dict[str, Any]]:
    """Truly signed: somebody wants another to read nothing any more."""
    ended = {"public": reading_key()["public"], "reason": "lost"}
    return "officer.end_reading_key", "officer.reading_key_ended", office.county.inspector, ended


@pytest.mark.parametrize(
    "forged", [in_the_supervisor_s_name, by_a_colleague, duties_of_one_s_own, a_key_ended_by_a_colleague]
)
def test_a_line_that_the_service_put_there_is_found_out(
    office: Office,
    client: Client,
    module_database: Any,
    forged: Callable[[Office, Person], tuple[str, str, Person, dict[str, Any]]],
) -> None:
    stream = office.county.supervisor.id
    code, type_, signer, data = forged(office, Person())
    version = supervisor_in(read_directory(client), office).version + 1
    state = encode_state(office.sign(signer, stream, code, data).split("~")[0], {})
    index = append_line(module_database.service_dsn, CASEWORK_TABLES, stream, version, type_, state)
    try:
        with pytest.raises(LedgerFaulty) as told:
            read_directory(client)
        assert (told.value.code, told.value.params["index"]) == ("ledger.forged", index)
    finally:
        remove_beyond(module_database.admin_dsn, CASEWORK_TABLES, index)
    assert supervisor_in(read_directory(client), office).has_duty(Duty.SUPERVISE, date(2026, 1, 1))


def test_a_forged_registration_makes_nobody_a_reader(office: Office, client: Client, module_database: Any) -> None:
    county, thief = office.county, Person()
    message = register(county.pen, Person(county.admin1.id, thief.private), thief, thief, "610924", administrator=True)
    state = encode_state(message.split("~")[0], {})
    dsn = module_database.service_dsn
    index = append_line(dsn, CASEWORK_TABLES, thief.id, 1, "officer.registered", state)
    try:
        with pytest.raises(LedgerFaulty) as told:
            read_directory(client)
        assert (told.value.code, told.value.params["index"]) == ("ledger.forged", index)
    finally:
        remove_beyond(module_database.admin_dsn, CASEWORK_TABLES, index)
