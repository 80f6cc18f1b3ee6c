"""The allow-lists of HTML: for raw HTML of an author, and for a whole page. The only import of nh3.

Raw HTML passes two gates. ``RawHtml`` reads each piece of it tag by tag and keeps what authors may use, so that an
unclosed ``<textarea>`` cannot swallow the headings after it. ``sanitize`` then parses the whole body as a browser would
and serialises it balanced, so that a stray ``</main>`` cannot leave the article.
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
#: Tags that a browser renders within a word: <mark>work</mark>flows is one.
_INLINE = frozenset(
    "a abbr b bdi bdo cite code del dfn em i ins kbd mark q ruby s samp small span strong sub sup time u var".split()
)
#: Raw tags an author may use, with attributes beyond the global ones. Headings are Markdown only: each needs an anchor.
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
#: Void elements: ``</br>`` would be another ``<br>``.
_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
#: Elements that end without an end tag: with the next one of their kind, or with the element around them.
_ENDS_ITSELF = frozenset("caption colgroup dd dt li p rp rt tbody td tfoot th thead tr".split())
#: Elements whose content is not text: it is removed with the tag.
_OPAQUE = frozenset({"script", "style"})
#: Addresses with any other scheme are removed.
URL_SCHEMES = frozenset({"http", "https", "mailto", "tel"})

#: Tags that the renderer itself writes, besides the raw tags.
_OWN_TAGS = {"aside", "h1", "h2", "h3", "h4", "h5", "h6", "input", "section"}
_OWN_ATTRIBUTES = {"aria-label", "aria-labelledby", "data-language", "data-line", "name", "role", "tabindex"}

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

#: What to write instead of an unsupported element.
INSTEAD = {
    **dict.fromkeys(("iframe", "embed", "object"), "link to what it shows"),
    **dict.fromkeys(("audio", "video", "source", "track"), "put the file beside the article and link to it"),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "write ## Heading, with {#id} behind it if links lead there"),
    **dict.fromkeys(("script", "style", "link"), "scripts and styles belong to the site, not to an article"),
    **dict.fromkeys(("form", "input", "button", "select", "textarea"), "an article takes no input"),
    **dict.fromkeys(
        ("svg", "path", "g", "rect", "circle", "text"), "put the drawing into a file and show it as a picture"
    ),
    **dict.fromkeys(("math", "mi", "mo", "mn", "mrow", "msup", "mfrac"), "write the formula in dollar signs: $x^2$"),
    **dict.fromkeys(("center", "font", "big"), "how text looks is the site's choice"),
    "progress": "write the number",
}
#: Attributes without effect on the page: hints for browsers, names for scripts, and attributes that the page sets.
_SILENT_ATTRIBUTES = re.compile(
    r"(?:target|rel|role|loading|decoding|fetchpriority|srcset|sizes|crossorigin|referrerpolicy|tabindex|hidden|border"
    r"|cellpadding|cellspacing|valign|bgcolor|nowrap|summary|markdown|itemprop|itemscope|itemtype|property|key|ref"
    r"|(?:data|aria|v|x)-.*|[:@#].*)"
)
_ALIGNMENTS = frozenset({"left", "center", "right"})
_TEXT_ALIGN = re.compile(r"\s*text-align\s*:\s*(left|center|right)\s*;?\s*$")

_COMMENTS = re.compile(r"<!--.*?(?:-->|\Z)|<\?.*?(?:>|\Z)", re.DOTALL)

#: Called with each kept tag, its attributes and its line, counted from 0; it may change the attributes, and may collect
#: links and ids.
Visit = Callable[[str, dict[str, str], int], None]


def sanitize(html: str) -> str:
    """``html`` as a balanced fragment of allowed elements and attributes only."""
    return _CLEANER.clean(html)


class RawHtml(HTMLParser):
    """One piece of raw HTML, filtered: ``html`` is the allowed part, ``text`` the text that a reader sees.

    An allowed tag keeps its allowed attributes; of any other, the text is kept, but nothing of scripts and styles.
    Comments are removed. ``dropped`` lists removed parts that a reader would have seen: ``(line, "<iframe>", advice)``,
    the line counted from 0. ``ends`` lists each kept tag that needs an end tag, ``("b", line)``, and each end tag,
    ``("/b", line)``.
    """

    def __init__(self, source: str, visit: Visit) -> None:
        super().__init__(convert_charrefs=True)
        self._visit = visit
        self._html: list[str] = []
        self._text: list[str] = []
        self._opaque = 0
        self.dropped: list[tuple[int, str, str]] = []
        self.ends: list[tuple[str, int]] = []
        # The parser searches for the end of each unclosed comment again and again; no comment is kept anyway.
        self.feed(_COMMENTS.sub(lambda comment: "\n" * comment[0].count("\n"), source))
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
            self._drop_tag(tag)
            return
        kept = self._keep_attributes(tag, attrs)
        line = self.getpos()[0] - 1
        self._visit(tag, kept, line)
        if tag not in _VOID and tag not in _ENDS_ITSELF:
            self.ends.append((tag, line))
        written = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
        self._html.append(f"<{tag}{written}>")
        if tag in {"br", "hr"}:
            self._text.append(" ")
        elif tag == "img":
            self._text.append(kept.get("alt", ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """``<br/>`` is one tag, and ``<p/>`` is an opening tag in HTML."""
        self.handle_starttag(tag, attrs)
        if tag in _OPAQUE:
            self._opaque -= 1

    def _drop_tag(self, tag: str) -> None:
        written = (self.get_starttag_text() or "")[1 : len(tag) + 1]
        line = self.getpos()[0] - 1
        if written[:1].isupper() or "." in written:
            self.dropped.append((line, f"the component <{written}>", "components are not run: write Markdown instead"))
        elif "-" in tag:
            self.dropped.append((line, f"the element <{tag}>", "custom elements are not run: write Markdown instead"))
        else:
            advice = INSTEAD.get(tag, "it is not among the elements that an article may have")
            self.dropped.append((line, f"the element <{tag}>", advice))

    def _keep_attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> dict[str, str]:
        """The allowed attributes; old ways to name an anchor and to align are replaced by new ones."""
        allowed = _GLOBAL | RAW_TAGS[tag]
        given = {name: value or "" for name, value in attrs}
        kept = {name: value for name, value in given.items() if name in allowed}
        if tag == "a" and "name" in given and "id" not in kept:
            kept["id"] = given["name"]
        side = given.get("align", "").lower()
        match = _TEXT_ALIGN.match(given.get("style", "").lower())
        side = match[1] if match else side
        if side in _ALIGNMENTS:
            kept["class"] = f"{kept.get('class', '')} align-{side}".strip()
        for name in given:
            is_carried = name in allowed or name == "align" or (tag == "a" and name == "name")
            if not is_carried and not (name == "style" and match) and not _SILENT_ATTRIBUTES.fullmatch(name):
                advice = "how text looks is the site's choice" if name == "style" else "an article may not have it"
                self.dropped.append((self.getpos()[0] - 1, f"the attribute {name}=", advice))
        return kept

    def handle_endtag(self, tag: str) -> None:
        """Keep the end of an allowed tag."""
        if tag in _OPAQUE:
            self._opaque = max(0, self._opaque - 1)
        elif tag in RAW_TAGS and tag not in _VOID:
            self.ends.append((f"/{tag}", self.getpos()[0] - 1))
            self._html.append(f"</{tag}>")
            if tag not in _INLINE:
                self._text.append(" ")

    def handle_data(self, data: str) -> None:
        """Keep text, unless it is a script or a style."""
        if not self._opaque:
            self._html.append(escape(data, quote=False))
            self._text.append(data)
