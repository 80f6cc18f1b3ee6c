"""The modules that a process that answers loads: every library costs start-up time and memory."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.indexing.feed import INDEXER_MODULE
from tests.search_service.articles import SITE

ROOT = Path(__file__).resolve().parents[2]

#: Everything from the command to an answer, then the names of all modules.
_ANSWER = """
import asyncio
import sys
from functools import partial
from pathlib import Path
import services.cli.search
import services.search.worker
from services.search.app import create_app
from services.search.opening import open_store
from services.search.indexing.feed import StaticFeed
from shared.process.logs import configure_logging
from shared.web.settings import Settings

settings = Settings(index_dir=Path(sys.argv[1]))
configure_logging("info", "console", sys.stderr)
create_app(settings, store=partial(open_store, settings), feed=StaticFeed())
asyncio.run(open_store(settings).open())  # which answers before it is returned
print(*sys.modules)
"""


#: Everything that a process of the pool that parses articles needs, then the names of all modules.
_BUILD = """
import sys
import services.search.arrays.segment.build
import services.search.engine_whoosh.store.segment_files
import shared.content.folder.bodies
print(*sys.modules)
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The packages that a process has loaded after it answered."""
    directory = tmp_path_factory.mktemp("index")
    WhooshIndexStore(directory).sync(SITE)
    return modules_of(_ANSWER, str(directory))


def modules_of(code: str, *arguments: str) -> frozenset[str]:
    """The modules and packages whose names ``code`` prints."""
    command = [sys.executable, "-c", code, *arguments]
    # A measured run would start coverage in it, which loads further modules.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return frozenset(name.partition(".")[0] for name in done.stdout.split()) | frozenset(done.stdout.split())


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("whoosh", "the writer's alone: reading takes no more than CURRENT and the arrays"),
        ("markdown_it", "articles are parsed where they are indexed"),
        ("yaml", "front matter is read where articles are parsed"),
        ("multiprocessing", "documents are analysed in processes by the writer"),
        ("services.search.engine_whoosh.store.index_writer", "the writer"),
    ],
)
def test_a_process_that_answers_loads_nothing_that_it_does_not_need(
    loaded: frozenset[str], name: str, why: str
) -> None:
    """The time from the start of the process to the first answer is nearly all imports: Whoosh was a sixth of it."""
    assert "services.search.engine_whoosh.engine" in loaded
    assert name not in loaded, why


def test_a_process_that_parses_articles_loads_nothing_of_http() -> None:
    """It took 8 MB in each process of the pool, which imported it for the id of a request in its log."""
    loaded = modules_of(_BUILD)
    assert "shared.process.logs" in loaded
    assert not loaded & {"aiohttp", "shared.web.settings"}


def test_a_process_of_the_pool_does_not_import_the_indexer_that_started_it() -> None:
    """A spawned process imports the main module of its parent first, unless that is the ``__main__`` of a package."""
    main = find_spec(f"{INDEXER_MODULE}.__main__")
    assert main is not None


def test_the_indexer_loads_nothing_of_http() -> None:
    loaded = modules_of("import sys, services.search.indexing.indexer; print(*sys.modules)")
    assert "services.search.opening" in loaded
    assert "aiohttp" not in loaded
