"""Full disks: a small tmpfs where one can be mounted, and a limit on the size of files everywhere."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.running.services import PATIENCE_S, Service
from services.search.engine import IndexNotWritable
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.content.folder.loader import load_now
from shared.search.contract import SearchQuery
from tests.campaign.cases import Fault
from tests.campaign.damage import Editor
from tests.campaign.torture.scene import Stage, Tried

TMPFS_BYTES = 3 << 20


def run(stage: Stage) -> Iterator[Tried]:
    """A writer that finds no room, and a service whose disk fills up and is freed."""
    yield _limited_writers(stage, stage.times(40))
    with _small_disk(stage.directory / "disk") as disk:
        yield _full_service(stage, disk)


def _limited_writers(stage: Stage, times: int) -> Tried:
    """A writer whose files may not grow beyond a random size (RLIMIT_FSIZE): it is refused wherever it is then."""
    tried = Tried("a writer without room (RLIMIT_FSIZE)")
    editor = Editor(stage.scratch("limited"), stage.rng)
    editor.begin(30)
    index, refused = stage.directory / "limited-index", 0
    largest = _sync(editor.content, index, None)

    def act() -> None:
        nonlocal refused
        before = _titles(index)
        editor.edit()
        code = _in_child(editor.content, index, stage.rng.randint(0, largest))
        refused += code == 1
        if code not in {0, 1}:
            raise Fault(f"the writer ended with {code}")
        if code == 1 and _titles(index) != before:
            raise Fault("an edit that did not fit changed what is served")
        _sync(editor.content, index, None)
        if _titles(index) != editor.titles:
            raise Fault("with room again, the index is not complete")

    for _ in range(times):
        tried.attempt(act)
    tried.figure = f"{refused} of {times} refused; the index before answered, and the next sync was complete"
    return tried


def _sync(content: Path, index: Path, limit: int | None) -> int:
    """Bring the index up to date; the size of its largest file. Raises IndexNotWritable."""
    if limit is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    store = WhooshIndexStore(index)
    store.sync(load_now(content).require().articles)
    store.close()
    return max(path.stat().st_size for path in index.iterdir())


def _in_child(content: Path, index: Path, limit: int) -> int:
    """The exit code of a process with that limit: 0 written, 1 refused with a reason, 2 anything else."""
    pid = os.fork()
    if pid == 0:
        code = 2
        with suppress(BaseException):
            try:
                _sync(content, index, limit)
                code = 0
            except IndexNotWritable:
                code = 1
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _titles(index: Path) -> dict[str, str]:
    engine = WhooshIndexStore(index).open()
    try:
        hits = engine.search(SearchQuery("", size=50)).hits
    finally:
        engine.close()
    return {hit.slug: "".join(text for text, _ in hit.title) for hit in hits}


@contextmanager
def _small_disk(path: Path) -> Iterator[Path | None]:
    """A file system of TMPFS_BYTES, or None where this process may not mount one."""
    path.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={TMPFS_BYTES}", "tmpfs", path], check=False, capture_output=True
    )
    if mounted.returncode:
        yield None
        return
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", path], check=False, capture_output=True)


def _full_service(stage: Stage, disk: Path | None) -> Tried:
    """The disk of a running search fills up, articles change, and it is freed."""
    tried = Tried("a full disk under a running search (tmpfs)")
    if disk is None:
        tried.figure = "not tried: this process may not mount a tmpfs (the line above is the double)"
        return tried
    editor = Editor(stage.scratch("full"), stage.rng)
    editor.begin(20)
    search = Service("search", editor.content, disk, {"LOG_LEVEL": "error"})
    search.start()
    try:
        for _ in range(stage.times(5)):
            tried.attempt(lambda: _fill_and_free(stage, disk, search, editor))
        tried.attempt(search.check_log)
        tried.tried -= 1
    finally:
        search.kill()
    tried.figure = "the index before answered, /readyz named the reason, and freed room healed it by itself"
    return tried


def _fill_and_free(stage: Stage, disk: Path, search: Service, editor: Editor) -> None:
    search.wait(lambda: search.titles() == editor.titles, "up to date before the disk is full")
    before, filler = dict(editor.titles), disk / "filler"
    _fill(filler)
    for _ in range(10):
        editor.write(stage.rng.choice(sorted(editor.titles)))
    try:
        search.wait(lambda: b"the disk is full" in search.get("/readyz")[1], "aware of the full disk")
        if search.titles() != before:
            raise Fault("with a full disk, search does not give the articles before")
    finally:
        filler.unlink()
    # It tries again after 1, 2, 4 … 60 seconds.
    search.wait(lambda: search.titles() == editor.titles, "healed after the disk was freed", PATIENCE_S)


def _fill(filler: Path) -> None:
    """Write until nothing fits any more."""
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)
