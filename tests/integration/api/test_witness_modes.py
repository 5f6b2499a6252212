"""Acts while nobody witnesses: refused or marked before they are committed, and never a way to be locked out."""

import asyncio
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import psycopg
import pytest

from api.app import create_app
from api.publishing.carried import keep
from api.publishing.directory import CHECKPOINT, COSIGNED
from api.publishing.halt import Halt, Reason
from api.publishing.running import Publishing
from api.publishing.witnessed import DAY, STALE_AFTER
from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from api.service import Service
from api.settings import Settings, SettingsError, WitnessMode
from api.witness.app import witness_app
from api.witness.place import Witness, add_logs, make_witness
from ledger.checkpoint import parse_receipt
from ledger.errors import LedgerFaulty
from ledger.line import decode_line, line_hash
from ledger.note import NoteError
from ledger.store import Opened
from ledger.verify import verify
from ledger.verify_database import DatabaseSource
from ledger.witness import request_body
from ledger.witness_policy import Policy
from tests.conftest import Database
from tests.county import submit_data
from tests.forging import remove_beyond
from tests.service import County, client_of, publish, running_county, served


@dataclass
class Scene:
    """A county, its settings, and a real witness at `url` that knows it."""

    county: County
    settings: Settings
    database: Database
    witness: Witness
    url: str

    @property
    def opened(self) -> Opened:
        service: Service = self.county.app.state.service
        return service.opened

    def policy(self, *witnesses: Witness, urls: tuple[str, ...] = (), quorum: str = "all") -> str:
        lines = [f"log {key.vkey()}" for key in self.opened.log_keys]
        names = [f"w{number}" for number in range(len(witnesses))]
        for name, witness, url in zip(names, witnesses, urls or (self.url,), strict=False):
            lines.append(f"witness {name} {witness.keys[0].vkey()} {url}")
        lines += [f"group g {quorum} {' '.join(names)}", "quorum g"] if names else ["quorum none"]
        return "\n".join(lines) + "\n"

    def adopt(self, policy: str) -> None:
        (self.settings.data / "witness-policy.txt").write_text(policy)

    def publish(self) -> None:
        publish(self.settings)

    async def submit(self) -> Any:
        data, disclosures = submit_data()
        heads = dict(self.county.pen.heads)
        message = self.county.pen.sign(self.county.clerk, str(uuid4()), "apply.submit", data, disclosures)
        answer = await self.county.send(message, **{"accept-language": "zh"})
        self.county.pen.heads = heads
        return answer

    async def line(self, index: int) -> Any:
        return orjson.loads(decode_line((await self.county.client.get(f"/ledger/lines/{index}")).content).state)

    async def health(self) -> Any:
        return (await self.county.client.get("/health")).json()

    def later(self, seconds: float) -> None:
        """The workers' clock for witnesses, alone, goes on."""
        service: Service = self.county.app.state.service
        service.witnessed._clock = lambda: time.time() + seconds


@contextmanager
def scene(database: Database, directory: Path, mode: str = "accept-marked") -> Iterator[tuple[Scene, asyncio.Runner]]:
    with asyncio.Runner() as runner:
        settings = Settings(data=directory / "data", dsn=database.service_dsn, witnesses=WitnessMode.parse(mode))
        running = running_county(database.admin_dsn, database.service_dsn, settings.data, witnesses=settings.witnesses)
        county = runner.run(running.__aenter__())
        witness = make_witness(directory / "witness", "witness.example/1")
        opened: Opened = county.app.state.service.opened
        add_logs(directory / "witness", "".join(f"log {key.vkey()}\n" for key in opened.log_keys) + "quorum none\n")
        try:
            with served(witness_app(witness)) as url:
                here = Scene(county, settings, database, witness, url)
                runner.run(county.settle())
                yield here, runner
        finally:
            runner.run(running.__aexit__(None, None, None))


