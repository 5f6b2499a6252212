"""The embedded PostgreSQL as root and as an ordinary user, whatever they can reach."""

import multiprocessing
import os
import shutil
import stat
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
import pytest

from deploy import place
from deploy.place import DeployError, reachable_binaries, runs, server_account
from deploy.postgres import Server, embedded

ORDINARY = 65534  # a uid without privileges, which need not have a name


def as_ordinary_user(function: Callable[..., object], *args: object) -> object:
    """What `function` returns in a process of an ordinary user: of ours, if we are one.

    Forked without a new program: an interpreter below /root could not be started by anybody else.
    """
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=_step_down, args=(theirs, function, *args))
    child.start()
    theirs.close()
    try:
        result = ours.recv()
    finally:
        child.join()
    if isinstance(result, str):
        pytest.fail(result)
    return result


def _step_down(answer: Connection, function: Callable[..., object], *args: object) -> None:
    try:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(ORDINARY)
            os.setuid(ORDINARY)
        answer.send((function(*args),))
    except BaseException:
        answer.send(traceback.format_exc())


def who_serves(data: Path, bindir: Path | None) -> tuple[int, int]:
    """Start on `data`, write something, start again; the uid of the server and of its files."""
    with embedded(data, bindir=bindir) as server, psycopg.connect(server.admin_dsn()) as connection:
        connection.execute("CREATE TABLE kept ()")
    with embedded(data, bindir=bindir) as server, psycopg.connect(server.admin_dsn()) as connection:
        connection.execute("DROP TABLE kept")
        return os.stat(f"/proc/{server.pid}").st_uid, server.cluster.stat().st_uid


def refusal(data: Path, bindir: Path | None) -> str:
    try:
        Server(data, bindir=bindir).start()
    except DeployError as error:
        return f"refused: {error}"
    return "started"


@pytest.fixture
def programs(bindir: Path | None) -> Path:
    """Binaries that anybody can run, wherever this clone stands."""
    return reachable_binaries(server_account(), bindir, print)


@pytest.fixture
def anybodys(open_path: Path) -> Path:
    """A directory where an ordinary user may make things."""
    (open_path / "home").mkdir()
    (open_path / "home").chmod(0o777)
    return open_path / "home"


def test_root_lends_the_server_a_user_of_its_own(open_path: Path, bindir: Path | None):
    uid = server_account().uid
    assert uid != 0
    assert who_serves(open_path / "data", bindir) == (uid, uid)


def test_an_ordinary_user_is_the_servers_user(anybodys: Path, programs: Path):
    uid = ORDINARY if os.geteuid() == 0 else os.geteuid()
    assert as_ordinary_user(who_serves, anybodys / "data", programs) == ((uid, uid),)
    assert stat.S_IMODE((anybodys / "data").stat().st_mode) == 0o700


def test_below_a_closed_directory_it_works_and_stays_closed(tmp_path: Path, bindir: Path | None):
    tmp_path.chmod(0o700)
    data = tmp_path / "data"
    server = Server(data, bindir=bindir)
    server.start()
    home = server.cluster.parent
    try:
        server.stop()
        assert who_serves(data, bindir)[0] == server_account().uid
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
        shutil.move(data, tmp_path / "moved")
        assert who_serves(tmp_path / "moved", bindir)[0] == server_account().uid
        if os.geteuid() == 0:
            shutil.rmtree(home)
            assert "Restore" in refusal(tmp_path / "moved", bindir)
            assert not home.exists()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def test_binaries_in_a_closed_directory_are_copied_to_an_open_one(open_path: Path, monkeypatch: pytest.MonkeyPatch):
    closed = open_path / "closed"
    site = place.wheel_binaries().parents[2]
    for part in (place.PROGRAMS.parent, place.LIBRARIES):
        shutil.copytree(site / part, closed / part)
    closed.chmod(0o700)
    monkeypatch.setattr(place, "wheel_binaries", lambda: closed / place.PROGRAMS)
    monkeypatch.setattr(place, "ELSEWHERE", open_path / "elsewhere")
    account = server_account()
    said: list[str] = []
    found = reachable_binaries(account, None, said.append)
    assert runs(account, found)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert reachable_binaries(account, None, said.append) == found
    assert len(said) == (0 if account.is_me() else 1)
    with embedded(open_path / "data") as server:
        assert Path(f"/proc/{server.pid}/exe").readlink() == found / "postgres"


def test_data_of_another_user_is_refused_and_left_alone(open_path: Path, programs: Path):
    data = open_path / "data"
    with embedded(data, bindir=programs):
        pass
    if os.geteuid() == 0:
        (answer,) = as_ordinary_user(refusal, data, programs)  # type: ignore[misc]
    else:
        data.chmod(0o500)
        answer = refusal(data, programs)
        data.chmod(0o700)
    assert "refused" in answer
    assert "belongs to another user" in answer
