"""Parse a body: Markdown to HTML, sections and references. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from markdown_it.token import Token

from shared.content.article import Body
from shared.content.folder.asset import Asset
from shared.content.folder.verified import VerifiedRecord
from shared.content.markdown.anchors import set_anchors
from shared.content.markdown.code.fences import DIAGRAM_LANGUAGES, Fence, build_samples, drawing_names, parse_fence
from shared.content.markdown.code.includes import include_of
from shared.content.markdown.containers import group_tabs, open_alerts, open_raw_blocks
from shared.content.markdown.dialect import dialect
from shared.content.markdown.faults.foreign import find_foreign
from shared.content.markdown.faults.lost import find_lost
from shared.content.markdown.faults.outline import check_headings
from shared.content.markdown.formulas import find_faults, mark_formulas
from shared.content.markdown.placeholders import Placeholders
from shared.content.markdown.references import References
from shared.content.markdown.sections import collect_sections, heading_tree
from shared.content.markdown.tasks import mark_tasks
from shared.content.markdown.text import plain_text
from shared.content.parsing.sanitize import sanitize
from shared.content.problem import Problem
from shared.content.rules import HeadingIds
from shared.text.messages import Label, message


@dataclass(frozen=True, slots=True)
class BodyContext:
    """Context of a body: its ``source`` file and first line there, the ``url`` of its page, its assets.

    A first heading that repeats the ``title`` is left out. ``heading_ids`` is the site's rule for anchors, ``included``
    the code of each include as written.
    """

    source: str
    url: str
    first_line: int = 1
    assets: Mapping[str, Asset] = field(default_factory=dict)
    verified: VerifiedRecord = field(default_factory=dict)
    title: str = ""
    heading_ids: HeadingIds = "words"
    included: Mapping[str, str] = field(default_factory=dict)


def parse_body(text: str, context: BodyContext, *, wants_html: bool = True) -> Body:
    """Parse ``text``. Any text is valid: ``problems`` are hints for its author.

    Each section's anchor is exactly one id of the HTML.
    """
    env: dict[str, Any] = {}
    tokens = _parse_tokens(text, context.title, env)
    ids = set_anchors(tokens, context.heading_ids)
    references = References(context.url, context.source, context.assets, ids)
    references.collect(tokens, context.first_line)
    fences = _attach_fences(tokens, context)
    has_diagram = any(fence.language in DIAGRAM_LANGUAGES for fence in fences)
    drawn = list(_attach_drawings(tokens, context)) if has_diagram else []
    sections = collect_sections(tokens)
    pieces = _render(tokens, text, context) if wants_html else ()
    return Body(
        html="".join(one if isinstance(one, str) else one.html(message) for one in pieces),
        sections=sections,
        headings=heading_tree(sections),
        links=tuple(references.links),
        pictures=tuple(references.pictures),
        samples=tuple(fence.sample for fence in fences if fence.sample),
        problems=(
            *check_headings(tokens, context.source, context.first_line),
            *references.problems,
            *references.dropped(),
            *(problem for fence in fences for problem in fence.problems),
            *drawn,
            *find_faults(tokens, context.source, context.first_line),
            *find_foreign(tokens, text, context.source, context.first_line),
            *find_lost(tokens, text, env, context.source, context.first_line),
        ),
        pieces=pieces if len(pieces) > 1 else (),
    )


def _parse_tokens(text: str, title: str, env: dict[str, Any]) -> list[Token]:
    """The tokens of ``text`` in the whole dialect: with what plugins of the parser cannot find."""
    parser = dialect()
    tokens = parser.parse(text, env)
    open_raw_blocks(parser, tokens, env)
    open_alerts(tokens)
    group_tabs(tokens)
    mark_formulas(tokens)
    mark_tasks(tokens)
    _drop_title(tokens, title)
    return tokens


def _drop_title(tokens: list[Token], title: str) -> None:
    """Remove a first heading that repeats the title, which the page shows already."""
    is_heading = len(tokens) > 2 and tokens[0].type == "heading_open" and tokens[0].tag == "h1"
    if is_heading and plain_text(tokens[1].children).casefold() == " ".join(title.split()).casefold():
        del tokens[:3]


def _attach_fences(tokens: Sequence[Token], context: BodyContext) -> list[Fence]:
    """Parse every block of code, and attach the result to its token."""
    places = [index for index, token in enumerate(tokens) if token.type in {"fence", "code_block"}]
    missing = [_include(tokens[index], context) for index in places]
    fences = [
        parse_fence(tokens[index], context.source, context.first_line + (tokens[index].map or [0])[0])
        for index in places
    ]
    fences = [
        replace(fence, problems=(*fence.problems, *more)) if more else fence
        for fence, more in zip(fences, missing, strict=True)
    ]
    is_followed = [index + 1 < len(tokens) and tokens[index + 1].type == "fence" for index in places]
    samples = build_samples(fences, is_followed)
    fences = [replace(fence, sample=sample) if sample else fence for fence, sample in zip(fences, samples, strict=True)]
    for number, (index, fence) in enumerate(zip(places, fences, strict=True)):
        tokens[index].meta["fence"] = fence
        if is_followed[number] and fence.language != "output" and fences[number + 1].language == "output":
            tokens[index].meta["has_output"] = tokens[index + 1].meta["is_output"] = True
    return fences


def _include(token: Token, context: BodyContext) -> tuple[Problem, ...]:
    """Replace the lines of a fence by the code that it includes."""
    name = include_of(token)
    if name is None:
        return ()
    line = context.first_line + (token.map or [0])[0]
    if name not in context.included:
        return (Problem(context.source, line, f"include={name!r}: the file was not read"),)
    own, token.content = token.content.strip(), context.included[name]
    message = f"include={name!r} takes the place of the block's own lines: remove them"
    return (Problem(context.source, line, message, "warning"),) if own else ()


def _attach_drawings(tokens: Sequence[Token], context: BodyContext) -> Iterator[Problem]:
    """Find the SVG drawn from each diagram's source; warn if there is none."""
    number = 0
    for token in tokens:
        fence: Fence | None = token.meta.get("fence")
        if fence is None or fence.language not in DIAGRAM_LANGUAGES:
            continue
        number += 1
        names = drawing_names(fence, number)
        asset = next((context.assets[name] for name in names if name in context.assets), None)
        if asset is not None:
            token.meta["drawing"] = asset
        else:
            message = f"the {fence.language} diagram is shown as its source: draw it into {names[0]} beside the article"
            yield Problem(context.source, fence.line, message, "warning")


def _render(tokens: Sequence[Token], text: str, context: BodyContext) -> tuple[str | Label, ...]:
    """Render the tokens as sanitised HTML, with diagrams (which passed their own allow-list) and labels filled in."""
    parser = dialect()
    # No text can contain its own digest, so no author can write the key of a diagram or label.
    placeholders = Placeholders(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
    env: dict[str, Any] = {"verified": context.verified, "placeholders": placeholders, "assets": context.assets}
    return placeholders.fill(sanitize(parser.renderer.render(tokens, parser.options, env)))
