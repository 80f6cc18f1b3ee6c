"""Convert headings: remove the title, start levels below it without gaps, and keep ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from services.importing.constructs.draft import Draft
from services.importing.constructs.plain import plain
from services.importing.foreign_site import IdRule
from shared.content.slug import github_anchor, is_anchor, take_anchor, take_anchors

_ATX = re.compile(
    r"^(?P<indent>(?:[ \t]*>)*[ \t]*)(?P<marks>#{1,6})(?:[ \t]+(?P<text>.*?))?(?:[ \t]+#+)?[ \t]*$"
    r"(?P<below>\n[ \t]*\{#[\w:-]+\}[ \t]*$)?",
    re.MULTILINE,
)
_SETEXT = re.compile(
    r"(?:^|(?<=\n\n)|(?<=\A))(?P<text>(?![ \t]{4}|[ \t]*[>|#<*+-]|[ \t]*\d+[.)]\s)[^\n]+)\n(?P<line>=+"
    r"|-{2,})[ \t]*(?=\n|\Z)",
    re.MULTILINE,
)
_ID = re.compile(
    r"[ \t]*(?:\{:?[ \t]*(?P<list>(?:[^{}#]|#(?=[\s{}]))*#(?P<id>(?>[^\s{}]+))[^{}]*)\}"
    r"|\{/\*[ \t]*#(?P<comment>[\w.:-]+)[ \t]*\*/\}|<a\b[^>]*\b(?:id"
    r"|name)=[\"'](?P<anchor>[^\"']+)[\"'][^>]*>\s*</a>)[ \t]*$"
)
_CLASSES = re.compile(r"[ \t]*\{:?[ \t]*(?:(?>\.[\w-]+|[\w:-]+=(?:\"[^\"]*\"|[^\s}]+))[ \t]*)+\}[ \t]*$")
_LEADING_ANCHOR = re.compile(r"^<a\b[^>]*\b(?:id|name)=[\"'](?P<anchor>[^\"']+)[\"'][^>]*>\s*</a>[ \t]*")
_LISTED_ID = re.compile(r"\{(?=[^{}\n]*\}):?[^{}\n]*#([\w-]+)[^{}\n]*\}")
_CONTAINER = re.compile(r"[ \t]*(?:!!!|===|\?\?\?|[-*+][ \t]|\d+[.)][ \t]|\[\^[^\]]+\]:|:[ \t])")
_RAW_ID = re.compile(r"<[a-zA-Z][^<>]*\bid=[\"']([^\"'<>]+)[\"']")


@dataclass(slots=True)
class Outline:
    """The result for headings. ``ids`` maps each old id of the document to the new one."""

    title: str = ""
    ids: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Heading:
    start: int
    end: int
    level: int
    text: str
    chosen: str
    indent: str = ""
    old: str = ""


def convert_headings(draft: Draft, title: str, rule: IdRule) -> Outline:
    """Convert the headings of ``draft``.

    A level-one heading that repeats the title is removed; without a title it becomes the title.
    """
    draft.sub(
        _SETEXT,
        lambda match: (
            f"{'#' if match['line'][0] == '=' else '##'} {match['text'].strip()}" if _is_setext(draft, match) else None
        ),
        "text",
    )
    headings = [
        _read(match)
        for match in draft.matches(_ATX, "text")
        if not draft.is_code(match.start()) and _is_in_flow(draft.text, match)
    ]
    outline = Outline(title=title)
    _old_ids(headings, rule)
    edits: list[tuple[int, int, str]] = []
    first = headings[0] if headings else None
    if first and first.level == 1 and _is_title(first, title, draft):
        outline.title = title or plain(first.text)
        draft.report("converted", "# title as heading", first.start, first.text[:60])
        edits.append((first.start, first.end, ""))
        # Links to the title lead to the top of the page.
        outline.ids |= {identity: "" for identity in (first.old, first.chosen) if identity}
        headings = headings[1:]
    edits += _levels_and_ids(draft, headings, outline)
    for identity in (*_RAW_ID.findall(draft.text), *_LISTED_ID.findall(draft.text)):
        outline.ids.setdefault(identity, identity)
    draft.apply(edits)
    return outline


def _is_title(first: _Heading, title: str, draft: Draft) -> bool:
    if not title:
        return bool(plain(first.text))
    same = _folded(plain(first.text)) == _folded(plain(title)) or _folded(first.text) == _folded(title)
    # A level-one heading at the top is the title of the page, in other words than in the front matter.
    return same and not draft.text[: first.start].count("\n# ")


def _folded(text: str) -> str:
    return re.sub(r"\W+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _is_setext(draft: Draft, match: re.Match[str]) -> bool:
    before = draft.text[: match.start()]
    return (not before.strip() or before.endswith(("\n\n", ">\n"))) and "|" not in match["text"]


def _is_in_flow(text: str, match: re.Match[str]) -> bool:
    """Whether an indented heading is in a container or a list; otherwise it is code."""
    margin = len(match["indent"].expandtabs(4))
    if margin < 4 or ">" in match["indent"]:
        return True
    for line in reversed(text[: match.start()].split("\n")[-400:]):
        own = line.expandtabs(4)
        inner = len(own) - len(own.lstrip())
        if not own.strip() or inner >= margin:
            continue
        if _CONTAINER.match(line):
            return True
        margin = inner
        if margin < 4:
            return False
    return False


def _read(match: re.Match[str]) -> _Heading:
    text = (match["text"] or "").strip()
    chosen = ""
    found = _ID.search(text)
    if found:
        chosen = found["id"] or found["comment"] or found["anchor"]
        text = text[: found.start()].rstrip()
    else:
        leading = _LEADING_ANCHOR.match(text)
        if leading:
            chosen, text = leading["anchor"], text[leading.end() :]
    text = _CLASSES.sub("", text)
    if match["below"]:
        chosen = chosen or match["below"].strip().strip("{#}")
    return _Heading(match.start(), match.end(), len(match["marks"]), text, chosen.strip("\"'"), match["indent"])


def _old_ids(headings: list[_Heading], rule: IdRule) -> None:
    make = _RULES.get(rule)
    taken: dict[str, int] = {}
    joint = "_" if rule == "python-markdown" else "-"
    for heading in headings:
        if heading.chosen:
            heading.old = heading.chosen
            taken.setdefault(heading.chosen, 0)
        elif make is not None:
            natural = make(plain(heading.text))
            identity, number = natural, taken.get(natural, 0)
            while identity in taken:
                number += 1
                identity = f"{natural}{joint}{number}"
            taken[natural] = number
            taken.setdefault(identity, 0)
            heading.old = identity


def _levels_and_ids(draft: Draft, headings: list[_Heading], outline: Outline) -> list[tuple[int, int, str]]:
    edits: list[tuple[int, int, str]] = []
    stack: list[tuple[int, int]] = []
    for heading in headings:
        if not _has_words(heading):
            draft.report("dropped", "empty heading", heading.start)
            edits.append((heading.start, heading.end, ""))
    headings = [heading for heading in headings if _has_words(heading)]
    for heading, (given, is_written) in zip(headings, _ids(headings), strict=True):
        while stack and stack[-1][0] >= heading.level:
            stack.pop()
        level = min(6, stack[-1][1] + 1 if stack else 2)
        stack.append((heading.level, level))
        if level != heading.level:
            draft.report("converted", "heading level", heading.start, f"{'#' * heading.level} → {'#' * level}")
        # Two underscores would be parsed as bold before the attribute list is.
        escaped = given.replace("_", "\\_") if "__" in given else given
        for identity in (heading.old, given, github_anchor(plain(heading.text))):
            if identity:
                outline.ids.setdefault(identity, given)
        written = f"{heading.indent}{'#' * level} {heading.text}{f' {{#{escaped}}}' if is_written else ''}"
        if written != draft.text[heading.start : heading.end]:
            edits.append((heading.start, heading.end, written))
    return edits


def _has_words(heading: _Heading) -> bool:
    return bool(plain(heading.text) or heading.text.strip())


def _ids(headings: list[_Heading]) -> list[tuple[str, bool]]:
    """The id of each heading here, and whether it must be written: the site's rule may give the same."""
    naturals = [github_anchor(plain(heading.text)) for heading in headings]
    wanted = [
        heading.old if is_anchor(heading.old) else re.sub(r"[^\w-]+|^_+", "-", heading.old).strip("-")
        for heading in headings
    ]
    written: dict[int, str] = {}
    while True:
        taken: dict[str, int] = {}
        given = {at: take_anchor(anchor, taken, first_number=1) for at, anchor in sorted(written.items())}
        left = [at for at in range(len(headings)) if at not in written]
        anchors = take_anchors([naturals[at] for at in left], taken, first_number=1)
        given |= dict(zip(left, anchors, strict=True))
        other = {at: wanted[at] for at in left if is_anchor(wanted[at]) and wanted[at] != given[at]}
        if not other:
            return [(given[at], at in written) for at in range(len(headings))]
        written |= other


def _github(text: str) -> str:
    return re.sub(r"[^\w\- ]", "", text.lower().strip()).replace(" ", "-")


def _kramdown(text: str) -> str:
    return _github(text) or "section"


def _python_markdown(text: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_text).strip().lower())


def _zola(text: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9_]+", "-", ascii_text.lower()).strip("-")


_RULES: dict[str, Callable[[str], str]] = {
    "github": _github,
    "kramdown": _kramdown,
    "python-markdown": _python_markdown,
    "zola": _zola,
    "slugify": _zola,
}
