"""Links between source files: ``[the relay](../outbox/index.md)`` becomes the permalink of what that file is. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import unquote

from shared.content.article import Article
from shared.content.target import source_target

#: Source file → permalink, ``None`` where there is no such file.
Resolution = tuple[tuple[str, str | None], ...]

# In sanitised HTML "<a" begins a tag and nothing else, and an attribute's value holds no quote.
_LINK = re.compile(r'(<a\b[^<>]*?\bhref=")/([^"#?]+\.md)(?=["#?])')


def sources_of(article: Article, resolution: Resolution | None = None) -> tuple[str, ...]:
    """The source files that an article links to, each once, in order; a ``resolution`` knows them already."""
    if resolution is not None:
        return tuple(source for source, _ in resolution)
    found = (source_target(link.target, article.source) for link in article.links if ".md" in link.target)
    return tuple(dict.fromkeys(source for source in found if source))


def resolve(sources: tuple[str, ...], permalinks: Mapping[str, str]) -> Resolution:
    """Where each of ``sources`` is now."""
    return tuple((source, permalinks.get(source)) for source in sources)


def apply_resolution(article: Article, resolution: Resolution) -> Article:
    """``article`` with its links to source files turned into permalinks; its digest covers what they became."""
    if not resolution:
        return article
    urls = {source: url for source, url in resolution if url}
    html = _LINK.sub(lambda link: link[1] + urls.get(unquote(link[2]), f"/{link[2]}"), article.html)
    digest = hashlib.sha256(f"{article.digest}{resolution!r}".encode()).hexdigest()
    return replace(article, html=html, digest=digest)
