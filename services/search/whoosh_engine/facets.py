"""Filters and facets over the tables of a generation: which documents have a tag, year or series, and exact counts."""

from __future__ import annotations

from operator import attrgetter

import numpy as np

from services.search.whoosh_engine.generation import I64, Bools, Generation
from shared.search_api import FacetCount, Facets

_COUNT = attrgetter("count")


def filter_mask(generation: Generation, tags: tuple[str, ...], year: int | None, series: str | None) -> Bools:
    """The live documents that have all ``tags``, were published in ``year`` and belong to ``series`` (a slug). Do not
    change it.
    """
    mask = generation.is_live
    for tag in tags:
        mask = mask & _has_tag(generation, tag)
    if year is not None:
        mask = mask & (generation.years == year)
    if series is not None:
        numbers = [number for number, (slug, _) in enumerate(generation.series) if slug == series]
        mask = mask & np.isin(generation.series_numbers, numbers)
    return mask


def _has_tag(generation: Generation, tag: str) -> Bools:
    has = np.zeros(generation.documents, dtype=bool)
    if tag in generation.tags:
        rows = np.flatnonzero(generation.tag_numbers == generation.tags.index(tag))
        has[np.searchsorted(generation.tag_starts, rows, side="right") - 1] = True
    return has


def count_facets(generation: Generation, documents: I64) -> Facets:
    """How many of ``documents`` each tag, year and series has."""
    mask = np.zeros(generation.documents, dtype=bool)
    mask[documents] = True
    of_tags = generation.tag_numbers[mask.take(generation.tag_documents)]
    tag_counts = np.bincount(of_tags, minlength=len(generation.tags)).tolist()
    tags = [FacetCount(tag, count) for tag, count in zip(generation.tags, tag_counts, strict=True) if count]
    years = generation.years.take(documents)
    year_counts = np.bincount(years[years > 0] - generation.first_year).tolist()
    by_year = [FacetCount(generation.first_year + n, count) for n, count in enumerate(year_counts) if count]
    in_series = generation.series_numbers[documents]
    series_counts = np.bincount(in_series[in_series >= 0], minlength=len(generation.series)).tolist()
    series = [
        FacetCount(slug, count, name)
        for (slug, name), count in zip(generation.series, series_counts, strict=True)
        if count
    ]
    return Facets(
        # Both are in order of their names, and stay so where counts are equal.
        tags=tuple(sorted(tags, key=_COUNT, reverse=True)),
        years=tuple(reversed(by_year)),
        series=tuple(sorted(series, key=_COUNT, reverse=True)),
    )
