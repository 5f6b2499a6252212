"""Opening the county's ledger: once, whole or not at all, with keys that belong to it."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.opening import ensure_ledger, open_county
from api.rules import CASEWORK_TABLES
from api.settings import Settings
from ledger.errors import LedgerError, LedgerMissing
from ledger.jws import key_of
from ledger.opening import Administrator, AlreadyOpened
from ledger.store import read_opened
from tests.county import Person


def administrators() -> list[Administrator]:
    people = [Person(), Person()]
    return [Administrator(p.id, key_of(p.private.public_key()), "610924") for p in people]


def settings_for(database: Any, data: Path) -> Settings:
    return Settings(data=data, dsn=database.service_dsn, admin_dsn=database.admin_dsn)


def test_a_trial_ledger_is_opened_once_and_found_again(database: Any, tmp_path: Path) -> None:
    settings = settings_for(database, tmp_path)
    first = ensure_ledger(settings, database.admin_dsn)
    again = ensure_ledger(settings, database.admin_dsn)
    assert (first.created, again.created) == (True, False)
    assert first.fingerprint == again.fingerprint
    assert {path.name for path in (tmp_path / "keys" / "administrators").iterdir()} == {
        "1.pem",
        "1.id",
        "2.pem",
        "2.id",
    }
    for path in (tmp_path / "keys").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, f"{path} is readable by others"


def test_a_second_opening_and_a_bad_origin_change_nothing(database: Any, tmp_path: Path) -> None:
    settings = settings_for(database, tmp_path / "one")
    with psycopg.connect(database.admin_dsn, autocommit=True) as connection:
        with pytest.raises(LedgerError) as bad:
            open_county(connection, settings, "no spaces please", administrators())
        assert bad.value.code == "ledger.origin"
        with pytest.raises(LedgerMissing):
            read_opened(connection, CASEWORK_TABLES)
        assert not settings.data.exists()
        opened = open_county(connection, settings, "county.example/1", administrators())
        with pytest.raises(AlreadyOpened):
            open_county(connection, settings_for(database, tmp_path / "two"), "county.example/2", administrators())
        assert not (tmp_path / "two").exists()
        assert read_opened(connection, CASEWORK_TABLES).fingerprint == opened.fingerprint


def test_an_opening_that_was_interrupted_goes_on_with_the_keys_that_are_there(database: Any, tmp_path: Path) -> None:
    settings = settings_for(database, tmp_path)
    with psycopg.connect(database.admin_dsn, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA ledger")
        with pytest.raises(psycopg.errors.UndefinedObject):
            # The database refuses half-way: the role to be granted to is not there.
            open_county(
                connection,
                Settings(data=tmp_path, dsn=database.service_dsn.replace("mingzhang_service", "nobody_here")),
                "county.example/1",
                administrators(),
            )
    assert ensure_ledger(settings, database.admin_dsn).created


def test_a_data_directory_that_belongs_to_another_ledger_is_refused(database: Any, tmp_path: Path) -> None:
    ensure_ledger(settings_for(database, tmp_path / "right"), database.admin_dsn)
    wrong = settings_for(database, tmp_path / "wrong")
    with pytest.raises(LedgerError) as missing:
        ensure_ledger(wrong, database.admin_dsn)
    assert missing.value.code == "ledger.no-key"
    assert "put it back" in str(missing.value)
