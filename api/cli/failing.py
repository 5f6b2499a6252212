"""How a command fails: what is wrong and what to do, on standard error, and an exit code. Never a traceback."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar

import typer

from api.client import Problem, Unreachable
from api.settings import SettingsError
from ledger.errors import LedgerError

P = ParamSpec("P")
R = TypeVar("R")

WRONG, CANNOT_TELL = 1, 2
"""Exit codes: something is wrong; it could not be told."""


class CommandError(Exception):
    """`str(error)` says what is wrong and what to do; `exit_code` is the program's."""

    def __init__(self, message: str, exit_code: int = WRONG) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Turns the errors that a command expects into one message and its exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except CommandError as error:
            fail(str(error), error.exit_code)
        except Unreachable as error:
            fail(str(error), CANNOT_TELL)
        except (Problem, LedgerError) as error:
            fail(f"{error}\n  ({error.code})", WRONG)
        except SettingsError as error:
            fail(str(error), CANNOT_TELL)
        except UnicodeDecodeError:
            fail("文件不是 UTF-8 文本，请另存为 UTF-8。 The file is not UTF-8 text; save it as UTF-8.", CANNOT_TELL)
        except BrokenPipeError:
            # Whoever was reading has seen enough; nothing more is to be said to them, at the program's end neither.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(CANNOT_TELL) from None
        except OSError as error:
            fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), CANNOT_TELL)

    return run


def fail(message: str, exit_code: int) -> NoReturn:
    """Say it and end."""
    typer.echo(f"mingzhang: {message}", err=True)
    raise typer.Exit(exit_code)
