"""Links between source files: ``[the relay](../outbox/index.md)`` becomes the permalink of what that file is. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from shared.content.article import Article, Body, CodeSample, Heading, Link, Picture, Section
from shared.content.parsing.target import source_target

#: Source file → permalink, ``None`` where there is no such file.
Resolution = tuple[tuple[str, str | None], ...]

# In sanitised HTML "<a" begins a tag and nothing else, and an attribute's value holds no quote.
_LINK = re.compile(r'(<a\b[^<>]*?\bhref=")/([^"#?]+\.md)(?=["#?])')


def linked_sources(article: Article) -> tuple[str, ...]:
    """The source files that an article links to, each once, in order."""
    found = (source_target(link.target, article.source) for link in article.links if ".md" in link.target)
    return tuple(dict.fromkeys(source for source in found if source))


def resolve(sources: Iterable[str], permalinks: Mapping[str, str]) -> Resolution:
    """Where each of ``sources`` is now."""
    return tuple((source, permalinks.get(source)) for source in sources)


def apply_resolution(article: Article, resolution: Resolution) -> Article:
    """``article`` with its links to source files turned into permalinks; its digest covers what they became."""
    if not resolution:
        return article
    digest = hashlib.sha256(f"{article.digest}{resolution!r}".encode()).hexdigest()
    return replace(article, body=LinkedBody(article.body, resolution), digest=digest)


@dataclass(frozen=True, slots=True)
class LinkedBody:
    """A Body whose links are turned when its HTML is asked for: where they lead may change, what was written stays."""

    written: Body
    resolution: Resolution

    @property
    def html(self) -> str:
        """See Body."""
        urls = {source: url for source, url in self.resolution if url}
        return _LINK.sub(lambda link: link[1] + urls.get(unquote(link[2]), f"/{link[2]}"), self.written.html)

    @property
    def sections(self) -> tuple[Section, ...]:
        """See Body."""
        return self.written.sections

    @property
    def headings(self) -> tuple[Heading, ...]:
        """See Body."""
        return self.written.headings

    @property
    def links(self) -> tuple[Link, ...]:
        """See Body."""
        return self.written.links

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """See Body."""
        return self.written.pictures

    @property
    def samples(self) -> tuple[CodeSample, ...]:
        """See Body."""
        return self.written.samples
