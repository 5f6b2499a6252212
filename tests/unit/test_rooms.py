"""The arrows between the rooms, held by import-linter (its contracts are in pyproject.toml)."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def lint_imports(cwd: Path) -> "subprocess.CompletedProcess[str]":
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)


def a_house(path: Path, **modules: str) -> Path:
    """Empty rooms under our contracts, with the given modules in them."""
    shutil.copy(ROOT / "pyproject.toml", path)
    for room in ("ledger", "domain", "projections", "api", "deploy"):
        (path / room).mkdir()
        (path / room / "__init__.py").write_text("")
    for room, text in modules.items():
        (path / room / "door.py").write_text(text)
    return path


def test_the_rooms_keep_to_the_arrows():
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


def test_the_arrows_that_are_meant_are_allowed(tmp_path: Path):
    house = a_house(tmp_path, projections="import ledger, domain", api="import ledger, deploy, projections, domain")
    assert lint_imports(house).returncode == 0


def test_ledger_and_domain_never_meet(tmp_path: Path):
    for_one, for_other = tmp_path / "one", tmp_path / "other"
    for_one.mkdir()
    for_other.mkdir()
    assert lint_imports(a_house(for_one, ledger="import domain")).returncode == 1
    assert lint_imports(a_house(for_other, domain="import ledger")).returncode == 1


def test_nobody_imports_backwards_or_brings_sql_into_domain(tmp_path: Path):
    for number, (room, text) in enumerate(
        [
            ("ledger", "import projections"),
            ("domain", "import psycopg"),
            ("projections", "import deploy"),
            ("deploy", "import ledger"),
            ("deploy", "import api"),
            ("ledger", "import fastapi"),
            ("api", "import tests"),
        ]
    ):
        path = tmp_path / str(number)
        path.mkdir()
        assert lint_imports(a_house(path, **{room: text})).returncode == 1, (room, text)
