"""The Markdown version of a page: its source as plain CommonMark with a short header and absolute addresses.

A page at ``/articles/x/`` has its Markdown version at ``/articles/x.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.content.article import Article
from shared.content.folder.bodies import source_text, written_out
from shared.content.library import LibraryView
from shared.content.parsing.front_matter import parse_front_matter
from shared.content.parsing.target import is_external, site_target, split_target
from shared.content.slug import is_page_source

_FIRST_HEADING = re.compile(r"\s*#{1,2}[ \t]+(?P<text>[^\n]*?)[ \t]*#*[ \t]*(?:\n|\Z)")


def markdown_url(url: str) -> str:
    """The path of the Markdown version of the page at ``url``."""
    return f"{url.removesuffix('/')}.md"


def article_markdown(view: LibraryView, base_url: str, article: Article) -> bytes:
    """The Markdown of an article or page, UTF-8. ``base_url`` has no slash at its end. Blocking; raises StaleBody."""
    # Imported here, because the converter to plain CommonMark takes 10 MB and most processes never need it.
    from services.exporting.plain_markdown import plain_body  # noqa: PLC0415

    source = article.source
    split = parse_front_matter(source, source_text(article), is_page=is_page_source(source))
    text = written_out(article, split.body)
    body = plain_body(source, text, lambda target: absolute_target(view, base_url, article, target))
    head = "\n".join(_head(view, base_url, article))
    text = f"{head}\n\n---\n\n{_without_title(body, article.title).strip()}\n"
    return text.encode("utf-8", "replace")


def absolute_target(view: LibraryView, base_url: str, article: Article, target: str) -> str | None:
    """The absolute address of ``target`` in ``article``; ``None`` if it stays as written."""
    if not target or target.startswith("#") or is_external(target):
        return None
    on_site = site_target(target, article.source, article.url)
    if not on_site.startswith("/"):
        return None
    path, rest = split_target(on_site)
    permalink = view.permalinks.get(path.removeprefix("/"))
    return f"{base_url}{permalink}{rest}" if permalink else f"{base_url}{on_site}"


def one_line(text: str) -> str:
    """``text`` with runs of white space as one space, so that it stays on one line of Markdown."""
    return " ".join(text.split())


def _head(view: LibraryView, base_url: str, article: Article) -> Iterator[str]:
    yield f"# {one_line(article.title)}"
    yield ""
    if article.summary:
        yield f"> {one_line(article.summary)}"
        yield ""
    authors = article.authors or filter(None, (view.site.author,))
    if (names := ", ".join(map(one_line, authors))) and not article.is_page:
        yield f"- Author: {names}"
    for label, time in (
        ("Published", article.published),
        ("Updated", article.updated),
        ("Reviewed", article.reviewed),
    ):
        if time:
            yield f"- {label}: {time.date().isoformat()}"
    if article.tags:
        yield f"- Tags: {', '.join(article.tags)}"
    if article.series:
        yield f"- Series: {one_line(article.series.name)}, part {article.series.part}"
    if view.site.licence:
        yield f"- Licence: {one_line(view.site.licence.name)} <{view.site.licence.url}>"
    yield f"- Canonical: <{base_url}{article.url}>"


def _without_title(body: str, title: str) -> str:
    """``body`` without a first heading that repeats the title: the page leaves it out too."""
    match = _FIRST_HEADING.match(body)
    return body[match.end() :] if match and match["text"].casefold() == title.casefold() else body
