"""Mutations on copies of a clean ledger, and whether verification names every one of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

import psycopg

from deploy.postgres import Server
from ledger.faults import Fault
from ledger.verify import Verdict, verify
from ledger.verify_database import DatabaseSource
from ledger.verify_kept import KeptHead, read_kept
from ledger.verify_worker import KekSource
from tests.torture.attack import Attack, Expected
from tests.torture.mutations import MUTATIONS
from tests.torture.office import Office
from tests.torture.rules import RULES, TABLES


@dataclass
class Tally:
    """What was tried. `missed` are attacks that verification did not name, in words."""

    mutations: int = 0
    by_name: dict[str, int] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)


class Template:
    """A clean ledger in a database of its own, from which copies are made."""

    def __init__(self, server: Server, name: str, lines: int, seed: int) -> None:
        self.server, self.name = server, name
        self._sql(f'CREATE DATABASE "{name}"')
        office = Office(server.admin_dsn(name), seed)
        office.open()
        office.fill(lines)
        self.kept: KeptHead = read_kept("kept", office.kept_head())
        self.kek = KekSource(None, office.kek_text)
        office.close()

    def copy(self, name: str) -> str:
        self._sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._sql(f'CREATE DATABASE "{name}" TEMPLATE "{self.name}" STRATEGY FILE_COPY')
        return self.server.admin_dsn(name)

    def drop(self, *names: str) -> None:
        for name in (*names, self.name):
            self._sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _sql(self, statement: str) -> None:
        with psycopg.connect(self.server.admin_dsn("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def verify(self, dsn: str) -> Verdict:
        return verify(DatabaseSource(dsn, TABLES), RULES, kept=[self.kept], kek=self.kek, processes=1)


def attack(template: Template, count: int, seed: int, told: Callable[[str], None] = lambda line: None) -> Tally:
    """`count` copies of the ledger, mutated once or three times each; the first ones by every mutation there is."""
    random, tally, copy = Random(seed), Tally(), f"{template.name}_copy"
    clean = template.verify(template.copy(copy))
    if clean.faults:
        tally.missed.append(f"false alarm on the clean ledger: {_named(clean.faults)}")
    for number in range(count):
        once = number < len(MUTATIONS) or random.random() < 0.5
        chosen = [MUTATIONS[number]] if number < len(MUTATIONS) else random.sample(MUTATIONS, 1 if once else 3)
        dsn = template.copy(copy)
        expected = mutate(dsn, Random(seed * 1_000_003 + number), chosen, tally)
        verdict = template.verify(dsn)
        for missed in _missed(verdict, expected, single=len(chosen) == 1):
            line = f"seed {seed}, number {number}: {missed}; named: {_named(verdict.faults)}"
            tally.missed.append(line)
            told(line)
    template.drop(copy)
    return tally


def mutate(dsn: str, random: Random, chosen: Sequence[Callable[[Attack], Expected]], tally: Tally) -> list[Expected]:
    expected = []
    with psycopg.connect(dsn, autocommit=True) as connection:
        for mutation in chosen:
            try:
                expected.append(mutation(Attack.on(connection, random)))
            except (psycopg.Error, LookupError, ValueError, TypeError, AssertionError):
                # An earlier mutation of this copy left nothing for this one to do.
                if len(chosen) == 1:
                    raise
                continue
            tally.mutations += 1
            tally.by_name[mutation.__name__] = tally.by_name.get(mutation.__name__, 0) + 1
    return expected


def _missed(verdict: Verdict, expected: Sequence[Expected], single: bool) -> list[str]:
    """Of a single mutation, code and line must be right; several may cover each other's traces, but not all of them."""
    if not verdict.faults:
        return [f"nothing found of {[one.what for one in expected]}"]
    if not single:
        return []
    (one,) = expected
    codes = {fault.code for fault in verdict.faults}
    missed = []
    if one.codes and not one.codes & codes:
        missed.append(f"{one.what}: none of {sorted(one.codes)}")
    if one.line is not None and not any(_covers(fault, one.line) for fault in verdict.faults):
        missed.append(f"{one.what}: no fault at line {one.line}")
    if one.hidden and not any(code.startswith("since.") for code in codes):
        missed.append(f"{one.what}: the kept head did not show it")
    return missed


def _covers(fault: Fault, line: int) -> bool:
    if fault.index is None or fault.last is None:
        return False
    if fault.where == "head":
        return fault.index <= line + 1 <= fault.last
    return fault.where in ("line", "vault") and fault.index <= line <= fault.last


def _named(faults: Sequence[Fault]) -> str:
    return ", ".join(f"{fault.code}@{fault.index}-{fault.last}" for fault in faults[:12]) or "nothing"
