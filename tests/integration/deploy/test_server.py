"""The embedded PostgreSQL in its ordinary life."""

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.place import DeployError
from deploy.postgres import Server, at_hand, embedded, running
from tests.conftest import Database


@pytest.fixture
def own(open_path: Path, bindir: Path | None) -> Iterator[Server]:
    """A server of the test's own, with the settings of real life."""
    server = Server(open_path / "data", bindir=bindir)
    server.start()
    yield server
    server.stop()


def one(dsn: str, query: str) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def modes_above(path: Path) -> dict[Path, int]:
    return {parent: parent.stat().st_mode for parent in path.parents}


def test_a_database_is_fresh_and_the_service_gets_in(database: Database):
    assert one(database.service_dsn, "SELECT current_user") == "mingzhang_service"
    assert one(database.service_dsn, "SELECT current_database()") == database.name


def test_the_service_is_nobody_special(own: Server):
    with psycopg.connect(own.admin_dsn("postgres")) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolcanlogin"
            " FROM pg_roles WHERE rolname = 'mingzhang_service'"
        ).fetchone()
    assert row == (False, False, False, False, False, True)


def test_the_service_gets_no_further_than_its_database(own: Server):
    for elsewhere in ("postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(own.service_dsn(elsewhere))
    for statement in (
        "CREATE TEMP TABLE t (n int)",
        "CREATE TABLE public.t (n int)",
        "CREATE SCHEMA s",
        "SELECT lo_create(0)",
        "SELECT lo_from_bytea(0, 'x')",
        "SELECT lo_creat(-1)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            one(own.service_dsn(), statement)


def test_what_a_thief_of_the_services_password_changes_is_put_right_at_the_next_start(own: Server):
    with psycopg.connect(own.service_dsn(), autocommit=True) as connection:
        connection.execute("ALTER ROLE CURRENT_USER SET default_transaction_read_only = on")
        connection.execute("ALTER ROLE CURRENT_USER IN DATABASE mingzhang SET statement_timeout = 1")
        connection.execute("ALTER ROLE CURRENT_USER PASSWORD 'stolen'")
    with psycopg.connect(own.admin_dsn(), autocommit=True) as connection:
        connection.execute("ALTER ROLE mingzhang_service CREATEDB CONNECTION LIMIT 0 VALID UNTIL 'yesterday'")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(own.service_dsn())
    own.stop()
    own.start()
    assert one(own.service_dsn(), "SHOW statement_timeout") == "0"
    assert one(own.service_dsn(), "SHOW default_transaction_read_only") == "off"
    assert one(own.admin_dsn(), "SELECT count(*) FROM pg_db_role_setting") == 0
    assert one(own.admin_dsn(), "SELECT rolcreatedb FROM pg_roles WHERE rolname = 'mingzhang_service'") is False


def test_what_is_committed_is_on_disk_and_checked(own: Server):
    settings = ["fsync", "synchronous_commit", "full_page_writes", "data_checksums"]
    assert [one(own.service_dsn(), f"SHOW {name}") for name in settings] == ["on"] * 4
    assert one(own.service_dsn(), "SHOW server_encoding") == "UTF8"


def test_nobody_gets_in_without_a_password_or_over_the_network(own: Server):
    assert one(own.admin_dsn(), "SHOW listen_addresses") == ""
    for dsn in (own.admin_dsn(), own.service_dsn()):
        known = psycopg.conninfo.conninfo_to_dict(dsn)
        for password in ("", "wrong"):
            wrong = psycopg.conninfo.make_conninfo(**(known | {"password": password}))  # type: ignore[arg-type]
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(wrong)
    with psycopg.connect(own.admin_dsn()) as connection:
        stored = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolcanlogin").fetchall()
        rules = connection.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
    assert [password.split("$")[0] for (password,) in stored] == ["SCRAM-SHA-256"] * 2
    assert rules == [("scram-sha-256",)]


def test_secrets_and_socket_are_private(own: Server):
    sockets = Path(str(psycopg.conninfo.conninfo_to_dict(own.service_dsn())["host"]))
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert stat.S_IMODE(own.cluster.stat().st_mode) == 0o700
    assert stat.S_IMODE((own.data / "secrets").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (own.data / "secrets").iterdir()} == {0o600}
    commands = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    for path in (own.data / "secrets").iterdir():
        assert path.read_text().strip() not in commands


def test_the_log_names_no_statement_and_no_row(own: Server):
    with psycopg.connect(own.admin_dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE people (name text PRIMARY KEY)")
        connection.execute("INSERT INTO people VALUES ('made up')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO people VALUES ('made up')")
    log = (own.data / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "made up" not in log


def test_a_second_start_finds_what_the_first_left(open_path: Path, bindir: Path | None):
    data = open_path / "data"
    with embedded(data, bindir=bindir) as server:
        with psycopg.connect(server.admin_dsn()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        identity = one(server.admin_dsn(), "SELECT system_identifier FROM pg_control_system()")
        dsn = server.service_dsn()
    with embedded(data, bindir=bindir) as server:
        assert one(server.admin_dsn(), "SELECT answer FROM kept") == 42
        assert one(server.admin_dsn(), "SELECT system_identifier FROM pg_control_system()") == identity
        assert server.service_dsn() == dsn


def test_no_permission_outside_data_changes(open_path: Path, bindir: Path | None):
    (open_path / "closed").mkdir(mode=0o700)
    for data in (open_path / "data", open_path / "closed" / "data"):
        before = modes_above(data)
        with embedded(data, bindir=bindir) as server:
            assert one(server.service_dsn(), "SELECT 1") == 1
            elsewhere = server.cluster.parent
        assert modes_above(data) == before
        if elsewhere != data:
            subprocess.run(["rm", "-r", str(elsewhere)], check=True)


def test_data_that_was_there_keeps_its_mode(open_path: Path, bindir: Path | None):
    data = open_path / "data"
    data.mkdir(mode=0o755)
    with embedded(data, bindir=bindir):
        pass
    assert stat.S_IMODE(data.stat().st_mode) == 0o755


def test_a_path_too_long_for_a_socket_gets_a_short_one(open_path: Path, bindir: Path | None):
    data = open_path / ("long" * 25) / "data"
    data.parent.mkdir()
    with embedded(data, bindir=bindir) as server:
        assert one(server.service_dsn(), "SELECT 1") == 1
        sockets = Path(str(psycopg.conninfo.conninfo_to_dict(server.service_dsn())["host"]))
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert not sockets.exists()


def test_one_data_has_one_server_and_others_can_find_it(own: Server, bindir: Path | None):
    with pytest.raises(DeployError, match=f"in use by another Mingzhang \\(process {os.getpid()}\\)"):
        Server(own.data, bindir=bindir).start()
    assert own.alive()
    access = running(own.data)
    assert access is not None
    assert access.service_dsn() == own.service_dsn()
    with at_hand(own.data) as found:
        assert one(found.admin_dsn(), "SELECT 1") == 1
    own.stop()
    assert running(own.data) is None


def test_a_stopped_server_leaves_no_process(own: Server):
    pid = own.pid
    own.stop()
    assert not own.alive()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(DeployError, match="not running"):
        own.service_dsn()


def test_a_lost_cluster_is_an_error_and_not_a_new_one(own: Server, bindir: Path | None):
    own.stop()
    own.cluster.rename(own.data / "elsewhere")
    with pytest.raises(DeployError, match="was here and is gone"):
        Server(own.data, bindir=bindir).start()
    assert not own.cluster.exists()


def test_a_lost_password_is_an_error_that_says_what_to_do(own: Server, bindir: Path | None):
    own.stop()
    (own.data / "secrets" / "postgres-postgres.password").unlink()
    with pytest.raises(DeployError, match="Restore it from the backup"):
        Server(own.data, bindir=bindir).start()


def test_a_lost_password_of_the_service_is_made_anew(own: Server, bindir: Path | None):
    before = own.service_dsn()
    own.stop()
    (own.data / "secrets" / "postgres-mingzhang_service.password").unlink()
    with embedded(own.data, bindir=bindir) as server:
        assert server.service_dsn() != before
        assert one(server.service_dsn(), "SELECT current_user") == "mingzhang_service"


def test_a_cluster_of_another_version_is_refused(own: Server, bindir: Path | None):
    own.stop()
    (own.cluster / "PG_VERSION").write_text("14\n")
    with pytest.raises(DeployError, match="was made by PostgreSQL 14"):
        Server(own.data, bindir=bindir).start()


def test_no_cluster_is_begun_where_there_is_no_room_for_it(
    open_path: Path, bindir: Path | None, monkeypatch: pytest.MonkeyPatch
):
    data = open_path / "data"
    monkeypatch.setattr("deploy.postgres._FIRST_START", 1 << 60)
    with pytest.raises(DeployError, match=r"MB left, and a first start takes .* Make room"):
        Server(data, bindir=bindir).start()
    assert {path.name for path in data.iterdir()} <= {"postgres.lock", "secrets", "postgres.elsewhere"}
    monkeypatch.undo()
    with embedded(data, bindir=bindir) as server:
        assert one(server.service_dsn(), "SELECT 1") == 1


def test_a_server_that_will_not_start_says_why(open_path: Path, bindir: Path | None):
    server = Server(open_path / "data", bindir=bindir, settings={"no_such_setting": "1"})
    with pytest.raises(DeployError, match="no_such_setting"):
        server.start()
    assert running(open_path / "data") is None
