"""Check and read the response to a search. One without all shards, or with an estimate, is rejected."""

from __future__ import annotations

from typing import Any

import orjson

from services.search.engine_opensearch.cluster.connection import ClusterUnavailable
from services.search.engine_opensearch.indexes.columns import read_binary
from shared.search.attributes import ATTRIBUTES, Attribute
from shared.search.contract import FacetCount, Facets

Answer = dict[str, Any]


def checked(answer: Answer) -> Answer:
    """Return ``answer`` if every shard responded in time. Raises ClusterUnavailable: its status is 200 anyway."""
    shards = answer["_shards"]
    if answer["timed_out"] or shards["failed"] or shards["successful"] + shards.get("skipped", 0) < shards["total"]:
        raise ClusterUnavailable(
            f"{shards['total'] - shards['successful']} of {shards['total']} shards of the index do not answer"
        )
    if not shards["total"]:
        raise ClusterUnavailable("the index has no shards")
    return answer


def hits_of(answer: Answer) -> tuple[list[Answer], int]:
    """The doc values of the hits, and their exact total. Raises ClusterUnavailable for an estimate."""
    total = answer["hits"]["total"]
    if total["relation"] != "eq":
        raise ClusterUnavailable("the cluster only estimates how many articles match")
    return [hit["fields"] for hit in answer["hits"]["hits"]], total["value"]


def stored_of(hit: Answer) -> Answer:
    """The stored fields of a hit that was fetched with the doc values ``stored``."""
    stored: Answer = orjson.loads(read_binary(hit["fields"]["stored"][0]))
    return stored


def generation_of(answer: Answer) -> str:
    """The name of the generation of ``answer``, "" if the index has none."""
    buckets = answer["aggregations"]["generation"]["document"]["name"]["buckets"]
    return str(buckets[0]["key"]) if buckets else ""


def facets_of(answer: Answer) -> Facets:
    """The exact counts of every attribute. Raises ClusterUnavailable for estimates."""
    found: dict[str, tuple[FacetCount, ...]] = {}
    for one in ATTRIBUTES:
        counted = answer["aggregations"][f"facet_{one.name}"]
        if counted["sum_other_doc_count"] or counted["doc_count_error_upper_bound"]:
            raise ClusterUnavailable(f"the cluster only estimates the facet {one.facet}")
        found[one.facet] = _counts(one, [(bucket["key"], bucket["doc_count"]) for bucket in counted["buckets"]])
    return found


def _counts(attribute: Attribute, buckets: list[tuple[Any, int]]) -> tuple[FacetCount, ...]:
    """Counts in the order of the contract: keywords by count, then by value; years and numbers descending."""
    if attribute.kind != "keyword":
        return tuple(FacetCount(int(value), count) for value, count in sorted(buckets, reverse=True))
    pairs = [(*orjson.loads(pair), count) for pair, count in buckets]
    pairs.sort(key=lambda one: (-one[2], one[0], one[1]))
    return tuple(FacetCount(value, count, "" if label == value else label) for value, label, count in pairs)