def test_a_mode_is_written_one_way_only():
    assert WitnessMode.parse("refuse").text == "refuse"
    assert WitnessMode.parse("accept-marked").text == "accept-marked:7"
    assert WitnessMode.parse("accept-marked:30").days == 30
    for wrong in (
        "",
        "refuse:3",
        "accept",
        "accept-marked:",
        "accept-marked:0",
        "accept-marked:367",
        "accept-marked:-1",
    ):
        with pytest.raises(SettingsError):
            WitnessMode.parse(wrong)


def test_a_ledger_without_witnesses_says_so_and_refuses_nobody(database: Database, tmp_path: Path):
    with scene(database, tmp_path, "refuse") as (here, runner):
        assert runner.run(here.submit()).status_code == 201
        health = runner.run(here.health())
        assert health["witnesses"]["state"] == "unwitnessed"
        assert health["published"] is None
        here.publish()
        answer = runner.run(here.county.client.get("/receipts/1"))
        assert answer.headers["mingzhang-receipt"] == "unwitnessed"
        assert answer.headers["mingzhang-quorum-age"] == "none"
        assert "unwitnessed" not in runner.run(here.line(1))["relied"]


def test_a_cosigned_receipt_comes_as_soon_as_the_witnesses_have_answered(database: Database, tmp_path: Path):
    with scene(database, tmp_path) as (here, runner):
        policy = here.policy(here.witness)
        here.adopt(policy)
        here.publish()
        index = runner.run(here.submit()).json()["index"]
        provisional = runner.run(here.county.client.get(f"/receipts/{index}"))
        assert provisional.headers["mingzhang-receipt"] == "provisional"
        here.publish()
        answer = runner.run(here.county.client.get(f"/receipts/{index}"))
        assert answer.headers["mingzhang-receipt"] == "cosigned"
        assert 0 <= int(answer.headers["mingzhang-quorum-age"]) < 100
        receipt = parse_receipt(answer.text)
        line = runner.run(here.county.client.get(f"/ledger/lines/{index}")).content
        for key in here.opened.log_keys:
            receipt.verify(line_hash(line), [key], here.opened.origin)
        checkpoint, since = Policy.parse(policy).check(receipt.checkpoint)
        assert since is not None
        assert since > time.time() - 100
        assert checkpoint.size > index
        for name in (CHECKPOINT, COSIGNED):
            assert (here.settings.data / "tlog" / name).read_text() == receipt.checkpoint
        assert runner.run(here.health())["witnesses"]["state"] == "fresh"


@pytest.mark.parametrize("mode", ["refuse", "accept-marked"])
def test_the_policy_in_force_is_a_sealed_line_and_recorded_once(database: Database, tmp_path: Path, mode: str):
    with scene(database, tmp_path, mode) as (here, runner):
        here.publish()
        for policy in (here.policy(here.witness), here.policy(here.witness), here.policy()):
            here.adopt(policy)
            here.publish()
            here.publish()
        answer = runner.run(here.county.client.get("/ledger/lines?type=ledger.witnesses_changed"))
        said = [orjson.loads(line)["event"]["said"] for line in answer.content.splitlines()]
        assert [one["policy"] for one in said] == [here.policy(here.witness), here.policy()]
        assert {one["mode"] for one in said} == {WitnessMode.parse(mode).text}
        verdict = verify(DatabaseSource(database.admin_dsn, CASEWORK_TABLES), CASEWORK_RULES, processes=1)
        assert verdict.faults == ()


def test_stale_acts_are_refused_before_commit_and_taken_again_once_there_is_a_quorum(
    database: Database, tmp_path: Path
):
    with scene(database, tmp_path, "refuse") as (here, runner):
        here.adopt(here.policy(here.witness))
        here.publish()
        assert runner.run(here.submit()).status_code == 201
        here.later(STALE_AFTER + 30)
        size = runner.run(here.county.client.get("/ledger/head")).json()["size"]
        answer = runner.run(here.submit())
        assert (answer.status_code, answer.json()["code"]) == (503, "witness.stale")
        assert "见证" in answer.json()["detail"]
        head = runner.run(here.county.client.get("/ledger/head")).json()
        assert head["size"] == size
        assert head["witnesses"]["state"] == "refusing"
        assert head["witnesses"]["quorum_age"] > STALE_AFTER
        for path in ("/ledger/lines/1", "/receipts/1", "/checkpoint", "/openapi.json"):
            assert runner.run(here.county.client.get(path)).status_code == 200
        # An act that was recorded before gets its answer; the night is over with the first heartbeat.
        here.publish()
        here.later(0)
        assert runner.run(here.submit()).status_code == 201


