"""Scope to the files that only programs read: sitemap, robots.txt, llms.txt, security.txt, OpenSearch description.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil
from xml.etree import ElementTree as ET

from services.agents.markdown_version import markdown_url, one_line
from services.render.pages.feeds import modified, xml_document
from services.render.site.scope import Scope
from shared.content.article import Article
from shared.content.slug import author_url, series_url, tag_url

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"
#: OpenSearch 1.1: a ShortName has at most 16 characters, a LongName 48, a Description 1,024.
SHORT_NAME_CHARS, LONG_NAME_CHARS, DESCRIPTION_CHARS = 16, 48, 1024
#: sitemaps.org: at most this many addresses in one file.
MAX_SITEMAP_URLS = 50_000
SITEMAP_PATH = "/sitemap.xml"
#: Lists that every site has.
_INDEXES = ("/", "/archive/", "/tags/", "/series/")
#: RFC 9116, 2.5.5: less than a year ahead.
SECURITY_VALID = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """One address of the sitemap."""

    url: str
    modified: datetime | None


def sitemap_entries(scope: Scope) -> Iterator[SitemapEntry]:
    """Yield the pages for search engines, articles first."""
    view = scope.view
    for article in view.articles:
        if not article.is_draft:
            yield SitemapEntry(scope.absolute(article.url), modified(article))
    newest = max((modified(article) for article in view.articles), default=None)
    for path in _INDEXES:
        yield SitemapEntry(scope.absolute(path), newest)
    for tag, articles in view.by_tag.items():
        yield SitemapEntry(scope.absolute(tag_url(tag)), max(map(modified, articles)))
    for name, articles in view.by_author.items():
        yield SitemapEntry(scope.absolute(author_url(name)), max(map(modified, articles)))
    for series in view.series.values():
        yield SitemapEntry(scope.absolute(series_url(series.slug)), max(map(modified, series.articles)))
    for page in view.pages:
        yield SitemapEntry(scope.absolute(page.url), page.updated or page.published)


def sitemaps(scope: Scope, most: int = MAX_SITEMAP_URLS) -> Mapping[str, Callable[[], bytes]]:
    """The files of the sitemap by path (sitemaps.org protocol 0.9), each made when it is called.

    One file, or beyond ``most`` addresses an index of several with at most ``most`` each.
    """
    view = scope.view
    lists = len(view.by_tag) + len(view.by_author) + len(view.series) + len(_INDEXES)
    count = ceil((len(view.articles) + len(view.pages) + lists) / most)
    if count == 1:
        return {SITEMAP_PATH: partial(_sitemap, scope)}
    parts = {f"/sitemap-{number + 1}.xml": slice(number * most, (number + 1) * most) for number in range(count)}
    files = {path: partial(_sitemap, scope, part) for path, part in parts.items()}
    return {SITEMAP_PATH: partial(_sitemap_index, scope, tuple(parts)), **files}


def _sitemap(scope: Scope, part: slice = slice(None)) -> bytes:
    root = ET.Element("urlset", xmlns=SITEMAP)
    for entry in tuple(sitemap_entries(scope))[part]:
        url = ET.SubElement(root, "url")
        ET.SubElement(url, "loc").text = entry.url
        if entry.modified:
            ET.SubElement(url, "lastmod").text = entry.modified.isoformat()
    return xml_document(root)


def _sitemap_index(scope: Scope, paths: Iterable[str]) -> bytes:
    root = ET.Element("sitemapindex", xmlns=SITEMAP)
    for path in paths:
        ET.SubElement(ET.SubElement(root, "sitemap"), "loc").text = scope.absolute(path)
    return xml_document(root)


def robots(scope: Scope) -> bytes:
    """robots.txt (RFC 9309): everything may be read but the endless space of searches."""
    lines = (
        "User-agent: *",
        f"Disallow: {scope.mount}/api/",
        f"Disallow: {scope.mount}/*?*q=",
        "",
        f"Sitemap: {scope.absolute(SITEMAP_PATH)}",
        "",
    )
    return "\n".join(lines).encode()


def security_txt(scope: Scope, now: datetime) -> bytes | None:
    """security.txt (RFC 9116), or None for a site without a contact.

    It expires SECURITY_VALID after the day of ``now``.
    """
    security = scope.view.site.security
    if security is None:
        return None
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {security.contact}",
        f"Expires: {(day + SECURITY_VALID).strftime('%Y-%m-%dT%H:%M:%SZ')}",
        *([f"Policy: {security.policy}"] if security.policy else []),
        f"Preferred-Languages: {scope.view.site.language}",
        f"Canonical: {scope.absolute('/.well-known/security.txt')}",
    ]
    return ("\n".join(lines) + "\n").encode()


def llms(scope: Scope) -> bytes:
    """llms.txt (llmstxt.org): title, summary, and a link to the Markdown of every page, newest first."""
    view, words = scope.view, scope.words
    lines = [f"# {one_line(view.site.title)}", "", f"> {one_line(scope.description)}", ""]
    for heading, entries in ((words.gettext("Articles"), view.articles), (words.gettext("Pages"), view.pages)):
        shown = [_llms_entry(scope, one) for one in entries if not one.is_draft]
        lines += [f"## {heading}", "", *shown, ""] if shown else []
    feeds = (
        (words.gettext("Sitemap"), SITEMAP_PATH),
        (words.gettext("Atom feed"), "/feed.xml"),
        (words.gettext("JSON feed"), "/feed.json"),
    )
    lines += ["## Optional", "", *(f"- [{name}]({scope.absolute(path)})" for name, path in feeds), ""]
    return "\n".join(lines).encode("utf-8", "replace")


def _llms_entry(scope: Scope, one: Article) -> str:
    title = re.sub(r"([\\\[\]])", r"\\\1", one_line(one.title))
    summary = f": {one_line(one.summary)}" if one.summary else ""
    return f"- [{title}]({scope.absolute(markdown_url(one.url))}){summary}"


def opensearch(scope: Scope) -> bytes:
    """The OpenSearch 1.1 description: a browser can search the site, with suggestions where a service gives them."""
    site = scope.view.site
    root = ET.Element("OpenSearchDescription", xmlns=OPENSEARCH)
    for name, text in (
        ("ShortName", short_name(site.title)),
        ("LongName", site.title[:LONG_NAME_CHARS].strip()),
        ("Description", scope.words.gettext("Search %(site)s", site=site.title)[:DESCRIPTION_CHARS]),
        ("InputEncoding", "UTF-8"),
        ("Language", site.language),
    ):
        ET.SubElement(root, name).text = text
    ET.SubElement(root, "Image", height="32", width="32", type="image/vnd.microsoft.icon").text = scope.absolute(
        "/favicon.ico"
    )
    answered = [("text/html", "/?q={searchTerms}")]
    if not scope.is_static:
        answered.append(("application/x-suggestions+json", "/opensearch/suggestions?q={searchTerms}"))
    for content_type, path in answered:
        ET.SubElement(root, "Url", type=content_type, method="get", template=scope.absolute(path))
    own = scope.absolute("/opensearch.xml")
    ET.SubElement(root, "Url", type="application/opensearchdescription+xml", rel="self", template=own)
    return xml_document(root)


def short_name(title: str) -> str:
    """Shorten ``title`` to an OpenSearch ShortName: its first words, or the longest run of words that fits."""
    words = title.split()
    runs = [" ".join(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1)]
    fitting = [run for run in runs if len(run) <= SHORT_NAME_CHARS]
    first = max((run for run in fitting if title.startswith(run)), key=len, default="")
    if len(first) > SHORT_NAME_CHARS // 2:
        return first
    return max(fitting, key=len, default=title[:SHORT_NAME_CHARS].strip())
