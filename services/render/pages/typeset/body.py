"""Typeset the HTML of an article: a horizon over each section, numbered figures, side notes. Pure.

It relies on guarantees of the renderer and the sanitizer (see html_rewrite). Feeds get the HTML without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape, unescape
from itertools import pairwise
from urllib.parse import unquote, urlsplit

from services.render.languages.interface import ENGLISH, Interface
from services.render.pages.html_rewrite import top_level

#: A heading, after the further names that an author gave it.
_HEADING = re.compile(r'<div class="heading">\s*(?:<(?:a|span) id="[^"]*"></(?:a|span)>\s*)*<h([2-6])\b[^>]*>')
_ANCHOR = re.compile(r'<a class="anchor"(?:[^<>"]|"[^"]*")*></a>')
_FIGURE = re.compile(r'<figure(?: class="diagram")?>')
_NOTES = '<section class="footnotes"'
_NOTE = re.compile(r'<li id="fn:([^"]+)" class="footnote">(.*)</li>\s*', re.DOTALL)
_NOTE_REFERENCE = re.compile(r'href="#fn:([^"]+)"')
#: An empty header, as over a column of row names, is not a header.
_EMPTY_HEADER = re.compile(r"<th\b[^>]*></th>")
_ACTIONS = '<span class="actions"></span>'
#: Tokens of code that have no colour of their own in article.css: half of the markup of code.
_PLAIN_TOKEN = re.compile(r'<span class="(?:p|n|o|w|l|err|x|nx|vc|vg|py|pi|g|gu|ge|gs)">([^<]*)</span>')
_MARKUP = re.compile(r"<[^>]*>")
_HIDDEN = re.compile(r"<(title|desc)\b.*?</\1>", re.DOTALL)
_WORD = re.compile(r"\w+")
_OUTSIDE = re.compile(r'<a href="(https?://[^"]+)"(?:[^<>"]|"[^"]*")*>(.*?)</a>', re.DOTALL)
_MAX_LABEL = 80
#: A plus that means a space, as in ``KIP-939%3A+Support``, unlike those of ``C++``.
_PLUS_BETWEEN_WORDS = re.compile(r"(?<=\w)\+(?=\w)")


@dataclass(frozen=True, slots=True)
class Span:
    """The extent of a section, as fractions of the article."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Reference:
    """A link to another site: its text, and its address in short."""

    label: str
    url: str
    place: str


@dataclass(frozen=True, slots=True)
class SetBody:
    """The typeset body.

    ``spans`` are the extents of the text before the first section and of each section (empty without sections);
    ``verified`` counts code samples that ran.
    """

    html: str
    spans: tuple[Span, ...]
    verified: int
    references: tuple[Reference, ...]


def set_body(html: str, words: Interface = ENGLISH) -> SetBody:
    """``html`` set as a page; ``words`` number its figures and tables."""
    blocks = [block for block in top_level(html) if block.strip()]
    notes = _notes(blocks)
    blocks = [block for block in blocks if not block.startswith(_NOTES)]
    spans = _spans(blocks)
    return SetBody(
        html="\n".join(_with_notes(_set_blocks(blocks, spans, words), notes)),
        spans=spans,
        verified=html.count('class="verified"'),
        references=_references(html),
    )


def _set_blocks(blocks: Iterable[str], spans: Sequence[Span], words: Interface) -> Iterable[str]:
    figures = tables = 0
    sections = iter(spans[1:])
    for block in blocks:
        if match := _HEADING.match(block):
            yield _set_heading(block, match[1], next(sections) if match[1] == "2" else None)
        elif match := _FIGURE.match(block):
            figures += 1
            name = escape(words.gettext("Fig. %(number)s", number=figures))
            yield f'<figure class="thing fig diagram"><span class="no">{name}</span>{block[match.end() :]}'
        elif block.startswith('<div class="table"'):
            tables += 1
            table = _EMPTY_HEADER.sub("<td></td>", block)
            name = escape(words.gettext("Table %(number)s", number=tables))
            yield f'<div class="thing"><span class="no">{name}</span>{table}</div>'
        else:
            yield _with_wrap(block, words)


