"""The tools for agents, over HTTP and over standard input and output, asked by the official client."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from blockbuster import BlockBuster
from mcp import Client, StdioServerParameters

from services.agents import protocol
from services.agents.protocol import Server, reply_to
from shared.search.contract import Hit, SearchQuery, SearchResults, SectionHit
from tests.render.conftest import FakeSearch, Serve, answer
from tests.render.sites import BASE_URL

HIT = Hit(
    slug="transactional-outbox",
    url="/articles/transactional-outbox/",
    title=(("The Transactional ", False), ("Outbox", True), (" Pattern", False)),
    summary="One transaction, one database, and a relay.",
    published="2026-01-12",
    tags=("messaging",),
    series=None,
    reading_minutes=1,
    score=3.0,
    sections=(
        SectionHit(
            "The relay",
            "the-relay",
            "/articles/transactional-outbox/#the-relay",
            (("A relay reads the ", False), ("outbox", True), (" <table>.", False)),
        ),
    ),
)


# The client imports these when it first needs them, and reads files for that: here it would block the servers.
for name in ("httpcore2", "jsonschema.validators"):
    importlib.import_module(name)


@pytest.fixture(autouse=True)
def _certificates(blockbuster: BlockBuster) -> None:
    """Let the client look for certificates, which the servers never do. Python 3.14 asks for them where it is seen."""
    blockbuster.functions["os.stat"].can_block_in("httpcore2/_ssl.py", {"default_ssl_context"})


def text_of(result: Any) -> str:
    """The text of a tool's result."""
    (content,) = result.content
    assert content.type == "text"
    return str(content.text)


def call(method: str = "ping", **params: object) -> bytes:
    """One request."""
    return orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})


JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


async def test_the_official_client_searches_and_reads(serve: Serve, search: FakeSearch) -> None:
    search.results = lambda _request: answer(SearchResults(SearchQuery("outbox"), 7, 0.1, "g1", (HIT,)))
    site = await serve(search_url=search.url)
    async with Client(str(site.make_url("/mcp"))) as client:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == ["search", "read"]
        found = await client.call_tool("search", {"query": "outbox", "limit": 1})
        assert found.structured_content is not None
        (article,) = found.structured_content["articles"]
        assert (found.structured_content["total"], article["slug"]) == (7, "transactional-outbox")
        assert article["url"] == f"{BASE_URL}/articles/transactional-outbox/"
        assert article["sections"][0]["snippet"] == "A relay reads the outbox <table>."
        assert "The relay (section: the-relay)" in text_of(found)
        whole = text_of(await client.call_tool("read", {"slug": article["slug"]}))
        assert whole == await (await site.get("/articles/transactional-outbox.md")).text()
        part = text_of(await client.call_tool("read", {"slug": article["slug"], "section": "the-relay"}))
    assert part == (
        f"From: The Transactional Outbox Pattern <{BASE_URL}/articles/transactional-outbox/#the-relay>\n\n"
        '## The relay\n\nA relay reads the table.\n\n```python\nprint("outbox & <relay>")\n```\n'
    )
    assert search.asked[-1] == "q=outbox&size=1"


async def test_titles_are_searched_while_the_search_service_is_unavailable(serve: Serve) -> None:
    site = await serve()
    async with Client(str(site.make_url("/mcp"))) as client:
        found = await client.call_tool("search", {"query": "latency"})
    assert found.structured_content is not None
    assert [one["slug"] for one in found.structured_content["articles"]] == ["tail-latency"]


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("search", {}, "query is missing"),
        ("search", {"query": 7}, "query is missing"),
        ("search", {"query": "  "}, "query is empty"),
        ("search", {"query": "x" * 201}, "at most 200"),
        ("search", {"query": "x", "limit": 0}, "1 to 20"),
        ("search", {"query": "x", "limit": True}, "1 to 20"),
        ("read", {"slug": "transactional-outbx"}, "did you mean transactional-outbox?"),
        ("read", {"slug": "idea"}, "there is no article"),
        ("read", {"slug": "future"}, "there is no article"),
        ("read", {"slug": "../site.toml"}, "there is no article"),
        ("read", {"slug": "transactional-outbox", "section": "nowhere"}, "the-dual-write, the-relay"),
    ],
)
async def test_the_error_of_an_argument_is_returned_to_the_model(
    serve: Serve, tool: str, arguments: dict[str, object], words: str
) -> None:
    site = await serve(drafts=False)
    response = await site.post("/mcp", data=call("tools/call", name=tool, arguments=arguments), headers=JSON)
    result = (await response.json())["result"]
    assert result["isError"] is True
    assert words in result["content"][0]["text"]


@pytest.mark.parametrize("slug", ["tail-latency", "/articles/tail-latency/", f"{BASE_URL}/articles/tail-latency.md#x"])
async def test_an_article_is_read_by_slug_or_address(serve: Serve, slug: str) -> None:
    site = await serve()
    response = await site.post("/mcp", data=call("tools/call", name="read", arguments={"slug": slug}), headers=JSON)
    assert (await response.json())["result"]["content"][0]["text"].startswith("# Tail latency\n")


