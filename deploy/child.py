"""Child processes that do not outlive their parent, whatever ends it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent: int, sig: signal.Signals) -> None:
    """Ask the kernel to send `sig` to this process when the thread that started it ends (prctl(2)).

    Called in the child, after any change of user: the kernel forgets the wish when a process changes it.
    `parent` is the pid of the process that started this one. Other systems than Linux have no such wish;
    there an orphan is found and stopped at the next start.
    """
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, int(sig), 0, 0, 0)
    if os.getppid() != parent:  # it died before we could ask
        os._exit(1)


def bound_to_this_process(sig: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the child gets `sig` when the thread that starts it ends. Start such children from a
    thread that lasts, best the main one."""
    parent = os.getpid()
    return lambda: die_with_parent(parent, sig)
