"""SIGKILL at random points: while an index is written, and while both services follow edits and answer."""

from __future__ import annotations

import os
import random
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from benchmarks.running.services import Service
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.content.folder.loader import load_now
from shared.search.contract import SearchQuery
from tests.campaign.cases import Fault
from tests.campaign.damage import Editor
from tests.campaign.fuzz.stores import QUESTIONS
from tests.campaign.torture.scene import Stage, Tried

ARTICLES = 40
#: More files than this in the directory of an index are leftovers that nobody removes.
MAX_ENTRIES = 14


def run(stage: Stage) -> Iterator[Tried]:
    """Writers that are killed, and then whole services."""
    yield _writers(stage, stage.times(200))
    yield _services(stage, stage.times(100))


def _writers(stage: Stage, kills: int) -> Tried:
    """A process that writes the index, killed between its first and its last step."""
    tried = Tried("kill a writer of the index")
    editor = Editor(stage.scratch("written"), stage.rng)
    editor.begin(ARTICLES)
    index = stage.directory / "written-index"
    _write(editor.content, index)
    editor.edit()
    took, landed, published = _write(editor.content, index), 0, 0
    for _ in range(kills):
        before = _held(index)
        for _ in range(stage.rng.randint(1, 6)):
            editor.edit()
        pid = _fork_writer(editor.content, index)
        time.sleep(stage.rng.uniform(0, 3 * took))
        landed += _killed(pid)
        tried.attempt(partial(_check_whole, index, before, editor.titles))
        published += _held(index) == editor.titles
    _write(editor.content, index)
    tried.attempt(lambda: _check_whole(index, editor.titles))
    tried.tried = kills
    tried.figure = (
        f"{landed} of {kills} before it ended; {kills - published} left the index before, {published} the next"
    )
    return tried


def _write(content: Path, index: Path) -> float:
    """Bring the index up to date; the seconds it took."""
    started, store = time.monotonic(), WhooshIndexStore(index)
    store.sync(load_now(content).require().articles)
    store.close()
    return time.monotonic() - started


def _fork_writer(content: Path, index: Path) -> int:
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException):
            _write(content, index)
        os._exit(0)
    return pid


def _killed(pid: int) -> bool:
    """Kill the process; whether it had not ended before."""
    os.kill(pid, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def _check_whole(index: Path, *states: dict[str, str]) -> None:
    """Raise Fault unless the index holds exactly one of ``states``, and every question is answered."""
    if not WhooshIndexStore(index).verify():
        raise Fault("a kill left an index that is not as it was written")
    found = _held(index)
    if found not in states:
        raise Fault(f"the index holds neither the articles before nor those after: {len(found)} articles")


def _held(index: Path) -> dict[str, str]:
    """The title of every article in the index by slug. Every question is asked as well."""
    engine = WhooshIndexStore(index).open()
    try:
        for question in QUESTIONS:
            engine.search(question)
        pages = (engine.search(SearchQuery("", page=page, size=50)).hits for page in range(1, 10))
        return {hit.slug: "".join(text for text, _ in hit.title) for hits in pages for hit in hits}
    finally:
        engine.close()


class _Readers:
    """Readers who ask both services all the time, and note what was cut or not of the site."""

    def __init__(self, render: Service, search: Service, editor: Editor, seed: int) -> None:
        self._services = render, search
        self._editor = editor
        self._rng = random.Random(seed)  # noqa: S311 - repeatable, no secret
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._read, name="readers")
        self.answers = 0
        self.wrong: list[str] = []

    def __enter__(self) -> _Readers:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _read(self) -> None:
        render, search = self._services
        while not self._is_over.wait(0.01):
            slug = self._rng.choice(list(self._editor.titles))
            status, body = render.get(f"/articles/{slug}/")
            self._note(status, body, f"<h1>.*{slug} version \\d+")
            status, body = search.get(f"/v1/search?q={slug}&size=3")
            self._note(status, body, '"generation":')

    def _note(self, status: int, body: bytes, pattern: str) -> None:
        """A body that is shorter than its Content-Length is not an answer: ``get`` gives 0 for it."""
        if status == 200:
            self.answers += 1
            if not re.search(pattern.encode(), body, re.DOTALL):
                self.wrong.append(f"an answer without {pattern}: {body[:200]!r}")
        elif status not in {0, 404, 503}:
            self.wrong.append(f"{status}: {body[:200]!r}")


def _services(stage: Stage, kills: int) -> Tried:
    """Both services, killed whole or in part, while articles are written and read."""
    tried = Tried("kill render, search or its indexer")
    editor = Editor(stage.scratch("served"), stage.rng)
    editor.begin(ARTICLES)
    search = Service("search", editor.content, stage.directory / "served-search")
    render = Service("render", editor.content, stage.directory / "served-render", {"SEARCH_URL": search.address})
    try:
        search.start()
        render.start()
        with _Readers(render, search, editor, stage.rng.randrange(1 << 30)) as readers:
            for number in range(kills):
                _edit_for(stage.rng, editor, stage.rng.uniform(0.1, 2.0))
                _kill_something(stage.rng, render, search)
                if number % 10 == 9 or number == kills - 1:
                    tried.attempt(lambda: _check_caught_up(render, search, editor))
        tried.tried = kills
        tried.faults += readers.wrong[:5]
        tried.figure = f"{editor.edits} edits and {readers.answers:,} answers meanwhile, none cut; nothing lost"
        tried.faults += [fault for service in (render, search) if (fault := _log_fault(service))]
    finally:
        render.kill()
        search.kill()
    return tried


def _edit_for(rng: random.Random, editor: Editor, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        editor.edit()
        time.sleep(rng.uniform(0, 0.1))


def _kill_something(rng: random.Random, render: Service, search: Service) -> None:
    what = rng.randrange(3)
    if what == 0 and (children := search.children()):
        with suppress(ProcessLookupError):
            os.kill(rng.choice(children), signal.SIGKILL)
        return
    service = render if what == 1 else search
    service.kill()
    service.start()


def _shows(render: Service, page: str, title: str) -> bool:
    return title.encode() in render.get(page)[1]


def _check_caught_up(render: Service, search: Service, editor: Editor) -> None:
    """Raise Fault unless both show every article once, in its newest version, and nothing lies around."""
    search.wait(lambda: search.titles() == editor.titles, "up to date")
    for slug, title in editor.titles.items():
        render.wait(partial(_shows, render, f"/articles/{slug}/", title), f"up to date for {slug}")
    entries = [path.name for path in search.index.iterdir()]
    search.wait(lambda: len(list(search.index.iterdir())) <= MAX_ENTRIES, f"without leftovers ({sorted(entries)})")


def _log_fault(service: Service) -> str:
    try:
        service.check_log()
    except Fault as fault:
        return str(fault)
    return ""
