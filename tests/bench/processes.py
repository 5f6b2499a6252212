"""What processes have used: CPU seconds and memory, read from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """One process: what it runs, the CPU seconds it has used, the memory it holds and has held at most (bytes)."""

    pid: int
    command: str
    cpu: float
    memory: int
    most_memory: int


def descendants(root: int) -> list[Process]:
    """Every living process below `root`."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(entry.name))
        if fields:
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        for pid in children.get(waiting.pop(), ()):
            waiting.append(pid)
            process = _read(pid)
            if process is not None:
                found.append(process)
    return found


def cpu_by_kind(root: int) -> dict[str, float]:
    """CPU seconds used so far below `root`: the workers', and PostgreSQL's."""
    used = {"workers": 0.0, "PostgreSQL": 0.0}
    for process in descendants(root):
        used["workers" if "api.worker" in process.command else "PostgreSQL"] += process.cpu
    return used


def workers(root: int) -> list[Process]:
    """The worker processes of the service whose supervisor is `root`."""
    return [process for process in descendants(root) if "api.worker" in process.command]


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _read(pid: int) -> Process | None:
    fields = _stat(pid)
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    except OSError:
        return None
    if not fields:
        return None
    memory, most = (int(status.get(name, "0 kB").split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
    return Process(pid, command, (int(fields[11]) + int(fields[12])) / _TICKS, memory, most)
