"""The wire format of search: each side reads what the other writes, and nothing else."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.search.attributes import ATTRIBUTES, SORTS
from shared.search.contract import (
    MAX_SIZE,
    Building,
    Correction,
    Explanation,
    FacetCount,
    Hit,
    RelatedArticle,
    SearchQuery,
    SearchResults,
    SectionHit,
    Suggestion,
)
from shared.search.encoding import (
    MAX_LISTED,
    MalformedAnswer,
    dump_related,
    dump_results,
    dump_suggestions,
    parse_related,
    parse_results,
    parse_status,
    parse_suggestions,
)

texts = st.text(alphabet=st.characters(codec="utf-8"), max_size=20)
marked = st.lists(st.tuples(texts, st.booleans()), max_size=3).map(tuple)
paths = texts.map(lambda text: "/articles/" + text)
numbers = st.floats(0, 1e6)
explanations = st.builds(
    Explanation, texts, numbers, st.lists(st.builds(Explanation, texts, numbers), max_size=2).map(tuple)
)
sections = st.builds(SectionHit, texts, texts, paths, marked, st.booleans())
hits = st.builds(
    Hit,
    slug=texts,
    url=paths,
    title=marked,
    summary=texts,
    published=st.dates().map(lambda day: day.isoformat()),
    tags=st.lists(texts, max_size=2).map(tuple),
    series=st.none() | texts,
    reading_minutes=st.integers(1, 99),
    score=numbers,
    sections=st.lists(sections, max_size=3).map(tuple),
    explanation=st.none() | explanations,
)
counts = st.lists(st.builds(FacetCount, texts | st.integers(1000, 9999), st.integers(0, 99), texts), max_size=2).map(
    tuple
)
results = st.builds(
    SearchResults,
    query=st.builds(SearchQuery, texts, sort=st.sampled_from(SORTS)),
    total=st.integers(2, 1000),
    took_ms=numbers,
    generation=texts,
    hits=st.lists(hits, max_size=2).map(tuple),
    facets=st.fixed_dictionaries({one.facet: counts for one in ATTRIBUTES}),
    correction=st.none() | st.builds(Correction, texts, texts),
    matched=st.sampled_from(["all", "some"]),
    by_meaning=st.lists(hits, max_size=3).map(tuple),
    building=st.none() | st.builds(Building, st.integers(0, 9), st.integers(0, 9)),
    ranked_by=st.sampled_from(["words", "meaning"]),
)
HIT = Hit("x", "/articles/x/", (("X", True),), "About X.", "2026-01-12", (), None, 3, 1.5)
ANSWER = orjson.loads(dump_results(SearchResults(SearchQuery("x"), 1, 0.5, "g1", (HIT,))))


def test_answer_of_an_older_service_has_nothing_by_meaning() -> None:
    older = {name: value for name, value in ANSWER.items() if name not in {"by_meaning", "ranked_by"}}
    parsed = parse_results(orjson.dumps(older))
    assert (parsed.by_meaning, parsed.ranked_by) == ((), "words")


@pytest.mark.parametrize(
    "by_meaning", [[ANSWER["hits"][0]] * 4, [{**ANSWER["hits"][0], "url": "//elsewhere.example/"}]]
)
def test_articles_by_meaning_are_few_and_of_this_site(by_meaning: list[object]) -> None:
    with pytest.raises(MalformedAnswer):
        parse_results(orjson.dumps({**ANSWER, "by_meaning": by_meaning}))


@pytest.mark.parametrize("listed", [Hit, SectionHit, FacetCount, Suggestion, RelatedArticle])
def test_what_answers_list_has_the_dict_that_is_written_fastest(listed: type) -> None:
    assert not hasattr(listed, "__slots__")


@given(results)
def test_written_records_are_read_back(value: SearchResults) -> None:
    assert parse_results(dump_results(value)) == value


@given(
    st.lists(st.builds(Suggestion, texts, st.sampled_from(["title", "heading", "tag", "phrase"]), st.none() | paths))
)
def test_suggestions_are_read_back(value: list[Suggestion]) -> None:
    assert parse_suggestions(dump_suggestions(value)) == tuple(value)


@given(st.lists(st.builds(RelatedArticle, texts, paths, texts, numbers), max_size=5))
def test_related_articles_are_read_back(value: list[RelatedArticle]) -> None:
    assert parse_related(dump_related(value)) == tuple(value)


@given(st.binary(max_size=60))
def test_invalid_answers_are_rejected(body: bytes) -> None:
    for parse in (parse_results, parse_suggestions, parse_related, parse_status):
        with pytest.raises(MalformedAnswer):
            parse(body)


def test_a_key_that_we_do_not_know_is_ignored() -> None:
    assert parse_results(orjson.dumps(ANSWER | {"engine": "newer"})).hits == (HIT,)
    assert parse_status(b'{"generation": "g1", "articles": 3}').generation == "g1"


@pytest.mark.parametrize(
    "change",
    [
        {"total": "1"},
        {"total": 0},
        {"total": None},
        {"took_ms": "fast"},
        {"hits": None},
        {"hits": [{}]},
        {
            "hits": [orjson.loads(dump_results(SearchResults(SearchQuery(""), 1, 0, "", (HIT,))))["hits"][0]]
            * (MAX_SIZE + 1)
        },
        {"matched": "few"},
        {"query": {"text": "x", "sort": "best"}},
        {"facets": {"tags": [{"value": "a"}]}},
        {"correction": {"original": "x"}},
    ],
)
def test_an_answer_that_differs_is_refused_without_repeating_it(change: dict[str, object]) -> None:
    with pytest.raises(MalformedAnswer) as error:
        parse_results(orjson.dumps({**ANSWER, **change}))
    assert "fast" not in str(error.value)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://evil.example/", "//evil.example/", "/\\evil.example", "x", ""]
)
def test_a_link_that_leaves_the_site_is_refused(url: str) -> None:
    for body, parse in (
        (orjson.dumps({**ANSWER, "hits": [{**ANSWER["hits"][0], "url": url}]}), parse_results),
        (dump_suggestions([Suggestion("x", "title", url)]), parse_suggestions),
        (dump_related([RelatedArticle("x", url, "X", 1.0)]), parse_related),
    ):
        with pytest.raises(MalformedAnswer):
            parse(body)


def test_an_endless_list_is_refused() -> None:
    with pytest.raises(MalformedAnswer):
        parse_suggestions(dump_suggestions([Suggestion("x", "tag")] * (MAX_LISTED + 1)))
