"""Segments that are merged are the segment that is packed at once."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from services.search.arrays.array_file import Array, ArrayFile, ArrayWriter, write_arrays
from services.search.arrays.segment import merge as merging
from services.search.arrays.segment import merge_documents
from services.search.arrays.segment.memory_segment import invert
from services.search.arrays.segment.merge import merge
from services.search.arrays.segment.merge_documents import Part
from services.search.arrays.segment.pack import pack
from services.search.text.term_table import TermTable
from shared.content.article import Article
from tests.search.corpus import make_article
from tests.search_service.articles import SITE


def packed(articles: list[Article]) -> dict[str, Array]:
    return pack(invert(articles, TermTable()))


def merged_in(folder: Path, parts: list[Part]) -> ArrayFile:
    """The merged segment, of parts that are files as in an index."""
    files: list[Part] = []
    for number, (arrays, deleted) in enumerate(parts):
        write_arrays(folder / f"{number}.arrays", arrays)
        files.append((ArrayFile(folder / f"{number}.arrays"), deleted))
    writer = ArrayWriter(folder / "merged.arrays")
    merge(files, writer)
    writer.close()
    return ArrayFile(folder / "merged.arrays")


@pytest.mark.parametrize("chunk_rows", [1, 100, 1 << 20])
@pytest.mark.parametrize("seed", range(4))
def test_merged_segments_equal_one_segment_of_the_live_documents(
    seed: int, chunk_rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "CHUNK_ROWS", chunk_rows)
    monkeypatch.setattr(merge_documents, "_PIECE_BYTES", chunk_rows * 7)
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
    merged, at_once = merged_in(tmp_path, parts), packed(left)
    assert merged.keys() == at_once.keys()
    assert [name for name in merged if not np.array_equal(merged[name], at_once[name])] == []
    assert [name for name in merged if merged[name].dtype != at_once[name].dtype] == []
