"""The committer: one thread a process that takes whatever waits and commits it in one transaction (design §2, step 4).

    lock the head -> read what the batch touches -> plan (pure) -> write lines, tiles, vault, head -> COMMIT -> answer

Trusted: the database, to keep what it said it committed; not trusted: that it says so. Every caller gets a true answer:
done (an index and a hash), not done (an error that says so), or, when the database cannot be asked, "unknown, send
the same again". Crash points are marked below with "if we crash here".
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from ledger.batch import Command, Outcome, Plan, Situation, make_plan
from ledger.checkpoint import Checkpoint
from ledger.commit_sql import commit_statements
from ledger.durable import Warnings, confirm
from ledger.errors import LedgerError, LedgerFaulty, NotDone, OutcomeUnknown
from ledger.head_lock import raise_if_locked
from ledger.key_lines import KeyLines
from ledger.line import decode_line, utc_now
from ledger.note import NoteSigner
from ledger.receipts import BatchReceipts
from ledger.schema import Tables
from ledger.standing import Standing, check_clock, check_promised, standing_of
from ledger.store import AnyConnection, Head, read_line, read_tile, row_values
from ledger.tree import Tree, completed_tiles
from ledger.waiting import Answer, Batch, Committed, Waiting

PATIENCE = timedelta(seconds=8)
"""How long a lost connection is mended, or an ambiguous commit asked about, before callers are told."""


Guard = Callable[[Head], None]
"""Raises `LedgerError` where nothing may be recorded or signed after this head, for reasons that only others know."""


class _ConnectionLost(Exception):
    """The connection went away, and the batch is known not to be committed."""


class _AlsoFailed(Exception):
    """What a command wanted done beside its events failed; the transaction is to be rolled back."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class _Unconfirmed(Exception):
    """The lines stand here, and the synchronous standby did not confirm them."""


class _Rejected(Exception):
    """The database refused the transaction and rolled it back."""

    def __init__(self, error: psycopg.Error) -> None:
        super().__init__(str(error))
        self.error = error


