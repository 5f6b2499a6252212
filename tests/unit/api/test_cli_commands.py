"""The table of commands: each is what it names, and none is loaded before it is asked for."""

import subprocess
import sys
from typing import Any

import pytest
import typer

from api.cli import COMMANDS, app


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_loads_and_explains_itself(name):
    command: Any = typer.main.get_command(app)
    for word in name.split(" "):
        command = command.commands.get(word)
        assert command is not None, name
    assert command.help


def test_no_command_is_loaded_before_it_is_asked_for():
    code = "import sys, api.cli; print(*[name for name in sys.modules if name.startswith('api.cli.')])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == ["api.cli.failing"]
