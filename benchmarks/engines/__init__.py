"""The engines that are compared, behind one small interface: each is set up as its users would.

The text is the same for all: the six fields of an article, cut from the same sections and blocks. Texts of links are
this project's alone: they come from other articles.

perspective    this project's engine, in this process
opensearch     this project's engine, on a cluster
tantivy_index  the indexes that tantivy's side needs
tantivy_site   tantivy, with all that an answer shows
whoosh_plain   Whoosh as it comes
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from benchmarks.query import QueryKind
from services.search.indexing.texts import text_of
from shared.content.article import Article

#: What one engine answers to one query: the slugs of its best ten.
Top = Sequence[str]

FIELDS = ("title", "headings", "summary", "tags", "body", "code")


class Engine(Protocol):
    """An open index."""

    def prepared(self, kind: QueryKind, text: str) -> Callable[[], Top]:
        """A function that answers ``text``, from the typed text to ten slugs. Its calls are timed."""
        ...

    def answer(self, text: str) -> dict[str, Any]:
        """The whole answer of the endpoint: hits with title, sections and snippets, exact total, facets."""
        ...


#: Waits until what was begun on the disk is complete. No reader of the engine needs it.
Finish = Callable[[], None]


@dataclass(frozen=True, slots=True)
class EngineKind:
    """One engine: how its index is built in an empty directory, opened, and changed by one article."""

    name: str
    build: Callable[[Sequence[Article], Path], None]
    open: Callable[[Path], Engine]
    change: Callable[[Path, Sequence[Article], Article], Finish]


def nothing_left() -> None:
    """The Finish of an engine without background work."""


def field_texts(article: Article) -> dict[str, str]:
    """The text of each of FIELDS of ``article``, with a line for each title, heading, tag and block."""
    texts = text_of(article).by_field()
    return {name: texts[name] for name in FIELDS}


#: Where each engine is; this project's first.
MODULES = {"Perspective": "perspective", "tantivy": "tantivy_site", "Whoosh": "whoosh_plain"}


def engine_kind(name: str) -> EngineKind:
    """The engine of this name. Imports only its own modules, so that its server has nothing else in memory."""
    kind: EngineKind = import_module(f"{__name__}.{MODULES[name]}").KIND
    return kind


def engine_kinds() -> dict[str, EngineKind]:
    """Every engine by name."""
    return {name: engine_kind(name) for name in MODULES}
