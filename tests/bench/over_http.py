"""Acts over HTTP: one a request, and in batches; and the memory that it takes."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.figures import Goal, Row, median
from tests.bench.house import House
from tests.bench.load import Job
from tests.bench.processes import workers
from tests.bench.scripts import ACTS_A_CASE
from tests.bench.world import Measured, World, measure

CLIENTS = 64
BATCH = 100
BATCH_CLIENTS = 8


@dataclass(frozen=True)
class Size:
    """How long and how often: `seconds` a round, `rounds` of each, ours and the peer's in turn."""

    seconds: float = 10.0
    rounds: int = 3
    expected: int = 3000
    """Acts a second to provide prepared cases for."""

    def existing(self) -> int:
        """Prepared cases a round takes: half of the acts go to them."""
        return int(self.expected * (self.seconds + 1) / 2 / ACTS_A_CASE)


def one_by_one(world: World, size: Size) -> Row:
    """64 clients, each sending one act a request and the next when it was answered."""

    def job(house: House) -> Job:
        return Job(house.port, CLIENTS, size.seconds, world.cast.to_json(), world.take(size.existing()))

    ours, stock = _rounds(world, size, job)
    rate, peer = _rate(ours), _rate(stock)
    return Row(
        "http",
        "Acts over HTTP, one a request",
        (
            Goal("acts a second, 64 clients, two workers", 2000, "/s", rate),
            Goal("p99", 100, "ms", median([one.result.p99 for one in ours]), at_least=False),
            Goal("times the stock recorder behind the same HTTP layer", 3, "x", rate / peer if peer else 0),
            Goal("errors", 0, "", sum(one.result.errors for one in ours), at_least=False),
        ),
        f"{peer:.0f}/s, p50 {median([one.result.p50 for one in stock]):.0f} ms,"
        f" p99 {median([one.result.p99 for one in stock]):.0f} ms",
        (
            f"p50 {median([one.result.p50 for one in ours]):.1f} ms; rounds: {_list(ours)}; the peer's: {_list(stock)}",
            "CPU an act: " + _cpu(ours) + "; the peer's: " + _cpu(stock),
            *_errors(ours + stock),
        ),
    )


def in_batches(world: World, size: Size) -> Row:
    """8 clients, 100 acts a request: twenty whole cases of five acts, half of them cases that existed before."""

    def job(house: House) -> Job:
        batches = int(size.expected * 2.5 * (size.seconds + 1)) // BATCH
        existing = world.take(batches * BATCH // ACTS_A_CASE // 2)
        return Job(
            house.port, BATCH_CLIENTS, size.seconds, world.cast.to_json(), existing, batch=BATCH, batches=batches
        )

    ours, stock = _rounds(world, size, job)
    rate, peer = _rate(ours), _rate(stock)
    return Row(
        "batches",
        "Acts over HTTP in batches",
        (
            Goal("acts a second, 100 a request, 8 clients, two workers", 5000, "/s", rate),
            Goal("errors", 0, "", sum(one.result.errors for one in ours), at_least=False),
        ),
        f"{peer:.0f}/s, a whole batch in one stock transaction, undecided",
        (
            f"p50 {median([one.result.p50 for one in ours]):.0f} ms a request,"
            f" p99 {median([one.result.p99 for one in ours]):.0f} ms",
            f"rounds: {_list(ours)}; the peer's: {_list(stock)}",
            "CPU an act: " + _cpu(ours) + "; the peer's: " + _cpu(stock),
            *_errors(ours + stock),
        ),
    )


def needed(size: Size, one_by_one: bool, batches: bool) -> int:
    """Prepared cases that all rounds of these rows take."""
    singly = size.existing() * 2 * size.rounds if one_by_one else 0
    in_batches = int(size.expected * 2.5 * (size.seconds + 1)) // ACTS_A_CASE // 2 * 2 * size.rounds
    return singly + (in_batches if batches else 0)


def memory_at_rest(world: World) -> float:
    """Megabytes that the largest worker holds."""
    return max((process.memory for process in workers(world.ours.pid)), default=0) / 1e6


def memory(world: World, at_rest: float) -> Row:
    """What the workers held before any load, and at most until now."""
    most = max((process.most_memory for process in workers(world.ours.pid)), default=0) / 1e6
    return Row(
        "memory",
        "Memory of a worker process",
        (
            Goal("at rest", 150, "MB", at_rest, at_least=False),
            Goal("at most, under the loads above", 400, "MB", most, at_least=False),
        ),
    )


def _rounds(world: World, size: Size, job: Callable[[House], Job]) -> tuple[list[Measured], list[Measured]]:
    ours, stock = [], []
    for _ in range(size.rounds):
        ours.append(measure(world, world.ours, job(world.ours)))
        stock.append(measure(world, world.stock, job(world.stock)))
    return ours, stock


def _rate(rounds: list[Measured]) -> float:
    return median([one.result.rate for one in rounds])


def _list(rounds: list[Measured]) -> str:
    return ", ".join(f"{one.result.rate:.0f}" for one in rounds)


def _cpu(rounds: list[Measured]) -> str:
    """Microseconds of CPU an act, by who used them."""
    parts = []
    for kind in ("workers", "PostgreSQL", "load"):
        each = [one.cpu[kind] / (one.result.all_acts or 1) * 1e6 for one in rounds]
        parts.append(f"{kind} {median(each):.0f} µs")
    return ", ".join(parts)


def _errors(rounds: list[Measured]) -> list[str]:
    return [f"an error: {one.result.first_error}" for one in rounds if one.result.errors][:3]
