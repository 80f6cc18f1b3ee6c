"""Both engines give the same answers: hits, order, totals, facets, snippets, corrections and explanations."""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from services.search.cpu import InlineCpu
from services.search.engine import SearchEngine
from services.search.engine_opensearch.cluster.connection import Cluster
from services.search.engine_opensearch.store import OpenSearchStore
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.search.contract import RelatedArticle, SearchQuery, SearchResults
from shared.search.encoding import dump_results
from tests.opensearch.conftest import remove_indices
from tests.search.text.languages import ARTICLES as IN_MANY_LANGUAGES
from tests.search_service.articles import SITE, make_article

pytestmark = [
    pytest.mark.opensearch,
    pytest.mark.usefixtures("patient"),
    # aiohttp's advice for servers: the writer has an event loop of its own, which answers no requests.
    pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning"),
]

#: Signs that the cluster gives a meaning to are between the letters.
SIGNS = "a\u00a6b c\u2400d e\u241ff g\u2028h i\u3000j"
CODE = (
    "getUserById get_user_by_id x-request-id HTTP/2 C++ C# .NET node.js v1.2.3 10.0.0.1 foo::bar me@example.com O(n^2)"
)
STRANGE = (
    make_article("sections", sections=tuple((f"Part {n} of many", f"Prose {n} on walrus{n % 7}.") for n in range(500))),
    make_article("megabyte", sections=(("Huge", "Turbines spin. " * 70_000), ("After", "At the end, penguins."))),
    make_article("terms", text=" ".join(f"z{number:x}q" for number in range(20_000))),
    make_article("long", text=f"before {'y' * 40_000} after narwhal"),
    *(make_article(f"same-{number}", "Identical title", text="One otter.") for number in range(3)),
    make_article(
        "hebrew",
        "\u05e9\u05dc\u05d5\u05dd",
        text="\u05d8\u05e7\u05e1\u05d8 \u05e2\u05dc \u05e0\u05d7\u05e9\u05d9\u05dd",
    ),
    make_article("japanese", "\u6771\u4eac\u306e\u5929\u6c17", text="\u5168\u6587\u691c\u7d22\u3092\u8a66\u3059\u3002"),
    make_article("emoji", text="Launch \U0001f680 at the caf\u00e9 in the Stra\u00dfe"),
    make_article("signs", text=SIGNS),
    make_article("empty"),
    make_article("code", text=CODE),
    make_article(
        "tagged", text="platypus", tags=("Machine Learning", "C++"), series=("My S\u00e9rie", 1), author="Ada", day=400
    ),
    make_article("other", text="platypus", tags=("C#",), author="Ada", reviewed=9, day=800),
)
EVERY = (*SITE, *IN_MANY_LANGUAGES, *STRANGE)
TEXTS = (
    *(
        "message relay",
        "relay NOT outbox",
        '"message relay"',
        "mesage rely",
        "relayign outbox",
        "certif*",
        "title:zero",
        "tag:c++ platypus",
    ),
    *("walrus3", '"part 7 of many"', "turbines", "penguins", "narwhal", "y" * 100, "z1q", "identical title", "otter"),
    *(
        "\u05e9\u05dc\u05d5\u05dd",
        "\u05e0\u05d7\u05e9\u05d9\u05dd",
        "\u6771\u4eac",
        "\u691c\u7d22",
        "\U0001f680",
        "cafe",
        "strasse",
        "stra\u00dfe",
    ),
    *("a", "a\u00a6b", "c\u2400d", "e\u241ff", "g", "j", "getUserById", "get user by id", '"user by id"', "getUs*"),
    *("request id", "HTTP/2", "C++", "C#", ".NET", "node.js", "1.2.3", "10.0.0.1", "foo bar", "example.com", "O(n^2)"),
    *(
        '"one ott*"',
        '"launch at the"',
        '"prose on"',
        " ".join(f"{a}*" for a in "abcdefghijklmnopqrstuv"),
    ),
    *("https://blog.example/articles/zero-trust/#a", "relayOutboxMessage", "useTurbines", "relay -p", "analyser"),
    *("", "*", "NOT", "author:ada", "series:my-serie", "year:2026", "otter OR platypus", "nosuchwordatall", "the"),
)
QUERIES = (
    *map(SearchQuery, TEXTS),
    *(
        SearchQuery(text, sort=sort, size=2, page=2)
        for text in ("", "the")
        for sort in ("newest", "oldest", "reviewed")
    ),
    *(SearchQuery(text, partial=True) for text in ("plat", "wal", "get us", "\u6771", "mach")),
    *(SearchQuery(text, explain=True) for text in ("relay outbox", "walrus3", '"one otter"')),
    SearchQuery("platypus", filters=(("author", ("ada",)),)),
    SearchQuery("", filters=(("tags", ("c++",)), ("year", (2026,)))),
    SearchQuery("the", page=1_000),
    *(SearchQuery("useTurbines", sort=sort, page=page) for sort, page in (("newest", 1), ("relevance", 50))),
    SearchQuery("mesage", exact=True),
)


