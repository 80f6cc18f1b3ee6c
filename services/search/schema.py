"""The field table: which fields are indexed, their weights, and how length counts.

Documents, index and ranking all read it. Does not depend on an engine.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One indexed field.

    ``weight`` multiplies a term's frequency before fields are summed; ``b`` (0 to 1) is the strength of length
    normalisation. Unless ``is_stemmed``, words match only as they are written.
    """

    name: str
    weight: float
    b: float
    is_stemmed: bool = True


#: The order is that of the field numbers in the index. A number has three bits, so there can be eight.
FIELDS: tuple[Field, ...] = (
    Field("title", weight=3.0, b=0.5),
    Field("headings", weight=1.8, b=0.5),
    Field("summary", weight=1.5, b=0.5),
    Field("tags", weight=1.5, b=0.0),
    Field("body", weight=1.0, b=0.7),
    Field("code", weight=0.7, b=0.7, is_stemmed=False),
    Field("links", weight=2.0, b=0.0),
)
FIELD_BITS = 3
MAX_FIELDS = 1 << FIELD_BITS
FIELD_NUMBER = {field.name: number for number, field in enumerate(FIELDS)}
TITLE, HEADINGS, SUMMARY, TAGS, BODY, CODE, LINKS = range(7)

#: Empty positions between blocks, so that a phrase never spans two of them and closeness hardly does.
BLOCK_GAP = 12
