"""A running service of two workers: ours or the peer's, started as a person would start it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.child import bound_to_this_process
from tests.bench.machine import ROOT

OURS = "api.app:create_app"
STOCK = "tests.bench.stock:create_app"


@dataclass(frozen=True)
class House:
    """A service that answers on 127.0.0.1:`port`; `pid` is its supervisor's."""

    data: Path
    port: int
    pid: int


@contextmanager
def running(app: str, data: Path, **env: str) -> Iterator[House]:
    """Start a service and wait until it is ready; stopped at the end. Raises RuntimeError when it does not start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    surroundings = os.environ | {"DATA": str(data), "PORT": str(port), "MINGZHANG_WORKERS": "2"} | env
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.serve", app],
        cwd=ROOT,
        env=surroundings,
        stdout=subprocess.DEVNULL,
        preexec_fn=bound_to_this_process(signal.SIGTERM),
    )
    try:
        _wait(process, port)
        yield House(data, port, process.pid)
    finally:
        process.terminate()
        process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError("the service did not start; what it said stands above")
