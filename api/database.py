"""Reaching the county's PostgreSQL, and telling what is wrong with it in the words of its settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict

from api.settings import Settings
from deploy.place import DeployError
from ledger.connection import open_connection
from ledger.schema import Tables
from ledger.store import AnyConnection

SERVICE, OWNER = "MINGZHANG_DSN", "MINGZHANG_ADMIN_DSN"
TIMEOUT = 15
"""Seconds to wait for a server that does not answer, unless the DSN says otherwise."""

_SEE = " See deploy/README.md."
_REMEDIES = (
    # what PostgreSQL says -> what to do
    ("does not exist", "Make the role or the database first, or correct the DSN." + _SEE),
    ("password", "Correct the role or its password in the DSN; where there is no such role yet, make it first." + _SEE),
    ("permission denied", "Let this role in: GRANT CONNECT ON DATABASE … TO …." + _SEE),
    ("no pg_hba.conf entry", "Let this role in: pg_hba.conf of that server."),
)
_RIGHTS = {
    SERVICE: "That role may not do what is needed. Name the ledger's owner in MINGZHANG_ADMIN_DSN and start once more:"
    " that makes the tables where there are none, and grants this role its rights." + _SEE,
    OWNER: "It must be the role that owns the database and the ledger's tables." + _SEE,
}


class DatabaseUnusable(DeployError):
    """The database cannot be used as it is; the message names the setting and the remedy. Nothing was changed."""


def owner_variable(settings: Settings) -> str:
    """The setting that names who makes the tables."""
    return OWNER if settings.admin_dsn else SERVICE


@contextmanager
def told_of(variable: str) -> Iterator[None]:
    """Errors of a connection that the setting `variable` named become `DatabaseUnusable`."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseUnusable(f"{variable}: PostgreSQL says: {_one_line(error)}. {_RIGHTS[variable]}") from error
    except psycopg.OperationalError as error:
        said = _one_line(error)
        remedy = next((remedy for word, remedy in _REMEDIES if word in said), "Is the server running, the DSN right?")
        raise DatabaseUnusable(f"{variable} does not lead into a database: {said}. {remedy}") from error


@contextmanager
def connect(dsn: str, variable: str, purpose: str = "set-up") -> Iterator[AnyConnection]:
    """A connection in autocommit mode that no stored setting steers. Raises `DatabaseUnusable`."""
    try:
        timeout = int(conninfo_to_dict(dsn).get("connect_timeout") or TIMEOUT)
    except (psycopg.ProgrammingError, ValueError):  # what libpq says of it may quote the password
        raise DatabaseUnusable(
            f"{variable} is no connection string. It takes postgresql://ROLE:PASSWORD@HOST:5432/DATABASE, or"
            " host=HOST dbname=DATABASE user=ROLE password=PASSWORD."
        ) from None
    with told_of(variable), open_connection(dsn, purpose, autocommit=True, connect_timeout=timeout) as connection:
        yield connection


def service_role(owner: AnyConnection, settings: Settings) -> str:
    """The role that MINGZHANG_DSN logs in as, in the very database that `owner` is connected to.

    Raises `DatabaseUnusable`.
    """
    with connect(settings.dsn or "", SERVICE) as service:
        if _database(service) != _database(owner):
            raise DatabaseUnusable(f"{SERVICE} and {OWNER} name two different databases; they must name the same one.")
        return str(_one(service, "SELECT current_user"))


def may_drop_triggers(settings: Settings, tables: Tables) -> bool:
    """Does the service's role own the ledger's tables, or is it a superuser? Raises `DatabaseUnusable`."""
    with connect(settings.dsn or "", SERVICE) as service:
        name = f'"{tables.schema}"."{tables.name}_lines"'
        question = "SELECT pg_has_role(relowner, 'MEMBER') FROM pg_class WHERE oid = to_regclass(%s)"
        return bool(_one(service, question, name))


def _database(connection: AnyConnection) -> object:
    """What tells one database from all others: its server's own identifier, and its number there."""
    return _one(
        connection,
        "SELECT (SELECT system_identifier FROM pg_control_system())::text || ' ' || oid::text"
        " FROM pg_database WHERE datname = current_database()",
    )


def _one(connection: AnyConnection, question: str, *values: str) -> object:
    row = connection.execute(question.encode(), values).fetchone()
    return row[0] if row else None


def _one_line(error: psycopg.Error) -> str:
    return " ".join(str(error).split()).rstrip(".")
