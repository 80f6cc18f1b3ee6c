"""Vectors as whole numbers, and how close a query is to them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.semantic.table import BLOCK_ROWS, ArticleRows, VectorTable, quantize


def table_of(vectors: dict[str, list[tuple[str, list[float]]]]) -> VectorTable:
    """A table of articles with their sections' vectors."""
    rows = [quantize(np.array(vector, dtype=np.float32)) for sections in vectors.values() for _, vector in sections]
    return VectorTable(
        name="t",
        model="m",
        articles=tuple(ArticleRows(slug, tuple(anchor for anchor, _ in rows)) for slug, rows in vectors.items()),
        keys=np.zeros((len(rows), 16), dtype=np.uint8),
        vectors=np.array([vector for vector, _ in rows], dtype=np.int8),
        scales=np.array([scale for _, scale in rows], dtype=np.float32),
    )


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=64))
def test_quantizing_is_off_by_half_a_step_at_most(values: list[float]) -> None:
    vector = np.array(values, dtype=np.float32)
    whole, scale = quantize(vector)
    assert np.abs(whole.astype(np.int16)).max() <= 127
    assert np.abs(whole * scale - vector).max() <= scale * 0.5001 + 1e-37


def test_similarity_is_the_best_cosine_of_an_article_and_of_each_section() -> None:
    table = table_of({"a": [("", [1, 0]), ("x", [0, 1]), ("x", [0.6, 0.8])], "b": [("y", [-1, 0])]})
    similarities = table.similarities(np.array([0.8, 0.6], dtype=np.float32))
    assert similarities.of_articles(["b", "a"]) == pytest.approx([-0.8, 0.96], abs=0.01)
    assert similarities.of_sections("a") == pytest.approx({"x": 0.96, "": 0.8}, abs=0.01)
    assert list(similarities.of_sections("a")) == ["x", ""]
    assert [slug for slug, _ in similarities.closest(5)] == ["a", "b"]
    anchor, cosine = similarities.closest_section("a") or ("", 0.0)
    assert (anchor, round(cosine, 1)) == ("x", 1.0)
    assert similarities.of_section("a", "") == pytest.approx(0.8, abs=0.01)
    assert similarities.of_section("a", "x") == pytest.approx(0.96, abs=0.01)
    assert similarities.of_section("a", "gone") is None


def test_each_section_has_its_best_cosine_in_reading_order() -> None:
    table = table_of({"a": [("", [1, 0]), ("x", [0, 1]), ("x", [0.6, 0.8])], "b": [("y", [-1, 0])]})
    similarities = table.similarities(np.array([0.8, 0.6], dtype=np.float32))
    cosines, counts = similarities.by_section(["b", "new", "a"])
    assert counts.tolist() == [1, 0, 2]
    assert cosines == pytest.approx([-0.8, 0.8, 0.96], abs=0.01)
    assert table.rows.anchors("a") == ["", "x"]


def test_article_without_vectors_has_no_similarities() -> None:
    similarities = table_of({"a": [("", [1, 0])]}).similarities(np.array([1, 0], dtype=np.float32))
    assert np.isnan(similarities.of_articles(["new"])[0])
    assert similarities.of_sections("new") == {}
    assert similarities.closest_section("new") is None
    assert similarities.of_section("new", "") is None
    cosines, counts = similarities.by_section(["new"])
    assert (len(cosines), counts.tolist()) == (0, [0])
    assert similarities.rows.anchors("new") == []


def test_closest_are_the_best_from_the_least_cosine_on() -> None:
    rows = {f"a{number}": [("", [1 - number / 10, number / 10])] for number in range(10)}
    similarities = table_of(rows).similarities(np.array([1, 0], dtype=np.float32))
    assert [slug for slug, _ in similarities.closest(3)] == ["a0", "a1", "a2"]
    assert [slug for slug, _ in similarities.closest(3, least=0.75)] == ["a0", "a1", "a2"]
    assert [slug for slug, _ in similarities.closest(5, least=0.75)] == ["a0", "a1", "a2"]
    assert similarities.closest(5, least=1.1) == []


def test_products_by_blocks_equal_one_product() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(2 * BLOCK_ROWS + 7, 24)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    table = table_of({f"a{number}": [("", row.tolist())] for number, row in enumerate(vectors)})
    query = vectors[5]
    assert table.similarities(query).cosines == pytest.approx(vectors @ query, abs=0.01)
    assert table.similarities(query).closest(1)[0][0] == "a5"


def test_empty_table_is_close_to_nothing() -> None:
    table = VectorTable("t", "m", (), np.zeros((0, 16), np.uint8), np.zeros((0, 2), np.int8), np.zeros(0, np.float32))
    similarities = table.similarities(np.array([1, 0], dtype=np.float32))
    assert similarities.closest(3) == []
    assert np.isnan(similarities.of_articles(["a"])).all()
