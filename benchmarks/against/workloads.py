"""All workloads that are measured in one checkout: in its worker, and over HTTP against its two services."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from urllib.parse import quote_plus

from benchmarks.against.worker import Sample, working
from benchmarks.cases.change import await_idle, save, word_of
from benchmarks.cases.http_search import target
from benchmarks.cases.pages import await_prepared, page_of
from benchmarks.corpus import Corpus
from benchmarks.measuring.machine import available_cores
from benchmarks.measuring.rounds import one_core
from benchmarks.running.checkout import Checkout
from benchmarks.running.processes import processor_s
from benchmarks.running.services import Service, running
from benchmarks.traffic.load import run_load

Workload = Callable[[], Sample]

#: The name of each piece of work in the worker, and how it is described.
IN_PROCESS = {
    "words": "200 word queries, whole answers",
    "phrase": "30 phrases, whole answers",
    "prefix": "30 prefixes, whole answers",
    "typo": "30 words with a typo, whole answers",
    "suggest": "200 suggestions",
    "build": "index of 750 pages, until readers are answered",
    "build_whole": "index of 750 pages, with all that follows",
    "edit": "one article changed, indexed and found",
}
#: Connections of a load. Requests are enough for a second or more: processor time is counted in hundredths.
CONNECTIONS = 32
PAGE_REQUESTS, SEARCH_REQUESTS = 8_000, 2_000
#: How many characters of a query a reader has typed when suggestions are asked for.
TYPED = 5
#: From one changed article to the next.
STEP = 37


@contextmanager
def workloads_of(checkout: Checkout, corpus: Corpus, scratch: Path) -> Iterator[Mapping[str, Workload]]:
    """The workloads of ``checkout``, whose worker and services run over copies of ``corpus`` inside the context."""
    with ExitStack() as stack:
        worker = stack.enter_context(working(checkout))
        search, render = _services(checkout, corpus, scratch)
        with one_core(available_cores()[0]):
            stack.enter_context(running(search, render))
        await_idle(search.port)
        by_http = _by_http(search, render, corpus)  # it fetches pages, which render compresses in the background
        await_prepared(render.port)
        yield {
            **{f"in process: {title}": partial(worker.run, name) for name, title in IN_PROCESS.items()},
            **by_http,
        }


def _services(checkout: Checkout, corpus: Corpus, scratch: Path) -> tuple[Service, Service]:
    content = scratch / "content"
    shutil.copytree(corpus.content_dir, content)
    # As in an installation: render learns from the indexer what it has found in the bodies, and parses none.
    cache = {"CACHE_DIR": str(scratch / "cache")}
    search = Service("search", content, scratch / "search", {"SEARCH_CACHE_BYTES": "0", **cache}, checkout=checkout)
    settings = {"SEARCH_URL": search.address, "WATCH": "off", **cache}
    return search, Service("render", content, scratch / "render", settings, checkout=checkout)


def _by_http(search: Service, render: Service, corpus: Corpus) -> dict[str, Workload]:
    asked = [target(query.text) for query in corpus.asked("words")]
    typed = [f"/v1/suggest?q={quote_plus(query.text[:TYPED])}" for query in corpus.asked("words")]
    article, _ = page_of(corpus, render.port)
    return {
        "by HTTP: an article page": partial(_load, render, [article], CONNECTIONS, PAGE_REQUESTS),
        "by HTTP: the listing page": partial(_load, render, ["/"], CONNECTIONS, PAGE_REQUESTS),
        "by HTTP: word queries, 1 connection": partial(_load, search, asked, 1, SEARCH_REQUESTS),
        "by HTTP: word queries, 32 connections": partial(_load, search, asked, CONNECTIONS, SEARCH_REQUESTS),
        "by HTTP: suggestions, 32 connections": partial(_load, search, typed, CONNECTIONS, SEARCH_REQUESTS),
        "by HTTP: one article saved, until its new word is found": _saving(search),
    }


def _load(service: Service, targets: Sequence[str], connections: int, requests: int) -> Sample:
    before = processor_s(service.pid)
    with one_core(available_cores()[-1]):
        load = run_load(service.port, targets, connections=connections, requests=requests)
    return Sample(load.seconds, processor_s(service.pid) - before)


def _saving(search: Service) -> Workload:
    files, numbers = sorted((search.content / "articles").glob("*.md")), count()

    def run() -> Sample:
        number = next(numbers)
        before = processor_s(search.pid)
        seconds = save(search.port, files[number * STEP % len(files)], word_of(number))
        return Sample(seconds, processor_s(search.pid) - before)

    return run
