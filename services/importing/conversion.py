"""Run one document through all converters. Pure: other files are read through its context."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.importing.constructs.containers import convert_containers
from services.importing.constructs.context import SOURCE_SCHEME, Context, Read
from services.importing.constructs.dialect import settle_tabs
from services.importing.constructs.draft import Draft
from services.importing.constructs.fences import convert_fences
from services.importing.constructs.formulas import Formulas, convert_formulas
from services.importing.constructs.headings import Outline, convert_headings
from services.importing.constructs.liquid import convert_liquid
from services.importing.constructs.markup import convert_markup
from services.importing.constructs.mdx import convert_mdx
from services.importing.constructs.plain import plain, take_summary
from services.importing.constructs.shortcodes import convert_hugo, convert_zola
from services.importing.findings import Findings
from services.importing.foreign_site import Document, ForeignSite
from services.importing.metadata.table import Metadata
from shared.content.markdown.faults.foreign import KINDS, may_be

#: The template language of each kind's Markdown.
_TEMPLATES = {
    "hugo": convert_hugo,
    "zola": convert_zola,
    "jekyll": convert_liquid,
    "eleventy": convert_liquid,
    "pelican": convert_liquid,
    "docusaurus": convert_mdx,
    "astro": convert_mdx,
}
#: Kinds of foreign syntax that only a parse tells from Markdown: [[1]](address), === "Tab", [x]:https://…
_ONLY_IN_TEXT = frozenset({"a wiki link", "a tab without its title", "an emoji code"})
_BLANKS = re.compile(r"\n{4,}")


@dataclass(slots=True)
class Converted:
    """A document in this site's syntax, with links still to the source.

    ``kept`` maps the files of the source that it includes code from to their paths in the content folder.
    """

    document: Document
    draft: Draft
    metadata: Metadata
    outline: Outline = field(default_factory=Outline)
    kept: Mapping[str, str] = field(default_factory=dict)


def convert(document: Document, metadata: Metadata, site: ForeignSite, read: Read, findings: Findings) -> Converted:
    """Convert all but the links, which need the places of all documents."""
    foreign = document.foreign
    draft = Draft(document.path, foreign.body, foreign.body_line, findings, document.lines)
    context = Context(site, document, read, _variables(document, site))
    templates = _TEMPLATES.get(site.kind)
    if templates is not None:
        templates(draft, context)
    elif site.kind == "mkdocs-material" and site.options.get("macros"):
        convert_liquid(draft, context)
    separator = str(document.data.get("excerpt_separator") or site.options.get("excerpt_separator") or "")
    convert_formulas(draft, context)
    convert_containers(draft, context)
    convert_markup(draft, context)
    convert_fences(draft, context.included)
    outline = convert_headings(draft, metadata.title, site.id_rule)
    settle_tabs(draft)
    _report_left(draft)
    # Links are resolved later.
    excerpt = take_summary(draft, separator).replace(SOURCE_SCHEME, "")
    metadata.summary = " ".join(plain(metadata.summary).split()) or excerpt
    if not metadata.title:
        metadata.title = plain(outline.title) or _title_of(document)
    else:
        metadata.title = plain(metadata.title) or metadata.title
    metadata.summary = metadata.summary or metadata.title
    draft.apply((match.start(), match.end(), "\n\n") for match in draft.matches(_BLANKS, "text"))
    return Converted(document, draft, metadata, outline, context.kept)


def _report_left(draft: Draft) -> None:
    """Report what still is syntax of another tool, as `perspective check` will name it."""
    formulas = Formulas(draft.text)
    for kind in KINDS if may_be(draft.text) else ():
        for match in draft.matches(kind.looks) if kind.name not in _ONLY_IN_TEXT else ():
            if match.start() not in formulas:
                draft.report("left", kind.name, match.start(), match[0].strip()[:60])


def _title_of(document: Document) -> str:
    """A title for a document without one, from its name."""
    name = document.names[-1] if document.names else document.path
    words = " ".join(re.sub(r"[-_]+", " ", name).split())
    return words[:1].upper() + words[1:] if words else document.path


def _variables(document: Document, site: ForeignSite) -> dict[str, Any]:
    """The variables of templates: the site, and the page under its names in Jekyll, Nunjucks and Liquid."""
    address = document.addresses[0] if document.addresses else ""
    page = {**document.data, "url": address, "path": document.path}
    if document.dated:
        page.setdefault("date", document.dated)
    return {
        **site.variables,
        **document.data,
        "page": {**page, "fileSlug": document.names[-1] if document.names else ""},
    }
