"""The allow-lists of HTML: what an author may write raw, and what may reach a page at all. The only import of nh3.

Raw HTML meets two gates. ``RawHtml`` reads each piece of it tag by tag and keeps what authors may use, so that an
unclosed ``<textarea>`` cannot swallow the headings after it. ``sanitize`` then parses the whole body as a browser
would and writes it out again balanced, so that a stray ``</main>`` cannot leave the article.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

import nh3

_GLOBAL = frozenset({"class", "dir", "id", "lang", "title"})
_PLAIN_TAGS = """
    abbr b bdi bdo br caption cite code dd dfn div dl dt em figcaption figure hr i kbd mark p pre rp rt ruby s samp
    small span strong sub summary sup table tbody tfoot thead tr u ul var wbr
"""
#: Raw tags an author may use, with the attributes beyond the global ones. Headings are Markdown's alone: each needs
#: an anchor.
RAW_TAGS: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        _PLAIN_TAGS.split(),
        frozenset[str](),
    ),
    "a": frozenset({"href", "hreflang"}),
    "blockquote": frozenset({"cite"}),
    "col": frozenset({"span"}),
    "colgroup": frozenset({"span"}),
    "del": frozenset({"cite", "datetime"}),
    "details": frozenset({"open"}),
    "img": frozenset({"alt", "height", "src", "width"}),
    "ins": frozenset({"cite", "datetime"}),
    "li": frozenset({"value"}),
    "ol": frozenset({"reversed", "start", "type"}),
    "q": frozenset({"cite"}),
    "td": frozenset({"colspan", "headers", "rowspan"}),
    "th": frozenset({"colspan", "headers", "rowspan", "scope"}),
    "time": frozenset({"datetime"}),
}
#: What is inside these is not text: it goes with its tag.
_OPAQUE = frozenset({"script", "style"})
#: Addresses of any other scheme are taken out.
URL_SCHEMES = frozenset({"http", "https", "mailto", "tel"})

#: What the renderer itself writes, beyond the raw tags.
_OWN_TAGS = {"aside", "h1", "h2", "h3", "h4", "h5", "h6", "input", "section"}
_OWN_ATTRIBUTES = {"aria-label", "aria-labelledby", "data-language", "role", "tabindex"}

_CLEANER = nh3.Cleaner(
    tags=set(RAW_TAGS) | _OWN_TAGS,
    clean_content_tags=set(_OPAQUE),
    attributes={
        **{tag: set(attributes) for tag, attributes in RAW_TAGS.items()},
        "*": set(_GLOBAL) | _OWN_ATTRIBUTES,
        "a": {"href", "hreflang", "rel"},
        "img": {"alt", "decoding", "height", "loading", "src", "width"},
        "input": {"checked", "disabled", "type"},
    },
    url_schemes=set(URL_SCHEMES),
    link_rel=None,
)

_COMMENTS = re.compile(r"<!--.*?(?:-->|\Z)|<\?.*?(?:>|\Z)", re.DOTALL)

#: Called with each tag that is kept and its attributes; it may change them, and may read links and ids off them.
Visit = Callable[[str, dict[str, str]], None]


def sanitize(html: str) -> str:
    """``html`` as a balanced fragment of allowed elements and attributes only."""
    return _CLEANER.clean(html)


class RawHtml(HTMLParser):
    """One piece of raw HTML, filtered: ``html`` is what is kept of it, ``text`` what a reader sees.

    An allowed tag stays with its allowed attributes; of any other the text stays, of script and style nothing.
    Comments go.
    """

    def __init__(self, source: str, visit: Visit) -> None:
        super().__init__(convert_charrefs=True)
        self._visit = visit
        self._html: list[str] = []
        self._text: list[str] = []
        self._opaque = 0
        # The parser looks for the end of each unclosed comment again and again; nothing of them is kept anyway.
        self.feed(_COMMENTS.sub("", source))
        self.close()

    @property
    def html(self) -> str:
        """The filtered piece; balanced only if the source was."""
        return "".join(self._html)

    @property
    def text(self) -> str:
        """Its text."""
        return "".join(self._text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an allowed tag with its allowed attributes."""
        if tag in _OPAQUE:
            self._opaque += 1
        if tag not in RAW_TAGS:
            return
        allowed = _GLOBAL | RAW_TAGS[tag]
        kept = {name: value or "" for name, value in attrs if name in allowed}
        self._visit(tag, kept)
        written = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
        self._html.append(f"<{tag}{written}>")
        if tag in {"br", "hr"}:
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """Keep the end of an allowed tag."""
        if tag in _OPAQUE:
            self._opaque = max(0, self._opaque - 1)
        elif tag in RAW_TAGS:
            self._html.append(f"</{tag}>")
            if tag not in {"a", "b", "code", "em", "i", "kbd", "s", "span", "strong", "sub", "sup", "u", "var"}:
                self._text.append(" ")

    def handle_data(self, data: str) -> None:
        """Keep text, unless it is a script or a style."""
        if not self._opaque:
            self._html.append(escape(data, quote=False))
            self._text.append(data)
