"""The machine a figure was measured on: without it a figure says nothing."""

import os
import platform
import subprocess
import time
from pathlib import Path

import psycopg

from tests.bench.figures import median

ROOT = Path(__file__).resolve().parents[2]


def fsync_milliseconds(directory: Path, count: int = 200) -> float:
    """Median time to append 8 kB, PostgreSQL's page, to a file and have it on disk."""
    path = directory / "fsync.probe"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    times = []
    try:
        for _ in range(count):
            began = time.perf_counter()
            os.write(descriptor, b"\xa5" * 8192)
            os.fdatasync(descriptor)
            times.append((time.perf_counter() - began) * 1000)
    finally:
        os.close(descriptor)
        path.unlink()
    return median(times)


def describe(admin_dsn: str, directory: Path) -> list[str]:
    """CPU, cores, memory, PostgreSQL, Python, commit, date, and what a flush to disk costs here."""
    with psycopg.connect(admin_dsn) as connection:
        version = connection.execute("SHOW server_version").fetchone()
        fsync = connection.execute("SHOW fsync").fetchone()
    assert version is not None
    assert fsync is not None
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"{time.strftime('%Y-%m-%d %H:%M %Z')}, commit {_commit()}",
        f"{_cpu()}, {os.cpu_count()} cores, {memory:.0f} GiB; load average before: {os.getloadavg()[0]:.2f}",
        f"PostgreSQL {version[0]} (fsync {fsync[0]}), Python {platform.python_version()}, {platform.system()}",
        f"one 8 kB write and flush to disk: {fsync_milliseconds(directory):.2f} ms (median)",
    ]


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _commit() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"
