"""One worker process: `python -m api.worker LISTENER READY PARENT APP`, started by the supervisor (run.py)
and by nobody else."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from api.protocol import IDLE_SECONDS, Connection
from deploy.child import die_with_parent


class Worker(uvicorn.Server):
    """Tells the supervisor, by closing the pipe after one byte, that it takes requests from now on."""

    ready: int

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What is there now stays until the end, and what caches keep is no garbage: look for cycles less often.
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)
        with contextlib.suppress(BrokenPipeError):  # a replacement: nobody waits for it
            os.write(self.ready, b"1")
        os.close(self.ready)


def configuration(app: str | ASGIApp, **more: Any) -> uvicorn.Config:
    """How a worker serves an application, or the name of what makes one."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=Connection,
        ws="none",
        log_level="warning",
        access_log=False,  # paths name cases
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=10,
        **more,
    )


def main() -> None:
    """Serve HTTP on the listening socket that was inherited as descriptor LISTENER, until SIGTERM."""
    listener, ready, parent, app = sys.argv[1:]
    # Whoever kills the supervisor means all of it; a worker that lingers would only hold the port.
    die_with_parent(int(parent), signal.SIGKILL)
    worker = Worker(configuration(app, factory=True))
    worker.ready = int(ready)
    with socket.socket(fileno=int(listener)) as sock:
        worker.run(sockets=[sock])


if __name__ == "__main__":
    main()
