"""Opening the county's ledger: once, whole or not at all, with keys that belong to it."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner

from api.cli import app
from api.database import DatabaseUnusable
from api.opening import ensure_ledger, open_county
from api.rules import CASEWORK_TABLES
from api.settings import Settings
from deploy.place import DeployError
from ledger.errors import LedgerError, LedgerMissing
from ledger.jws import key_of
from ledger.opening import Administrator, AlreadyOpened
from ledger.store import read_opened
from tests.conftest import fresh_database
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
        "3.pem",
        "3.id",
    }
    for path in (tmp_path / "keys").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, f"{path} is readable by others"


def test_two_administrators_are_told_to_get_a_third(database: Any, tmp_path: Path) -> None:
    files = []
    for number in range(2):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_bytes(orjson.dumps(Person().jwk))
    named = ["--origin", "county.example/1", "--county", "610924", "--data", str(tmp_path / "data"), "--json"]
    named += [text for file in files for text in ("--administrator", str(file))]
    places = {"MINGZHANG_DSN": database.service_dsn, "MINGZHANG_ADMIN_DSN": database.admin_dsn}
    done = CliRunner().invoke(app, ["init", *named], env=places)
    assert done.exit_code == 0, done.output
    assert len(orjson.loads(done.stdout)["administrators"]) == 2
    assert "第三" in CliRunner().invoke(app, ["init", "--help"]).output
    assert "三名" in done.stderr
    assert "third" in done.stderr


def test_three_administrators_are_told_nothing(database: Any, tmp_path: Path) -> None:
    named = ["--origin", "county.example/1", "--county", "610924", "--data", str(tmp_path / "data")]
    for number in range(3):
        (tmp_path / f"{number}.json").write_bytes(orjson.dumps(Person().jwk))
        named += ["--administrator", str(tmp_path / f"{number}.json")]
    places = {"MINGZHANG_DSN": database.service_dsn, "MINGZHANG_ADMIN_DSN": database.admin_dsn}
    done = CliRunner().invoke(app, ["init", *named], env=places)
    assert (done.exit_code, done.stderr) == (0, "")


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


def test_an_opening_that_breaks_off_leaves_nothing_in_the_database(database: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with psycopg.connect(database.admin_dsn, autocommit=True) as connection:
        with pytest.raises(DeployError):
            # The tables and rights are made when it turns out that no key can be kept.
            open_county(connection, settings_for(database, tmp_path / "file"), "county.example/1", administrators())
        assert connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'ledger'").fetchone() is None
    assert ensure_ledger(settings_for(database, tmp_path / "data"), database.admin_dsn).created


def test_a_role_that_cannot_log_in_is_named_before_anything_is_made(database: Any, tmp_path: Path) -> None:
    nobody = database.service_dsn.replace("mingzhang_service", "nobody_here")
    with pytest.raises(DatabaseUnusable) as said:
        ensure_ledger(Settings(data=tmp_path, dsn=nobody, admin_dsn=database.admin_dsn), database.admin_dsn)
    assert "MINGZHANG_DSN" in str(said.value)
    assert "nobody_here" in str(said.value)
    assert list(tmp_path.iterdir()) == []
    with psycopg.connect(database.admin_dsn) as connection, pytest.raises(LedgerMissing):
        read_opened(connection, CASEWORK_TABLES)


def test_a_role_without_rights_hears_which_setting_makes_the_tables(database: Any, tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable) as said:
        ensure_ledger(Settings(data=tmp_path, dsn=database.service_dsn), database.service_dsn)
    assert "MINGZHANG_ADMIN_DSN" in str(said.value)
    assert list(tmp_path.iterdir()) == []


def test_two_settings_that_name_two_databases_are_refused(database: Any, server: Any, tmp_path: Path) -> None:
    with fresh_database(server) as other:
        elsewhere = Settings(data=tmp_path, dsn=other.service_dsn, admin_dsn=database.admin_dsn)
        with pytest.raises(DatabaseUnusable, match="two different databases"):
            ensure_ledger(elsewhere, database.admin_dsn)


def test_a_start_with_the_owner_gives_another_role_its_rights(database: Any, tmp_path: Path) -> None:
    ensure_ledger(settings_for(database, tmp_path), database.admin_dsn)
    role = f"service_{uuid4().hex}"
    with psycopg.connect(database.admin_dsn, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'of-this-test'".encode())
        dsn = make_conninfo(database.service_dsn, user=role, password="of-this-test")
        with pytest.raises(DatabaseUnusable):
            ensure_ledger(Settings(data=tmp_path, dsn=dsn), dsn)
        ensure_ledger(Settings(data=tmp_path, dsn=dsn, admin_dsn=database.admin_dsn), database.admin_dsn)
        again = ensure_ledger(Settings(data=tmp_path, dsn=dsn), dsn)
        assert (again.created, again.unguarded) == (False, False)
        connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


def test_a_service_that_could_switch_the_triggers_off_is_noticed(database: Any, tmp_path: Path) -> None:
    assert ensure_ledger(Settings(data=tmp_path, dsn=database.admin_dsn), database.admin_dsn).unguarded


def test_a_ledger_of_ones_own_administrators_is_no_trial(database: Any, tmp_path: Path) -> None:
    settings = settings_for(database, tmp_path)
    with psycopg.connect(database.admin_dsn, autocommit=True) as connection:
        open_county(connection, settings, "county.example/1", administrators())
    assert not ensure_ledger(settings, database.admin_dsn).trial


def test_a_data_directory_that_belongs_to_another_ledger_is_refused(database: Any, tmp_path: Path) -> None:
    ensure_ledger(settings_for(database, tmp_path / "right"), database.admin_dsn)
    wrong = settings_for(database, tmp_path / "wrong")
    with pytest.raises(LedgerError) as missing:
        ensure_ledger(wrong, database.admin_dsn)
    assert missing.value.code == "ledger.no-key"
    assert "put it back" in str(missing.value)
