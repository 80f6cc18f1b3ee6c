"""The benchmarks, one module each: ``run`` takes a Workbench and returns a Report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.corpus import Corpus, Size, cache_dir, load_corpus
from benchmarks.engines import Engine, EngineKind, engine_kinds
from benchmarks.report import Report

#: In the order in which they run; the name is that of the module, and what ``--only`` takes.
CASES = (
    "queries",
    "dearest",
    "meaning",
    "http_search",
    "build",
    "change",
    "memory",
    "cold_start",
    "search_start",
    "pages",
    "growth",
    "cluster",
    "overload",
    "soak",
    "telemetry",
)


@dataclass(slots=True)
class Workbench:
    """What the benchmarks share: the corpora, the indexes built once, how much effort to spend, whom to tell."""

    is_quick: bool = False
    rounds: int = 15
    tell: Callable[[str], None] = lambda _text: None
    #: The corpora to measure on, where they were chosen.
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
        """The corpus for what is measured once."""
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
        """The index of the engine ``name`` over all of ``corpus``, built where it is not kept from before."""
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
    report: Report = import_module(f"benchmarks.cases.{name}").run(bench)
    return report
