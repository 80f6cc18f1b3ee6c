"""Filters and facets over the tables of a generation: which documents have a tag, year or series, and exact counts."""

from __future__ import annotations

import numpy as np

from services.search.engine_whoosh.matching.ranges import ranges
from services.search.engine_whoosh.segment.generation import I64, Bools, Generation
from shared.search.contract import FacetCount, Facets

#: Of fewer than one in eight documents the tags are picked out; of more all are looked through.
_FEW_BITS = 3


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
    names = generation.tags
    tags = [FacetCount(names[n], count) for n, count in _most_first(np.bincount(_tags_of(generation, documents)))]
    years = np.bincount(generation.year_numbers.take(documents), minlength=1)
    by_year = [FacetCount(generation.first_year + n, count) for n, count in enumerate(years[1:].tolist()) if count]
    of_series = np.bincount(generation.series_numbers.take(documents) + 1, minlength=1)
    series = []
    for number, count in _most_first(of_series[1:]):
        slug, name = generation.series[number]
        series.append(FacetCount(slug, count, name))
    return Facets(tuple(tags), tuple(reversed(by_year)), tuple(series))


def _tags_of(generation: Generation, documents: I64) -> I64:
    """The numbers of all tags of ``documents``, document by document or tag by tag."""
    if len(documents) > generation.documents >> _FEW_BITS:
        mask = np.zeros(generation.documents, dtype=bool)
        mask[documents] = True
        return generation.tag_numbers[mask.take(generation.tag_documents)]
    firsts = generation.tag_starts.take(documents)
    return generation.tag_numbers.take(ranges(firsts, generation.tag_starts.take(documents + 1) - firsts))


def _most_first(counts: I64) -> list[tuple[int, int]]:
    """What has a count, with it, highest first. Numbers are in order of names, and stay so where counts are equal."""
    found = counts.nonzero()[0]
    order = found.take((-counts.take(found)).argsort(kind="stable"))
    return list(zip(order.tolist(), counts.take(order).tolist(), strict=True))
