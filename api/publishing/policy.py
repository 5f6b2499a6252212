"""By whom heads are to be witnessed: the county's tlog-policy, and the record of it on the ledger."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from api.rules import CASEWORK_TABLES
from api.settings import WitnessMode
from ledger.batch import Command, NewEvent
from ledger.errors import LedgerError, Moved, Refused
from ledger.head_seal import own_stream
from ledger.line import decode_line
from ledger.log_keys import LogKeys
from ledger.note import NoteSigner
from ledger.rules import Follower
from ledger.seal import open_seal, sealed_state
from ledger.store import AnyConnection, read_last_of, read_latest
from ledger.stored import stored_line
from ledger.waiting import Committed
from ledger.witness_change import EVENT, check_form, said
from ledger.witness_policy import Policy, PolicyError

FILE = "witness-policy.txt"
_ATTEMPTS, _LOOK_BACK = 8, 20


def policy_in_force(data: Path, keys: LogKeys) -> str:
    """The tlog-policy text: the county's file, or, where it has none, one that says so: our log keys, no quorum.

    The card shows its SHA-256. Raises `PolicyError` where the file is no text.
    """
    file = data / FILE
    if file.exists():
        try:
            return file.read_text("utf-8")
        except UnicodeDecodeError:
            raise PolicyError(0, "a policy is UTF-8") from None
    return "".join(f"log {key.vkey()}\n" for key in keys.now) + "quorum none\n"


def read_policy(text: str, keys: LogKeys) -> Policy:
    """The policy, if it is one for this ledger. Raises `PolicyError`."""
    policy = Policy.parse(text)
    if not set(policy.log_keys) & set(keys.every):
        raise PolicyError(0, f"no log line names a key of this ledger: log {keys.now[0].vkey()}")
    return policy


def recorded_change(connection: AnyConnection, keys: LogKeys) -> tuple[str, dict[str, str]] | None:
    """(when, what) the ledger last said of its witnesses; what somebody else put there does not count."""
    own = own_stream(keys.origin)
    for index, line in read_latest(connection, CASEWORK_TABLES, EVENT, _LOOK_BACK, stream=own):
        with stored_line(index):
            parts = decode_line(line)
        follower = Follower(parts.stream, parts.version, parts.type, parts.state)
        try:
            content = open_seal(follower, keys.origin, keys.at(index))
            check_form(follower, content)
        except Refused:
            continue
        return parts.at, content
    return None


def record_change(
    connection: AnyConnection,
    keys: LogKeys,
    log: NoteSigner,
    submit: "Callable[[Command], Future[Committed]]",
    policy: str,
    mode: WitnessMode,
) -> bool:
    """Have the ledger say by whom and how it is witnessed, if it does not say so already; whether a line was needed.

    A ledger that never named witnesses need not say that it has none. Raises `LedgerError`.
    """
    own, content = own_stream(keys.origin), said(policy, mode.text)
    for _ in range(_ATTEMPTS):
        known = recorded_change(connection, keys)
        if known is None and Policy.parse(policy).quorum is None:
            return False
        if known is not None and known[1] == content:
            return False
        last = read_last_of(connection, CASEWORK_TABLES, own)
        with stored_line(last[0] if last else 0):
            version = decode_line(last[1] if last else b"").version
        state = sealed_state(log, EVENT, str(own), version + 1, content)
        try:
            submit(Command((NewEvent(own, version + 1, EVENT, state, plain=True),), ((own, version),))).result()
        except Moved:
            continue
        return True
    raise LedgerError("the ledger's own stream moved on again and again")
