"""The benchmarks, one module each: ``run`` takes a Workbench and returns a Report.

queries      queries in process, beside tantivy and Whoosh
expensive    the most expensive texts, relative to a plain query
meaning      the cost of the second stage of a search
http_search  the search endpoint over HTTP, beside the same over tantivy
build        the index from parsed articles
change       one changed article, until a search finds it
memory       the resident memory of a search process
starting     from the start of a process to its first answer
pages        an article page, beside nginx and a bare handler
growth       the cost of everything at 1,000 to 12,000 pages
cluster      the embedded engine and OpenSearch over the same pages
operating    services under load: overload, a soak test, traces
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.corpus import Corpus, Size, cache_dir, load_corpus
from benchmarks.engines import Engine, EngineKind, engine_kinds
from benchmarks.measuring.report import Report

#: The modules, in the order in which they run.
MODULES = (
    "queries",
    "expensive",
    "meaning",
    "http_search",
    "build",
    "change",
    "memory",
    "starting.cold_start",
    "starting.huge_start",
    "starting.search_start",
    "pages",
    "growth",
    "cluster",
    "operating.overload",
    "operating.soak",
    "operating.telemetry",
)
#: Each by its name, which is what ``--only`` takes: the last part of the module.
CASES = {module.rpartition(".")[2]: module for module in MODULES}


@dataclass(slots=True)
class Workbench:
    """State that the benchmarks share: corpora, indexes built once, options, and the progress callback."""

    is_quick: bool = False
    rounds: int = 15
    tell: Callable[[str], None] = lambda _text: None
    #: The corpora to measure on, if they were chosen.
    chosen: tuple[Size, ...] = ()
    #: Whether indexes that take long to build are kept for the next run.
    keeps: bool = False
    corpora: dict[Size, Corpus] = field(default_factory=dict)

    @property
    def sizes(self) -> tuple[Size, ...]:
        """The corpora to measure on: a quick run leaves the large one out."""
        return self.chosen or ("small",) if self.is_quick else ("small", "large")

    @property
    def largest(self) -> Size:
        """The corpus for measurements that are made once."""
        return self.sizes[-1]

    def corpus(self, size: Size) -> Corpus:
        """The corpus, loaded once."""
        if size not in self.corpora:
            self.tell(f"loading the {size} corpus")
            self.corpora[size] = load_corpus(size)
        return self.corpora[size]

    @property
    def kinds(self) -> Mapping[str, EngineKind]:
        """Every engine by name."""
        return engine_kinds()

    def index(self, corpus: Corpus, name: str) -> Path:
        """The index of the engine ``name`` over all of ``corpus``, built unless it was kept."""
        kind, directory = self.kinds[name], corpus.index_dir(name)
        done = directory / "DONE"
        if not done.exists():
            self.tell(f"building the {corpus.size} index of {name}")
            kind.build(corpus.articles, directory)
            done.touch()
        elif name == "Perspective":
            # Its index follows its code: where analysis changed, this builds it again.
            kind.build(corpus.articles, directory)
        return directory

    def engine(self, corpus: Corpus, name: str) -> Engine:
        """The same, open."""
        return self.kinds[name].open(self.index(corpus, name))

    def scratch(self) -> TemporaryDirectory[str]:
        """A directory on the file system of the cache, for one measurement."""
        return TemporaryDirectory(dir=cache_dir())


def run_case(name: str, bench: Workbench) -> Report:
    """Run one of CASES."""
    report: Report = import_module(f"{__name__}.{CASES[name]}").run(bench)
    return report