def test_an_act_that_was_recorded_gets_its_answer_however_stale_the_witnesses_are(database: Database, tmp_path: Path):
    with scene(database, tmp_path, "refuse") as (here, runner):
        here.adopt(here.policy(here.witness))
        here.publish()
        data, disclosures = submit_data()
        message = here.county.pen.sign(here.county.clerk, str(uuid4()), "apply.submit", data, disclosures)
        first = runner.run(here.county.send(message)).json()
        here.later(STALE_AFTER + 30)
        again = runner.run(here.county.send(message))
        assert (again.status_code, again.json()["index"]) == (201, first["index"])


def test_a_key_can_be_ended_however_stale_the_witnesses_are_and_its_line_is_marked(database: Database, tmp_path: Path):
    with scene(database, tmp_path, "refuse") as (here, runner):
        here.adopt(here.policy(here.witness))
        county = here.county
        assert runner.run(here.submit()).json()["code"] == "witness.stale"
        stolen = county.other
        revoke = county.pen.sign(
            county.admin1, stolen.id, "officer.revoke_key", {"kid": stolen.kid, "reason": "compromised"}
        )
        answer = runner.run(county.send(revoke))
        assert answer.status_code == 201, answer.text
        assert runner.run(here.line(answer.json()["index"]))["relied"]["unwitnessed"] is None


def test_marked_acts_go_on_for_the_stated_days_and_are_refused_then(database: Database, tmp_path: Path):
    with scene(database, tmp_path, "accept-marked:2") as (here, runner):
        here.adopt(here.policy(here.witness))
        here.publish()
        fresh = runner.run(here.submit()).json()["index"]
        here.publish()
        health = runner.run(here.health())["witnesses"]
        here.later(DAY)
        marked = runner.run(here.submit())
        assert marked.status_code == 201
        assert runner.run(here.line(marked.json()["index"]))["relied"]["unwitnessed"] == health["quorum_at"]
        assert "unwitnessed" not in runner.run(here.line(fresh))["relied"]
        assert runner.run(here.health())["witnesses"]["state"] == "stale"
        here.later(2 * DAY + 60)
        assert runner.run(here.submit()).json()["code"] == "witness.stale"
        verdict = verify(DatabaseSource(database.admin_dsn, CASEWORK_TABLES), CASEWORK_RULES, processes=1)
        assert verdict.faults == ()


def test_witnesses_that_never_answered_are_waited_for_from_the_line_that_names_them_on(
    database: Database, tmp_path: Path
):
    with scene(database, tmp_path, "accept-marked:2") as (here, runner):
        here.adopt(here.policy(here.witness, urls=("http://127.0.0.1:9",)))
        here.publish()
        answer = runner.run(here.submit())
        assert runner.run(here.line(answer.json()["index"]))["relied"]["unwitnessed"] is None
        here.later(2 * DAY + 60)
        # A service that was started anew does not begin to count again.
        app = create_app(here.settings)

        async def elsewhere() -> Any:
            async with app.router.lifespan_context(app), client_of(app) as client:
                app.state.service.witnessed._clock = lambda: time.time() + 2 * DAY + 60
                return (await client.get("/health")).json()["witnesses"]

        assert runner.run(elsewhere())["state"] == "refusing"
        assert runner.run(here.submit()).json()["code"] == "witness.stale"


def test_new_witnesses_are_asked_at_once_and_nobody_is_locked_out(database: Database, tmp_path: Path):
    with scene(database, tmp_path, "refuse") as (here, runner):
        here.adopt(here.policy(here.witness))
        here.publish()
        another = make_witness(tmp_path / "other", "witness.example/2")
        add_logs(tmp_path / "other", here.policy())
        with served(witness_app(another)) as url:
            here.adopt(here.policy(another, urls=(url,)))
            assert runner.run(here.submit()).json()["code"] == "witness.stale"
            here.publish()
            assert runner.run(here.submit()).status_code == 201


