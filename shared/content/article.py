"""The model of an article: frozen values, made by one parse of its source, for both services.

Does not depend on files, HTTP, templates or an index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from shared.content.problem import Problem
from shared.content.slug import article_url, is_page_source, page_url
from shared.text.messages import Label, Translate

BlockKind = Literal["prose", "code"]


@dataclass(frozen=True, slots=True)
class Block:
    """One block of plain text in a section: a paragraph, list item, table row or code block.

    ``text`` has no markup. Prose is one line (white space folded); code keeps its lines.
    ``code_spans`` are ``(start, end)`` character ranges of ``text`` that were inline code, in order, without overlap.
    ``language`` is the language of a code block, lower case, or ``None``.
    """

    kind: BlockKind
    text: str
    language: str | None = None
    code_spans: tuple[tuple[int, int], ...] = ()

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle as a constructor call: half the work of a dataclass's state, and a site has a million blocks."""
        return Block, (self.kind, self.text, self.language, self.code_spans)


@dataclass(frozen=True, slots=True)
class Section:
    """The text between one heading and the next.

    ``anchor`` is the id of the heading in the article's HTML. The text before the first heading is the section with
    ``anchor == ""``, ``heading == ""`` and ``level == 1``; it is absent when empty.
    """

    anchor: str
    heading: str
    level: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """One entry of the table of contents, with the entries below it."""

    anchor: str
    text: str
    level: int
    children: tuple[Heading, ...] = ()


@dataclass(frozen=True, slots=True)
class SeriesPart:
    """The position of an article in a series. ``slug`` is made from ``name``; ``part`` counts from 1."""

    name: str
    slug: str
    part: int


@dataclass(frozen=True, slots=True)
class Cover:
    """The picture of an article: ``src`` as written (a file beside the article, or a path of the site) and its text."""

    src: str
    alt: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link as written, with its 1-based line in the source file."""

    target: str
    line: int


@dataclass(frozen=True, slots=True)
class LinkText:
    """The text of a link that leads to an article, or to its section ``anchor`` ("" for the whole article)."""

    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture or diagram of the text: ``src`` as written, its text alternative, and its line."""

    src: str
    alt: str
    line: int


@dataclass(frozen=True, slots=True)
class CodeSample:
    """A fenced code block that can be verified: run, or parsed.

    ``digest`` covers the code, the preceding blocks of its group and the expected output, so that the record of a run
    becomes void when any of them changes. ``expected_output`` is ``None`` if no ``output`` block follows.
    """

    language: str
    code: str
    line: int
    group: str | None
    is_runnable: bool
    expected_output: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class Body:
    """The parsed text of an article: safe HTML, sections, links, pictures, samples.

    ``html`` needs no further escaping; its headings carry the anchors of ``sections``.

    ``problems`` are for the author. Links to other source files are as written: ``LibraryView.html`` resolves them.
    ``pieces`` are ``html`` split at the labels that the renderer adds, which ``html_in`` translates.
    """

    html: str = ""
    sections: tuple[Section, ...] = ()
    headings: tuple[Heading, ...] = ()
    links: tuple[Link, ...] = ()
    pictures: tuple[Picture, ...] = ()
    samples: tuple[CodeSample, ...] = ()
    problems: tuple[Problem, ...] = ()
    pieces: tuple[str | Label, ...] = field(default=(), repr=False, compare=False)

    def html_in(self, translate: Translate) -> str:
        """``html`` with its labels in another language."""
        if not self.pieces:
            return self.html
        return "".join(one if isinstance(one, str) else one.html(translate) for one in self.pieces)


def shared_lines(lines: Mapping[str, int]) -> Mapping[str, int]:
    """An equal mapping, one for all articles whose front matter has the same keys on the same lines."""
    return _mapping(tuple(lines.items()))


@lru_cache(maxsize=1 << 10)
def _mapping(items: tuple[tuple[str, int], ...]) -> Mapping[str, int]:
    return dict(items)


@dataclass(frozen=True, slots=True)
class Article:
    """One article (or page): its front matter, and the way to its body.

    Times are aware and in the site's zone, so that a date is the one that its author wrote. ``published`` is ``None``
    only for a draft; ``reviewed`` is when somebody last checked that the text still holds.
    ``tags`` are labels, no two of which have the same slug (see ``tag_slug``). ``authors`` is empty if the site's
    author wrote it.
    ``text`` is the body, or the function that ``body`` calls to parse it (blocking; raises StaleBody).
    ``digest`` is the SHA-256 (hex) of everything the article is made from, the versions of the parser included (see
    ``versions``): equal digests mean equal articles. ``source`` is the path of its file relative to the content
    directory, with ``/``. ``lines`` are the lines of the keys of its front matter, for messages.
    ``link_texts`` are the texts of links to it. Only articles to be indexed have them (see ``with_link_texts``).
    """

    slug: str
    title: str
    summary: str
    published: datetime | None
    updated: datetime | None
    expires: datetime | None
    tags: tuple[str, ...]
    series: SeriesPart | None
    is_featured: bool
    is_draft: bool
    aliases: tuple[str, ...]
    authors: tuple[str, ...]
    language: str | None
    cover: Cover | None
    has_toc: bool
    extra: Mapping[str, Any]
    text: Body | Callable[[], Body]
    word_count: int
    reading_minutes: int
    source: str
    digest: str
    reviewed: datetime | None = None
    lines: Mapping[str, int] = field(default_factory=dict)
    link_texts: tuple[LinkText, ...] = ()
    #: Whether it is a page of the site (about, colophon) and not an article of the listing.
    is_page: bool = field(init=False)
    #: Its permalink: a path of the site that ends with a slash.
    url: str = field(init=False)

    def __post_init__(self) -> None:
        """Compute permalink and kind once: rebuilding a large site reads both several times per article."""
        is_page = is_page_source(self.source)
        object.__setattr__(self, "is_page", is_page)
        object.__setattr__(self, "url", page_url(self.slug) if is_page else article_url(self.slug))

    @property
    def body(self) -> Body:
        """Return the parsed body; read it once if used twice. Blocking; raises StaleBody."""
        return self.text if isinstance(self.text, Body) else self.text()

    def is_visible(self, now: datetime) -> bool:
        """Whether a reader may see it at ``now`` (aware): not a draft, published at or before, not expired."""
        if self.is_draft or self.published is None or self.published > now:
            return False
        return self.expires is None or now < self.expires
