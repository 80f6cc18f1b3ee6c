"""Addresses of searches, both ways; and that render and search read them alike."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from services.render.search_params import BadParameter, is_search, parse_page, parse_search, search_url, toggle_tag
from services.search import parameters
from shared.search_api import SORTS, SearchQuery

NAMES = ("q", "tag", "year", "series", "sort", "page", "size", "exact")


def parse(address: str) -> SearchQuery:
    return parse_search(parse_qsl(urlsplit(address).query, keep_blank_values=True), 200)


def test_every_parameter_is_read() -> None:
    query = parse("/?q=outbox+pattern&tag=a&tag=b&year=2026&series=reliability&sort=newest&page=2&size=5&exact=1")
    assert query == SearchQuery("outbox pattern", ("a", "b"), 2026, "reliability", "newest", page=2, size=5, exact=True)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/?page=0", "page"),
        ("/?page=abc", "page"),
        ("/?page=1_0", "page"),
        ("/?page=1001", "page"),
        ("/?page=%D9%A1", "page"),
        ("/?size=10000", "size"),
        ("/?size=-1", "size"),
        ("/?year=x", "year"),
        ("/?year=20260", "year"),
        ("/?sort=best", "sort"),
        ("/?exact=perhaps", "exact"),
        ("/?tag=" + "x" * 201, "tag"),
        ("/?series=" + "x" * 201, "series"),
        ("/?" + "&".join(f"tag={n}" for n in range(21)), "tag"),
        ("/?q=" + "x" * 201, "q"),
    ],
)
def test_a_wrong_parameter_is_named(address: str, name: str) -> None:
    with pytest.raises(BadParameter) as error:
        parse(address)
    assert error.value.name == name
    assert str(error.value).startswith(f"{name} takes ")


def test_empty_parameters_count_as_absent() -> None:
    assert parse("/?q=&tag=&year=&series=&sort=&page=&size=&exact=") == SearchQuery("")


@pytest.mark.parametrize(
    ("address", "expected"),
    [("/?q=", False), ("/?q=+", False), ("/?q=a", True), ("/?tag=x", True), ("/?page=2", False), ("/?utm=1", False)],
)
def test_only_search_parameters_make_a_search(address: str, expected: bool) -> None:
    assert is_search(parse_qsl(urlsplit(address).query, keep_blank_values=True)) is expected


def test_the_first_of_a_repeated_parameter_counts() -> None:
    assert parse_page([("page", "2"), ("page", "3")]) == 2


def test_control_characters_are_white_space() -> None:
    assert parse("/?q=a%00b%0A%09c").text == "a b c"


def test_toggling_a_tag_twice_gives_the_same_search() -> None:
    query = parse("/?q=x&tag=a&page=3")
    added = parse(toggle_tag(query, "b"))
    assert added == SearchQuery("x", ("a", "b"))
    assert parse(toggle_tag(added, "b")) == SearchQuery("x", ("a",))


queries = st.builds(
    SearchQuery,
    text=st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=40).map(
        lambda text: parameters.clean_text(text, keep_end=False)
    ),
    tags=st.lists(st.from_regex(r"[a-z0-9+#-]{1,10}", fullmatch=True), max_size=4, unique=True).map(tuple),
    year=st.none() | st.integers(1000, 9999),
    series=st.none() | st.from_regex(r"[a-z0-9-]{1,10}", fullmatch=True),
    sort=st.sampled_from(SORTS),
    page=st.integers(1, 1000),
    size=st.integers(1, 50),
    exact=st.booleans(),
)


@given(queries)
def test_an_address_leads_back_to_its_search(query: SearchQuery) -> None:
    assert parse(search_url(query)) == query


values = st.text(max_size=30) | st.sampled_from(
    ["0", "1", "007", "2026", "newest", "true", " 2 ", "x" * 201, "1000000000"]
)


@given(st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=8))
def test_render_and_search_read_the_same_address_alike(params: list[tuple[str, str]]) -> None:
    try:
        theirs: SearchQuery | str = parameters.parse_search(MultiDict(params), max_chars=200)
    except parameters.BadQuery as error:
        theirs = error.parameter
    try:
        ours: SearchQuery | str = parse_search(params, 200)
    except BadParameter as error:
        ours = error.name
    assert isinstance(ours, str) == isinstance(theirs, str)
    if isinstance(ours, SearchQuery):
        assert ours == theirs
