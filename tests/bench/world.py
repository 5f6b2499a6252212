"""The world of a run: our service and the peer's on one PostgreSQL, two workers each, the idle one waiting."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import orjson
import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.opening import load_or_create_key
from deploy.postgres import Access
from deploy.postgres import running as running_server
from tests.bench.house import OURS, STOCK, House, running
from tests.bench.load import Job, Result
from tests.bench.machine import ROOT
from tests.bench.processes import cpu_by_kind
from tests.bench.scripts import Cast
from tests.bench.stock import stock_recorder
from tests.county import TOWN, Pen, Person, adopt, delegate, register

COUNTY = "610924"


@dataclass
class World:
    """Both services, and the cases that were prepared for the measurement but not yet used."""

    ours: House
    stock: House
    access: Access
    cast: Cast
    prepared: list[tuple[str, int, str]]

    def take(self, count: int) -> list[tuple[str, int, str]]:
        """Prepared cases nobody has gone on with yet."""
        taken, self.prepared = self.prepared[:count], self.prepared[count:]
        return taken


@contextmanager
def world(prepared: int) -> Iterator[World]:
    """Start everything; `prepared` cases stand on the ledger, and no worker has them in memory."""
    directory = Path(tempfile.mkdtemp(prefix="mz-bench-"))
    directory.chmod(0o711)
    try:
        with running(OURS, directory / "ours") as house:
            cast = settle(house)
            cases = prepare(house, cast, prepared)
        with ExitStack() as stack:
            # Started again, the workers remember nothing.
            ours = stack.enter_context(running(OURS, directory / "ours"))
            access = running_server(directory / "ours")
            assert access is not None
            stock = stack.enter_context(running_stock(directory, access, cast))
            yield World(ours, stock, access, cast, cases)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def running_stock(directory: Path, access: Access, cast: Cast) -> Iterator[House]:
    """The peer's service, in a database of its own on the same server."""
    dsn = make_database(access, "stock")
    recorder = stock_recorder(dsn, 1)
    recorder.create_table()
    recorder.datastore.close()
    people = directory / "people.json"
    officers = [[person.id, person.jwk] for person in (cast.clerk, cast.assistant, cast.other, cast.inspector)]
    people.write_bytes(orjson.dumps({"origin": cast.origin, "officers": officers}))
    with running(STOCK, directory / "stock", MINGZHANG_DSN=dsn, BENCH_PEOPLE=str(people)) as house:
        yield house


def make_database(access: Access, name: str) -> str:
    """A new database on the world's server; its owner's DSN."""
    with psycopg.connect(access.admin_dsn("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return access.admin_dsn(name)


def settle(house: House) -> Cast:
    """Register the people of a trial ledger, delegate, adopt; as its two trial administrators."""
    base = f"http://127.0.0.1:{house.port}"
    keys = house.data / "keys" / "administrators"
    with httpx.Client(base_url=base) as client:
        pen = Pen(client.get("/ready").json()["origin"])
        first, second = (_administrator(keys, number) for number in (1, 2))
        cast = Cast(pen.origin, Person(), Person(), Person(), Person())
        supervisor = Person()
        town = (cast.clerk, cast.assistant, cast.other)
        people = (*((person, TOWN) for person in town), (cast.inspector, COUNTY), (supervisor, COUNTY))
        for person, unit in people:
            _post(client, register(pen, first, second, person, unit))
        _post(client, delegate(pen, cast.inspector))
        for message in adopt(pen, cast.inspector, supervisor):
            _post(client, message)
    return cast


def _administrator(keys: Path, number: int) -> Person:
    private = load_or_create_key(keys / f"{number}.pem")
    assert isinstance(private, Ed25519PrivateKey)
    return Person((keys / f"{number}.id").read_text().strip(), private)


def _post(client: httpx.Client, message: str) -> None:
    answer = client.post("/acts", content=message, headers={"Content-Type": "application/sd-jwt"})
    if answer.status_code != 201:
        raise RuntimeError(f"the county could not be settled: {answer.text}")


def prepare(house: House, cast: Cast, count: int) -> list[tuple[str, int, str]]:
    """Cases taken as far as a posting, by batches over HTTP: (id, version, line hash)."""
    if not count:
        return []
    cases_a_batch = 16
    batches = -(-count // cases_a_batch)
    job = Job(house.port, 4, 3600, cast.to_json(), batch=cases_a_batch * 8, batches=batches, prepare=True, warm_up=0)
    result = load(job)
    if result.errors:
        raise RuntimeError(f"the cases could not be prepared: {result.first_error}")
    return [(stream, version, hash_) for stream, version, hash_ in result.heads if version == 8][:count]


def load(job: Job) -> Result:
    """Run one load process to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        cwd=ROOT,
        input=orjson.dumps(asdict(job)),
        stdout=subprocess.PIPE,
        check=True,
    )
    return Result(**orjson.loads(done.stdout))


@dataclass(frozen=True)
class Measured:
    """A load's result, and the CPU seconds (all of the run, warming up included) that each side used for it."""

    result: Result
    cpu: dict[str, float]


def measure(world: World, house: House, job: Job) -> Measured:
    """Run a load against one of the two services, and see what everybody used for it."""
    before = cpu_by_kind(house.pid), cpu_by_kind(world.ours.pid)["PostgreSQL"]
    result = load(job)
    workers = cpu_by_kind(house.pid)["workers"] - before[0]["workers"]
    server = cpu_by_kind(world.ours.pid)["PostgreSQL"] - before[1]
    return Measured(result, {"workers": workers, "PostgreSQL": server, "load": result.cpu})
