"""One article in the form for results: the parts of a hit, and the text for snippets."""

from __future__ import annotations

from typing import Any

from services.render.pages.results import hit_view
from services.render.pages.templates import Pages
from services.render.searching.fallback import article_hit
from services.render.site.scope import Scope
from services.search.indexing.documents import IndexDocument

#: The kinds of blocks, as numbers.
_PROSE, _CODE = 0, 1


def fragment(scope: Scope, pages: Pages, document: IndexDocument) -> dict[str, Any]:
    """The article of ``document`` as JSON.

    Each section is its anchor, heading, first position, first position after the heading, and its blocks: kind, text.
    """
    article = document.article
    sections = [
        [
            section.anchor,
            section.heading,
            place.position,
            place.body_position,
            [[_CODE if block.kind == "code" else _PROSE, block.text] for block in section.blocks],
        ]
        for section, place in zip(article.body.sections, document.sections, strict=True)
    ]
    return {
        "url": scope.mount + article.url,
        "title": article.title,
        "frame": pages.render_hit(hit_view(scope, article_hit(article, ()), is_best=False), scope.words, scope.mount),
        "sections": sections,
    }
