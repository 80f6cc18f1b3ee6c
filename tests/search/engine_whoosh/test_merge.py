"""Segments that are merged are the segment that is packed at once."""

from __future__ import annotations

import random

import numpy as np
import pytest

from services.search.engine_whoosh.segment.memory_segment import invert
from services.search.engine_whoosh.segment.merge import Part, merge
from services.search.engine_whoosh.segment.pack import pack
from services.search.engine_whoosh.store.array_file import Array
from services.search.text.term_table import TermTable
from shared.content.article import Article
from tests.search.corpus import make_article
from tests.search_service.articles import SITE


def packed(articles: list[Article]) -> dict[str, Array]:
    return pack([invert(articles, TermTable())])


@pytest.mark.parametrize("seed", range(6))
def test_merged_segments_without_deleted_documents_are_the_segment_of_what_is_left(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 # test data
    articles = [*SITE, *(make_article(number, version=seed) for number in range(30))]
    rng.shuffle(articles)
    parts: list[Part] = []
    left: list[Article] = []
    for size in (1, 7, 12, len(articles) - 20):
        own, articles = articles[:size], articles[size:]
        deleted = set(rng.sample(range(size), rng.randint(0, size // 2))) if seed else set()
        parts.append((packed(own), deleted))
        left += (article for number, article in enumerate(own) if number not in deleted)
    merged, at_once = merge(parts), packed(left)
    assert merged.keys() == at_once.keys()
    assert [name for name in merged if not np.array_equal(merged[name], at_once[name])] == []
    assert [name for name in merged if merged[name].dtype != at_once[name].dtype] == []
