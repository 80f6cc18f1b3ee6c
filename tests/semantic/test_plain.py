"""Which queries are ranked by meaning."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.search.semantic.plain import is_plain
from shared.search.contract import SearchQuery


@pytest.mark.parametrize(
    "text",
    [
        "how do I stop double charging",
        "outbox",
        "why don't my messages arrive?",
        "what's a dead-letter queue",
        "the 95th percentile of 200 requests",
        "is PostgreSQL the right tool for a queue",
        "how do I lower the p95 of my service",
        "(hello) world!",
        "naïve café",
    ],
)
def test_words_and_questions_are_plain(text: str) -> None:
    assert is_plain(SearchQuery(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "🦀",
        "the of and",
        '"double charging" stop',
        'double "charging',
        "charging -double",
        "title:outbox pattern",
        "tag:kafka ordering",
        "year:2026 outbox",
        "kafka OR rabbitmq",
        "outb* pattern",
        "getUserById",
        "max_connections",
        "what does max_connections do on a server",
        "cpu.max throttling of my busy container",
        "kubectl apply -f qos.yaml",
        "how do I use --dry-run with helm charts",
        "std::vector",
        "OOMKilled",
        "x509 expiry",
        "http://localhost:8080",
        "C++ templates",
        "数据库连接",
    ],
)
def test_a_query_with_operators_is_not_plain(text: str) -> None:
    assert not is_plain(SearchQuery(text))


@pytest.mark.parametrize(
    "changes",
    [
        {"partial": True},
        {"filters": (("tags", ("kafka",)),)},
        {"filters": (("year", (2026,)),)},
        {"filters": (("series", ("reliability",)),)},
        {"sort": "newest"},
    ],
)
def test_filters_other_orders_and_unfinished_words_stay_with_words(changes: dict[str, object]) -> None:
    query = SearchQuery("how do I stop double charging")
    assert is_plain(query)
    assert not is_plain(replace(query, **changes))  # type: ignore[arg-type] # names are those of the fields
