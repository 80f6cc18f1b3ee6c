"""Addresses of search pages, both ways."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.render.searching.urls import is_search, parse_page_search, search_url, toggle_url
from shared.content.slug import slugify, tag_slug
from shared.search.attributes import BY_NAME, SORTS, filters, make_filters
from shared.search.contract import SearchQuery
from shared.search.parameters import BadParameter, clean_text


def parse(address: str) -> SearchQuery:
    return parse_page_search(parse_qsl(urlsplit(address).query, keep_blank_values=True), 200)


def test_every_parameter_is_read() -> None:
    query = parse("/?q=outbox+pattern&tag=a&tag=b&year=2026&series=reliability&sort=newest&page=2&size=5&exact=1")
    wanted = filters(tags=("a", "b"), year=2026, series="reliability")
    assert query == SearchQuery("outbox pattern", wanted, "newest", page=2, size=5, exact=True)


def test_a_wrong_parameter_is_named() -> None:
    with pytest.raises(BadParameter) as error:
        parse("/?q=x&sort=best")
    assert error.value.parameter == "sort"


def test_parameters_for_programs_are_ignored_by_pages() -> None:
    assert parse("/?q=x+&partial=1&explain=yes") == SearchQuery("x")


def test_empty_parameters_count_as_absent() -> None:
    assert parse("/?q=&tag=&year=&series=&sort=&page=&size=&exact=") == SearchQuery("")


@pytest.mark.parametrize(
    ("address", "expected"),
    [("/?q=", False), ("/?q=+", False), ("/?q=a", True), ("/?tag=x", True), ("/?page=2", False), ("/?utm=1", False)],
)
def test_only_search_parameters_make_a_search(address: str, expected: bool) -> None:
    assert is_search(parse_qsl(urlsplit(address).query, keep_blank_values=True)) is expected


def test_toggling_a_tag_twice_gives_the_same_search() -> None:
    query = parse("/?q=x&tag=a&page=3")
    added = parse(toggle_url(query, BY_NAME["tags"], "b"))
    assert added == SearchQuery("x", filters(tags=("a", "b")))
    assert parse(toggle_url(added, BY_NAME["tags"], "b")) == SearchQuery("x", filters(tags="a"))


#: Values as articles have them: a tag and a series name make a slug, and a slug makes itself.
tags = st.from_regex(r"[a-z0-9+#-]{1,10}", fullmatch=True).map(tag_slug).filter(bool)
series = st.from_regex(r"[a-z0-9-]{1,10}", fullmatch=True).map(slugify).filter(bool)
queries = st.builds(
    SearchQuery,
    text=st.text(max_size=40).map(lambda text: clean_text(text, keep_end=False)),
    filters=st.fixed_dictionaries(
        {},
        optional={
            "tags": st.lists(tags, max_size=4, unique=True),
            "year": st.integers(1000, 9999).map(lambda year: [year]),
            "series": series.map(lambda slug: [slug]),
        },
    ).map(lambda chosen: make_filters({name: tuple(values) for name, values in chosen.items()})),  # type: ignore[arg-type] # mixed
    sort=st.sampled_from(SORTS),
    page=st.integers(1, 1000),
    size=st.integers(1, 50),
    exact=st.booleans(),
)


@given(queries)
def test_an_address_leads_back_to_its_search(query: SearchQuery) -> None:
    assert parse(search_url(query)) == query
