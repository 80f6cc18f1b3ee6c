"""The wire format of the search contract: shared.search.contract values to JSON bytes, and strictly back.

Data of another process is not trusted: ``parse_*`` accept exactly the contract (extra keys are ignored, so that a newer
search service can answer an older site) and raise MalformedAnswer for anything else. Does not depend on HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, make_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, TypeVar, get_type_hints

import orjson
from pydantic import TypeAdapter, ValidationError

from shared.search.attributes import ATTRIBUTES, SORTS, make_filters
from shared.search.contract import (
    MAX_BY_MEANING,
    MAX_NEAR,
    MAX_OFFERS,
    MAX_SECTIONS,
    MAX_SIZE,
    FacetCount,
    Hit,
    RelatedArticle,
    SearchQuery,
    SearchResults,
    Suggestion,
)

T = TypeVar("T")

#: More completions or related articles than any page shows: a longer answer is not from our service.
MAX_LISTED = 100
#: The names of the fields, which each answer would otherwise list again.
_QUERY_FIELDS = tuple(one.name for one in fields(SearchQuery))
_RESULTS_FIELDS = tuple(one.name for one in fields(SearchResults))
#: Fields that an answer may lack, with what their absence means.
_NEWER: dict[str, object] = {
    "by_meaning": (),
    "ranked_by": "words",
    "building": None,
    "with_all": None,
    "readings": (),
    "missing": (),
    "offers": (),
    "near": (),
    "searched": None,
}


class MalformedAnswer(ValueError):
    """The bytes are not a valid answer; the message says where they differ and never quotes a query."""


@dataclass(frozen=True, slots=True)
class _Suggestions:
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class _Related:
    related: tuple[RelatedArticle, ...]


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """The index that answers. ``updated`` is when its generation was published. None: from an older service."""

    generation: str
    articles: int | None = None
    updated: datetime | None = None


@cache
def wire_results() -> type[Any]:
    """SearchResults as they cross the wire: a field for each attribute in the query, and one for each facet."""
    query, results = get_type_hints(SearchQuery), get_type_hints(SearchResults)
    query["sort"] = Literal[SORTS]
    # An older service sends fewer filters, options and facets.
    members = [
        (name, kind, field(default=default))
        for one in fields(SearchQuery)
        if one.name != "text"
        for name, kind, default in (
            _value_types() if one.name == "filters" else ((one.name, query[one.name], one.default),)
        )
    ]
    facets = [(one.facet, tuple[FacetCount, ...], field(default=())) for one in ATTRIBUTES]
    results["query"] = make_dataclass("SearchQuery", [("text", str), *members], frozen=True, slots=True)
    results["facets"] = make_dataclass("Facets", facets, frozen=True, slots=True)
    # Nor does it send the last fields, about meaning and about an index that is being built.
    newer = [(name, results.pop(name), field(default=value)) for name, value in _NEWER.items()]
    return make_dataclass("SearchResults", [*results.items(), *newer], frozen=True, slots=True)


def _value_types() -> Iterator[tuple[str, Any, object]]:
    """The name and type of each attribute in the echoed query, and its default if an answer lacks it.

    A list if it may have many values, else a value or null.
    """
    for attribute in ATTRIBUTES:
        kind: Any = str if attribute.kind == "keyword" else int
        yield attribute.name, *((tuple[kind, ...], ()) if attribute.is_many else (kind | None, None))


def _wire_query(query: SearchQuery) -> dict[str, object]:
    chosen = dict(query.filters)
    wire: dict[str, object] = {}
    for name in _QUERY_FIELDS:
        if name != "filters":
            wire[name] = getattr(query, name)
            continue
        for attribute in ATTRIBUTES:
            values = chosen.get(attribute.name, ())
            wire[attribute.name] = values if attribute.is_many else values[0] if values else None
    return wire


def _query(wire: Any) -> SearchQuery:
    chosen = {one.name: getattr(wire, one.name) for one in ATTRIBUTES}
    wanted = make_filters(
        {name: value if isinstance(value, tuple) else (value,) for name, value in chosen.items() if value}
    )
    others = {one.name: getattr(wire, one.name) for one in fields(SearchQuery) if one.name != "filters"}
    return SearchQuery(**others, filters=wanted)


def dump_results(results: SearchResults) -> bytes:
    """The JSON object of one answer of /v1/search, every field of the contract present."""
    facets = {one.facet: results.facets.get(one.facet, ()) for one in ATTRIBUTES}
    wire = {name: getattr(results, name) for name in _RESULTS_FIELDS}
    wire["query"], wire["facets"] = _wire_query(results.query), facets
    return orjson.dumps(wire)


def dump_suggestions(suggestions: Iterable[Suggestion]) -> bytes:
    """The JSON object of one answer of /v1/suggest."""
    return orjson.dumps({"suggestions": tuple(suggestions)})


def dump_related(related: Iterable[RelatedArticle]) -> bytes:
    """The JSON object of one answer of /v1/related/{slug}."""
    return orjson.dumps({"related": tuple(related)})


def parse_results(body: bytes) -> SearchResults:
    """The answer of /v1/search. Raises MalformedAnswer."""
    wire = _parse(wire_results(), body)
    values = {one.name: getattr(wire, one.name) for one in fields(SearchResults)}
    facets = {one.facet: getattr(wire.facets, one.facet) for one in ATTRIBUTES}
    results = SearchResults(**{**values, "query": _query(wire.query), "facets": facets})
    if len(results.hits) > MAX_SIZE:
        raise MalformedAnswer(f"{len(results.hits)} hits on a page of at most {MAX_SIZE}")
    if results.total < len(results.hits):
        raise MalformedAnswer(f"a total of {results.total} with {len(results.hits)} hits")
    if len(results.by_meaning) > MAX_BY_MEANING:
        raise MalformedAnswer(f"{len(results.by_meaning)} hits by meaning, at most {MAX_BY_MEANING} are expected")
    if len(results.near) > MAX_NEAR or len(results.offers) > MAX_OFFERS:
        raise MalformedAnswer(f"more than {MAX_NEAR} hits that are near, or more than {MAX_OFFERS} offers")
    for hit in (*results.hits, *results.by_meaning, *results.near):
        _check_hit(hit)
    return results


def parse_suggestions(body: bytes) -> tuple[Suggestion, ...]:
    """The answer of /v1/suggest, best first. Raises MalformedAnswer."""
    suggestions = _parse(_Suggestions, body).suggestions
    _check_count(suggestions)
    for suggestion in suggestions:
        if suggestion.url is not None:
            _check_path(suggestion.url)
    return suggestions


def parse_related(body: bytes) -> tuple[RelatedArticle, ...]:
    """Parse the answer of /v1/related/{slug}, most similar first. Raises MalformedAnswer."""
    related = _parse(_Related, body).related
    _check_count(related)
    for article in related:
        _check_path(article.url)
    return related


def parse_status(body: bytes) -> IndexStatus:
    """Parse the state of the index in /v1/status. Raises MalformedAnswer."""
    return _parse(IndexStatus, body)


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    # Built on first use: the search service itself never parses answers, and each takes milliseconds.
    return TypeAdapter(kind)


def _parse(kind: type[T], body: bytes) -> T:
    try:
        parsed: T = _adapter(kind).validate_json(body, strict=True)  # type: ignore[arg-type] # mypy takes a class for unhashable
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise MalformedAnswer(f"{where}: {first['msg']} ({error.error_count()} problems in all)") from error
    return parsed


def _check_hit(hit: Hit) -> None:
    if len(hit.sections) > MAX_SECTIONS:
        raise MalformedAnswer(f"{len(hit.sections)} sections under a hit of at most {MAX_SECTIONS}")
    _check_path(hit.url)
    for section in hit.sections:
        _check_path(section.url)
    try:
        date.fromisoformat(hit.published)
    except ValueError as error:
        raise MalformedAnswer("hits: published is not an ISO 8601 date") from error


def _check_count(values: tuple[object, ...]) -> None:
    if len(values) > MAX_LISTED:
        raise MalformedAnswer(f"{len(values)} entries, at most {MAX_LISTED} are expected")


def _check_path(url: str) -> None:
    # These become links on the site's own pages: only an absolute path is valid, never a scheme or another host.
    if not url.startswith("/") or url.startswith(("//", "/\\")):
        raise MalformedAnswer("url: not a path of this site")
