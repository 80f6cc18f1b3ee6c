"""Links between the pages of a site: source files become permalinks, link texts names of their targets. Pure.

A link to a source file is ``[the relay](../outbox/index.md)``. Links are found in Markdown without parsing it, because
the indexer needs those of all articles before the first body is parsed.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from html import unescape
from sys import intern
from typing import NamedTuple
from urllib.parse import unquote

from shared.content.article import Article, LinkText
from shared.content.parsing.target import is_external, source_target, split_target

#: Limits in words and characters of a link text that names its target; a longer one is a sentence.
MAX_WORDS = 12
MAX_CHARS = 120
#: Limits of the link texts of one article to index, and of links of one article to read: an index page has thousands.
MAX_TEXTS = 50
MAX_LINKS = 1_000
#: The cache size for resolved targets.
MAX_TARGETS = 1 << 14

# In sanitised HTML "<a" begins a tag and nothing else, and an attribute's value holds no quote.
_LINK = re.compile(r'(<a\b[^<>]*?\bhref=")/([^"#?]+\.md)(?=["#?])')

#: A block of code, and a line of it.
_FENCED = re.compile(r"\n {0,3}+(```+|~~~+)[^\n]*+(?>(?:\n(?! {0,3}+\1)[^\n]*+)*)(?:\n {0,3}+\1)?")
#: The end of an inline link's text, and its target: an address of the site, or a source file.
_TARGET = re.compile(
    r"\]\(\s{0,9}+(?:<(/[^<>\n]{0,500}|[^<>\n/][^<>\n]{0,490}?\.md[^<>\n]{0,200})>"
    r"|(/[^\s()<>]{0,500}|[^\s()<>/][^\s()<>]{0,490}?\.md[^\s()<>]{0,200}))[\s)]"
)
_DEFINITION = re.compile(r"\n {0,3}\[([^\]\n]{1,120})\]:[ \t]*<?([^\s<>]{1,500})")
_REFERENCE = re.compile(r"\[([^\[\]]{1,240})\](?:\[([^\[\]\n]{0,120})\])?(?![(:\[])")
_ELEMENT = re.compile(
    r"<a\s[^<>]{0,300}?href=[\"']([^\"'<>]{1,500})[\"'][^<>]{0,300}>(.{1,240}?)</a>", re.DOTALL | re.IGNORECASE
)
_PICTURE = re.compile(r"!\[([^\]]*)\](?:\([^)]*\))?")
_TAG = re.compile(r"<[^<>]+>")
_MARKS = re.compile(r"[*`~]+|(?<!\w)_+|_+(?!\w)|\\(?=[^\w\s])")
_TEXT_BYTES = 2 * MAX_CHARS


class SiteLink(NamedTuple):
    """A link that may lead to another page of the site.

    ``path`` is an address without a slash at its end, or a source file; ``anchor`` the fragment, or "". ``text`` has no
    markup.
    """

    path: str
    anchor: str
    text: str


def resolve_links(html: str, permalinks: Mapping[str, str]) -> str:
    """``html`` with links to source files replaced by ``permalinks``; one to an unknown file is kept."""
    if ".md" not in html:
        return html
    return _LINK.sub(lambda link: link[1] + permalinks.get(unquote(link[2]), f"/{link[2]}"), html)


class OwnAddresses(NamedTuple):
    """What a target begins with that is an absolute address of the site itself, and the host in it.

    ``host`` begins with a literal, which is fast to search for: most bodies have no address of the site.
    """

    beginning: re.Pattern[str]
    host: re.Pattern[str]


@lru_cache(4)
def own_addresses(addresses: tuple[str, ...]) -> OwnAddresses | None:
    """The patterns of ``addresses``, those of the site itself; None if it has none.

    They have a scheme, which may be another in a link, and no slash at their end.
    """
    hosts = "|".join(re.escape(one.partition("://")[2]) for one in addresses)
    if not hosts:
        return None
    beginning = rf"(?<=[(<\"'\s])https?://(?:{hosts})(?:/|(?=[?#)>\"'\s]))"
    return OwnAddresses(re.compile(beginning, re.IGNORECASE), re.compile(rf"://(?i:{hosts})"))


def find_site_links(body: str, source: str, own: OwnAddresses | None = None) -> tuple[SiteLink, ...]:
    """The links of the Markdown ``body`` of ``source`` that may lead to another page and whose text may name it.

    Each once, in order of kind: inline links, references, HTML. ``own`` are the addresses of the site itself.
    """
    if "](" not in body and "]:" not in body and "<a" not in body:
        return ()
    body = f"\n{body}"
    if own is not None and own.host.search(body):
        body = own.beginning.sub("/", body)
    if "```" in body or "~~~" in body:
        body = _FENCED.sub("\n\n", body)
    found: dict[SiteLink, None] = {}
    folder = posixpath.dirname(source)
    for target, marked in _links(body):
        path, anchor = _page(target, folder)
        if path and (text := _plain(marked)):
            found[SiteLink(path, anchor, text)] = None
        if len(found) == MAX_LINKS:
            break
    return tuple(found)


def _links(body: str) -> Iterator[tuple[str, str]]:
    """``(target, text with its markup)`` of possible links."""
    for found in _TARGET.finditer(body):
        at = found.start()
        begin = _beginning(body, at)
        if begin is not None:
            yield found[1] or found[2], body[begin:at]
    definitions = {_label(name): target for name, target in _DEFINITION.findall(body)} if "]:" in body else {}
    for used in _REFERENCE.finditer(body) if definitions else ():
        target_of_label = definitions.get(_label(used[2] or used[1]))
        if target_of_label and body[used.start() - 1 : used.start()] != "!":
            yield target_of_label, used[1]
    if "<a" in body:
        yield from _ELEMENT.findall(body)


def _beginning(body: str, end: int) -> int | None:
    """The start of the text of a link that ends at ``end``.

    None for a picture, an escaped bracket, and a text that is too long.
    """
    first, at, depth = max(end - _TEXT_BYTES, 0), end, 0
    while (opened := body.rfind("[", first, at)) >= 0:
        depth += body.count("]", opened, at)
        if depth == 0:
            return None if opened and body[opened - 1] in "!\\" else opened + 1
        depth, at = depth - 1, opened
    return None


def _label(name: str) -> str:
    return " ".join(name.split()).casefold()


@lru_cache(MAX_TARGETS)
def _page(target: str, folder: str) -> tuple[str, str]:
    """The path and the fragment of a target that may be another page of the site; a path of "" otherwise.

    ``folder`` is that of the source with the link: most articles of a folder link to the same pages.
    """
    if is_external(target) or target.startswith("#"):
        return "", ""
    path, rest = split_target(target)
    named = path.rstrip("/") if path.startswith("/") else source_target(target, f"{folder}/")
    return intern(named or ""), unquote(rest.partition("#")[2])


def _plain(marked: str) -> str:
    """The text of a link without its markup; "" if it is too long for a name, or empty."""
    text = _TAG.sub("", _PICTURE.sub(r"\1", marked)) if "<" in marked or "!" in marked else marked
    text = unescape(" ".join(_MARKS.sub("", text).split()))
    is_name = 0 < len(text) <= MAX_CHARS and text.count(" ") < MAX_WORDS and any(map(str.isalnum, text))
    return text if is_name else ""


def with_link_texts(
    articles: Sequence[Article], others: Iterable[Article], links_in: Callable[[str], Iterable[SiteLink]]
) -> tuple[Article, ...]:
    """``articles`` with the texts of the links that lead to them from each other and from ``others``.

    ``links_in`` gives the links in the file of an article, by its ``source``.

    The texts are part of the digest of an article: it is indexed again when they change, and only then.
    """
    places = _places(articles)
    found: dict[str, list[SiteLink]] = {}
    for one in (*articles, *others):
        for link in links_in(one.source):
            slug = places.get(link.path)
            if slug is not None and (slug != one.slug or one.is_page):
                found.setdefault(slug, []).append(link)
    return tuple(_named(one, found[one.slug]) if one.slug in found else one for one in articles)


def _places(articles: Iterable[Article]) -> dict[str, str]:
    """The slug of each address, old address and source file, without a slash at the end."""
    places: dict[str, str] = {}
    for one in articles:
        for alias in one.aliases:
            places.setdefault(alias.rstrip("/"), one.slug)
        places[one.url.rstrip("/")] = places[one.source] = places[f"/{one.source}"] = one.slug
    return places


def _named(article: Article, links: Iterable[SiteLink]) -> Article:
    """``article`` with the texts of ``links``; if there are too many, the most common ones.

    Texts that differ only in case are equal.
    """
    counts = Counter((link.anchor, link.text) for link in links)
    kept: dict[tuple[str, str], LinkText] = {}
    for anchor, text in sorted(counts, key=lambda one: (-counts[one], one)):
        kept.setdefault((anchor, text.casefold()), LinkText(anchor, text))
    chosen = sorted(list(kept.values())[:MAX_TEXTS], key=lambda one: (one.anchor, one.text))
    names = "\0".join(f"{one.anchor}\0{one.text}" for one in chosen)
    digest = hashlib.blake2b(names.encode("utf-8", "replace"), digest_size=8).hexdigest()
    return replace(article, link_texts=tuple(chosen), digest=f"{article.digest}-{digest}")