class Committer:
    """Serialises this process's commands into transactions. Threads hand in commands and wait on futures.

    Owned by the committer's thread alone: `_connection`, `_warnings`, `_tree`, `_last`, `_head`, `_promised`.
    Guarded by `_starting`: the setting of `_thread`. `_waiting` guards itself.
    `origin` and `signers` make receipts; `key_lines` has lines of others that change keys proven before anything is
    recorded after them; `guard` raises where nothing may be recorded after the recorded head. A `simulation`'s lines
    are dated by the acts themselves, and no clock is asked.
    """

    def __init__(
        self,
        connect: Callable[[], AnyConnection],
        tables: Tables,
        *,
        origin: str = "",
        signers: Sequence[NoteSigner] = (),
        key_lines: KeyLines | None = None,
        guard: Guard | None = None,
        simulation: bool = False,
    ) -> None:
        self._connect = connect
        self._tables = tables
        self._origin, self._signers = origin, tuple(signers)
        self._key_lines = key_lines
        self._guard = guard
        self._simulation = simulation
        self._connection: AnyConnection | None = None
        self._warnings: Warnings | None = None
        self._tree: Tree | None = None
        self._last = ("", "")
        self._head: Head | None = None
        self._promised: Head | None = None
        self._waiting = Waiting()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._statements = commit_statements(tables)

    def submit(self, command: Command) -> "Future[Committed]":
        """Queue a command. The future gives `Committed`, or raises what is true of it (see `ledger.errors`)."""
        future: Future[Committed] = Future()
        # What was handed in is not taken back: to cancel it would leave the committer without a place for its answer.
        future.set_running_or_notify_cancel()
        self.hand_in([(command, future)])
        return future

    def hand_in(self, commands: Sequence[tuple[Command, Answer]]) -> None:
        """Queue commands in order, each answer to be put into its place by the committer's thread. Raises `NotDone`."""
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
                    self._thread.start()
        self._waiting.put(commands)

    @property
    def promised(self) -> Head | None:
        """The latest head that callers were told of, or may have been. The ledger never shrinks below it.

        A head that was merely read is none: what was put there by somebody else may be taken away again.
        """
        return self._promised

    def close(self) -> None:
        """Commit what waits, then stop. Can be called twice."""
        self._waiting.close()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        batch: Batch = []
        # A lone caller is not kept waiting for others: only where the last batch was more than one command.
        while batch := self._waiting.take(gather=len(batch) > 1):
            commands = [command for command, _ in batch]
            try:
                outcomes = self._commit(commands)
            except Exception as error:  # a bug must fail its callers, never strand them
                self._forget()
                outcomes = [_unexpected(error)] * len(commands)
            for (_, answer), outcome in zip(batch, outcomes, strict=True):
                if isinstance(outcome, Committed):
                    answer.set_result(outcome)
                else:
                    answer.set_exception(outcome)
        self._forget()

    def _commit(self, commands: list[Command]) -> list[Committed | Exception]:
        deadline = time.monotonic() + PATIENCE.total_seconds()
        pause = 0.02
        while True:
            try:
                return self._attempt(commands)
            except _Rejected as rejected:
                if len(commands) == 1 or not _concerns_one_command(rejected.error):
                    return [_not_done(rejected.error)] * len(commands)
                # Somebody wrote past the lock, or one command's data is bad: then each fails or succeeds alone.
                return [outcome for command in commands for outcome in self._commit([command])]
            except LedgerError as error:
                return [error] * len(commands)
            except (_ConnectionLost, psycopg.Error) as error:
                self._forget()
                if time.monotonic() > deadline:
                    return [_not_done(error.__cause__ or error)] * len(commands)
                time.sleep(pause)
                pause = min(pause * 2, 0.5)

    def _attempt(self, commands: list[Command]) -> list[Committed | Exception]:
        """One transaction. Raises `_Rejected` or `_ConnectionLost`, both meaning: certainly not committed."""
        connection = self._connected()
        plan: Plan | None = None
        try:
            situation = self._begin(connection, commands)
            plan = make_plan(commands, situation, None if self._simulation else utc_now())
            if not plan.lines and (commands[0].also is None or isinstance(plan.outcomes[0], LedgerError)):
                connection.execute("ROLLBACK")
                if any(not isinstance(outcome, LedgerError) for outcome in plan.outcomes):
                    # What stands already may be what somebody else was not told of, for want of the standby.
                    confirm(connection)
                    self._promised = self._head
                return [self._answer(outcome, None) for outcome in plan.outcomes]
            head = self._write(connection, commands, plan)
        except _Unconfirmed as unconfirmed:
            unknown = OutcomeUnknown(
                f"the synchronous standby did not confirm the commit ({unconfirmed}): send the same act again to learn"
                " whether it stands"
            )
            assert plan is not None
            return [outcome if isinstance(outcome, LedgerError) else unknown for outcome in plan.outcomes]
        except _AlsoFailed as failed:
            self._forget_tree()
            _roll_back(connection)
            return [failed.error] * len(commands)
        except LedgerError:
            self._forget_tree()
            _roll_back(connection)
            raise
        except psycopg.Error as error:
            self._forget_tree()
            if not connection.broken and _roll_back(connection):
                raise_if_locked(error, connection, self._tables)
                raise _Rejected(error) from error
            intended = self._head
            if plan is None or not self._settle(plan):
                raise _ConnectionLost from error
            self._promised, head = intended, None
        # If we crash here, the lines stand and nobody was told: the same act sent again gets this answer.
        return self._answers(plan, head)

    def _connected(self) -> AnyConnection:
        if self._connection is None or self._connection.closed:
            self._forget()
            self._connection = self._connect()
            self._connection.autocommit = True
            self._warnings = Warnings(self._connection)
            # An acknowledged act is on disk, whatever the server's default is; a stronger setting is left alone.
            self._connection.execute(
                "SELECT set_config('synchronous_commit', 'on', false)"
                " WHERE current_setting('synchronous_commit') IN ('off', 'local')"
            )
            self._connection.execute("SET lock_timeout = '10s'")
            self._connection.execute("SET idle_in_transaction_session_timeout = '15s'")
        return self._connection

    def _begin(self, connection: AnyConnection, commands: list[Command]) -> Situation:
        """Take the head lock (held until COMMIT) and read, in one round trip, what these commands touch."""
        streams = {stream for c in commands for stream, _ in c.relied} | {e.stream for c in commands for e in c.events}
        keys = [command.key for command in commands if command.key is not None]
        with connection.pipeline():
            connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (self._tables.lock,))
            standing_cursor = connection.execute(self._statements["standing"])
            version_cursor = connection.execute(self._statements["versions"], (list(streams),))
            key_cursor = connection.execute(self._statements["keys"], (keys,)) if keys else None
            known = self._tree.size if self._tree else None
            types = list(self._key_lines.types) if self._key_lines else []
            new_cursor = connection.execute(self._statements["new leaves"], (types, known, 2**62)) if known else None
        standing = standing_of(connection, self._tables, standing_cursor.fetchall())
        self._catch_up(connection, standing, row_values(new_cursor.fetchall()) if new_cursor else [])
        self._check_clock(standing)
        versions = {stream: version for stream, version in row_values(version_cursor.fetchall()) if version is not None}
        repeated = row_values(key_cursor.fetchall()) if key_cursor else []
        found = {key: (index, bytes(line)) for key, index, line in repeated}
        return Situation(standing.head.size, *self._last, versions, found)

    def _catch_up(self, connection: AnyConnection, standing: Standing, new: list[tuple[Any, ...]]) -> None:
        """Bring the tree's edge to the recorded head: other processes write this ledger too.

        `new` are (hash, whether it is of a key type) of the lines since the edge in memory, up to `CATCH_UP` of them.
        """
        head, changes_keys = standing.head, any(is_key for _, is_key in new)
        check_promised(head, self._promised)
        if self._guard is not None:
            self._guard(head)
        if self._tree is not None and self._head == head:
            return
        if self._tree is not None and self._tree.size + len(new) == head.size:
            for leaf, _ in new:
                self._tree.append(bytes(leaf))
        if self._tree is None or self._tree.size != head.size or self._tree.root() != head.root:
            # Also where what we had caught up with was taken away again, and other lines stand there now.
            changes_keys = True
            self._tree = Tree.load(head.size, lambda level, n: read_tile(connection, self._tables, head.size, level, n))
        if self._tree.root() != head.root:
            good = f"; the last head known to be good has {self._promised.size}" if self._promised else ""
            raise LedgerFaulty(
                f"the lines do not lead to the recorded head of {head.size} lines{good}: run mingzhang verify, and see"
                " 'Foreign rows' in deploy/README.md",
                size=head.size,
                good=self._promised.size if self._promised else None,
            )
        if self._key_lines is not None and changes_keys:
            self._key_lines.read(connection)
        self._last, self._head = (standing.last_hash, standing.last_at), head

    def _check_clock(self, standing: Standing) -> None:
        if not self._simulation:
            check_clock(standing, utc_now())

    def _write(self, connection: AnyConnection, commands: list[Command], plan: Plan) -> Head:
        """Everything of the batch, and COMMIT, in one round trip."""
        tree = self._tree
        assert tree is not None
        tree.prune()
        before = tree.size
        for line in plan.lines:
            tree.append(line.hash)
        head = self._head = Head(tree.size, tree.root())
        tiles = [(level, n, tree.tile(level, n)) for level, n in completed_tiles(before, tree.size)]
        for command in commands:
            if command.also is not None:
                try:
                    command.also(connection)
                except psycopg.OperationalError:
                    raise
                except Exception as error:
                    raise _AlsoFailed(error) from error
        if self._warnings is not None:
            self._warnings.taken()  # only what the COMMIT is answered with counts
        with connection.pipeline():
            if plan.lines:
                columns = zip(*[(x.index, x.version, x.stream, x.act, x.type, x.line) for x in plan.lines], strict=True)
                connection.execute(self._statements["insert lines"], [list(column) for column in columns])
                connection.execute(self._statements["insert head"], (head.size, head.root))
            for tile in tiles:
                connection.execute(self._statements["insert tile"], tile)
            for case_key in plan.case_keys:
                connection.execute(self._statements["insert key"], case_key)
            for sealed in plan.sealed:
                connection.execute(self._statements["insert sealed"], sealed)
            if plan.lines:
                connection.execute("SELECT pg_notify(%s, %s)", (self._tables.channel, str(head.size)))
            # If we crash before the next statement reaches the server, nothing of the batch was recorded.
            connection.execute("COMMIT")
        if self._warnings is not None and (warning := self._warnings.taken()):
            raise _Unconfirmed(warning)
        if plan.lines:
            self._last = plan.lines[-1].hash.hex(), decode_line(plan.lines[-1].line).at
            self._promised = head
        return head

    def _settle(self, plan: Plan) -> bool:
        """Whether a COMMIT whose answer was lost took place: ask for the very bytes of its first line.

        Taking the head lock waits until the lost backend's transaction is over, one way or the other.
        Raises `OutcomeUnknown` when the database cannot be asked for as long as we have patience.
        """
        if not plan.lines:
            return False
        deadline = time.monotonic() + PATIENCE.total_seconds()
        first = plan.lines[0]
        while True:
            try:
                self._forget()
                connection = self._connected()
                with connection.transaction():
                    connection.execute("SELECT pg_advisory_xact_lock(%s)", (self._tables.lock,))
                    stands = read_line(connection, self._tables, first.index) == first.line
                if stands:
                    confirm(connection)
                return stands
            except psycopg.Error as error:
                if time.monotonic() > deadline:
                    raise OutcomeUnknown(
                        "the database went away during the commit; send the same act again to learn the outcome"
                    ) from error
                time.sleep(0.2)

    def _answers(self, plan: Plan, head: Head | None) -> list[Committed | Exception]:
        """What the callers are told, once the commit is durable: only now is its head signed."""
        proofs: BatchReceipts | None = None
        if head is not None and self._tree is not None and self._signers and plan.lines:
            note = Checkpoint(self._origin, head.size, head.root).sign(self._signers)
            proofs = BatchReceipts(self._tree, note)
        return [self._answer(outcome, proofs) for outcome in plan.outcomes]

    def _answer(self, outcome: Outcome, proofs: BatchReceipts | None) -> Committed | Exception:
        if isinstance(outcome, LedgerError):
            return outcome
        fresh = proofs is not None and outcome.indexes and not outcome.again
        return Committed(outcome, proofs.receipt(outcome.indexes[0]) if fresh and proofs else None)

    def _forget_tree(self) -> None:
        self._tree = None

    def _forget(self) -> None:
        self._forget_tree()
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None


def _roll_back(connection: AnyConnection) -> bool:
    """Whether the connection is usable and outside any transaction afterwards."""
    try:
        if connection.info.transaction_status != TransactionStatus.IDLE:
            connection.execute("ROLLBACK")
    except psycopg.Error:
        return False
    return connection.info.transaction_status == TransactionStatus.IDLE


def _concerns_one_command(error: psycopg.Error) -> bool:
    """SQLSTATE classes 22 (data) and 23 (integrity) come from what was written; the rest from the server's state."""
    return (error.sqlstate or "")[:2] in ("22", "23")


def _not_done(error: BaseException) -> LedgerError:
    if isinstance(error, LedgerError):
        return error
    failed = NotDone(
        f"the database did not commit, nothing was recorded: {str(error).strip() or type(error).__name__}",
        sqlstate=getattr(error, "sqlstate", None),
    )
    failed.__cause__ = error
    return failed


def _unexpected(error: Exception) -> OutcomeUnknown:
    unknown = OutcomeUnknown(f"an unexpected error: {error!r}; send the same act again to learn the outcome")
    unknown.__cause__ = error
    return unknown
