"""Parameters of a search: parsed, or rejected with the name of the parameter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from shared.search.attributes import BY_PARAMETER, filters
from shared.search.contract import MAX_PAGE, MAX_SIZE, SearchQuery
from shared.search.parameters import (
    MAX_NAME_CHARS,
    MAX_VALUES,
    BadParameter,
    clean_text,
    parse_page,
    parse_search,
    searched_part,
)


def search(*pairs: tuple[str, str]) -> SearchQuery:
    """The search that ``pairs`` ask for."""
    return parse_search(MultiDict(pairs))


def test_a_name_may_be_typed_as_its_label() -> None:
    query = search(
        ("tag", "Machine Learning"), ("tag", "ci/cd"), ("tag", "C#"), ("series", "On Queues"), ("author", "Jane Doe")
    )
    assert query.filters == filters(tags=("machine-learning", "ci-cd", "c#"), series="on-queues", author="jane-doe")


def test_no_parameters_give_the_first_page_of_all_articles() -> None:
    assert search() == SearchQuery("")


def test_every_parameter_is_understood() -> None:
    query = search(
        ("q", "outbox pattern"),
        ("tag", "messaging"),
        ("tag", "databases"),
        ("year", "2026"),
        ("series", "reliability"),
        ("author", "jane-doe"),
        ("reviewed", "2025"),
        ("sort", "newest"),
        ("page", "3"),
        ("size", "50"),
        ("partial", "1"),
        ("exact", "true"),
        ("explain", "1"),
    )
    assert query == SearchQuery(
        "outbox pattern",
        filters=filters(
            tags=("messaging", "databases"), year=2026, series="reliability", author="jane-doe", reviewed=2025
        ),
        sort="newest",
        page=3,
        size=50,
        partial=True,
        exact=True,
        explain=True,
    )


def test_empty_values_are_absent_as_forms_send_them() -> None:
    names = ("q", *BY_PARAMETER, "sort", "page", "size", "partial", "exact", "explain")
    assert search(*((name, "") for name in names)) == SearchQuery("")


def test_unknown_parameters_are_ignored() -> None:
    assert search(("q", "x"), ("utm_source", "feed"), ("callback", "alert(1)")) == SearchQuery("x")


def test_tags_are_lower_case_and_distinct() -> None:
    assert search(("tag", "Kafka"), ("tag", " kafka "), ("tag", "")).values("tags") == ("kafka",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", "0"),
        ("page", "-1"),
        ("page", "abc"),
        ("page", "1.5"),
        ("page", "1e3"),
        ("page", "+1"),
        ("page", "1_0"),
        ("page", "٣"),
        ("page", str(MAX_PAGE + 1)),
        ("page", "9" * 400),
        ("size", "0"),
        ("size", "10000"),
        ("size", str(MAX_SIZE + 1)),
        ("size", "ten"),
        ("year", "x"),
        ("year", "26"),
        ("year", "20265"),
        ("year", "-2026"),
        ("sort", "best"),
        ("sort", "Newest"),
        ("partial", "yes"),
        ("exact", "2"),
        ("explain", "on"),
        ("tag", "x" * (MAX_NAME_CHARS + 1)),
        ("series", "x" * (MAX_NAME_CHARS + 1)),
    ],
)
def test_a_wrong_value_names_its_parameter_and_what_it_takes(name: str, value: str) -> None:
    with pytest.raises(BadParameter) as caught:
        search((name, value))
    assert caught.value.parameter == name
    assert name in str(caught.value)
    assert len(str(caught.value)) < 200


def test_the_first_of_a_repeated_parameter_counts() -> None:
    assert parse_page(MultiDict([("page", "2"), ("page", "3")])) == 2


@pytest.mark.parametrize("value", ["\x00", " \x07 ", "\u0085"])
def test_a_name_of_control_characters_alone_is_absent(value: str) -> None:
    assert search(("tag", value), ("series", value)) == SearchQuery("")


def test_too_many_tags_are_refused() -> None:
    pairs = [("tag", f"t{number}") for number in range(MAX_VALUES + 1)]
    assert len(search(*pairs[:-1]).values("tags")) == MAX_VALUES
    with pytest.raises(BadParameter) as caught:
        search(*pairs)
    assert caught.value.parameter == "tag"


@pytest.mark.parametrize(
    ("typed", "text", "is_cut"),
    [
        ("x" * 10, "x" * 10, False),
        ("x" * 11, "x" * 10, True),
        ("one two six", "one two", True),
        ("one two si", "one two si", False),
        ("one two si xs", "one two si", True),
        ("é" * 11, "é" * 10, True),
        ("   one      two    ", "one two", False),
    ],
)
def test_of_a_text_over_the_limit_the_words_that_fit_are_searched(typed: str, text: str, is_cut: bool) -> None:
    query = parse_search(MultiDict(q=typed), max_chars=10)
    assert query.text == text
    assert searched_part(MultiDict(q=typed), query, 10) == (text if is_cut else None)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("  outbox \t\n pattern ", "outbox pattern"),
        ("out\x00box\x07", "out box"),
        ("a\r\nb\u0085c", "a b c"),
        ("a\u00a0b\u3000c", "a b c"),
        ("cafe\u0301", "café"),
        ("\udcff x \ud800", "? x ?"),
        ("🦀 مرحبا", "🦀 مرحبا"),
        ('"unclosed', '"unclosed'),
        ("((((", "(((("),
    ],
)
def test_text_is_cleaned_of_control_characters(typed: str, text: str) -> None:
    assert clean_text(typed, keep_end=False) == text


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("outbox%20pattern", "outbox pattern"),
        ("/search/?q=caf%C3%A9%20noir&page=2", "/search/?q=café noir&page=2"),
        ("%E2%80%9Coutbox%20pattern%E2%80%9D", "\u201coutbox pattern\u201d"),
        ("outbox%20", "outbox"),
        *(
            (text, text)
            for text in ("100%25", "LIKE '%20%'", "LIKE '%20 %'", "%FF%20x", "%2520%20", "%d%20x", "50% of x%20y")
        ),
    ],
)
def test_percent_encoded_text_of_an_address_is_decoded(typed: str, text: str) -> None:
    assert clean_text(typed, keep_end=False) == text


def test_a_space_at_the_end_says_that_the_word_is_finished() -> None:
    assert search(("q", " out  "), ("partial", "1")).text == "out "
    assert search(("q", " out  "), ("partial", "0")).text == "out"


@given(st.text())
def test_cleaning_is_idempotent_and_always_valid_unicode(typed: str) -> None:
    text = clean_text(typed, keep_end=False)
    assert clean_text(text, keep_end=False) == text
    text.encode("utf-8")


@given(st.dictionaries(st.sampled_from(["q", "tag", "year", "sort", "page", "size", "partial"]), st.text(max_size=30)))
def test_any_parameters_are_a_search_or_a_bad_parameter(parameters: dict[str, str]) -> None:
    try:
        query = parse_search(MultiDict(parameters))
    except BadParameter as error:
        named = error.parameter
    else:
        named = next(iter(parameters), "q")
        assert 1 <= query.page <= MAX_PAGE
        assert 1 <= query.size <= MAX_SIZE
    assert named in {*parameters, "q"}
