"""A real PostgreSQL for all tests: one server a session, one fresh database a test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import hypothesis
import psycopg
import pytest

from deploy.postgres import Server

_numbers = count(1)

# A shared machine is slow at times; that is no counterexample.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@dataclass(frozen=True)
class Database:
    """A database of its own for one test. The DSNs are of the superuser and of the service's role."""

    name: str
    admin_dsn: str
    service_dsn: str


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgres",
        metavar="BINDIR",
        help="run on the PostgreSQL binaries of this directory, not on the wheel's",
    )


@pytest.fixture(scope="session")
def bindir(request: pytest.FixtureRequest) -> Path | None:
    """The PostgreSQL binaries under test; None for the wheel's."""
    option = request.config.getoption("--postgres")
    return Path(option) if option else None


@pytest.fixture(scope="session")
def server(bindir: Path | None) -> Iterator[Server]:
    """The session's server. It does not flush to disk: a test of durability starts a server of its own."""
    directory = open_directory()
    server = Server(directory / "data", bindir=bindir, settings={"fsync": "off", "full_page_writes": "off"})
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory)


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """A fresh, empty database, dropped after the test."""
    with fresh_database(server) as database:
        yield database


@pytest.fixture(scope="module")
def module_database(server: Server) -> Iterator[Database]:
    """A fresh, empty database for all tests of one file."""
    with fresh_database(server) as database:
        yield database


@contextmanager
def fresh_database(server: Server) -> Iterator[Database]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server.admin_dsn("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield Database(name, server.admin_dsn(name), server.service_dsn(name))
    if not server.alive():
        server.start()
    with psycopg.connect(server.admin_dsn("postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A directory that the server's own user can enter, which pytest's `tmp_path` is not."""
    directory = open_directory()
    yield directory
    shutil.rmtree(directory)


def open_directory() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="mz-", dir="/tmp"))
    directory.chmod(0o711)
    return directory
