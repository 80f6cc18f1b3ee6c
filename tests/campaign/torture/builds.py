"""The build of a large index: killed in whole or in part at any moment, and without room for its merge."""

from __future__ import annotations

import logging
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from benchmarks.running.processes import ROOT, children_of
from services.search.engine import IndexNotWritable, IndexUnavailable
from services.search.engine_whoosh.store.manifest import read_manifest
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.content.folder.loader import load_now
from shared.search.contract import SearchQuery
from tests.campaign.cases import Fault
from tests.campaign.damage import Editor
from tests.campaign.torture.scene import Stage, Tried

#: Enough for a pool that builds segments, and for a process of its own that merges them.
ARTICLES = 3_200
#: The files of a settled index: the manifest, two locks, one segment in two formats, and Whoosh's table of contents.
SETTLED_FILES = 6
PROGRAM = "import sys; from tests.campaign.torture.builds import build; build(*sys.argv[1:])"


def run(stage: Stage) -> Iterator[Tried]:
    """Builds that are killed, and then builds whose merged file does not fit."""
    if stage.is_short:
        yield Tried("build a large index", figure="left out of a short run")
        return
    editor = Editor(stage.scratch("large"), stage.rng)
    editor.begin(ARTICLES)
    index = stage.directory / "large-index"
    started = time.monotonic()
    _finish(_start(editor.content, index))
    took, size = time.monotonic() - started, _size_of_segment(index)
    yield _killed(stage, editor.content, index, took)
    yield _without_room(stage, editor.content, index, size)


def build(content: str, index: str, limit_bytes: str = "-1") -> None:
    """Bring the index up to date, as the program of a process. Exits with 1 if it is not writable."""
    logging.basicConfig(stream=sys.stderr)
    articles = load_now(Path(content)).require().articles
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit_bytes), resource.RLIM_INFINITY))
    store = WhooshIndexStore(Path(index))
    try:
        store.sync(articles)
    except IndexNotWritable as error:
        sys.exit(str(error))
    finally:
        store.close()


def _start(content: Path, index: Path, limit_bytes: int = -1) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, str(content), str(index), str(limit_bytes)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _finish(process: subprocess.Popen[str]) -> str:
    """What the process printed. Raises Fault unless it exits with 0."""
    output, _ = process.communicate(timeout=600)
    if process.returncode:
        raise Fault(f"a build ended with {process.returncode}: {output[-500:]}")
    return output


def _killed(stage: Stage, content: Path, index: Path, took: float) -> Tried:
    tried, writers, children = Tried("kill the build of a large index, or a process of it"), 0, 0

    def act() -> None:
        nonlocal writers, children
        shutil.rmtree(index)
        process = _start(content, index)
        time.sleep(stage.rng.uniform(0, took))
        started = children_of(process.pid)
        victim = stage.rng.choice([process.pid, *started])
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        writers, children = writers + (victim == process.pid), children + (victim != process.pid)
        process.communicate(timeout=600)
        index.mkdir(exist_ok=True)
        if not WhooshIndexStore(index).verify():
            raise Fault("a kill left an index that is not as it was written")
        _count(index)
        _finish(_start(content, index))
        _check_settled(index)

    for _ in range(stage.times(40)):
        tried.attempt(act)
    tried.figure = (
        f"{writers} writers and {children} of their processes; the next build was complete, without leftovers"
    )
    return tried


def _without_room(stage: Stage, content: Path, index: Path, size: int) -> Tried:
    tried = Tried("merge a large index without room (RLIMIT_FSIZE)")

    def act() -> None:
        shutil.rmtree(index)
        output = _finish(_start(content, index, round(size * stage.rng.uniform(0.4, 0.9))))
        if "index not merged" not in output:
            raise Fault(f"a merge that did not fit was not logged: {output[-500:]}")
        if _count(index) != ARTICLES:
            raise Fault("articles are missing where only the merge did not fit")
        _finish(_start(content, index))
        _check_settled(index)

    for _ in range(stage.times(10)):
        tried.attempt(act)
    tried.figure = "every article was found, the log named the reason, and the next build merged"
    return tried


def _count(index: Path) -> int:
    """How many articles the index holds, 0 without one."""
    try:
        engine = WhooshIndexStore(index).open()
    except IndexUnavailable:
        return 0
    try:
        return engine.search(SearchQuery("", size=1)).total
    finally:
        engine.close()


def _check_settled(index: Path) -> None:
    manifest, names = read_manifest(index), sorted(path.name for path in index.iterdir())
    if manifest is None or len(manifest.segments) != 1 or _count(index) != ARTICLES:
        raise Fault(f"the index is not complete, or not merged: {_count(index)} articles")
    if len(names) > SETTLED_FILES:
        raise Fault(f"leftovers: {names}")


def _size_of_segment(index: Path) -> int:
    return max(path.stat().st_size for path in index.glob("*.arrays"))
