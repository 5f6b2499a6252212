"""A short torture: every mutation once, and every kind of kill. `make torture` does thousands."""

from pathlib import Path

from deploy.postgres import Server, embedded
from tests.torture.kills import KILLS, torture
from tests.torture.mutate import Template, attack
from tests.torture.mutations import MUTATIONS


def test_every_mutation_is_named(server: Server):
    template = Template(server, "torture_template", lines=330, seed=20)
    tally = attack(template, len(MUTATIONS) + 6, seed=20)
    assert tally.missed == []
    assert len(tally.by_name) == len(set(MUTATIONS))


def test_every_kill_leaves_true_answers_and_nothing_lost(open_path: Path, bindir: Path | None):
    notes = open_path / "notes"
    notes.mkdir()
    with embedded(open_path / "data", bindir=bindir) as server:
        outcome = torture(server, notes, len(KILLS) + 2, seed=1)
    assert outcome.wrong == []
    assert outcome.acknowledged > 30
