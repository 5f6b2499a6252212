"""A monitor against a real service on a real database: an honest ledger, and every way in which its owner may lie.

1. A monitor looks at the served ledger, and keeps its lines, head and seals.
2. The owner does what an owner with server, database and log key can do: restores an older copy of the database, writes
   all of history anew and signs it, shows one reader another ledger than the other, seals what is not so.
3. The monitor looks again: the alarm names it, and keeps both heads as they came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import psycopg
import pytest
from typer.testing import CliRunner

from api.app import create_app
from api.cli import app as cli
from api.client import Unreachable, connect
from api.monitor.alarm import Alarm
from api.monitor.monitor import Monitor, Seen
from api.monitor.place import Place
from api.monitor.source import Source
from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from ledger.checkpoint import open_checkpoint
from ledger.errors import LedgerError
from ledger.head_seal import EVENT, own_stream, said
from ledger.line import decode_line, encode_line, line_hash
from ledger.monitor_statement import open_statement
from ledger.note import NoteKey
from ledger.seal import sealed_state
from ledger.tree import Tree, completed_tiles, verify_consistency
from ledger.verify import verify
from ledger.verify_file import FileSource
from tests.county import submit_data
from tests.forging import append_line, remove_beyond
from tests.integration.api.conftest import Office
from tests.service import served


@pytest.fixture(scope="module")
def admin_dsn(module_database: Any) -> str:
    found: str = module_database.admin_dsn
    return found


@pytest.fixture(scope="module")
def url(office: Office) -> Iterator[str]:
    with served(create_app(office.settings)) as url:
        yield url


@dataclass
class Watch:
    """A monitor that is opened anew for every look, as one that was stopped in between."""

    directory: Path
    url: str

    def look(self, at: str | None = None) -> Seen:
        """One look, at this address or another."""
        with connect(at or self.url) as client, closing(Place(self.directory)) as place:
            state = place.read()
            assert state is not None
            with closing(Monitor(place, state, Source(client), pause=0.01)) as monitor:
                return monitor.look()

    def alarm(self, at: str | None = None) -> Alarm:
        """The alarm that a look raises."""
        before = (self.directory / "state.json").read_bytes()
        with pytest.raises(Alarm) as caught:
            self.look(at)
        assert (self.directory / "state.json").read_bytes() == before
        return caught.value

    def key(self) -> NoteKey:
        with closing(Place(self.directory)) as place:
            state = place.read()
            assert state is not None
            return place.signer(state).key


@pytest.fixture
def watch(office: Office, url: str, tmp_path: Path) -> Watch:
    made = Watch(tmp_path / "monitor", url)
    with closing(Place(made.directory)) as place:
        place.write(place.begin(office.get("/ledger/head").json()["fingerprint"], "commission.example/monitor"))
    return made


@contextmanager
def copied(server: Any, office: Office, name: str, source: str) -> Iterator[tuple[str, str]]:
    """A physical copy of the ledger's database as it stands now, as a backup of its files is; gives its DSNs."""
    copy = f"{source}_{name}"
    with psycopg.connect(server.admin_dsn("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (source,))
        connection.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{source}" STRATEGY file_copy')
        yield server.admin_dsn(copy), server.service_dsn(copy)
        connection.execute(f'DROP DATABASE "{copy}" WITH (FORCE)')


def seal(url: str) -> dict[str, Any]:
    answer = httpx.post(f"{url}/ledger/seals", trust_env=False)
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json()
    return body


def submit(office: Office, url: str, number: int = 1) -> None:
    """New cases, sent to the service at `url`."""
    for _ in range(number):
        data, disclosures = submit_data()
        message = office.county.pen.sign(office.county.clerk, str(uuid4()), "apply.submit", data, disclosures)
        headers = {"Content-Type": "application/sd-jwt"}
        answer = httpx.post(f"{url}/acts", content=message, headers=headers, trust_env=False)
        assert answer.status_code == 201, answer.text


def heads_of(office: Office, alarm: Alarm) -> tuple[Any, Any]:
    """Both heads of an alarm, each signed by the log."""
    service = office.county.app.state.service
    assert alarm.kept is not None
    kept, received = (
        open_checkpoint(note, service.opened.log_keys, service.origin) for note in (alarm.kept, alarm.received)
    )
    return kept, received


def write_anew(admin_dsn: str, change: Callable[[int, bytes], bytes | None]) -> None:
    """All of history, consistently, as whoever owns the tables can write it: chain, columns, tree, tiles, heads."""
    with psycopg.connect(admin_dsn, autocommit=True) as owner:
        rows = owner.execute("SELECT index, line FROM ledger.casework_lines ORDER BY index").fetchall()
        lines, tree, tiles, before = list[bytes](), Tree(), list[tuple[int, int, bytes]](), "0" * 64
        for index, line in rows:
            parts = decode_line(bytes(line))
            state = change(index, parts.state) or parts.state
            new = encode_line(index, before, parts.at, parts.stream, parts.version, parts.type, state)
            lines.append(new)
            before = line_hash(new).hex()
            tree.append(line_hash(new))
            tiles += [(level, n, tree.tile(level, n)) for level, n in completed_tiles(index, index + 1)]
        owner.execute("SET session_replication_role = replica")
        with owner.transaction():
            for index, line in enumerate(lines):
                owner.execute("UPDATE ledger.casework_lines SET line = %s WHERE index = %s", (line, index))
            owner.execute("DELETE FROM ledger.casework_heads")
            owner.execute("INSERT INTO ledger.casework_heads VALUES (%s, %s)", (tree.size, tree.root()))
            owner.execute("DELETE FROM ledger.casework_tiles")
            for tile in tiles:
                owner.execute("INSERT INTO ledger.casework_tiles VALUES (%s, %s, %s)", tile)


def rewritten(state: bytes) -> bytes:
    """The same act with another decision in it, and no signature that fits."""
    return state.replace(b'"act":"e', b'"act":"f', 1)


def test_an_honest_ledger_is_followed_line_by_line_and_its_seals_are_signed_for(
    office: Office, url: str, watch: Watch
) -> None:
    submit(office, url, 2)
    first = seal(url)
    seen = watch.look()
    assert (seen.new, seen.seals[-1].json()) == (seen.checkpoint.size, first)
    assert (watch.look().new, watch.look().seals) == (0, [])
    submit(office, url, 3)
    second = seal(url)
    seen = watch.look()
    assert (seen.new, [one.json() for one in seen.seals]) == (4, [second])
    for made in (first, second):
        note = (watch.directory / "statements" / f"{made['index']}.note").read_text("utf-8")
        statement, signed = open_statement(note, [watch.key()])
        expected = (office.county.pen.origin, made["index"], made["size"], made["root"])
        assert (statement.origin, statement.index, statement.size, statement.root.hex()) == expected
        assert list(signed) == [watch.key()]
    verdict = verify(FileSource(watch.directory / "ledger.txt"), CASEWORK_RULES, processes=1)
    assert (verdict.faults, verdict.size) == ((), seen.checkpoint.size)


def test_a_restored_backup_is_a_rollback_and_a_fork_once_it_has_grown(
    office: Office, url: str, watch: Watch, server: Any, module_database: Any
) -> None:
    submit(office, url)
    with copied(server, office, "old", module_database.name) as (_, old):
        submit(office, url, 3)
        kept = watch.look().checkpoint
        with served(create_app(replace(office.settings, dsn=old))) as restored:
            alarm = watch.alarm(restored)
            assert alarm.kind == "rollback"
            assert heads_of(office, alarm)[0] == kept
            assert heads_of(office, alarm)[1].size == kept.size - 3
            submit(office, restored, 2)
            assert watch.alarm(restored).kind == "fork"
            submit(office, restored, 1)
            assert watch.alarm(restored).kind == "fork"
            submit(office, restored, 2)
            assert watch.alarm(restored).kind == "fork"
    assert watch.look(url).new == 0


def test_history_written_anew_and_signed_anew_is_a_fork(
    office: Office, url: str, watch: Watch, server: Any, module_database: Any
) -> None:
    submit(office, url)
    kept = watch.look().checkpoint
    first = httpx.get(f"{url}/ledger/lines?type=apply.submitted&limit=1", trust_env=False).content
    forged = decode_line(first.removesuffix(b"\n")).index
    with copied(server, office, "anew", module_database.name) as (owner, service):
        write_anew(owner, lambda index, state: rewritten(state) if index == forged else None)
        with served(create_app(replace(office.settings, dsn=service))) as liar:
            alarm = watch.alarm(liar)
            old, new = heads_of(office, alarm)
            assert (alarm.kind, old, new.size) == ("fork", kept, kept.size)
            assert old.root != new.root
            submit(office, liar, 3)
            alarm = watch.alarm(liar)
            assert (alarm.kind, heads_of(office, alarm)[0]) == ("fork", kept)


def test_two_ledgers_under_one_key_are_a_fork_to_whoever_sees_both(
    office: Office, url: str, watch: Watch, server: Any, module_database: Any, tmp_path: Path
) -> None:
    submit(office, url)
    with copied(server, office, "other", module_database.name) as (_, other):
        watch.look()
        submit(office, url, 4)
        watch.look()
        with served(create_app(replace(office.settings, dsn=other))) as view:
            for _ in range(6):
                submit(office, view)
                alarm = watch.alarm(view)
                assert alarm.kind == "fork"
                old, new = heads_of(office, alarm)
                shown = alarm.facts.get("shown")
                if shown is not None:
                    smaller, larger = sorted((old, new), key=lambda head: head.size)
                    proof = [bytes.fromhex(hash_) for hash_ in shown["proof"]]
                    assert shown["size"] == smaller.size
                    assert bytes.fromhex(shown["root"]) != smaller.root
                    verify_consistency(smaller.size, bytes.fromhex(shown["root"]), larger.size, larger.root, proof)


def test_a_false_seal_is_caught_though_the_log_key_made_it(
    office: Office, url: str, watch: Watch, admin_dsn: str, module_database: Any
) -> None:
    submit(office, url)
    size = watch.look().checkpoint.size
    signer, own = office.county.app.state.service.log, str(own_stream(office.county.pen.origin))
    version = office.get(f"/streams/{own}").json()["version"] + 1
    state = sealed_state(signer, EVENT, own, version, said(size, bytes(32), 3))
    index = append_line(module_database.service_dsn, CASEWORK_TABLES, own, version, EVENT, state)
    try:
        with served(create_app(office.settings)) as again:
            alarm = watch.alarm(again)
        assert (alarm.kind, f"line {index}" in alarm.detail) == ("seal", True)
        assert decode_line(alarm.facts["line"].encode()).index == index
        assert not (watch.directory / "statements" / f"{index}.note").exists()
    finally:
        remove_beyond(admin_dsn, CASEWORK_TABLES, index)


def test_a_line_altered_under_a_signed_head_is_caught(
    office: Office, url: str, watch: Watch, server: Any, module_database: Any
) -> None:
    submit(office, url)
    with (
        copied(server, office, "altered", module_database.name) as (owner, service),
        served(create_app(replace(office.settings, dsn=service))) as liar,
        psycopg.connect(owner, autocommit=True) as connection,
    ):
        found = connection.execute("SELECT line FROM ledger.casework_lines WHERE index = 3").fetchone()
        assert found is not None
        assert httpx.get(f"{liar}/ledger/head", trust_env=False).is_success
        changed = bytes(found[0]).replace(b'"at":"2', b'"at":"1', 1)
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE ledger.casework_lines SET line = %s WHERE index = 3", (changed,))
        # As long as the service has the tree of before in memory, it signs the head of before.
        assert watch.alarm(liar).kind == "lines"
    assert watch.look(url).new


def test_what_is_not_this_ledger_or_not_the_monitors_own_copy_is_not_followed(
    office: Office, url: str, watch: Watch, tmp_path: Path
) -> None:
    stranger = Watch(tmp_path / "stranger", url)
    with closing(Place(stranger.directory)) as place:
        place.write(place.begin("0" * 64, None))
    with pytest.raises(Unreachable, match="fingerprint"):
        stranger.look()
    watch.look()
    ledger = watch.directory / "ledger.txt"
    kept = ledger.read_bytes()
    for damaged in (kept[:-1], kept[:-200], b"[" + kept[1:]):
        ledger.write_bytes(damaged)
        with pytest.raises(LedgerError, match="not the copy"):
            watch.look()
    ledger.write_bytes(kept + b'{"index":')  # what came in while it was stopped
    assert watch.look().new == 0
    assert ledger.read_bytes() == kept


def test_the_command_looks_once_and_at_an_alarm_ends_with_1_and_keeps_both_heads(
    office: Office, url: str, server: Any, module_database: Any, tmp_path: Path
) -> None:
    def run(*arguments: str, code: int) -> str:
        done = CliRunner().invoke(cli, ["monitor", str(tmp_path / "m"), "--once", *arguments])
        assert done.exit_code == code, done.output
        return done.output

    fingerprint = office.get("/ledger/head").json()["fingerprint"]
    assert "--fingerprint" in run("--url", url, code=2)
    assert "64" in run("--url", url, "--fingerprint", "12", code=2)
    submit(office, url)
    with copied(server, office, "backup", module_database.name) as (_, old):
        submit(office, url, 2)
        assert office.county.pen.origin in run("--url", url, "--fingerprint", fingerprint, code=0)
        assert orjson.loads(run("--url", url, "--json", code=0))["new"] == 0
        assert "another" in run("--url", url, "--fingerprint", "ab" * 32, code=2)
        with served(create_app(replace(office.settings, dsn=old))) as restored:
            for _ in range(2):
                said_ = run("--url", restored, code=1)
    assert "ALARM" in said_
    assert "警报" in said_
    files = list((tmp_path / "m" / "alarms").glob("rollback-*.json"))
    evidence = orjson.loads(files[0].read_bytes())
    assert (evidence["format"], evidence["kind"], evidence["fingerprint"]) == (
        "mingzhang-alarm/1", "rollback", fingerprint)  # fmt: skip
    keys = [NoteKey.parse(vkey) for vkey in evidence["log_keys"]]
    assert open_checkpoint(evidence["kept"], keys).size == open_checkpoint(evidence["received"], keys).size + 2
    assert "Nobody answers" in run("--url", "http://127.0.0.1:9", code=2)
