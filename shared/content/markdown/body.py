"""The body of an article: Markdown in; HTML, sections and what they refer to out. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from markdown_it.token import Token

from shared.content.article import Body
from shared.content.folder.asset import Asset
from shared.content.markdown.anchors import set_anchors
from shared.content.markdown.dialect import dialect
from shared.content.markdown.fences import Fence, build_samples, parse_fence
from shared.content.markdown.outline import check_headings
from shared.content.markdown.references import References
from shared.content.markdown.sections import collect_sections, heading_tree
from shared.content.markdown.tasks import mark_tasks
from shared.content.parsing.sanitize import sanitize
from shared.content.folder.verified import VerifiedRecord


@dataclass(frozen=True, slots=True)
class BodyContext:
    """Where a body stands: its ``source`` file and first line there, the ``url`` of its page, the files beside it."""

    source: str
    url: str
    first_line: int = 1
    assets: Mapping[str, Asset] = field(default_factory=dict)
    verified: VerifiedRecord = field(default_factory=dict)


def parse_body(text: str, context: BodyContext, *, wants_html: bool = True) -> Body:
    """Parse ``text``. Any text is valid: ``problems`` says what its author would want to know.

    Each section's anchor is exactly one id of the HTML.
    """
    parser = dialect()
    env: dict[str, Any] = {}
    tokens = parser.parse(text, env)
    mark_tasks(tokens)
    references = References(context.url, context.source, context.assets, set_anchors(tokens))
    references.collect(tokens, context.first_line)
    fences = _attach_fences(tokens, context)
    sections = collect_sections(tokens)
    return Body(
        html=_render(tokens, text, context) if wants_html else "",
        sections=sections,
        headings=heading_tree(sections),
        links=tuple(references.links),
        pictures=tuple(references.pictures),
        samples=tuple(fence.sample for fence in fences if fence.sample),
        problems=(
            *check_headings(tokens, context.source, context.first_line),
            *references.problems,
            *(problem for fence in fences for problem in fence.problems),
        ),
    )


def _attach_fences(tokens: Sequence[Token], context: BodyContext) -> list[Fence]:
    """Read every block of code, and put what was read on its token."""
    places = [index for index, token in enumerate(tokens) if token.type in {"fence", "code_block"}]
    fences = [
        parse_fence(tokens[index], context.source, context.first_line + (tokens[index].map or [0])[0])
        for index in places
    ]
    is_followed = [index + 1 < len(tokens) and tokens[index + 1].type == "fence" for index in places]
    samples = build_samples(fences, is_followed)
    fences = [replace(fence, sample=sample) for fence, sample in zip(fences, samples, strict=True)]
    for number, (index, fence) in enumerate(zip(places, fences, strict=True)):
        tokens[index].meta["fence"] = fence
        if is_followed[number] and fence.language != "output" and fences[number + 1].language == "output":
            tokens[index].meta["has_output"] = tokens[index + 1].meta["is_output"] = True
    return fences


def _render(tokens: Sequence[Token], text: str, context: BodyContext) -> str:
    """The tokens as sanitised HTML, then the diagrams (which passed their own allow-list) in their places."""
    parser = dialect()
    diagrams: dict[str, str] = {}
    # No text can hold the digest of itself, so no author can write another diagram's key.
    nonce = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    env: dict[str, Any] = {"verified": context.verified, "diagrams": diagrams, "nonce": nonce}
    html = sanitize(parser.renderer.render(tokens, parser.options, env))
    for key, drawing in diagrams.items():
        html = html.replace(key, drawing)
    return html