def test_a_policy_that_is_none_is_said_and_is_no_policy_without_witnesses(database: Database, tmp_path: Path):
    with scene(database, tmp_path, "refuse") as (here, runner):
        here.adopt("quorum nobody\n")
        answer = runner.run(here.submit())
        assert answer.json()["code"] == "witness.stale"
        assert "nobody" in runner.run(here.health())["witnesses"]["invalid"]
        here.adopt("quorum none\n")
        assert "names a key of this ledger" in runner.run(here.health())["witnesses"]["invalid"]
        here.adopt(here.policy())
        assert runner.run(here.submit()).status_code == 201


def test_a_restored_backup_signs_nothing_because_its_witness_knows_better(database: Database, tmp_path: Path):
    """All of this machine is as it was: database and DATA. The witness is not."""
    with scene(database, tmp_path) as (here, runner):
        here.adopt(here.policy(here.witness))
        here.publish()
        kept = {path: path.read_bytes() for path in (here.settings.data / "tlog").rglob("*") if path.is_file()}
        size = runner.run(here.county.client.get("/ledger/head")).json()["size"]
        for _ in range(3):
            assert runner.run(here.submit()).status_code == 201
        here.publish()
        for path in (here.settings.data / "tlog").rglob("*"):
            if path.is_file() and path not in kept:
                path.unlink()
        for path, content in kept.items():
            path.write_bytes(content)
        remove_beyond(database.admin_dsn, CASEWORK_TABLES, size)
        with pytest.raises(Exception, match="knows a signed head") as said:
            here.publish()
        assert getattr(said.value, "code", "") == "ledger.behind"
        assert {path: path.read_bytes() for path in kept} == kept

        app = create_app(here.settings)

        async def started_anew() -> list[Any]:
            async with app.router.lifespan_context(app), client_of(app) as client:
                data, disclosures = submit_data()
                message = here.county.pen.sign(here.county.clerk, str(uuid4()), "apply.submit", data, disclosures)
                return [
                    await client.post("/acts", content=message),
                    await client.get("/ready", headers={"accept-language": "zh"}),
                    await client.get("/ledger/head"),
                    await client.get("/receipts/1"),
                    await client.get("/ledger/lines/1"),
                ]

        *halted, read = runner.run(started_anew())
        assert {(answer.status_code, answer.json()["code"]) for answer in halted} == {(503, "ledger.behind")}
        assert halted[1].json()["detail"].startswith("账本只有")
        assert read.status_code == 200
        evidence = orjson.loads((here.settings.data / "halt.json").read_bytes())
        assert evidence["by"] == here.url
        assert Policy.parse(here.policy(here.witness)).check(evidence["note"])[0].size == evidence["seen"] > size


def test_another_history_that_outgrew_the_witnessed_one_is_a_fork_and_signs_nothing(database: Database, tmp_path: Path):
    with scene(database, tmp_path) as (here, runner):
        here.adopt(here.policy(here.witness))
        here.publish()
        good = runner.run(here.county.client.get("/ledger/head")).json()["size"]
        runner.run(here.submit())
        here.publish()
        shutil.rmtree(here.settings.data / "tlog")  # whoever rewrites history has this machine, too
        remove_beyond(database.admin_dsn, CASEWORK_TABLES, good)
        app = create_app(here.settings)

        async def another_history() -> None:
            async with app.router.lifespan_context(app), client_of(app) as client:
                for _ in range(4):
                    data, disclosures = submit_data()
                    message = here.county.pen.sign(here.county.clerk, str(uuid4()), "apply.submit", data, disclosures)
                    assert (await client.post("/acts", content=message)).status_code == 201

        runner.run(another_history())
        with pytest.raises(LedgerFaulty, match="knows a signed head") as said:
            here.publish()
        assert said.value.code == "ledger.forked"
        assert not (here.settings.data / "tlog" / CHECKPOINT).exists()
        assert runner.run(here.county.client.get("/ready")).json()["code"] == "ledger.forked"


