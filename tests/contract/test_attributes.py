"""The table of attributes: everything that follows from an entry, without another place that names it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.search.attributes import (
    ATTRIBUTES,
    BY_NAME,
    ORDERS,
    Attribute,
    both,
    filters,
    make_filters,
    name_of,
    number_of,
    passes,
    sort_key_of,
    values_in,
    year_of,
)
from tests.search_service.articles import SITE, make_article


def test_names_and_orders_are_unique() -> None:
    for names in (
        [one.name for one in ATTRIBUTES],
        [one.parameter for one in ATTRIBUTES],
        [one.facet for one in ATTRIBUTES],
        [order.name for one in ATTRIBUTES for order in one.orders],
    ):
        assert len(set(names)) == len(names)
    assert len(ORDERS) == 1 + sum(len(one.orders) for one in ATTRIBUTES)


def test_only_attributes_with_an_order_sort() -> None:
    assert all(one.kind != "keyword" for one in ATTRIBUTES if one.orders)


def test_filters_are_in_the_order_of_the_table_and_asked_once() -> None:
    assert make_filters({"series": ("a",), "tags": ("x", "y", "x"), "year": ()}) == (
        ("tags", ("x", "y")),
        ("series", ("a",)),
    )
    assert filters(year=2026) == (("year", (2026,)),)


def test_two_sets_of_filters_are_both_required() -> None:
    assert both(filters(tags="a", year=2025), filters(tags="b", year=2026)) == filters(
        tags=("a", "b"), year=(2025, 2026)
    )
    assert not passes(SITE[0], filters(year=(2025, 2026)))


def test_an_article_passes_with_all_that_is_asked_for() -> None:
    outbox = SITE[0]
    assert passes(outbox, ())
    assert passes(outbox, filters(tags=("messaging", "databases"), author="ada-writer", reviewed=2026))
    assert not passes(outbox, filters(tags=("messaging", "security")))
    assert not passes(make_article("plain"), filters(author="ada-writer"))


@pytest.mark.parametrize(
    ("name", "value"),
    [("Ada Writer", "ada-writer"), ("José Núñez", "jose-nunez"), ("山田 太郎", "山田 太郎"), ("  ", "")],
)
def test_a_name_is_its_slug_or_its_words(name: str, value: str) -> None:
    assert name_of(name) == value


@pytest.mark.parametrize(("typed", "value"), [("2026", 2026), ("٢٠٢٦", None), ("+202", None), ("26", None), ("", None)])
def test_a_year_has_four_digits(typed: str, value: int | None) -> None:
    assert year_of(typed) == value


def test_a_number_is_filtered_counted_and_sorted_as_it_is() -> None:
    minutes = Attribute(
        "minutes",
        "int",
        lambda article: article.reading_minutes,
        "minutes",
        "minutes",
        "Minutes",
        "",
        value_of=number_of,
    )
    article = make_article("any")
    assert list(values_in(minutes, article)) == [(1, "1")]
    assert sort_key_of(minutes, article) == 1
    assert minutes.value_of("12") == 12
    assert minutes.value_of("12,5") is None


def test_a_date_is_filtered_by_its_year_and_sorted_by_its_second() -> None:
    assert list(values_in(BY_NAME["year"], SITE[0])) == [(2025, "2025")]
    assert sort_key_of(BY_NAME["year"], SITE[0]) == int(datetime(2025, 1, 11, tzinfo=UTC).timestamp())
