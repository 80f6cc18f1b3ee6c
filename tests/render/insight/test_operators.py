"""The operator's page and its exports, as an operator and a stranger meet them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestClient, TestServer

from services.render.insight.counts import Outcome
from services.render.insight.recording import RECORDER
from shared.web.service import management_application
from tests.render.conftest import FakeSearch, Serve
from tests.render.insight.conftest import TOKEN


def password(text: str, user: str = "operator") -> dict[str, str]:
    return {"Authorization": encode_basic_auth(user, text)}


AUTH = password(TOKEN)


async def test_page_and_exports_show_counts_to_the_operator_alone(
    serve: Serve, search: FakeSearch, token: Path
) -> None:
    client = await serve(insight_token_file=token, search_url=search.url, insight_min_visitors=2)
    recorder = client.server.app[RECORDER]  # type: ignore[attr-defined] # it is a TestServer
    for visitor in "abc":
        recorder.ledger.asked(visitor, "<b>=saga</b>", Outcome("nothing"))
    recorder.ledger.asked("a", "rare query", Outcome("nothing"))
    recorder.times.append(0.0123)

    page = await client.get("/_insight", headers=AUTH)
    text = await page.text()
    assert (page.status, page.content_type) == (200, "text/html")
    assert "&lt;b&gt;=saga&lt;/b&gt;" in text
    assert "12.3 ms" in text
    table = await (await client.get("/_insight.csv", headers={"Authorization": f"Bearer {TOKEN}"})).text()
    report = json.loads(await (await client.get("/_insight.json", headers=AUTH)).read())
    assert [row["query"] for row in report["rows"]] == ["<b>=saga</b>"]
    assert report["index"] == {"articles": 3, "age_s": None}
    assert "rare" not in text + table + json.dumps(report)

    for path in ("/_insight", "/_insight.csv", "/_insight.json"):
        shown = await client.get(path, headers=AUTH)
        assert shown.headers["Cache-Control"] == "no-store"
        assert "'unsafe" not in shown.headers["Content-Security-Policy"]
        for auth in ({}, password("wrong"), password("", TOKEN)):
            refused = await client.get(path, headers=auth)
            assert refused.status == 401
            assert refused.headers["WWW-Authenticate"].startswith("Basic ")
            assert "saga" not in await refused.text()
        assert (await client.post(path, headers=AUTH)).status == 405


async def test_many_wrong_tokens_of_one_client_are_limited(serve: Serve, token: Path) -> None:
    client = await serve(insight_token_file=token)
    headers = {"X-Forwarded-For": "203.0.113.7"}
    statuses = [(await client.get("/_insight", headers=headers | password("wrong"))).status for _ in range(6)]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert (await client.get("/_insight", headers=headers | AUTH)).status == 200


async def test_page_is_at_the_management_address_alone_with_its_styles(serve: Serve, token: Path) -> None:
    client = await serve(insight_token_file=token, render_management_port=0, base_url="https://blog.example.org/notes")
    assert (await client.get("/_insight", headers=AUTH)).status == 404
    app: web.Application = client.server.app  # type: ignore[attr-defined] # it is a TestServer
    async with (
        TestServer(management_application(app, asyncio.get_running_loop())) as server,
        TestClient[Any, Any](server) as operator,
    ):
        page = await operator.get("/_insight", headers=AUTH)
        text = await page.text()
        assert page.status == 200
        assert 'href="https://blog.example.org/notes/"' in text
        assert (await operator.get("/_insight")).status == 401
        style = next(url for url in text.split('"') if "/static/insight." in url)
        assert (await operator.get(style.removeprefix("/notes"))).status == 200
        assert (await operator.get("/")).status == 404
