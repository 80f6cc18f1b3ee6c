"""The wire format of the search contract: shared.search.contract values to JSON bytes, and strictly back.

What another process sent is data, not trusted: ``parse_*`` accept exactly the contract (extra keys are ignored, so that
a newer search service can answer an older site) and raise MalformedAnswer for anything else. It knows no HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from shared.search.contract import (
    MAX_SECTIONS,
    MAX_SIZE,
    Hit,
    RelatedArticle,
    SearchResults,
    Suggestion,
)

T = TypeVar("T")

#: More completions or related articles than anybody shows: an answer that holds more is not from our service.
MAX_LISTED = 100


class MalformedAnswer(ValueError):
    """The bytes are not an answer of the search contract; the message says where they differ, never what a reader
    typed."""


@dataclass(frozen=True, slots=True)
class _Suggestions:
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class _Related:
    related: tuple[RelatedArticle, ...]


@dataclass(frozen=True, slots=True)
class _Status:
    generation: str


def dump_results(results: SearchResults) -> bytes:
    """The JSON object of one answer of /v1/search, every field of the contract present."""
    return orjson.dumps(results)


def dump_suggestions(suggestions: Iterable[Suggestion]) -> bytes:
    """The JSON object of one answer of /v1/suggest."""
    return orjson.dumps({"suggestions": tuple(suggestions)})


def dump_related(related: Iterable[RelatedArticle]) -> bytes:
    """The JSON object of one answer of /v1/related/{slug}."""
    return orjson.dumps({"related": tuple(related)})


def parse_results(body: bytes) -> SearchResults:
    """The answer of /v1/search. Raises MalformedAnswer."""
    results = _parse(SearchResults, body)
    if len(results.hits) > MAX_SIZE:
        raise MalformedAnswer(f"{len(results.hits)} hits on a page of at most {MAX_SIZE}")
    if results.total < len(results.hits):
        raise MalformedAnswer(f"a total of {results.total} with {len(results.hits)} hits")
    for hit in results.hits:
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
    """The answer of /v1/related/{slug}, most alike first. Raises MalformedAnswer."""
    related = _parse(_Related, body).related
    _check_count(related)
    for article in related:
        _check_path(article.url)
    return related


def parse_generation(body: bytes) -> str:
    """The name of the index generation that /v1/status tells. Raises MalformedAnswer."""
    return _parse(_Status, body).generation


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    # Made when an answer comes in: the service that gives the answers never needs one, and each takes milliseconds.
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
    # These become links of the site's own pages: only an absolute path of this site is one, never a scheme or another
    # host.
    if not url.startswith("/") or url.startswith(("//", "/\\")):
        raise MalformedAnswer("url: not a path of this site")
