"""A document stands under its digest whole, or not at all."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from api.documents import store as stores
from api.documents.store import Held, Store
from ledger.errors import Conflict, LedgerError, NotDone, Refused
from tests.documents import PDF, digest


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "documents")


def keep(store: Store, content: bytes, name: str | None = None) -> Held:
    with store.receive(name or digest(content)) as incoming:
        incoming.write(content[:3])
        incoming.write(content[3:])
        return incoming.keep()


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(LedgerError) as caught:
        work()
    return caught.value.code


def test_a_document_is_kept_under_its_digest_for_its_owner_alone(store: Store):
    held = keep(store, PDF)
    assert (held.sha256, held.size, held.kind, held.new) == (digest(PDF), len(PDF), "pdf", True)
    path = store.root / digest(PDF)[:2] / digest(PDF)
    assert path.read_bytes() == PDF
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(each.stat().st_mode) for each in (store.root, store.incoming, path.parent)} == {0o700}
    assert store.size(digest(PDF)) == len(PDF)
    assert store.names()[0] == [digest(PDF)]
    assert list(store.incoming.iterdir()) == []


def test_the_same_document_again_changes_nothing(store: Store):
    keep(store, PDF)
    before = store.path(digest(PDF)).stat()
    assert keep(store, PDF).new is False
    after = store.path(digest(PDF)).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_other_bytes_than_the_digest_says_are_not_kept(store: Store):
    with pytest.raises(Refused) as caught:
        keep(store, PDF, "ab" * 32)
    assert caught.value.code == "document.digest"
    assert store.size("ab" * 32) is None
    assert list(store.incoming.iterdir()) == []


def test_no_kind_of_document_is_not_kept(store: Store):
    assert refusal(lambda: keep(store, b"\x7fELF" + bytes(100))) == "document.kind"
    assert store.names()[0] == []


def test_an_altered_file_is_evidence_and_stays_as_it_is(store: Store):
    keep(store, PDF)
    path = store.path(digest(PDF))
    path.write_bytes(b"%PDF-1.7 other")
    with pytest.raises(Conflict) as caught:
        keep(store, PDF)
    assert caught.value.code == "document.altered"
    assert path.read_bytes() == b"%PDF-1.7 other"
    path.rename(store.root.parent / "evidence")
    assert keep(store, PDF).new is True


def test_a_sender_who_stops_half_way_leaves_nothing(store: Store):
    with store.receive(digest(PDF)) as incoming:
        incoming.write(PDF[:5])
    assert store.size(digest(PDF)) is None
    assert list(store.incoming.iterdir()) == []


def test_the_disks_reserve_is_left_to_the_ledger(store: Store, monkeypatch: pytest.MonkeyPatch):
    with store.receive(digest(PDF)) as incoming:
        monkeypatch.setattr(stores, "RESERVE", 1 << 62)
        assert refusal(lambda: incoming.write(PDF)) == "document.no-room"
    with pytest.raises(NotDone):
        keep(store, PDF)
    monkeypatch.undo()
    assert keep(store, PDF).new is True


def test_a_disk_that_is_full_all_the_same_is_called_that(store: Store):
    done = subprocess.run([sys.executable, "-c", FULL, str(store.root)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "document.no-room"
    assert store.names()[0] == []
    assert list(store.incoming.iterdir()) == []


FULL = """
import hashlib, resource, signal, sys
from errno import EFBIG
from pathlib import Path
from api.documents import store as stores
from ledger.errors import NotDone
# As full as a disk can be made for one process: no file of it may grow beyond 4 kB.
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
stores.FULL += (EFBIG,)
content = b"%PDF-1.7" + bytes(10_000)
try:
    with stores.Store(Path(sys.argv[1])).receive(hashlib.sha256(content).hexdigest()) as incoming:
        incoming.write(content)
        incoming.keep()
except NotDone as error:
    print(error.code)
"""


CRASHING = """
import os, signal, sys
from pathlib import Path
from api.documents import store as stores
point, root, content = sys.argv[1], Path(sys.argv[2]), b"%PDF-1.7 a paper"
def die(*arguments, **named):
    os.kill(os.getpid(), signal.SIGKILL)
link = os.link
def link_and_die(*arguments):
    link(*arguments)
    die()
if point == "sync": os.fsync = die
if point == "link": os.link = die
if point == "linked": os.link = link_and_die
import hashlib
with stores.Store(root).receive(hashlib.sha256(content).hexdigest()) as incoming:
    incoming.write(content[:8])
    if point == "half": die()
    incoming.write(content[8:])
    incoming.keep()
"""


@pytest.mark.parametrize(("point", "stands"), [("sync", False), ("half", False), ("link", False), ("linked", True)])
def test_a_crash_at_any_point_leaves_no_half_file_and_the_next_try_succeeds(store: Store, point: str, stands: bool):
    with store.receive("ab" * 32):
        pass  # the directories are there
    done = subprocess.run([sys.executable, "-c", CRASHING, point, str(store.root)])
    assert done.returncode == -signal.SIGKILL
    content = b"%PDF-1.7 a paper"
    if stands:
        assert store.path(digest(content)).read_bytes() == content
    else:
        assert store.names()[0] == []
    assert keep(store, content).new is not stands
    assert len(list(store.incoming.iterdir())) == 1
    store.sweep()
    assert len(list(store.incoming.iterdir())) == 1, "it may be another worker's, and under way"
    for left in store.incoming.iterdir():
        os.utime(left, (0, time.time() - stores.SWEPT_AFTER - 60))
    store.sweep()
    assert list(store.incoming.iterdir()) == []
    assert store.hash(digest(content)) == digest(content)


def test_sweeping_where_nothing_is_yet_does_nothing(store: Store):
    store.sweep()
    assert not store.root.exists()
    assert store.names()[0] == []
    assert store.size("ab" * 32) is None