TYPED = ("ze", "kafka m", "zero trsut", "mesage r", "identical", "part 7", "\u6771", "c++", "ad")


@dataclass(frozen=True, slots=True)
class Expected:
    """What the embedded engine says: answers as JSON, related articles by slug, and completions."""

    answers: dict[SearchQuery, Any]
    related: dict[str, list[tuple[str, float]]]
    completions: dict[str, list[str]]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Expected:
    """The embedded engine over every article."""
    store = WhooshIndexStore(tmp_path_factory.mktemp("index"))
    store.sync(EVERY)
    engine = store.open()
    found = Expected(
        {query: json_of(engine.search(query)) for query in QUERIES},
        {article.slug: scores_of(engine.related(article.slug)) for article in EVERY},
        {typed: [one.text for one in engine.suggest(typed) if one.kind != "phrase"] for typed in TYPED},
    )
    engine.close()
    store.close()
    return found


@pytest.fixture(scope="module")
def indexed(urls: tuple[str, ...]) -> Iterator[Cluster]:
    """A cluster with every article, a third of which were edited since the full build."""
    cluster = Cluster(urls, index=f"test{secrets.token_hex(4)}")
    store = OpenSearchStore(cluster, None, InlineCpu())
    before = [make_article(article.slug, text="Something else.") for article in EVERY[::3]]
    kept = [article for at, article in enumerate(EVERY) if at % 3]
    store.sync([*kept, *before, make_article("gone")])
    store.sync(EVERY)
    yield cluster
    asyncio.run(remove_indices(cluster))


@pytest.fixture
async def engine(indexed: Cluster) -> AsyncIterator[SearchEngine]:
    """The engine of the cluster."""
    store = OpenSearchStore(indexed, None, InlineCpu())
    engine = await store.open()
    yield engine
    engine.close()
    await store.close()


def json_of(results: SearchResults) -> Any:
    """The answer as its reader gets it, without its time and name."""
    found = orjson.loads(dump_results(results))
    del found["took_ms"], found["generation"]
    return found


def scores_of(related: Sequence[RelatedArticle]) -> list[tuple[str, float]]:
    """Slugs and rounded scores."""
    return [(one.slug, round(one.score, 3)) for one in related]


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two values of JSON differ: scores by more than a thousandth."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [found for key in one for found in differences(one[key], other[key], f"{path}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            found
            for at, pair in enumerate(zip(one, other, strict=True))
            for found in differences(*pair, f"{path}.{at}")
        ]
    if isinstance(one, float) and isinstance(other, float):
        is_same = math.isclose(one, other, rel_tol=1e-3, abs_tol=1e-6)
    else:
        is_same = one == other
    return [] if is_same else [f"{path}: {one!r} is not {other!r}"]


async def test_every_query_has_the_same_answer(engine: SearchEngine, expected: Expected) -> None:
    found = {query: differences(expected.answers[query], json_of(await engine.search(query)))[:3] for query in QUERIES}
    assert {query: differing for query, differing in found.items() if differing} == {}


async def test_every_article_has_the_same_related_articles(engine: SearchEngine, expected: Expected) -> None:
    found = {slug: scores_of(await engine.related(slug)) for slug in expected.related}
    assert found == expected.related


async def test_titles_headings_and_tags_complete_alike(engine: SearchEngine, expected: Expected) -> None:
    found = {
        typed: [one.text for one in await engine.suggest(typed)][: len(expected.completions[typed])] for typed in TYPED
    }
    assert found == expected.completions
