"""Opening the county's ledger, and the keys that lie beside it.

DATA/keys/log.pem, log-mldsa.pem      the ledger signs its heads with them (api/log_keys.py)
DATA/keys/vault.key                   opens the vault; whoever has it and the database reads personal data
DATA/keys/identity.key                leads from an ID number to a person's stream (api/identities.py)
DATA/keys/administrators/{1,2,3}.pem  only where `mingzhang run` made a trial ledger: to be moved to their owners
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from api.database import connect, may_drop_triggers, owner_variable, service_role
from api.identities import create_identity_key
from api.log_keys import log_signers, make_log_signers
from api.private_files import write_private
from api.rules import CASEWORK_TABLES
from api.settings import Settings
from api.simulating.seed import Seed
from deploy.lock import make_data_directory
from domain.person import PERSON_EVENTS
from ledger.errors import LedgerError, LedgerMissing
from ledger.jws import key_of
from ledger.log_keys import read_log_keys
from ledger.opening import Administrator, AlreadyOpened, check_origin, create_tables, open_ledger
from ledger.schema import grant_statements
from ledger.store import AnyConnection, Opened, read_key_lines, read_opened
from ledger.vault import create_kek

TRIAL_COUNTY = "610924"
"""The administrative code that a trial ledger's administrators get: 紫阳县."""
SIMULATED_ORIGIN = "mingzhang.localhost/simulation"
"""The same for all: a simulation's acts follow from its seed, and every act names its ledger."""
SIMULATED_FROM = datetime(2021, 5, 31, 16, tzinfo=UTC)
"""When a simulation's line 0 is dated: 2021-06-01 in 北京时间, a month before 57号 and 43号 took effect."""
TRIAL_ADMINISTRATORS = (1, 2, 3)
"""Two sign, and the third's key lies by: with two, one lost key would leave nobody to second its end."""


@dataclass(frozen=True)
class County:
    """The county's ledger: its origin and fingerprint, whether it was opened just now, whether its administrators'
    keys lie under DATA, and whether the service's role could switch its triggers off."""

    origin: str
    fingerprint: str
    created: bool
    trial: bool = False
    unguarded: bool = False
    simulation: bool = False


def ensure_ledger(settings: Settings, admin_dsn: str, *, simulation: bool = False) -> County:
    """Open a trial ledger if there is none: its administrators' keys are made here and left under DATA.

    `simulation` asks for a simulation: a ledger that is there must be one. What was opened as one stays one.
    Where an owner is named (`settings.admin_dsn`), the service's role gets its rights again: it may be another role
    than last time. If we crash half-way, the next start goes on with the keys that are there. Raises `LedgerError`,
    `DatabaseUnusable`.
    """
    with connect(admin_dsn, owner_variable(settings)) as connection:
        try:
            opened = read_opened(connection, CASEWORK_TABLES)
        except LedgerMissing:
            service_role(connection, settings)  # before anything is written
            with connection.transaction():
                create_tables(connection, CASEWORK_TABLES)  # no key is made where no table may be
                origin = SIMULATED_ORIGIN if simulation else f"mingzhang.localhost/{uuid4().hex[:12]}"
                administrators = [
                    _trial_administrator(settings.data, number, simulation) for number in TRIAL_ADMINISTRATORS
                ]
                county = open_county(connection, settings, origin, administrators, simulation=simulation)
        else:
            if simulation and not opened.simulation:
                raise LedgerError(
                    f"the ledger {opened.origin} was opened in earnest, and is no simulation: name an empty DATA for"
                    " one, as in DATA=var-simulation",
                    code="ledger.not-simulation",
                )
            log_signers(settings.data, read_log_keys(connection, CASEWORK_TABLES, opened))
            if not read_key_lines(connection, CASEWORK_TABLES, sorted(PERSON_EVENTS), 0, 1):
                create_identity_key(keys_directory(settings.data))  # a ledger from before people were recognised
            if settings.admin_dsn:
                grant_service(connection, settings)
            trial = _is_trial(settings.data, opened)
            county = County(opened.origin, opened.fingerprint, False, trial, simulation=opened.simulation)
    return replace(county, unguarded=may_drop_triggers(settings, CASEWORK_TABLES))