async def test_the_transport_keeps_to_its_specification(serve: Serve) -> None:
    site = await serve()
    notification = orjson.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"})
    response = await site.post("/mcp", data=notification, headers=JSON)
    assert (response.status, await response.read()) == (202, b"")
    response = await site.post("/mcp", data=call(), headers=JSON)
    assert (response.status, response.content_type, response.headers["Cache-Control"]) == (
        200,
        "application/json",
        "no-store",
    )
    assert await response.json() == {"jsonrpc": "2.0", "id": 1, "result": {}}
    for method in ("GET", "DELETE", "PUT"):
        assert (await site.request(method, "/mcp")).status == 405
    assert (await site.post("/mcp", data=call(), headers={"Content-Type": "text/plain"})).status == 415
    assert (await site.post("/mcp", data=b" " * 70_000, headers=JSON)).status == 413
    assert (await site.post("/mcp", data=b"{", headers=JSON)).status == 400


OTHER_MESSAGES = [
    ("2025-06-18", call(), 200, ""),
    ("1999-01-01", call(), 400, "version 1999-01-01 is not spoken"),
    ("", call(), 400, "is not spoken"),
    ("1999-01-01", orjson.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}), 400, "1999-01-01"),
    ("1999-01-01", call("initialize", protocolVersion="1999-01-01"), 200, ""),
    ("2025-03-26", b"[" + call() + b"]", 400, "this is a batch"),
    ("2025-06-18", b"[]", 400, "this is a batch"),
]


async def test_another_version_and_a_batch_are_refused_with_the_reason(serve: Serve) -> None:
    site = await serve()
    for version, message, status, named in OTHER_MESSAGES:
        response = await site.post("/mcp", data=message, headers={**JSON, "MCP-Protocol-Version": version})
        assert response.status == status, (version, message)
        assert named in (await response.json()).get("error", {}).get("message", "")


async def test_a_browser_on_another_site_is_refused(serve: Serve) -> None:
    site = await serve()
    own = str(site.make_url("/")).rstrip("/")
    for origin, status in (("https://evil.example", 403), ("null", 403), (own, 200), (BASE_URL, 200)):
        response = await site.post("/mcp", data=call(), headers={**JSON, "Origin": origin})
        assert response.status == status, origin


async def test_messages_count_against_the_rate_of_their_client(serve: Serve) -> None:
    site = await serve(searches_per_second=0.1)
    one_client = {**JSON, "X-Forwarded-For": "203.0.113.9"}
    statuses = [(await site.post("/mcp", data=call(), headers=one_client)) for _ in range(3)]
    assert [one.status for one in statuses] == [200, 429, 429]
    assert statuses[-1].content_type == "application/problem+json"
    assert int(statuses[-1].headers["Retry-After"]) >= 1


async def _refuse(name: str, _arguments: protocol.Json) -> protocol.Json:
    raise protocol.BadCall(f"there is no tool {name}")


SERVER = Server("Notes", "Search first.", (), _refuse)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", protocol.PARSE_ERROR),
        (b"[]", protocol.INVALID_REQUEST),
        (b"[" * 5000, protocol.PARSE_ERROR),
        (b'{"id":1,"method":"ping"}', protocol.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', protocol.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1}', protocol.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1,"method":"server/discover"}', protocol.METHOD_NOT_FOUND),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', protocol.INVALID_PARAMS),
        (b'{"jsonrpc":"2.0","id":1,"method":"initialize"}', protocol.INVALID_PARAMS),
        (b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"rm"}}', protocol.INVALID_PARAMS),
    ],
)
async def test_a_message_that_cannot_be_answered_gets_the_code_of_its_fault(raw: bytes, code: int) -> None:
    reply = await reply_to(raw, SERVER)
    assert reply.body is not None
    assert orjson.loads(reply.body)["error"]["code"] == code
    assert reply.is_readable is (code in {protocol.METHOD_NOT_FOUND, protocol.INVALID_PARAMS})


@pytest.mark.parametrize(
    ("asked", "spoken"), [(one, one) for one in protocol.VERSIONS] + [("1999-01-01", "2025-11-25")]
)
async def test_the_requested_revision_is_used_if_it_is_supported(asked: str, spoken: str) -> None:
    reply = await reply_to(call("initialize", protocolVersion=asked, capabilities={}), SERVER)
    assert reply.body is not None
    assert orjson.loads(reply.body)["result"]["protocolVersion"] == spoken


async def test_the_command_serves_the_official_client_on_standard_input_and_output(
    content: Path, tmp_path: Path
) -> None:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "services", "mcp", "--content", str(content), "--index", str(tmp_path / "index")],
        env=dict(os.environ),
    )
    async with Client(server) as client:
        read = text_of(await client.call_tool("read", {"slug": "tail-latency"}))
        assert "Percentiles say more." in read
        unavailable = await client.call_tool("search", {"query": "percentiles"})
        assert unavailable.is_error
        assert "perspective index" in text_of(unavailable)
