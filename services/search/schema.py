"""The field table: the indexed fields, their weights, and their length normalization.

Documents, index and ranking all read it. Does not depend on an engine.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One indexed field.

    ``weight`` multiplies a term's frequency before fields are summed; ``b`` (0 to 1) is the strength of length
    normalization (BM25F). Unless ``is_stemmed``, words match only as they are written.
    """

    name: str
    weight: float
    b: float
    is_stemmed: bool = True


#: In the order of their numbers in the index. The weights and ``b`` were fitted to judged queries and to Cranfield, MED
#: and NPL; docs/search.md has the figures.
FIELDS: tuple[Field, ...] = (
    Field("title", weight=3.0, b=0.5),
    Field("headings", weight=1.8, b=0.5),
    Field("summary", weight=1.5, b=0.5),
    Field("tags", weight=1.5, b=0.0),
    Field("body", weight=1.0, b=0.7),
    Field("code", weight=0.7, b=0.7, is_stemmed=False),
    Field("links", weight=2.0, b=0.0),
)
#: Bits of a field number in a posting.
FIELD_BITS = 3
MAX_FIELDS = 1 << FIELD_BITS
FIELD_NUMBER = {field.name: number for number, field in enumerate(FIELDS)}
TITLE, HEADINGS, SUMMARY, TAGS, BODY, CODE, LINKS = range(7)

#: Empty positions between blocks: no phrase spans two blocks, and words of two blocks hardly count as close.
BLOCK_GAP = 12
