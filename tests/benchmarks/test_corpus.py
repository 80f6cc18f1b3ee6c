"""The texts that are measured on."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks import BenchmarkError, CorpusMissing
from benchmarks.corpus import Corpus, as_content, cache_dir, data_dir
from tests.search_service.articles import SITE


def test_a_page_of_the_archive_becomes_content_dated_twenty_years_earlier() -> None:
    page = "---\ntitle: A\ndate: 2012-02-29\n---\n\ndate: 2012 stays\n"
    assert as_content(page) == "---\ntitle: A\npublished: 1992-02-29\n---\n\ndate: 2012 stays\n"


def test_a_larger_part_contains_a_smaller_one(tmp_path: Path) -> None:
    corpus = Corpus("small", SITE, (), tmp_path, tmp_path, "digest")
    parts = [corpus.part(pages) for pages in range(len(SITE) + 1)]
    assert [len(part) for part in parts] == list(range(len(SITE) + 1))
    assert all(larger[: len(smaller)] == smaller for smaller, larger in pairwise(parts))


def test_missing_corpora_are_named_with_the_way_to_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    with pytest.raises(CorpusMissing, match=r"not there.*set BENCH_DATA"):
        data_dir()


def test_a_cache_directory_that_others_can_write_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies in it is unpickled."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = cache_dir()
    path.chmod(0o777)
    with pytest.raises(BenchmarkError, match="open to others"):
        cache_dir()
