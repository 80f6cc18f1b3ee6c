"""Attribute lists of kramdown and of Python-Markdown: ids, classes and sizes are kept, the rest is dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.importing.constructs import dialect
from services.importing.constructs.draft import Draft, Edit, Fence
from services.importing.constructs.formulas import Formulas

_ATTRIBUTE_LINE = re.compile(
    r"^([ \t]*(?:>[ \t]*)*)\{(?::(?!:)|(?=[ \t]*(?:[#.][\w-]|(?:class|style|width)=[\"'])))([^}\n]*)\}[ \t]*(?:\n|\Z)",
    re.MULTILINE,
)
_ATTRIBUTE_SPAN = re.compile(
    r"(?<=[)\]`*_\"'>])[ ]?\{:?[ \t]*((?:[.#][\w:-]+|[\w:-]+=(?:\"[^\"]*\"|'[^']*'|[^\s}\"']+)|\btarget\b"
    r"|\bmarkdown\b|[ \t])+)\}"
)
#: The second of two pictures, of which the old site showed one.
_DARK = re.compile(r"!\[[^\]\n]*\]\([^()\s]*#(?:only-dark|gh-dark-mode-only)[^()\n]*\)(?:\{[^}\n]*\})?[ \t]*\n?")
#: Notes of the themes Chirpy and Minimal Mistakes: a quotation or a paragraph with a class.
_PROMPT = re.compile(r"^(?P<quote>(?:>.*\n)+)\{:[ \t]*\.prompt-(?P<kind>\w+)[ \t]*\}[ \t]*(?:\n|\Z)", re.MULTILINE)
_NOTICE = re.compile(
    r"^(?P<words>(?:(?![ \t]*(?:[>#|{<`~]|[-*+] |\d+\. ))\S.*\n)+)"
    r"\{:[ \t]*\.notice(?:--(?P<kind>\w+))?[ \t]*\}[ \t]*(?:\n|\Z)",
    re.MULTILINE,
)
_PROMPTS = {"tip": "TIP", "info": "NOTE", "warning": "WARNING", "danger": "CAUTION"}
_NOTICES = {"success": "tip", "warning": "warning", "danger": "danger"}
_FILE = re.compile(r"\n(?P<line>[ \t]*\{:[^}\n]*\bfile=[\"'](?P<file>[^\"'\n]+)[\"'][^}\n]*\}[ \t]*(?:\n|\Z))")
#: ``![text](p.png =100x200)``, as several editors write sizes.
_SIZED = re.compile(
    r"(?P<picture>!\[[^\]\n]*\]\([^()\s]+(?:[ \t]+\"[^\"\n]*\")?)[ \t]+=(?P<width>\d*)%?x(?P<height>\d*)%?\)"
)
#: GitHub's alerts as they were written before it had a syntax for them.
_OLD_ALERT = re.compile(
    r"^(?P<lead>[ \t]*>[ \t]?)\*\*(?P<kind>Note|Tip|Important|Warning|Caution)\*\*[ \t]*(?=\n[ \t]*>)", re.MULTILINE
)
_EMPTY_LINK = re.compile(r"\[\]\(\)\{[ \t]*#([\w.-]+)[ \t]*\}")


def convert_attributes(draft: Draft) -> None:
    """Convert the attribute lists of ``draft``."""
    if "#" in draft.text:
        draft.sub(_DARK, lambda match: _dark(draft, match))
    if "=" in draft.text:
        draft.sub(_SIZED, lambda match: _sized(draft, match))
    if "> **" in draft.text:
        draft.sub(_OLD_ALERT, lambda match: _alert(draft, match))
    draft.sub(_EMPTY_LINK, lambda match: f'<a id="{match[1]}"></a>')
    if "{:" in draft.text:
        draft.sub(_PROMPT, lambda match: _prompt(draft, match))
        draft.sub(_NOTICE, lambda match: _notice(draft, match))
        draft.apply([edit for fence in draft.fences() for edit in _file_of(draft, fence)])
    draft.sub(_ATTRIBUTE_LINE, lambda match: _attribute_line(draft, match))
    formulas = Formulas(draft.text)
    draft.sub(
        _ATTRIBUTE_SPAN,
        lambda match: None if match.start() in formulas else _attribute_span(draft, match),
        "text",
    )


def _prompt(draft: Draft, match: re.Match[str]) -> str:
    """A quotation that the theme Chirpy shows as a note, as GitHub's alert."""
    draft.report("converted", "{: .prompt }", match.start(), match["kind"])
    return f"> [!{_PROMPTS.get(match['kind'], 'NOTE')}]\n{match['quote']}"


def _notice(draft: Draft, match: re.Match[str]) -> str:
    """A paragraph that the theme Minimal Mistakes shows as a note."""
    kind = _NOTICES.get(match["kind"] or "", "note")
    draft.report("converted", "{: .notice }", match.start(), match["kind"] or "")
    return dialect.admonition(kind, "", match["words"]).rstrip("\n") + "\n"


def _file_of(draft: Draft, fence: Fence) -> Iterator[Edit]:
    """``{: file="x.py" }`` behind a block of code, as its title."""
    match = _FILE.match(draft.text, fence.end)
    if match is None or not fence.mark.strip():
        return
    at = fence.start + len(fence.lead) + len(fence.mark)
    title = match["file"].replace('"', "'")
    draft.report("converted", "{: file }", match.start(), title)
    yield at, at + len(draft.text[at : fence.code_start].rstrip("\n")), f'{fence.info or "text"} title="{title}"'
    yield match.start("line"), match.end(), ""


def _sized(draft: Draft, match: re.Match[str]) -> str:
    draft.report("converted", "size of a picture", match.start(), match[0][-20:])
    sizes = " ".join(f"{name}={match[name]}" for name in ("width", "height") if match[name])
    return f"{match['picture']})" + (f"{{{sizes}}}" if sizes else "")


def _alert(draft: Draft, match: re.Match[str]) -> str:
    draft.report("converted", "> **Note**", match.start(), match["kind"])
    return f"{match['lead']}[!{match['kind'].upper()}]"


def _dark(draft: Draft, match: re.Match[str]) -> str:
    draft.report("dropped", "picture for the dark scheme", match.start(), "the one for the light scheme is shown")
    return ""


def _attribute_line(draft: Draft, match: re.Match[str]) -> str:
    """An attribute list on its own line belongs to the block before it; only the id of a heading is kept."""
    identity = re.search(r"#([\w:.-]+)", match[2])
    previous = draft.text[: match.start()].rstrip("\n").rpartition("\n")[2]
    if identity and re.match(r"#{1,6} ", previous):
        draft.report("converted", "{: #id}", match.start(), match[0].strip())
        # ``headings`` reads it from the line below.
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
    # HTML has no attribute for a size in another unit than pixels.
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
