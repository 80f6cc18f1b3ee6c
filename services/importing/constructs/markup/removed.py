"""Raw HTML that a page cannot contain: removed or reduced to its text, and reported."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import zip_longest

from services.importing.constructs import dialect
from services.importing.constructs.draft import Draft, Edit
from services.importing.constructs.markup.elements import attribute
from services.importing.constructs.plain import plain

_REMOVED = re.compile(r"<(script|style|form|object|canvas|template|noscript|link|meta)\b[^<>]{0,2000}>", re.IGNORECASE)
#: Elements of the above without an end tag.
_ENDLESS = frozenset({"link", "meta"})
_BLOCK = re.compile(
    r"^[ \t]*<(div|section|figure|p|article|aside|center|span)\b([^<>]*)>", re.MULTILINE | re.IGNORECASE
)
_BLOCK_TAG = re.compile(r"<(/?)(div|section|figure|p|article|aside|center|span)\b[^<>]*>", re.IGNORECASE)
_MARKDOWN_ATTRIBUTE = re.compile(r"\smarkdown(?=[\s=]|$)", re.IGNORECASE)
#: How deep blocks of Markdown may be nested.
_MAX_NESTING = 20
#: One start or end tag; attribute values may contain braces of JSX.
TAG = re.compile(
    r"<(/?)((?>[A-Za-z][A-Za-z0-9-]*))((?>(?:\"[^\"]*\"|'[^']*'|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|[^\"'<>{}])*))>"
)
_STYLING = re.compile(r"\b(style|align|target|bgcolor|valign|onclick)\s*=", re.IGNORECASE)
#: Elements that a page cannot contain; their text is kept.
_NOT_CARRIED = frozenset(
    [
        "iframe",
        "video",
        "audio",
        "script",
        "style",
        "form",
        "input",
        "button",
        "select",
        "textarea",
        "option",
        "svg",
        "math",
        "progress",
        "meter",
        "object",
        "embed",
        "canvas",
        "center",
        "font",
        "marquee",
        "dialog",
        "menu",
        "template",
        "slot",
        "noscript",
        "map",
        "area",
        "link",
        "meta",
        "title",
        "head",
        "body",
        "html",
        "main",
        "nav",
        "header",
        "footer",
        "article",
        "section",
        "aside",
        "picture",
        "source",
        "track",
        "fieldset",
        "label",
        "legend",
        "output",
    ]
)


def remove_elements(draft: Draft) -> None:
    """Remove such elements, unwrap those that contain Markdown, and report what is left of the rest."""
    _remove(draft)
    _unwrap_markdown_blocks(draft)
    _report_tags(draft)


def _remove(draft: Draft) -> None:
    """Remove programs, styles and forms with their content."""
    edits: list[tuple[int, int, str]] = []
    unclosed: set[str] = set()
    at = 0
    for match in draft.matches(_REMOVED, "text"):
        tag = match[1].lower()
        if match.start() < at or tag in unclosed or _in_span(draft, match.start()):
            continue
        if draft.is_code(match.start()) and tag not in {"script", "style"}:
            continue
        end = match.end()
        if tag not in _ENDLESS and not match[0].endswith("/>"):
            closing = re.compile(rf"</{tag}\s*>[ \t]*", re.IGNORECASE).search(draft.text, match.end())
            if closing is None:
                # No later element of this kind has an end tag either.
                unclosed.add(tag)
                continue
            end = closing.end()
        draft.report("dropped", f"<{tag}>", match.start(), "programs, styles and forms are not carried")
        edits.append((match.start(), end, ""))
        at = end
    draft.apply(edits)


def _in_span(draft: Draft, offset: int) -> bool:
    """Whether ``offset`` is inside of a code span or comment that starts before it."""
    return offset > 0 and draft.is_code(offset) and draft.is_code(offset - 1)


def _unwrap_markdown_blocks(draft: Draft) -> None:
    """``<div markdown>`` … ``</div>``: remove the element, so that its content is parsed as Markdown.

    The inner blocks come first: those of a quotation would not be found behind its marks.
    """
    for _ in range(_MAX_NESTING):
        blocks = [one for one in draft.matches(_BLOCK) if _MARKDOWN_ATTRIBUTE.search(one[2])]
        if not blocks:
            return
        ends = _ends(draft)
        edits: list[Edit] = []
        for block, following in zip_longest(blocks, blocks[1:]):
            closing = ends.get(block.end())
            if closing is None or following is None or following.start() >= closing.start():
                draft.report("converted", "markdown attribute", block.start(), block[0].strip()[:60])
                edits.append(_unwrapped(draft, block, closing))
        draft.apply(edits)


def _ends(draft: Draft) -> dict[int, re.Match[str]]:
    """The end tag of each block, by the offset of its content."""
    ends: dict[int, re.Match[str]] = {}
    opened: defaultdict[str, list[int]] = defaultdict(list)
    for tag in draft.matches(_BLOCK_TAG):
        starts = opened[tag[2].lower()]
        if not tag[1]:
            starts.append(tag.end())
        elif starts:
            ends[starts.pop()] = tag
    return ends


def _unwrapped(draft: Draft, block: re.Match[str], closing: re.Match[str] | None) -> Edit:
    tag = block[1].lower()
    identity = attribute(block[2], "id")
    start = f'<a id="{identity}"></a>\n\n' if identity else ""
    if closing is None:
        return block.start(), block.end(), start
    inner = draft.text[block.end() : closing.start()]
    inner = _figure(inner) if tag == "figure" else _unmargined(inner)
    if tag == "aside":
        inner = "\n".join(f"> {line}".rstrip() for line in inner.strip().split("\n"))
    return block.start(), closing.end(), f"{start}{inner}\n"


def _unmargined(inner: str) -> str:
    lines = inner.split("\n")
    margins = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    margin = min(margins, default=0)
    return "\n".join(line[margin:] if line.strip() else "" for line in lines)


def _figure(inner: str) -> str:
    """A picture and its ``figcaption`` as a picture with a title."""
    caption = re.search(r"<figcaption\b[^>]*>(.*?)</figcaption>", inner, re.DOTALL | re.IGNORECASE)
    picture = re.search(r"!\[([^\]]*)\]\(\s*<?([^)\s>]+)>?[^)]*\)(?:\{[^}]*\})?", inner)
    if caption is None or picture is None:
        return inner
    words = plain(caption[1])
    return f"\n{dialect.figure(picture[2], picture[1] or words, words)}\n"


def _report_tags(draft: Draft) -> None:
    """Report what the page will leave out of the remaining HTML."""
    for match in draft.matches(TAG):
        name = match[2].lower()
        if match[1]:
            continue
        if name in _NOT_CARRIED or "-" in name:
            draft.report("dropped", f"<{name}>", match.start(), "the page does not carry this element; its text stays")
        for styling in _STYLING.finditer(match[3]):
            draft.report("dropped", f"{styling[1].lower()}= attribute", match.start(), "the page does not carry it")