def test_what_halts_goes_on_by_itself_once_the_ledger_agrees_again(database: Database, tmp_path: Path):
    with scene(database, tmp_path) as (here, runner):
        here.adopt(here.policy(here.witness))
        here.publish()
        reason = Reason("ledger.behind", 1, 99, here.url, None)
        Halt(here.settings.data).set(reason)
        assert runner.run(here.submit()).json()["code"] == "ledger.behind"
        here.publish()
        assert runner.run(here.submit()).status_code == 201


def test_a_witness_that_never_answers_holds_up_nobody(database: Database, tmp_path: Path):
    with scene(database, tmp_path, "refuse") as (here, runner), socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        another = make_witness(tmp_path / "other", "witness.example/2")
        silent_url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        policy = here.policy(here.witness, another, urls=(here.url, silent_url), quorum="any")
        here.adopt(policy)
        with psycopg.connect(here.settings.dsn or "", autocommit=True) as connection:
            publisher = Publishing(here.settings, connection).publisher
            publisher._compared = True  # what it cosigned last it would not say either
            publisher.follow(Policy.parse(policy))
            publisher._compared = True
            assert publisher.publish(connection)
            publisher.close()
        assert runner.run(here.submit()).status_code == 201


def test_a_carried_file_that_will_not_do_is_put_aside_and_the_next_one_taken(database: Database, tmp_path: Path):
    with scene(database, tmp_path) as (here, runner):
        here.adopt(here.policy(here.witness, urls=("http://127.0.0.1:9",)))
        here.publish()
        note = (here.settings.data / "tlog" / CHECKPOINT).read_text()
        answer = here.witness.add_checkpoint(request_body(0, (), note))
        keep(here.settings.data, note + answer.body)
        carried = here.settings.data / "carried"
        (carried / "0.note").write_bytes(b"\xff\xfe no note")
        (carried / "1.note").write_text(note.replace("test.example", "other.example"))
        for _ in range(2):
            with pytest.raises(NoteError, match="put aside"):
                here.publish()
        here.publish()
        assert sorted(path.name for path in carried.iterdir()) == ["0.refused", "1.refused"]
        assert runner.run(here.health())["witnesses"]["state"] == "fresh"


def test_a_carried_head_of_lines_that_are_gone_halts(database: Database, tmp_path: Path):
    with scene(database, tmp_path) as (here, runner):
        here.adopt(here.policy(here.witness, urls=("http://127.0.0.1:9",)))
        good = runner.run(here.county.client.get("/ledger/head")).json()["size"]
        runner.run(here.submit())
        here.publish()
        note = (here.settings.data / "tlog" / CHECKPOINT).read_text()
        answer = here.witness.add_checkpoint(request_body(0, (), note))
        shutil.rmtree(here.settings.data / "tlog")
        remove_beyond(database.admin_dsn, CASEWORK_TABLES, good)
        keep(here.settings.data, note + answer.body)
        with pytest.raises(LedgerFaulty) as said:
            here.publish()
        assert said.value.code == "ledger.behind"


def test_a_head_that_was_cosigned_elsewhere_and_carried_back_counts(database: Database, tmp_path: Path):
    with scene(database, tmp_path, "refuse") as (here, runner):
        other = make_witness(tmp_path / "other", "witness.example/2")
        add_logs(tmp_path / "other", here.policy())
        urls = ("http://127.0.0.1:9", "http://127.0.0.1:9")
        here.adopt(here.policy(here.witness, other, urls=urls))
        here.publish()
        note = (here.settings.data / "tlog" / CHECKPOINT).read_text()
        for count, witness in enumerate((here.witness, other), 1):
            answer = witness.add_checkpoint(request_body(0, (), note))
            assert answer.status == 200
            keep(here.settings.data, note + answer.body)
            here.publish()
            assert runner.run(here.submit()).status_code == (201 if count == 2 else 503)
        assert runner.run(here.county.client.get("/receipts/1")).headers["mingzhang-receipt"] == "cosigned"
        assert list((here.settings.data / "carried").iterdir()) == []
