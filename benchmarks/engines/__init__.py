"""The engines that are measured side by side, behind one small interface: each does its best, by its own means.

The text is the same for all: the six fields of an article, cut from the same sections and blocks. Texts of links are
this project's alone: they come from other articles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from benchmarks.query import QueryKind
from shared.content.article import Article

#: What one engine answers to one query: the slugs of its best ten.
Top = Sequence[str]

FIELDS = ("title", "headings", "summary", "tags", "body", "code")


class Engine(Protocol):
    """An open index."""

    def prepared(self, kind: QueryKind, text: str) -> Callable[[], Top]:
        """What answers ``text``, from the text as typed to ten slugs. Calling it is what is measured."""
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
    """The Finish of an engine that is done when it has answered."""


def field_texts(article: Article) -> dict[str, str]:
    """The text of each field of ``article``; blocks stand on lines of their own."""
    return {
        "title": article.title,
        "headings": "\n".join(section.heading for section in article.sections if section.heading),
        "summary": article.summary,
        "tags": "\n".join(article.tags),
        "body": "\n".join(blocks_of(article, "prose")),
        "code": "\n".join(blocks_of(article, "code")),
    }


def blocks_of(article: Article, kind: str) -> Iterable[str]:
    """The text of the article's blocks of one kind, in order."""
    return (block.text for section in article.sections for block in section.blocks if block.kind == kind)


#: Where each engine is; this project's first.
MODULES = {"Perspective": "perspective", "tantivy": "tantivy_site", "Whoosh": "whoosh_plain"}


def engine_kind(name: str) -> EngineKind:
    """The engine of this name. Only what it needs is imported, so that a server of it has nothing else in memory."""
    kind: EngineKind = import_module(f"{__name__}.{MODULES[name]}").KIND
    return kind


def engine_kinds() -> dict[str, EngineKind]:
    """Every engine by name."""
    return {name: engine_kind(name) for name in MODULES}