def _set_heading(block: str, level: str, span: Span | None) -> str:
    """The link first, so that it is before its heading in the gutter; over a section its horizon."""
    anchor = _ANCHOR.search(block)
    link = anchor[0] if anchor else ""
    rest = _ANCHOR.sub("", block).removeprefix('<div class="heading">')
    return f'<div class="heading h{level}">{_horizon(span) if span else ""}{link}{rest}'


def _horizon(span: Span) -> str:
    """A line for the whole article: dark where the section is, a point where it begins."""
    start, end = f"{span.start:.1%}", f"{span.end:.1%}"
    return (
        '<svg class="hz" aria-hidden="true" focusable="false"><line x2="100%"/>'
        f'<line class="now" x1="{start}" x2="{end}"/><circle cx="{start}" r="3.5"/></svg>'
    )


def _with_wrap(block: str, words: Interface) -> str:
    """Add a wrap switch, without script, to code with long lines; drop tokens without a colour."""
    if _ACTIONS not in block:
        return block
    wrap = escape(words.gettext("Wrap"))
    label = f'<label class="act"><input type="checkbox"> {wrap}</label>'
    return _PLAIN_TOKEN.sub(r"\1", block.replace(_ACTIONS, f'<span class="actions">{label}</span>'))


def _spans(blocks: Sequence[str]) -> tuple[Span, ...]:
    """Compute the spans from the words of each section, code included."""
    levels = [heading[1] if (heading := _HEADING.match(block)) else "" for block in blocks]
    begins = [0, *(at for at, level in enumerate(levels) if level == "2"), len(blocks)]
    if len(begins) == 2:
        return ()
    words = [_count_words("\n".join(blocks[start:end])) for start, end in pairwise(begins)]
    total = sum(words)
    if not total:
        return ()
    ends = [sum(words[: at + 1]) / total for at in range(len(words))]
    return tuple(Span(start, end) for start, end in zip([0.0, *ends], ends, strict=False))


def _count_words(html: str) -> int:
    if "<svg" in html:
        html = _HIDDEN.sub("", html)
    return len(_WORD.findall(unescape(_MARKUP.sub("", html))))


def _notes(blocks: Sequence[str]) -> dict[str, str]:
    """The footnotes by name, each as an aside with its number."""
    notes: dict[str, str] = {}
    for section in (block for block in blocks if block.startswith(_NOTES)):
        inner = section[section.index("<ol>") + 4 : section.rindex("</ol>")]
        for item in top_level(inner):
            if match := _NOTE.fullmatch(item):
                number, text = len(notes) + 1, match[2].strip()
                mark = f'<span class="sidenote-number">{number}</span> '
                text = text.replace("<p>", f"<p>{mark}", 1) if text.startswith("<p>") else mark + text
                notes[match[1]] = f'<aside class="sidenote" id="fn:{match[1]}" role="doc-footnote">{text}</aside>'
    return notes


def _with_notes(blocks: Iterable[str], notes: dict[str, str]) -> Iterable[str]:
    """Each note after the block that refers to it first; one that nothing refers to at the end."""
    waiting = dict(notes)
    for block in blocks:
        yield block
        for name in _NOTE_REFERENCE.findall(block) if waiting else ():
            if name in waiting:
                yield waiting.pop(name)
    yield from waiting.values()


def _references(html: str) -> tuple[Reference, ...]:
    """The links to other sites, each once, in the order of the text."""
    found: dict[str, Reference] = {}
    for url, words in _OUTSIDE.findall(html):
        label = " ".join(unescape(_MARKUP.sub("", words)).split())
        if label and url not in found:
            found[url] = Reference(label[:_MAX_LABEL], unescape(url), _place(unescape(url)))
    return tuple(found.values())


def _place(url: str) -> str:
    """The host, and the last part of the path or the fragment: ``postgresql.org, sql-prepare-transaction``."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host = parts.netloc.rpartition("@")[2].removeprefix("www.")
    last = parts.fragment or parts.path.rstrip("/").rpartition("/")[2].removesuffix(".html")
    return f"{host}, {_readable(last)}" if last and not last.startswith(":~:") else host


def _readable(part: str) -> str:
    """A part of an address, unquoted; unchanged if the result has characters that cannot be printed."""
    words = unquote(_PLUS_BETWEEN_WORDS.sub(" ", part))
    return words if words.isprintable() and "\ufffd" not in words else part
