"""Full verification on all cores, beside the raw signature checks of the same acts on all cores."""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from ledger.act import decode_state
from ledger.jws import Jws, Key, parse_jws
from ledger.keys import KeyHistory, administrators_keys
from ledger.line import decode_line
from ledger.store import read_key_lines, read_lines, read_opened
from ledger.verify import verify
from ledger.verify_database import DatabaseSource
from ledger.verify_worker import KekSource
from tests.bench.figures import Goal, Row, median
from tests.bench.world import World

PAGE = 5000
SAMPLE = 3000


def verification(world: World, rounds: int) -> Row:
    """Verify the ledger that the loads have filled; then only its signatures, already taken apart and in memory."""
    dsn = world.access.admin_dsn()
    processes = os.cpu_count() or 1
    whole, raw, openssl = [], [], []
    acts = lines = faults = 0
    for _ in range(rounds):
        began = time.perf_counter()
        verdict = verify(
            DatabaseSource(dsn, CASEWORK_TABLES),
            CASEWORK_RULES,
            kek=KekSource(world.ours.data / "keys" / "vault.key", None),
            processes=processes,
        )
        whole.append(time.perf_counter() - began)
        acts, lines, faults = verdict.acts, verdict.size, len(verdict.faults)
        quick, slow = _signatures(dsn, processes)
        raw.append(quick)
        openssl.append(slow)
    ratio = median(raw) / median(whole) * 100
    return Row(
        "verify",
        "Full verification, all cores",
        (
            Goal("of what raw signature checks alone reach", 85, "%", ratio),
            Goal("faults", 0, "", faults, at_least=False),
        ),
        f"{acts / median(raw):,.0f} signatures/s by libsodium, taken apart and in memory beforehand; by OpenSSL"
        f" {acts / median(openssl):,.0f}/s",
        (
            f"{lines:,} lines with {acts:,} acts in {median(whole):.1f} s, {lines / median(whole):,.0f} lines/s,"
            " processes started and vault opened included",
        ),
    )


def _signatures(dsn: str, processes: int) -> tuple[float, float]:
    """Seconds that checking every act's signature takes; reading and taking apart are not counted.

    By the check that is in use (libsodium's, for Ed25519), which is the yardstick; and by OpenSSL's, estimated from a
    part of them.
    """
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        parts = list(pool.map(_load, [dsn] * processes, range(processes), [processes] * processes))
        assert len({pid for pid, _ in parts}) == processes
        took = list(pool.map(_check, range(processes)))
        return max(quick for quick, _ in took), max(slow for _, slow in took)


_held: list[tuple[Key, Jws]] = []


def _load(dsn: str, part: int, parts: int) -> tuple[int, int]:
    """Every `parts`-th page of the ledger's acts, taken apart."""
    with psycopg.connect(dsn) as connection:
        keys = KeyHistory(administrators_keys(read_opened(connection, CASEWORK_TABLES).event()))
        for _, line in read_key_lines(connection, CASEWORK_TABLES, CASEWORK_RULES.key_types, 0, 1_000_000):
            at = decode_line(line)
            keys.apply(CASEWORK_RULES.read_keys(at.index, at.type, at.state))
        start = part * PAGE
        while page := read_lines(connection, CASEWORK_TABLES, start, PAGE):
            for line in page:
                if act := decode_state(decode_line(line).state):
                    jws = parse_jws(act[0].encode())
                    period = keys.get(jws.kid)
                    assert period is not None
                    _held.append((period.key, jws))
            start += parts * PAGE
    time.sleep(1)  # the other process shall take the other part
    return os.getpid(), len(_held)


def _check(part: int) -> tuple[float, float]:
    began = time.perf_counter()
    for key, jws in _held:
        assert key.verify(jws.signed, jws.signature)
    quick = time.perf_counter() - began
    some = [(key.public, jws) for key, jws in _held[:SAMPLE] if isinstance(key.public, Ed25519PublicKey)]
    began = time.perf_counter()
    for public, jws in some:
        public.verify(jws.signature, jws.signed)
    slow = (time.perf_counter() - began) * len(_held) / max(len(some), 1)
    time.sleep(0.2)
    return quick, slow
