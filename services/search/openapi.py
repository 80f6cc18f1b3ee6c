"""The description of the search service in OpenAPI 3.1. Schemas of answers come from the types of the wire contract.

Does not depend on handlers: a test requests every address and validates the answers against this document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter

from services.search.answering.parameters import DEFAULT_RELATED, DEFAULT_SUGGESTIONS, MAX_LISTED
from services.search.engine import EngineStatus
from services.search.indexing.state import IndexerState
from shared.search.attributes import ATTRIBUTES, SORTS, Attribute
from shared.search.contract import (
    DEFAULT_SIZE,
    MAX_PAGE,
    MAX_SIZE,
    RelatedArticle,
    Suggestion,
)
from shared.search.encoding import wire_results
from shared.search.parameters import MAX_NAME_CHARS, MAX_VALUES
from shared.web.problem import MEDIA_TYPE

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Completions, best first."""

    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """Related articles, most similar first."""

    related: tuple[RelatedArticle, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus(EngineStatus):
    """The generation in use, and the state of the indexer."""

    indexer: IndexerState
    version: str


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """An error as in RFC 9457. ``parameter`` names the invalid parameter."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    parameter: str = ""


@dataclass(frozen=True, slots=True)
class ReadinessCheck:
    """One check of the readiness."""

    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the service can serve."""

    status: Literal["ready", "degraded", "not ready"]
    checks: dict[str, ReadinessCheck]


@dataclass(frozen=True, slots=True)
class Liveness:
    """The process answers."""

    status: Literal["alive"]


_TYPES = (Suggestions, Related, ServiceStatus, ProblemDetails, Readiness, Liveness)
_TEMPLATE = "#/components/schemas/{model}"


def describe(*, max_query_chars: int, version: str) -> Schema:
    """The document for a service that searches the first ``max_query_chars`` characters of a query."""
    text = {"type": "string"}
    adapters = [(kind.__name__, "serialization", TypeAdapter(kind)) for kind in (wire_results(), *_TYPES)]
    _, definitions = TypeAdapter.json_schemas(adapters, ref_template=_TEMPLATE)  # type: ignore[arg-type] # mixed types
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Perspective search",
            "version": version,
            "summary": "Full-text search over the articles of one publication",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {
            "/v1/search": _search(text, max_query_chars),
            "/v1/suggest": _suggest(text),
            "/v1/related/{slug}": _related(),
            "/v1/status": _get("getStatus", "The generation that answers", "ServiceStatus", errors=(503,)),
            "/healthz": _get("getHealth", "Whether the process answers", "Liveness"),
            "/readyz": _readyz(),
            "/metrics": _plain(
                "getMetrics", "Measurements in the Prometheus text format", "text/plain", {"type": "string"}
            ),
            "/openapi.json": _plain("getOpenapi", "This document", "application/json", {"type": "object"}),
        },
        "components": {"schemas": definitions["$defs"]},
    }


def _search(text: Schema, max_query_chars: int) -> Schema:
    flag: Schema = {"enum": ["", "0", "1", "false", "true"], "default": "0"}
    return _get(
        "search",
        "Articles that match a query, or the newest articles if there is no query",
        "SearchResults",
        _query(
            "q",
            text,
            f"The query as typed: any text is valid, and its first {max_query_chars} characters are searched",
        ),
        *(_query(one.parameter, _filter(one), one.about) for one in ATTRIBUTES),
        _query("sort", {"enum": list(SORTS), "default": SORTS[0]}, "The order of hits"),
        _query("page", _whole(1, MAX_PAGE), "The page of hits"),
        _query("size", _whole(DEFAULT_SIZE, MAX_SIZE), "Hits on a page"),
        _query("partial", flag, "Whether the last word may be unfinished"),
        _query("exact", flag, "Whether to search the query as typed, without corrections"),
        _query("explain", flag, "Whether each hit explains its score"),
        errors=(400, 503),
        is_conditional=True,
    )


def _filter(attribute: Attribute) -> Schema:
    kinds: dict[str, Schema] = {
        "keyword": _name(),
        "date": {"type": "string", "pattern": "^([0-9]{4})?$"},
        "int": {"type": "string", "pattern": "^([0-9]{1,9})?$"},
    }
    one = kinds[attribute.kind]
    return {"type": "array", "maxItems": MAX_VALUES, "items": one} if attribute.is_many else one


def _suggest(text: Schema) -> Schema:
    size = _query("size", _whole(DEFAULT_SUGGESTIONS, MAX_LISTED), "The largest number of completions")
    q = _query("q", text, "The text to complete")
    return _get("suggest", "Completions", "Suggestions", q, size, errors=(400, 503), is_conditional=True)


def _related() -> Schema:
    slug = {
        "name": "slug",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "description": "The slug of an article",
    }
    size = _query("size", _whole(DEFAULT_RELATED, MAX_LISTED), "The largest number of articles")
    return _get(
        "getRelated", "Articles related to one", "Related", slug, size, errors=(400, 404, 503), is_conditional=True
    )


def _readyz() -> Schema:
    operation = _get("getReadiness", "Whether the service can serve, and why not", "Readiness")
    operation["get"]["responses"]["503"] = _answer(
        "The service cannot serve yet", "application/json", _ref("Readiness")
    )
    return operation


def _get(
    name: str,
    summary: str,
    schema: str,
    *parameters: Schema,
    errors: tuple[int, ...] = (),
    is_conditional: bool = False,
) -> Schema:
    path = _plain(name, summary, "application/json", _ref(schema))
    responses = path["get"]["responses"]
    if is_conditional:
        responses["304"] = {"description": "The client has the answer already: the index is unchanged"}
    responses.update({str(status): _answer(_ERRORS[status], MEDIA_TYPE, _ref("ProblemDetails")) for status in errors})
    if parameters:
        path["get"]["parameters"] = list(parameters)
    return path


_ERRORS = {
    400: "A parameter is of the wrong type or out of range, or the query is too long",
    404: "The index has no such article",
    503: "There is no index yet, or the service is overloaded; Retry-After says when to try again",
}


def _plain(name: str, summary: str, media_type: str, schema: Schema) -> Schema:
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "responses": {"200": _answer("The answer", media_type, schema)},
        }
    }


def _answer(description: str, media_type: str, schema: Schema) -> Schema:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def _query(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def _whole(default: int, most: int) -> Schema:
    return {"type": "integer", "minimum": 1, "maximum": most, "default": default}


def _name() -> Schema:
    return {"type": "string", "maxLength": MAX_NAME_CHARS}


def _ref(name: str) -> Schema:
    return {"$ref": _TEMPLATE.format(model=name)}
