"""What the files of the house promise."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def locked() -> dict[str, str]:
    """Each locked package with its block of text."""
    text = (ROOT / "requirements.lock").read_text("utf-8")
    return {block.split("==")[0]: block for block in re.split(r"\n(?=\S)", text.strip())}


def test_every_locked_package_has_one_version_and_a_hash():
    for name, block in locked().items():
        assert re.match(rf"{re.escape(name)}==\S+ ", block), name
        assert "--hash=sha256:" in block, name


def test_the_lock_names_no_place_to_download_from():
    text = (ROOT / "requirements.lock").read_text("utf-8")
    assert not re.search(r"://|index-url|find-links|trusted-host|\bfile:", text)


def test_every_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=;, ]", requirement)[0] for requirement in wanted}
    assert names <= set(locked())


def test_every_dependency_says_why_it_is_there():
    lines = (ROOT / "pyproject.toml").read_text("utf-8").splitlines()
    asked = [line for line in lines if re.match(r'    "[a-z][\w-]*(\[\w+\])?[<>]=', line)]
    assert asked
    assert [line for line in asked if "# " not in line] == []
