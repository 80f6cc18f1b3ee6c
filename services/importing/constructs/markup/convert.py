"""All converters of this package, in order of their dependencies."""

from __future__ import annotations

from services.importing.constructs.context import Context
from services.importing.constructs.draft import Draft
from services.importing.constructs.markup.attributes import convert_attributes
from services.importing.constructs.markup.characters import convert_characters
from services.importing.constructs.markup.directives import convert_directives
from services.importing.constructs.markup.elements import convert_elements
from services.importing.constructs.markup.includes import convert_includes
from services.importing.constructs.markup.jsx import convert_jsx
from services.importing.constructs.markup.removed import remove_elements


def convert_markup(draft: Draft, context: Context) -> None:
    """Convert the markup of ``draft``."""
    convert_directives(draft, context)
    convert_includes(draft, context)
    if "<" in draft.text:
        if context.site.kind in {"docusaurus", "astro"}:
            convert_jsx(draft, context)
        convert_elements(draft)
        remove_elements(draft)
    convert_attributes(draft)
    convert_characters(draft, context)
