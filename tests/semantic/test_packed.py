"""Vectors packed for products with whole numbers answer as floats do."""

from __future__ import annotations

import math

import numpy as np
import onnx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from services.search.semantic.encoder import open_graph
from services.search.semantic.packed import BASE, DIGITS, GRAPH_ROWS, HIGHEST, ZERO, digits_of, pack, product_graph
from services.search.semantic.table import F32, ArticleRows, VectorTable

COMPONENTS = 24
#: The share of the largest component by which the digits of any may be off.
FINEST = 0.5 / (HIGHEST * BASE ** (DIGITS - 1))
#: The largest error of a cosine: all components are off by that, and as large as each other.
ERROR = FINEST * math.sqrt(COMPONENTS) + 2e-7


def unit_vectors(count: int, seed: int = 1) -> F32:
    """Random vectors of length 1, in one direction more than in others, as those of a model are."""
    vectors = np.random.default_rng(seed).normal(size=(count, COMPONENTS)) + np.eye(COMPONENTS)[0]
    units: F32 = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return units


def table_of(vectors: F32) -> VectorTable:
    """A table of articles with three rows each, the last one with what is left."""
    scales = np.abs(vectors).max(axis=1, initial=0.0) / 127
    starts = range(0, len(vectors), 3)
    anchors = [tuple(f"s{row}" for row in range(start, min(start + 3, len(vectors)))) for start in starts]
    return VectorTable(
        name="t",
        model="m",
        articles=tuple(ArticleRows(f"a{number}", rows) for number, rows in enumerate(anchors)),
        keys=np.zeros((len(vectors), 16), dtype=np.uint8),
        vectors=np.rint(vectors / scales[:, None]).astype(np.int8),
        scales=scales.astype(np.float32),
    )


@pytest.mark.parametrize("rows", [1, 2, 1000, GRAPH_ROWS, GRAPH_ROWS + 1, 2 * GRAPH_ROWS + 7])
def test_cosines_are_those_of_doubles(rows: int) -> None:
    table = table_of(unit_vectors(rows))
    packed = pack(table)
    for query in unit_vectors(5, seed=2):
        exact = (table.vectors.astype(np.float64) * table.scales[:, None]) @ query
        assert np.abs(packed.similarities(query).cosines - exact).max() < ERROR


def test_similarity_is_that_of_the_table() -> None:
    table = table_of(unit_vectors(3000))
    packed = pack(table)
    assert (packed.name, packed.model) == (table.name, table.model)
    for query in unit_vectors(20, seed=3):
        found, wanted = packed.similarities(query), table.similarities(query)
        assert [cosine for _, cosine in found.closest(30)] == pytest.approx(
            [cosine for _, cosine in wanted.closest(30)], abs=ERROR
        )
        assert list(found.of_sections("a7")) == list(wanted.of_sections("a7"))
        assert found.of_articles(["a999", "none", "a0"]) == pytest.approx(
            wanted.of_articles(["a999", "none", "a0"]), abs=ERROR, nan_ok=True
        )


def test_packed_vectors_no_longer_need_the_table() -> None:
    table = table_of(unit_vectors(100))
    query = unit_vectors(1, seed=4)[0]
    wanted = table.similarities(query).cosines
    packed = pack(table)
    table.vectors[:] = 0
    assert packed.similarities(query).cosines == pytest.approx(wanted, abs=ERROR)


def test_table_without_rows_is_close_to_nothing() -> None:
    none = VectorTable("t", "m", (), np.zeros((0, 16), np.uint8), np.zeros((0, 0), np.int8), np.zeros(0, np.float32))
    similarities = pack(none).similarities(unit_vectors(1)[0])
    assert similarities.closest(3) == []
    assert np.isnan(similarities.of_articles(["a"])).all()


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=64))
@example([1.401298464324817e-45])
def test_digits_restore_a_vector(values: list[float]) -> None:
    vector = np.array(values, dtype=np.float32)
    digits, weights = digits_of(vector)
    assert digits.shape == (DIGITS, len(vector))
    assert np.abs(digits.astype(int) - ZERO).max() <= HIGHEST
    restored = weights.astype(np.float64) @ (digits.astype(int) - ZERO)
    assert np.abs(restored - vector).max() <= (FINEST + 1e-7) * np.abs(vector).max() + 1e-37


def test_products_of_the_largest_numbers_are_exact() -> None:
    rows, components = 40, 384
    vectors = np.where(np.arange(rows) % 2, 127, -127).astype(np.int8).repeat(components).reshape(rows, components)
    product = open_graph(product_graph(rows, components), {"vectors": np.ascontiguousarray(vectors.T)})
    for digit in (-HIGHEST, HIGHEST):
        products = product(np.full((DIGITS, components), digit + ZERO, dtype=np.uint8))
        assert (products == digit * vectors.astype(int).sum(axis=1)).all()


def test_graph_is_what_the_library_of_the_format_writes() -> None:
    """Also with sizes of more than one byte."""
    rows, components = 300, 200
    vectors = TensorProto(
        name="vectors", data_type=TensorProto.INT8, dims=(components, rows), data_location=TensorProto.EXTERNAL
    )
    vectors.external_data.add(key="location", value="memory")
    zero = helper.make_tensor("zero", TensorProto.UINT8, (), bytes([ZERO]), raw=True)
    given = helper.make_tensor_value_info("digits", TensorProto.UINT8, (DIGITS, components))
    output = helper.make_tensor_value_info("products", TensorProto.INT32, (DIGITS, rows))
    node = helper.make_node("MatMulInteger", ["digits", "vectors", "zero"], ["products"])
    graph = helper.make_graph([node], "products", [given], [output], [vectors, zero])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 10)], ir_version=8)
    assert onnx.load_from_string(product_graph(rows, components)) == model
