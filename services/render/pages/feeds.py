"""Scope to Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1, with full content and absolute links. Pure.

A feed's time stamps come from its articles, so equal articles give equal bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from xml.etree import ElementTree as ET

import orjson

from services.render.languages.direction import is_right_to_left
from services.render.pages.html_rewrite import absolute_links, plain_content
from services.render.site.scope import Scope, author_links, author_names
from shared.content.article import Article

#: Entries of a feed: more than any reader's program polls for, few enough to stay light with full content.
MAX_ENTRIES = 20

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
#: The time stamp of a feed without articles.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
#: The site's mark, square, as feed readers show it.
ICON = "icon-256.png"
#: Characters that XML 1.0 cannot hold, escaped or not (section 2.2).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

ET.register_namespace("atom", ATOM)
ET.register_namespace("content", CONTENT)
ET.register_namespace("dc", DUBLIN_CORE)


def atom_feed(scope: Scope, articles: Sequence[Article], *, title: str, path: str, page: str) -> bytes:
    """An Atom feed of the newest of ``articles``. ``path`` is its own, ``page`` that of the page it follows."""
    site = scope.view.site
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": site.language})
    _text(feed, "id", scope.absolute(page))
    _text(feed, "title", title)
    _text(feed, "subtitle", site.tagline or site.title)
    _text(feed, "updated", _newest(articles).isoformat())
    ET.SubElement(feed, "link", rel="self", type="application/atom+xml", href=scope.absolute(path))
    ET.SubElement(feed, "link", rel="alternate", type="text/html", href=scope.absolute(page))
    _text(ET.SubElement(feed, "author"), "name", scope.author)
    _text(feed, "icon", scope.absolute(scope.files.url(ICON)))
    if site.licence:
        _text(feed, "rights", f"{site.licence.name} ({site.licence.url})")
    for article in articles[:MAX_ENTRIES]:
        _atom_entry(scope, feed, article)
    return xml_document(feed)


def _atom_entry(scope: Scope, feed: ET.Element, article: Article) -> None:
    url = scope.absolute(article.url)
    entry = ET.SubElement(feed, "entry", {"xml:lang": article.language} if article.language else {})
    _text(entry, "id", url)
    _text(entry, "title", article.title)
    ET.SubElement(entry, "link", rel="alternate", type="text/html", href=url)
    _text(entry, "updated", modified(article).isoformat())
    if article.published:
        _text(entry, "published", article.published.isoformat())
    for author in article.authors:
        _text(ET.SubElement(entry, "author"), "name", author)
    for tag in article.tags:
        ET.SubElement(entry, "category", term=tag)
    _text(entry, "summary", article.summary)
    _text(entry, "content", full_content(scope, article), type="html")


def rss_feed(scope: Scope) -> bytes:
    """The RSS 2.0 feed of the whole site."""
    site, articles = scope.view.site, scope.view.articles
    rss = ET.Element("rss", version="2.0")
    channel = ET.SubElement(rss, "channel")
    _text(channel, "title", site.title)
    _text(channel, "link", scope.absolute("/"))
    _text(channel, "description", escape(scope.description))
    _text(channel, "language", site.language)
    image = ET.SubElement(channel, "image")
    for name, value in (("url", scope.files.url(ICON)), ("title", site.title), ("link", "/")):
        _text(image, name, value if name == "title" else scope.absolute(value))
    _text(channel, "lastBuildDate", format_datetime(_newest(articles), usegmt=True))
    ET.SubElement(channel, f"{{{ATOM}}}link", rel="self", type="application/rss+xml", href=scope.absolute("/rss.xml"))
    for article in articles[:MAX_ENTRIES]:
        _rss_item(scope, channel, article)
    return xml_document(rss)


def _rss_item(scope: Scope, channel: ET.Element, article: Article) -> None:
    url = scope.absolute(article.url)
    item = ET.SubElement(channel, "item")
    _text(item, "title", article.title)
    _text(item, "link", url)
    _text(item, "guid", url, isPermaLink="true")
    if article.published:
        _text(item, "pubDate", format_datetime(article.published.astimezone(UTC), usegmt=True))
    # RSS's own author must be an e-mail address; Dublin Core's creator is a name.
    for author in author_names(scope, article):
        _text(item, f"{{{DUBLIN_CORE}}}creator", author)
    for tag in article.tags:
        _text(item, "category", tag)
    # A description is HTML (RSS Advisory Board, best practices): a text in it is escaped before XML escapes it again.
    _text(item, "description", escape(article.summary))
    _text(item, f"{{{CONTENT}}}encoded", full_content(scope, article))


def json_feed(scope: Scope) -> bytes:
    """The JSON Feed 1.1 of the whole site."""
    site = scope.view.site
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": site.title,
        "description": scope.description,
        "home_page_url": scope.absolute("/"),
        "feed_url": scope.absolute("/feed.json"),
        "icon": scope.absolute(scope.files.url(ICON)),
        "favicon": scope.absolute("/favicon.ico"),
        "language": site.language,
        "authors": [{"name": scope.author}],
        "items": [_json_item(scope, article) for article in scope.view.articles[:MAX_ENTRIES]],
    }
    return orjson.dumps(feed, option=orjson.OPT_INDENT_2)


def _json_item(scope: Scope, article: Article) -> dict[str, object]:
    url = scope.absolute(article.url)
    item: dict[str, object] = {
        "id": url,
        "url": url,
        "title": article.title,
        "summary": article.summary,
        "content_html": full_content(scope, article),
        "date_modified": modified(article).isoformat(),
        "tags": list(article.tags),
        "authors": [
            {"name": one.label, **({"url": scope.absolute(one.url)} if one.url else {})}
            for one in author_links(scope.view, author_names(scope, article))
        ],
        "language": article.language or scope.view.site.language,
    }
    if article.published:
        item["date_published"] = article.published.isoformat()
    return item


def full_content(scope: Scope, article: Article) -> str:
    """Return the article's HTML for other sites: absolute URLs, no site style, with its text direction."""
    url = scope.absolute(article.url)
    html = absolute_links(plain_content(scope.body_html(article)), scope.base_url, url)
    language = article.language or scope.view.site.language
    return f'<div lang="{language}" dir="rtl">{html}</div>' if is_right_to_left(language) else html


def modified(article: Article) -> datetime:
    """Return the time of an article's last change, in UTC."""
    return (article.updated or article.published or _NEVER).astimezone(UTC)


def _newest(articles: Sequence[Article]) -> datetime:
    return max(map(modified, articles[:MAX_ENTRIES]), default=_NEVER)


def _text(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, name, attributes).text = text


def xml_document(root: ET.Element) -> bytes:
    """The document of ``root``, indented, without the characters that XML cannot hold."""
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f"<?xml version='1.0' encoding='utf-8'?>\n{_NOT_XML.sub('', text)}".encode()
