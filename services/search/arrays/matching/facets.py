"""Filters and facets over the columns of a generation: the documents that match filters, and exact counts per value."""

from __future__ import annotations

from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.segment import I64, Bools
from shared.search.attributes import ATTRIBUTES, Filters
from shared.search.contract import Facets


def filter_mask(generation: Generation, filters: Filters) -> Bools:
    """The live documents that have every value of ``filters``. Treat the mask as read-only."""
    mask = generation.is_live
    for name, values in filters:
        for value in values:
            mask = mask & generation.columns[name].has(value)
    return mask


def count_facets(generation: Generation, documents: I64) -> Facets:
    """Count ``documents`` per value of each attribute."""
    return {one.facet: generation.columns[one.name].counts(documents) for one in ATTRIBUTES}
