"""Names in URLs: slugs, heading anchors and permalinks. Pure; does not depend on articles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, MutableMapping, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import quote

SLUG_PATTERN = r"[a-z0-9]+(?:-[a-z0-9]+)*"
#: Anything longer is cut by mail clients and chat tools, and file systems stop at 255 bytes.
MAX_SLUG_CHARS = 120
#: The folder of all articles' permalinks.
ARTICLES_URL = "/articles/"
#: First path segments of the site's own pages: a page (content/pages) must not take them.
RESERVED_PAGE_SLUGS = frozenset(
    {"api", "archive", "articles", "healthz", "metrics", "readyz", "series", "static", "tags", "index"}
)

#: Paths of the site itself, and folders all of whose paths belong to it: an alias there would never be asked for.
_OWN_PATHS = frozenset(
    """
    .well-known/security.txt _insight _insight.csv _insight.json _live api/opened api/results api/search api/suggest
    archive favicon.ico feed.json feed.xml healthz index llms.txt mcp metrics opensearch.xml opensearch/suggestions
    readyz robots.txt rss.xml sitemap.xml
    """.split()
)
_OWN_FOLDERS = frozenset({"preview", "static"})
#: Folders of lists: a list that the site does not have, such as a tag that nobody uses any more, may have moved.
_LIST_FOLDERS = frozenset({"series", "tags"})

_SLUG = re.compile(SLUG_PATTERN)
_ANCHOR = re.compile(r"[^\W_][\w.-]*")
_APOSTROPHES = re.compile(r"['\u2019]")
_NOT_WORD = re.compile(r"[\W_]+")
#: Runs with a character that a tag's slug cannot have, and characters that it must not begin or end with.
_NOT_TAG = re.compile(r"-*(?:[^\w.+#-]-*)+")
_TAG_ENDS = re.compile(r"^[^\w.]+|-*(?:[^\w.+#-]-*)+$")
#: Turkish letters that get the small letter of I and i, as nobody knows which alphabet a tag is written in.
_DOTS = {ord("İ"): "i", 0x131: "i"}


def is_slug(text: str) -> bool:
    """Whether ``text`` is lower-case ASCII letters and digits, joined by single hyphens."""
    return len(text) <= MAX_SLUG_CHARS and _SLUG.fullmatch(text) is not None


def is_own_path(path: str, *, may_be_list: bool = False) -> bool:
    """Whether the site itself serves ``path``, so that it cannot be the old path of an article.

    With ``may_be_list``, the path of one tag or of one series is not the site's own: it may be an old one.
    """
    inner = path.strip("/")
    folder, _, name = inner.partition("/")
    if folder in _LIST_FOLDERS:
        return not (may_be_list and name)
    return inner in _OWN_PATHS or folder in _OWN_FOLDERS


def slugify(text: str) -> str:
    """``text`` as a slug, without diacritics and other scripts; "" when nothing is left."""
    decomposed = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text).casefold()).encode("ascii", "ignore").decode()
    return _NOT_WORD.sub("-", decomposed.lower()).strip("-")[:MAX_SLUG_CHARS].rstrip("-")


def anchorize(text: str) -> str:
    """A heading's text as an anchor: words of any script in lower case, joined by hyphens; or "section"."""
    folded = unicodedata.normalize("NFKC", _APOSTROPHES.sub("", text)).lower()
    return _NOT_WORD.sub("-", folded).strip("-") or "section"


def github_anchor(text: str) -> str:
    """The anchor that GitHub makes of a heading: lower case, punctuation dropped, spaces → hyphens; or "section".

    The rule is that of github-slugger: all characters but letters, marks, numbers, underscores, hyphens and spaces are
    dropped.
    """
    kept = "".join(one for one in text.strip().lower() if one in " -_" or unicodedata.category(one)[0] in "LMN")
    return kept.replace(" ", "-") or "section"


def is_anchor(text: str) -> bool:
    """Whether an author may choose ``text`` as an id. The site's own ids contain a colon, so they never clash."""
    return _ANCHOR.fullmatch(text) is not None


def take_anchor(
    anchor: str, taken: MutableMapping[str, int], *, reserved: Collection[str] = (), first_number: int = 2
) -> str:
    """Return and claim ``anchor``, or the first free one of ``anchor-2``, ``anchor-3`` and so on.

    Each taken anchor keeps the number tried last, so that ten thousand equal headings need not count from 2 each time.
    """
    candidate, number = anchor, taken.get(anchor, first_number - 1)
    while candidate in taken or (candidate != anchor and candidate in reserved):
        number += 1
        candidate = f"{anchor}-{number}"
    taken[anchor] = number
    taken.setdefault(candidate, first_number - 1)
    return candidate


def take_anchors(naturals: Sequence[str], taken: MutableMapping[str, int], *, first_number: int = 2) -> list[str]:
    """The anchors of headings with the anchors ``naturals``; the first of equal ones keeps it unchanged.

    A number never takes the anchor that a later heading has by its text.
    """
    later = set(naturals)
    return [
        take_anchor(one, taken, reserved=later if one in taken else (), first_number=first_number) for one in naturals
    ]


def source_name(source: str) -> str:
    """The name of a source file without its suffix; for ``NAME/index.md``, the name of its folder."""
    path = PurePosixPath(source)
    return path.parent.name if path.name == "index.md" else path.stem


def is_page_source(source: str) -> bool:
    """Whether a source is under ``pages/``, and not under ``articles/``."""
    return source.startswith("pages/")


def article_url(slug: str) -> str:
    """The permalink of an article."""
    return f"{ARTICLES_URL}{slug}/"


def page_url(slug: str) -> str:
    """The permalink of a page."""
    return f"/{slug}/"


@lru_cache(maxsize=1 << 12)  # a large site has a few hundred tags, on thousands of articles
def tag_slug(label: str) -> str:
    """The slug of a tag in addresses and queries: lower case, with a hyphen for each run of other characters.

    ``Machine Learning`` → ``machine-learning``, ``ci/cd`` → ``ci-cd``; letters of any script and the signs of ``C#``,
    ``c++`` and ``.net`` stay, but a dotless i, whose capital is that of i elsewhere, becomes one. It is its own slug;
    "" when nothing is left.
    """
    inner = _TAG_ENDS.sub("", unicodedata.normalize("NFC", label).translate(_DOTS).lower())
    slug = _NOT_TAG.sub("-", inner)
    return slug if any(map(str.isalnum, slug)) else ""


def tag_url(label: str) -> str:
    """The permalink of a tag; its slug may hold characters such as ``+`` and ``#`` that a path must quote."""
    return f"/tags/{quote(tag_slug(label), safe='')}/"


def author_slug(name: str) -> str:
    """The name of an author in addresses."""
    return slugify(name) or anchorize(name)


def author_url(name: str) -> str:
    """The permalink of an author's page."""
    return f"/authors/{quote(author_slug(name), safe='')}/"


def series_url(slug: str) -> str:
    """The permalink of a series."""
    return f"/series/{slug}/"
