"""One article in plain CommonMark with YAML front matter. Pure.

Tables, task lists, strikethrough, footnotes and formulas stay: other tools read them as GitHub does. Constructs of this
site alone become a quotation, a part with a title in bold, ``<details>``, or an anchor in HTML.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

import yaml

from services.importing.constructs.draft import Draft
from services.importing.findings import Findings
from services.importing.linking import rewrite_targets
from services.importing.reading.front_matter import read_front_matter

_BLOCK = re.compile(
    r"(?P<indent>[ \t]*)(?P<mark>!!!|\?\?\?\+?|===[!+]?)[ \t]+(?P<kind>[\w-]+)?[ \t]*(?:\"(?P<title>[^\"]*)\")?[ \t]*$"
)
_ALERT = re.compile(r"^(?P<lead>[ \t]*>[ \t]?)\[!(?P<kind>[A-Za-z][\w-]*)\][-+]?[ \t]*(?P<title>[^\n]*)$", re.MULTILINE)
_HEADING = re.compile(
    r"^(?P<marks>[ \t]*#{1,6}[ \t]+)(?P<text>.*?)[ \t]*\{(?P<words>[ \t]*[#.][^{}\n]*)\}[ \t]*$", re.MULTILINE
)
_ATTRIBUTES = re.compile(r"(?<=[)\]`*_])\{[ \t]*(?:[.#][\w:-]+|(?:width|height|lang)=[^\s{}]+)(?:[ \t]+[^{}\n]+)?\}")
_TERM = re.compile(r"(?P<term>^(?![ \t]|[-*+>#|])[^\n]+)\n(?P<definitions>(?::[ \t]+[^\n]+(?:\n|\Z))+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Places:
    """The source of each permalink, and the address of the site without a slash at its end."""

    sources: Mapping[str, str]
    base_url: str


def plain_article(source: str, text: str, places: Places) -> str:
    """The article in ``text``, whose file is ``source`` below the content folder."""
    foreign = read_front_matter(text)
    body = plain_body(source, foreign.body, lambda target: _relative(target, source, places))
    block = yaml.safe_dump(dict(foreign.data), allow_unicode=True, sort_keys=False, width=1_000_000)
    return f"---\n{block}---\n{body}"


def plain_body(source: str, body: str, new_target: Callable[[str], str | None]) -> str:
    """The Markdown below the front matter of ``source``.

    ``new_target`` returns the new target of a link or picture, ``None`` to keep it.
    """
    draft = Draft(source, body, 1, Findings())
    for _ in range(12):
        if not _unwrap(draft):
            break
    draft.sub(
        _ALERT,
        lambda match: (
            f"{match['lead']}**{match['title'].strip() or match['kind'].capitalize()}**\n{match['lead'].rstrip()}"
        ),
    )
    draft.sub(_HEADING, _heading)
    draft.sub(_ATTRIBUTES, lambda _: "", "text")
    draft.sub(_TERM, _definitions)
    rewrite_targets(draft, new_target)
    return draft.text


def _unwrap(draft: Draft) -> bool:
    """Turn the outermost containers into quotations, titles and details. Returns whether there was one."""
    rows = draft.text.split("\n")
    starts = [0]
    for row in rows:
        starts.append(starts[-1] + len(row) + 1)
    edits: list[tuple[int, int, str]] = []
    at = 0
    while at < len(rows):
        match = None if draft.is_code(starts[at], "text") else _BLOCK.match(rows[at])
        if match is None or not (match["kind"] or match["title"] is not None):
            at += 1
            continue
        end = _end_of(rows, at, len(match["indent"].expandtabs(4)) + 4)
        edits.append((starts[at], starts[end] - 1, _written(match, rows[at + 1 : end])))
        at = end
    draft.apply(edits)
    return bool(edits)


def _end_of(rows: list[str], at: int, margin: int) -> int:
    """The row after the last one of the container that opens in row ``at``."""
    end = at + 1
    for number in range(at + 1, len(rows)):
        row = rows[number].expandtabs(4)
        if row.strip() and len(row) - len(row.lstrip()) < margin:
            break
        end = number + 1 if row.strip() else end
    return end


def _written(match: re.Match[str], rows: list[str]) -> str:
    indent, mark = match["indent"], match["mark"]
    margin = len(indent.expandtabs(4)) + 4
    body = [row.expandtabs(4)[margin:] if row.strip() else "" for row in rows]
    while body and not body[0]:
        body.pop(0)
    title = match["title"] if match["title"] is not None else (match["kind"] or "").capitalize()
    if mark.startswith("==="):
        lines = [f"**{title}**", "", *body]
    elif mark.startswith("???"):
        opening = "<details open>" if mark.endswith("+") else "<details>"
        lines = [opening, f"<summary>{title}</summary>", "", *body, "", "</details>"]
    else:
        label = [f"**{title}**", ""] if title else []
        lines = [f"> {line}".rstrip() for line in [*label, *body]]
    return "\n".join(f"{indent}{line}".rstrip() for line in lines)


def _heading(match: re.Match[str]) -> str:
    """``## Words {#id}`` with its id as an anchor before the words."""
    ids = re.findall(r"#([\w:-]+)", match["words"])
    anchors = "".join(f'<a id="{one}"></a>' for one in ids)
    return f"{match['marks']}{anchors}{match['text']}"


def _definitions(match: re.Match[str]) -> str:
    """A term and its definitions as an item of a list."""
    texts = [line.lstrip(": \t") for line in match["definitions"].strip("\n").split("\n")]
    return f"- **{match['term'].strip()}**: {' '.join(texts)}\n"


def _relative(target: str, source: str, places: Places) -> str | None:
    """A path of the site as a path from file to file, or as an address; ``None`` to keep ``target``."""
    if not target.startswith("/") or target.startswith("//"):
        return None
    end = re.search(r"[?#]", target)
    path, rest = (target[: end.start()], target[end.start() :]) if end else (target, "")
    decoded = unquote(path)
    folder = posixpath.dirname(source)
    if decoded in places.sources:
        return quote(posixpath.relpath(places.sources[decoded], folder)) + rest
    # A file beside another article: /articles/other/picture.png
    permalink, _, name = decoded.rpartition("/")
    owner = places.sources.get(f"{permalink}/", "")
    if owner.endswith("/index.md"):
        return quote(posixpath.relpath(posixpath.join(posixpath.dirname(owner), name), folder)) + rest
    return f"{places.base_url}{target}"