def open_county(
    connection: AnyConnection,
    settings: Settings,
    origin: str,
    administrators: Sequence[Administrator],
    *,
    simulation: bool = False,
) -> County:
    """Make the tables, rights and keys, and write line 0. Raises `AlreadyOpened`, `DatabaseUnusable`.

    A `simulation` is one for ever: its time is its own, from `SIMULATED_FROM` on.

    The database's part is one transaction: if we crash here, only keys are left, and the next try takes them up.
    """
    check_origin(origin)
    with connection.transaction():
        create_tables(connection, CASEWORK_TABLES)
        with suppress(LedgerMissing):
            opened = read_opened(connection, CASEWORK_TABLES)
            raise AlreadyOpened(f"the ledger {opened.origin} was opened here at {opened.at}; a ledger is opened once")
        grant_service(connection, settings)
        make_data_directory(settings.data)
        log_keys = [signer.key for signer in make_log_signers(keys_directory(settings.data), origin)]
        vault_key = keys_directory(settings.data) / "vault.key"
        if not vault_key.exists() and not os.environ.get("MINGZHANG_VAULT_KEY"):
            create_kek(vault_key)
        create_identity_key(keys_directory(settings.data))
        opened = open_ledger(
            connection,
            CASEWORK_TABLES,
            origin,
            log_keys=log_keys,
            administrators=administrators,
            simulated_from=SIMULATED_FROM if simulation else None,
        )
    trial = _is_trial(settings.data, opened)
    return County(opened.origin, opened.fingerprint, True, trial, simulation=opened.simulation)


def grant_service(connection: AnyConnection, settings: Settings) -> None:
    """Let the service's role append and read, unless it is the very role that owns the tables.

    All of it or nothing; harmless when it is so already. Raises `DatabaseUnusable`.
    """
    role = service_role(connection, settings)
    with connection.transaction():
        row = connection.execute("SELECT current_user").fetchone()
        if row and row[0] != role:
            for statement in grant_statements(CASEWORK_TABLES, role):
                connection.execute(statement)


def _is_trial(data: Path, opened: Opened) -> bool:
    """Do the keys of this ledger's administrators lie under DATA, as `mingzhang run` leaves them?"""
    known = {administrator["officer"] for administrator in opened.administrators}
    return any(path.read_text().strip() in known for path in (data / "keys" / "administrators").glob("*.id"))


def keys_directory(data: Path) -> Path:
    """DATA/keys, mode 0700, made if need be."""
    directory = data / "keys"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def load_or_create_key(path: Path, fresh: Ed25519PrivateKey | None = None) -> Ed25519PrivateKey:
    """An Ed25519 private key in PEM, mode 0600; made (or `fresh`), durably, if it is not there."""
    if not path.exists():
        made = fresh or Ed25519PrivateKey.generate()
        pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_private(path, pem)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise LedgerError(f"{path} is not an Ed25519 key", code="key.invalid", path=str(path))
    return key


def _trial_administrator(data: Path, number: int, simulation: bool) -> Administrator:
    # A simulation's are the same everywhere, and known to everybody: with its seed, they make the same acts again.
    known = Seed("administrators") if simulation else None
    directory = keys_directory(data) / "administrators"
    directory.mkdir(mode=0o700, exist_ok=True)
    id_file = directory / f"{number}.id"
    if not id_file.exists():
        write_private(id_file, f"{known.id(str(number)) if known else uuid4()}\n".encode())
    private = load_or_create_key(directory / f"{number}.pem", known.key(str(number)) if known else None)
    return Administrator(id_file.read_text().strip(), key_of(private.public_key()), TRIAL_COUNTY)
