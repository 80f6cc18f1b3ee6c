"""Attribute lists of kramdown and of Python-Markdown: ids, classes and sizes stay, the rest goes."""

from __future__ import annotations

import re

from services.importing.constructs.draft import Draft

_ATTRIBUTE_LINE = re.compile(
    r"^([ \t]*(?:>[ \t]*)*)\{(?::(?!:)|(?=[ \t]*[#.][\w-]))([^}\n]*)\}[ \t]*(?:\n|\Z)", re.MULTILINE
)
_ATTRIBUTE_SPAN = re.compile(
    r"(?<=[)\]`*_\"'>])[ ]?\{:?[ \t]*((?:[.#][\w:-]+|[\w:-]+=(?:\"[^\"]*\"|'[^']*'|[^\s}\"']+)|\btarget\b"
    r"|\bmarkdown\b|[ \t])+)\}"
)
_EMPTY_LINK = re.compile(r"\[\]\(\)\{[ \t]*#([\w.-]+)[ \t]*\}")


def convert_attributes(draft: Draft) -> None:
    """Attribute lists of kramdown and of Python-Markdown: ids, classes and sizes stay, the rest goes."""
    draft.sub(_EMPTY_LINK, lambda match: f'<a id="{match[1]}"></a>')
    draft.sub(_ATTRIBUTE_LINE, lambda match: _attribute_line(draft, match))
    draft.sub(_ATTRIBUTE_SPAN, lambda match: _attribute_span(draft, match), "text")


def _attribute_line(draft: Draft, match: re.Match[str]) -> str:
    """An attribute list in its own line belongs to the block before it; an id of a heading is the only part to keep."""
    identity = re.search(r"#([\w:.-]+)", match[2])
    previous = draft.text[: match.start()].rstrip("\n").rpartition("\n")[2]
    if identity and re.match(r"#{1,6} ", previous):
        draft.report("converted", "{: #id}", match.start(), match[0].strip())
        # ``headings`` takes it from the line below.
        return f"{{#{identity[1]}}}\n"
    if identity:
        draft.report("converted", "{: #id}", match.start(), match[0].strip())
        return f'{match[1]}<a id="{identity[1]}"></a>\n'
    draft.report("dropped", "{: attributes}", match.start(), match[0].strip()[:60])
    return ""


def _attribute_span(draft: Draft, match: re.Match[str]) -> str | None:
    if draft.is_code(match.start()):
        return None
    words = re.findall(r"[.#][\w:-]+|(?:width|height|lang)=(?:\"[^\"]*\"|'[^']*'|[^\s}\"']+)", match[1])
    kept = [
        word
        for word in words
        if not word.startswith((".md-", ".twemoji", ".lg", ".middle", ".off", ".on-glb", ".annotate"))
    ]
    # A size in another unit than pixels is no attribute of HTML.
    kept = [
        word
        for word in kept
        if not re.match(r"(?:width|height)=", word) or re.search(r"=[\"']?\d+(?:px)?[\"']?$", word)
    ]
    kept = [re.sub(r"^(width|height)=[\"']?(\d+)(?:px)?[\"']?$", r"\1=\2", word) for word in kept]
    written = "{" + " ".join(kept) + "}" if kept else ""
    if written == match[0]:
        return None
    line = draft.text[draft.text.rfind("\n", 0, match.start()) + 1 : match.start()]
    is_heading = re.match(r"[ \t]*#{1,6} ", line)
    draft.report("converted", "{: attributes}", match.start(), match[0].strip()[:60])
    return f" {written}" if is_heading and written else written
